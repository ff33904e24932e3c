//! The webhook that the source document prints.

use domain::ids::ChargeId;
use serde_json::{Value, json};
use tests::{
    bank::reference,
    printed::{assert_as_printed, is, made, other_type},
    samples::with,
    subscriber::format,
};
use wire::malga::webhooks::body;

use crate::relay_hub::RelayHub;

const IDS: &str = "ids are made by the hub";
const TIMES: &str = "the document is of another day";
const BANK: &str = "the provider makes it";

/// A Pix is created, paid and refunded, and its provider confirms the refund.
#[tokio::test(flavor = "multi_thread")]
async fn the_event_of_a_refunded_pix_is_sent_as_the_document_prints_it() {
    let mut relay_hub = RelayHub::open(1).await;
    let merchant = &relay_hub.hub.merchant;
    let sent: Value = serde_json::from_str(include_str!("../../seeds/pix-charge.request.json")).unwrap();
    let sent = with(sent, "/merchantId", json!(merchant.id));
    let charge = merchant.charges(&sent).await;
    relay_hub.pass();
    relay_hub.hub.provider.notifies(&relay_hub.hub.bank.pay(&reference(&charge, 1), 150)).await;
    relay_hub.pass();
    merchant.voids(&charge, &json!({"amount": 150})).await.assert_status(201);
    relay_hub.pass();
    relay_hub.hub.provider.notifies(&relay_hub.hub.bank.finish_refund(&reference(&charge, 3))).await;
    relay_hub.relay_all().await;
    let event = relay_hub.events().await.pop().unwrap();
    let sent: Value =
        serde_json::from_str(&body(&format("1.0"), &event, &|_| "https://...".to_owned()).unwrap()).unwrap();
    assert_as_printed(&oldest_first(), &sent, &exceptions(&relay_hub, &charge));
}

/// The document in the order of what happened: registered, paid, refund accepted, refund confirmed.
fn oldest_first() -> Value {
    let printed: Value = serde_json::from_str(include_str!("../../seeds/pix-webhook.json")).unwrap();
    let requests = &printed["payload"]["transactionRequests"];
    let ordered: Vec<&Value> = [0, 2, 1, 3].iter().map(|place| &requests[place]).collect();
    with(printed.clone(), "/payload/transactionRequests", json!(ordered))
}

fn exceptions(relay_hub: &RelayHub, charge: &str) -> Vec<tests::printed::Exception> {
    let merchant = &relay_hub.hub.merchant;
    let mut exceptions = vec![
        is("/clientId", json!(merchant.client_id), "the account's own"),
        is("/payload/clientId", json!(merchant.client_id), "the account's own"),
        is("/payload/id", json!(charge), IDS),
        is("/payload/merchantId", json!(merchant.id), "the account's own was sent"),
        made("/payload/updatedAt", Value::is_string, TIMES),
        made("/payload/createdAt", Value::is_string, TIMES),
        is(
            "/payload/amount",
            json!(0),
            "the residual amount: the document prints the paid amount, although all was refunded",
        ),
    ];
    exceptions.extend(PER_REQUEST.iter().flat_map(|paths| {
        let [id, key, provider, created, updated] = *paths;
        [made(id, is_id, IDS), made(key, is_id, IDS), made(provider, is_id, IDS)]
            .into_iter()
            .chain([made(created, Value::is_string, TIMES), made(updated, Value::is_string, TIMES)])
    }));
    exceptions.extend([
        is(
            "/payload/transactionRequests/0/requestType",
            json!("pending"),
            "the document prints void for the request that registered the Pix, whose id its answers print as pending",
        ),
        made("/payload/transactionRequests/0/networkTransactionId", Value::is_string, BANK),
        made("/payload/transactionRequests/0/responseTs", Value::is_string, TIMES),
        made("/payload/transactionRequests/1/pix/id", is_id, IDS),
        made("/payload/transactionRequests/1/pix/createdAt", Value::is_string, TIMES),
        made("/payload/transactionRequests/1/pix/updatedAt", Value::is_string, TIMES),
        made("/payload/transactionRequests/1/pix/qrCodeData", Value::is_string, BANK),
        made("/payload/transactionRequests/1/pix/qrCodeImageUrl", Value::is_string, "the hub makes the address"),
        other_type("/payload/transactionRequests/1/networkTransactionId", Value::is_string, "this bank sends it"),
        made("/payload/transactionRequests/2/responseTs", Value::is_string, TIMES),
        other_type("/payload/transactionRequests/3/networkTransactionId", Value::is_string, "this bank sends it"),
    ]);
    exceptions
}

macro_rules! of_request {
    ($number:literal) => {
        [
            concat!("/payload/transactionRequests/", $number, "/id"),
            concat!("/payload/transactionRequests/", $number, "/idempotencyKey"),
            concat!("/payload/transactionRequests/", $number, "/providerId"),
            concat!("/payload/transactionRequests/", $number, "/createdAt"),
            concat!("/payload/transactionRequests/", $number, "/updatedAt"),
        ]
    };
}

const PER_REQUEST: [[&str; 5]; 4] = [of_request!("0"), of_request!("1"), of_request!("2"), of_request!("3")];

fn is_id(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.parse::<ChargeId>().is_ok())
}
