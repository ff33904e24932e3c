//! Every refusal: its status code, its kind and its words.

use domain::{
    charge::status::Status,
    customer::{Need, Unique},
    merchant::ProviderType,
    method::PaymentType,
    refusal::{InputFault, Refusal},
    session::SessionStatus,
    time::Timestamp,
};
use serde_json::json;

use super::printed;
use crate::fixtures::{minor, now};

/// Each of these refusals has this status code, this kind and these words.
fn are_printed<const N: usize>(refusals: [(Refusal, u16, &str, &str); N]) {
    for (refusal, code, kind, message) in refusals {
        let body = json!({"error": {"type": kind, "code": code, "message": message}});
        assert_eq!(printed(&refusal), (code, body));
    }
}

#[test]
fn what_is_not_there_says_so() {
    are_printed([
        (Refusal::NoRoute("GET /v2".to_owned()), 404, "entity_not_found", "no route answers GET /v2"),
        (Refusal::UnknownCustomer, 404, "api_error", "Unexpected error"),
        (Refusal::UnknownCard, 404, "invalid_request_error", "Resource not found"),
        (Refusal::UnknownEvent, 404, "entity_not_found", "event not found"),
        (Refusal::UnknownWebhook, 404, "entity_not_found", "webhook not found"),
        (Refusal::UnknownPublicKey, 404, "entity_not_found", "public key not found"),
        (Refusal::MerchantNotFound, 404, "entity_not_found", "merchant not found"),
        (Refusal::UnknownProduct, 404, "entity_not_found", "payment product not found"),
        (Refusal::NoLogo, 404, "entity_not_found", "logo not found"),
        (Refusal::NoImage, 404, "entity_not_found", "image not found"),
        (
            Refusal::MerchantDeleted,
            400,
            "invalid_request_error",
            "this merchant is deleted; nothing was changed. Create another one",
        ),
        (
            Refusal::UnknownCallback,
            404,
            "entity_not_found",
            "no provider's calls are taken at this address; nothing was done",
        ),
        (
            Refusal::UnknownNamedCustomer,
            400,
            "invalid_request_error",
            "customerId names no customer of this account; nothing was created",
        ),
    ]);
}

#[test]
fn what_an_account_cannot_have_or_make_says_why() {
    are_printed([
        (
            Refusal::WebhookInactive,
            400,
            "invalid_request_error",
            "this webhook is not active; nothing is sent to it. Set its status to true first",
        ),
        (
            Refusal::WebhooksUsedUp,
            400,
            "invalid_request_error",
            "this account has its 50 webhooks; nothing was created. Remove one first",
        ),
        (
            Refusal::KeyRotating,
            409,
            "conflict",
            "the key of this webhook was replaced less than 24 hours ago, and that one still signs; nothing was changed. \
             Read the webhook for its new publicKey",
        ),
        (
            Refusal::CustomerExists { taken: vec![Unique::Document, Unique::Email] },
            409,
            "conflict",
            "another customer of this account has this document and email; nothing was created. Use that customer, or \
             send force=true",
        ),
        (Refusal::CardLinked, 409, "conflict", "this card is linked to another customer; nothing was linked"),
        (
            Refusal::CustomerCardsUsedUp { most: 50 },
            400,
            "invalid_request_error",
            "this customer has its 50 cards; nothing was linked",
        ),
        (
            Refusal::KeysTooDeep,
            400,
            "invalid_request_error",
            "public keys are made with public keys at most 8 deep; nothing was created. Use the secret key",
        ),
        (
            Refusal::CustomerNotNameable,
            400,
            "invalid_request_error",
            "a session names a customerId with the secret key alone; nothing was created",
        ),
        (
            Refusal::LinkNotAllowed,
            400,
            "invalid_request_error",
            "a session has createLink with the secret key alone; nothing was created",
        ),
    ]);
}

#[test]
fn what_any_request_may_be_answered_says_what_to_do() {
    are_printed([
        (Refusal::TooLarge, 413, "bad_request", "the request body is larger than 262144 bytes; nothing was done"),
        (
            Refusal::AnswerTooLarge,
            400,
            "invalid_request_error",
            "this page of the list is larger than an answer may be; ask for fewer entries by a smaller limit",
        ),
        (Refusal::UnreadableUpdate, 400, "invalid_request_error", "this call cannot be read; nothing was done"),
        (Refusal::Processing, 409, "conflict", "Transaction is processing"),
        (
            Refusal::KeyReused,
            422,
            "invalid_request_error",
            "this idempotency key was used with another request body; nothing was done. Send another key",
        ),
        (
            Refusal::Contention,
            409,
            "conflict",
            "the resource is being changed by other requests; nothing was done. Try again",
        ),
        (
            Refusal::Unavailable,
            503,
            "api_error",
            "the hub cannot reach its storage; try again with the same idempotency key",
        ),
        (Refusal::Internal, 500, "api_error", "unexpected error"),
    ]);
}

#[test]
fn a_session_that_cannot_be_changed_says_why() {
    are_printed([
        (
            Refusal::SessionEnded { status: SessionStatus::Created },
            409,
            "conflict",
            "this session cannot be changed now; nothing was changed",
        ),
        (
            Refusal::SessionEnded { status: SessionStatus::Paid },
            409,
            "conflict",
            "this session is already paid; nothing was changed",
        ),
        (
            Refusal::SessionEnded { status: SessionStatus::Voided },
            409,
            "conflict",
            "the payment of this session was voided; nothing was changed",
        ),
        (
            Refusal::SessionEnded { status: SessionStatus::Canceled },
            400,
            "invalid_request_error",
            "this session is canceled; nothing was changed. Create another session to be paid",
        ),
        (
            Refusal::SessionReserved,
            409,
            "conflict",
            "the charge of this session is pre-authorized; nothing was changed. Void the charge, or capture it",
        ),
        (
            Refusal::SessionUnsettled,
            409,
            "conflict",
            "the charge of this session has not ended, or its outcome is unknown; nothing was changed. Read the \
             session's charges and wait until it is known",
        ),
    ]);
}

#[test]
fn a_session_that_cannot_be_paid_says_why() {
    let accepted = vec![PaymentType::Pix, PaymentType::Credit];
    are_printed([
        (Refusal::UnknownSession, 404, "entity_not_found", "session not found"),
        (
            Refusal::RedirectNotNamed,
            400,
            "invalid_request_error",
            "successRedirectUrl and cancelRedirectUrl must lie under an origin that the merchant's setting \
             redirectOrigins names; nothing was done. Set redirectOrigins by PATCH /v1/settings with the secret key",
        ),
        (
            Refusal::MethodNotAccepted { accepted },
            400,
            "invalid_request_error",
            "this session accepts pix, credit; nothing was charged",
        ),
        (Refusal::SessionPaid, 409, "conflict", "this session is already paid; nothing was charged"),
        (
            Refusal::SessionVoided,
            409,
            "conflict",
            "the payment of this session was voided; nothing was charged. Create another session to be paid again",
        ),
        (
            Refusal::SessionLocked { until: None },
            409,
            "conflict",
            "another payment of this session is pending or pre-authorized; nothing was done. Read the session's \
             charges and wait until that payment ends",
        ),
        (
            Refusal::SessionLocked { until: Some("2026-01-01T01:00:00Z".parse().unwrap()) },
            409,
            "conflict",
            "another payment of this session is pending or pre-authorized; nothing was done. Read the session's \
             charges and wait until that payment ends, at 2026-01-01T01:00:00.000Z at the latest",
        ),
        (
            Refusal::SessionCanceled,
            400,
            "invalid_request_error",
            "this session is canceled; nothing was charged. Create another session to be paid",
        ),
        (
            Refusal::SessionInactive,
            400,
            "invalid_request_error",
            "this session is not active; enable it first. Nothing was charged",
        ),
        (
            Refusal::SessionPastDue,
            400,
            "invalid_request_error",
            "the due date of this session has passed; nothing was charged. Create another session to be paid",
        ),
        (
            Refusal::AttemptsUsedUp,
            400,
            "invalid_request_error",
            "this session has used its 10 payment attempts; nothing was charged. Create another session to be paid",
        ),
    ]);
}

#[test]
fn a_payment_by_a_card_or_a_customer_that_cannot_be_used_says_why() {
    are_printed([
        (
            Refusal::TokenSpent,
            400,
            "invalid_request_error",
            "tokenId was already used; a token pays once or makes one card. Create another token. Nothing was done",
        ),
        (
            Refusal::UnknownToken,
            400,
            "invalid_request_error",
            "tokenId does not exist or has expired; create another token. Nothing was done",
        ),
        (
            Refusal::UnusableCard,
            400,
            "invalid_request_error",
            "cardId names no card of this account that can pay; nothing was charged",
        ),
        (Refusal::CardExpired, 400, "invalid_request_error", "the card has expired; nothing was done"),
        (
            Refusal::CvvRequired,
            400,
            "invalid_request_error",
            "this card is paid with here only together with its security code; nothing was charged. Send cardCvv or tokenCvv",
        ),
        (
            Refusal::UnusableCustomer,
            400,
            "invalid_request_error",
            "customerId names no customer of this account that can pay by this payment method; nothing was charged",
        ),
        (
            Refusal::CardNotVerified,
            424,
            "failed_dependency",
            "the provider did not say whether the card is good: no card was verified and nothing was charged. The card is \
             kept as pending, and this request with the same idempotency key shows it; to have it verified, create \
             another token and another card",
        ),
        (
            Refusal::CardDeclinedTooOften { until: Timestamp::from_millis(0) },
            429,
            "too_many_requests",
            "this card was tried too often (declined or unanswered payments, and verifications); nothing was done. Pay with \
             another card or by another payment method, or try again after 1970-01-01T00:00:00.000Z",
        ),
        (
            Refusal::TooManyDeclines { until: Timestamp::from_millis(0) },
            429,
            "too_many_requests",
            "cards were tried too often from this address (declined or unanswered payments, and verifications); nothing was \
             done. Pay by another payment method, or try again after 1970-01-01T00:00:00.000Z",
        ),
    ]);
}

#[test]
fn a_payment_that_no_provider_takes_says_why() {
    are_printed([
        (
            Refusal::UnknownMerchant,
            400,
            "invalid_request_error",
            "merchantId names no merchant of this account; nothing was charged",
        ),
        (
            Refusal::NoProvider { method: PaymentType::Pix, currency: "USD" },
            400,
            "invalid_request_error",
            "the merchant has no provider for pix in USD; nothing was charged",
        ),
        (
            Refusal::FraudAnalysisNotServed { provider: ProviderType::Bb },
            400,
            "invalid_request_error",
            "fraudAnalysis is not served for a payment at BB; nothing was charged. Send the payment without it",
        ),
        (
            Refusal::PixExpiry { provider: ProviderType::Bs2, least: 3_600, most: 604_800 },
            400,
            "invalid_request_error",
            "a Pix code at BS2 can be paid for 3600 to 604800 seconds, by expiresIn and by the session's dueDate; \
             nothing was charged",
        ),
        (
            Refusal::BoletoTermsNotServed { provider: ProviderType::Adyen, fields: vec!["interest", "fine"] },
            400,
            "invalid_request_error",
            "a boleto at ADYEN has no interest, fine; nothing was charged. Leave that out of the payment, or of its session",
        ),
        (
            Refusal::NoAdapter { provider: ProviderType::Getnet },
            400,
            "invalid_request_error",
            "this hub has no adapter for the merchant's account at GETNET; nothing was sent. Give the merchant another \
             account, or ask the hub's operator for a release that has one",
        ),
        (
            Refusal::ShopperIncomplete { provider: ProviderType::Drip, lacks: vec![Need::Name, Need::Cpf] },
            400,
            "invalid_request_error",
            "DRIP must know more of the shopper of this payment; nothing was charged. Send these fields of the \
             customer: name, document.cpf",
        ),
        (
            Refusal::NoCustomerAddress,
            400,
            "invalid_request_error",
            "Drip needs a customer with a complete address; nothing was charged. Add it to the customer",
        ),
    ]);
}

#[test]
fn an_encrypted_card_that_cannot_pay_says_why() {
    let kind = "invalid_request_error";
    are_printed(
        [
            (InputFault::Unreadable, "the encrypted card cannot be decrypted; nothing was charged"),
            (InputFault::Used, "the encrypted card was used before; nothing was charged"),
            (InputFault::NoSession, "the client session of the encrypted card has ended; nothing was charged"),
            (InputFault::SessionUsedUp, "the client session has had all its payments; nothing was charged"),
            (InputFault::LeftOut, "the client session leaves this card out; nothing was charged"),
            (InputFault::StoredCard, "the stored card can no longer pay; nothing was charged"),
        ]
        .map(|(fault, message)| (Refusal::EncryptedInput(fault), 400, kind, message)),
    );
}

#[test]
fn a_capture_or_a_void_that_cannot_be_made_says_why() {
    are_printed([
        (Refusal::UnknownCharge, 404, "entity_not_found", "charge not found"),
        (
            Refusal::NotCapturable { status: Status::Authorized },
            400,
            "invalid_request_error",
            "a charge that is authorized cannot be captured; nothing was sent",
        ),
        (
            Refusal::NotVoidable { status: Status::ChargedBack },
            400,
            "invalid_request_error",
            "a charge that is charged_back cannot be voided; nothing was sent",
        ),
        (
            Refusal::NotReleasable { status: Status::Authorized },
            400,
            "invalid_request_error",
            "a charge that is authorized has nothing to be released; nothing was sent",
        ),
        (
            Refusal::AboveResidual { residual: minor(90) },
            400,
            "invalid_request_error",
            "amount is more than the 90 that are left of this charge; nothing was sent",
        ),
        (
            Refusal::ResidualPromised { available: minor(40) },
            409,
            "conflict",
            "refunds under way and disputes leave 40 of this charge; nothing was sent. Wait until they end",
        ),
        (
            Refusal::ChargeInconsistent,
            409,
            "conflict",
            "the records of this charge contradict each other; nothing was sent. An operator must look at it",
        ),
        (
            Refusal::ChargeBusy,
            409,
            "conflict",
            "another capture or void of this charge is under way; nothing was sent. Wait until it ends",
        ),
    ]);
}

#[test]
fn a_capture_or_a_void_that_the_provider_cannot_make_says_why() {
    are_printed([
        (
            Refusal::PartialCaptureNotServed { reserved: minor(100) },
            400,
            "invalid_request_error",
            "the provider of this charge captures all of the reserved 100 or nothing; nothing was sent. Capture without \
             an amount",
        ),
        (
            Refusal::PartialReleaseNotServed { reserved: minor(100) },
            400,
            "invalid_request_error",
            "the provider of this charge releases all of the reserved 100 or nothing; nothing was sent. Void without an \
             amount, or capture less",
        ),
        (
            Refusal::PartialRefundNotServed,
            400,
            "invalid_request_error",
            "the provider of this charge refunds all that is left or nothing; nothing was sent. Void without an amount",
        ),
        (
            Refusal::NoIdAtProvider,
            409,
            "conflict",
            "the provider captures and refunds a payment by its own id of it alone, and the hub does not know that of this \
             one; nothing was sent. Ask the hub's operator to do it at the provider, and to record it",
        ),
        (
            Refusal::RefundNotServed { method: PaymentType::Boleto },
            400,
            "invalid_request_error",
            "the provider of this charge does not refund boleto; nothing was sent",
        ),
        (
            Refusal::RequestsUsedUp,
            400,
            "invalid_request_error",
            "this charge has used the 40 transaction requests that captures and refunds may take; nothing was sent",
        ),
        (
            Refusal::NoProviderAccount,
            400,
            "invalid_request_error",
            "the merchant no longer has the provider account that took this payment; nothing was sent",
        ),
    ]);
}

#[test]
fn what_the_sandbox_is_not_asked_for_says_why() {
    are_printed([
        (
            Refusal::NotSimulated { status: Status::Failed, possible: vec![Status::Authorized, Status::Voided] },
            400,
            "invalid_request_error",
            "the sandbox cannot make this charge failed; nothing was changed. It can make it authorized, voided",
        ),
        (
            Refusal::NotSimulated { status: Status::Voided, possible: Vec::new() },
            400,
            "invalid_request_error",
            "the sandbox cannot make this charge voided; nothing was changed. It can make it nothing else",
        ),
        (
            Refusal::NotConfirmed,
            424,
            "failed_dependency",
            "the sandbox's bank did not say that it has done this; read the charge, and try again",
        ),
        (
            Refusal::NoFraudAnalysis,
            400,
            "invalid_request_error",
            "this charge was made without fraudAnalysis; nothing was changed",
        ),
        (
            Refusal::NoSandbox,
            404,
            "entity_not_found",
            "this hub serves real payments: it has no sandbox to control; nothing was changed",
        ),
        (
            Refusal::StoredAhead { newest: now() },
            409,
            "conflict",
            "the clock cannot be set back: the hub has stored something at 2022-10-25T22:49:06.588Z, which is later \
             than real time; nothing was changed. Try again after that instant, or start a hub with a new data folder",
        ),
    ]);
}

/// Nothing was charged, and yet something may have been done.
#[test]
fn what_refuses_a_payment_after_a_cancel_says_so() {
    for (cause, message) in [
        (
            Refusal::TokenSpent,
            "tokenId was already used; a token pays once or makes one card; an unpaid payment of this session was \
             canceled, or may have been; nothing was charged. Create another token and try again",
        ),
        (
            Refusal::SessionLocked { until: None },
            "another payment of this session is pending or pre-authorized; an unpaid payment of this session was \
             canceled, or may have been; nothing was charged. Read the session's charges and try again when that payment \
             has ended",
        ),
        (
            Refusal::SessionLocked { until: Some("2026-01-01T01:00:00Z".parse().unwrap()) },
            "another payment of this session is pending or pre-authorized; an unpaid payment of this session was \
             canceled, or may have been; nothing was charged. Read the session's charges and try again when that payment \
             has ended, at 2026-01-01T01:00:00.000Z at the latest",
        ),
        (
            Refusal::Contention,
            "the resource is being changed by other requests; an unpaid payment of this session was canceled, or may have \
             been; nothing was charged. Try again",
        ),
        (
            Refusal::KeyReused,
            "this idempotency key was used with another request body; an unpaid payment of this session was canceled, or \
             may have been; nothing was charged. Send another key",
        ),
        (
            Refusal::SessionInactive,
            "this session is not active; enable it first. Nothing was charged. Before that, an unpaid payment of this \
             session was canceled, or may have been; nothing was charged",
        ),
        (
            Refusal::Unavailable,
            "the hub cannot reach its storage; try again with the same idempotency key. Before that, an unpaid payment of \
             this session was canceled, or may have been; nothing was charged",
        ),
    ] {
        let ((code, mut body), name) = (printed(&cause), cause.name());
        body["error"]["message"] = json!(message);
        let superseding = cause.superseding();
        assert_eq!((printed(&superseding), superseding.name()), ((code, body), name));
    }
    // It was paid first, or this request was made before.
    for cause in [Refusal::SessionPaid, Refusal::Processing] {
        assert_eq!(cause.clone().superseding(), cause);
    }
}
