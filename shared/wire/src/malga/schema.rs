//! Schemas that take their bounds and words from the domain, so that the document cannot promise anything else.

use domain::{
    charge::{
        decline::DeclineCode,
        request::{RequestKind, RequestStatus},
        status::Status,
    },
    limits::{MAX_AMOUNT, MAX_INSTALLMENTS, MAX_PIX_EXPIRY},
    merchant::ProviderType,
    money::Currency,
    session::SessionStatus,
};
use utoipa::openapi::{
    Object,
    schema::{ObjectBuilder, Type},
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

/// What can be asked of a provider.
pub(crate) fn request_type() -> Object {
    words(RequestKind::ALL.iter().map(|kind| kind.name()))
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
