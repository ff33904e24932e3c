//! Lists: pages, order, filters, months, and the account that they belong to.

use std::time::Duration;

use domain::{
    charge::Charge,
    limits::{MAX_INTENT, MAX_ITEMS_JSON},
    merchant::ProviderType,
    method::PaymentType,
};
use serde_json::{Value, json};
use store::Store;
use tests::{
    Answer, Merchant, TestHub,
    bank::reference,
    engine::Fault,
    samples::{APPROVED, DECLINED, by_card, card_charge, drip_charge, pix_charge, session, with},
};

const DAY: Duration = Duration::from_hours(24);

/// The ids on a page, in its order.
fn ids(page: &Answer) -> Vec<String> {
    let items = page.body["items"].as_array().unwrap();
    items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

async fn list(merchant: &Merchant, path: &str, query: &str) -> Answer {
    merchant.get(&format!("/v1/{path}?{query}")).await.expect(200)
}

async fn listed(merchant: &Merchant, path: &str, query: &str) -> Vec<String> {
    ids(&list(merchant, path, query).await)
}

/// A charge, and then a second goes by, so that no two are created at the same instant.
async fn charge(hub: &TestHub, body: &Value) -> Value {
    let made = hub.merchant.creates_charge(body).await;
    hub.clock().advance(Duration::from_secs(1));
    made.body
}

fn id(thing: &Value) -> String {
    thing["id"].as_str().unwrap().to_owned()
}

/// `count` charges, oldest first.
async fn charges(hub: &TestHub, count: u64) -> Vec<String> {
    let body = card_charge(&hub.merchant.id, APPROVED);
    let mut ids = Vec::new();
    for amount in 1..=count {
        ids.push(id(&charge(hub, &with(body.clone(), "/amount", json!(amount))).await));
    }
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_cut_the_list_and_say_where_they_are() {
    let hub = TestHub::build().await;
    let all = charges(&hub, 17).await;
    for (query, page, limit, pages) in [
        ("", 1, 15, 2),
        ("page=2", 2, 15, 2),
        ("page=3", 3, 15, 2),
        ("limit=5", 1, 5, 4),
        ("page=4&limit=5", 4, 5, 4),
        ("page=1&limit=17", 1, 17, 1),
        ("page=17&limit=1", 17, 1, 17),
        ("page=10000&limit=100", 10_000, 100, 1),
    ] {
        let answer = list(&hub.merchant, "charges", query).await;
        let wanted: Vec<_> = all.iter().skip((page - 1) * limit).take(limit).cloned().collect();
        let meta = json!({"itemCount": wanted.len(), "totalItems": 17, "itemsPerPage": limit, "totalPages": pages,
                          "currentPage": page});
        assert_eq!((ids(&answer), &answer.body["meta"]), (wanted, &meta), "{query}");
    }
    let newest_first: Vec<_> = all.iter().rev().cloned().collect();
    assert_eq!(listed(&hub.merchant, "charges", "sort=DESC&limit=100").await, newest_first);
    assert_eq!(listed(&hub.merchant, "charges", "sort=ASC&limit=100").await, all);
    let third: Vec<_> = newest_first.iter().skip(10).take(5).cloned().collect();
    assert_eq!(listed(&hub.merchant, "charges", "page=3&limit=5&sort=DESC").await, third);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_a_throttled_table_leaves_unprocessed_are_asked_for_again_with_a_limit() {
    let hub = TestHub::build().await;
    let all = charges(&hub, 7).await;
    let throttle = |operation: &str, _: &Value| match operation {
        "BatchGetItem" => Fault::Unprocessed,
        _ => Fault::None,
    };
    let batches = || hub.engine.take_calls().iter().filter(|call| call.operation == "BatchGetItem").count();

    // Each batch reads one key. The sixth is the last.
    hub.engine.fail(throttle);
    batches();
    assert_eq!(listed(&hub.merchant, "charges", "limit=6").await, all.get(..6).unwrap());
    assert_eq!(batches(), 6);
    hub.merchant.get("/v1/charges?limit=7").await.assert_status(503);
    assert_eq!(batches(), 6);

    hub.engine.heal();
    assert_eq!(listed(&hub.merchant, "charges", "limit=7").await, all);
    assert_eq!(batches(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_list_has_no_pages() {
    let hub = TestHub::build().await;
    let meta = json!({"itemCount": 0, "totalItems": 0, "itemsPerPage": 15, "totalPages": 0, "currentPage": 1});
    for path in ["charges", "sessions"] {
        assert_eq!(list(&hub.merchant, path, "").await.body, json!({"items": [], "meta": meta}));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_of_a_list_is_what_a_read_of_it_shows() {
    let hub = TestHub::build().await;
    let order = hub.merchant.creates_session(&session(&hub.merchant.id)).await;
    let paid = hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201);
    let charges = list(&hub.merchant, "charges", "").await;
    let read = hub.merchant.reads_charge(paid.text("/chargeId")).await;
    assert_eq!(charges.body["items"], json!([read.body]));
    assert_eq!(
        list(&hub.merchant, "sessions", "").await.body["items"],
        json!([hub.merchant.reads_session(&order).await.body])
    );
}

/// For each query, which of the charges below it lists.
const CHARGE_FILTERS: &[(&str, &[usize])] = &[
    ("", &[0, 1, 2, 3]),
    ("status=authorized", &[0, 3]),
    ("status=failed,pending", &[1, 2]),
    ("status=pre_authorized", &[]),
    ("status=failed&status=pending", &[1, 2]),
    ("status[]=failed&status[]=pending", &[1, 2]),
    ("status=settled", &[]),
    ("status=settled,failed,pending", &[1, 2]),
    ("paymentType=nupay", &[]),
    ("providerType=ROVER", &[]),
    ("paymentType=pix", &[2]),
    ("paymentType=credit", &[0, 1, 3]),
    ("paymentType=pix,credit", &[0, 1, 2, 3]),
    ("providerType=STRIPE", &[0, 1, 3]),
    ("providerType=MERCADO_PAGO", &[2]),
    ("providerType=ADYEN,MERCADO_PAGO", &[2]),
    ("originalAmount=150", &[0, 1, 2]),
    ("originalAmount=100", &[3]),
    ("orderId=order-1", &[1]),
    ("orderId=order", &[]),
    ("status=authorized&originalAmount=150", &[0]),
    ("paymentType=pix&status=failed", &[]),
    // Client libraries leave falsy values out, or send them empty: neither filters.
    ("status=&orderId=&id=", &[0, 1, 2, 3]),
    ("splitRules=false", &[0, 1, 2, 3]),
];

#[tokio::test(flavor = "multi_thread")]
async fn each_filter_of_charges_includes_and_excludes() {
    let hub = TestHub::build().await;
    let (client, merchant) = (&hub.merchant, hub.merchant.id.as_str());
    let mut all = vec![charge(&hub, &card_charge(merchant, APPROVED)).await];
    all.push(charge(&hub, &with(card_charge(merchant, DECLINED), "/orderId", json!("order-1"))).await);
    all.push(charge(&hub, &pix_charge(merchant)).await);
    let order = client.creates_session(&session(merchant)).await;
    hub.shopper.pays(&order, &by_card(APPROVED)).await.assert_status(201);
    all.push(client.reads_charge(&order.id).await.body);
    hub.clock().advance(Duration::from_secs(1));

    let all: Vec<String> = all.iter().map(id).collect();
    for (query, wanted) in CHARGE_FILTERS {
        let wanted: Vec<_> = wanted.iter().filter_map(|index| all.get(*index).cloned()).collect();
        assert_eq!(listed(client, "charges", query).await, wanted, "{query}");
    }
    let unknown = "00000000-0000-4000-8000-000000000000";
    let [first, .., last] = all.as_slice() else { unreachable!("there are four") };
    for (query, wanted) in [
        (format!("id={first}"), vec![first.clone()]),
        (format!("id={unknown}"), vec![]),
        (format!("merchantId={merchant}"), all.clone()),
        (format!("merchantId={unknown}"), vec![]),
        (format!("sessionId={}", order.id), vec![last.clone()]),
        (format!("sessionId={unknown}"), vec![]),
    ] {
        assert_eq!(listed(client, "charges", &query).await, wanted, "{query}");
    }
    // The total counts what the filter leaves, and pages cut that.
    let page = list(client, "charges", "paymentType=credit&limit=2&page=2").await;
    assert_eq!((page.body["meta"]["totalItems"].as_u64(), ids(&page)), (Some(3), vec![last.clone()]));
    client.get("/v1/charges?splitRules=true").await.assert_status(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_filter_of_sessions_includes_and_excludes() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let mut all = Vec::new();
    for _ in 0..4 {
        all.push(merchant.creates_session(&session(&merchant.id)).await);
        hub.clock().advance(Duration::from_secs(1));
    }
    let [open, paid, canceled, inactive] = all.as_slice() else { unreachable!("there are four") };
    hub.shopper.pays(paid, &by_card(APPROVED)).await.assert_status(201);
    hub.merchant.cancels(canceled).await.assert_status(201);
    hub.merchant.switches(inactive, false).await.assert_status(200);
    for (query, wanted) in [
        ("", vec![open, paid, canceled, inactive]),
        ("status=created", vec![open, inactive]),
        ("status=paid", vec![paid]),
        ("status=canceled,paid", vec![paid, canceled]),
        ("status=voided", vec![]),
        ("isActive=true", vec![open, paid, canceled]),
        ("isActive=false", vec![inactive]),
        ("isActive=true,false", vec![open, paid, canceled, inactive]),
        ("status=created&isActive=true", vec![open]),
        ("status=created&sort=DESC", vec![inactive, open]),
    ] {
        let wanted: Vec<_> = wanted.iter().map(|order| order.id.clone()).collect();
        assert_eq!(listed(merchant, "sessions", query).await, wanted, "{query}");
    }
    let shown = list(merchant, "sessions", "status=paid").await;
    assert_eq!(shown.text("/items/0/publicKey"), paid.key, "with its key, as a read shows it");
}

/// 100 things, whose JSON together takes as many bytes as it may.
fn largest(item: impl Fn(&str) -> Value) -> Value {
    let bytes = |filled: usize| json!(vec![item(&"x".repeat(filled)); 100]).to_string().len();
    let filled = (1..255).take_while(|filled| bytes(*filled) <= MAX_ITEMS_JSON).last().unwrap();
    json!(vec![item(&"x".repeat(filled)); 100])
}

/// The gateway carries an answer of at most 6 MB.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_holds_100_of_the_largest_charges_and_sessions() {
    const MOST: usize = 5 * 1024 * 1024;

    let hub = TestHub::build().await;
    let (client, merchant) = (&hub.merchant, hub.merchant.id.as_str());
    // No printable character takes more bytes.
    let text = |characters: usize| "🐈".repeat(characters);
    let page = format!("https://loja.example/{}", "x".repeat(2048 - 21));
    let texts = json!({"orderId": text(255), "description": text(1000), "statementDescriptor": text(255)});
    let texts = texts.as_object().unwrap();

    let mut charge = drip_charge(merchant);
    charge.as_object_mut().unwrap().extend(texts.clone());
    let method = charge["paymentMethod"].as_object_mut().unwrap();
    method
        .insert("items".to_owned(), largest(|title| json!({"id": "1", "title": title, "quantity": 1, "unitPrice": 1})));
    method.insert("maxInstallments".to_owned(), json!(99));
    method.insert("browser".to_owned(), json!({"ipAddress": "127.0.0.1", "browserFingerprint": text(255)}));
    method.insert("successRedirectUrl".to_owned(), json!(page));
    method.insert("cancelRedirectUrl".to_owned(), json!(page));
    let mut order = session(merchant);
    order.as_object_mut().unwrap().extend(texts.clone());
    let item = |name: &str| json!({"name": name, "unitPrice": 1, "quantity": 1});
    let penalty = json!({"days": 365, "percentage": 99.99});
    let methods = json!([
        {"paymentType": "credit", "installments": 99},
        {"paymentType": "pix", "expiresIn": 2_592_000},
        {"paymentType": "boleto", "expiresDate": "2999-01-01", "maxDaysPastDue": 365, "instructions": text(255),
         "interest": penalty, "fine": penalty},
        {"paymentType": "drip", "successRedirectUrl": page, "cancelRedirectUrl": page},
    ]);
    for (field, value) in [("name", json!(text(255))), ("items", largest(item)), ("paymentMethods", methods)] {
        order.as_object_mut().unwrap().insert(field.to_owned(), value);
    }

    for number in 0..100 {
        let key = format!("{number:0255}");
        let made = client.post_with_key("/v1/charges", &charge, &key).await.expect(201);
        hub.provider.notifies(&hub.bank.pay(&reference(made.text("/id"), 1), 150)).await;
        client.post_with_key("/v1/sessions", &order, &key).await.assert_status(201);
    }
    for path in ["charges", "sessions"] {
        let page = list(client, path, "limit=100").await;
        assert_eq!((ids(&page).len(), &page.body["meta"]["totalItems"]), (100, &json!(100)));
        let bytes = page.body.to_string().len();
        assert!((MOST / 2..MOST).contains(&bytes), "{path}: {bytes}");
    }
    for charge in hub.charges().await {
        assert!(Store::fits(&charge).is_ok());
        let larger = Charge { description: Some("x".repeat(MAX_INTENT)), ..charge };
        assert!(matches!(Store::fits(&larger), Err(store::Error::TooLarge(MAX_INTENT))));
    }
    hub.assert_books_agree().await;
}

/// Months apart, because the index is cut by month: June's last day, July, and three months later.
#[tokio::test(flavor = "multi_thread")]
async fn times_of_creation_bound_a_list_over_months() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let mut times = Vec::new();
    let (mut charges, mut sessions) = (Vec::new(), Vec::new());
    for days in [0, 20, 20, 93, 31] {
        hub.clock().advance(DAY * days);
        let made = charge(&hub, &card_charge(&merchant.id, APPROVED)).await;
        let order = merchant.creates_session(&session(&merchant.id)).await;
        times.push(made["createdAt"].as_str().unwrap().to_owned());
        charges.push(id(&made));
        sessions.push(order.id);
    }
    let [first, second, third, fourth, fifth] = times.as_slice() else { unreachable!("there are five") };
    for (query, wanted) in [
        (String::new(), 0..5),
        (format!("created.gt={second}"), 2..5),
        (format!("created.lt={second}"), 0..1),
        (format!("created.gt={first}&created.lt={fourth}"), 1..3),
        (format!("created.gt={fifth}"), 5..5),
        (format!("created.lt={first}"), 0..0),
        (format!("created={third}"), 2..3),
        (format!("created={}", day(fourth)), 3..4),
        (format!("created.gt={}&created.lt={}", day(second), day(fifth)), 1..4),
        ("created.gt=2000-01-01T00:00:00.000Z&created.lt=9999-12-30T00:00:00.000Z".to_owned(), 0..5),
        ("created.gt=9999-12-30T22:00:00.000Z".to_owned(), 5..5),
        (format!("created.gt={fourth}&created.lt={second}"), 0..0),
    ] {
        let wanted: Vec<_> = charges.get(wanted).unwrap().to_vec();
        let newest_first: Vec<_> = wanted.iter().rev().cloned().collect();
        assert_eq!(listed(merchant, "charges", &query).await, wanted, "{query}");
        assert_eq!(listed(merchant, "charges", &format!("{query}&sort=DESC")).await, newest_first, "{query}");
    }
    let since_third = format!("created.gt={third}");
    assert_eq!(listed(merchant, "sessions", &since_third).await, sessions.get(2..).unwrap());
    assert_eq!(listed(merchant, "sessions", &format!("created.lt={third}")).await, sessions.get(..2).unwrap());
    // A page that reaches over the end of a month.
    assert_eq!(listed(merchant, "charges", "limit=2&page=2").await, charges.get(2..4).unwrap());
}

/// The day of an instant, in UTC.
fn day(instant: &str) -> &str {
    instant.split('T').next().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_lists_only_what_is_its_own() {
    let hub = TestHub::build().await;
    let stranger = hub.another_merchant().await;
    let mine = charge(&hub, &card_charge(&hub.merchant.id, APPROVED)).await;
    let my_order = hub.merchant.creates_session(&session(&hub.merchant.id)).await;
    let theirs = stranger.creates_charge(&card_charge(&stranger.id, APPROVED)).await;
    let their_order = stranger.creates_session(&session(&stranger.id)).await;
    hub.clock().advance(Duration::from_secs(1));
    assert_eq!(listed(&hub.merchant, "charges", "").await, [id(&mine)]);
    assert_eq!(listed(&hub.merchant, "sessions", "").await, [my_order.id]);
    assert_eq!(listed(&stranger, "charges", "").await, [theirs.text("/id")]);
    assert_eq!(listed(&stranger, "sessions", "").await, [their_order.id]);
    for query in [format!("id={}", id(&mine)), format!("merchantId={}", hub.merchant.id)] {
        assert_eq!(listed(&stranger, "charges", &query).await, [""; 0], "{query}");
    }
}

/// The public client library puts values into the address as they are, and leaves a bare `?` when it has none.
#[tokio::test(flavor = "multi_thread")]
async fn queries_come_as_client_libraries_write_them() {
    let hub = TestHub::build().await;
    let body = with(card_charge(&hub.merchant.id, APPROVED), "/orderId", json!("Pedido #7 (joão) a+b"));
    let made = charge(&hub, &body).await;
    for query in [
        "",
        "?",
        "?&&",
        "?created.gt=2023-12-26T03:00:00.000Z&page=1",
        "?created.gt=2023-12-26T00:00:00-03:00",
        "?status=authorized,failed&unknown=1",
        "?orderId=Pedido%20%237%20(jo%C3%A3o)%20a%2Bb",
        "?limit=5&limit=10&page=1",
        "?limit=10.0&page=1.0",
        "?created.gt=0001-01-01",
    ] {
        let page = hub.merchant.get(&format!("/v1/charges{query}")).await.expect(200);
        assert_eq!(ids(&page), [id(&made)], "{query}");
    }
    hub.merchant.get("/v1/sessions?").await.assert_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_filter_lists_the_charges_of_that_provider() {
    let hub = TestHub::with(&[(PaymentType::Credit, ProviderType::Adyen), (PaymentType::Pix, ProviderType::Bb)]).await;
    let card = charge(&hub, &card_charge(&hub.merchant.id, APPROVED)).await;
    let pix = charge(&hub, &pix_charge(&hub.merchant.id)).await;
    assert_eq!(listed(&hub.merchant, "charges", "providerType=ADYEN").await, [id(&card)]);
    assert_eq!(listed(&hub.merchant, "charges", "providerType=BB").await, [id(&pix)]);
    assert_eq!(listed(&hub.merchant, "charges", "providerType=STRIPE").await, [""; 0]);
}
