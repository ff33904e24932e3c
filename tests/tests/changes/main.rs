//! Every change of a charge, capture or void: its idempotent replay has the same answer, and no fault of the table or
//! death of the hub makes it happen twice.

mod faults;
mod replays;

use serde_json::{Value, json};
use tests::{
    Answer, TestHub,
    bank::reference,
    samples::{APPROVED, capture_path, card_charge, drip_charge, pix_charge, summary, void_path},
};

/// A capture or a void, each of a charge that is made for it.
#[derive(Clone, Copy, Debug)]
enum Change {
    Capture,
    CaptureOfOrder,
    Release,
    ReleaseOfOrder,
    Void,
    VoidOfOrder,
    PixVoid,
    DripVoid,
}

impl Change {
    const ALL: [Self; 8] = [
        Self::Capture,
        Self::CaptureOfOrder,
        Self::Release,
        Self::ReleaseOfOrder,
        Self::Void,
        Self::VoidOfOrder,
        Self::PixVoid,
        Self::DripVoid,
    ];

    /// The id of a new charge of 150 minor units that allows this change.
    async fn charge(self, hub: &TestHub) -> String {
        let merchant = &hub.merchant.id;
        let body = match self {
            Self::Capture | Self::Release => return hub.merchant.reserves(150).await,
            Self::CaptureOfOrder | Self::ReleaseOfOrder => return hub.reserved_session().await.1,
            Self::VoidOfOrder => {
                let (order, id) = hub.reserved_session().await;
                hub.merchant.captures(&order.id, &json!({})).await.assert_status(201);
                return id;
            }
            Self::Void => card_charge(merchant, APPROVED),
            Self::PixVoid => pix_charge(merchant),
            Self::DripVoid => drip_charge(merchant),
        };
        let id = hub.merchant.charges(&body).await;
        if !matches!(self, Self::Void) {
            hub.provider.notifies(&hub.bank.pay(&reference(&id, 1), 150)).await;
        }
        id
    }

    /// The path and the body of the request.
    fn request(self, id: &str) -> (String, Value) {
        match self {
            Self::Capture | Self::CaptureOfOrder => (capture_path(id), json!({"amount": 100})),
            Self::Release | Self::Void | Self::PixVoid | Self::DripVoid => (void_path(id), json!({"amount": 100})),
            Self::ReleaseOfOrder | Self::VoidOfOrder => (void_path(id), json!({})),
        }
    }

    /// The start of the summary once it is done, before the charge's older requests.
    const fn done(self) -> &'static str {
        match self {
            Self::Capture | Self::CaptureOfOrder => "authorized 100: capture success 100",
            Self::Release => "pre_authorized 50: void success 100",
            Self::ReleaseOfOrder => "canceled 0: void success 150",
            Self::Void | Self::DripVoid => "authorized 50: void success 100",
            Self::VoidOfOrder => "voided 0: void success 150",
            Self::PixVoid => "refund_pending 150: void processing 100",
        }
    }

    async fn send(self, hub: &TestHub, id: &str, key: &str) -> Answer {
        let (path, body) = self.request(id);
        hub.merchant.post_with_key(&path, &body, key).await
    }

    /// Fails unless `answer` says that it is done.
    #[track_caller]
    fn assert_done(self, answer: &Answer) {
        answer.assert_status(201);
        let summary = summary(answer);
        assert!(summary.starts_with(self.done()), "{self:?}: {summary}");
    }

    /// Fails unless its session, if it has one, has the status after this change.
    async fn assert_session_follows(self, hub: &TestHub, answer: &Answer) {
        let session = answer.text("/sessionId");
        let status = match self {
            Self::CaptureOfOrder => "paid",
            Self::ReleaseOfOrder | Self::VoidOfOrder => "voided",
            Self::Capture | Self::Release | Self::Void | Self::PixVoid | Self::DripVoid => {
                return assert_eq!(session, "");
            }
        };
        assert_eq!(hub.merchant.get(&format!("/v1/sessions/{session}")).await.expect(200).text("/status"), status);
    }
}

/// How often the bank received a capture or a void of this charge.
fn asked(hub: &TestHub, id: &str) -> u32 {
    let changes = hub.bank.bookings().into_iter().filter(|booking| booking.operation != "create");
    changes.filter(|booking| booking.payment == reference(id, 1)).map(|booking| booking.times).sum()
}
