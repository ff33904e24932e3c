//! A merchant's settings, and a session with them for a checkout page.

use domain::{
    ids::{ClientId, MerchantId},
    merchant::Settings,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::session::SessionBody;

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
        }
    }
}

/// A session as a checkout page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = LinkedSession)]
pub struct LinkedSessionBody {
    /// The session.
    #[serde(flatten)]
    pub session: SessionBody,
    /// Its merchant's settings.
    pub settings: SettingsBody,
}
