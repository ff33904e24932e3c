//! Notifications and answers that lie, are forged, cut, or of something else.

use std::sync::Arc;

use domain::method::PaymentType::{Credit, Pix};
use futures::future::join_all;
use serde_json::{Value, json};
use tests::{
    fakes::{Fake, Fault, Reply, Server, adyen::Adyen, pagarme::Pagarme},
    log::{alarms, listen},
    samples::{APPROVED, by_card, charge_by, part, reservation, whole},
    shop::{Notice, Played, Shop, TwoShops, of_a_customer, reference},
};

use super::{DAY, HOUR, MINUTE};

/// Bodies that are no notification.
fn garbage() -> Vec<Vec<u8>> {
    let deep = [vec![b'['; 100_000], vec![b']'; 100_000]].concat();
    let texts = [
        "",
        " ",
        "{",
        "[]",
        "{}",
        "null",
        "true",
        "-1e999",
        "\"text\"",
        "<html></html>",
        r#"{"id":"hook_1","data":{"code":7}}"#,
        r#"{"id":{},"data":[]}"#,
        r#"{"live":"false","notificationItems":[]}"#,
        r#"{"live":false,"notificationItems":{}}"#,
        r#"{"live":"false","notificationItems":[{"NotificationRequestItem":null}]}"#,
        r#"{"live":"false","notificationItems":[{"NotificationRequestItem":{"amount":{"value":1.5}}}]}"#,
    ];
    let others = [vec![0xff, 0xfe, 0x00], deep, vec![b' '; 300 * 1024]];
    texts.into_iter().map(|text| text.as_bytes().to_vec()).chain(others).collect()
}

async fn takes_no_garbage<F: Played>() {
    let shop = Shop::<F>::open().await;
    let charge = shop.hub.merchant.charges(&of_a_customer(charge_by(&shop.hub.merchant.id, Pix))).await;
    let before = shop.hub.charge(&charge).await;
    for body in garbage() {
        let shown = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();
        let notice = Notice { path: String::new(), headers: Vec::new(), body };
        let answer = shop.account.sends(&shop.hub, &notice).await.unwrap();
        assert!(matches!(answer.status, 200 | 400 | 403 | 413), "{} to {shown}", answer.status);
    }
    assert_eq!(shop.hub.charge(&charge).await, before);
    assert!(shop.hub.waiting_updates().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_at_pagarmes_address_is_no_trouble_of_the_hub() {
    takes_no_garbage::<Pagarme>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_at_adyens_address_is_no_trouble_of_the_hub() {
    takes_no_garbage::<Adyen>().await;
}

/// Each field that Adyen signs is changed, and each notification is cut anywhere.
#[tokio::test(flavor = "multi_thread")]
async fn a_notification_of_adyen_that_is_changed_or_cut_changes_nothing() {
    let shop = Shop::<Adyen>::open().await;
    let charge = shop.hub.merchant.charges(&of_a_customer(charge_by(&shop.hub.merchant.id, Pix))).await;
    let other = shop.hub.merchant.charges(&of_a_customer(charge_by(&shop.hub.merchant.id, Pix))).await;
    shop.fake().pay(&shop.fake().payments()[0].psp_reference);
    let paid = shop.fake().take_notifications().pop().unwrap();
    assert_eq!(paid.merchant_reference, reference(&charge, 1));
    let honest = paid.body();
    let item = "/notificationItems/0/NotificationRequestItem";
    let changes = [
        ("pspReference", json!("993000000000000X")),
        ("originalReference", json!("993000000000000X")),
        ("merchantAccountCode", json!("OutraLoja")),
        ("merchantReference", json!(reference(&other, 1))),
        ("amount", json!({"currency": "BRL", "value": 151})),
        ("amount", json!({"currency": "USD", "value": 150})),
        ("eventCode", json!("CAPTURE")),
        ("success", json!("false")),
        ("additionalData", json!({})),
        ("additionalData", json!({"hmacSignature": ""})),
    ];
    for (field, value) in changes {
        let mut forged = honest.clone();
        forged.pointer_mut(item).unwrap()[field] = value;
        let notice = notice(&forged);
        shop.account.sends(&shop.hub, &notice).await.unwrap().assert_status(403);
    }
    let whole = honest.to_string();
    for end in (0..whole.len()).step_by(7) {
        let cut = Notice { body: whole.as_bytes()[..end].to_vec(), ..notice(&honest) };
        shop.account.sends(&shop.hub, &cut).await.unwrap().assert_status(400);
    }
    for unpaid in [&charge, &other] {
        assert_eq!(shop.hub.merchant.charge_status(unpaid).await, "pending");
    }
    shop.delivers(&[notice(&honest)]).await;
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "authorized");
    shop.assert_books_agree().await;
}

fn notice(body: &Value) -> Notice {
    Notice { path: String::new(), headers: Vec::new(), body: body.to_string().into_bytes() }
}

/// What Adyen signs and cannot be: the hub keeps what it knows, and an alarm says so.
#[tokio::test(flavor = "multi_thread")]
async fn what_adyen_signs_and_contradicts_itself_is_left_to_an_operator() {
    listen(super::LEVELS);
    let shop = Shop::<Adyen>::open().await;
    let charge = shop.hub.merchant.charges(&reservation(&shop.hub.merchant.id)).await;
    shop.hub.merchant.captures(&charge, &whole()).await.assert_status(201);
    shop.pass(HOUR).await;
    let reserved = shop.hub.merchant.charges(&reservation(&shop.hub.merchant.id)).await;
    let approved = shop.fake().take_notifications().pop().unwrap();
    shop.delivers(&[approved.clone().into()]).await;
    let requests = shop.hub.charge(&charge).await.requests;
    let captured = requests[0].answers.iter().find_map(|answer| answer.receipt.transaction_id.clone());
    let in_currency = |currency: &str, charge: &str, event: &str, psp: &str, value: i64| {
        let mut lie = approved.clone();
        let payment = if charge == reserved { Some(approved.psp_reference.clone()) } else { captured.clone() };
        (lie.merchant_reference, lie.currency) = (reference(charge, 1), currency.to_owned());
        (lie.event_code, lie.psp_reference, lie.value) = (event.to_owned(), psp.to_owned(), value);
        lie.original_reference = payment.filter(|_| event != "AUTHORISATION");
        Notice::from(lie)
    };
    let of = |charge: &str, event: &str, psp: &str, value: i64| in_currency("BRL", charge, event, psp, value);
    let before = [shop.sees(&charge).await, shop.sees(&reserved).await];
    let lies = [
        (of(&charge, "EXPIRE", "993000000000001X", 150), "captured_reservation_ended", &charge),
        (of(&charge, "REFUND", "993000000000002X", 151), "refund_above_residual", &charge),
        (in_currency("USD", &charge, "REFUND", "993000000000003X", 50), "another_currency", &charge),
        (in_currency("JPY", &reserved, "CAPTURE", "993000000000004X", 150), "another_currency", &reserved),
    ];
    for (lie, alarm, about) in lies {
        shop.delivers(&[lie]).await;
        assert!(alarms(alarm, about) > 0, "{alarm}");
        assert_eq!([shop.sees(&charge).await, shop.sees(&reserved).await], before, "{alarm}");
    }
    // A second approval is a payment of its own: it is released, and the first one stays.
    let again = of(&reserved, "AUTHORISATION", "993000000000005X", 150);
    for _ in 0..2 {
        shop.delivers(std::slice::from_ref(&again)).await;
        assert!(alarms("duplicate_payment", &reserved) > 0);
        let seen = "pre_authorized 150: pre_authorization success 150, pre_authorization success 150";
        assert!(shop.sees(&reserved).await.starts_with(seen), "{}", shop.sees(&reserved).await);
    }
    shop.pass(HOUR).await;
    let [held, kept] = [shop.held(&charge), shop.held(&reserved)];
    assert_eq!((held.net, held.debits, kept.reserved, kept.debits), (150, 1, 150, 1));
    let cancels: Vec<String> = shop.account.server.asked().into_iter().map(|asked| asked.path).collect();
    let cancels = |psp: &str| cancels.iter().any(|path| path.ends_with(&format!("/payments/{psp}/cancels")));
    assert!(cancels("993000000000005X") && !cancels(&approved.psp_reference), "the wrong one is released");
}

/// A refund that was never made does not come back in the place of another, and no more is credited than was debited.
#[tokio::test(flavor = "multi_thread")]
async fn what_adyen_signs_of_an_unknown_refund_or_credits_above_a_debit_adds_nothing() {
    listen(super::LEVELS);
    let shop = Shop::<Adyen>::open().await;
    let charge = shop.hub.merchant.charges(&charge_by(&shop.hub.merchant.id, Credit)).await;
    let approved = shop.fake().take_notifications().pop().unwrap();
    shop.delivers(&[approved.clone().into()]).await;
    shop.pass(HOUR).await;
    shop.hub.merchant.voids(&charge, &part(50)).await.assert_status(201);
    shop.pass(MINUTE).await;
    let before = shop.sees(&charge).await;
    let says = |event: &str, psp: &str, value: i64| {
        let mut said = approved.clone();
        (said.event_code, said.psp_reference, said.value) = (event.to_owned(), psp.to_owned(), value);
        said.original_reference = Some(approved.psp_reference.clone());
        Notice::from(said)
    };
    shop.delivers(&[says("REFUND_FAILED", "993000000000001X", 50)]).await;
    assert_eq!(shop.sees(&charge).await, before);
    shop.hub.pass(8 * DAY).await;
    assert!(alarms("unknown_notification", &charge) > 0);
    assert_eq!(shop.sees(&charge).await, before);
    shop.delivers(&[says("CHARGEBACK", "993000000000002X", 40), says("CHARGEBACK_REVERSED", "993000000000002X", 90)])
        .await;
    let back = shop.hub.merchant.reads_charge(&charge).await;
    assert_eq!((back.text("/status"), &back.body["amount"]), ("authorized", &json!(100)));
    let void = shop.hub.merchant.voids(&charge, &part(101)).await;
    assert_eq!(void.status, 400, "{}", void.body);
}

/// Answers to a read that are not about what was asked, or cannot be.
fn lying_reads() -> Vec<fn(&mut Value)> {
    vec![
        |orders| orders["data"][0]["code"] = json!("PEDIDO-42"),
        |orders| orders["data"][0]["charges"][0]["code"] = json!("PEDIDO-42"),
        |orders| orders["data"][0]["charges"][0]["amount"] = json!(151),
        |orders| orders["data"][0]["charges"][0]["currency"] = json!("USD"),
        |orders| orders["data"][0]["charges"][0]["payment_method"] = json!("pix"),
        |orders| orders["data"][0]["charges"][0]["id"] = json!("../orders/1"),
        |orders| orders["data"][0]["charges"][0]["status"] = json!("processing"),
        |orders| orders["data"][0]["charges"] = json!([]),
        |orders| {
            let charge = orders["data"][0]["charges"][0].clone();
            orders["data"][0]["charges"] = json!([charge, charge]);
        },
        |orders| {
            let order = orders["data"][0].clone();
            orders["data"] = json!([order, order]);
        },
        |orders| *orders = json!({"data": null}),
        |orders| *orders = json!([]),
    ]
}

/// Reads are answered by this change of the honest answer.
fn lie_to_reads(server: &Server, fake: &Arc<Pagarme>, lie: fn(&mut Value)) {
    let fake = Arc::clone(fake);
    server.treat(move |asked| {
        (asked.method == "GET").then(|| {
            let mut said = serde_json::from_slice(&fake.answer(asked).body).unwrap();
            lie(&mut said);
            Fault::Refuse(Reply::json(200, &said))
        })
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_that_is_not_about_the_payment_is_no_answer() {
    let shop = Shop::<Pagarme>::open().await;
    let server = &shop.account.server;
    let mut charges = Vec::new();
    for _ in 0..3 {
        server.treat_next("POST", "/orders", Fault::LoseAnswer);
        charges.push(shop.hub.merchant.charges(&charge_by(&shop.hub.merchant.id, Credit)).await);
    }
    for lie in lying_reads() {
        lie_to_reads(server, &shop.account.fake, lie);
        let seen = server.count("GET", "/orders");
        shop.hub.pass(HOUR).await;
        assert!(server.count("GET", "/orders") > seen);
        for charge in &charges {
            // A notification makes the hub read, and is kept where the read says nothing.
            shop.delivers(&[shop.fake().notifies("charge.paid", &reference(charge, 1)).into()]).await;
            assert_eq!(shop.sees(charge).await, "pending 150: authorization processing 150");
        }
    }
    server.treat_all_alike();
    shop.pass(DAY).await;
    for charge in &charges {
        assert_eq!(shop.sees(charge).await, "authorized 150: authorization success 150");
    }
    shop.assert_books_agree().await;
    assert_eq!(server.count("POST", "/orders"), 3);
}

/// The provider finds the payment only after the hub has ended it, and another card has paid the session.
#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_its_provider_finds_too_late_is_given_back() {
    let shop = Shop::<Pagarme>::open().await;
    let server = &shop.account.server;
    server.treat_next("POST", "/orders", Fault::LoseAnswer);
    let body = by_card(APPROVED);
    let (session, lost) = shop.hub.merchant.opens_locked_session(&body).await;
    lie_to_reads(server, &shop.account.fake, |orders| orders["data"] = json!([]));
    shop.hub.pass(HOUR).await;
    assert_eq!(shop.hub.merchant.sees(&session, &lost).await, "failed, created");
    server.treat_all_alike();
    shop.hub.shopper.pays(&session, &body).await.assert_status(201);
    shop.delivers(&[shop.fake().notifies("charge.paid", &reference(&lost, 1)).into()]).await;
    shop.pass(2 * MINUTE).await;
    assert_eq!(shop.held(&lost).debited(), 0, "{}", shop.sees(&lost).await);
    assert_eq!(shop.hub.merchant.session_status(&session).await, "paid");
    shop.assert_books_agree().await;
}

/// The provider notifies of a payment and answers no read: the notification waits, and nothing is lost.
#[tokio::test(flavor = "multi_thread")]
async fn a_notification_whose_payment_cannot_be_read_now_waits() {
    let shop = Shop::<Pagarme>::open().await;
    let html = Reply { status: 200, headers: Vec::new(), body: b"<html></html>".to_vec() };
    let silence = [
        Fault::Refuse(Pagarme::failure()),
        Fault::Refuse(html),
        Fault::Refuse(Reply::empty(200)),
        Fault::HalfAnswer,
        Fault::LoseAnswer,
    ];
    for fault in silence {
        let charge = shop.hub.merchant.charges(&of_a_customer(charge_by(&shop.hub.merchant.id, Pix))).await;
        let paid = shop.fake().pays(&reference(&charge, 1), 150);
        let fails = fault.clone();
        shop.account.server.treat(move |_| Some(fails.clone()));
        shop.delivers(&[paid.into()]).await;
        assert_eq!(shop.hub.merchant.charge_status(&charge).await, "pending", "{fault:?}");
        assert_eq!(shop.hub.waiting_updates().await.len(), 1, "{fault:?}");
        shop.account.server.treat_all_alike();
        shop.pass(HOUR).await;
        assert_eq!(shop.hub.merchant.charge_status(&charge).await, "authorized", "{fault:?}");
        shop.assert_books_agree().await;
    }
}

/// Many calls at once, of which all are the same or about the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_notifications_pays_once() {
    async fn storm<F: Played>() {
        let shop = Shop::<F>::open().await;
        let charge = shop.hub.merchant.charges(&of_a_customer(charge_by(&shop.hub.merchant.id, Pix))).await;
        let paid = shop.fake().is_paid(&reference(&charge, 1), 150);
        let calls = (0..12).flat_map(|_| &paid).map(|notice| shop.account.sends(&shop.hub, notice));
        for answer in join_all(calls).await {
            answer.unwrap().assert_status(200);
        }
        shop.pass(HOUR).await;
        assert_eq!(shop.sees(&charge).await, "authorized 150: authorization success 150, pending success 150");
        shop.assert_books_agree().await;
    }
    storm::<Pagarme>().await;
    storm::<Adyen>().await;
}

/// One account's notifications say nothing of what was paid by another account.
#[tokio::test(flavor = "multi_thread")]
async fn a_notification_of_another_accounts_payment_changes_nothing() {
    let shops = TwoShops::<Pagarme, Adyen>::open().await;
    let (hub, adyen) = (&shops.hub, &shops.second.fake);
    let paid_there = hub.merchant.charges(&charge_by(&hub.merchant.id, Credit)).await;
    let unpaid = hub.merchant.charges(&of_a_customer(charge_by(&hub.merchant.id, Pix))).await;
    // A payment of Adyen's, which the first account refuses.
    shops.first.fake.next_card(tests::fakes::pagarme::Decision::Decline("51"));
    let other = hub.merchant.charges(&charge_by(&hub.merchant.id, Credit)).await;
    let approved = adyen.take_notifications().pop().unwrap();
    shops.second.delivers(hub, &[approved.clone().into()]).await;
    let before = [hub.charge(&paid_there).await, hub.charge(&unpaid).await, hub.charge(&other).await];
    for (charge, event) in [(&unpaid, "AUTHORISATION"), (&paid_there, "CHARGEBACK"), (&paid_there, "CANCELLATION")] {
        let mut lie = approved.clone();
        (lie.merchant_reference, lie.event_code) = (reference(charge, 1), event.to_owned());
        shops.second.delivers(hub, &[lie.into()]).await;
    }
    let look = json!({"id": "hook_1", "type": "charge.paid", "data": {"code": reference(&other, 2)}});
    shops.first.delivers(hub, &[notice(&look)]).await;
    let asked = shops.first.server.count("GET", "/orders");
    shops.pass(MINUTE).await;
    assert_eq!([hub.charge(&paid_there).await, hub.charge(&unpaid).await, hub.charge(&other).await], before);
    assert_eq!(shops.first.server.count("GET", "/orders"), asked);
    let held: Vec<_> = shops.first.fake.books().into_values().chain(adyen.books().into_values()).collect();
    assert_eq!(held.iter().filter(|held| held.debited() > 0).count(), 2);
}
