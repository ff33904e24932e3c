//! Buyers.

use serde::{Deserialize, Serialize};

use crate::document::Document;

/// What the hub knows of a buyer.
///
/// Telephone and postal code keep the caller's spelling: the source documents send `"21 98889999099"` and
/// `"xx999999999"` (seeds 001 and 003).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomerData {
    /// Full name.
    pub name: String,
    /// E-mail address.
    pub email: String,
    /// Telephone number as written by the caller.
    pub phone_number: String,
    /// The document that identifies the buyer.
    pub document: Document,
    /// Postal address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
}

/// A postal address; all but the complement are required once there is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Address {
    /// Street.
    pub street: String,
    /// House number.
    pub street_number: String,
    /// Apartment, floor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complement: Option<String>,
    /// Postal code as written by the caller.
    pub zip_code: String,
    /// Country.
    pub country: String,
    /// State.
    pub state: String,
    /// City.
    pub city: String,
    /// District.
    pub district: String,
}
