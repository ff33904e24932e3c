//! A merchant's settings, and a session with them for a checkout page.

use std::collections::BTreeMap;

use domain::{
    customer::Need,
    ids::{ClientId, MerchantId},
    merchant::Settings,
    method::PaymentType,
    time::Timestamp,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::session::{ActiveChargeBody, SessionBody};

/// A merchant's settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Settings)]
pub struct SettingsBody {
    /// The merchant's id.
    pub id: Uuid,
    /// The account that it belongs to.
    pub client_id: Uuid,
    /// Its name.
    #[schema(required)]
    pub company_name: Option<String>,
    /// Its e-mail address.
    #[schema(required)]
    pub email: Option<String>,
    /// Its telephone.
    #[schema(required)]
    pub phone: Option<String>,
    /// Its tax document.
    #[schema(required)]
    pub document_number: Option<String>,
    /// The statement descriptor: the text on a shopper's statement.
    #[schema(required)]
    pub statement_description: Option<String>,
    /// Its language towards shoppers.
    #[schema(required)]
    pub language: Option<String>,
    /// The public address of its logo.
    #[schema(required)]
    pub logo: Option<String>,
    /// The main colour: `#RRGGBB`, as all colours.
    #[schema(required)]
    pub main_color: Option<String>,
    /// The secondary colour.
    #[schema(required)]
    pub secondary_color: Option<String>,
    /// The background colour.
    #[schema(required)]
    pub background_color: Option<String>,
    /// The colour of warnings.
    #[schema(required)]
    pub attention_color: Option<String>,
    /// The colour of errors.
    #[schema(required)]
    pub error_color: Option<String>,
    /// The colour of success.
    #[schema(required)]
    pub success_color: Option<String>,
    /// The origins under which a public key may name `successRedirectUrl` and `cancelRedirectUrl`.
    pub redirect_origins: Vec<String>,
    /// The origins whose pages may have the checkout in a frame; every `https` page may, where there is none.
    pub checkout_origins: Vec<String>,
}

impl SettingsBody {
    /// The settings of a merchant, at a hub with this public address.
    #[must_use]
    pub fn new(client: ClientId, merchant: MerchantId, settings: Settings, public_url: &str) -> Self {
        Self {
            id: merchant.uuid(),
            client_id: client.uuid(),
            company_name: settings.company_name,
            email: settings.email,
            phone: settings.phone,
            document_number: settings.document_number,
            statement_description: settings.statement_description,
            language: settings.language,
            logo: settings.has_logo.then(|| format!("{public_url}/v1/settings/logo/{merchant}")),
            main_color: settings.main_color,
            secondary_color: settings.secondary_color,
            background_color: settings.background_color,
            attention_color: settings.attention_color,
            error_color: settings.error_color,
            success_color: settings.success_color,
            redirect_origins: settings.redirect_origins,
            checkout_origins: settings.checkout_origins,
        }
    }
}

/// A session as a checkout page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = LinkedSession)]
pub struct LinkedSessionBody {
    /// The session.
    #[serde(flatten)]
    pub session: SessionBody,
    /// Its merchant's settings.
    pub settings: SettingsBody,
    /// The first instant at which it may not be paid. Where its due date is a day, that day ends in Brasília.
    #[schema(value_type = String, format = DateTime)]
    pub payable_until: Timestamp,
    /// The charge that is to pay it, or paid it.
    #[schema(required)]
    pub active_charge: Option<ActiveChargeBody>,
    /// Whether there is a payment that its shopper comes back to.
    pub has_charge: bool,
    /// How many more attempts to pay it are possible.
    pub attempts_left: usize,
    /// Until when an unpaid Pix or Drip holds the session that can be neither canceled nor refunded: until then it is paid
    /// by no other payment method.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub held_until: Option<Timestamp>,
    /// The fields of a customer that a payment must have at the merchant's providers, by payment method: a checkout page
    /// asks its shopper for them. `document.cpf` is a document of the type `cpf`. A payment that lacks one is a 400. There
    /// is no entry for a method whose providers need nothing, and nothing at all where none needs anything.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(required = false)]
    pub shopper_needs: BTreeMap<&'static str, Vec<&'static str>>,
}

/// What providers need of a shopper, in words.
#[must_use]
pub fn needs_by_method(needs: &[(PaymentType, Vec<Need>)]) -> BTreeMap<&'static str, Vec<&'static str>> {
    needs.iter().map(|(method, needs)| (method.name(), needs.iter().map(|need| need.name()).collect())).collect()
}
