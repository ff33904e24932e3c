//! The notifications: one `NotificationRequestItem` each, signed over eight of its fields.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::time::Timestamp;
use ring::hmac;
use serde_json::{Value, json};

use super::{
    HMAC_KEY, MERCHANT_ACCOUNT,
    books::{Modification, Payment},
};

/// One notification that Adyen has not delivered. A test delivers it once, twice, late, after others or never; it
/// alters a copy to make Adyen lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// What happened, such as `CAPTURE`.
    pub event_code: String,
    /// Whether what was asked for was done; true for news that no request has caused.
    pub success: bool,
    /// What Adyen calls the event: the payment, the modification, or the dispute.
    pub psp_reference: String,
    /// What Adyen calls the payment, where the event is not the payment itself. Some events of disputes lack it.
    pub original_reference: Option<String>,
    /// The merchant account.
    pub merchant_account: String,
    /// What the merchant calls the payment or the modification.
    pub merchant_reference: String,
    /// The currency of the amount.
    pub currency: String,
    /// The amount in minor units.
    pub value: i64,
    /// When it happened.
    pub event_date: Timestamp,
    /// The brand of the card, or the method.
    pub payment_method: Option<String>,
    /// What can be done next with an authorized payment.
    pub operations: Vec<&'static str>,
    /// Why, in words; no signature covers it.
    pub reason: String,
    /// More about it; no signature covers it.
    pub additional_data: BTreeMap<String, String>,
}

impl Notification {
    /// The body of the call that delivers it, signed.
    #[must_use]
    pub fn body(&self) -> Value {
        self.signed_by(HMAC_KEY)
    }

    /// The body of the call that delivers it, signed by this key, in hexadecimal digits.
    #[must_use]
    pub fn signed_by(&self, key: &str) -> Value {
        envelope(&[self.item(key)])
    }

    /// The body of one call that delivers all of these.
    #[must_use]
    pub fn body_of_all(notifications: &[Self]) -> Value {
        envelope(&notifications.iter().map(|one| one.item(HMAC_KEY)).collect::<Vec<_>>())
    }

    /// The fields that a signature covers, as it covers them.
    #[must_use]
    pub fn signed_text(&self) -> String {
        [
            &self.psp_reference,
            self.original_reference.as_deref().unwrap_or_default(),
            &self.merchant_account,
            &self.merchant_reference,
            &self.value.to_string(),
            &self.currency,
            &self.event_code,
            &self.success.to_string(),
        ]
        .join(":")
    }

    fn item(&self, key: &str) -> Value {
        let mut additional_data = self.additional_data.clone();
        additional_data.insert("hmacSignature".to_owned(), signature(key, &self.signed_text()));
        let mut item = json!({
            "additionalData": additional_data,
            "amount": {"currency": self.currency, "value": self.value},
            "eventCode": self.event_code,
            "eventDate": in_amsterdam(self.event_date),
            "merchantAccountCode": self.merchant_account,
            "merchantReference": self.merchant_reference,
            "pspReference": self.psp_reference,
            "reason": self.reason,
            "success": self.success.to_string(),
        });
        if let Some(original) = &self.original_reference {
            item["originalReference"] = json!(original);
        }
        if let Some(method) = &self.payment_method {
            item["paymentMethod"] = json!(method);
        }
        if !self.operations.is_empty() {
            item["operations"] = json!(self.operations);
        }
        item
    }
}

fn envelope(items: &[Value]) -> Value {
    let items: Vec<_> = items.iter().map(|item| json!({"NotificationRequestItem": item})).collect();
    json!({"live": "false", "notificationItems": items})
}

/// The signature of this text by this key, in hexadecimal digits.
#[must_use]
pub fn signature(key: &str, text: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &hex::decode(key).unwrap());
    STANDARD.encode(hmac::sign(&key, text.as_bytes()))
}

/// The instant as Adyen prints it: seconds, and the offset of Amsterdam in winter.
fn in_amsterdam(instant: Timestamp) -> String {
    let local = instant.plus(std::time::Duration::from_hours(1)).to_string();
    format!("{}+01:00", &local[..19])
}

/// How the books write them.
impl Notification {
    /// News of this payment.
    pub(super) fn of_payment(event: &str, payment: &Payment, at: Timestamp) -> Self {
        Self {
            event_code: event.to_owned(),
            success: true,
            psp_reference: payment.psp_reference.clone(),
            original_reference: None,
            merchant_account: MERCHANT_ACCOUNT.to_owned(),
            merchant_reference: payment.reference.clone(),
            currency: payment.currency.clone(),
            value: payment.value,
            event_date: at,
            payment_method: Some(payment.variant.clone()),
            operations: Vec::new(),
            reason: String::new(),
            additional_data: BTreeMap::new(),
        }
    }

    /// News of this modification of this payment.
    pub(super) fn of_modification(event: &str, change: &Modification, payment: &Payment, at: Timestamp) -> Self {
        Self {
            psp_reference: change.psp_reference.clone(),
            original_reference: Some(payment.psp_reference.clone()),
            merchant_reference: change.reference.clone(),
            value: change.value,
            ..Self::of_payment(event, payment, at)
        }
    }

    /// News of a cancel that found no payment: it names none, and no amount.
    pub(super) fn of_cancel_without_payment(change: &Modification, at: Timestamp) -> Self {
        Self {
            event_code: "TECHNICAL_CANCEL".to_owned(),
            success: false,
            psp_reference: change.psp_reference.clone(),
            original_reference: None,
            merchant_account: MERCHANT_ACCOUNT.to_owned(),
            merchant_reference: change.reference.clone(),
            currency: "BRL".to_owned(),
            value: 0,
            event_date: at,
            payment_method: None,
            operations: Vec::new(),
            reason: String::new(),
            additional_data: BTreeMap::new(),
        }
    }

    /// With the brand of the card, or the method, once more.
    pub(super) fn with_variant(self) -> Self {
        let variant = self.payment_method.clone().unwrap_or_default();
        self.with("paymentMethodVariant", variant)
    }

    /// With this in its `additionalData`.
    pub(super) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.additional_data.insert(name.to_owned(), value.into());
        self
    }
}
