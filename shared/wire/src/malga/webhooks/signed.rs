//! The signatures of a delivery: over which texts they are made, and in which headers they are sent.

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{ids::EventId, time::Timestamp};

/// A delivery that is to be signed.
#[derive(Clone, Copy, Debug)]
pub struct Unsigned<'a> {
    /// The event.
    pub event: EventId,
    /// When it is sent.
    pub at: Timestamp,
    /// The body that is sent.
    pub body: &'a str,
}

/// What one key makes of [`Unsigned::standard_text`].
#[derive(Clone, Debug)]
pub struct StandardSignature {
    /// HMAC-SHA-256 by the shared secret of the key.
    pub mac: [u8; 32],
    /// The Ed25519 signature of the key.
    pub signature: [u8; 64],
}

impl Unsigned<'_> {
    /// The text of `x-plug-signature`.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n{}", self.at.as_millis(), self.body)
    }

    /// The text of `webhook-signature`, as Standard Webhooks defines it.
    #[must_use]
    pub fn standard_text(&self) -> String {
        format!("{}.{}.{}", self.event, self.at.as_seconds(), self.body)
    }

    /// The headers: one signature of [`Self::text`], and for Standard Webhooks any number, by the shared secret (`v1`)
    /// and by the key (`v1a`).
    #[must_use]
    pub fn headers(&self, signature: &[u8; 64], standard: &[StandardSignature]) -> Vec<(&'static str, String)> {
        let standard = standard.iter().map(|StandardSignature { mac, signature }| {
            format!("v1,{} v1a,{}", STANDARD.encode(mac), STANDARD.encode(signature))
        });
        vec![
            ("x-idempotency-key", self.event.to_string()),
            ("x-plug-date", self.at.as_millis().to_string()),
            ("x-plug-signature", hex::encode(signature)),
            ("webhook-id", self.event.to_string()),
            ("webhook-timestamp", self.at.as_seconds().to_string()),
            ("webhook-signature", standard.collect::<Vec<_>>().join(" ")),
        ]
    }
}
