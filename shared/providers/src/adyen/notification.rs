//! Adyen's notifications ("standard webhook"): each item is signed over eight of its fields. The hub uses no other field
//! of it where money is concerned.

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    charge::update::Reference,
    merchant::{Credentials, Environment},
    money::{Amount, Currency},
};
use ring::hmac::{self, HMAC_SHA256};
use serde::Deserialize;

use super::{HMAC_KEY, MERCHANT_ACCOUNT, event};
use crate::{CallbackError, CallbackRequest, Notified, Proof};

/// Items of one call, at most. Adyen sends one.
const MAX_ITEMS: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    live: String,
    notification_items: Vec<Wrapped>,
}

#[derive(Deserialize)]
struct Wrapped {
    #[serde(rename = "NotificationRequestItem")]
    item: Item,
}

/// One notification.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
pub(super) struct Item {
    pub(super) event_code: String,
    /// `true` or `false`.
    pub(super) success: String,
    /// What Adyen calls the payment, the modification or the dispute.
    pub(super) psp_reference: String,
    original_reference: Option<String>,
    merchant_account_code: String,
    /// What the hub calls the payment or the modification.
    merchant_reference: String,
    amount: Option<Sum>,
    /// Why, in words; it is not signed.
    pub(super) reason: Option<String>,
    additional_data: Option<Additional>,
}

#[derive(Deserialize)]
struct Sum {
    currency: String,
    value: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Additional {
    hmac_signature: Option<String>,
}

/// The updates that `request` brings. It is used only where every item of it is signed, and of the account's
/// environment; an item of another merchant account is none of the hub's.
pub(super) fn read(proof: &Proof, request: &CallbackRequest) -> Notified {
    let envelope: Envelope = serde_json::from_slice(request.body).map_err(|_| CallbackError::Unreadable)?;
    let items: Vec<Item> = envelope.notification_items.into_iter().map(|wrapped| wrapped.item).collect();
    if !(1..=MAX_ITEMS).contains(&items.len()) {
        return Err(CallbackError::Unreadable);
    }
    let key = proof.secrets.get(HMAC_KEY).and_then(|key| hex::decode(key).ok()).ok_or(CallbackError::Forged)?;
    let key = hmac::Key::new(HMAC_SHA256, &key);
    if !items.iter().all(|item| item.is_signed_by(&key)) || !is_of_environment(proof, &envelope.live) {
        return Err(CallbackError::Forged);
    }
    let name = proof.account.credentials.field(MERCHANT_ACCOUNT);
    let of_account = items.iter().filter(|item| Some(item.merchant_account_code.as_str()) == name);
    Ok(of_account.flat_map(event::updates).collect())
}

fn is_of_environment(proof: &Proof, live: &str) -> bool {
    match proof.account.credentials {
        Credentials::Account { environment: Environment::Production, .. } => live == "true",
        Credentials::Account { environment: Environment::Sandbox, .. } => live == "false",
        Credentials::Sandbox { .. } => false,
    }
}

impl Item {
    /// What is signed: eight fields, an absent one as nothing.
    fn signed(&self) -> [String; 8] {
        let amount = self.amount.as_ref();
        [
            self.psp_reference.clone(),
            self.original_reference.clone().unwrap_or_default(),
            self.merchant_account_code.clone(),
            self.merchant_reference.clone(),
            amount.map(|sum| sum.value.to_string()).unwrap_or_default(),
            amount.map(|sum| sum.currency.clone()).unwrap_or_default(),
            self.event_code.clone(),
            self.success.clone(),
        ]
    }

    fn is_signed_by(&self, key: &hmac::Key) -> bool {
        let signature = self.additional_data.as_ref().and_then(|more| more.hmac_signature.as_deref());
        let signature = signature.and_then(|signature| STANDARD.decode(signature).ok()).unwrap_or_default();
        hmac::verify(key, self.signed().join(":").as_bytes(), &signature).is_ok()
    }

    /// Whether no field has the sign that separates the fields: with it, one signature would be that of two items.
    fn is_clear(&self) -> bool {
        !self.signed().iter().any(|field| field.contains(':'))
    }

    /// The hub's reference; none of a payment or a modification that the hub did not ask for.
    pub(super) fn reference(&self) -> Option<Reference> {
        self.merchant_reference.parse().ok().filter(|_| self.is_clear())
    }

    pub(super) fn is_success(&self) -> bool {
        self.success == "true"
    }

    /// What Adyen calls the payment that it changes; none of a payment itself.
    pub(super) fn payment(&self) -> Option<&str> {
        self.original_reference.as_deref()
    }

    /// How much it is about; none where it says no amount or 0.
    pub(super) fn amount(&self) -> Option<Amount> {
        let value = u64::try_from(self.amount.as_ref()?.value).ok()?;
        Amount::new(value).ok().filter(|amount| *amount > Amount::ZERO)
    }

    /// In which currency; none where it says none.
    pub(super) fn currency(&self) -> Option<Currency> {
        self.amount.as_ref()?.currency.parse().ok()
    }
}
