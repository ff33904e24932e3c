//! Disputes. All events of one dispute have the same `pspReference`; its debit is one, however often it is announced.

use domain::time::Timestamp;

use super::{
    books::{Books, Kind, Payment, new_psp_reference},
    notification::Notification,
};

/// What happens in a dispute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisputeEvent {
    /// The issuer asks; no money moves.
    RequestForInformation,
    /// A chargeback will follow.
    NotificationOfChargeback,
    /// The merchant is debited.
    Chargeback,
    /// The money is back; the issuer may debit it again.
    ChargebackReversed,
    /// The issuer has debited it again.
    SecondChargeback,
    /// The merchant has won: what was debited is back.
    PrearbitrationWon,
    /// The merchant has lost: what was not debited is debited now.
    PrearbitrationLost,
    /// The merchant has not answered in time: what was debited stays so.
    DefensePeriodEnded,
    /// The issuer has not answered in time: what is back stays so.
    IssuerResponseTimeframeExpired,
}

impl DisputeEvent {
    const fn code(self) -> &'static str {
        match self {
            Self::RequestForInformation => "REQUEST_FOR_INFORMATION",
            Self::NotificationOfChargeback => "NOTIFICATION_OF_CHARGEBACK",
            Self::Chargeback => "CHARGEBACK",
            Self::ChargebackReversed => "CHARGEBACK_REVERSED",
            Self::SecondChargeback => "SECOND_CHARGEBACK",
            Self::PrearbitrationWon => "PREARBITRATION_WON",
            Self::PrearbitrationLost => "PREARBITRATION_LOST",
            Self::DefensePeriodEnded => "DISPUTE_DEFENSE_PERIOD_ENDED",
            Self::IssuerResponseTimeframeExpired => "ISSUER_RESPONSE_TIMEFRAME_EXPIRED",
        }
    }

    /// Whether the merchant is debited afterwards, where the event decides it.
    const fn debits(self) -> Option<bool> {
        match self {
            Self::Chargeback | Self::SecondChargeback | Self::PrearbitrationLost => Some(true),
            Self::ChargebackReversed | Self::PrearbitrationWon => Some(false),
            Self::RequestForInformation
            | Self::NotificationOfChargeback
            | Self::DefensePeriodEnded
            | Self::IssuerResponseTimeframeExpired => None,
        }
    }

    /// Whether its published example names the payment by Adyen's reference. The others name the merchant's alone.
    const fn has_original_reference(self) -> bool {
        match self {
            Self::RequestForInformation
            | Self::NotificationOfChargeback
            | Self::Chargeback
            | Self::DefensePeriodEnded
            | Self::IssuerResponseTimeframeExpired => true,
            Self::ChargebackReversed | Self::SecondChargeback | Self::PrearbitrationWon | Self::PrearbitrationLost => {
                false
            }
        }
    }
}

/// One dispute.
#[derive(Clone, Debug)]
pub(super) struct Dispute {
    pub(super) psp_reference: String,
    pub(super) payment: String,
    pub(super) value: i64,
    pub(super) is_debited: bool,
}

impl Books {
    /// A shopper contests so much of a payment. No event says it yet.
    pub(super) fn dispute(&mut self, payment: &str, value: i64) -> String {
        assert!(self.payment(payment).is_some(), "no payment {payment}");
        let psp_reference = new_psp_reference();
        let payment = payment.to_owned();
        self.disputes.push(Dispute { psp_reference: psp_reference.clone(), payment, value, is_debited: false });
        psp_reference
    }

    /// The dispute goes on.
    pub(super) fn goes_on(&mut self, dispute: &str, event: DisputeEvent, now: Timestamp) {
        let dispute = self.disputes.iter_mut().find(|other| other.psp_reference == dispute).expect("a dispute");
        dispute.is_debited = event.debits().unwrap_or(dispute.is_debited);
        let dispute = dispute.clone();
        let payment = self.payment(&dispute.payment).unwrap().clone();
        let news = Notification {
            psp_reference: dispute.psp_reference.clone(),
            original_reference: event.has_original_reference().then(|| payment.psp_reference.clone()),
            value: dispute.value,
            reason: "Other Fraud-Card Absent Environment".to_owned(),
            ..Notification::of_payment(event.code(), &payment, now)
        };
        self.notifications.push_back(self.explained(news, event, &payment, now));
    }

    /// With the `additionalData` of the event's published example. `disputeStatus` is not sent in Brazil.
    fn explained(&self, news: Notification, event: DisputeEvent, payment: &Payment, now: Timestamp) -> Notification {
        let of_payment: Vec<_> =
            self.modifications.iter().filter(|done| done.payment == payment.psp_reference).collect();
        let references: Vec<_> = of_payment.iter().map(|done| done.reference.as_str()).collect();
        let references = |news: Notification| news.with("modificationMerchantReferences", references.join(","));
        let scheme = |news: Notification| {
            references(news.with("chargebackReasonCode", "10.4").with("chargebackSchemeCode", &payment.variant))
        };
        match event {
            DisputeEvent::NotificationOfChargeback | DisputeEvent::Chargeback => {
                let capture = of_payment.iter().find(|done| done.kind == Kind::Capture);
                let capture = capture.map(|done| (done.psp_reference.as_str(), done.reference.as_str()));
                let (psp_reference, reference) = capture.unwrap_or_default();
                let end = now.plus(std::time::Duration::from_hours(18 * 24)).to_string();
                let gross = news.value.to_string();
                scheme(news.with_variant())
                    .with("capturePspReference", psp_reference)
                    .with("captureMerchantReference", reference)
                    .with("grossCurrency", &payment.currency)
                    .with("grossValue", gross)
                    .with("defensePeriodEndsAt", format!("{}Z", &end[..19]))
                    .with("defendable", "true")
            }
            DisputeEvent::SecondChargeback
            | DisputeEvent::DefensePeriodEnded
            | DisputeEvent::IssuerResponseTimeframeExpired => scheme(news),
            DisputeEvent::RequestForInformation => references(news),
            DisputeEvent::ChargebackReversed | DisputeEvent::PrearbitrationWon | DisputeEvent::PrearbitrationLost => {
                news
            }
        }
    }
}
