//! Compares the hub's records with the bank's books, for the whole life of every payment.

use std::{collections::HashMap, time::Duration};

use domain::charge::{Charge, due::Task, request::TransactionRequest, status::Status};
use providers::capabilities::abilities;

use crate::{
    TestHub,
    bank::{BookedStatus, Holding},
};

const A_YEAR: Duration = Duration::from_hours(365 * 24);

const fn is_refund(task: &Task) -> bool {
    matches!(task, Task::Refund(_))
}

impl TestHub {
    /// Compares the hub's records with the bank's books. Every charge has the status and amount of its payment at the
    /// bank, and every payment has a charge. No session is paid twice. No request, notification or due refund is open.
    ///
    /// # Panics
    /// Where they differ.
    pub async fn assert_books_agree(&self) {
        let charges = self.charges().await;
        let mut there = self.bank.books();
        let mut shoppers: HashMap<_, usize> = HashMap::new();
        for charge in &charges {
            assert!(charge.requests.iter().all(TransactionRequest::is_final), "a request is open: {charge:?}");
            let is_to_be_refunded = charge.tasks(self.clock().now().plus(A_YEAR)).iter().any(is_refund);
            assert!(!is_to_be_refunded, "a refund is due: {charge:?}");
            for other in (1..=charge.creation()).filter(|number| *number != charge.payment()) {
                let attempt = there.remove(&charge.reference(other).to_string());
                let is_kept = attempt.is_some_and(|held| held.has_money() && held.left() > 0);
                assert!(!is_kept, "another attempt was paid and is not refunded: {charge:?}");
            }
            let held = there.remove(&charge.reference(charge.payment()).to_string());
            let here = (charge.status(), charge.amount().minor(), charge.is_dispute());
            let expected = self.expected(charge, held.as_ref());
            assert_eq!(here, expected, "the hub (left) differs from the bank (right): {charge:?} {held:?}");
            if let Some(session) =
                charge.session.filter(|_| held.is_some_and(|held| held.has_money() && held.left() > 0))
            {
                let can_refund = charge.abilities(abilities).can_refund();
                let is_of_it =
                    self.store().session(charge.client, session).await.unwrap().unwrap().lock == Some(charge.id);
                *shoppers.entry(session).or_default() += usize::from(is_of_it || can_refund);
            }
        }
        assert!(there.is_empty(), "no charge has made these payments: {there:?}");
        let twice = shoppers.iter().find(|(_, shoppers)| **shoppers > 1);
        assert!(twice.is_none(), "a session is paid twice: {twice:?}");
        let waiting = self.waiting_updates().await;
        assert!(waiting.is_empty(), "provider updates wait: {waiting:?}");
    }

    /// The status, the amount and the dispute flag that a charge must have, given its payment at the bank.
    fn expected(&self, charge: &Charge, held: Option<&Holding>) -> (Status, u64, bool) {
        let asked = charge.original_amount.minor();
        // The payment never arrived.
        let Some(held) = held else { return (Status::Failed, asked, false) };
        assert_eq!((held.amount, held.ledger.promised), (asked, 0), "{charge:?} {held:?}");
        let end = charge.ends_at();
        let is_over = end.is_some_and(|end| end <= self.clock().now());
        let (status, amount) = match held.status {
            // The bank need not report an expired payment.
            BookedStatus::Registered if is_over && charge.status() == Status::Failed => (Status::Failed, asked),
            BookedStatus::Registered => (Status::Pending, asked),
            BookedStatus::Rejected => (Status::Failed, asked),
            BookedStatus::Canceled if held.ledger.released > 0 => (Status::Canceled, 0),
            BookedStatus::Canceled => (Status::Canceled, asked),
            BookedStatus::Reserved if held.left() == 0 => (Status::Canceled, 0),
            BookedStatus::Reserved => (Status::PreAuthorized, held.left()),
            BookedStatus::Taken | BookedStatus::Paid if held.ledger.charged_back > 0 => {
                (Status::ChargedBack, held.left())
            }
            BookedStatus::Taken | BookedStatus::Paid if held.left() == 0 => (Status::Voided, 0),
            BookedStatus::Taken | BookedStatus::Paid => (Status::Authorized, held.left()),
        };
        (status, amount, held.is_contested)
    }
}
