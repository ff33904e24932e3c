//! Schemas that take their bounds and words from the domain, so that the document cannot promise anything else.

use domain::{
    card::CardStatus,
    charge::{
        decline::DeclineCode,
        request::{RequestKind, RequestStatus},
        status::Status,
    },
    limits::{MAX_AMOUNT, MAX_INSTALLMENTS, MAX_KEY_LIFE, MAX_PIX_EXPIRY},
    merchant::{MerchantStatus, ProviderType},
    method::PaymentType,
    money::Currency,
    scope::Scope,
    session::SessionStatus,
};
use utoipa::openapi::{
    Array, Object, RefOr, Schema,
    schema::{ArrayBuilder, ObjectBuilder, OneOfBuilder, SchemaType, Type},
};

fn integer(minimum: u64, maximum: u64) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(i64::try_from(minimum).unwrap_or(i64::MAX)))
        .maximum(Some(i64::try_from(maximum).unwrap_or(i64::MAX)))
}

fn words(names: impl Iterator<Item = &'static str>) -> Object {
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

/// A currency.
pub(crate) fn currency() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some("^[A-Z]{3}$"))
        .description(Some("ISO 4217 code in upper case."))
        .build()
}

/// A currency of a request.
pub(crate) fn currency_or_brl() -> Object {
    let mut schema = currency();
    schema.default = Some(Currency::BRL.code().into());
    schema
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

/// A payment of nothing: what is asked of a provider to verify a card.
pub(crate) const ZERO_DOLLAR: &str = "zero_dollar";

/// What can be asked of a provider: of charges, and of cards.
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

/// Why providers refuse.
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

/// How long a public key lives.
pub(crate) fn key_life() -> Object {
    let seconds = integer(0, MAX_KEY_LIFE.as_secs()).default(Some(0.into()));
    seconds.description(Some("Seconds; 0 means for ever.")).build()
}

/// Statuses of a merchant.
pub(crate) fn merchant_status() -> Object {
    words(MerchantStatus::ALL.iter().map(|status| status.name()))
}

/// The one status that can be asked for.
pub(crate) fn active() -> Object {
    words(std::iter::once(MerchantStatus::Active.name()))
}

/// Ways to pay.
pub(crate) fn payment_types() -> Array {
    list(words(PaymentType::ALL.iter().map(|method| method.name()))).build()
}

/// Currencies.
pub(crate) fn currencies() -> Array {
    list(currency()).build()
}

/// Currencies; null means all.
pub(crate) fn currencies_or_all() -> Array {
    list(currency()).schema_type(SchemaType::from_iter([Type::Array, Type::Null])).build()
}

/// The credentials that are served.
pub(crate) fn credentials_type() -> Object {
    words(std::iter::once("sandbox"))
}
