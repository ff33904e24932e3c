//! The provider, as it calls the hub: with signed notifications and without any key of the account.

use reqwest::Method;
use serde_json::json;

use crate::{Answer, Merchant, bank::ProviderUpdate};

/// Sends the notifications that the bank has signed.
#[derive(Clone, Debug)]
pub struct Provider(Merchant);

impl Provider {
    /// The provider of the hub at this merchant's address.
    pub(crate) fn of(merchant: &Merchant) -> Self {
        Self(merchant.clone())
    }

    /// Sends a notification, which the hub must accept.
    pub async fn notifies(&self, update: &ProviderUpdate) {
        assert_eq!(self.sends(update).await.expect(200).body, json!({}));
    }

    /// Sends a notification as it is, and returns the hub's answer.
    pub async fn sends(&self, update: &ProviderUpdate) -> Answer {
        self.sends_to_mortal(update).await.unwrap()
    }

    /// Sends a notification to a hub that may die meanwhile; then there is no answer.
    pub async fn sends_to_mortal(&self, update: &ProviderUpdate) -> Option<Answer> {
        let headers: Vec<_> = update.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.0.send_with(Method::POST, update.path(), &headers, Some(update.body.clone().into_bytes())).await.ok()
    }
}
