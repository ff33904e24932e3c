//! Merchants.

use domain::{
    merchant::{
        Mcc, MerchantStatus, ProviderType,
        order::{AccountOrder, CredentialsOrder, NotAKey},
    },
    method::PaymentType,
    money::Currency,
    refusal::Refusal,
};
use serde_json::Value;
use utoipa::ToSchema;

use super::list::{Paging, Query};
use crate::{
    malga::schema,
    problems::Worded,
    reader::{self, Fields},
    rules,
};

/// A provider is named once, so there are no more accounts than providers.
const MAX_ACCOUNTS: usize = ProviderType::ALL.len();

/// A merchant to be made.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({
    "mcc": "5912",
    "providers": [
        {"name": "ADYEN", "priority": 1, "methods": ["credit"], "credentials": {"type": "sandbox"}},
        {"name": "MERCADO_PAGO", "priority": 2, "credentials": {"type": "sandbox", "apiKey": "test_9f1c"}},
    ],
    "retryOnDecline": true,
}))]
pub struct CreateMerchant {
    /// What it sells: a merchant category code (ISO 18245).
    #[schema(pattern = "^[0-9]{4}$")]
    pub mcc: String,
    /// Its accounts at providers; each provider once.
    #[schema(min_items = 1)]
    pub providers: Vec<AccountFields>,
    /// Whether the hub retries a soft decline at the next provider.
    #[schema(default = false, required = false)]
    pub retry_on_decline: bool,
    /// `active`: nothing else can be asked for.
    #[schema(schema_with = schema::active, required = false)]
    pub status: String,
}

/// An account at one provider.
#[derive(ToSchema)]
#[schema(as = NewMerchantProvider, rename_all = "camelCase")]
pub struct AccountFields {
    /// The provider.
    #[schema(schema_with = schema::provider_type)]
    pub name: String,
    /// The lowest is asked first; without it, the place in the list. No two accounts have the same.
    pub priority: Option<u16>,
    /// The payment methods that it serves; without it, all that the provider serves.
    #[schema(schema_with = schema::payment_types, required = false)]
    pub methods: Option<Vec<String>>,
    /// The currencies that it serves; without it, all that the provider takes.
    #[schema(schema_with = schema::currencies, required = false)]
    pub currencies: Option<Vec<String>>,
    /// How the hub identifies itself there.
    pub credentials: CredentialsFields,
}

/// How the hub identifies itself at a provider.
#[derive(ToSchema)]
#[schema(as = NewCredentials, rename_all = "camelCase")]
pub struct CredentialsFields {
    /// `sandbox`: no adapter for real accounts exists yet.
    #[schema(rename = "type", schema_with = schema::credentials_type)]
    pub kind: String,
    /// The key for the sandbox's bank, where that bank is an HTTP server. No answer shows it.
    #[schema(min_length = 1, max_length = 255, write_only)]
    pub api_key: Option<String>,
}

/// A merchant to be made, checked field by field.
#[derive(Debug)]
pub struct NewMerchant {
    /// What it sells.
    pub mcc: Mcc,
    /// Its accounts.
    pub accounts: Vec<AccountOrder>,
    /// Whether the hub retries a soft decline at the next provider.
    pub retry_on_decline: bool,
}

impl CreateMerchant {
    /// The merchant that `body` asks for.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value) -> Result<NewMerchant, Refusal> {
        reader::read(body, |body| {
            let mcc = body.required("mcc", mcc);
            let accounts = accounts(body, true);
            let retry_on_decline = body.optional("retryOnDecline", rules::boolean).unwrap_or(false);
            body.optional("status", active);
            Some(NewMerchant { mcc: mcc?, accounts: accounts?, retry_on_decline })
        })
    }
}

/// A change of a merchant: a field that is absent stays as it is. A provider without credentials keeps its credentials.
/// A provider that is left out gets no new payments; the hub still reconciles its earlier requests.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({
    "providers": [{"name": "ADYEN"}, {"name": "STRIPE", "credentials": {"type": "sandbox"}}],
}))]
pub struct PatchMerchant {
    /// What it sells.
    #[schema(pattern = "^[0-9]{4}$")]
    pub mcc: Option<String>,
    /// All its accounts at providers; each provider once.
    #[schema(min_items = 1)]
    pub providers: Option<Vec<AccountChange>>,
    /// Whether the hub retries a soft decline at the next provider.
    pub retry_on_decline: Option<bool>,
    /// `active`: nothing else can be asked for.
    #[schema(schema_with = schema::active, required = false)]
    pub status: Option<String>,
}

/// An account at one provider, as it shall be.
#[derive(ToSchema)]
#[schema(as = MerchantProviderChange, rename_all = "camelCase")]
pub struct AccountChange {
    /// The provider.
    #[schema(schema_with = schema::provider_type)]
    pub name: String,
    /// The lowest is asked first; without it, the place in the list. No two accounts have the same.
    pub priority: Option<u16>,
    /// The payment methods that it serves; without it, all that the provider serves.
    #[schema(schema_with = schema::payment_types, required = false)]
    pub methods: Option<Vec<String>>,
    /// The currencies that it serves; without it, all that the provider takes.
    #[schema(schema_with = schema::currencies, required = false)]
    pub currencies: Option<Vec<String>>,
    /// How the hub identifies itself there; without it, as before.
    pub credentials: Option<CredentialsFields>,
}

/// A change of a merchant, checked field by field.
#[derive(Debug)]
pub struct MerchantPatch {
    /// What it sells.
    pub mcc: Option<Mcc>,
    /// All its accounts.
    pub accounts: Option<Vec<AccountOrder>>,
    /// Whether the hub retries a soft decline at the next provider.
    pub retry_on_decline: Option<bool>,
}

impl PatchMerchant {
    /// The change that `body` asks for.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value) -> Result<MerchantPatch, Refusal> {
        reader::read(body, |body| {
            let mcc = body.optional("mcc", mcc);
            let accounts = if body.value("providers").is_some() { accounts(body, false) } else { None };
            let retry_on_decline = body.optional("retryOnDecline", rules::boolean);
            body.optional("status", active);
            Some(MerchantPatch { mcc, accounts, retry_on_decline })
        })
    }
}

impl Paging {
    /// Which part of a list without filters these decoded `name=value` pairs ask for.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(pairs: &[(String, String)]) -> Result<Self, Refusal> {
        let mut query = Query::new(pairs);
        let paging = query.paging();
        query.finish(paging)
    }
}

fn mcc(value: &Value) -> Result<Mcc, String> {
    rules::parsed("must be a merchant category code of 4 digits")(value)
}

/// Some examples of the public API print `true`.
fn active(value: &Value) -> Result<(), String> {
    let is_active = value.as_str() == Some(MerchantStatus::Active.name()) || value.as_bool() == Some(true);
    if is_active { Ok(()) } else { Err("can only be active: DELETE deletes a merchant".to_owned()) }
}

fn accounts(body: &mut Fields<'_>, is_new: bool) -> Option<Vec<AccountOrder>> {
    let mut place: u16 = 0;
    let accounts = body.list("providers", MAX_ACCOUNTS, |fields| {
        place = place.saturating_add(1);
        account(fields, place, is_new)
    })?;
    for (index, account) in accounts.iter().enumerate() {
        let before = || accounts.iter().take(index);
        if before().any(|other| other.kind == account.kind) {
            body.problem("providers", &format!("must not name {} twice", account.kind));
        }
        if before().any(|other| other.priority == account.priority) {
            body.problem("providers", &format!("must not give priority {} twice", account.priority));
        }
    }
    Some(accounts)
}

fn account(fields: &mut Fields<'_>, place: u16, is_new: bool) -> Option<AccountOrder> {
    let kind = fields.required("name", rules::one_of(ProviderType::ALL, ProviderType::name));
    let priority = fields.optional("priority", rules::integer(0..=u64::from(u16::MAX))).unwrap_or(place);
    let methods = fields.optional("methods", each(rules::payment_type, PaymentType::name));
    let currencies = fields.optional("currencies", each(rules::currency, Currency::code));
    let given = if is_new { fields.object("credentials") } else { fields.optional_object("credentials") };
    let credentials = given.and_then(|mut given| credentials(&mut given));
    Some(AccountOrder { kind: kind?, priority, methods, currencies, credentials })
}

fn credentials(fields: &mut Fields<'_>) -> Option<CredentialsOrder> {
    let is_sandbox = fields.required("type", |value| match value.as_str() {
        Some("sandbox") => Ok(()),
        Some(_) => Err("can only be sandbox: this hub has no adapter for real accounts yet".to_owned()),
        None => Err("must be a string".to_owned()),
    });
    let api_key = fields.optional("apiKey", |value| {
        value.as_str().unwrap_or_default().parse().map_err(|problem: NotAKey| problem.worded())
    });
    is_sandbox.map(|()| CredentialsOrder::Sandbox { api_key })
}

/// A list of one or more, none twice.
fn each<T: Copy + PartialEq>(
    rule: impl Fn(&Value) -> Result<T, String>,
    name: impl Fn(T) -> &'static str,
) -> impl Fn(&Value) -> Result<Vec<T>, String> {
    move |value| {
        let elements = value.as_array().ok_or("must be an array")?;
        if elements.is_empty() {
            return Err("should not be empty".to_owned());
        }
        let mut read = Vec::with_capacity(elements.len());
        for element in elements {
            let element = rule(element)?;
            if read.contains(&element) {
                return Err(format!("must not name {} twice", name(element)));
            }
            read.push(element);
        }
        Ok(read)
    }
}
