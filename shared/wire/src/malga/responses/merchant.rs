//! Merchants.

use std::collections::BTreeMap;

use domain::{
    merchant::{Credentials, Environment, Merchant, MerchantStatus, ProviderAccount, ProviderType},
    method::PaymentType,
    money::Currency,
    time::Timestamp,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::malga::schema;

/// A merchant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Merchant)]
pub struct MerchantBody {
    /// Its id, `merchantId` in sessions and charges.
    pub id: Uuid,
    /// The account that it belongs to.
    pub client_id: Uuid,
    /// What it sells: a merchant category code.
    pub mcc: String,
    /// Whether it can be paid.
    #[schema(schema_with = schema::merchant_status)]
    pub status: MerchantStatus,
    /// Its accounts at providers, the preferred first.
    pub providers: Vec<ProviderBody>,
    /// Whether the hub retries a soft decline at the next provider.
    pub retry_on_decline: bool,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

/// A merchant's account at one provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MerchantProvider)]
pub struct ProviderBody {
    /// Its id, `providerId` in transaction requests.
    pub id: Uuid,
    /// The provider.
    #[schema(schema_with = schema::provider_type)]
    pub name: ProviderType,
    /// The lowest is asked first.
    pub priority: u16,
    /// The payment methods that it serves.
    #[schema(schema_with = schema::payment_types)]
    pub methods: Vec<PaymentType>,
    /// The currencies that it serves; null means all that the provider takes.
    #[schema(schema_with = schema::currencies_or_all)]
    pub currencies: Option<Vec<Currency>>,
    /// How the hub identifies itself there, without its keys.
    pub credentials: CredentialsBody,
}

/// How the hub identifies itself at a provider, without its keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Credentials)]
pub struct CredentialsBody {
    /// `sandbox`, or an account at the provider itself.
    #[serde(rename = "type")]
    #[schema(schema_with = schema::credentials_type)]
    pub kind: &'static str,
    /// Of an account at the provider: which of the provider's environments it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::environment)]
    pub environment: Option<Environment>,
    /// Of an account at the provider: its fields that are no secrets.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
}

impl From<&Credentials> for CredentialsBody {
    fn from(credentials: &Credentials) -> Self {
        let kind = credentials.name();
        match credentials {
            Credentials::Sandbox { .. } => Self { kind, environment: None, fields: BTreeMap::new() },
            Credentials::Account { environment, fields, .. } => {
                Self { kind, environment: Some(*environment), fields: fields.clone() }
            }
        }
    }
}

impl From<&Merchant> for MerchantBody {
    fn from(merchant: &Merchant) -> Self {
        Self {
            id: merchant.id.uuid(),
            client_id: merchant.client.uuid(),
            mcc: merchant.mcc.to_string(),
            status: merchant.status,
            providers: merchant.providers.iter().map(ProviderBody::from).collect(),
            retry_on_decline: merchant.retry_on_decline,
            created_at: merchant.created_at,
            updated_at: merchant.updated_at,
        }
    }
}

impl From<&ProviderAccount> for ProviderBody {
    fn from(account: &ProviderAccount) -> Self {
        Self {
            id: account.id.uuid(),
            name: account.kind,
            priority: account.priority,
            methods: account.methods.clone(),
            currencies: account.currencies.clone(),
            credentials: CredentialsBody::from(&account.credentials),
        }
    }
}
