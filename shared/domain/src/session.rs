//! A session: an order that is paid once.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use strum::{Display, IntoStaticStr, VariantArray};

use crate::{
    charge::SessionStep,
    ids::{ChargeId, ClientId, CustomerId, MerchantId, SessionId},
    limits::{MAX_ATTEMPTS, SESSION_KEY_GRACE},
    maker::Maker,
    method::{Accepted, PaidItem, PaymentType},
    money::{Amount, Currency},
    refusal::Refusal,
    time::{Date, NotADate, Timestamp},
};

/// The status of a session, as the public API names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SessionStatus {
    /// Not paid yet.
    Created,
    /// Paid.
    Paid,
    /// Canceled before it was paid.
    Canceled,
    /// Paid, and refunded in full.
    Voided,
}

impl SessionStatus {
    /// Every status.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// The word that it is stored as.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// One thing that is sold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// What it is called.
    pub name: String,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The price of one, in minor units. The session's amount need not be the sum.
    pub unit_price: Amount,
    /// How many.
    pub quantity: u32,
    /// Whether it is a thing rather than a service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tangible: Option<bool>,
}

/// The session's own key: opens this session and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionKey {
    /// SHA-256 of the key, in hex: what a caller's key is compared with.
    pub digest: String,
    /// The key itself, encrypted: reading the session shows it again.
    pub sealed: String,
}

/// Until when a session may be paid, as it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum DueDate {
    /// Until an instant.
    At(Timestamp),
    /// Until a day ends in Brasília.
    On(Date),
}

impl DueDate {
    /// The first instant at which it may not be paid.
    #[must_use]
    pub fn end(self) -> Timestamp {
        match self {
            Self::At(instant) => instant,
            Self::On(day) => day.end_in_brazil(),
        }
    }

    /// The instant that the API prints. Of a day it is in that day, in UTC and in Brasília: the end in Brasília is in the
    /// next day in UTC.
    #[must_use]
    pub fn printed(self) -> Timestamp {
        match self {
            Self::At(instant) => instant,
            Self::On(day) => day.last_instant(),
        }
    }
}

impl From<Timestamp> for DueDate {
    fn from(instant: Timestamp) -> Self {
        Self::At(instant)
    }
}

impl FromStr for DueDate {
    type Err = NotADate;

    fn from_str(text: &str) -> Result<Self, NotADate> {
        text.parse().map(Self::At).or_else(|_| text.parse().map(Self::On))
    }
}

/// An order that is paid once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "each is what its request says, and none a state of another")]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// The account that it belongs to.
    pub client: ClientId,
    /// The key that made it.
    #[serde(flatten)]
    pub made_by: Maker,
    /// Who is paid.
    pub merchant: MerchantId,
    /// The customer that the merchant named: where the session has no link, its key reads it, and pays with its cards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    /// What it is called.
    pub name: String,
    /// How much is to be paid, in minor units.
    pub amount: Amount,
    /// In which currency.
    pub currency: Currency,
    /// Whether the money is taken at once or only reserved.
    pub capture: bool,
    /// Whether it may be paid at all.
    pub is_active: bool,
    /// Whether it was active when it was made: the answer to an idempotent replay says so.
    pub was_active: bool,
    /// Until when it may be paid.
    pub due_date: DueDate,
    /// Its status.
    pub status: SessionStatus,
    /// The merchant's order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
    /// The merchant's description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The statement descriptor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement_descriptor: Option<String>,
    /// What is sold.
    pub items: Vec<Item>,
    /// The payment methods that it accepts.
    pub methods: Vec<Accepted>,
    /// Whether it has a page of its own, at whose address it is paid by whoever has that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_link: bool,
    /// Its own key.
    pub key: SessionKey,
    /// What the creating request said, to distinguish an idempotent replay from another request under the same key.
    pub body: String,
    /// The active charge: the one that is to pay it, or paid it. A lock never expires by time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<ChargeId>,
    /// Every charge that tried to pay it, oldest first.
    #[serde(default)]
    pub attempts: Vec<ChargeId>,
    /// Payments that were asked for again under another idempotency key while their charge was active, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<Alias>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// How often it was written; the condition of the next write.
    pub version: u64,
}

/// A payment that was asked for again under another idempotency key: it was answered with the active charge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alias {
    /// The id that a charge of that key would have.
    pub id: ChargeId,
    /// The charge that was answered.
    pub charge: ChargeId,
    /// The step of that charge that was answered.
    pub step: u32,
    /// What the request said, to recognise an idempotent replay.
    pub body: String,
}

/// What is to be done with a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// To pay it by this payment method.
    Pay(PaymentType),
    /// To cancel it.
    Cancel,
    /// To allow its payment again.
    Enable,
    /// To stop its payment for now.
    Disable,
}

/// What a session may do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// A charge may lock it.
    Lock,
    /// This charge holds its lock: the state of the charge decides.
    Locked(ChargeId),
    /// It becomes canceled.
    Cancel,
    /// It becomes active or inactive.
    SetActive(bool),
    /// It is so already.
    Nothing,
}

impl Session {
    /// Decides `command` at `now`: what is paid or locked comes first, as a conflict;
    /// then what is wrong with the session itself.
    ///
    /// # Errors
    /// The refusal that the caller gets.
    pub fn decide(&self, command: Command, now: Timestamp) -> Result<Decision, Refusal> {
        match (self.status, command) {
            (SessionStatus::Paid, Command::Pay(_)) => Err(Refusal::SessionPaid),
            (SessionStatus::Voided, Command::Pay(_)) => Err(Refusal::SessionVoided),
            (SessionStatus::Canceled, Command::Pay(_)) => Err(Refusal::SessionCanceled),
            (SessionStatus::Created, Command::Pay(method)) => match self.lock {
                Some(active) => Ok(Decision::Locked(active)),
                None => self.payable(method, now).map(|()| Decision::Lock),
            },
            (SessionStatus::Created, Command::Cancel) => Ok(self.lock.map_or(Decision::Cancel, Decision::Locked)),
            (SessionStatus::Created, Command::Enable) => Ok(self.activate(true)),
            (SessionStatus::Created, Command::Disable) => Ok(self.activate(false)),
            (SessionStatus::Canceled, Command::Cancel) => Ok(Decision::Nothing),
            (SessionStatus::Paid | SessionStatus::Voided, Command::Cancel)
            | (
                SessionStatus::Paid | SessionStatus::Voided | SessionStatus::Canceled,
                Command::Enable | Command::Disable,
            ) => Err(Refusal::SessionEnded { status: self.status }),
        }
    }

    fn activate(&self, active: bool) -> Decision {
        if self.is_active == active { Decision::Nothing } else { Decision::SetActive(active) }
    }

    /// How many attempts to pay it are left.
    #[must_use]
    pub const fn attempts_left(&self) -> usize {
        MAX_ATTEMPTS.saturating_sub(self.attempts.len())
    }

    /// The charge that its shopper is to see: the one that paid it, or the active one, or else its last attempt.
    #[must_use]
    pub fn shown_charge(&self) -> Option<ChargeId> {
        self.lock.or_else(|| self.attempts.last().copied())
    }

    /// Whether a payment of this kind could lock it at `now`, if no other charge did.
    ///
    /// # Errors
    /// What is wrong with the session itself.
    pub fn payable(&self, method: PaymentType, now: Timestamp) -> Result<(), Refusal> {
        self.is_open(now)?;
        if self.attempts_left() == 0 {
            return Err(Refusal::AttemptsUsedUp);
        }
        self.accepts(method)
    }

    /// The same without the limit of attempts, for an attempt that was made already.
    ///
    /// # Errors
    /// What is wrong with the session itself.
    pub fn open_for(&self, method: PaymentType, now: Timestamp) -> Result<(), Refusal> {
        self.is_open(now).and_then(|()| self.accepts(method))
    }

    /// Whether what pays it can be made at `now`: a token, a card, a customer, a payment.
    ///
    /// # Errors
    /// Why it has ended, or cannot be paid for now.
    pub fn takes(&self, now: Timestamp) -> Result<(), Refusal> {
        match self.status {
            SessionStatus::Paid => Err(Refusal::SessionPaid),
            SessionStatus::Voided => Err(Refusal::SessionVoided),
            SessionStatus::Canceled => Err(Refusal::SessionCanceled),
            SessionStatus::Created => self.is_open(now),
        }
    }

    /// When its key stops to open it: [`SESSION_KEY_GRACE`] after its end.
    #[must_use]
    pub fn key_ends_at(&self) -> Timestamp {
        let end = match self.status {
            SessionStatus::Created => self.due_date.end(),
            SessionStatus::Paid | SessionStatus::Canceled | SessionStatus::Voided => self.updated_at,
        };
        end.plus(SESSION_KEY_GRACE)
    }

    fn is_open(&self, now: Timestamp) -> Result<(), Refusal> {
        if !self.is_active {
            Err(Refusal::SessionInactive)
        } else if self.due_date.end() <= now {
            Err(Refusal::SessionPastDue)
        } else {
            Ok(())
        }
    }

    fn accepts(&self, method: PaymentType) -> Result<(), Refusal> {
        let is_accepted = self.accepted(method).is_some();
        let accepted = || self.methods.iter().map(Accepted::kind).collect();
        if is_accepted { Ok(()) } else { Err(Refusal::MethodNotAccepted { accepted: accepted() }) }
    }

    /// The session after what a charge that holds its lock did to it.
    #[must_use]
    pub fn after(&self, step: SessionStep, now: Timestamp) -> Self {
        let status = step.status().unwrap_or(self.status);
        let lock = self.lock.filter(|_| step.keeps_lock());
        Self { status, lock, updated_at: now, version: self.version.saturating_add(1), ..self.clone() }
    }

    /// The alias with this id.
    #[must_use]
    pub fn alias(&self, id: ChargeId) -> Option<&Alias> {
        self.aliases.iter().find(|alias| alias.id == id)
    }

    /// The session as it was when it was made.
    #[must_use]
    pub fn as_created(self) -> Self {
        Self { status: SessionStatus::Created, is_active: self.was_active, updated_at: self.created_at, ..self }
    }

    /// The address of the page at which it is paid, at a hub with this public address.
    #[must_use]
    pub fn hosted_page(&self, public_url: &str) -> String {
        format!("{public_url}/pay/{}", self.id)
    }

    /// The pages of the merchant to which a browser returns from Drip.
    pub fn pages(&self) -> impl Iterator<Item = &str> {
        let pages = self.methods.iter().flat_map(|method| match method {
            Accepted::Drip { success_redirect_url, cancel_redirect_url, .. } => {
                [success_redirect_url.as_deref(), cancel_redirect_url.as_deref()]
            }
            Accepted::Credit { .. } | Accepted::Pix { .. } | Accepted::Boleto { .. } => [None, None],
        });
        pages.flatten()
    }

    /// What is sold, as a boleto or Drip shows it; an item's id is its place, from 1.
    #[must_use]
    pub fn bought(&self) -> Vec<PaidItem> {
        let bought = |(place, item): (usize, &Item)| PaidItem {
            id: place.to_string(),
            title: item.name.clone(),
            quantity: item.quantity,
            unit_price: item.unit_price,
        };
        (1..).zip(&self.items).map(bought).collect()
    }

    /// What the session says of this payment method; none where it is not accepted.
    #[must_use]
    pub fn accepted(&self, method: PaymentType) -> Option<&Accepted> {
        self.methods.iter().find(|accepted| accepted.kind() == method)
    }
}
