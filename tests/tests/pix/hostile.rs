//! A bank whose notifications are late, repeated, reordered or invented, and whose answers fail meanwhile. Each
//! notification is a reason to read and nothing more: the books agree, and a session is paid once.

use std::collections::BTreeMap;

use futures::future::join_all;
use serde_json::json;
use tests::{
    Merchant,
    fakes::{
        Fault, Reply,
        bcb_pix::{DevolucaoStatus, Received},
    },
    hub::LONG_AFTER,
    samples::{by_pix, part, pix_charge, session, whole},
    session::Session,
    shop::{
        Notice, Shop,
        bcb_pix::{BancoDoBrasil, Bank, Bs2, Rules, Standard},
        reference,
    },
};

use super::{DAY, HOUR, MINUTE, page};

/// Sessions of one attack.
const ORDERS: usize = 5;
/// What happens in one attack.
const STEPS: usize = 60;

/// Steele, Lea and Flood's `SplitMix64`.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(sides).unwrap()).unwrap()
    }
}

/// A bank and its hub, and the notifications that may still come, true or not.
struct Attack<R> {
    shop: Shop<Bank<R>>,
    dice: Dice,
    orders: Vec<Session>,
    /// The charges of the sessions, by their txids.
    charges: BTreeMap<String, String>,
    notices: Vec<Notice>,
}

impl<R: Rules> Attack<R> {
    async fn begin(seed: u64) -> Self {
        let shop = Shop::open().await;
        let mut orders = Vec::new();
        for _ in 0..ORDERS {
            orders.push(shop.hub.merchant.creates_session(&session(&shop.hub.merchant.id)).await);
        }
        let mut attack = Self { shop, dice: Dice(seed), orders, charges: BTreeMap::new(), notices: Vec::new() };
        for order in 0..ORDERS {
            attack.opens(order).await;
        }
        attack
    }

    fn merchant(&self) -> &Merchant {
        &self.shop.hub.merchant
    }

    /// The shopper asks for a code, where the session has none.
    async fn opens(&mut self, order: usize) {
        let made = self.shop.hub.shopper.pays(&self.orders[order], &by_pix()).await;
        if made.status == 201 {
            let charge = made.text("/chargeId").to_owned();
            self.charges.insert(reference(&charge, 1), charge);
        }
    }

    /// Any code.
    fn txid(&mut self) -> String {
        let at = self.dice.throw(self.charges.len());
        self.charges.keys().nth(at).unwrap().clone()
    }

    /// Any Pix of this code.
    fn received(&mut self, txid: &str) -> Option<Received> {
        let received = self.shop.fake().books().remove(txid)?.received;
        if received.is_empty() { None } else { Some(received[self.dice.throw(received.len())].clone()) }
    }

    /// One thing happens.
    async fn step(&mut self) {
        let txid = self.txid();
        match self.dice.throw(12) {
            0..3 => self.is_paid(&txid, 100),
            3 => {
                let charge = self.charges[&txid].clone();
                let body = if self.dice.throw(2) == 0 { whole() } else { part(30) };
                self.merchant().voids(&charge, &body).await;
            }
            4 => self.refund_ends(&txid),
            5 => self.is_disputed(&txid),
            6 => self.lies(&txid),
            7 => self.fails(),
            8 => {
                let order = self.dice.throw(ORDERS);
                self.opens(order).await;
            }
            9 => {
                let minutes = u32::try_from(self.dice.throw(20)).unwrap();
                self.shop.hub.pass(minutes * MINUTE).await;
            }
            _ => self.notifies().await,
        }
    }

    /// A shopper pays, where the code is not paid twice yet.
    fn is_paid(&mut self, txid: &str, cents: u64) {
        if self.shop.fake().books()[txid].received.len() < 2 {
            self.notices.push(self.shop.fake().pays_anyway(txid, cents).into());
        }
    }

    fn refund_ends(&mut self, txid: &str) {
        let Some(pix) = self.received(txid) else { return };
        let mut under_way = pix.devolucoes.iter().filter(|one| one.status == DevolucaoStatus::EmProcessamento);
        let Some(refund) = under_way.next() else { return };
        let ended = match self.dice.throw(3) {
            0 => self.shop.fake().fails(&pix.end_to_end_id, &refund.id, "Conta encerrada"),
            _ => self.shop.fake().settles(&pix.end_to_end_id, &refund.id),
        };
        self.notices.push(ended.with_devolucao_as_object().into());
    }

    /// The shopper's bank takes a part back of what was paid first.
    fn is_disputed(&mut self, txid: &str) {
        let received = &self.shop.fake().books()[txid].received;
        let [only] = received.as_slice() else { return };
        let given_back: u64 = only.devolucoes.iter().map(|one| one.cents).sum();
        if given_back + 20 <= only.cents && self.shop.fake().balance() >= 20 {
            self.notices.push(self.shop.fake().takes_back(&only.end_to_end_id, 20, "MED_FRAUDE").into());
        }
    }

    /// A notification is invented.
    fn lies(&mut self, txid: &str) {
        let fake = self.shop.fake();
        let invented = fake.invents(txid, 100);
        let lie: Notice = match self.dice.throw(5) {
            0 => invented.into(),
            1 => invented.says("/valor", &json!("0.01")).into(),
            2 => invented.says("/txid", &json!("c3e0e7a4e7f1469a9f782d3d4999343c001")).into(),
            3 => invented.clone().and(fake.invents("x", 100)).and(invented).into(),
            _ => {
                let refund = json!({
                    "id": reference(&self.charges[txid], 3), "rtrId": "D12345678202611290000abc00000001",
                    "valor": "1.00", "status": "DEVOLVIDO", "natureza": "MED_FRAUDE",
                });
                let mut body = invented.body();
                body["pix"][0]["devolucoes"] = json!([refund]);
                Notice { path: "/pix".to_owned(), headers: Vec::new(), body: body.to_string().into_bytes() }
            }
        };
        self.notices.push(lie);
    }

    /// The next answer of the bank is none.
    fn fails(&mut self) {
        let fault = match self.dice.throw(6) {
            0 => Fault::LoseRequest,
            1 => Fault::LoseAnswer,
            2 => Fault::HalfAnswer,
            3 => Fault::Instead(page(200)),
            4 => Fault::Refuse(Reply::empty(500)),
            _ => Fault::Instead(Reply::empty(200)),
        };
        let once = std::sync::Mutex::new(Some(fault));
        self.shop.account.server.treat(move |asked| {
            let is_it = !asked.path.ends_with("/token");
            is_it.then(|| once.lock().unwrap().take()).flatten()
        });
    }

    /// The bank sends a notification, which may come again.
    async fn notifies(&mut self) {
        if self.notices.is_empty() {
            return;
        }
        let at = self.dice.throw(self.notices.len());
        let notice = self.notices[at].clone();
        let copies = 1 + self.dice.throw(3);
        let sent = join_all((0..copies).map(|_| self.shop.account.sends(&self.shop.hub, &notice))).await;
        assert!(sent.into_iter().all(|answer| answer.unwrap().status == 200));
    }

    /// Everything comes in the end, the newest first; no fault is left.
    async fn end(self) {
        self.shop.account.server.treat_all_alike();
        for notice in self.notices.iter().rev() {
            self.shop.account.sends(&self.shop.hub, notice).await.unwrap().assert_status(200);
        }
        for time in [LONG_AFTER, 2 * HOUR, DAY, DAY, 8 * DAY] {
            self.shop.pass(time).await;
        }
        self.shop.assert_books_agree().await;
        self.assert_paid_once().await;
    }

    /// Of the payments of a session one is kept at most.
    async fn assert_paid_once(&self) {
        let books = self.shop.fake().books();
        let mut kept: BTreeMap<_, usize> = BTreeMap::new();
        for charge in self.shop.hub.charges().await {
            let booked = books.get(&charge.reference(1).to_string());
            let received = booked.map(|booked| booked.received.as_slice()).unwrap_or_default();
            let is_kept = |pix: &&Received| pix.in_status(DevolucaoStatus::Devolvido) < pix.cents;
            *kept.entry(charge.session).or_default() += received.iter().filter(is_kept).count();
        }
        assert_eq!(kept.len(), ORDERS);
        assert!(kept.values().all(|payments| *payments <= 1), "{kept:?}");
    }
}

async fn attacks<R: Rules>(seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let mut attack = Attack::<R>::begin(seed).await;
        for _ in 0..STEPS {
            attack.step().await;
        }
        attack.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_comes_from_any_bank_in_whatever_order_a_session_is_paid_once() {
    Box::pin(attacks::<Standard>(0..2)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_comes_from_banco_do_brasil_in_whatever_order_a_session_is_paid_once() {
    Box::pin(attacks::<BancoDoBrasil>(2..4)).await;
}

/// A charge of 150 minor units that its shopper can pay.
async fn charges<R: Rules>(shop: &Shop<Bank<R>>) -> String {
    shop.hub.merchant.charges(&pix_charge(&shop.hub.merchant.id)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_that_lies_about_the_amount_books_what_the_bank_says() {
    let shop = Shop::<Bank<Standard>>::open().await;
    for (said, paid) in [("999.99", 150), ("0.01", 150), ("1.50", 140), ("1.50", 160)] {
        let charge = charges(&shop).await;
        let true_one = shop.fake().pays(&reference(&charge, 1), paid);
        shop.delivers(&[true_one.says("/valor", &json!(said)).into()]).await;
        assert_eq!(
            shop.sees(&charge).await,
            format!("authorized {paid}: authorization success {paid}, pending success 150")
        );
    }
    shop.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_pix_and_refunds_in_one_notification_are_each_read() {
    let shop = Shop::<Bank<BancoDoBrasil>>::open().await;
    let (one, other, unpaid) = (charges(&shop).await, charges(&shop).await, charges(&shop).await);
    let fake = shop.fake();
    let first = fake.pays(&reference(&one, 1), 150);
    let second = fake.pays(&reference(&other, 1), 150);
    let (one_pix, other_pix) = (first.end_to_end_id().to_owned(), second.end_to_end_id().to_owned());
    shop.delivers(&[first.and(second).and(fake.invents(&reference(&unpaid, 1), 150)).into()]).await;
    for (charge, amount) in [(&one, 50), (&other, 150)] {
        shop.hub.merchant.voids(charge, &part(amount)).await.assert_status(201);
    }
    let settled = fake.settles(&one_pix, &reference(&one, 3));
    let failed = fake.fails(&other_pix, &reference(&other, 3), "Conta encerrada");
    let taken = fake.takes_back(&one_pix, 60, "MED_OPERACIONAL");
    shop.delivers(&[failed.and(settled).and(taken).into()]).await;
    assert_eq!(shop.hub.merchant.charge_status(&other).await, "authorized");
    assert_eq!(shop.hub.merchant.charge_status(&unpaid).await, "pending");
    let shown = shop.hub.merchant.reads_charge(&one).await;
    assert_eq!((shown.text("/status"), &shown.body["amount"]), ("charged_back", &json!(100)));
    // A notification of a Pix that is not paid yet is read once more.
    shop.hub.pass(2 * MINUTE).await;
    assert_eq!(shop.hub.merchant.charge_status(&unpaid).await, "pending");
    shop.assert_books_agree().await;
}

/// A customer of the same bank registers the address of another merchant, of the same client or another one.
#[tokio::test(flavor = "multi_thread")]
async fn a_notification_at_the_address_of_another_merchant_changes_nothing() {
    let shop = Shop::<Bank<Standard>>::open().await;
    let fields = tests::shop::Played::fields(shop.fake());
    let credentials = json!({"type": "account", "environment": "sandbox", "fields": fields});
    let body = json!({"mcc": "5912", "providers": [{"name": "BCB_PIX", "credentials": credentials}]});
    let mut second = shop.hub.merchant.clone();
    shop.hub.merchant.post("/v1/merchants", &body).await.expect(201).text("/id").clone_into(&mut second.id);
    for other in [shop.hub.another_merchant().await, second] {
        other.patch(&format!("/v1/merchants/{}", other.id), &body).await.assert_status(200);
        anothers_payment_is_not_read(&shop, &other).await;
    }
}

async fn anothers_payment_is_not_read(shop: &Shop<Bank<Standard>>, other: &Merchant) {
    let theirs = other.charges(&pix_charge(&other.id)).await;
    let paid = shop.fake().pays(&reference(&theirs, 1), 150);
    let reads = shop.account.server.count("GET", &reference(&theirs, 1));
    shop.delivers(&[paid.into()]).await;
    assert_eq!(shop.account.server.count("GET", &reference(&theirs, 1)), reads, "it is not even read");
    assert_eq!(other.charge_status(&theirs).await, "pending");
    // The schedule of the charge's own account finds the payment.
    shop.hub.pass(6 * MINUTE).await;
    assert_eq!(other.charge_status(&theirs).await, "authorized");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_notification_is_never_a_reason_to_send_it_for_ever() {
    let shop = Shop::<Bank<BancoDoBrasil>>::open().await;
    let charge = charges(&shop).await;
    let txid = reference(&charge, 1);
    let reads = shop.account.server.count("GET", &txid);
    for (body, status) in [
        ("", 200),
        ("{}", 200),
        (r#"{"pix":[]}"#, 200),
        (r#"{"pix":null}"#, 200),
        (r#"{"pix":[{"txid":null},{},{"txid":7}]}"#, 200),
        (r#"{"pix":{"txid":"of another"}}"#, 200),
        ("<html>", 400),
    ] {
        let notice = Notice { path: "/pix".to_owned(), headers: Vec::new(), body: body.as_bytes().to_vec() };
        let answer = shop.account.sends(&shop.hub, &notice).await.unwrap();
        assert_eq!(answer.status, status, "{body}: {}", answer.body);
    }
    assert_eq!(shop.account.server.count("GET", &txid), reads);
    assert_eq!(shop.hub.waiting_updates().await, [""; 0]);
}

/// What BS2 sends is not published.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_bs2_sends_is_accepted_and_the_hub_asks_by_itself() {
    let shop = Shop::<Bank<Bs2>>::open().await;
    let charge = charges(&shop).await;
    let txid = reference(&charge, 1);
    shop.fake().pays(&txid, 150);
    let reads = shop.account.server.count("GET", &txid);
    for body in [format!(r#"{{"pix":[{{"txid":"{txid}","valor":"1.50"}}]}}"#), "<html>".to_owned(), String::new()] {
        let notice = Notice { path: "/pix".to_owned(), headers: Vec::new(), body: body.into_bytes() };
        shop.account.sends(&shop.hub, &notice).await.unwrap().assert_status(200);
    }
    assert_eq!(
        (shop.account.server.count("GET", &txid), shop.hub.merchant.charge_status(&charge).await.as_str()),
        (reads, "pending")
    );
    shop.hub.pass(6 * MINUTE).await;
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "authorized");
    shop.assert_books_agree().await;
}
