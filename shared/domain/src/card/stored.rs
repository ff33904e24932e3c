//! Stored cards, and their verification by a payment of nothing.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

use super::{CardSnapshot, Fingerprint};
use crate::{
    charge::{
        Body, Outcome,
        decline::Decline,
        request::{Answer, Receipt, RequestStatus, Via},
    },
    ids::{CardId, ChargeId, ClientId, CustomerId, RequestId},
    maker::Maker,
    time::Timestamp,
};

/// How far a stored card has come, as `status` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr, VariantArray)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum CardStatus {
    /// It passed its verification, or none was asked for.
    Active,
    /// A verification was asked for, and its outcome is unknown.
    Pending,
    /// It did not pass its verification, or its number was erased.
    Failed,
}

impl CardStatus {
    /// Every status.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// The word that it is stored as.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// Whether, and how, a card is verified.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Verification {
    /// No caller asked for it.
    #[default]
    None,
    /// A merchant was named, and the check of the security code is off: no provider is asked, and the card waits
    /// (Malga, "Zero dollar").
    PutOff,
    /// A provider is asked.
    Asked(Box<ZeroDollar>),
}

/// A payment of nothing. It is asked for once: its security code is not kept for another time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ZeroDollar {
    /// Its id.
    pub id: RequestId,
    /// Who is asked.
    pub via: Via,
    /// What came of it; none while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
}

/// A stored card. Its number is encrypted; its security code is not stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Card {
    /// Its id.
    pub id: CardId,
    /// The account that it belongs to.
    pub client: ClientId,
    /// The customer that it is linked to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    /// The key that stored it.
    #[serde(flatten)]
    pub made_by: Maker,
    /// What may be shown of it.
    pub snapshot: CardSnapshot,
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
    /// The number, encrypted; none once it was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The charge that used it last, of a card that came inside a charge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_charge: Option<ChargeId>,
    /// Its verification.
    #[serde(default)]
    pub verification: Verification,
    /// The caller's idempotency key, or the card's id where none came.
    pub idempotency_key: String,
    /// What the creating request said; none for a card that came inside a charge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
    /// When it was stored.
    pub created_at: Timestamp,
    /// How often it was written; the condition of the next write.
    pub version: u64,
}

impl Card {
    /// A card that came inside a charge: no caller asked for its verification.
    #[must_use]
    pub fn inline(
        id: CardId,
        client: ClientId,
        made_by: Maker,
        snapshot: CardSnapshot,
        fingerprint: Fingerprint,
        number: String,
        created_at: Timestamp,
    ) -> Self {
        Self {
            id,
            client,
            customer: None,
            made_by,
            snapshot,
            fingerprint,
            number: Some(number),
            last_charge: None,
            verification: Verification::None,
            idempotency_key: id.to_string(),
            body: None,
            created_at,
            version: 1,
        }
    }

    /// How far it has come.
    #[must_use]
    pub fn status(&self) -> CardStatus {
        if self.number.is_none() {
            return CardStatus::Failed;
        }
        match &self.verification {
            Verification::None => CardStatus::Active,
            Verification::PutOff => CardStatus::Pending,
            Verification::Asked(zero_dollar) => match zero_dollar.status() {
                RequestStatus::Success => CardStatus::Active,
                RequestStatus::Failed => CardStatus::Failed,
                RequestStatus::Running | RequestStatus::Processing | RequestStatus::InternalError => {
                    CardStatus::Pending
                }
            },
        }
    }

    /// Whether it is unsaved: it came inside a charge, and no customer has it. Its number is erased when it was not used
    /// for long.
    #[must_use]
    pub const fn is_unsaved(&self) -> bool {
        self.body.is_none() && self.customer.is_none()
    }

    /// Whether a provider has found its security code right.
    #[must_use]
    pub fn cvv_checked(&self) -> bool {
        matches!(self.verification, Verification::Asked(_)) && self.status() == CardStatus::Active
    }

    /// Whether it may be used in a charge: a card that was not verified is as good as one that came inside a charge.
    #[must_use]
    pub fn can_pay(&self) -> bool {
        self.status() != CardStatus::Failed
    }

    /// The payment of nothing that verifies it.
    #[must_use]
    pub fn zero_dollar(&self) -> Option<&ZeroDollar> {
        match &self.verification {
            Verification::Asked(zero_dollar) => Some(zero_dollar),
            Verification::None | Verification::PutOff => None,
        }
    }

    /// The reference that its verification has at the provider.
    #[must_use]
    pub fn reference(&self) -> String {
        format!("{}001", self.id.uuid().simple())
    }

    /// The card after its verification had `outcome`, learned at `now` after `took_ms` milliseconds. Only the first
    /// outcome counts.
    #[must_use]
    pub fn verified(&self, outcome: Outcome, now: Timestamp, took_ms: Option<u32>) -> Self {
        let mut next = self.clone();
        if let Verification::Asked(zero_dollar) = &mut next.verification
            && zero_dollar.answer.is_none()
        {
            zero_dollar.answer = Some(answer(outcome, now, took_ms));
            next.version = self.version.saturating_add(1);
        }
        next
    }

    /// The card as it was when it was created: the answer to an idempotent replay. A link to a customer came later.
    #[must_use]
    pub fn as_created(self) -> Self {
        Self { customer: None, ..self }
    }
}

impl ZeroDollar {
    /// How far it has come.
    #[must_use]
    pub fn status(&self) -> RequestStatus {
        self.answer.as_ref().map_or(RequestStatus::Running, |answer| answer.status)
    }
}

/// Only an approval is a success and only a refusal is a failure: every other outcome leaves the card unverified.
fn answer(outcome: Outcome, at: Timestamp, took_ms: Option<u32>) -> Answer {
    let (status, receipt, decline): (_, _, Option<Decline>) = match outcome {
        Outcome::Approved(receipt) => (RequestStatus::Success, receipt, None),
        Outcome::Declined(decline) => (RequestStatus::Failed, Receipt::default(), Some(decline)),
        Outcome::Unknown | Outcome::Pending(_) | Outcome::Paid(..) | Outcome::Canceled | Outcome::NotFound => {
            (RequestStatus::Processing, Receipt::default(), None)
        }
        Outcome::NotSent => (RequestStatus::InternalError, Receipt::default(), None),
    };
    Answer { took_ms, receipt, decline, ..Answer::new(1, status, at) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{card::Brand, charge::decline::DeclineCode, ids::ProviderAccountId, merchant::ProviderType};

    fn id<T: std::str::FromStr<Err: std::fmt::Debug>>() -> T {
        "c1db83fa-723c-4e1f-9722-bc19d1be6791".parse().unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn card(verification: Verification) -> Card {
        let snapshot = CardSnapshot {
            brand: Brand::Visa,
            first6: "492956".to_owned(),
            last4: "7814".to_owned(),
            holder: "JOAO DA SILVA".to_owned(),
            expiry: "06/2028".parse().unwrap(),
        };
        let fingerprint = Fingerprint { version: 1, mac: "f".to_owned() };
        let now = at("2026-01-01T00:00:00Z");
        Card {
            verification,
            ..Card::inline(id(), id(), Maker::ACCOUNT, snapshot, fingerprint, "sealed".to_owned(), now)
        }
    }

    fn asked() -> Card {
        let via = Via { id: id::<ProviderAccountId>(), kind: ProviderType::Stripe };
        card(Verification::Asked(Box::new(ZeroDollar { id: id(), via, answer: None })))
    }

    fn after(outcome: Outcome) -> Card {
        asked().verified(outcome, at("2026-01-01T00:00:01Z"), Some(1000))
    }

    #[test]
    fn only_a_refusal_keeps_a_card_from_paying_and_only_an_approval_says_that_its_code_is_right() {
        let declined = Outcome::Declined(DeclineCode::InvalidCvv.into());
        for (name, card, status, checked) in [
            ("no verification", card(Verification::None), CardStatus::Active, false),
            ("put off", card(Verification::PutOff), CardStatus::Pending, false),
            ("running", asked(), CardStatus::Pending, false),
            ("approved", after(Outcome::Approved(Receipt::default())), CardStatus::Active, true),
            ("declined", after(declined), CardStatus::Failed, false),
            ("unknown", after(Outcome::Unknown), CardStatus::Pending, false),
            ("no sense", after(Outcome::Pending(Receipt::default())), CardStatus::Pending, false),
            ("not found", after(Outcome::NotFound), CardStatus::Pending, false),
            ("not sent", after(Outcome::NotSent), CardStatus::Pending, false),
            (
                "erased",
                Card { number: None, ..after(Outcome::Approved(Receipt::default())) },
                CardStatus::Failed,
                false,
            ),
        ] {
            assert_eq!((card.status(), card.cvv_checked()), (status, checked), "{name}");
            assert_eq!(card.can_pay(), status != CardStatus::Failed, "{name}");
        }
    }

    #[test]
    fn a_verification_is_answered_once() {
        let first = after(Outcome::Approved(Receipt::default()));
        assert_eq!(first.version, asked().version + 1);
        let again = first.verified(Outcome::Declined(DeclineCode::Generic.into()), at("2026-01-01T00:00:02Z"), None);
        assert_eq!(again, first);
        let never_asked = card(Verification::None);
        assert_eq!(never_asked.verified(Outcome::Unknown, at("2026-01-01T00:00:02Z"), None), never_asked);
    }

    #[test]
    fn the_reference_is_35_letters_and_digits_that_name_the_card() {
        assert_eq!(asked().reference(), "c1db83fa723c4e1f9722bc19d1be6791001");
    }

    #[test]
    fn only_a_card_inside_a_charge_that_no_customer_has_is_unsaved() {
        let body = Some(Body { as_sent: String::new(), by_card: None });
        assert!(card(Verification::None).is_unsaved());
        assert!(!Card { customer: Some(id()), ..card(Verification::None) }.is_unsaved());
        assert!(!Card { body, ..card(Verification::None) }.is_unsaved());
    }

    #[test]
    fn what_was_created_had_no_shopper_yet() {
        let linked = Card { customer: Some(id()), ..card(Verification::None) };
        assert_eq!(linked.as_created(), card(Verification::None));
    }
}
