//! What each provider can do: the hub refuses the rest before it sends anything. And what a tester can make happen in
//! the sandbox.

use std::time::Duration;

use aws_local::{
    gateway::{
        host::{Answering, Host, Serving},
        routes::Routes,
    },
    template::{TEXT, Template},
};
use catraca::local::call;
use domain::{
    charge::status::Status,
    merchant::{ProviderType, order::AccountFault},
    method::PaymentType,
    refusal::Refusal,
};
use flows::{
    Executor, Hub, Parts, Stage,
    account::{merchant, provision::create_client},
};
use serde_json::json;
use tests::{
    Answer, Merchant, TestHub,
    bank::{BookedStatus, reference},
    engine::Call,
    samples::{
        APPROVED, DECLINED, by_card, by_pix, card_charge, charge_by, events, reservation, session, summary, with,
    },
};
use tokio::net::TcpListener;

use PaymentType::{Boleto, Credit, Drip, Pix};
use Status::{Authorized, Canceled, ChargedBack, Failed, Pending, PreAuthorized, RefundPending, Voided};

/// Malga's table "Provedores suportados para estorno de Pix": in every row total and partial refunds are the same.
const PIX_REFUNDS: [(ProviderType, bool); 9] = [
    (ProviderType::MercadoPago, true),
    (ProviderType::Pagarme, true),
    (ProviderType::Bs2, false),
    (ProviderType::Bb, true),
    (ProviderType::Zoop, true),
    (ProviderType::Pagseguro, true),
    (ProviderType::Adyen, true),
    (ProviderType::Getnet, false),
    (ProviderType::Safrapay, true),
];

async fn make(hub: &TestHub, id: &str, status: Status) -> Answer {
    hub.merchant.post(&format!("/v1/charges/{id}"), &json!({"status": status})).await
}

/// The bank finishes the refund that is under way, and notifies the hub.
async fn finish_refund(hub: &TestHub) {
    let last = hub.bank.bookings().into_iter().find(|booking| booking.result == "processing").unwrap();
    hub.provider.notifies(&hub.bank.finish_refund(&last.reference)).await;
}

/// Asks for a void that the provider does not offer: nothing is written or sent.
async fn assert_not_refunded(hub: &TestHub, id: &str, method: PaymentType) {
    let operations = hub.bank.operations();
    let _ = hub.engine.take_calls();
    for body in [json!({}), json!({"amount": 50})] {
        let refused = hub.merchant.voids(id, &body).await.expect(400);
        let message = format!("the provider of this charge does not refund {method}; nothing was sent");
        let error = (refused.text("/error/type"), refused.text("/error/message"));
        assert_eq!(error, ("invalid_request_error", message.as_str()));
    }
    let written = hub.engine.take_calls().into_iter().filter(Call::is_write).count();
    assert_eq!((written, hub.bank.operations()), (0, operations), "a trace was left");
    assert_eq!(hub.merchant.reads_charge(id).await.text("/status"), "authorized");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pix_is_refunded_by_the_providers_of_malgas_table_and_by_no_other() {
    for (provider, refunds) in PIX_REFUNDS {
        let hub = TestHub::with(&[(Pix, provider)]).await;
        let made = hub.merchant.creates_charge(&charge_by(&hub.merchant.id, Pix)).await;
        assert_eq!(made.text("/transactionRequests/0/providerType"), provider.name());
        let id = made.text("/id");
        let update = hub.bank.pay(&reference(id, 1), 150);
        assert!(update.path().starts_with(&format!("/v1/callbacks/{provider}/")), "{}", update.path());
        hub.provider.notifies(&update).await;
        if !refunds {
            assert_not_refunded(&hub, id, Pix).await;
            hub.assert_books_agree().await;
            continue;
        }
        let part = hub.merchant.voids(id, &json!({"amount": 50})).await.expect(201);
        assert_eq!(
            (part.text("/status"), part.text("/transactionRequests/0/providerType")),
            ("refund_pending", provider.name())
        );
        finish_refund(&hub).await;
        let left = hub.merchant.reads_charge(id).await;
        assert_eq!((left.text("/status"), &left.body["amount"]), ("authorized", &json!(100)), "{provider}");
        hub.merchant.voids(id, &json!({})).await.assert_status(201);
        finish_refund(&hub).await;
        assert_eq!(hub.merchant.reads_charge(id).await.text("/status"), "voided", "{provider}");
        hub.assert_books_agree().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_provider_refunds_cards_and_drip_and_none_refunds_boletos() {
    use ProviderType::{
        Adyen, Drip as AtDrip, Getnet, MercadoPago, Pagarme, Pagseguro, Safrapay, Sandbox, Stripe, Zoop,
    };
    for (method, providers) in [
        (Credit, &[Adyen, Getnet, MercadoPago, Pagarme, Pagseguro, Safrapay, Sandbox, Stripe, Zoop][..]),
        (Boleto, &[Adyen, Getnet, MercadoPago, Pagarme, Sandbox, Stripe, Zoop]),
        (Drip, &[AtDrip, Sandbox]),
    ] {
        for provider in ProviderType::ALL.iter().copied() {
            let hub = TestHub::with(&[(method, provider)]).await;
            if !providers.contains(&provider) {
                let refused = hub.merchant.post("/v1/charges", &charge_by(&hub.merchant.id, method)).await.expect(400);
                let message = format!("the merchant has no provider for {method} in BRL; nothing was charged");
                assert_eq!(refused.text("/error/message"), message, "{provider}");
                assert_eq!((hub.bank.operations(), hub.charges().await.len()), (0, 0), "{provider}");
                continue;
            }
            let id = hub.sells(method, 150).await;
            if method == Boleto {
                assert_not_refunded(&hub, &id, method).await;
            } else {
                let part = hub.merchant.voids(&id, &json!({"amount": 50})).await.expect(201);
                assert_eq!((part.text("/status"), &part.body["amount"]), ("authorized", &json!(100)), "{provider}");
                assert_eq!(
                    hub.merchant.voids(&id, &json!({})).await.expect(201).text("/status"),
                    "voided",
                    "{provider}"
                );
            }
            hub.assert_books_agree().await;
        }
    }
}

/// A charge with this status; none where no charge of this method can have it.
async fn charge_with_status(hub: &TestHub, method: PaymentType, status: Status) -> Option<String> {
    let merchant = &hub.merchant;
    let id = match (method, status) {
        (Pix | Drip | Boleto, Pending) => hub.merchant.charges(&charge_by(&merchant.id, method)).await,
        (Credit, Pending) => hub.merchant.charges(&with(charge_by(&merchant.id, Credit), "/amount", json!(992))).await,
        (Credit, PreAuthorized) => hub.merchant.charges(&reservation(&merchant.id)).await,
        (_, Authorized) => hub.sells(method, 150).await,
        (Credit, Failed) => hub.merchant.charges(&card_charge(&merchant.id, DECLINED)).await,
        (Pix | Drip | Boleto, Failed) => {
            let id = hub.merchant.charges(&charge_by(&merchant.id, method)).await;
            hub.provider.notifies(&hub.bank.reject(&reference(&id, 1))).await;
            id
        }
        (Credit, Canceled) => {
            let id = hub.merchant.charges(&reservation(&merchant.id)).await;
            hub.merchant.voids(&id, &json!({})).await.assert_status(201);
            id
        }
        (Pix, Canceled) => {
            let order = merchant.creates_session(&session(&merchant.id)).await;
            let superseded = hub.shopper.pays(&order, &by_pix()).await.expect(201).text("/chargeId").to_owned();
            hub.shopper.pays(&order, &by_card(DECLINED)).await.assert_status(201);
            superseded
        }
        (Credit | Drip, Voided) => {
            let id = hub.sells(method, 150).await;
            hub.merchant.voids(&id, &json!({})).await.assert_status(201);
            id
        }
        (Pix, Voided | RefundPending) => {
            let id = hub.sells(Pix, 150).await;
            hub.merchant.voids(&id, &json!({})).await.assert_status(201);
            if status == Voided {
                finish_refund(hub).await;
            }
            id
        }
        (_, ChargedBack) => {
            let id = hub.sells(method, 150).await;
            hub.provider.notifies(&hub.bank.charge_back(&reference(&id, 1), 150)).await;
            id
        }
        (Pix | Drip | Boleto, PreAuthorized)
        | (Drip | Boleto, Canceled)
        | (Boleto, Voided)
        | (Credit | Drip | Boleto, RefundPending) => return None,
    };
    assert_eq!(hub.merchant.reads_charge(&id).await.text("/status"), status.name(), "{method}");
    Some(id)
}

/// The statuses to which the sandbox can change a charge of this method and status. A failed or expired payment can
/// still be paid; a charge that was never captured cannot be charged back.
const fn possible(method: PaymentType, from: Status) -> &'static [Status] {
    match (method, from) {
        (_, Pending | Failed) | (Pix, Canceled) => &[Authorized],
        (Pix, Authorized) => &[Voided, RefundPending, ChargedBack],
        (Pix, RefundPending) | (Credit, Authorized) => &[Voided, ChargedBack],
        (Credit, PreAuthorized) | (Drip, Authorized) => &[Voided],
        (Pix | Credit, Voided) | (Boleto, Authorized) => &[ChargedBack],
        _ => &[],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tester_changes_a_charge_as_its_method_allows_and_not_otherwise() {
    let hub = TestHub::build().await;
    for method in PaymentType::ALL {
        for from in Status::ALL.iter().copied() {
            for to in Status::ALL.iter().copied() {
                let Some(id) = charge_with_status(&hub, method, from).await else { continue };
                let (before, happened) = (hub.merchant.reads_charge(&id).await, events(&hub, &id).await);
                let (books, _) = (hub.bank.books(), hub.engine.take_calls());
                let answer = make(&hub, &id, to).await;
                let can = possible(method, from);
                if can.contains(&to) {
                    answer.assert_status(200);
                    // The release of reserved money cancels the charge.
                    let made = if from == PreAuthorized { Canceled } else { to };
                    assert_eq!(answer.text("/status"), made.name(), "{method} {from}");
                    assert_eq!(hub.merchant.reads_charge(&id).await.body, answer.body);
                    let now = events(&hub, &id).await;
                    assert_eq!((now.len(), now.last()), (happened.len() + 1, Some(&made.name())), "{method} {from}");
                } else {
                    answer.assert_status(400);
                    let names: Vec<_> = can.iter().map(|status| status.name()).collect();
                    let else_ = if names.is_empty() { "nothing else".to_owned() } else { names.join(", ") };
                    let message = format!(
                        "the sandbox cannot make this charge {to}; nothing was changed. It can make it {else_}"
                    );
                    let error = (answer.text("/error/type"), answer.text("/error/message"));
                    assert_eq!(error, ("invalid_request_error", message.as_str()), "{method} {from}");
                    let written = hub.engine.take_calls().into_iter().filter(Call::is_write).count();
                    assert_eq!((written, hub.bank.books() == books), (0, true), "{method} {from} {to} left a trace");
                    assert_eq!(hub.merchant.reads_charge(&id).await.body, before.body);
                }
            }
        }
    }
    hub.pass(Duration::from_mins(2)).await;
    while hub.bank.bookings().iter().any(|booking| booking.result == "processing") {
        finish_refund(&hub).await;
    }
    finish_begun(&hub).await;
    hub.assert_books_agree().await;
}

/// The bank finishes the refunds that it has begun itself.
async fn finish_begun(hub: &TestHub) {
    for (payment, holding) in hub.bank.books().into_iter().filter(|(_, holding)| holding.ledger.promised > 0) {
        hub.provider.notifies(&hub.bank.refund(&payment, holding.ledger.promised)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn making_a_charge_voided_finishes_the_refund_under_way() {
    let hub = TestHub::build().await;
    let id = hub.sells(Pix, 150).await;
    hub.merchant.voids(&id, &json!({"amount": 40})).await.assert_status(201);
    let done = make(&hub, &id, Voided).await.expect(200);
    assert!(summary(&done).starts_with("authorized 110: void success 40, void processing 40, "), "{}", summary(&done));
    let begun = make(&hub, &id, RefundPending).await.expect(200);
    assert!(summary(&begun).starts_with("refund_pending 110: void processing 110, "), "{}", summary(&begun));
    let done = make(&hub, &id, Voided).await.expect(200);
    assert!(summary(&done).starts_with("voided 0: void success 110, void processing 110, "), "{}", summary(&done));
    // For a card, the refund is the residual amount.
    let id = hub.sells(Credit, 150).await;
    hub.merchant.voids(&id, &json!({"amount": 40})).await.assert_status(201);
    let done = make(&hub, &id, Voided).await.expect(200);
    assert!(summary(&done).starts_with("voided 0: void success 110, void success 40, "), "{}", summary(&done));
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tester_pays_and_voids_a_session_through_its_charge() {
    let hub = TestHub::build().await;
    let order = hub.merchant.creates_session(&session(&hub.merchant.id)).await;
    let id = hub.shopper.pays(&order, &by_pix()).await.expect(201).text("/chargeId").to_owned();
    // A session has its charge as soon as it is locked.
    let paid = make(&hub, &order.id, Authorized).await.expect(200);
    assert_eq!((paid.text("/id"), hub.merchant.session_status(&order).await.as_str()), (id.as_str(), "paid"));
    make(&hub, &order.id, RefundPending).await.assert_status(200);
    make(&hub, &order.id, Voided).await.assert_status(200);
    assert_eq!(
        (hub.merchant.reads_charge(&id).await.text("/status"), hub.merchant.session_status(&order).await.as_str()),
        ("voided", "voided")
    );
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_status_and_an_unknown_charge_are_refused() {
    let hub = TestHub::build().await;
    let (id, stranger) = (hub.merchant.charges(&charge_by(&hub.merchant.id, Pix)).await, hub.another_merchant().await);
    let path = format!("/v1/charges/{id}");
    for wrong in
        [json!({}), json!({"status": "created"}), json!({"status": "processed"}), json!({"status": 1}), json!([])]
    {
        let refused = hub.merchant.post(&path, &wrong).await.expect(400);
        assert_eq!(refused.text("/error/type"), "bad_request", "{wrong}");
    }
    stranger.post(&path, &json!({"status": "authorized"})).await.assert_status(404);
    let nothing = "/v1/charges/00000000-0000-4000-8000-000000000000";
    hub.merchant.post(nothing, &json!({"status": "authorized"})).await.assert_status(404);
    assert_eq!(hub.merchant.reads_charge(&id).await.text("/status"), "pending");
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_the_bank_refuses_changes_nothing() {
    let mut hub = TestHub::build().await;
    let id = hub.sells(Credit, 150).await;
    // The bank knows of a chargeback before the hub.
    let update = hub.bank.charge_back(&reference(&id, 1), 150);
    let before = hub.merchant.reads_charge(&id).await;
    let refused = make(&hub, &id, Voided).await.expect(424);
    assert_eq!(refused.text("/error/type"), "failed_dependency");
    hub.kill_and_restart_without_bank().await;
    make(&hub, &id, Voided).await.assert_status(424);
    assert_eq!(hub.merchant.reads_charge(&id).await.body, before.body);
    hub.kill_and_restart().await;
    hub.provider.notifies(&update).await;
    assert_eq!(hub.merchant.reads_charge(&id).await.text("/status"), "charged_back");
    hub.assert_books_agree().await;
}

/// The last digit of the shopper's document decides the fraud analysis, which moves no money.
#[tokio::test(flavor = "multi_thread")]
async fn a_fraud_analysis_follows_the_document_and_can_be_changed() {
    let hub = TestHub::build().await;
    let verdict = |answer: &Answer| answer.text("/transactionRequests/0/fraudAnalysis/status").to_owned();
    for (digit, expected) in
        (0..=9).zip(["pending", "approved", "failed"].into_iter().chain(std::iter::repeat("reproved")))
    {
        let analysis =
            json!({"customer": {"name": "Jose", "identity": format!("7291205301{digit}"), "identityType": "CPF"}});
        let charge = with(charge_by(&hub.merchant.id, Credit), "/fraudAnalysis", analysis);
        let made = hub.merchant.creates_charge(&charge).await;
        assert_eq!((verdict(&made).as_str(), made.text("/status")), (expected, "authorized"));
        let path = format!("/v1/charges/{}/antifraud", made.text("/id"));
        let happened = events(&hub, made.text("/id")).await;
        for status in ["approved", "reproved", "failed"] {
            let changed = hub.merchant.patch(&path, &json!({"status": status})).await.expect(200);
            assert_eq!((verdict(&changed).as_str(), changed.text("/status")), (status, "authorized"));
            assert_eq!(hub.merchant.reads_charge(made.text("/id")).await.body, changed.body);
        }
        for wrong in [json!({"status": "pending"}), json!({"status": "maybe"}), json!({})] {
            hub.merchant.patch(&path, &wrong).await.assert_status(400);
        }
        hub.another_merchant().await.patch(&path, &json!({"status": "approved"})).await.assert_status(404);
        assert_eq!(events(&hub, made.text("/id")).await, happened, "no money has moved");
    }
    let id = hub.merchant.charges(&charge_by(&hub.merchant.id, Credit)).await;
    let refused = hub.merchant.patch(&format!("/v1/charges/{id}/antifraud"), &json!({"status": "approved"})).await;
    let message = "this charge was made without fraudAnalysis; nothing was changed";
    assert_eq!(refused.expect(400).text("/error/message"), message);
    hub.assert_books_agree().await;
}

/// A caller of the same hub in production.
async fn in_production(hub: &TestHub) -> (Merchant, Serving) {
    let executor = Executor::new(Stage::Production, Some(hub.bank.url().to_owned())).unwrap();
    let flows = Hub::from(Parts { executor: executor.into(), ..hub.parts() });
    let template = Template::parse(TEXT).unwrap();
    let dispatch = move |name: &str, request| {
        let (flows, name) = (flows.clone(), name.to_owned());
        let answering: Answering = Box::pin(async move { Box::pin(call(&flows, &name, request)).await });
        answering
    };
    let host = Host::new(Routes::new(template.routes, template.fallback).unwrap(), template.cors, Box::new(dispatch));
    let serving = host.serve(TcpListener::bind("127.0.0.1:0").await.unwrap()).unwrap();
    (hub.merchant.at(&format!("http://{}", serving.address())), serving)
}

/// Each account at a provider that a merchant is made with could pay nothing, and would look as if it could.
#[tokio::test(flavor = "multi_thread")]
async fn no_account_that_cannot_pay_is_made_in_production() {
    let hub = TestHub::build().await;
    let executor = Executor::new(Stage::Production, None).unwrap();
    let production = Hub::from(Parts { executor: executor.into(), ..hub.parts() });
    let stored = hub.everything_stored().await.len();
    let refused = create_client(&production, "Loja", &[(Pix, ProviderType::Bb)]).await;
    assert!(matches!(refused, Err(Refusal::ProviderAccounts(problems)) if problems[0].fault == AccountFault::Sandbox));
    assert_eq!(hub.everything_stored().await.len(), stored);
    let made = create_client(&production, "Loja", &[]).await.unwrap();
    let merchant = merchant::find(&production, made.client, made.merchant).await.unwrap();
    assert_eq!((merchant.providers, merchant.former), (Vec::new(), Vec::new()));
}

/// A hub in production refuses the sandbox.
#[tokio::test(flavor = "multi_thread")]
async fn a_hub_in_production_has_no_sandbox() {
    let hub = TestHub::build().await;
    let (pending, taken) =
        (hub.merchant.charges(&charge_by(&hub.merchant.id, Pix)).await, hub.sells(Credit, 150).await);
    let reserved = hub.merchant.charges(&reservation(&hub.merchant.id)).await;
    let (production, _serving) = in_production(&hub).await;
    let (operations, books) = (hub.bank.operations(), hub.bank.books());
    for method in PaymentType::ALL {
        let refused = production.post("/v1/charges", &charge_by(&production.id, method)).await.expect(400);
        let message = format!("the merchant has no provider for {method} in BRL; nothing was charged");
        assert_eq!(refused.text("/error/message"), message);
    }
    let order = production.creates_session(&session(&production.id)).await;
    production.shopper().pays(&order, &by_card(APPROVED)).await.assert_status(400);
    let refused =
        production.post(&format!("/v1/charges/{pending}"), &json!({"status": "authorized"})).await.expect(404);
    let message = "this hub serves real payments: it has no sandbox to control; nothing was changed";
    assert_eq!((refused.text("/error/type"), refused.text("/error/message")), ("entity_not_found", message));
    production
        .patch(&format!("/v1/charges/{taken}/antifraud"), &json!({"status": "approved"}))
        .await
        .assert_status(404);
    // The sandbox's earlier charges cannot be refunded or captured in production either.
    for (id, change) in [(&taken, "void"), (&reserved, "capture"), (&reserved, "void")] {
        let attempt = production.post(&format!("/v1/charges/{id}/{change}"), &json!({})).await.expect(201);
        assert_eq!(attempt.text("/transactionRequests/0/requestStatus"), "internal_error", "{change}");
    }
    assert_eq!((hub.bank.operations(), hub.bank.books() == books), (operations, true), "something was sent");
    assert_eq!(hub.bank.books()[&reference(&reserved, 1)].status, BookedStatus::Reserved);
    hub.assert_books_agree().await;
}
