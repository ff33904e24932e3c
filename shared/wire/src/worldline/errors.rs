//! Refusals as Worldline Connect prints them.
//!
//! A body has one error for each problem. `code` is a text, `httpStatusCode` a number: the libraries rely on both.

use domain::refusal::{Refusal, Unreadable};
use serde::Serialize;

use super::card;

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
// No code is established for these two.
const NOT_PENDING: Line = (402, "402", "UNKNOWN_ORDER_OR_NOT_PENDING");
const NOT_AUTHORISED: Line = (402, "430330", "Not authorised");
const NOT_REFUNDABLE: Line = (400, "300450", "ORDER WITHOUT REFUNDABLE PAYMENTS");
const IN_PROGRESS: Line = (409, "1409", "DUPLICATE REQUEST IN PROGRESS");
const UNKNOWN_ERROR: Line = (500, "9999", "UNKNOWN_SERVER_ERROR");
const UNAVAILABLE: Line = (503, "9999", "UNKNOWN_SERVER_ERROR");

/// The status code and the body for `refusal` of the request with this id.
#[must_use]
pub fn answer(refusal: &Refusal, request: &str) -> (u16, ErrorResponse) {
    let problems = match refusal {
        Refusal::Invalid(problems) => problems.iter().map(|problem| problem_line(problem)).collect(),
        Refusal::Unreadable(what) => vec![unreadable(what)],
        refusal => match field(refusal) {
            Some((name, problem)) => {
                let line = line(refusal);
                let text = if line == INVALID_VALUE { invalid(name, problem) } else { line.2.to_owned() };
                vec![(line, Some(name.to_owned()), text)]
            }
            None => vec![(line(refusal), None, message(refusal))],
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

/// What is refused apart from a field. What only other dialects refuse is a defect here.
fn line(refusal: &Refusal) -> Line {
    match refusal {
        Refusal::Forbidden => NOT_AUTHORIZED,
        Refusal::UnknownMerchant => NOT_THIS_MERCHANT,
        Refusal::NoRoute(_) => NOT_OFFERED,
        Refusal::UnknownProduct => UNKNOWN_PRODUCT,
        Refusal::UnknownCharge => UNKNOWN_PAYMENT,
        Refusal::NotCapturable { .. } | Refusal::NotReleasable { .. } => NOT_PENDING,
        Refusal::ChangeDeclined => NOT_AUTHORISED,
        Refusal::NotVoidable { .. }
        | Refusal::ResidualPromised { .. }
        | Refusal::RefundNotServed { .. }
        | Refusal::RequestsUsedUp
        | Refusal::NoProviderAccount => NOT_REFUNDABLE,
        Refusal::Processing | Refusal::Contention | Refusal::ChargeBusy => IN_PROGRESS,
        Refusal::CardExpired => EXPIRED,
        Refusal::ShopperIncomplete { .. } => MISSING,
        refusal if field(refusal).is_some() => INVALID_VALUE,
        Refusal::TooLarge => (413, INVALID_VALUE.1, INVALID_VALUE.2),
        Refusal::TooLargeToStore { .. } => INVALID_VALUE,
        Refusal::Unavailable => UNAVAILABLE,
        _ => UNKNOWN_ERROR,
    }
}

fn message(refusal: &Refusal) -> String {
    match refusal {
        Refusal::NoRoute(route) => format!("{}: this hub does not offer {route}", NOT_OFFERED.2),
        refusal => line(refusal).2.to_owned(),
    }
}

/// The field that a refusal is about which is found after the request was read, and what is wrong with it.
const fn field(refusal: &Refusal) -> Option<(&'static str, &'static str)> {
    const INPUT: &str = "encryptedCustomerInput";
    const TOKEN: &str = "cardPaymentMethodSpecificInput.token";
    match refusal {
        Refusal::UnknownCharge => Some(("paymentId", "names no payment of this merchant")),
        Refusal::EncryptedInputUnreadable => Some((INPUT, "cannot be decrypted: encrypt it again")),
        Refusal::EncryptedInputUsed => Some((INPUT, "was used before: encrypt it again")),
        Refusal::ClientSessionEnded => Some((INPUT, "is of no open client session of this merchant")),
        Refusal::ClientSessionUsedUp => Some((INPUT, "is of a client session that has had all its payments")),
        Refusal::ProductNotAllowed => Some((INPUT, "holds a card that the client session leaves out")),
        Refusal::UnusableCard => Some((TOKEN, "names no card of this account that can pay")),
        Refusal::CardExpired => Some((TOKEN, "names a card that has expired")),
        Refusal::ShopperIncomplete { .. } => Some(("order.customer", "lacks what the provider must know")),
        Refusal::NoProvider { .. } => {
            Some(("order.amountOfMoney.currencyCode", "is served by no provider of the merchant"))
        }
        Refusal::AboveResidual { .. } => Some(("amount", "must not be more than what is left")),
        Refusal::PartialCaptureNotServed { .. }
        | Refusal::PartialReleaseNotServed { .. }
        | Refusal::PartialRefundNotServed => Some(("amount", "must be the whole: the provider serves no part of it")),
        _ => None,
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
const WHOLE_BODY: &str = "the request body";
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
        Some(_) => (MISSING, Some(property), MISSING.2.to_owned()),
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
    use domain::{charge::status::Status, method::PaymentType, money::Amount};
    use serde_json::{Value, json};

    use super::*;

    fn printed(refusal: &Refusal) -> (u16, Value) {
        let (code, body) = answer(refusal, "request-1");
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
                 "httpStatusCode": 400, "message": "PARAMETER_NOT_FOUND_IN_REQUEST", "propertyName": "order.amount",
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
            (Refusal::ChangeDeclined, 402, "430330"),
            (Refusal::NotVoidable { status: Status::Voided }, 400, "300450"),
            (Refusal::ResidualPromised { available: Amount::ZERO }, 400, "300450"),
            (Refusal::AboveResidual { residual: Amount::ZERO }, 400, "1099"),
            (Refusal::EncryptedInputUnreadable, 400, "1099"),
            (Refusal::EncryptedInputUsed, 400, "1099"),
            (Refusal::ClientSessionEnded, 400, "1099"),
            (Refusal::ClientSessionUsedUp, 400, "1099"),
            (Refusal::ProductNotAllowed, 400, "1099"),
            (Refusal::UnusableCard, 400, "1099"),
            (Refusal::CardExpired, 400, "21000120"),
            (Refusal::NoProvider { method: PaymentType::Credit, currency: "XAF" }, 400, "1099"),
            (Refusal::ChargeBusy, 409, "1409"),
            (Refusal::Processing, 409, "1409"),
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
}
