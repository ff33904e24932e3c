//! What each event means for the charge that it names.
//!
//! `success` says whether what was asked for was done. Of what no request has caused it is `true`, also where a capture
//! or a refund has failed: there the event's code alone decides.

use domain::{
    charge::{
        decline::{Decline, DeclineCode},
        request::Receipt,
        update::{ProviderUpdate, UpdateKind},
    },
    money::Amount,
};

use super::{is_id, notification::Item, refusal};
use crate::{MoneyMoved, NoUpdate};

const EXPIRE: &str = "EXPIRE";

/// The updates of one item; none for one that moves no money. Its currency is compared with the charge's, whatever the
/// account is paid in today.
pub(super) fn updates(item: &Item) -> Vec<Result<ProviderUpdate, NoUpdate>> {
    let Some(happened) = Event::of(item) else { return Vec::new() };
    let Some(reference) = item.reference() else { return happened.unknown(item).into_iter().map(Err).collect() };
    // The verification of a card is a payment of nothing, and no charge.
    if matches!(happened, Event::Authorized) && item.amount().is_none() {
        return Vec::new();
    }
    if !is_id(&item.psp_reference) || happened.has_amount() && item.currency().is_none() {
        return vec![Err(NoUpdate::Unreadable)];
    }
    let id = item.psp_reference.as_str();
    match happened.kinds(item, id) {
        Some(kinds) => {
            let currency = item.currency().filter(|_| happened.has_amount());
            // A capture says by its receipts of which payment it is.
            let payment = item.payment().filter(|id| is_id(id) && !matches!(happened, Event::Captured));
            let payment = payment.map(str::to_owned);
            let update = |(id, kind)| Ok(ProviderUpdate { reference, id, payment: payment.clone(), currency, kind });
            kinds.into_iter().map(update).collect()
        }
        None => vec![Err(NoUpdate::Unreadable)],
    }
}

/// What happened.
#[derive(Clone, Copy)]
enum Event {
    Authorized,
    Refused,
    OfferEnded,
    Captured,
    NotCaptured,
    ReservationEnded,
    Refunded,
    NotRefunded,
    RefundReturned,
    Disputed,
    Debited,
    DebitedAgain,
    Credited,
    Won,
    Lost,
    Closed { won: bool },
}

impl Event {
    /// What the hub has to know; none of the other codes, which move no money of a charge.
    fn of(item: &Item) -> Option<Self> {
        let done = |yes, no| Some(if item.is_success() { yes } else { no });
        match item.event_code.as_str() {
            "AUTHORISATION" => done(Self::Authorized, Self::Refused),
            "OFFER_CLOSED" => Some(Self::OfferEnded),
            "CAPTURE" => done(Self::Captured, Self::NotCaptured),
            "CAPTURE_FAILED" => Some(Self::NotCaptured),
            EXPIRE => Some(Self::ReservationEnded),
            "CANCELLATION" => done(Self::ReservationEnded, Self::NotRefunded),
            // Where it is not done there was no such payment, or not yet, or it was captured: that is no answer.
            "TECHNICAL_CANCEL" => Some(Self::ReservationEnded).filter(|_| item.is_success()),
            "REFUND" | "CANCEL_OR_REFUND" => done(Self::Refunded, Self::NotRefunded),
            "REFUND_FAILED" | "REFUNDED_REVERSED" => Some(Self::RefundReturned),
            "REQUEST_FOR_INFORMATION" | "NOTIFICATION_OF_CHARGEBACK" => Some(Self::Disputed),
            "CHARGEBACK" => Some(Self::Debited),
            "SECOND_CHARGEBACK" => Some(Self::DebitedAgain),
            "CHARGEBACK_REVERSED" => Some(Self::Credited),
            "PREARBITRATION_WON" => Some(Self::Won),
            "PREARBITRATION_LOST" => Some(Self::Lost),
            "DISPUTE_DEFENSE_PERIOD_ENDED" => Some(Self::Closed { won: false }),
            "ISSUER_RESPONSE_TIMEFRAME_EXPIRED" => Some(Self::Closed { won: true }),
            _ => None,
        }
    }

    /// Whether its amount counts.
    const fn has_amount(self) -> bool {
        match self {
            Self::Authorized
            | Self::Captured
            | Self::Refunded
            | Self::RefundReturned
            | Self::Debited
            | Self::DebitedAgain
            | Self::Credited
            | Self::Won
            | Self::Lost => true,
            Self::Refused
            | Self::OfferEnded
            | Self::NotCaptured
            | Self::ReservationEnded
            | Self::NotRefunded
            | Self::Disputed
            | Self::Closed { .. } => false,
        }
    }

    /// What an item without a reference of the hub says of money that moved. A refund that is made in the Customer Area
    /// under a reference of its own is one, and so is one of a payment of another program. Such a payment is also made and
    /// captured, which is its ordinary life and says nothing; a reservation of the hub's that ends by its age has the
    /// hub's reference.
    fn unknown(self, item: &Item) -> Option<NoUpdate> {
        let has_moved = match self {
            Self::Refunded
            | Self::RefundReturned
            | Self::Debited
            | Self::DebitedAgain
            | Self::Credited
            | Self::Won
            | Self::Lost => true,
            Self::ReservationEnded => item.event_code != EXPIRE,
            Self::Captured
            | Self::NotCaptured
            | Self::Authorized
            | Self::Refused
            | Self::OfferEnded
            | Self::NotRefunded
            | Self::Disputed
            | Self::Closed { .. } => false,
        };
        let is_named = has_moved && is_id(&item.psp_reference);
        let moved = || MoneyMoved {
            event: item.event_code.clone(),
            id: item.psp_reference.clone(),
            payment: item.payment().filter(|id| is_id(id)).map(str::to_owned),
            amount: item.amount(),
            currency: item.currency(),
        };
        is_named.then(moved).map(NoUpdate::UnknownPayment)
    }

    /// The updates, each with its id; none where its amount is missing.
    fn kinds(self, item: &Item, id: &str) -> Option<Vec<(String, UpdateKind)>> {
        let receipt = || Receipt { transaction_id: Some(id.to_owned()), ..Receipt::default() };
        let why = || refusal::by_text(item.reason.as_deref());
        let kind = match self {
            Self::Authorized => UpdateKind::Reserved { amount: item.amount()?, receipt: receipt() },
            Self::Refused => UpdateKind::NotPaid { why: why() },
            Self::OfferEnded => UpdateKind::NotPaid { why: DeclineCode::Expired.into() },
            Self::Captured => return captured(item, id),
            Self::NotCaptured => UpdateKind::CaptureFailed { why: generic() },
            Self::ReservationEnded => UpdateKind::ReservationEnded,
            // A refund that the hub asked for is reported under its own reference.
            Self::Refunded => UpdateKind::RefundedOutside { amount: item.amount()? },
            Self::NotRefunded => UpdateKind::RefundFailed { why: generic() },
            Self::RefundReturned => UpdateKind::RefundReverted { amount: item.amount()?, refund: Some(id.to_owned()) },
            Self::Disputed
            | Self::Debited
            | Self::DebitedAgain
            | Self::Credited
            | Self::Won
            | Self::Lost
            | Self::Closed { .. } => return self.of_dispute(item.amount(), id),
        };
        Some(vec![(id.to_owned(), kind)])
    }

    /// All events of one dispute have the same id. Its first debit, the first credit, the second debit and the last
    /// credit each have their own here, and their places in this order: an arbitration that was lost is the second debit,
    /// which a second chargeback has made before, or makes now.
    fn of_dispute(self, amount: Option<Amount>, id: &str) -> Option<Vec<(String, UpdateKind)>> {
        let dispute = || Some(id.to_owned());
        let at = |step: &str| format!("{id}-{step}");
        let debit = |step, place| {
            let place = Some(place);
            Some((at(step), UpdateKind::ChargedBack { amount: amount?, dispute: dispute(), place }))
        };
        let credit = |step, place| {
            let place = Some(place);
            Some((at(step), UpdateKind::ChargebackReversed { amount: amount?, dispute: dispute(), place }))
        };
        let closed = |won| (id.to_owned(), UpdateKind::DisputeClosed { dispute: dispute(), won });
        Some(match self {
            Self::Disputed => vec![(id.to_owned(), UpdateKind::Disputed { dispute: dispute() })],
            Self::Debited => vec![debit("1", 1)?],
            Self::Credited => vec![credit("1", 2)?],
            Self::DebitedAgain => vec![debit("2", 3)?],
            Self::Won => vec![credit("2", 4)?, closed(Some(true))],
            Self::Lost => vec![debit("2", 3)?, closed(Some(false))],
            Self::Closed { won } => vec![closed(Some(won))],
            Self::Authorized
            | Self::Refused
            | Self::OfferEnded
            | Self::Captured
            | Self::NotCaptured
            | Self::ReservationEnded
            | Self::Refunded
            | Self::NotRefunded
            | Self::RefundReturned => return None,
        })
    }
}

/// A capture says two things: that its payment was approved, which has an id of its own, and that it was captured. A
/// payment that the hub learns of by it has the payment's id: changes of the payment name that one.
fn captured(item: &Item, id: &str) -> Option<Vec<(String, UpdateKind)>> {
    let (amount, payment) = (item.amount()?, item.payment().filter(|payment| is_id(payment))?);
    let receipt = Receipt { transaction_id: Some(payment.to_owned()), ..Receipt::default() };
    let approved = UpdateKind::Reserved { amount, receipt: receipt.clone() };
    let captured = UpdateKind::Paid { amount, receipt: Receipt { capture_id: Some(id.to_owned()), ..receipt } };
    Some(vec![(payment.to_owned(), approved), (id.to_owned(), captured)])
}

fn generic() -> Decline {
    DeclineCode::Generic.into()
}
