//! Charges in the states in which tests begin, and what happens to them at the bank.

use domain::{
    charge::Charge,
    merchant::ProviderType,
    method::PaymentType::{self, Credit},
};

use serde_json::json;

use crate::{
    TestHub,
    bank::reference,
    samples::{APPROVED, by_card, session, with},
    session::Session,
};

impl TestHub {
    /// A hub whose provider accounts can cancel, query and refund payments of every method.
    pub async fn with_every_ability() -> Self {
        Self::with(&PaymentType::ALL.map(|method| (method, ProviderType::Sandbox))).await
    }

    /// The merchant sells something for `amount` minor units, and the shopper pays. Returns the id of the charge.
    pub async fn sells(&self, method: PaymentType, amount: u64) -> String {
        let id = self.merchant.charges_by(method, amount).await;
        if method != Credit {
            self.is_paid(&id, amount).await;
        }
        id
    }

    /// A session of 150 minor units with a pre-authorized card payment, and the id of its charge.
    pub async fn reserved_session(&self) -> (Session, String) {
        let body = with(with(session(&self.merchant.id), "/amount", json!(150)), "/capture", json!(false));
        let session = self.merchant.creates_session(&body).await;
        let paid = self.shopper.pays(&session, &by_card(APPROVED)).await.expect(201);
        let status = self.merchant.session_status(&session).await;
        assert_eq!((paid.text("/status"), status.as_str()), ("pre_authorized", "created"));
        (session, paid.text("/chargeId").to_owned())
    }

    /// The shopper pays this amount of a charge at the bank, and the provider notifies the hub.
    pub async fn is_paid(&self, charge: &str, amount: u64) {
        self.provider.notifies(&self.bank.pay(&reference(charge, 1), amount)).await;
    }

    /// The bank completes every refund that it has accepted, and the provider notifies the hub.
    pub async fn finishes_refunds(&self) {
        for booking in self.bank.bookings().into_iter().filter(|booking| booking.result == "processing") {
            self.provider.notifies(&self.bank.finish_refund(&booking.reference)).await;
        }
    }

    /// The charge with this id, as it is stored.
    pub async fn charge(&self, id: &str) -> Charge {
        self.store().any_charge(id.parse().unwrap()).await.unwrap().unwrap()
    }
}
