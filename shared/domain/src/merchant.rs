//! Who is paid, and through which providers.

pub mod field;
pub mod order;

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use crate::{
    ids::{ClientId, MerchantId, ProviderAccountId},
    method::PaymentType,
    money::Currency,
    time::Timestamp,
};

/// A payment provider, as `providerType` names it.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE", parse_err_ty = UnknownProvider, parse_err_fn = unknown_provider)]
pub enum ProviderType {
    /// Adyen.
    Adyen,
    /// Banco do Brasil.
    Bb,
    /// Any other bank that offers the Central Bank's API Pix.
    BcbPix,
    /// Banco BS2.
    Bs2,
    /// Drip.
    Drip,
    /// Getnet.
    Getnet,
    /// Mercado Pago.
    MercadoPago,
    /// Pagar.me.
    Pagarme,
    /// `PagSeguro`.
    Pagseguro,
    /// Safrapay.
    Safrapay,
    /// The sandbox under its own name.
    Sandbox,
    /// Stripe.
    Stripe,
    /// Zoop.
    Zoop,
}

impl ProviderType {
    /// Every provider that the hub knows by name.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// The word that it is stored as.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// The text names no provider that the hub knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a provider that the hub knows")]
pub struct UnknownProvider(String);

fn unknown_provider(name: &str) -> UnknownProvider {
    UnknownProvider(name.to_owned())
}

/// How the hub identifies itself to a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum Credentials {
    /// The sandbox answers under the provider's name and with its capabilities.
    Sandbox {
        /// The key that is shown to an HTTP bank, encrypted for this account.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        api_key: Option<String>,
    },
    /// An account at the provider itself.
    Account {
        /// Which of the provider's environments the account is in.
        environment: Environment,
        /// The fields that are no secrets, by name.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        fields: BTreeMap<String, String>,
        /// The secret fields, encrypted together for this account.
        sealed: String,
    },
}

impl Credentials {
    /// The word that it is stored as.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Sandbox { .. } => "sandbox",
            Self::Account { .. } => "account",
        }
    }

    /// A field that is no secret.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        match self {
            Self::Sandbox { .. } => None,
            Self::Account { fields, .. } => fields.get(name).map(String::as_str),
        }
    }

    /// The same without what is encrypted.
    #[must_use]
    fn without_secrets(&self) -> Self {
        match self {
            Self::Sandbox { .. } => Self::Sandbox { api_key: None },
            Self::Account { environment, fields, .. } => {
                Self::Account { environment: *environment, fields: fields.clone(), sealed: String::new() }
            }
        }
    }
}

/// An environment of a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr, VariantArray)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Environment {
    /// Where the provider lets its customers try things out: no money moves.
    Sandbox,
    /// Real money.
    Production,
}

impl Environment {
    /// Every environment.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// The word that it is stored as.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// A merchant's account at one provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProviderAccount {
    /// The account's id in the hub, `providerId` of every transaction request.
    pub id: ProviderAccountId,
    /// Which provider.
    pub kind: ProviderType,
    /// Its place among the merchant's accounts: the lowest is asked first.
    pub priority: u16,
    /// The payment methods that it serves for this merchant.
    pub methods: Vec<PaymentType>,
    /// The currencies that it serves for this merchant; without a list, all that the provider takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currencies: Option<Vec<Currency>>,
    /// How the hub identifies itself.
    pub credentials: Credentials,
}

impl ProviderAccount {
    fn is_for(&self, method: PaymentType, currency: Currency) -> bool {
        self.methods.contains(&method)
            && self.currencies.as_ref().is_none_or(|currencies| currencies.contains(&currency))
    }
}

/// What a merchant sells: a merchant category code (ISO 18245), four digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Mcc(u16);

/// The text is not four digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no merchant category code of four digits")]
pub struct NotAnMcc;

impl Mcc {
    /// Miscellaneous retail: the code of merchants for whom none was named.
    pub const RETAIL: Self = Self(5999);
}

impl FromStr for Mcc {
    type Err = NotAnMcc;

    fn from_str(digits: &str) -> Result<Self, NotAnMcc> {
        let is_code = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
        if is_code { digits.parse().map(Self).map_err(|_| NotAnMcc) } else { Err(NotAnMcc) }
    }
}

impl TryFrom<String> for Mcc {
    type Error = NotAnMcc;

    fn try_from(digits: String) -> Result<Self, NotAnMcc> {
        digits.parse()
    }
}

impl From<Mcc> for String {
    fn from(code: Mcc) -> Self {
        code.to_string()
    }
}

impl fmt::Display for Mcc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.0)
    }
}

/// Whether a merchant can be paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum MerchantStatus {
    /// It can.
    Active,
    /// It was deleted; its payments are still settled.
    Deleted,
}

impl MerchantStatus {
    /// Every status.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// The word that it is stored as.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// How a merchant presents itself to shoppers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Settings {
    /// Its name.
    pub company_name: Option<String>,
    /// Its e-mail address.
    pub email: Option<String>,
    /// Its telephone.
    pub phone: Option<String>,
    /// Its tax document.
    pub document_number: Option<String>,
    /// The statement descriptor.
    pub statement_description: Option<String>,
    /// In which language it speaks to shoppers, such as `pt_BR`.
    pub language: Option<String>,
    /// `#RRGGBB`, as all colours.
    pub main_color: Option<String>,
    /// Beside the main one.
    pub secondary_color: Option<String>,
    /// Of the background.
    pub background_color: Option<String>,
    /// Of what asks for attention.
    pub attention_color: Option<String>,
    /// Of what failed.
    pub error_color: Option<String>,
    /// Of what succeeded.
    pub success_color: Option<String>,
    /// The origins, such as `https://shop.example`, under which a public key may name the pages that a browser returns
    /// to.
    pub redirect_origins: Vec<String>,
    /// The origins that may have the checkout in a page; every `https` page, without one.
    pub checkout_origins: Vec<String>,
    /// Whether it has a logo, which is kept apart.
    pub has_logo: bool,
}

/// A seller of a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Merchant {
    /// Its id.
    pub id: MerchantId,
    /// The account that it belongs to.
    pub client: ClientId,
    /// What it sells.
    pub mcc: Mcc,
    /// Whether it can be paid.
    pub status: MerchantStatus,
    /// Its accounts at providers, the preferred first.
    pub providers: Vec<ProviderAccount>,
    /// Accounts that it had: what was begun there is reconciled there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<ProviderAccount>,
    /// Whether a soft decline is retried at the next account.
    pub retry_on_decline: bool,
    /// How it presents itself.
    pub settings: Settings,
    /// What the request that made it said, as a keyed hash.
    pub body: String,
    /// The merchant as it was made, once it was changed: the answer to an idempotent replay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<Box<Self>>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Counts its changes.
    pub version: u64,
}

/// What of a merchant is to change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MerchantChange {
    /// What it sells.
    pub mcc: Option<Mcc>,
    /// All its accounts, the preferred first.
    pub providers: Option<Vec<ProviderAccount>>,
    /// Whether a soft decline is retried at the next account.
    pub retry_on_decline: Option<bool>,
}

impl Merchant {
    /// Whether it can be paid.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.status == MerchantStatus::Active
    }

    /// Its accounts for `method` in `currency`, the preferred first.
    pub fn accounts_for(&self, method: PaymentType, currency: Currency) -> impl Iterator<Item = &ProviderAccount> {
        self.providers.iter().filter(move |account| account.is_for(method, currency))
    }

    /// Its account with this id, or the one that it had.
    #[must_use]
    pub fn account(&self, id: ProviderAccountId) -> Option<&ProviderAccount> {
        self.providers.iter().chain(&self.former).find(|account| account.id == id)
    }

    /// Its accounts at this provider.
    pub fn accounts_at(&self, kind: ProviderType) -> impl Iterator<Item = &ProviderAccount> {
        self.providers.iter().filter(move |account| account.kind == kind)
    }

    /// The merchant after `change`.
    #[must_use]
    pub fn changed(&self, change: MerchantChange, now: Timestamp) -> Self {
        let providers = change.providers.unwrap_or_else(|| self.providers.clone());
        let is_left = |account: &&ProviderAccount| providers.iter().all(|next| next.id != account.id);
        Self {
            mcc: change.mcc.unwrap_or(self.mcc),
            retry_on_decline: change.retry_on_decline.unwrap_or(self.retry_on_decline),
            former: self.providers.iter().chain(&self.former).filter(is_left).cloned().collect(),
            providers,
            ..self.next(now)
        }
    }

    /// The merchant, deleted.
    #[must_use]
    pub fn deleted(&self, now: Timestamp) -> Self {
        Self { status: MerchantStatus::Deleted, ..self.next(now) }
    }

    /// The merchant with these settings, which are no change of the merchant itself.
    #[must_use]
    pub fn with_settings(&self, settings: Settings) -> Self {
        Self { settings, version: self.version.saturating_add(1), ..self.clone() }
    }

    /// The merchant as it was made.
    #[must_use]
    pub fn as_made(&self) -> &Self {
        self.made.as_deref().unwrap_or(self)
    }

    fn next(&self, now: Timestamp) -> Self {
        let made = self.made.clone().unwrap_or_else(|| Box::new(self.without_secrets()));
        Self { made: Some(made), updated_at: now, version: self.version.saturating_add(1), ..self.clone() }
    }

    /// A copy for the record, which needs no keys and no settings.
    fn without_secrets(&self) -> Self {
        let bare = |account: &ProviderAccount| ProviderAccount {
            credentials: account.credentials.without_secrets(),
            ..account.clone()
        };
        Self { providers: self.providers.iter().map(bare).collect(), settings: Settings::default(), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn account(id: u128, kind: ProviderType, priority: u16, currencies: Option<&[&str]>) -> ProviderAccount {
        ProviderAccount {
            id: ProviderAccountId::new(Uuid::from_u128(id)),
            kind,
            priority,
            methods: vec![PaymentType::Credit],
            currencies: currencies.map(|codes| codes.iter().map(|code| code.parse().unwrap()).collect()),
            credentials: Credentials::Sandbox { api_key: Some("sealed".to_owned()) },
        }
    }

    fn merchant() -> Merchant {
        let at = Timestamp::from_millis(1);
        Merchant {
            id: MerchantId::new(Uuid::from_u128(1)),
            client: ClientId::new(Uuid::from_u128(2)),
            mcc: Mcc::RETAIL,
            status: MerchantStatus::Active,
            providers: vec![
                account(1, ProviderType::Stripe, 1, None),
                account(2, ProviderType::Adyen, 2, Some(&["USD"])),
                account(3, ProviderType::Zoop, 3, Some(&["BRL"])),
            ],
            former: Vec::new(),
            retry_on_decline: false,
            settings: Settings::default(),
            body: String::new(),
            made: None,
            created_at: at,
            updated_at: at,
            version: 1,
        }
    }

    #[test]
    fn accounts_are_those_for_the_method_and_the_currency_in_their_order() {
        let merchant = merchant();
        let kinds = |method, currency: &str| {
            merchant.accounts_for(method, currency.parse().unwrap()).map(|account| account.kind).collect::<Vec<_>>()
        };
        assert_eq!(kinds(PaymentType::Credit, "BRL"), [ProviderType::Stripe, ProviderType::Zoop]);
        assert_eq!(kinds(PaymentType::Credit, "USD"), [ProviderType::Stripe, ProviderType::Adyen]);
        assert!(kinds(PaymentType::Pix, "BRL").is_empty());
    }

    #[test]
    fn a_former_account_serves_questions_and_no_new_payments() {
        let (before, now) = (merchant(), Timestamp::from_millis(2));
        let only = MerchantChange { providers: Some(vec![before.providers[2].clone()]), ..MerchantChange::default() };
        let after = before.changed(only, now);
        let left = before.providers[0].id;
        assert_eq!(after.account(left), Some(&before.providers[0]));
        assert_eq!(after.accounts_at(ProviderType::Stripe).count(), 0);
        assert_eq!(after.accounts_for(PaymentType::Credit, Currency::BRL).count(), 1);
        // An account that is added again is no former one.
        let again = after
            .changed(MerchantChange { providers: Some(before.providers.clone()), ..MerchantChange::default() }, now);
        assert!(again.former.is_empty());
    }

    #[test]
    fn a_merchant_remembers_how_it_was_made_without_its_keys() {
        let (made, now) = (merchant(), Timestamp::from_millis(2));
        let twice =
            made.changed(MerchantChange { mcc: "0742".parse().ok(), ..MerchantChange::default() }, now).deleted(now);
        assert_eq!((twice.mcc.to_string().as_str(), twice.is_active(), twice.version), ("0742", false, 3));
        assert_eq!((twice.as_made().mcc, twice.as_made().is_active()), (Mcc::RETAIL, true));
        assert_eq!(twice.as_made().updated_at, made.updated_at);
        assert!(!serde_json::to_string(twice.as_made()).unwrap().contains("sealed"));
        assert_eq!(twice.account(made.providers[0].id).unwrap().credentials, made.providers[0].credentials);
    }

    #[test]
    fn settings_are_no_change_of_the_merchant_itself() {
        let made = merchant();
        let settings = Settings { language: Some("en".to_owned()), ..Settings::default() };
        let after = made.with_settings(settings.clone());
        assert_eq!((after.updated_at, after.made.as_ref(), after.version), (made.updated_at, None, 2));
        assert_eq!(after.settings, settings);
    }

    #[test]
    fn a_category_code_is_four_digits() {
        assert_eq!("0742".parse::<Mcc>().unwrap().to_string(), "0742");
        for other in ["", "742", "07421", "+742", "74 2", "74a2"] {
            assert_eq!(other.parse::<Mcc>(), Err(NotAnMcc), "{other}");
        }
    }

    #[test]
    fn credentials_without_a_key_are_their_type_alone() {
        let bare = Credentials::Sandbox { api_key: None };
        assert_eq!(serde_json::to_string(&bare).unwrap(), r#"{"type":"sandbox"}"#);
        assert_eq!(serde_json::from_str::<Credentials>(r#"{"type":"sandbox"}"#).unwrap(), bare);
    }
}
