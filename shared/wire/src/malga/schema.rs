//! Schemas with the bounds and words of the domain, so that the document promises nothing else.

use std::sync::LazyLock;

use domain::{
    card::CardStatus,
    charge::{
        decline::DeclineCode,
        event::EventName,
        fraud::Verdict,
        request::{RequestKind, RequestStatus},
        status::Status,
    },
    limits::{MAX_AMOUNT, MAX_ENDPOINT, MAX_INSTALLMENTS, MAX_KEY_LIFE, MAX_PIX_EXPIRY},
    merchant::{Environment, MerchantStatus, ProviderType},
    method::{MAX_PENALTY_DAYS, MAX_URL, PaymentType},
    money::Currency,
    public_key::KeyState,
    scope::Scope,
    session::SessionStatus,
    webhook::{DeliveryState, Subscription},
};
use serde_json::Value;
use utoipa::openapi::{
    Array, Object, Ref, RefOr, Schema,
    schema::{ArrayBuilder, ObjectBuilder, OneOfBuilder, SchemaFormat, SchemaType, Type},
};

use crate::malga::webhooks::{WrittenVersion, subscription_name};

/// A whole number.
pub(crate) fn integer(minimum: u64, maximum: u64) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(i64::try_from(minimum).unwrap_or(i64::MAX)))
        .maximum(Some(i64::try_from(maximum).unwrap_or(i64::MAX)))
}

/// One of several words.
pub(crate) fn words(names: impl Iterator<Item = &'static str>) -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).build()
}

/// An amount that can be charged.
pub(crate) fn amount() -> Object {
    integer(1, MAX_AMOUNT).description(Some("Minor units of the currency.")).build()
}

/// The price of one thing.
pub(crate) fn price() -> Object {
    integer(0, MAX_AMOUNT).description(Some("Minor units of the currency.")).build()
}

/// A currency in an answer.
pub(crate) fn currency() -> Object {
    by_code("^[A-Z]{3}$".to_owned())
}

/// A currency in which something can be paid.
pub(crate) fn current_currency() -> Object {
    static PATTERN: LazyLock<String> = LazyLock::new(|| {
        let letters = || 'A'..='Z';
        let pairs = letters().flat_map(|first| letters().map(move |second| format!("{first}{second}")));
        let all = pairs.flat_map(|pair| letters().map(move |third| format!("{pair}{third}")));
        let codes: Vec<String> = all.filter(|code| code.parse::<Currency>().is_ok()).collect();
        format!("^({})$", codes.join("|"))
    });
    by_code(PATTERN.clone())
}

fn by_code(pattern: String) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(pattern))
        .description(Some("ISO 4217 code in upper case."))
        .build()
}

/// How many of a thing.
pub(crate) fn quantity() -> Object {
    integer(1, u64::from(u32::MAX)).build()
}

/// Parts of a card payment.
pub(crate) fn installments() -> Object {
    integer(1, u64::from(MAX_INSTALLMENTS)).description(Some("Parts in which the card is charged.")).build()
}

/// Life of a Pix code.
pub(crate) fn pix_expiry() -> Object {
    integer(1, u64::from(MAX_PIX_EXPIRY)).description(Some("Seconds for which the Pix code can be paid.")).build()
}

/// Days after which a delay costs something.
pub(crate) fn penalty_days() -> Object {
    integer(0, u64::from(MAX_PENALTY_DAYS)).description(Some("Days after the last day on which it begins.")).build()
}

/// A share of an amount.
pub(crate) fn percentage() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::Number)
        .exclusive_minimum(Some(0))
        .maximum(Some(100))
        .description(Some("A percentage with at most 2 decimals."))
        .build()
}

/// A share of an amount in a request, where 0 is none.
pub(crate) fn percentage_or_none() -> Object {
    ObjectBuilder::new().schema_type(Type::Number).minimum(Some(0)).maximum(Some(100)).build()
}

/// An address that a browser can be sent to.
pub(crate) fn web_address() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::Custom("uri".to_owned())))
        .pattern(Some("^[Hh][Tt][Tt][Pp][Ss]?://"))
        .max_length(Some(MAX_URL))
        .build()
}

/// Statuses of a charge.
pub(crate) fn charge_status() -> Object {
    words(Status::ALL.iter().map(|status| status.name()))
}

/// Statuses of a session.
pub(crate) fn session_status() -> Object {
    words(SessionStatus::ALL.iter().map(|status| status.name()))
}

/// Statuses in the answer to a payment of a session: the session's when it is paid, otherwise the charge's.
pub(crate) fn payment_status() -> Object {
    let charge = Status::ALL.iter().filter(|status| **status != Status::Authorized).map(|status| status.name());
    words(std::iter::once(SessionStatus::Paid.name()).chain(charge))
}

/// Zero-dollar verification: a request that verifies a card.
pub(crate) const ZERO_DOLLAR: &str = "zero_dollar";

/// The types of requests to providers: of charges, and of cards.
pub(crate) fn request_type() -> Object {
    words(RequestKind::ALL.iter().map(|kind| kind.name()).chain([ZERO_DOLLAR]))
}

/// Statuses of a card.
pub(crate) fn card_status() -> Object {
    words(CardStatus::ALL.iter().map(|status| status.name()))
}

/// How far a transaction request can have come.
pub(crate) fn request_status() -> Object {
    use RequestStatus::{Failed, InternalError, Processing, Running, Success};
    words([Running, Processing, Success, Failed, InternalError].iter().map(|status| status.name()))
}

/// Providers.
pub(crate) fn provider_type() -> Object {
    words(ProviderType::ALL.iter().map(|kind| kind.name()))
}

/// The provider, or null.
pub(crate) fn provider_type_or_none() -> Object {
    let names = ProviderType::ALL.iter().map(|kind| Value::from(kind.name()));
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .enum_values(Some(names.chain([Value::Null])))
        .build()
}

/// The results of a fraud analysis.
pub(crate) fn verdict() -> Object {
    words(Verdict::ALL.iter().map(|verdict| verdict.name()))
}

/// Why providers decline.
pub(crate) fn declined_code() -> Object {
    words(DeclineCode::ALL.iter().map(|code| code.name()))
}

fn list(of: Object) -> ArrayBuilder {
    ArrayBuilder::new().items(RefOr::T(Schema::Object(of))).min_items(Some(1)).unique_items(true)
}

/// What a public key may do: one word or several.
pub(crate) fn scopes() -> Schema {
    let one = || words(Scope::ALL.iter().map(|scope| scope.name()));
    Schema::OneOf(OneOfBuilder::new().item(one()).item(list(one())).build())
}

/// Whether a public key works.
pub(crate) fn key_state() -> Object {
    words(KeyState::ALL.iter().map(|state| state.name()))
}

/// The life of a public key.
pub(crate) fn key_life() -> Object {
    let seconds = integer(0, MAX_KEY_LIFE.as_secs()).default(Some(0.into()));
    seconds.description(Some("Seconds; 0 means without end.")).build()
}

/// Statuses of a merchant.
pub(crate) fn merchant_status() -> Object {
    words(MerchantStatus::ALL.iter().map(|status| status.name()))
}

/// The one status that can be asked for.
pub(crate) fn active() -> Object {
    words(std::iter::once(MerchantStatus::Active.name()))
}

/// Payment methods.
pub(crate) fn payment_types() -> Array {
    list(words(PaymentType::ALL.iter().map(|method| method.name()))).build()
}

/// Currencies; null means all.
pub(crate) fn currencies_or_all() -> Array {
    list(currency()).schema_type(SchemaType::from_iter([Type::Array, Type::Null])).build()
}

/// The credentials that are served.
pub(crate) fn credentials_type() -> Object {
    words(["sandbox", "account"].into_iter())
}

/// Environments of a provider.
pub(crate) fn environment() -> Object {
    words(Environment::ALL.iter().map(|environment| environment.name()))
}

/// The events that a webhook endpoint can ask for.
pub(crate) fn subscription() -> Object {
    let bare = EventName::ALL.iter().map(|event| event.name().to_owned());
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(subscriptions().chain(bare))).build()
}

/// The events that a webhook endpoint receives.
pub(crate) fn subscribed() -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(subscriptions())).build()
}

fn subscriptions() -> impl Iterator<Item = String> {
    let one = EventName::ALL.iter().copied().map(Subscription::One);
    std::iter::once(Subscription::Everything).chain(one).map(subscription_name)
}

/// The address of a webhook endpoint.
pub(crate) fn endpoint() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::Custom("uri".to_owned())))
        .max_length(Some(MAX_ENDPOINT))
        .build()
}

/// The versions in which a webhook endpoint receives events.
pub(crate) fn written_version() -> Object {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Number]))
        .enum_values(Some(WrittenVersion::ALL.into_iter().map(WrittenVersion::value)))
        .build()
}

/// What happened.
pub(crate) fn event() -> Object {
    words(EventName::ALL.iter().map(|name| name.name()).chain(["ping"]))
}

/// The data of an event: a transaction, or an empty object in a ping.
pub(crate) fn event_data() -> Schema {
    let nothing = ObjectBuilder::new().schema_type(Type::Object).max_properties(Some(0));
    let ping = ObjectBuilder::new().schema_type(Type::Object).property("object", nothing).required("object");
    let transaction = Ref::from_schema_name("TransactionSnapshot");
    Schema::OneOf(OneOfBuilder::new().item(transaction).item(ping).build())
}

/// How far a delivery can have come.
pub(crate) fn delivery_state() -> Object {
    let states = [DeliveryState::Pending, DeliveryState::Delivered, DeliveryState::Exhausted];
    let names = states.into_iter().filter_map(|state| serde_json::to_value(state).ok());
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).build()
}
