//! A merchant's accounts at providers: what is asked for becomes accounts, or says what is wrong with it.

use std::collections::BTreeMap;

use domain::{
    ids::{ClientId, MerchantId, ProviderAccountId},
    merchant::{
        Credentials, Environment, Merchant, ProviderAccount, ProviderType,
        field::{Field, FieldFault, Form},
        order::{AccountFault, AccountOrder, AccountProblem, ApiKey, CredentialsOrder, SecretText},
    },
    method::PaymentType,
    money::Currency,
    refusal::Refusal,
    time::Timestamp,
};
use providers::{
    ClientCertificate,
    capabilities::{Currencies, capability, serves},
    registry,
};

use crate::{
    hub::Hub,
    provider::certificate::{self as client_certificate, Unusable, Validity},
    stage::Stage,
    vault,
    webhook::outbound::check_url,
};

/// What an account is to be: its id, and its credentials in the clear or as they are kept.
struct Plan<'a> {
    id: ProviderAccountId,
    credentials: Planned<'a>,
}

enum Planned<'a> {
    /// As they are.
    Kept(&'a Credentials),
    /// The sandbox, with its bank's key.
    Sandbox(Option<&'a ApiKey>),
    /// An account at the provider.
    Account(Environment, &'a BTreeMap<String, SecretText>, &'static [Field]),
}

/// The id of a merchant's account in the sandbox that plays a provider: it has one there, whenever it is asked for.
pub(crate) fn sandbox_id(hub: &Hub, merchant: MerchantId, kind: ProviderType) -> ProviderAccountId {
    ProviderAccountId::new(hub.secrets.derived(merchant.uuid(), &format!("provider {kind}")))
}

/// The id of a merchant's new account at a provider, by what identifies it there: who asks twice for the same account
/// gets one, also with other keys. The provider goes on calling the address of the account that it knows.
fn own_id(
    hub: &Hub,
    merchant: MerchantId,
    kind: ProviderType,
    environment: Environment,
    known: &[Field],
    fields: &BTreeMap<String, SecretText>,
) -> ProviderAccountId {
    let is_where = |name: &str| known.iter().any(|field| field.is_where && field.name == name);
    let identifying = fields.iter().filter(|(name, _)| !is_identified(known) || is_where(name));
    let texts: Vec<_> = identifying.map(|(name, text)| (name.as_str(), text.reveal())).collect();
    let what = format!("provider {kind} {} {texts:?}", environment.name());
    ProviderAccountId::new(hub.secrets.derived(merchant.uuid(), &what))
}

/// Whether the place of an account says whose it is. An address is that of many accounts: then the keys alone
/// distinguish them.
fn is_identified(known: &[Field]) -> bool {
    known.iter().any(|field| field.is_where && field.form != Form::Url)
}

/// The id of the account that the merchant has, or had, where these credentials lead: earlier releases made other ids
/// of the same place.
fn id_there(
    merchant: &Merchant,
    kind: ProviderType,
    credentials: &CredentialsOrder,
    known: &[Field],
) -> Option<ProviderAccountId> {
    let accounts = merchant.providers.iter().chain(&merchant.former).filter(|account| account.kind == kind);
    let mut there = accounts.filter(|account| is_identified(known) && is_where(account, credentials, known));
    there.next().map(|account| account.id)
}

/// The accounts that were asked for, the preferred first; `read` is the merchant as it is, where it is there.
///
/// # Errors
/// [`Refusal::ProviderAccounts`] with every problem, or where secrets cannot be encrypted.
pub(super) async fn of(
    hub: &Hub,
    client: ClientId,
    merchant: MerchantId,
    orders: &[AccountOrder],
    read: Option<&Merchant>,
) -> Result<Vec<ProviderAccount>, Refusal> {
    let (mut problems, mut plans) = (Vec::new(), Vec::with_capacity(orders.len()));
    for (index, order) in orders.iter().enumerate() {
        let mut faults = not_served(order);
        match plan(hub, merchant, order, read) {
            Ok(plan) if plans.iter().any(|(_, other): &(_, Plan)| other.id == plan.id) => {
                faults.push(AccountFault::Twice { id: plan.id });
            }
            Ok(plan) => plans.push((order, plan)),
            Err(more) => faults.extend(more),
        }
        problems.extend(faults.into_iter().map(|fault| AccountProblem { index, provider: order.kind, fault }));
    }
    if !problems.is_empty() {
        return Err(Refusal::ProviderAccounts(problems));
    }
    let mut accounts = Vec::with_capacity(plans.len());
    for (order, Plan { id, credentials }) in plans {
        let credentials = sealed(hub, client, id, credentials).await?;
        let (kind, priority, currencies) = (order.kind, order.priority, order.currencies.clone());
        accounts.push(ProviderAccount { id, kind, priority, methods: methods(order), currencies, credentials });
    }
    accounts.sort_by_key(|account| account.priority);
    Ok(accounts)
}

/// Which account `order` is, and with which credentials.
fn plan<'a>(
    hub: &Hub,
    merchant: MerchantId,
    order: &'a AccountOrder,
    read: Option<&'a Merchant>,
) -> Result<Plan<'a>, Vec<AccountFault>> {
    let there: Vec<_> = read.iter().flat_map(|merchant| merchant.accounts_at(order.kind)).collect();
    let named = match order.id {
        Some(id) => {
            let account = read.and_then(|merchant| merchant.account(id)).filter(|account| account.kind == order.kind);
            Some(account.ok_or_else(|| vec![AccountFault::UnknownId])?)
        }
        None => None,
    };
    let Some(credentials) = &order.credentials else {
        let kept = match (named, there.as_slice()) {
            (Some(account), _) => account,
            (None, [account]) => *account,
            (None, []) => return Err(vec![AccountFault::NoCredentials]),
            (None, _) => return Err(vec![AccountFault::NoId]),
        };
        return Ok(Plan { id: kept.id, credentials: Planned::Kept(&kept.credentials) });
    };
    let adapter = registry::real(order.kind);
    let known = adapter.map_or(&[][..], providers::Provider::credentials);
    if named.is_some_and(|account| !is_where(account, credentials, known)) {
        let fields = known.iter().filter(|field| field.is_where).map(|field| field.name).collect();
        return Err(vec![AccountFault::Elsewhere { fields }]);
    }
    match credentials {
        CredentialsOrder::Sandbox { .. } if hub.executor.stage() == Stage::Production => {
            Err(vec![AccountFault::Sandbox])
        }
        CredentialsOrder::Sandbox { api_key } => {
            let id = named.map_or_else(|| sandbox_id(hub, merchant, order.kind), |account| account.id);
            Ok(Plan { id, credentials: Planned::Sandbox(api_key.as_ref()) })
        }
        CredentialsOrder::Account { environment, fields } => {
            let adapter = adapter.ok_or_else(|| vec![AccountFault::NoAdapter])?;
            let usable = environment_of(hub.executor.stage());
            let mut faults = field_faults(known, fields);
            faults.extend((*environment != usable).then_some(AccountFault::Environment { usable }));
            if faults.is_empty() {
                faults.extend(certificate_fault(known, fields, hub.now()));
                let more = adapter.account_faults(*environment, fields);
                faults.extend(more.into_iter().map(AccountFault::FieldUnusable));
            }
            if !faults.is_empty() {
                return Err(faults);
            }
            let own = own_id(hub, merchant, order.kind, *environment, known, fields);
            let unknown = read.filter(|merchant| named.is_none() && merchant.account(own).is_none());
            let earlier = unknown.and_then(|merchant| id_there(merchant, order.kind, credentials, known));
            let id = named.map_or_else(|| earlier.unwrap_or(own), |account| account.id);
            Ok(Plan { id, credentials: Planned::Account(*environment, fields, known) })
        }
    }
}

/// Whether these credentials open the place where the charges of `account` were made: its keys may be others.
fn is_where(account: &ProviderAccount, credentials: &CredentialsOrder, known: &[Field]) -> bool {
    match (&account.credentials, credentials) {
        (Credentials::Sandbox { .. }, CredentialsOrder::Sandbox { .. }) => true,
        (Credentials::Account { environment, .. }, CredentialsOrder::Account { environment: given, fields }) => {
            let stays = |field: &Field| match fields.get(field.name) {
                // That it is missing is another fault.
                None if field.is_required => true,
                text => text.map(SecretText::reveal) == account.credentials.field(field.name),
            };
            environment == given && known.iter().filter(|field| field.is_where).all(stays)
        }
        (Credentials::Sandbox { .. }, CredentialsOrder::Account { .. })
        | (Credentials::Account { .. }, CredentialsOrder::Sandbox { .. }) => false,
    }
}

/// The environment of providers whose accounts a hub of this stage uses.
pub(super) const fn environment_of(stage: Stage) -> Environment {
    match stage {
        Stage::Sandbox => Environment::Sandbox,
        Stage::Production => Environment::Production,
    }
}

/// What is wrong with the fields of an account at a provider that needs these.
fn field_faults(needed: &[Field], given: &BTreeMap<String, SecretText>) -> Vec<AccountFault> {
    let fault = |Field { name, is_required, form, help, .. }: &Field| match (given.get(*name), form) {
        (None, _) => is_required.then_some(AccountFault::FieldMissing { name, help }),
        (Some(text), form) if !form.fits(text.reveal()) => Some(AccountFault::Field { name, form: *form }),
        (Some(text), Form::Url) => {
            check_url(text.reveal(), false).err().map(|problem| AccountFault::FieldAddress { name, problem })
        }
        (Some(_), _) => None,
    };
    let is_unknown = given.keys().any(|name| needed.iter().all(|field| field.name != name));
    let known = || needed.iter().map(|field| field.name).collect();
    let unknown = is_unknown.then(|| AccountFault::UnknownField { known: known() });
    needed.iter().filter_map(fault).chain(unknown).collect()
}

/// Why the account's client certificate cannot be used: it comes without its private key or the other way round, the two
/// are no pair, it is not valid now, or its dates cannot be read. The provider would be called without it, or refuse every
/// call.
fn certificate_fault(needed: &[Field], given: &BTreeMap<String, SecretText>, now: Timestamp) -> Option<AccountFault> {
    let of = |form: Form| needed.iter().find(|field| field.form == form).map(|field| field.name);
    let (certificate, key) = of(Form::Certificate).zip(of(Form::PrivateKey))?;
    let text = |name: &str| given.get(name).map(SecretText::reveal);
    let unusable = |name, problem| AccountFault::FieldUnusable(FieldFault { name, problem });
    let (chain, private) = match (text(certificate), text(key)) {
        (Some(chain), Some(private)) => (chain, private),
        (None, None) => return None,
        (None, Some(_)) => {
            return Some(AccountFault::FieldMissing { name: certificate, help: ClientCertificate::BOTH_OR_NONE });
        }
        (Some(_), None) => {
            return Some(AccountFault::FieldMissing { name: key, help: ClientCertificate::BOTH_OR_NONE });
        }
    };
    match client_certificate::check(chain, private) {
        Ok(Validity { ends, .. }) if ends <= now => {
            Some(AccountFault::CertificateExpired { name: certificate, expired: ends })
        }
        Ok(Validity { begins, .. }) if begins > now => {
            Some(AccountFault::CertificateNotYetValid { name: certificate, begins })
        }
        Ok(_) => None,
        Err(Unusable::Dates) => Some(unusable(certificate, ClientCertificate::NO_DATES)),
        Err(Unusable::Certificate) => Some(AccountFault::Field { name: certificate, form: Form::Certificate }),
        Err(Unusable::Key) => Some(unusable(key, ClientCertificate::NO_KEY)),
        Err(Unusable::Pair) => Some(unusable(key, ClientCertificate::NO_PAIR)),
    }
}

/// The credentials as they are kept.
async fn sealed(
    hub: &Hub,
    client: ClientId,
    id: ProviderAccountId,
    planned: Planned<'_>,
) -> Result<Credentials, Refusal> {
    Ok(match planned {
        Planned::Kept(credentials) => credentials.clone(),
        Planned::Sandbox(None) => Credentials::Sandbox { api_key: None },
        Planned::Sandbox(Some(key)) => {
            Credentials::Sandbox { api_key: Some(vault::seal_provider_key(hub, client, id, key).await?) }
        }
        Planned::Account(environment, given, needed) => {
            let is_secret = |name: &str| needed.iter().any(|field| field.name == name && field.is_secret);
            let (secrets, public): (Vec<_>, Vec<_>) = given.iter().partition(|(name, _)| is_secret(name));
            let fields = public.into_iter().map(|(name, text)| (name.clone(), text.reveal().to_owned())).collect();
            let secrets = secrets.into_iter().map(|(name, text)| (name.as_str(), text.reveal())).collect();
            Credentials::Account {
                environment,
                fields,
                sealed: vault::seal_provider_fields(hub, client, id, &secrets).await?,
            }
        }
    })
}

/// The payment methods that the account serves: those that were named, or all that its provider serves in its
/// currencies.
fn methods(order: &AccountOrder) -> Vec<PaymentType> {
    let all = || capability(order.kind).methods.iter().copied().filter(|method| is_served(order, *method)).collect();
    order.methods.clone().unwrap_or_else(all)
}

/// Whether the provider serves `method` in any of the account's currencies.
fn is_served(order: &AccountOrder, method: PaymentType) -> bool {
    let is_served = |currency: &Currency| serves(order.kind, method, *currency);
    order.currencies.as_ref().is_none_or(|currencies| currencies.iter().any(is_served))
}

/// What of the order its provider does not serve.
fn not_served(order: &AccountOrder) -> Vec<AccountFault> {
    let (provider, served) = (order.kind, capability(order.kind).methods);
    let mut faults = Vec::new();
    for method in order.methods.iter().flatten().copied() {
        if !served.contains(&method) {
            faults.push(AccountFault::Method { method, served: served.to_vec() });
        } else if !is_served(order, method) {
            faults.push(AccountFault::MethodInCurrencies { method, only_in: only_currency(provider, method) });
        }
    }
    let asked = order.methods.as_deref().unwrap_or(served);
    for currency in order.currencies.iter().flatten().copied() {
        if !asked.iter().any(|method| serves(provider, *method, currency)) {
            let both = asked.iter().copied().filter(|method| served.contains(method));
            let served = both.map(|method| (method, only_currency(provider, method))).collect();
            faults.push(AccountFault::Currency { currency, served });
        }
    }
    faults
}

/// The only currency in which the provider serves the payment method; none where it serves it in every other currency.
fn only_currency(provider: ProviderType, method: PaymentType) -> Option<Currency> {
    match (method, capability(provider).currencies) {
        (PaymentType::Pix | PaymentType::Boleto | PaymentType::Drip, _) | (_, Currencies::Brl) => Some(Currency::BRL),
        (PaymentType::Credit, Currencies::Any | Currencies::AnyBut(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(kind: ProviderType, methods: Option<&[PaymentType]>, codes: Option<&[&str]>) -> AccountOrder {
        AccountOrder {
            id: None,
            kind,
            priority: 1,
            methods: methods.map(<[_]>::to_vec),
            currencies: codes.map(|codes| codes.iter().map(|code| code.parse().unwrap()).collect()),
            credentials: None,
        }
    }

    #[test]
    fn a_fault_names_what_a_provider_does_not_serve_and_what_it_serves() {
        use PaymentType::{Boleto, Credit, Drip, Pix};
        use ProviderType::{Adyen, Bb, Getnet, Sandbox, Stripe};
        let method = |method, served: &[PaymentType]| AccountFault::Method { method, served: served.to_vec() };
        let no_usd = |served: &[PaymentType]| {
            let served = served.iter().map(|method| (*method, Some(Currency::BRL))).collect();
            AccountFault::Currency { currency: "USD".parse().unwrap(), served }
        };
        for (order, fault) in [
            (order(Bb, Some(&[Credit]), None), method(Credit, &[Pix])),
            (order(Stripe, Some(&[Credit, Pix]), None), method(Pix, &[Credit, Boleto])),
            (order(Adyen, Some(&[Drip]), None), method(Drip, &[Credit, Pix, Boleto])),
            (
                order(Adyen, Some(&[Credit, Pix]), Some(&["USD"])),
                AccountFault::MethodInCurrencies { method: Pix, only_in: Some(Currency::BRL) },
            ),
            (order(Getnet, None, Some(&["BRL", "USD"])), no_usd(&[Credit, Pix, Boleto])),
            (
                order(Adyen, Some(&[Credit]), Some(&["USD", "CLP"])),
                AccountFault::Currency { currency: "CLP".parse().unwrap(), served: vec![(Credit, None)] },
            ),
            (order(Adyen, Some(&[Pix]), Some(&["BRL", "USD"])), no_usd(&[Pix])),
            (order(Sandbox, Some(&[Boleto, Drip]), Some(&["BRL", "USD"])), no_usd(&[Boleto, Drip])),
        ] {
            assert_eq!(not_served(&order), [fault]);
        }
    }

    #[test]
    fn without_named_methods_an_account_serves_all_that_its_provider_does_in_its_currencies() {
        use PaymentType::{Boleto, Credit, Drip, Pix};
        assert_eq!(methods(&order(ProviderType::Adyen, None, None)), [Credit, Pix, Boleto]);
        assert_eq!(methods(&order(ProviderType::Adyen, None, Some(&["USD"]))), [Credit]);
        assert_eq!(methods(&order(ProviderType::Drip, None, None)), [Drip]);
        assert_eq!(methods(&order(ProviderType::Sandbox, None, Some(&["USD", "BRL"]))), [Credit, Pix, Boleto, Drip]);
        assert_eq!(methods(&order(ProviderType::Adyen, Some(&[Pix]), None)), [Pix]);
        assert!(not_served(&order(ProviderType::Adyen, None, Some(&["USD"]))).is_empty());
    }
}
