//! Refusals as Worldline Connect prints them.
//!
//! A body has one error for each problem. `code` is a text, `httpStatusCode` a number: the libraries rely on both.

use domain::refusal::{InputFault, Refusal, Unreadable};
use serde::Serialize;

use super::{card, jwe};
use crate::texts::has_no_card_number;

/// The body of every answer that refuses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorResponse {
    /// The id of the request, as the hub's log has it.
    pub error_id: String,
    /// What was refused, at least one.
    pub errors: Vec<ApiError>,
}

/// One thing that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiError {
    /// Which error, as a number in a text.
    pub code: &'static str,
    /// The same in words; none of a decline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<&'static str>,
    /// Who refuses: the platform itself, or a provider.
    pub category: &'static str,
    /// What happened, for the merchant's developers.
    pub message: String,
    /// The HTTP status code again.
    pub http_status_code: u16,
    /// The field that it is about, as `paymentProductFilters.exclude.products[0]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub property_name: Option<String>,
    /// The id of the request.
    pub request_id: String,
}

/// Status code, error code and its name.
type Line = (u16, &'static str, &'static str);

const INVALID_VALUE: Line = (400, "1099", "INVALID_VALUE");
const MISSING: Line = (400, "20000000", "PARAMETER_NOT_FOUND_IN_REQUEST");
const NOT_AUTHORIZED: Line = (403, "9002", "MISSING_OR_INVALID_AUTHORIZATION");
const NOT_THIS_MERCHANT: Line = (403, "9007", "ACCESS_TO_MERCHANT_NOT_ALLOWED");
const NOT_OFFERED: Line = (404, "404", "RESOURCE_NOT_FOUND");
const UNKNOWN_PRODUCT: Line = (404, "1007", "UNKNOWN_PRODUCT_ID");
const NOT_LUHN: Line = (400, "21000020", "LUHNCHECK_FAILED");
const EXPIRED: Line = (400, "21000120", "EXPIRY_DATE_NOT_VALID");
const UNKNOWN_PAYMENT: Line = (404, "1002", "UNKNOWN_PAYMENT_ID");
// No code is established for it.
const NOT_PENDING: Line = (402, "402", "UNKNOWN_ORDER_OR_NOT_PENDING");
const NOT_REFUNDABLE: Line = (400, "300450", "ORDER WITHOUT REFUNDABLE PAYMENTS");
const IN_PROGRESS: Line = (409, "1409", "DUPLICATE REQUEST IN PROGRESS");
const UNKNOWN_ERROR: Line = (500, "9999", "UNKNOWN_SERVER_ERROR");
const UNAVAILABLE: Line = (503, "9999", "UNKNOWN_SERVER_ERROR");

/// What a request asks for, as far as a refusal of it depends on that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    /// An approval or a cancel of a payment.
    Change,
    /// A refund of a payment.
    Refund,
    /// To read a refund.
    ReadRefund,
    /// Anything else.
    Other,
}

impl Asked {
    /// By the route, such as `POST /v1/{merchantId}/payments/{paymentId}/refund`.
    fn of(route: &str) -> Self {
        match route.rsplit('/').next() {
            Some("approve" | "cancel") => Self::Change,
            Some("refund") => Self::Refund,
            Some("{refundId}") => Self::ReadRefund,
            _ => Self::Other,
        }
    }

    /// The payment is not as it must be.
    const fn not_possible(self) -> Line {
        match self {
            Self::Refund => NOT_REFUNDABLE,
            Self::Change | Self::ReadRefund | Self::Other => NOT_PENDING,
        }
    }

    /// The field with the amount.
    const fn amount(self) -> &'static str {
        match self {
            Self::Refund => "amountOfMoney.amount",
            Self::Change | Self::ReadRefund | Self::Other => "amount",
        }
    }

    /// The part of the path that names a payment or a refund.
    const fn id(self) -> (&'static str, &'static str) {
        match self {
            Self::ReadRefund => ("refundId", "names no refund of this merchant"),
            Self::Change | Self::Refund | Self::Other => ("paymentId", "names no payment of this merchant"),
        }
    }
}

/// The status code and the body for `refusal` of the request with this id to this route.
#[must_use]
pub fn answer(refusal: &Refusal, route: &str, request: &str) -> (u16, ErrorResponse) {
    let asked = Asked::of(route);
    let problems = match refusal {
        Refusal::Invalid(problems) => problems.iter().map(|problem| problem_line(problem)).collect(),
        Refusal::Unreadable(what) => vec![unreadable(what)],
        refusal => match field(refusal, asked) {
            Some((name, problem)) => {
                let line = line(refusal, asked);
                let text = if line == INVALID_VALUE { invalid(name, problem) } else { format!("{}: {name}", line.2) };
                vec![(line, Some(name.to_owned()), text)]
            }
            None => vec![(line(refusal, asked), None, message(refusal, asked))],
        },
    };
    let code = problems.first().map_or(UNKNOWN_ERROR.0, |((code, ..), ..)| *code);
    let error = |((http_status_code, code, id), property_name, message): (Line, Option<String>, String)| ApiError {
        code,
        id: Some(id),
        category: "CONNECT_PLATFORM_ERROR",
        message,
        http_status_code,
        property_name,
        request_id: request.to_owned(),
    };
    let body = ErrorResponse { error_id: request.to_owned(), errors: problems.into_iter().map(error).collect() };
    (code, body)
}

/// What is refused, apart from the field that it is about.
#[expect(clippy::too_many_lines, reason = "one line a refusal: the table is read as a whole")]
const fn line(refusal: &Refusal, asked: Asked) -> Line {
    match refusal {
        Refusal::Forbidden => NOT_AUTHORIZED,
        Refusal::UnknownMerchant | Refusal::MerchantNotFound | Refusal::MerchantDeleted => NOT_THIS_MERCHANT,
        Refusal::NoRoute(_) => NOT_OFFERED,
        Refusal::UnknownProduct => UNKNOWN_PRODUCT,
        Refusal::UnknownCharge => UNKNOWN_PAYMENT,
        Refusal::NotCapturable { .. } | Refusal::NotReleasable { .. } => NOT_PENDING,
        Refusal::NotVoidable { .. } | Refusal::RefundNotServed { .. } => NOT_REFUNDABLE,
        Refusal::ResidualPromised { available } if available.minor() > 0 => INVALID_VALUE,
        Refusal::ResidualPromised { .. }
        | Refusal::ChargeInconsistent
        | Refusal::RequestsUsedUp
        | Refusal::NoIdAtProvider
        | Refusal::NoProviderAccount => asked.not_possible(),
        Refusal::NoAdapter { .. } => match asked {
            Asked::Change | Asked::Refund => asked.not_possible(),
            Asked::ReadRefund | Asked::Other => INVALID_VALUE,
        },
        Refusal::Processing | Refusal::Contention | Refusal::ChargeBusy => IN_PROGRESS,
        Refusal::CardExpired => EXPIRED,
        Refusal::ShopperIncomplete { .. } => MISSING,
        Refusal::TooLarge => (413, INVALID_VALUE.1, INVALID_VALUE.2),
        Refusal::Invalid(_)
        | Refusal::EncryptedInput(_)
        | Refusal::Unreadable(_)
        | Refusal::TooLargeToStore { .. }
        | Refusal::KeyReused
        | Refusal::UnusableCard
        | Refusal::NoProvider { .. }
        | Refusal::AboveResidual { .. }
        | Refusal::PartialCaptureNotServed { .. }
        | Refusal::PartialReleaseNotServed { .. }
        | Refusal::PartialRefundNotServed => INVALID_VALUE,
        Refusal::Unavailable => UNAVAILABLE,
        // A defect, and what other dialects alone refuse.
        Refusal::Internal
        | Refusal::AnswerTooLarge
        | Refusal::UnknownSession
        | Refusal::UnknownCard
        | Refusal::UnknownEvent
        | Refusal::UnknownCustomer
        | Refusal::CustomerExists { .. }
        | Refusal::CardLinked
        | Refusal::CustomerCardsUsedUp { .. }
        | Refusal::ProviderAccounts(_)
        | Refusal::NoLogo
        | Refusal::NoImage
        | Refusal::KeysTooDeep
        | Refusal::UnknownPublicKey
        | Refusal::UnknownWebhook
        | Refusal::WebhookInactive
        | Refusal::WebhookExists
        | Refusal::WebhooksUsedUp
        | Refusal::KeyRotating
        | Refusal::FraudAnalysisNotServed { .. }
        | Refusal::PixExpiry { .. }
        | Refusal::BoletoTermsNotServed { .. }
        | Refusal::RedirectNotNamed
        | Refusal::MethodNotAccepted { .. }
        | Refusal::SessionPaid
        | Refusal::SessionVoided
        | Refusal::SessionLocked { .. }
        | Refusal::Superseding(_)
        | Refusal::SessionEnded { .. }
        | Refusal::SessionReserved
        | Refusal::SessionUnsettled
        | Refusal::SessionCanceled
        | Refusal::SessionInactive
        | Refusal::SessionPastDue
        | Refusal::AttemptsUsedUp
        | Refusal::NotSimulated { .. }
        | Refusal::NotConfirmed
        | Refusal::NoFraudAnalysis
        | Refusal::NoSandbox
        | Refusal::StoredAhead { .. }
        | Refusal::UnknownCallback
        | Refusal::UnreadableUpdate
        | Refusal::NoCustomerAddress
        | Refusal::CvvRequired
        | Refusal::CustomerNotNameable
        | Refusal::LinkNotAllowed
        | Refusal::UnknownNamedCustomer
        | Refusal::UnusableCustomer
        | Refusal::TokenSpent
        | Refusal::UnknownToken
        | Refusal::CardNotVerified
        | Refusal::CardDeclinedTooOften { .. }
        | Refusal::TooManyDeclines { .. } => UNKNOWN_ERROR,
    }
}

fn message(refusal: &Refusal, asked: Asked) -> String {
    let line = line(refusal, asked);
    match refusal {
        // No number of a card comes back.
        Refusal::NoRoute(route) if has_no_card_number(route).is_ok() => {
            format!("{}: this hub does not offer {route}", NOT_OFFERED.2)
        }
        Refusal::NoAdapter { provider } if line == INVALID_VALUE => {
            format!("{}: this hub has no adapter for the merchant's account at {provider}", INVALID_VALUE.2)
        }
        Refusal::TooLargeToStore { most } => {
            format!("{}: the whole must not be larger than {most} bytes", INVALID_VALUE.2)
        }
        Refusal::UnknownMerchant => {
            format!(
                "{}: merchantId must be the id of a merchant of the key's account, a UUID, which was not deleted",
                NOT_THIS_MERCHANT.2
            )
        }
        _ => line.2.to_owned(),
    }
}

/// The field that a refusal is about which is found after the request was read, and what is wrong with it.
fn field(refusal: &Refusal, asked: Asked) -> Option<(&'static str, &'static str)> {
    const TOKEN: &str = "cardPaymentMethodSpecificInput.token";
    match refusal {
        Refusal::UnknownCharge => Some(asked.id()),
        Refusal::EncryptedInput(fault) => Some(encrypted_input(*fault)),
        Refusal::KeyReused => Some((IDEMPOTENCE_KEY, "was used for another request")),
        Refusal::UnusableCard => Some((TOKEN, "names no card of this account that can pay")),
        Refusal::CardExpired => Some((TOKEN, "names a card that has expired")),
        Refusal::ShopperIncomplete { .. } => Some(("order.customer", "lacks what the provider must know")),
        Refusal::NoProvider { .. } => {
            Some(("order.amountOfMoney.currencyCode", "is served by no provider of the merchant"))
        }
        Refusal::AboveResidual { .. } => Some((asked.amount(), "must not be more than what is left")),
        Refusal::ResidualPromised { available } if available.minor() > 0 => {
            Some((asked.amount(), "must not be more than what refunds under way and disputes leave"))
        }
        Refusal::PartialCaptureNotServed { .. }
        | Refusal::PartialReleaseNotServed { .. }
        | Refusal::PartialRefundNotServed => {
            Some((asked.amount(), "must be the whole: the provider serves no part of it"))
        }
        _ => None,
    }
}

const fn encrypted_input(fault: InputFault) -> (&'static str, &'static str) {
    match fault {
        InputFault::Unreadable => (jwe::FIELD, "cannot be decrypted: encrypt it again"),
        InputFault::Used => (jwe::FIELD, "was used before: encrypt it again"),
        InputFault::NoSession => (jwe::FIELD, "is of no open client session of this merchant"),
        InputFault::SessionUsedUp => (jwe::FIELD, "is of a client session that has had all its payments"),
        InputFault::LeftOut => (jwe::FIELD, "holds a card that the client session leaves out"),
        InputFault::StoredCard => ("encryptedCustomerInput.accountOnFileId", "names a card that can no longer pay"),
    }
}

fn unreadable(what: &Unreadable) -> (Line, Option<String>, String) {
    let of = |name: &str, problem: &str| (INVALID_VALUE, Some(name.to_owned()), invalid(name, problem));
    match what {
        Unreadable::Uuid(name) => of(name, "must be a UUID"),
        Unreadable::IdempotencyKeyWithCardNumber => of(IDEMPOTENCE_KEY, "must not contain a card number"),
        Unreadable::IdempotencyKey | Unreadable::IdempotencyKeyWithComma | Unreadable::IdempotencyKeysDiffer => {
            of(IDEMPOTENCE_KEY, "must be 1 to 255 ASCII characters")
        }
        Unreadable::Form | Unreadable::Text(_) | Unreadable::Twice => {
            (INVALID_VALUE, None, invalid("the request body", "must be JSON"))
        }
    }
}

/// The header of an idempotency key.
const IDEMPOTENCE_KEY: &str = "X-GCS-Idempotence-Key";
/// How the reader begins a problem of the body as a whole.
pub(super) const WHOLE_BODY: &str = "the request body";
/// How the reader ends the problem of a field that is missing.
const IS_MISSING: &str = " should not be empty";

/// A problem in the reader's words: the path of the field, and what it must be.
fn problem_line(problem: &str) -> (Line, Option<String>, String) {
    if problem.starts_with(WHOLE_BODY) {
        return (INVALID_VALUE, None, format!("{}: {problem}", INVALID_VALUE.2));
    }
    let (path, rule) = problem.split_once(' ').unwrap_or((problem, ""));
    let property = property(path);
    match problem.strip_suffix(IS_MISSING) {
        Some(_) => {
            let message = format!("{}: {property}", MISSING.2);
            (MISSING, Some(property), message)
        }
        None if rule == card::NOT_LUHN => {
            let message = format!("VALUE OF FIELD {property} DID NOT PASS THE LUHNCHECK");
            (NOT_LUHN, Some(property), message)
        }
        None if rule == card::IN_THE_PAST => {
            let message = format!("VALUE OF FIELD {property} IS IN THE PAST OR NOT IN CORRECT MMYY FORMAT");
            (EXPIRED, Some(property), message)
        }
        None => (INVALID_VALUE, Some(property.clone()), invalid(&property, rule)),
    }
}

fn invalid(property: &str, rule: &str) -> String {
    format!("{}: {property} {rule}", INVALID_VALUE.2)
}

/// A path of the reader, such as `tokens.0`, as Worldline writes it: `tokens[0]`.
fn property(path: &str) -> String {
    let mut property = String::with_capacity(path.len());
    for part in path.split('.') {
        if part.bytes().all(|byte| byte.is_ascii_digit()) {
            property.extend(["[", part, "]"]);
        } else {
            property.extend([if property.is_empty() { "" } else { "." }, part]);
        }
    }
    property
}

#[cfg(test)]
mod tests {
    use domain::{charge::status::Status, merchant::ProviderType, method::PaymentType, money::Amount};
    use serde_json::{Value, json};

    use super::*;

    const PAYMENT: &str = "/v1/{merchantId}/payments/{paymentId}";

    fn printed(refusal: &Refusal) -> (u16, Value) {
        printed_at(refusal, "POST /v1/{merchantId}/payments")
    }

    fn printed_at(refusal: &Refusal, route: &str) -> (u16, Value) {
        let (code, body) = answer(refusal, route, "request-1");
        (code, serde_json::to_value(body).unwrap())
    }

    #[test]
    fn every_problem_is_an_error_that_names_its_field() {
        let problems = [
            "tokens.0 must be a string",
            "order.amount should not be empty",
            "the request body is not valid JSON: line 1, column 2",
            "encryptedCustomerInput.cardNumber did not pass the Luhn check",
            "encryptedCustomerInput.expiryDate is in the past or not in the correct MMYY format",
        ];
        let (code, body) = printed(&Refusal::Invalid(problems.map(str::to_owned).to_vec()));
        assert_eq!(code, 400);
        assert_eq!(
            body,
            json!({"errorId": "request-1", "errors": [
                {"code": "1099", "id": "INVALID_VALUE", "category": "CONNECT_PLATFORM_ERROR", "httpStatusCode": 400,
                 "message": "INVALID_VALUE: tokens[0] must be a string", "propertyName": "tokens[0]",
                 "requestId": "request-1"},
                {"code": "20000000", "id": "PARAMETER_NOT_FOUND_IN_REQUEST", "category": "CONNECT_PLATFORM_ERROR",
                 "httpStatusCode": 400, "message": "PARAMETER_NOT_FOUND_IN_REQUEST: order.amount", "propertyName": "order.amount",
                 "requestId": "request-1"},
                {"code": "1099", "id": "INVALID_VALUE", "category": "CONNECT_PLATFORM_ERROR", "httpStatusCode": 400,
                 "message": "INVALID_VALUE: the request body is not valid JSON: line 1, column 2",
                 "requestId": "request-1"},
                {"code": "21000020", "id": "LUHNCHECK_FAILED", "category": "CONNECT_PLATFORM_ERROR",
                 "httpStatusCode": 400, "propertyName": "encryptedCustomerInput.cardNumber",
                 "message": "VALUE OF FIELD encryptedCustomerInput.cardNumber DID NOT PASS THE LUHNCHECK",
                 "requestId": "request-1"},
                {"code": "21000120", "id": "EXPIRY_DATE_NOT_VALID", "category": "CONNECT_PLATFORM_ERROR",
                 "httpStatusCode": 400, "propertyName": "encryptedCustomerInput.expiryDate",
                 "message": "VALUE OF FIELD encryptedCustomerInput.expiryDate IS IN THE PAST OR NOT IN CORRECT MMYY FORMAT",
                 "requestId": "request-1"},
            ]})
        );
    }

    #[test]
    fn a_refusal_has_its_status_and_code() {
        for (refusal, status, code) in [
            (Refusal::Forbidden, 403, "9002"),
            (Refusal::UnknownMerchant, 403, "9007"),
            (Refusal::NoRoute("GET /client/v1/c/services/privacypolicy".to_owned()), 404, "404"),
            (Refusal::UnknownProduct, 404, "1007"),
            (Refusal::UnknownCharge, 404, "1002"),
            (Refusal::NotCapturable { status: Status::Voided }, 402, "402"),
            (Refusal::NotReleasable { status: Status::Authorized }, 402, "402"),
            (Refusal::KeyReused, 400, "1099"),
            (Refusal::NotVoidable { status: Status::Voided }, 400, "300450"),
            (Refusal::RefundNotServed { method: PaymentType::Credit }, 400, "300450"),
            (Refusal::NoAdapter { provider: ProviderType::Stripe }, 400, "1099"),
            (Refusal::TooLargeToStore { most: 1 }, 400, "1099"),
            (Refusal::AboveResidual { residual: Amount::ZERO }, 400, "1099"),
            (Refusal::EncryptedInput(InputFault::Unreadable), 400, "1099"),
            (Refusal::EncryptedInput(InputFault::Used), 400, "1099"),
            (Refusal::EncryptedInput(InputFault::NoSession), 400, "1099"),
            (Refusal::EncryptedInput(InputFault::SessionUsedUp), 400, "1099"),
            (Refusal::EncryptedInput(InputFault::LeftOut), 400, "1099"),
            (Refusal::EncryptedInput(InputFault::StoredCard), 400, "1099"),
            (Refusal::UnusableCard, 400, "1099"),
            (Refusal::CardExpired, 400, "21000120"),
            (Refusal::NoProvider { method: PaymentType::Credit, currency: "XAF" }, 400, "1099"),
            (Refusal::ChargeBusy, 409, "1409"),
            (Refusal::Processing, 409, "1409"),
            (Refusal::Contention, 409, "1409"),
            (Refusal::PartialCaptureNotServed { reserved: Amount::ZERO }, 400, "1099"),
            (Refusal::PartialReleaseNotServed { reserved: Amount::ZERO }, 400, "1099"),
            (Refusal::PartialRefundNotServed, 400, "1099"),
            (Refusal::ShopperIncomplete { provider: ProviderType::Stripe, lacks: Vec::new() }, 400, "20000000"),
            (Refusal::TooLarge, 413, "1099"),
            (Refusal::Unreadable(Unreadable::IdempotencyKey), 400, "1099"),
            (Refusal::Internal, 500, "9999"),
            (Refusal::Unavailable, 503, "9999"),
        ] {
            let (answered, body) = printed(&refusal);
            assert_eq!((answered, body["errors"].as_array().unwrap().len()), (status, 1), "{refusal:?}");
            let error = &body["errors"][0];
            assert_eq!((&error["code"], &error["httpStatusCode"]), (&json!(code), &json!(status)), "{refusal:?}");
        }
    }
    /// The same refusal says what the payment is not ready for, in the words and fields of what was asked.
    #[test]
    fn a_refusal_of_a_change_is_in_the_words_of_that_change() {
        let at = |refusal: &Refusal, action: &str| {
            let (status, body) = printed_at(refusal, &format!("POST {PAYMENT}/{action}"));
            let error = &body["errors"][0];
            let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
            (status, text("code"), text("propertyName"))
        };
        let of = |status: u16, code: &str, field: &str| (status, code.to_owned(), field.to_owned());
        for refusal in [
            Refusal::RequestsUsedUp,
            Refusal::NoIdAtProvider,
            Refusal::NoProviderAccount,
            Refusal::NoAdapter { provider: ProviderType::Stripe },
            Refusal::ChargeInconsistent,
            Refusal::ResidualPromised { available: Amount::ZERO },
        ] {
            assert_eq!(at(&refusal, "approve"), of(402, "402", ""), "{refusal:?}");
            assert_eq!(at(&refusal, "cancel"), of(402, "402", ""), "{refusal:?}");
            assert_eq!(at(&refusal, "refund"), of(400, "300450", ""), "{refusal:?}");
        }
        let some = Amount::new(1).unwrap();
        for refusal in [
            Refusal::AboveResidual { residual: Amount::ZERO },
            Refusal::ResidualPromised { available: some },
            Refusal::PartialCaptureNotServed { reserved: some },
            Refusal::PartialReleaseNotServed { reserved: some },
            Refusal::PartialRefundNotServed,
        ] {
            assert_eq!(at(&refusal, "approve"), of(400, "1099", "amount"), "{refusal:?}");
            assert_eq!(at(&refusal, "refund"), of(400, "1099", "amountOfMoney.amount"), "{refusal:?}");
        }
        assert_eq!(at(&Refusal::UnknownCharge, "refund"), of(404, "1002", "paymentId"));
        let (_, body) = printed(&Refusal::TooLargeToStore { most: 9 });
        assert_eq!(body["errors"][0]["message"], "INVALID_VALUE: the whole must not be larger than 9 bytes");
        let (_, body) = printed_at(&Refusal::UnknownCharge, "GET /v1/{merchantId}/refunds/{refundId}");
        assert_eq!(body["errors"][0]["propertyName"], "refundId");
    }
}
