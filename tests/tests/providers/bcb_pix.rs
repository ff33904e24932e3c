//! Banks with the API Pix: the whole life of a Pix, and notifications that are late, repeated, reordered, invented or lost.

use std::{sync::Arc, time::Duration};

use domain::{charge::update::Reference, merchant::ProviderType};
use flows::{
    Clock, PublicUrl,
    account::provider::{self, NotRegistered, Registered},
    provider::{
        notification,
        stand_in::{Roots, StandIns},
    },
};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    Answer, TestHub,
    fakes::{
        Fault, Reply, Server,
        bcb_pix::{Authority, BcbPix, CobStatus, DevolucaoStatus, Notification, Profile},
    },
    hub::LONG_AFTER,
    log,
    samples::{by_pix, part, pix_charge, session, summary, whole, with},
};

/// What BS2 gives each of its customers.
const AGENT: &str = "Loja da Maria/1.0";
const DAY: Duration = Duration::from_hours(24);

/// A hub whose merchant has an account at one bank, and nowhere else.
struct Shop {
    hub: TestHub,
    bank: Arc<BcbPix>,
    server: Server,
    /// Where the bank calls the hub, without `/pix`.
    path: String,
}

impl Shop {
    async fn open(profile: Profile) -> Self {
        Self::open_with(profile, None).await
    }

    /// The same with another client secret.
    async fn open_with(profile: Profile, secret: Option<&str>) -> Self {
        let clock = Clock::still();
        let bank = Arc::new(BcbPix::new(profile, clock.clone()));
        let server = Server::open(Arc::clone(&bank) as _).await;
        let kind = kind(profile);
        let stand_in = format!("{kind}={}", server.url()).parse().unwrap();
        let stand_ins = StandIns::new(vec![stand_in], Roots::default()).unwrap();
        let hub = TestHub::build_beside(clock, stand_ins).await;
        let fields = fields(&bank, secret);
        let credentials = json!({"type": "account", "environment": "sandbox", "fields": fields});
        let change = json!({"providers": [{"name": kind.name(), "credentials": credentials}]});
        hub.merchant.patch(&format!("/v1/merchants/{}", hub.merchant.id), &change).await.assert_status(200);
        let (client, merchant) = (hub.merchant.client_id.parse().unwrap(), hub.merchant.id.parse().unwrap());
        let stored = hub.store().stored_merchant(client, merchant, hub.clock().now()).await.unwrap().unwrap();
        let account = stored.accounts_at(kind).next().unwrap();
        let address = notification::address(hub.flows(), client, merchant, account).await.unwrap();
        let path = address[address.find("/v1/callbacks/").unwrap()..].to_owned();
        Self { hub, bank, server, path }
    }

    /// A charge of 150 minor units that its shopper can pay.
    async fn charges(&self) -> String {
        let made = self.hub.merchant.creates_charge(&pix_charge(&self.hub.merchant.id)).await;
        assert_eq!(made.text("/status"), "pending", "{}", made.body);
        assert!(made.text("/paymentMethod/qrCodeData").starts_with("000201"), "{}", made.body);
        made.text("/id").to_owned()
    }

    /// A charge of 150 minor units that is paid, and the end-to-end id that paid it.
    async fn sells(&self) -> (String, String) {
        let charge = self.charges().await;
        let notification = self.bank.pays(&txid(&charge), 150);
        self.delivers(&notification).await;
        assert_eq!(self.sees(&charge).await, "authorized 150: authorization success 150, pending success 150");
        (charge, notification.end_to_end_id().to_owned())
    }

    /// The bank calls the hub with this body.
    async fn sends(&self, body: &Value) -> Answer {
        let body = Some(body.to_string().into_bytes());
        self.hub.merchant.send_with(Method::POST, &format!("{}/pix", self.path), &[], body).await.unwrap()
    }

    /// Delivers a notification, twice.
    async fn delivers(&self, notification: &Notification) {
        for _ in 0..2 {
            assert_eq!(self.sends(&notification.body()).await.expect(200).body, json!({}));
        }
    }

    async fn sees(&self, charge: &str) -> String {
        summary(&self.hub.merchant.reads_charge(charge).await)
    }

    async fn voids(&self, charge: &str, body: &Value) -> Answer {
        self.hub.merchant.voids(charge, body).await.expect(201)
    }

    /// The reference of the newest devolução of a Pix, and its status at the bank.
    fn devolucao(&self, charge: &str) -> (String, DevolucaoStatus) {
        let booked = self.bank.books().remove(&txid(charge)).unwrap();
        let last = booked.received.last().unwrap().devolucoes.last().unwrap();
        (last.id.clone(), last.status)
    }

    /// What shoppers have paid in the end, by the bank's books and by the hub: they agree.
    async fn assert_books_agree(&self) {
        for (txid, booked) in self.bank.books() {
            let reference: Reference = txid.parse().unwrap();
            let shown = self.hub.merchant.reads_charge(&reference.charge.to_string()).await;
            let kept = match shown.text("/status") {
                "authorized" | "charged_back" => shown.body["amount"].as_u64().unwrap(),
                _ => 0,
            };
            let med: u64 = booked
                .received
                .iter()
                .flat_map(|received| &received.devolucoes)
                .filter(|one| one.natureza.as_deref().is_some_and(|word| word.starts_with("MED")))
                .map(|one| one.cents)
                .sum();
            // A chargeback leaves the amount as it is.
            assert_eq!(booked.net() + med, kept, "{booked:?} {}", shown.body);
        }
        assert_eq!(self.hub.waiting_updates().await, [""; 0]);
    }
}

const fn kind(profile: Profile) -> ProviderType {
    match profile {
        Profile::Standard => ProviderType::BcbPix,
        Profile::BancoDoBrasil => ProviderType::Bb,
        Profile::Bs2 => ProviderType::Bs2,
    }
}

/// The fields of an account at this bank.
pub(crate) fn fields(bank: &BcbPix, secret: Option<&str>) -> Value {
    let account = bank.account();
    let certificate = Authority::new().client();
    let mut fields = json!({
        "clientId": account.client_id, "clientSecret": secret.unwrap_or(&account.client_secret),
        "pixKey": account.keys[1],
    });
    match bank.profile() {
        Profile::Standard => {
            fields["baseUrl"] = json!(format!("https://pix.bank.example{}", bank.profile().prefix()));
            fields["tokenUrl"] = json!(format!("https://pix.bank.example{}", bank.profile().token_path()));
        }
        Profile::BancoDoBrasil => {
            fields["appKey"] = json!(account.app_key);
            fields["certificate"] = json!(certificate.chain);
            fields["privateKey"] = json!(certificate.key);
        }
        Profile::Bs2 => fields["userAgent"] = json!(AGENT),
    }
    fields
}

fn txid(charge: &str) -> String {
    Reference { charge: charge.parse().unwrap(), number: 1 }.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pix_is_paid_and_refunded_in_parts() {
    for profile in [Profile::Standard, Profile::BancoDoBrasil] {
        let shop = Shop::open(profile).await;
        let (charge, end_to_end_id) = shop.sells().await;
        for amount in [50, 100] {
            let asked = shop.voids(&charge, &part(amount)).await;
            assert_eq!(asked.text("/status"), "refund_pending");
            let (id, status) = shop.devolucao(&charge);
            assert_eq!(status, DevolucaoStatus::EmProcessamento);
            shop.delivers(&shop.bank.settles(&end_to_end_id, &id)).await;
        }
        assert_eq!(shop.hub.merchant.charge_status(&charge).await, "voided");
        shop.assert_books_agree().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pix_of_bs2_is_found_paid_by_asking_and_is_not_refunded() {
    let shop = Shop::open(Profile::Bs2).await;
    let charge = shop.charges().await;
    shop.bank.pays(&txid(&charge), 150);
    shop.hub.pass(Duration::from_mins(6)).await;
    assert_eq!(shop.sees(&charge).await, "authorized 150: authorization success 150, pending success 150");
    shop.hub.merchant.voids(&charge, &whole()).await.assert_status(400);
    for expires_in in [3_599, 604_801] {
        let body = with(pix_charge(&shop.hub.merchant.id), "/paymentMethod/expiresIn", json!(expires_in));
        let refused = shop.hub.merchant.post("/v1/charges", &body).await.expect(400);
        assert!(refused.text("/error/message").contains("3600 to 604800 seconds"), "{}", refused.body);
    }
    assert_eq!(shop.bank.books().len(), 1);
    assert_eq!(shop.server.count("POST", "/token"), 2, "a token lives for five minutes, and is asked for once");
    let agents = shop.server.asked().into_iter().map(|asked| asked.header("user-agent").map(str::to_owned));
    assert!(agents.into_iter().all(|agent| agent.as_deref() == Some(AGENT)), "the call for a token has it too");
    shop.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_to_a_create_is_read() {
    for fault in [Fault::LoseAnswer, Fault::HalfAnswer, Fault::Instead(Reply::empty(500))] {
        let shop = Shop::open(Profile::Standard).await;
        shop.server.treat_next("PUT", "001", fault);
        let made = shop.hub.merchant.creates_charge(&pix_charge(&shop.hub.merchant.id)).await;
        assert_eq!(made.text("/status"), "pending");
        shop.hub.pass(LONG_AFTER).await;
        let shown = shop.hub.merchant.reads_charge(made.text("/id")).await;
        assert!(shown.text("/paymentMethod/qrCodeData").starts_with("000201"), "{}", shown.body);
        assert_eq!(shop.server.count("PUT", "001"), 1, "a create is not sent again");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_that_never_arrived_has_failed() {
    let shop = Shop::open(Profile::Standard).await;
    shop.server.treat_next("PUT", "001", Fault::LoseRequest);
    let made = shop.hub.merchant.creates_charge(&pix_charge(&shop.hub.merchant.id)).await;
    assert_eq!(made.text("/status"), "pending");
    shop.hub.pass(LONG_AFTER).await;
    assert_eq!(shop.hub.merchant.charge_status(made.text("/id")).await, "failed");
    assert!(shop.bank.books().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_to_a_refund_is_read_and_a_lost_refund_is_sent_again() {
    for (fault, sent) in [(Fault::LoseAnswer, 1), (Fault::HalfAnswer, 1), (Fault::LoseRequest, 2)] {
        let shop = Shop::open(Profile::Standard).await;
        let (charge, end_to_end_id) = shop.sells().await;
        let is_first = std::sync::atomic::AtomicBool::new(true);
        shop.server.treat(move |asked| {
            let is_it = asked.method == "PUT" && asked.path.contains("/devolucao/");
            (is_it && is_first.swap(false, std::sync::atomic::Ordering::SeqCst)).then(|| fault.clone())
        });
        assert_eq!(shop.voids(&charge, &part(50)).await.text("/status"), "refund_pending");
        shop.hub.pass(LONG_AFTER).await;
        let (id, _) = shop.devolucao(&charge);
        let puts =
            shop.server.asked().iter().filter(|asked| asked.method == "PUT" && asked.path.ends_with(&id)).count();
        assert_eq!(puts, sent, "under one id");
        shop.delivers(&shop.bank.settles(&end_to_end_id, &id)).await;
        let shown = shop.hub.merchant.reads_charge(&charge).await;
        assert_eq!((shown.text("/status"), &shown.body["amount"]), ("authorized", &json!(100)));
        shop.assert_books_agree().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_fails_later_or_for_lack_of_money_leaves_the_payment() {
    let shop = Shop::open(Profile::Standard).await;
    let (charge, end_to_end_id) = shop.sells().await;
    shop.voids(&charge, &whole()).await;
    let (id, _) = shop.devolucao(&charge);
    shop.delivers(&shop.bank.fails(&end_to_end_id, &id, "Conta encerrada")).await;
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "authorized");
    shop.bank.withdraws(150);
    let refused = shop.voids(&charge, &whole()).await;
    assert_eq!(
        (refused.text("/status"), refused.text("/transactionRequests/0/requestStatus")),
        ("authorized", "failed")
    );
    shop.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pix_expires_after_a_last_read_and_a_late_payment_counts() {
    let shop = Shop::open(Profile::Standard).await;
    let (unpaid, unheard) = (shop.charges().await, shop.charges().await);
    // Its notification is lost: the last read finds it.
    shop.hub.clock().advance(Duration::from_secs(3_590));
    shop.bank.pays(&txid(&unheard), 150);
    shop.hub.pass(Duration::from_mins(2)).await;
    assert_eq!(shop.hub.merchant.charge_status(&unheard).await, "authorized");
    assert_eq!(shop.hub.merchant.charge_status(&unpaid).await, "failed");
    shop.delivers(&shop.bank.pays(&txid(&unpaid), 150)).await;
    assert_eq!(shop.hub.merchant.charge_status(&unpaid).await, "authorized");
    shop.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_pix_of_the_same_code_is_refunded_by_the_hub() {
    let shop = Shop::open(Profile::Standard).await;
    let (charge, first) = shop.sells().await;
    let second = shop.bank.pays_anyway(&txid(&charge), 150);
    shop.delivers(&second).await;
    shop.hub.pass(Duration::from_mins(1)).await;
    let booked = shop.bank.books().remove(&txid(&charge)).unwrap();
    let by_id = |id: &str| booked.received.iter().find(|received| received.end_to_end_id == id).unwrap();
    assert!(by_id(&first).devolucoes.is_empty());
    let given_back = &by_id(second.end_to_end_id()).devolucoes;
    assert_eq!(given_back.iter().map(|one| one.cents).collect::<Vec<_>>(), [150]);
    shop.delivers(&shop.bank.settles(second.end_to_end_id(), &given_back[0].id)).await;
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "authorized");
    shop.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hubs_own_refund_is_tried_again_under_another_id_until_there_is_money() {
    let shop = Shop::open(Profile::Standard).await;
    let (charge, _) = shop.sells().await;
    let second = shop.bank.pays_anyway(&txid(&charge), 150);
    shop.bank.withdraws(300);
    shop.delivers(&second).await;
    shop.hub.pass(Duration::from_mins(1)).await;
    // The shopper of another payment brings money.
    shop.sells().await;
    shop.hub.pass(DAY + Duration::from_mins(5)).await;
    let booked = shop.bank.books().remove(&txid(&charge)).unwrap();
    let devolucoes: Vec<_> = booked.received.iter().flat_map(|received| &received.devolucoes).collect();
    let statuses: Vec<_> = devolucoes.iter().map(|one| one.status).collect();
    assert_eq!(statuses, [DevolucaoStatus::NaoRealizado, DevolucaoStatus::EmProcessamento]);
    assert_ne!(devolucoes[0].id, devolucoes[1].id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_med_is_a_chargeback_and_counts_once() {
    let shop = Shop::open(Profile::BancoDoBrasil).await;
    let (charge, end_to_end_id) = shop.sells().await;
    let taken = shop.bank.takes_back(&end_to_end_id, 60, "MED_FRAUDE");
    shop.delivers(&taken).await;
    shop.delivers(&taken).await;
    let shown = shop.hub.merchant.reads_charge(&charge).await;
    assert_eq!((shown.text("/status"), &shown.body["amount"]), ("charged_back", &json!(150)));
    shop.hub.merchant.voids(&charge, &part(91)).await.assert_status(409);
    shop.voids(&charge, &part(90)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_else_the_bank_says_where_it_refuses_a_cancel_is_applied_too() {
    let shop = Shop::open(Profile::Standard).await;
    let session = shop.hub.merchant.creates_session(&session(&shop.hub.merchant.id)).await;
    let charge = shop.hub.shopper.pays(&session, &by_pix()).await.text("/chargeId").to_owned();
    shop.bank.pays(&txid(&charge), 150);
    let second = shop.bank.pays_anyway(&txid(&charge), 150);
    shop.hub.merchant.cancels(&session).await.assert_status(409);
    let duplicates = async || {
        let stored = shop.hub.charge(&charge).await;
        stored.requests.iter().filter(|request| request.is_duplicate).count()
    };
    assert_eq!((duplicates().await, shop.hub.merchant.charge_status(&charge).await.as_str()), (1, "authorized"));
    // Its notification says the same once more.
    shop.delivers(&second).await;
    assert_eq!(duplicates().await, 1);
    shop.hub.pass(Duration::from_mins(1)).await;
    let booked = shop.bank.books().remove(&txid(&charge)).unwrap();
    let given_back: Vec<_> = booked.received.iter().flat_map(|one| &one.devolucoes).map(|one| one.cents).collect();
    assert_eq!(given_back, [150]);
    assert!(shop.hub.waiting_updates().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pix_is_superseded_by_a_cancel_at_the_bank() {
    let shop = Shop::open(Profile::Standard).await;
    let session = shop.hub.merchant.creates_session(&session(&shop.hub.merchant.id)).await;
    let paid = shop.hub.shopper.pays(&session, &by_pix()).await;
    let charge = paid.text("/chargeId").to_owned();
    shop.hub.merchant.cancels(&session).await.assert_status(201);
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "canceled");
    let booked = shop.bank.books().remove(&txid(&charge)).unwrap();
    assert_eq!(booked.status, CobStatus::RemovidaPeloUsuarioRecebedor);
    shop.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lie_moves_no_money() {
    let shop = Shop::open(Profile::Standard).await;
    let (charge, end_to_end_id) = shop.sells().await;
    let unpaid = shop.charges().await;
    shop.delivers(&shop.bank.invents(&txid(&unpaid), 150)).await;
    shop.delivers(&shop.bank.invents("c3e0e7a4e7f1469a9f782d3d4999343c", 150)).await;
    shop.voids(&charge, &part(50)).await;
    let (id, _) = shop.devolucao(&charge);
    let settled = shop.bank.settles(&end_to_end_id, &id);
    shop.delivers(&settled.clone().says("/devolucoes/0/valor", &json!("1.50"))).await;
    shop.delivers(&settled.says("/devolucoes/0/status", &json!("NAO_REALIZADO"))).await;
    assert_eq!(shop.hub.merchant.charge_status(&unpaid).await, "pending");
    let shown = shop.hub.merchant.reads_charge(&charge).await;
    assert_eq!((shown.text("/status"), &shown.body["amount"]), ("authorized", &json!(100)));
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_bank_is_down_a_notification_waits() {
    for reply in [Reply::empty(500), Reply::empty(200), Reply::json(404, &json!("<html>Not Found</html>"))] {
        let shop = Shop::open(Profile::Standard).await;
        let charge = shop.charges().await;
        shop.server.treat(move |asked| (asked.method == "GET").then(|| Fault::Refuse(reply.clone())));
        shop.delivers(&shop.bank.pays(&txid(&charge), 150)).await;
        assert_eq!(shop.hub.merchant.charge_status(&charge).await, "pending");
        shop.server.treat_all_alike();
        shop.hub.pass(LONG_AFTER).await;
        assert_eq!(shop.hub.merchant.charge_status(&charge).await, "authorized");
        shop.assert_books_agree().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn several_pix_in_one_call_are_each_read() {
    let shop = Shop::open(Profile::BancoDoBrasil).await;
    let (one, other) = (shop.charges().await, shop.charges().await);
    let both = shop.bank.pays(&txid(&one), 150).and(shop.bank.pays(&txid(&other), 140));
    shop.delivers(&both).await;
    assert_eq!(shop.sees(&one).await, "authorized 150: authorization success 150, pending success 150");
    assert_eq!(shop.sees(&other).await, "authorized 140: authorization success 140, pending success 150");
    shop.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_wrong_keys_nothing_is_sent() {
    for profile in [Profile::Standard, Profile::BancoDoBrasil, Profile::Bs2] {
        let shop = Shop::open_with(profile, Some("wrong")).await;
        let made = shop.hub.merchant.creates_charge(&pix_charge(&shop.hub.merchant.id)).await;
        assert_eq!(
            (made.text("/status"), made.text("/transactionRequests/0/requestStatus")),
            ("failed", "internal_error")
        );
        assert!(shop.bank.books().is_empty());
        assert!(!made.body.to_string().contains("wrong"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_is_renewed() {
    let shop = Shop::open(Profile::BancoDoBrasil).await;
    shop.charges().await;
    shop.bank.revoke_tokens();
    shop.charges().await;
    assert_eq!(shop.server.count("POST", "/oauth/token"), 2);
    assert_eq!(shop.bank.books().len(), 2);
}

impl Shop {
    /// Registers the account's notification address, at this public address of the hub.
    async fn registers(&self, public_url: &str) -> Result<Registered, NotRegistered> {
        let client = self.hub.merchant.client_id.parse().unwrap();
        let public_url: PublicUrl = public_url.parse().unwrap();
        let listed = flows::account::merchant::list(self.hub.flows(), client).await.unwrap();
        let account = listed[0].accounts_at(kind(self.bank.profile())).next().unwrap().id;
        provider::register(&self.hub.flows().clone().at(public_url), client, account).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_notification_address_is_registered_and_the_bank_calls_there() {
    for profile in [Profile::Standard, Profile::BancoDoBrasil] {
        let shop = Shop::open(profile).await;
        let address = format!("https://pay.example{}", shop.path);
        for _ in 0..2 {
            assert_eq!(shop.registers("https://pay.example").await, Ok(Registered::Done(address.clone())));
        }
        let (charge, _) = shop.sells().await; // by notifications to this path
        assert_eq!(shop.bank.notifies_at(&txid(&charge)), Some(format!("{address}/pix")));
        shop.assert_books_agree().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_the_bank_cannot_use_is_refused_before_any_call() {
    for public_url in ["http://pay.example", "http://127.0.0.1:3000", "https://10.0.0.1", "https://localhost"] {
        let shop = Shop::open(Profile::BancoDoBrasil).await;
        assert_eq!(shop.registers(public_url).await, Err(NotRegistered::NotPublic), "{public_url}");
        assert!(shop.server.asked().is_empty());
    }
    // Banco do Brasil takes 140 characters: `https://`, a host of 29, and a path of 103.
    let shop = Shop::open(Profile::BancoDoBrasil).await;
    let too_long = shop.registers(&format!("https://{}.example", "a".repeat(22))).await.unwrap_err();
    assert_eq!(too_long, NotRegistered::TooLong { has: 141, takes: 140, host: 29 });
    assert!(too_long.to_string().contains("141 characters") && too_long.to_string().contains("at most 29"));
    assert!(shop.server.asked().is_empty());
    shop.registers(&format!("https://{}.example", "a".repeat(21))).await.unwrap();
    let other = Shop::open(Profile::Standard).await;
    other.registers(&format!("https://{}.example", "a".repeat(60))).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn why_an_address_was_not_registered_is_said() {
    let wrong = Shop::open_with(Profile::Standard, Some("wrong")).await;
    assert_eq!(wrong.registers("https://pay.example").await, Err(NotRegistered::KeysRefused));
    let unclear = "the provider failed: try again later";
    for (fault, why) in [
        (
            Reply::json(
                400,
                &json!({"type": "https://pix.bcb.gov.br/api/v2/error/WebhookOperacaoInvalida",
            "title": "Inválida", "status": 400}),
            ),
            NotRegistered::AddressRefused,
        ),
        (Reply::empty(503), NotRegistered::Unproved(unclear)),
    ] {
        let shop = Shop::open(Profile::Standard).await;
        shop.server.treat(move |asked| asked.path.contains("/webhook/").then(|| Fault::Refuse(fault.clone())));
        assert_eq!(shop.registers("https://pay.example").await, Err(why));
        assert_eq!(shop.bank.notifies_at(&txid(&shop.charges().await)), None);
    }
    assert_eq!(Shop::open(Profile::Bs2).await.registers("https://pay.example").await, Ok(Registered::Nowhere));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_alarm_about_an_unknown_outcome_says_where_the_bank_shows_the_payment() {
    log::listen("error");
    let shop = Shop::open(Profile::Standard).await;
    let (charge, end_to_end_id) = shop.sells().await;
    shop.server.treat(|asked| asked.path.contains("/pix/v2/").then(|| Fault::Refuse(Reply::empty(500))));
    assert_eq!(shop.voids(&charge, &part(50)).await.text("/status"), "refund_pending");
    shop.hub.pass(DAY + Duration::from_mins(5)).await;
    let lines = log::lines_of("unknown_outcome");
    let line = lines.iter().find(|line| line.contains(&charge)).expect("the alarm is not raised");
    let of_refund = Reference { charge: charge.parse().unwrap(), number: 3 };
    assert!(line.contains(&format!("\"reference\":\"{of_refund}\"")), "{line}");
    let look_up = format!(
        "BCB_PIX has the payment under the reference {} and its own id {end_to_end_id}: the account's Pix at the bank",
        txid(&charge)
    );
    assert!(line.contains(&look_up), "{line}");
}
