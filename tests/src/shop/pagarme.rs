//! Pagar.me in the suites over whole lives.

use std::{collections::BTreeMap, sync::Arc};

use domain::merchant::ProviderType;
use flows::Clock;
use serde_json::{Value, json};

use super::{Held, Notice, Played};
use crate::fakes::{
    Reply,
    pagarme::{Booked, Notification, Pagarme, error},
};

const KEY: &str = "sk_test_catraca";

impl Played for Pagarme {
    const KIND: ProviderType = ProviderType::Pagarme;

    fn open(clock: Clock) -> Arc<Self> {
        Self::new(clock, KEY)
    }

    fn fields(&self) -> Value {
        json!({"secretKey": KEY})
    }

    fn failure() -> Reply {
        error(500, "Internal error.")
    }

    /// Refunds that are on their way arrive. Of the rest it has notified at once.
    fn goes_on(&self) -> Vec<Notice> {
        let on_the_way = self.booked().into_iter().filter(|booked| booked.refunding > 0);
        on_the_way.map(|booked| self.refund_settles(&booked.charge).into()).collect()
    }

    fn is_paid(&self, reference: &str, amount: u64) -> Vec<Notice> {
        vec![self.pays(reference, amount).into()]
    }

    fn books(&self) -> BTreeMap<String, Held> {
        let mut books = BTreeMap::<String, Held>::new();
        for booked in self.booked() {
            let held = books.entry(booked.code.clone()).or_default();
            held.debits += usize::from(has_debited(&booked));
            held.reserved += booked.reserved;
            held.net += booked.net();
            held.given_back += booked.given_back;
            held.charged_back += booked.charged_back;
        }
        books
    }
}

/// Whether it has taken or reserved money; a reservation that was released keeps its status.
fn has_debited(booked: &Booked) -> bool {
    booked.taken > 0 || booked.reserved > 0 || (booked.method == "credit_card" && booked.status == "canceled")
}

impl From<Notification> for Notice {
    fn from(notification: Notification) -> Self {
        let headers = notification.headers.into_iter().filter(|(name, _)| name != "content-type").collect();
        Self { path: String::new(), headers, body: notification.body.into_bytes() }
    }
}
