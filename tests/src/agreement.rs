//! The hub's books are held against the bank's, for the whole life of every payment.

use std::{collections::HashMap, time::Duration};

use domain::charge::{Charge, due::Task, request::TransactionRequest, status::Status};
use providers::capabilities::abilities;

use crate::{
    TestHub,
    bank::{Holding, Standing},
};

const A_YEAR: Duration = Duration::from_hours(365 * 24);

const fn is_refund(task: &Task) -> bool {
    matches!(task, Task::Refund(_))
}

impl TestHub {
    /// Holds the hub's books against the bank's: every charge stands as the bank holds its payment, and is worth as
    /// much; every payment at the bank is a charge here; no session is paid twice; and nothing is open: no request, no
    /// notification, and no refund that is due.
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
                let tried = there.remove(&charge.reference(other).to_string());
                let is_kept = tried.is_some_and(|tried| tried.has_money() && tried.left() > 0);
                assert!(!is_kept, "another try was paid and is not refunded: {charge:?}");
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
        assert!(waiting.is_empty(), "notices wait: {waiting:?}");
    }

    /// What the hub must say of a charge whose payment the bank holds so: its status, its amount, and whether its buyer
    /// contests it.
    fn expected(&self, charge: &Charge, held: Option<&Holding>) -> (Status, u64, bool) {
        let asked = charge.original_amount.minor();
        // It never came.
        let Some(held) = held else { return (Status::Failed, asked, false) };
        assert_eq!((held.amount, held.promised), (asked, 0), "{charge:?} {held:?}");
        let end = charge.ends_at();
        let is_over = end.is_some_and(|end| end <= self.clock().now());
        let (status, amount) = match held.standing {
            // Of what nobody paid in time, the bank need not say so.
            Standing::Registered if is_over && charge.status() == Status::Failed => (Status::Failed, asked),
            Standing::Registered => (Status::Pending, asked),
            Standing::Rejected => (Status::Failed, asked),
            Standing::Canceled if held.released > 0 => (Status::Canceled, 0),
            Standing::Canceled => (Status::Canceled, asked),
            Standing::Reserved if held.left() == 0 => (Status::Canceled, 0),
            Standing::Reserved => (Status::PreAuthorized, held.left()),
            Standing::Taken | Standing::Paid if held.charged_back > 0 => (Status::ChargedBack, held.left()),
            Standing::Taken | Standing::Paid if held.left() == 0 => (Status::Voided, 0),
            Standing::Taken | Standing::Paid => (Status::Authorized, held.left()),
        };
        (status, amount, held.is_contested)
    }
}
