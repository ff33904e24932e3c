//! The books: what was authorized, captured, given back and charged back. They know nothing of the hub.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use domain::time::Timestamp;

use super::{
    access::{Keys, Running},
    dispute::Dispute,
    notification::Notification,
    schema::Method,
    verdict::{Refusal, Verdict},
};

/// How long a reservation lives.
pub(super) const RESERVATION: Duration = Duration::from_hours(28 * 24);
/// How long a card payment waits for its shopper.
pub(super) const REDIRECTION: Duration = Duration::from_hours(12);
/// How long after its due date a boleto can still be paid.
pub(super) const BOLETO_GRACE: Duration = Duration::from_hours(5 * 24);
/// How long after its payment a Pix can be given back.
pub(super) const PIX_REFUNDS: Duration = Duration::from_hours(90 * 24);

/// How far a payment has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It waits for the shopper, or for the issuer.
    Open,
    /// It was authorized; the sums say what became of the money.
    Authorised,
    /// It was declined, or failed, or its offer was closed.
    Over,
}

/// One payment.
#[derive(Clone, Debug)]
pub struct Payment {
    /// What Adyen calls it.
    pub psp_reference: String,
    /// What the merchant calls it.
    pub reference: String,
    /// How it is paid.
    pub method: Method,
    /// The brand of the card, or the type of the method.
    pub variant: String,
    /// The currency.
    pub currency: String,
    /// What was asked for, in minor units.
    pub value: i64,
    /// The number of installments, where the request has one.
    pub installments: Option<i64>,
    /// How far it has come.
    pub stage: Stage,
    /// What the issuer has agreed to, in minor units.
    pub authorised: i64,
    pub(super) paid_at: Timestamp,
    /// When the reservation or the offer ends.
    pub(super) ends_at: Timestamp,
    /// How long after the authorization Adyen captures by itself; nothing once there was a capture.
    pub(super) capture_delay: Option<Duration>,
    pub(super) expired: i64,
}

/// What can be done to a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Takes what is reserved.
    Capture,
    /// Releases what is reserved.
    Cancel,
    /// Gives back what was captured.
    Refund,
    /// Does the one or the other, with the whole payment.
    Reversal,
    /// Releases what is reserved under a reference of the merchant.
    TechnicalCancel,
}

impl Kind {
    pub(super) const ALL: [Self; 5] =
        [Self::Capture, Self::Cancel, Self::Refund, Self::Reversal, Self::TechnicalCancel];
}

/// How far a modification has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Adyen has received it.
    Received,
    /// It was done.
    Done,
    /// It could not be done.
    Refused,
    /// It was done, and undone later.
    Undone,
}

/// One modification.
#[derive(Clone, Debug)]
pub struct Modification {
    /// What Adyen calls it.
    pub psp_reference: String,
    /// What it does.
    pub kind: Kind,
    /// What Adyen calls the payment; empty for a cancel that names the merchant's reference.
    pub payment: String,
    /// What the merchant calls the payment.
    pub payment_reference: String,
    /// What the merchant calls the modification.
    pub reference: String,
    /// The currency; empty where the request names no amount.
    pub currency: String,
    /// The amount in minor units; zero where the request names none.
    pub value: i64,
    /// How far it has come.
    pub progress: Progress,
    pub(super) moved: Moved,
}

/// What a modification did to the money of its payment, in minor units.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Moved {
    pub(super) captured: i64,
    pub(super) released: i64,
    pub(super) given_back: i64,
}

/// The sums of the payments of one reference, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holding {
    /// What issuers have agreed to.
    pub authorised: i64,
    /// What of it was canceled, has expired, or was left by a capture of less.
    pub released: i64,
    /// What of it was captured, without captures that were undone.
    pub captured: i64,
    /// What was refunded, without refunds that failed later.
    pub given_back: i64,
    /// What disputes have debited and not returned.
    pub charged_back: i64,
}

impl Holding {
    /// What is reserved and waits for a capture.
    #[must_use]
    pub const fn reserved(&self) -> i64 {
        self.authorised - self.released - self.captured
    }

    /// What the merchant has of it.
    #[must_use]
    pub const fn net(&self) -> i64 {
        self.captured - self.given_back - self.charged_back
    }
}

/// Everything that Adyen knows of one merchant account.
#[derive(Default)]
pub(super) struct Books {
    pub(super) payments: Vec<Payment>,
    pub(super) modifications: Vec<Modification>,
    pub(super) disputes: Vec<Dispute>,
    /// What was not handed to the test, the oldest first.
    pub(super) notifications: VecDeque<Notification>,
    pub(super) keys: Keys,
    pub(super) verdicts: VecDeque<Verdict>,
    pub(super) is_next_long: bool,
    pub(super) running: Vec<Running>,
    pub(super) takes_several_captures: bool,
    pub(super) names_cancels_by_request: bool,
}

/// A number that no other payment, modification or error of this process has, in the form of a `pspReference`.
pub(super) fn new_psp_reference() -> String {
    static LAST: AtomicUsize = AtomicUsize::new(617_895_204_576);
    format!("993{:012}J", LAST.fetch_add(1, Ordering::Relaxed))
}

impl Books {
    /// The payment that Adyen calls so.
    pub(super) fn payment(&mut self, psp_reference: &str) -> Option<&mut Payment> {
        self.payments.iter_mut().find(|payment| payment.psp_reference == psp_reference)
    }

    /// The payment that Adyen calls so, which is not complete.
    fn open(&mut self, psp_reference: &str) -> &mut Payment {
        let payment = self.payment(psp_reference).expect("a payment");
        assert_eq!(payment.stage, Stage::Open, "{psp_reference} is complete");
        payment
    }

    /// The sums of one payment.
    pub(super) fn of(&self, payment: &Payment) -> Holding {
        let mut sums = Holding { authorised: payment.authorised, released: payment.expired, ..Holding::default() };
        for done in self.modifications.iter().filter(|done| done.payment == payment.psp_reference) {
            sums.captured += done.moved.captured;
            sums.released += done.moved.released;
            sums.given_back += done.moved.given_back;
        }
        let disputes = self.disputes.iter().filter(|dispute| dispute.payment == payment.psp_reference);
        sums.charged_back = disputes.filter(|dispute| dispute.is_debited).map(|dispute| dispute.value).sum();
        sums
    }

    /// The sums of each reference of the merchant.
    pub(super) fn holdings(&self) -> BTreeMap<String, Holding> {
        let mut holdings = BTreeMap::<String, Holding>::new();
        for payment in &self.payments {
            let sums = self.of(payment);
            let of_reference = holdings.entry(payment.reference.clone()).or_default();
            of_reference.authorised += sums.authorised;
            of_reference.released += sums.released;
            of_reference.captured += sums.captured;
            of_reference.given_back += sums.given_back;
            of_reference.charged_back += sums.charged_back;
        }
        holdings
    }

    /// The payment is authorized for so much, and captured at once where it waits for nothing.
    pub(super) fn authorise(&mut self, psp_reference: &str, value: i64, now: Timestamp) {
        let payment = self.payment(psp_reference).unwrap();
        (payment.stage, payment.authorised) = (Stage::Authorised, value);
        (payment.paid_at, payment.ends_at) = (now, now.plus(RESERVATION));
        let payment = payment.clone();
        self.notifications.push_back(Notification {
            value,
            operations: vec!["CANCEL", "CAPTURE", "REFUND"],
            // The text is published so.
            reason: "null".to_owned(),
            ..Notification::of_payment("AUTHORISATION", &payment, now)
        });
        if value > 0 && payment.capture_delay == Some(Duration::ZERO) {
            self.capture_by_itself(&payment);
        }
    }

    /// The payment is over without money.
    pub(super) fn refuse(&mut self, psp_reference: &str, refusal: Refusal, now: Timestamp) {
        let payment = self.open(psp_reference);
        payment.stage = Stage::Over;
        let payment = payment.clone();
        self.notifications.push_back(Notification {
            success: false,
            reason: refusal.reason.to_owned(),
            ..Notification::of_payment("AUTHORISATION", &payment, now)
        });
    }

    /// What ended by itself until now: delayed captures, reservations, and offers. In the order of time.
    pub(super) fn catch_up(&mut self, now: Timestamp) {
        while let Some((at, payment)) = self.next_due().filter(|(at, _)| *at <= now) {
            match payment.stage {
                Stage::Open => self.close_offer(&payment.psp_reference, at),
                Stage::Authorised if payment.capture_delay.is_some() => {
                    let capture = self.capture_by_itself(&payment);
                    self.notifications.push_back(Notification::of_modification("CAPTURE", &capture, &payment, at));
                }
                Stage::Authorised | Stage::Over => self.expire(&payment.psp_reference, at),
            }
        }
    }

    fn next_due(&self) -> Option<(Timestamp, Payment)> {
        let due = |payment: &Payment| match payment.stage {
            Stage::Open => Some(payment.ends_at),
            Stage::Authorised if self.of(payment).reserved() > 0 => {
                Some(payment.capture_delay.map_or(payment.ends_at, |delay| payment.paid_at.plus(delay)))
            }
            Stage::Authorised | Stage::Over => None,
        };
        let due = self.payments.iter().filter_map(|payment| Some((due(payment)?, payment)));
        due.min_by_key(|(at, _)| *at).map(|(at, payment)| (at, payment.clone()))
    }

    /// Adyen captures all that is reserved. The capture has no reference of its own, so it has the payment's.
    fn capture_by_itself(&mut self, payment: &Payment) -> Modification {
        let captured = self.of(payment).reserved();
        self.payment(&payment.psp_reference).unwrap().capture_delay = None;
        let capture = Modification {
            psp_reference: new_psp_reference(),
            kind: Kind::Capture,
            payment: payment.psp_reference.clone(),
            payment_reference: payment.reference.clone(),
            reference: payment.reference.clone(),
            currency: payment.currency.clone(),
            value: captured,
            progress: Progress::Done,
            moved: Moved { captured, ..Moved::default() },
        };
        self.modifications.push(capture.clone());
        capture
    }

    /// The rest of a reservation is released because its time is over.
    pub(super) fn expire(&mut self, psp_reference: &str, at: Timestamp) {
        let payment = self.payment(psp_reference).unwrap().clone();
        let rest = self.of(&payment).reserved();
        assert!(rest > 0, "{psp_reference} has no reservation");
        self.payment(psp_reference).unwrap().expired += rest;
        let payment_method = None;
        let expired = Notification { value: rest, payment_method, ..Notification::of_payment("EXPIRE", &payment, at) };
        self.notifications.push_back(expired);
    }

    /// The shopper can pay no more.
    pub(super) fn close_offer(&mut self, psp_reference: &str, at: Timestamp) {
        let payment = self.open(psp_reference);
        payment.stage = Stage::Over;
        let closed = Notification::of_payment("OFFER_CLOSED", payment, at).with_variant();
        self.notifications.push_back(closed);
    }
}
