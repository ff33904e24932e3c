//! Merchants.

use domain::{
    limits::MAX_TEXT,
    merchant::{
        Mcc, MerchantStatus, ProviderType,
        order::{AccountOrder, ApiKey, CredentialsOrder},
    },
    method::PaymentType,
    money::Currency,
    refusal::Refusal,
};
use serde_json::Value;
use utoipa::openapi::{RefOr, Schema};

use crate::{
    malga::schema,
    object::{Object, fields, list, object},
    reader::Fields,
    rules::{
        Described, Rule, SchemasByName, boolean, currency, integer, one_of, parsed, payment_type, rule, several,
        string, word,
    },
};

fields! {
    /// A merchant to be made.
    #[example({
        "mcc": "5912",
        "providers": [
            {"name": "ADYEN", "priority": 1, "methods": ["credit"], "credentials": {"type": "sandbox"}},
            {"name": "MERCADO_PAGO", "priority": 2, "credentials": {"type": "sandbox", "apiKey": "test_9f1c"}},
        ],
        "retryOnDecline": true,
    })]
    #[derive(Debug)]
    pub struct CreateMerchant {
        /// What it sells: a merchant category code (ISO 18245).
        "mcc" => mcc: Mcc = required(mcc()),
        /// Its accounts at providers; each provider once.
        "providers" => accounts: Vec<AccountOrder> = required(accounts::<NewMerchantProvider>()),
        /// Whether the hub retries a soft decline at the next provider.
        "retryOnDecline" => retry_on_decline: bool = or(boolean(), false),
        /// `active`: nothing else can be asked for.
        "status" => status: Option<MerchantStatus> = optional(active()),
    }
}

impl CreateMerchant {
    /// The merchant that `body` asks for.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value) -> Result<Self, Refusal> {
        super::read(body, |body| body.part(object::<Self>()))
    }
}

fields! {
    /// A change of a merchant: a field that is absent stays as it is. A provider without credentials keeps its
    /// credentials. A provider that is left out gets no new payments; the hub still reconciles its earlier requests.
    #[example({
        "providers": [{"name": "ADYEN"}, {"name": "STRIPE", "credentials": {"type": "sandbox"}}],
    })]
    #[derive(Debug)]
    pub struct PatchMerchant {
        /// What it sells: a merchant category code (ISO 18245).
        "mcc" => mcc: Option<Mcc> = optional(mcc()),
        /// All its accounts at providers; each provider once.
        "providers" => accounts: Option<Vec<AccountOrder>> = optional(accounts::<MerchantProviderChange>()),
        /// Whether the hub retries a soft decline at the next provider.
        "retryOnDecline" => retry_on_decline: Option<bool> = optional(boolean()),
        /// `active`: nothing else can be asked for.
        "status" => status: Option<MerchantStatus> = optional(active()),
    }
}

impl PatchMerchant {
    /// The change that `body` asks for.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value) -> Result<Self, Refusal> {
        super::read(body, |body| body.part(object::<Self>()))
    }
}

fields! {
    /// An account at one provider.
    struct NewMerchantProvider(fields, place: u16) reads AccountOrder {
        account = part(object::<Account>()).given(place),
        /// How the hub identifies itself there.
        "credentials" => credentials = required(object::<NewCredentials>()),
    } => Some(AccountOrder { credentials, ..account? })
}

fields! {
    /// An account at one provider, as it shall be.
    struct MerchantProviderChange(fields, place: u16) reads AccountOrder {
        account = part(object::<Account>()).given(place),
        /// How the hub identifies itself there; without it, as before.
        "credentials" => credentials = optional(object::<NewCredentials>()),
    } => Some(AccountOrder { credentials: credentials?, ..account? })
}

fields! {
    /// An account at one provider, without its credentials.
    struct Account(fields, place: u16) reads AccountOrder {
        /// The provider.
        "name" => kind = required(one_of(ProviderType::ALL, ProviderType::name)),
        /// The lowest is asked first; without it, the place in the list. No two accounts have the same.
        "priority" => priority = optional(integer::<u16>(0..=u64::from(u16::MAX))),
        /// The payment methods that it serves; without it, all that the provider serves.
        "methods" => methods = optional(several(payment_type, PaymentType::name)),
        /// The currencies that it serves, as ISO 4217 codes in upper case; without it, all that the provider takes.
        "currencies" => currencies = optional(several(currency, Currency::code)),
    } => Some(AccountOrder {
        kind: kind?,
        priority: priority?.unwrap_or(place),
        methods: methods?,
        currencies: currencies?,
        credentials: None,
    })
}

fields! {
    /// How the hub identifies itself at a provider.
    struct NewCredentials reads CredentialsOrder {
        /// `sandbox`: no adapter for real accounts exists yet.
        "type" => is_sandbox = required(sandbox()),
        /// The key for the sandbox's bank, where that bank is an HTTP server. No answer shows it.
        "apiKey" => api_key = optional(api_key()),
    } => {
        is_sandbox?;
        Some(CredentialsOrder::Sandbox { api_key: api_key? })
    }
}

fn mcc() -> impl Rule<Read = Mcc> {
    parsed("must be a merchant category code of 4 digits", || string().pattern(Some("^[0-9]{4}$")))
}

/// Some examples of the public API print `true`.
fn active() -> impl Rule<Read = MerchantStatus> {
    let is_active =
        |value: &Value| value.as_str() == Some(MerchantStatus::Active.name()) || value.as_bool() == Some(true);
    let read = move |value: &Value| match value {
        value if is_active(value) => Ok(MerchantStatus::Active),
        _ => Err("can only be active: DELETE deletes a merchant".to_owned()),
    };
    rule(read, schema::active)
}

fn sandbox() -> impl Rule<Read = ()> {
    let read = |value: &Value| match value.as_str() {
        Some("sandbox") => Ok(()),
        Some(_) => Err("can only be sandbox: this hub has no adapter for real accounts yet".to_owned()),
        None => Err("must be a string".to_owned()),
    };
    rule(read, schema::credentials_type)
}

fn api_key() -> impl Rule<Read = ApiKey> {
    word(|| string().min_length(Some(1)).max_length(Some(MAX_TEXT)).write_only(true))
}

/// One account or more; a provider is named once, so there are no more accounts than providers.
fn accounts<T: Object<u16, Read = AccountOrder>>() -> impl Rule<Read = Vec<AccountOrder>> {
    let place = |index: usize| u16::try_from(index).unwrap_or(u16::MAX).saturating_add(1);
    Accounts(list::<T>(1..=ProviderType::ALL.len()).given(place))
}

/// The rule of [`accounts`].
struct Accounts<R>(R);

impl<R: Described> Described for Accounts<R> {
    fn schema(&self) -> RefOr<Schema> {
        self.0.schema()
    }

    fn inside(&self, schemas: &mut SchemasByName) {
        self.0.inside(schemas);
    }
}

impl<R: Rule<Read = Vec<AccountOrder>>> Rule for Accounts<R> {
    type Read = Vec<AccountOrder>;

    fn read(self, value: &Value, at: &mut Fields<'_>, name: &str) -> Option<Vec<AccountOrder>> {
        let accounts = self.0.read(value, at, name)?;
        for (index, account) in accounts.iter().enumerate() {
            let before = || accounts.iter().take(index);
            if before().any(|other| other.kind == account.kind) {
                at.problem(name, &format!("must not name {} twice", account.kind));
            }
            if before().any(|other| other.priority == account.priority) {
                at.problem(name, &format!("must not give priority {} twice", account.priority));
            }
        }
        Some(accounts)
    }
}
