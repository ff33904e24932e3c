//! What an operator must know of.

use strum::{Display, IntoStaticStr, VariantArray};

/// The field `alarm` of a log line that needs an operator. docs/operations.md says for each what the operator does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Alarm {
    /// A charge was paid twice, or a payment that is not kept cannot be refunded.
    DuplicatePayment,
    /// A card was approved after its payment had been published as failed or canceled.
    LatePayment,
    /// A payment is less than was asked for; of a card, any other amount.
    Underpaid,
    /// Another amount was captured than was asked for; where no capture was asked for, than was left.
    CapturedAnotherAmount,
    /// A charge that had been published as authorized was not captured after all: its money is only reserved, or its
    /// reservation has ended.
    CaptureFailed,
    /// A dispute that had debited the payment debited it once more.
    DebitedAgain,
    /// Disputes took more than what was paid and not refunded.
    ChargebackAbovePayment,
    /// The sums of a charge contradict each other.
    Ledger,
    /// Contradiction: a payment that is known was paid or reserved with another amount, or two payments cannot be
    /// distinguished.
    PaidAnotherAmount,
    /// Contradiction: the provider shows a payment as declined or canceled that counts as approved.
    ApprovalTakenBack,
    /// Contradiction: an amount is in another currency than the charge.
    AnotherCurrency,
    /// Contradiction: a capture that had failed succeeded, of a charge that is not reserved any more.
    SecondCapture,
    /// Contradiction: a capture failed after it was made, of a payment that was refunded or disputed since, or that has no
    /// capture: a Pix, a boleto, a Drip or a duplicate.
    CaptureFailedTooLate,
    /// Contradiction: a reservation ended of a payment that was captured, refunded or disputed.
    CapturedReservationEnded,
    /// Contradiction: more was refunded than the residual amount.
    RefundAboveResidual,
    /// A refund was done with another amount than was asked for, which is recorded. Contradiction: one that is done was
    /// done with another amount.
    RefundedAnotherAmount,
    /// Contradiction: a refund, or its reversal, of money that is reserved and not captured.
    RefundOfReservedMoney,
    /// Contradiction: more came back than was refunded.
    ReversalAboveRefunds,
    /// Contradiction: a chargeback or dispute of a duplicate payment, which is outside the sums of the charge.
    DisputeOfADuplicatePayment,
    /// Contradiction: one more request than a charge can hold.
    NoRoom,
    /// An outcome could not be stored in time.
    OutcomeNotStored,
    /// No provider can be queried about a charge.
    NoProviderToQuery,
    /// An outcome is unknown for a day.
    UnknownOutcome,
    /// A provider notification waited for a week, and nothing fits it.
    UnknownNotification,
    /// Money moved at a provider of a payment that no reference of the hub names.
    UnknownPayment,
    /// A signed provider notification cannot be read.
    UnreadableNotification,
    /// A call at a provider account's own address is not signed by the key that the hub has of it.
    ForgedNotification,
    /// The last retry of a webhook delivery failed.
    DeliveryExhausted,
    /// A change of a charge could not be made an event.
    Undecodable,
    /// So many cards of an account were declined within an hour that stolen ones may be tested.
    CardTesting,
    /// The client certificate of a provider account ends within 30 days, or has ended.
    CertificateEnds,
}

impl Alarm {
    /// Every alarm.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// Its name in the log.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }
}
