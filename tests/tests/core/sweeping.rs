//! One sweep, by counts: however much is due, an urgent charge is not delayed. No provider account gets more requests
//! at once than the hub allows.

use std::{
    collections::HashMap,
    future::Future,
    sync::atomic::{AtomicUsize, Ordering},
};

use aws_local::engine::HUB_TABLE;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use flows::{
    Clock,
    sweep::{PER_ACCOUNT, Swept},
};
use futures::{StreamExt, stream};
use serde_json::Value;
use tests::{
    Merchant, TestHub,
    bank::{BankReply, Treatment, reference},
    samples::pix_charge,
};

use super::{Boleto, Credit, DAY, MINUTE, Pix, alarmed, answers_no_query, hub};

/// How many items one call writes, and how many calls run at once.
const BATCH: usize = 25;
const WRITERS: usize = 4;

pub(super) type Item = HashMap<String, AttributeValue>;

/// A client of the tables without faults and without the roles of functions.
fn dynamo(hub: &TestHub) -> aws_sdk_dynamodb::Client {
    hub.engine.direct()
}

/// A charge as it is stored.
pub(super) async fn item_of(hub: &TestHub, charge: &str) -> Item {
    let key = |text: String| AttributeValue::S(text);
    let read = dynamo(hub).get_item().table_name(HUB_TABLE);
    let read = read.key("PK", key(format!("CHARGE#{charge}"))).key("SK", key("CHARGE".to_owned()));
    read.send().await.unwrap().item.unwrap()
}

async fn put(hub: &TestHub, item: Item) {
    dynamo(hub).put_item().table_name(HUB_TABLE).set_item(Some(item)).send().await.unwrap();
}

fn text<'a>(item: &'a Item, name: &str) -> &'a str {
    item[name].as_s().unwrap()
}

/// A copy of a charge under another id, due at the same time.
fn another(item: &Item) -> (String, Item) {
    static MADE: AtomicUsize = AtomicUsize::new(0);
    let (number, mut item) = (MADE.fetch_add(1, Ordering::Relaxed), item.clone());
    let byte = number % 256;
    let id = format!("{byte:02x}{number:06x}-0000-4000-8000-000000000000");
    let old = text(&item, "PK").strip_prefix("CHARGE#").unwrap().to_owned();
    let shard = text(&item, "GSI2PK").rsplit_once('#').unwrap().0.to_owned();
    let mark = text(&item, "GSI2SK").replace(&old, &id);
    let mut set = |name: &str, text: String| item.insert(name.to_owned(), AttributeValue::S(text));
    set("PK", format!("CHARGE#{id}"));
    set("GSI2PK", format!("{shard}#{:02}", byte % 16));
    set("GSI2SK", mark);
    (id, item)
}

/// Stores `count` copies of a charge and returns their ids.
async fn copies(hub: &TestHub, charge: &str, count: usize) -> Vec<String> {
    let (item, dynamo) = (item_of(hub, charge).await, dynamo(hub));
    let (ids, items): (Vec<String>, Vec<Item>) = (0..count).map(|_| another(&item)).unzip();
    let batches = items.chunks(BATCH).map(|few| {
        let put = |item: &Item| {
            let put = PutRequest::builder().set_item(Some(item.clone())).build().unwrap();
            WriteRequest::builder().put_request(put).build()
        };
        let writes: Vec<WriteRequest> = few.iter().map(put).collect();
        dynamo.batch_write_item().request_items(HUB_TABLE, writes).send()
    });
    let written: Vec<_> = stream::iter(batches).buffer_unordered(WRITERS).collect().await;
    assert!(
        written.into_iter().all(|written| written.is_ok_and(|it| it.unprocessed_items.is_none_or(|it| it.is_empty())))
    );
    ids
}

/// The charges that the hub queried, in order.
fn queries(hub: &TestHub) -> Vec<String> {
    let asked = hub.bank.asked().into_iter().filter(|asked| asked["operation"] == "query");
    asked.map(|asked| asked["reference"].as_str().unwrap()[..32].to_owned()).collect()
}

fn hex(charge: &str) -> String {
    charge.replace('-', "")
}

/// Sweeps until `seen` has happened.
async fn sweep_until(hub: &TestHub, seen: impl Future<Output = ()>) {
    tokio::select! {
        biased;
        () = seen => {}
        swept = hub.sweep() => panic!("the sweep ended before that: {swept:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn six_thousand_queries_run_in_one_sweep_and_never_more_of_one_account_at_once_than_allowed() {
    // The clock of this hub stands still, so that the counts do not depend on the machine's speed.
    let hub = TestHub::build_by(Clock::still()).await;
    let first = hub.merchant.charges_by(Pix, 150).await;
    let mut due = copies(&hub, &first, 5999).await;
    due.push(first);
    hub.clock().advance(6 * MINUTE);
    // The bank answers the first queries when as many run at once as the hub allows.
    hub.bank.treat(|asked| (asked["operation"] == "query").then_some(Treatment::Reply(BankReply::AnswerLate)));
    let most = async {
        hub.bank.has_at_once(PER_ACCOUNT).await;
        hub.bank.let_answer();
    };
    let (swept, ()) = tokio::join!(hub.sweep(), most);
    assert_eq!((swept.asked, swept.failed), (6000, 0));
    let (mut asked, mut expected) = (queries(&hub), due.iter().map(|id| hex(id)).collect::<Vec<_>>());
    asked.sort_unstable();
    expected.sort_unstable();
    assert!(asked == expected, "the hub sends one query for each charge, and sent {}", asked.len());
    assert_eq!(hub.bank.most_at_once(), PER_ACCOUNT);
    assert_eq!(hub.sweep().await, Swept::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_hangs_holds_up_no_other() {
    let hub = hub().await;
    let other = hub.another_merchant().await;
    let hanging = hub.merchant.charges_by(Pix, 150).await;
    copies(&hub, &hanging, 500).await;
    let waiting = pix_of(&other).await;
    hub.clock().advance(6 * MINUTE);
    hub.bank.treat(|asked| (asked["operation"] == "query").then_some(Treatment::Reply(BankReply::AnswerLate)));
    sweep_until(&hub, hub.bank.has_at_once(PER_ACCOUNT + 1)).await;
    assert!(queries(&hub).contains(&hex(&waiting)));
    hub.bank.let_answer();
}

async fn pix_of(merchant: &Merchant) -> String {
    merchant.charges(&pix_charge(&merchant.id)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_thousand_due_boletos_delay_a_card_of_unknown_outcome_by_no_sweep() {
    let hub = hub().await;
    let boleto = hub.merchant.charges_by(Boleto, 150).await;
    copies(&hub, &boleto, 49_999).await;
    hub.clock().advance(8 * DAY);
    hub.bank.treat(answers_no_query);
    hub.bank.expect([BankReply::LoseAnswer]);
    let card = hub.merchant.charges_by(Credit, 150).await;
    hub.clock().advance(2 * MINUTE);
    // The queries of the boletos hang, at the card's own account.
    let of_card = reference(&card, 1);
    hub.bank.treat(move |asked| {
        let is_other = asked["operation"] == "query" && asked["reference"] != of_card;
        is_other.then_some(Treatment::Reply(BankReply::AnswerLate))
    });
    sweep_until(&hub, async { while hub.merchant.charge_status(&card).await != "authorized" {} }).await;
    assert!(queries(&hub).len() <= PER_ACCOUNT + 1, "{}", queries(&hub).len());
    hub.bank.let_answer();
}

/// A stored charge whose document `change` has changed.
fn with_document(mut item: Item, change: impl FnOnce(&mut Value)) -> Item {
    let mut document: Value = serde_json::from_str(text(&item, "doc")).unwrap();
    change(&mut document);
    item.insert("doc".to_owned(), AttributeValue::S(document.to_string()));
    item
}

#[tokio::test(flavor = "multi_thread")]
async fn charges_that_cannot_be_read_or_stored_hold_up_no_sweep() {
    let hub = hub().await;
    let good = hub.merchant.charges_by(Pix, 150).await;
    let like = item_of(&hub, &good).await;
    let mut good_ones = copies(&hub, &good, 99).await;
    good_ones.push(good);
    let (_, mut broken) = another(&like);
    broken.insert("doc".to_owned(), AttributeValue::S("{".to_owned()));
    put(&hub, broken).await;
    // Its payment makes it larger than an item of the table can be.
    let (huge, item) = another(&like);
    let room = 400 * 1024 - 40 - item.iter().map(|(name, value)| name.len() + size(value)).sum::<usize>();
    put(&hub, with_document(item, |document| document["d"] = "x".repeat(room).into())).await;
    hub.clock().advance(6 * MINUTE);
    let paid = |asked: &Value| {
        let paid = serde_json::json!({"result": "paid", "amount": 150, "transactionId": "E2E"});
        (asked["operation"] == "query").then_some(Treatment::Answer(paid))
    };
    hub.bank.treat(paid);
    let swept = hub.sweep().await;
    assert_eq!((swept.asked, swept.failed), (101, 1));
    for id in &good_ones {
        assert_eq!(hub.merchant.charge_status(id).await, "authorized");
    }
    assert_eq!(
        (hub.bank.queries_of(&reference(&huge, 1)), hub.merchant.charge_status(&huge).await.as_str()),
        (1, "pending")
    );
    assert_eq!(alarmed("outcome_not_stored", &huge), 1);
    // The next sweep skips the charge during its backoff, and finds the unreadable one again.
    assert_eq!(hub.sweep().await, Swept { failed: 1, ..Swept::default() });
    assert_eq!(hub.bank.queries_of(&reference(&huge, 1)), 1);
}

fn size(value: &AttributeValue) -> usize {
    value.as_s().or_else(|_| value.as_n()).map_or(1, String::len)
}
