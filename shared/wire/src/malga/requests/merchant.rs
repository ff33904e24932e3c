//! Merchants.

use std::collections::BTreeMap;

use domain::{
    ids::ProviderAccountId,
    limits::{MAX_ACCOUNTS, MAX_TEXT},
    merchant::{
        Environment, Mcc, MerchantStatus, ProviderType,
        order::{AccountOrder, ApiKey, CredentialsOrder, SecretText},
    },
    method::PaymentType,
    money::Currency,
    refusal::Refusal,
};
use serde_json::Value;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema};

use crate::{
    malga::schema,
    object::{Object, fields, list, object},
    reader::Fields,
    rules::{
        Described, Rule, SchemasByName, boolean, currency, integer, one_of, parsed, payment_type, rule, several,
        string, uuid, word,
    },
};

fields! {
    /// A merchant to be made.
    #[example({
        "mcc": "5912",
        "providers": [
            {"name": "ADYEN", "priority": 1, "methods": ["credit"], "credentials": {"type": "sandbox"}},
            {"name": "MERCADO_PAGO", "priority": 2, "credentials": {"type": "sandbox", "apiKey": "test_9f1c"}},
            {"name": "PAGARME", "priority": 3, "methods": ["pix"], "credentials": {"type": "sandbox"}},
        ],
        "retryOnDecline": true,
    })]
    #[derive(Debug)]
    pub struct CreateMerchant {
        /// What it sells: a merchant category code (ISO 18245).
        "mcc" => mcc: Mcc = required(mcc()),
        /// Its accounts at providers.
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
    /// A change of a merchant: a field that is absent stays as it is. `providers` replaces the whole list: methods,
    /// currencies and priorities are as this request says, and an account without credentials keeps its credentials. An
    /// account that comes with its id and credentials has these from now on, for its earlier payments too; one of the type
    /// `account` that comes with credentials and without an id is a new one, unless the merchant has one in the same place.
    /// A merchant has one sandbox account at each provider. An account that is left out gets no new payments; the hub still
    /// reconciles its earlier requests with the credentials that it had.
    #[example({
        "providers": [{"name": "ADYEN"}, {"name": "STRIPE", "credentials": {"type": "sandbox"}}],
    })]
    #[derive(Debug)]
    pub struct PatchMerchant {
        /// What it sells: a merchant category code (ISO 18245).
        "mcc" => mcc: Option<Mcc> = optional(mcc()),
        /// All its accounts at providers.
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
        /// The account of the merchant that it is.
        "id" => id = optional(uuid::<ProviderAccountId>()),
        /// How the hub identifies itself there; without it, as before.
        "credentials" => credentials = optional(object::<NewCredentials>()),
    } => Some(AccountOrder { id: id?, credentials: credentials?, ..account? })
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
        id: None,
        kind: kind?,
        priority: priority?.unwrap_or(place),
        methods: methods?,
        currencies: currencies?,
        credentials: None,
    })
}

fields! {
    /// How the hub identifies itself at a provider.
    struct NewCredentials(fields, _given: ()) reads CredentialsOrder {
        /// `sandbox`, or an account at the provider itself.
        "type" => kind = required(one_of(&CredentialsType::ALL, CredentialsType::name)),
        /// Of the sandbox: the key for its bank, where that bank is an HTTP server. No answer shows it.
        "apiKey" => api_key = optional(api_key()),
        /// Of an account at the provider: which of the provider's environments it is in.
        "environment" => environment = optional(one_of(Environment::ALL, Environment::name)),
        /// Of an account at the provider: what the provider needs, by name; docs/providers/README.md lists the fields of
        /// each. No answer shows the secrets.
        "fields" => texts = optional(texts()),
    } => match kind? {
        CredentialsType::Sandbox => {
            refuse_foreign(fields, &["environment", "fields"], CredentialsType::Account);
            Some(CredentialsOrder::Sandbox { api_key: api_key? })
        }
        CredentialsType::Account => {
            refuse_foreign(fields, &["apiKey"], CredentialsType::Sandbox);
            if fields.value("environment").is_none() {
                return fields.refuse("environment", "should not be empty");
            }
            Some(CredentialsOrder::Account { environment: environment??, fields: texts?.unwrap_or_default() })
        }
    }
}

/// The kinds of credentials.
#[derive(Clone, Copy)]
enum CredentialsType {
    Sandbox,
    Account,
}

impl CredentialsType {
    const ALL: [Self; 2] = [Self::Sandbox, Self::Account];

    const fn name(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Account => "account",
        }
    }
}

/// Adds a problem of each of these fields of the other type, which would be left out.
fn refuse_foreign(fields: &mut Fields<'_>, names: &[&str], owner: CredentialsType) {
    for name in names {
        if fields.value(name).is_some() {
            fields.problem(name, &format!("can only be given where type is {}", owner.name()));
        }
    }
}

/// An object whose values are texts. Which names it may have, and what their texts look like, says the provider.
fn texts() -> impl Rule<Read = BTreeMap<String, SecretText>> {
    let read = |value: &Value| {
        let text = |(name, value): (&String, &Value)| Some((name.clone(), SecretText::from(value.as_str()?)));
        let texts = value.as_object().and_then(|object| object.iter().map(text).collect::<Option<_>>());
        texts.ok_or_else(|| "must be an object of strings".to_owned())
    };
    rule(read, || ObjectBuilder::new().additional_properties(Some(string().write_only(true))))
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

fn api_key() -> impl Rule<Read = ApiKey> {
    word(|| string().min_length(Some(1)).max_length(Some(MAX_TEXT)).write_only(true))
}

/// One account or more.
fn accounts<T: Object<u16, Read = AccountOrder>>() -> impl Rule<Read = Vec<AccountOrder>> {
    let place = |index: usize| u16::try_from(index).unwrap_or(u16::MAX).saturating_add(1);
    Accounts(list::<T>(1..=MAX_ACCOUNTS).given(place))
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
            if before().any(|other| other.priority == account.priority) {
                at.problem(name, &format!("must not give priority {} twice", account.priority));
            }
        }
        Some(accounts)
    }
}
