//! What a payment costs.

use serde_json::json;
use tests::{
    samples::APPROVED,
    worldline_shop::{encrypted, plain},
};

use crate::answers::open;

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_costs_what_a_charge_costs_and_one_write_for_its_input() {
    let (hub, server) = open().await;
    let page = server.opens(&json!({})).await;
    server.pays(&encrypted(&page.encrypts(APPROVED))).await;
    for (body, inputs) in [(plain(APPROVED), 0), (encrypted(&page.encrypts(APPROVED)), 1)] {
        let _ = hub.engine.take_calls();
        let id = server.pays(&body).await;
        let calls = hub.engine.take_calls();
        let of = |part: &str| calls.iter().filter(|call| call.what().contains(part)).count();
        assert_eq!(calls.iter().filter(|call| !call.is_write()).count(), 0, "no read: {calls:?}");
        assert_eq!((of(" CHARGE"), of(" CARD"), of(" WLSESSION")), (2, 1, inputs), "{calls:?}");
        assert_eq!(calls.len(), 3 + inputs, "{calls:?}");
        let path = format!("/payments/{id}");
        server.get(&path).await.assert_status(200);
        assert_eq!(hub.engine.take_calls().len(), 1, "one read");
        server.post_nothing(&format!("{path}/approve")).await.assert_status(200);
        let calls = hub.engine.take_calls();
        assert_eq!((calls.len(), calls.iter().filter(|call| call.is_write()).count()), (3, 2), "{calls:?}");
    }
}
