//! Drip in the suites over whole lives.

use std::{collections::BTreeMap, sync::Arc};

use domain::merchant::ProviderType;
use flows::Clock;
use serde_json::{Value, json};

use super::{Held, Notice, Played};
use crate::fakes::{
    Reply,
    drip::{Drip, error},
};

const KEY: &str = "key-1";

impl Played for Drip {
    const KIND: ProviderType = ProviderType::Drip;
    const TAKES_CARDS: bool = false;

    fn open(clock: Clock) -> Arc<Self> {
        Self::new(clock, KEY)
    }

    fn fields(&self) -> Value {
        json!({"baseUrl": "https://api.drip.example/api/v1", "apiKey": KEY})
    }

    fn failure() -> Reply {
        error(500, "It has failed.")
    }

    /// It does everything at once.
    fn goes_on(&self) -> Vec<Notice> {
        Vec::new()
    }

    fn is_paid(&self, reference: &str, amount: u64) -> Vec<Notice> {
        let booked = self.of(reference).remove(0);
        assert_eq!(booked.amount, amount, "a checkout is paid whole");
        vec![called(&self.pays(&booked.checkout))]
    }

    fn books(&self) -> BTreeMap<String, Held> {
        let mut books = BTreeMap::<String, Held>::new();
        for booked in self.booked() {
            let held = books.entry(booked.code.clone()).or_default();
            held.debits += usize::from(booked.taken > 0);
            held.net += booked.net();
            held.given_back += booked.given_back;
        }
        books
    }
}

/// A call of Drip's server at this address.
#[must_use]
pub fn called(address: &str) -> Notice {
    let query = address.find('?').expect("the address names a payment");
    Notice { path: address[query..].to_owned(), headers: Vec::new(), body: Vec::new() }
}
