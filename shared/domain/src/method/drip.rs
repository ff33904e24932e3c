//! Drip: what its page needs.

use serde::{Deserialize, Serialize};

use super::PaidItem;

/// Characters of an address to which Drip sends the browser back.
pub const MAX_URL: usize = 2048;

/// How a payment on Drip's page is to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Drip {
    /// What is bought.
    pub items: Vec<PaidItem>,
    /// The shopper's browser.
    pub browser: Browser,
    /// Where the browser goes after a payment.
    pub success_redirect_url: String,
    /// Where the browser goes when the shopper cancels.
    pub cancel_redirect_url: String,
    /// In how many parts the shopper may pay at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_installments: Option<u8>,
    /// For how many seconds the page can be paid: [`crate::limits::DRIP_LIFE`], or until its session's due date.
    pub expires_in: u32,
}

/// The shopper's browser, as Drip asks for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Browser {
    /// Its address.
    pub ip_address: String,
    /// The fingerprint that Drip's script made of it.
    pub browser_fingerprint: String,
}
