use domain::{
    charge::{
        decline::{Decline, DeclineCode},
        status::Status,
    },
    customer::{Need, Unique},
    endpoint::{AddressProblem, CallProblem},
    merchant::{
        Environment, ProviderType,
        field::Form,
        order::{AccountFault, AccountProblem},
    },
    method::PaymentType,
    money::Currency,
    refusal::{Refusal, Unreadable},
    session::SessionStatus,
    time::Timestamp,
    webhook::DeliveryAttempt,
};
use serde_json::{Value, json};
use wire::malga::{
    errors::{answer, page},
    requests::CreateWebhook,
    responses::{DeliveryAttemptBody, ProviderError},
};

use crate::fixtures::{minor, now};

fn printed(refusal: &Refusal) -> (u16, Value) {
    let (code, body) = answer(refusal);
    (code, serde_json::to_value(body).unwrap())
}

#[test]
#[expect(clippy::too_many_lines, reason = "one line a refusal: the table is read as a whole")]
fn every_refusal_has_its_status_code_and_its_words() {
    let accepted = vec![PaymentType::Pix, PaymentType::Credit];
    for (refusal, code, kind, message) in [
        (Refusal::TooLarge, 413, "bad_request", "the request body is larger than 262144 bytes; nothing was done"),
        (Refusal::NoRoute("GET /v2".to_owned()), 404, "entity_not_found", "no route answers GET /v2"),
        (Refusal::UnknownCharge, 404, "entity_not_found", "charge not found"),
        (Refusal::UnknownCustomer, 404, "api_error", "Unexpected error"),
        (Refusal::UnknownCard, 404, "invalid_request_error", "Resource not found"),
        (Refusal::UnknownEvent, 404, "entity_not_found", "event not found"),
        (Refusal::UnknownWebhook, 404, "entity_not_found", "webhook not found"),
        (Refusal::UnknownPublicKey, 404, "entity_not_found", "public key not found"),
        (Refusal::MerchantNotFound, 404, "entity_not_found", "merchant not found"),
        (Refusal::NoLogo, 404, "entity_not_found", "logo not found"),
        (Refusal::NoImage, 404, "entity_not_found", "image not found"),
        (
            Refusal::MerchantDeleted,
            400,
            "invalid_request_error",
            "this merchant is deleted; nothing was changed. Create another one",
        ),
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
        (
            Refusal::AnswerTooLarge,
            400,
            "invalid_request_error",
            "this page of the list is larger than an answer may be; ask for fewer entries by a smaller limit",
        ),
        (Refusal::CardLinked, 409, "conflict", "this card is linked to another customer; nothing was linked"),
        (
            Refusal::CustomerCardsUsedUp { most: 50 },
            400,
            "invalid_request_error",
            "this customer has its 50 cards; nothing was linked",
        ),
        (Refusal::UnknownSession, 404, "entity_not_found", "session not found"),
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
            Refusal::ShopperIncomplete { provider: ProviderType::Drip, lacks: vec![Need::Name, Need::Cpf] },
            400,
            "invalid_request_error",
            "DRIP must know more of the shopper of this payment; nothing was charged. Send these fields of the \
             customer: name, document.cpf",
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
        (
            Refusal::UnknownCallback,
            404,
            "entity_not_found",
            "no provider's calls are taken at this address; nothing was done",
        ),
        (
            Refusal::UnreadableUpdate,
            400,
            "invalid_request_error",
            "this call, or a notification in it, cannot be read; nothing of that was done. Notifications of it that can be \
             read were noted",
        ),
        (
            Refusal::NoCustomerAddress,
            400,
            "invalid_request_error",
            "Drip needs a customer with a complete address; nothing was charged. Add it to the customer",
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
            Refusal::UnknownNamedCustomer,
            400,
            "invalid_request_error",
            "customerId names no customer of this account; nothing was created",
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
    ] {
        let body = json!({"error": {"type": kind, "code": code, "message": message}});
        assert_eq!(printed(&refusal), (code, body));
    }
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

#[test]
fn a_page_says_what_the_message_says_as_text() {
    let (code, html) = page(&Refusal::NoRoute("GET /<script>alert(\"1\")</script>&".to_owned()));
    assert_eq!(code, 404);
    assert!(
        html.contains("404: no route answers GET /&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;"),
        "{html}"
    );
    assert!(!html.contains("<script"), "{html}");
}

#[test]
fn problems_of_fields_are_details() {
    let refusal = Refusal::Invalid(vec!["merchantId must be a UUID".to_owned()]);
    let body = json!({"error": {
        "type": "bad_request",
        "code": 400,
        "message": "Bad Request Exception",
        "details": ["merchantId must be a UUID"]
    }});
    assert_eq!(printed(&refusal), (400, body));
}

#[test]
fn what_is_found_after_reading_is_answered_as_a_problem_of_a_field() {
    use PaymentType::{Boleto, Credit, Drip, Pix};
    use ProviderType::{Adyen, Bb, Getnet, Stripe};
    let details = |refusal: &Refusal| {
        let (code, body) = printed(refusal);
        assert_eq!(
            (code, &body["error"]["type"], &body["error"]["message"]),
            (400, &json!("bad_request"), &json!("Bad Request Exception"))
        );
        body["error"]["details"].clone()
    };
    for (what, problem) in [
        (Unreadable::Uuid("id".to_owned()), "id must be a UUID"),
        (Unreadable::Form, "the request body is not valid multipart/form-data"),
        (Unreadable::Text("phone".to_owned()), "phone must be a string"),
        (Unreadable::Twice, "the request body names a field twice"),
        (Unreadable::IdempotencyKeyWithCardNumber, "X-Idempotency-Key must not contain a card number"),
        (Unreadable::IdempotencyKey, "X-Idempotency-Key must be 1 to 255 ASCII characters"),
        (
            Unreadable::IdempotencyKeyWithComma,
            "X-Idempotency-Key must not contain a comma: a header that is sent twice arrives with one",
        ),
        (Unreadable::IdempotencyKeysDiffer, "X-Idempotency-Key and Idempotency-Key must not contradict each other"),
    ] {
        assert_eq!(details(&Refusal::Unreadable(what)), json!([problem]));
    }
    assert_eq!(details(&Refusal::TooLargeToStore { most: 9 }), json!(["the whole must not be larger than 9 bytes"]));

    let (brl, usd): (_, Currency) = (Some(Currency::BRL), "USD".parse().unwrap());
    let accounts = [
        (Bb, AccountFault::Method { method: Credit, served: vec![Pix] }),
        (Stripe, AccountFault::Method { method: Drip, served: vec![Credit, Boleto] }),
        (Adyen, AccountFault::MethodInCurrencies { method: Pix, only_in: brl }),
        (Adyen, AccountFault::MethodInCurrencies { method: Credit, only_in: None }),
        (Getnet, AccountFault::Currency { currency: usd, served: vec![(Credit, brl), (Pix, brl), (Boleto, brl)] }),
        (Stripe, AccountFault::Currency { currency: usd, served: vec![(Credit, None), (Boleto, brl)] }),
        (Adyen, AccountFault::NoCredentials),
        (Adyen, AccountFault::NoId),
        (Adyen, AccountFault::UnknownId),
        (Adyen, AccountFault::Twice),
        (Getnet, AccountFault::NoAdapter),
        (Adyen, AccountFault::Environment { usable: Environment::Production }),
        (Adyen, AccountFault::Sandbox),
        (Adyen, AccountFault::FieldMissing { name: "apiKey", help: "The key of the API" }),
        (Adyen, AccountFault::UnknownField { known: vec!["apiKey", "merchantAccount"] }),
        (Bb, AccountFault::Field { name: "certificate", form: Form::Certificate }),
        (Bb, AccountFault::FieldAddress { name: "baseUrl", problem: AddressProblem::NotPublic }),
    ];
    let problem = |(index, (provider, fault))| AccountProblem { index, provider, fault };
    let problems = accounts.into_iter().enumerate().map(problem).collect();
    assert_eq!(
        details(&Refusal::ProviderAccounts(problems)),
        json!([
            "providers.0.methods cannot hold credit: BB serves pix",
            "providers.1.methods cannot hold drip: STRIPE serves credit, boleto",
            "providers.2.currencies must hold one for pix: ADYEN serves it in BRL",
            "providers.3.currencies must hold one for credit: ADYEN serves it in every other currency",
            "providers.4.currencies cannot hold USD: GETNET serves credit in BRL and pix in BRL and boleto in BRL",
            "providers.5.currencies cannot hold USD: STRIPE serves credit in every other currency and boleto in BRL",
            "providers.6.credentials should not be empty",
            "providers.7.id should not be empty: the merchant has several accounts at ADYEN",
            "providers.8.id must be an account of this merchant at ADYEN",
            "providers.9.name must not be ADYEN twice, but with the ids or credentials of two accounts",
            "providers.10.credentials.type can only be sandbox: this hub has no adapter for accounts at GETNET yet",
            "providers.11.credentials.environment can only be production: this hub uses no other accounts",
            "providers.12.credentials.type can only be account: this hub moves real money",
            "providers.13.credentials.fields.apiKey should not be empty: The key of the API",
            "providers.14.credentials.fields can only hold apiKey, merchantAccount for ADYEN",
            "providers.15.credentials.fields.certificate must be a certificate, or a chain of them, in PEM",
            "providers.16.credentials.fields.baseUrl must be at a public address",
        ])
    );
}

#[test]
fn a_bad_key_gets_no_other_answer() {
    assert_eq!(printed(&Refusal::Forbidden), (403, json!({"message": "Forbidden"})));
}

#[test]
fn a_webhook_that_exists_is_answered_without_an_envelope() {
    let message = "this account already has a webhook for this event at this endpoint; nothing was changed";
    assert_eq!(printed(&Refusal::WebhookExists), (409, json!({"statusCode": 409, "message": message})));
}

#[test]
fn every_decline_of_a_card_has_a_text_of_the_network() {
    for code in DeclineCode::ALL {
        for network_code in [None, Some("05".to_owned())] {
            let decline = Decline::new(*code, network_code);
            let error = ProviderError::of_card(&decline);
            assert_eq!(error.network_denied_message, Some(error.message));
            assert_eq!(error.network_denied_reason, decline.network_code);
            assert_eq!(ProviderError::from(&decline).network_denied_message, None);
        }
    }
}

#[test]
fn every_decline_has_its_words() {
    let printed = DeclineCode::ALL.iter().map(|code| ProviderError::from(&Decline::from(*code)));
    let printed: Vec<_> = printed.map(|error| (error.declined_code, error.message, error.retryable)).collect();
    assert_eq!(
        printed,
        [
            ("generic", "The card has been declined for a unknown reason", false),
            ("insufficient_funds", "The card has insufficient funds", true),
            ("expired_card", "The card expiration date is invalid", false),
            ("invalid_number", "The card number is invalid", false),
            ("invalid_cvv", "The security code is invalid", false),
            ("invalid_amount", "The charge amount is not valid or exceeded maximum allowed", false),
            ("card_not_supported", "The card does not support this type of purchase", false),
            ("blocked_card", "The card is blocked", false),
            ("canceled_card", "The card is canceled", true),
            ("timeout", "The issuer did not answer in time", true),
            ("try_again", "The payment was not processed; it may be tried again", true),
            ("expired", "The payment was not made in time", false),
            ("processing_error", "The provider has no record of this payment", true),
            ("fraud_confirmed", "The card has been declined for confirmed fraud", false),
            ("fraud_suspect", "The card has been declined for suspicion of fraud", false),
            ("invalid_data", "The data of the payment are invalid", false),
            ("invalid_installment", "The number of installments is not allowed", false),
            ("invalid_merchant", "The merchant cannot take this payment", false),
            ("invalid_pin", "The password of the card is invalid", false),
            ("issuer_not_available", "The issuer of the card is not available", true),
            ("lost_card", "The card was reported as lost", false),
            ("not_permitted", "The payment is not permitted for this card", false),
            ("pickup_card", "The card must not be used", false),
            ("pin_try_exceeded", "The password of the card was invalid too often", false),
            ("restricted_card", "The card is restricted", false),
            ("security_violation", "The card has been declined for a security violation", false),
            ("service_not_allowed", "The card does not have this service", false),
            ("stolen_card", "The card was reported as stolen", false),
            ("transaction_not_allowed", "The card does not allow this transaction", false),
        ]
    );
}

#[test]
fn an_address_that_is_not_called_is_a_problem_of_its_field_and_of_a_delivery_attempt() {
    for (problem, words) in [
        (AddressProblem::Characters, "must not contain spaces or control characters"),
        (AddressProblem::NotAUrl, "must be a URL address"),
        (AddressProblem::NotHttps, "must be an https URL address"),
        (AddressProblem::Credentials, "must not contain a user name or a password"),
        (AddressProblem::Fragment, "must not contain a fragment"),
        (AddressProblem::NotPublic, "must be at a public address"),
    ] {
        let refused = CreateWebhook::read(&json!({"event": "*", "endpoint": "x"}), |_| Err(problem));
        assert_eq!(refused, Err(Refusal::Invalid(vec![format!("endpoint {words}")])));
        let attempted = attempted(CallProblem::Address(problem));
        assert_eq!(attempted, format!("nothing was sent: the endpoint {words}"));
    }
}

#[test]
fn a_delivery_attempt_says_why_it_has_no_answer() {
    for (problem, words) in [
        (CallProblem::NameNotPublic, "no connection was made: the host's name leads to an address that is not public"),
        (CallProblem::NoConnection("refused".to_owned()), "no connection was made: refused"),
        (CallProblem::NoAnswer("closed".to_owned()), "no answer came: closed"),
        (CallProblem::Timeout, "no answer came in time"),
    ] {
        assert_eq!(attempted(problem), words);
    }
}

#[test]
fn a_delivery_attempt_says_why_an_answer_is_a_failure() {
    for (status, problem) in [
        (200, None),
        (201, None),
        (204, Some("the endpoint answered 204: only 200 and 201 take an event")),
        (302, Some("the endpoint answered 302: only 200 and 201 take an event")),
        (500, Some("the endpoint answered 500: only 200 and 201 take an event")),
    ] {
        let answer = String::new();
        let attempt = DeliveryAttempt { number: 1, at: now(), took_ms: 0, status: Some(status), answer, problem: None };
        assert_eq!(DeliveryAttemptBody::from(&attempt).problem.as_deref(), problem);
    }
}

/// The words of a delivery attempt with this problem.
fn attempted(problem: CallProblem) -> String {
    let (answer, problem) = (String::new(), Some(problem));
    let attempt = DeliveryAttempt { number: 1, at: now(), took_ms: 0, status: None, answer, problem };
    DeliveryAttemptBody::from(&attempt).problem.unwrap()
}
