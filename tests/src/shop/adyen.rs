//! Adyen in the suites over whole lives.

use std::{collections::BTreeMap, sync::Arc};

use domain::merchant::ProviderType;
use flows::Clock;
use serde_json::{Value, json};

use super::{Held, Notice, Played};
use crate::fakes::{
    Reply,
    adyen::{API_KEY, Adyen, HMAC_KEY, MERCHANT_ACCOUNT, Notification, Stage, internal_error},
};

impl Played for Adyen {
    const KIND: ProviderType = ProviderType::Adyen;

    fn open(clock: Clock) -> Arc<Self> {
        Arc::new(Self::new(clock))
    }

    fn fields(&self) -> Value {
        json!({"merchantAccount": MERCHANT_ACCOUNT, "apiKey": API_KEY, "hmacKey": HMAC_KEY})
    }

    fn failure() -> Reply {
        internal_error()
    }

    fn goes_on(&self) -> Vec<Notice> {
        self.settle_all();
        self.take_notifications().into_iter().map(Notice::from).collect()
    }

    fn is_paid(&self, reference: &str, _amount: u64) -> Vec<Notice> {
        let payments = self.payments();
        let payment = payments.iter().find(|payment| payment.reference == reference).expect("a payment");
        self.pay(&payment.psp_reference);
        self.take_notifications().into_iter().map(Notice::from).collect()
    }

    fn books(&self) -> BTreeMap<String, Held> {
        let minor = |sum: i64| u64::try_from(sum).unwrap();
        let holdings = self.holdings().into_iter();
        let mut books: BTreeMap<String, Held> = holdings
            .map(|(reference, holding)| {
                let held = Held {
                    debits: 0,
                    reserved: minor(holding.reserved()),
                    net: minor(holding.net()),
                    given_back: minor(holding.given_back + holding.released),
                    charged_back: minor(holding.charged_back),
                };
                (reference, held)
            })
            .collect();
        for payment in self.payments().into_iter().filter(|payment| payment.stage == Stage::Authorised) {
            books.entry(payment.reference).or_default().debits += 1;
        }
        books
    }
}

impl From<Notification> for Notice {
    fn from(notification: Notification) -> Self {
        Self { path: String::new(), headers: Vec::new(), body: notification.body().to_string().into_bytes() }
    }
}
