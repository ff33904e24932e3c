//! Adyen: the whole life of cards, Pix and boletos, and notifications that are late, repeated, reordered, forged or lost.

use std::{sync::Arc, time::Duration};

use domain::{charge::update::Reference, merchant::ProviderType};
use flows::{
    Clock,
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
        adyen::{
            API_KEY, AUTHORISED_CARD, Adyen, DisputeEvent, HMAC_KEY, MERCHANT_ACCOUNT, Notification, PARTIAL_CARD,
            PENDING_CARD, REDIRECT_CARD, REFUSED_CARD, configuration_error, internal_error,
        },
    },
    hub::LONG_AFTER,
    samples::{boleto_charge, by_card, card_charge, open_session, part, pix_charge, summary, whole, with},
};

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// A hub whose merchant has an account at Adyen, and nowhere else.
struct Shop {
    hub: TestHub,
    adyen: Adyen,
    server: Server,
    /// Where Adyen calls the hub.
    path: String,
}

impl Shop {
    async fn open() -> Self {
        Self::open_with(API_KEY).await
    }

    async fn open_with(api_key: &str) -> Self {
        let clock = Clock::system();
        let adyen = Adyen::new(clock.clone());
        let server = Server::open(Arc::new(adyen.clone())).await;
        let stand_in = format!("ADYEN={}", server.url()).parse().unwrap();
        let stand_ins = StandIns::new(vec![stand_in], Roots::default()).unwrap();
        let hub = TestHub::build_beside(clock, stand_ins).await;
        let account = json!({"name": "ADYEN", "credentials": {"type": "account", "environment": "sandbox", "fields": {
            "merchantAccount": MERCHANT_ACCOUNT, "apiKey": api_key, "hmacKey": HMAC_KEY,
        }}});
        let change = json!({"providers": [account]});
        hub.merchant.patch(&format!("/v1/merchants/{}", hub.merchant.id), &change).await.assert_status(200);
        let (client, merchant) = (hub.merchant.client_id.parse().unwrap(), hub.merchant.id.parse().unwrap());
        let stored = hub.store().stored_merchant(client, merchant, hub.clock().now()).await.unwrap().unwrap();
        let account = stored.accounts_at(ProviderType::Adyen).next().unwrap();
        let address = notification::address(hub.flows(), client, merchant, account).await.unwrap();
        let path = address[address.find("/v1/callbacks/").unwrap()..].to_owned();
        Self { hub, adyen, server, path }
    }

    /// A charge of 150 minor units, and its id.
    async fn charges(&self, body: &Value) -> (Answer, String) {
        let made = self.hub.merchant.creates_charge(body).await;
        let id = made.text("/id").to_owned();
        (made, id)
    }

    async fn by_card(&self, number: &str) -> String {
        self.charges(&card_charge(&self.hub.merchant.id, number)).await.1
    }

    async fn reserves(&self) -> String {
        let body = with(card_charge(&self.hub.merchant.id, AUTHORISED_CARD), "/capture", json!(false));
        self.charges(&body).await.1
    }

    /// Delivers this.
    async fn sends(&self, body: &Value) -> Answer {
        let body = Some(body.to_string().into_bytes());
        self.hub.merchant.send_with(Method::POST, &self.path, &[], body).await.unwrap()
    }

    /// Delivers these, which the hub must accept.
    async fn delivers(&self, notifications: &[Notification]) {
        for one in notifications {
            assert_eq!(self.sends(&one.body()).await.expect(200).body, json!({}), "{one:?}");
        }
    }

    /// Delivers what waits, twice.
    async fn delivers_all(&self) {
        let notifications = self.adyen.take_notifications();
        self.delivers(&notifications).await;
        self.delivers(&notifications).await;
    }

    /// Settles what Adyen has received, and delivers what that came to.
    async fn settles(&self) {
        self.adyen.settle_all();
        self.delivers_all().await;
    }

    async fn sees(&self, charge: &str) -> String {
        summary(&self.hub.merchant.reads_charge(charge).await)
    }

    /// What Adyen has of this charge, and the hub too: what is reserved, and what the merchant has.
    async fn agrees(&self, charge: &str) -> (i64, i64) {
        let holding = self.adyen.holding(&reference(charge));
        let shown = self.hub.merchant.reads_charge(charge).await;
        let amount = shown.body["amount"].as_i64().unwrap();
        let kept = match shown.text("/status") {
            "authorized" | "pre_authorized" | "charged_back" => amount,
            _ => 0,
        };
        assert_eq!(holding.reserved() + holding.net() + holding.charged_back, kept, "{}", shown.body);
        (holding.reserved(), holding.net())
    }
}

/// The hub's reference of the first request of a charge.
fn reference(charge: &str) -> String {
    Reference { charge: charge.parse().unwrap(), number: 1 }.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_authorized_at_once_and_captured_by_adyen_within_the_hour() {
    let shop = Shop::open().await;
    let (made, charge) = shop.charges(&card_charge(&shop.hub.merchant.id, AUTHORISED_CARD)).await;
    assert_eq!(made.text("/status"), "authorized");
    shop.delivers_all().await;
    assert_eq!(shop.agrees(&charge).await, (150, 0));
    shop.hub.pass(HOUR).await;
    shop.delivers_all().await;
    assert_eq!(shop.agrees(&charge).await, (0, 150));
    assert_eq!(shop.sees(&charge).await, "authorized 150: authorization success 150");
    assert!(shop.hub.waiting_updates().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_card_and_one_that_needs_its_shopper_at_a_page_take_nothing() {
    let shop = Shop::open().await;
    for (number, code) in [(REFUSED_CARD, "insufficient_funds"), (REDIRECT_CARD, "card_not_supported")] {
        let charge = shop.by_card(number).await;
        shop.delivers_all().await;
        let read = shop.hub.merchant.reads_charge(&charge).await;
        assert_eq!(read.text("/status"), "failed");
        assert_eq!(read.text("/transactionRequests/0/providerError/declinedCode"), code, "{}", read.body);
        assert_eq!(shop.agrees(&charge).await, (0, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_is_captured_in_part_and_its_rest_is_released() {
    let shop = Shop::open().await;
    let charge = shop.reserves().await;
    shop.delivers_all().await;
    assert_eq!(shop.sees(&charge).await, "pre_authorized 150: pre_authorization success 150");
    shop.hub.merchant.captures(&charge, &part(100)).await.assert_status(201);
    assert_eq!(shop.agrees(&charge).await, (150, 0));
    shop.settles().await;
    assert_eq!(shop.agrees(&charge).await, (0, 100));
    assert_eq!(shop.sees(&charge).await, "authorized 100: capture success 100, pre_authorization success 150");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_that_is_refused_or_fails_later_leaves_a_reservation_that_can_be_captured_or_released() {
    let shop = Shop::open().await;
    let refused = shop.reserves().await;
    shop.hub.merchant.captures(&refused, &whole()).await.assert_status(201);
    let capture = shop.adyen.modifications().pop().unwrap().psp_reference;
    shop.adyen.settle_as_refused(&capture, "Insufficient balance on payment");
    shop.delivers_all().await;
    assert_eq!(shop.agrees(&refused).await, (150, 0));
    assert_eq!(shop.sees(&refused).await, "pre_authorized 150: capture failed 150, pre_authorization success 150");

    let charge = shop.reserves().await;
    shop.hub.merchant.captures(&charge, &whole()).await.assert_status(201);
    shop.settles().await;
    assert_eq!(shop.agrees(&charge).await, (0, 150));
    let capture = shop.adyen.modifications().pop().unwrap().psp_reference;
    shop.adyen.fail_capture(&capture);
    shop.delivers_all().await;
    assert_eq!(shop.agrees(&charge).await, (150, 0));
    shop.hub.merchant.voids(&charge, &whole()).await.assert_status(201);
    shop.settles().await;
    assert_eq!(
        (shop.agrees(&charge).await, shop.hub.merchant.charge_status(&charge).await.as_str()),
        ((0, 0), "canceled")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_void_cancels_what_is_not_captured_and_refunds_what_is() {
    let shop = Shop::open().await;
    let (reserved, early, late) =
        (shop.reserves().await, shop.by_card(AUTHORISED_CARD).await, shop.by_card(AUTHORISED_CARD).await);
    for charge in [&reserved, &early] {
        shop.hub.merchant.voids(charge, &whole()).await.assert_status(201);
    }
    shop.settles().await;
    shop.hub.pass(HOUR).await;
    shop.delivers_all().await;
    assert_eq!(shop.agrees(&late).await, (0, 150));
    shop.hub.merchant.voids(&late, &whole()).await.assert_status(201);
    shop.settles().await;
    for (charge, status) in [(&reserved, "canceled"), (&early, "voided"), (&late, "voided")] {
        assert_eq!(shop.agrees(charge).await, (0, 0));
        assert_eq!(shop.hub.merchant.charge_status(charge).await, status, "{}", shop.sees(charge).await);
    }
    assert_eq!(
        (shop.adyen.holding(&reference(&early)).captured, shop.adyen.holding(&reference(&late)).given_back),
        (0, 150)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn refunds_in_parts_may_fail_before_and_after_they_succeed() {
    let shop = Shop::open().await;
    let charge = shop.by_card(AUTHORISED_CARD).await;
    shop.hub.pass(HOUR).await;
    shop.delivers_all().await;
    for amount in [50, 40] {
        shop.hub.merchant.voids(&charge, &part(amount)).await.assert_status(201);
        shop.settles().await;
    }
    assert_eq!(shop.agrees(&charge).await, (0, 60));
    let [first, second] = shop
        .adyen
        .modifications()
        .into_iter()
        .filter(|change| change.value < 60)
        .map(|change| change.psp_reference)
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    shop.adyen.fail_refund(&first);
    shop.delivers_all().await;
    assert_eq!(shop.agrees(&charge).await, (0, 110));
    shop.adyen.reverse_refund(&second);
    shop.delivers_all().await;
    assert_eq!(shop.agrees(&charge).await, (0, 150));

    shop.hub.merchant.voids(&charge, &whole()).await.assert_status(201);
    let refund = shop.adyen.modifications().pop().unwrap().psp_reference;
    shop.adyen.settle_as_refused(&refund, "Refund period is over");
    shop.delivers_all().await;
    assert_eq!(
        (shop.agrees(&charge).await, shop.hub.merchant.charge_status(&charge).await.as_str()),
        ((0, 150), "authorized")
    );
    shop.hub.merchant.voids(&charge, &whole()).await.assert_status(201);
    shop.settles().await;
    assert_eq!(
        (shop.agrees(&charge).await, shop.hub.merchant.charge_status(&charge).await.as_str()),
        ((0, 0), "voided")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_without_a_clear_answer_is_made_once_more_under_its_key() {
    let shop = Shop::open().await;
    let html = Reply { status: 502, headers: Vec::new(), body: b"<html>Bad gateway</html>".to_vec() };
    let faults = [
        Fault::LoseRequest,
        Fault::LoseAnswer,
        Fault::HalfAnswer,
        Fault::Instead(internal_error()),
        Fault::Instead(Reply::empty(200)),
        Fault::Instead(html.clone()),
        Fault::Refuse(html),
    ];
    for (count, fault) in faults.into_iter().enumerate() {
        let label = format!("{fault:?}");
        shop.server.treat_next("POST", "/payments", fault);
        let charge = shop.by_card(AUTHORISED_CARD).await;
        assert_eq!(shop.hub.merchant.charge_status(&charge).await, "authorized", "{label}");
        assert_eq!(
            (shop.adyen.payments().len(), shop.server.count("POST", "/payments")),
            (count + 1, 2 * (count + 1)),
            "{label}"
        );
        shop.delivers_all().await;
        assert_eq!(shop.agrees(&charge).await, (150, 0), "{label}");
    }
    let charge = shop.reserves().await;
    shop.server.treat_next("POST", "/captures", Fault::LoseAnswer);
    shop.hub.merchant.captures(&charge, &whole()).await.assert_status(201);
    shop.settles().await;
    assert_eq!(shop.agrees(&charge).await, (0, 150));
    assert_eq!(shop.adyen.modifications().len(), 1);
}

/// The answer to every payment is lost.
fn lose_answers(shop: &Shop) {
    shop.server.treat(|asked| asked.path.ends_with("/payments").then_some(Fault::LoseAnswer));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_whose_answers_are_lost_is_known_by_its_notification() {
    let shop = Shop::open().await;
    lose_answers(&shop);
    let charge = shop.by_card(AUTHORISED_CARD).await;
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "pending");
    assert_eq!(shop.server.count("POST", "/payments"), 2);
    shop.delivers_all().await;
    assert_eq!(shop.agrees(&charge).await, (150, 0));
    shop.hub.pass(DAY).await;
    shop.delivers_all().await;
    assert_eq!((shop.agrees(&charge).await, shop.server.count("POST", "/cancels")), ((0, 150), 0));
    // Its refund names what the notification has named.
    shop.hub.merchant.voids(&charge, &part(50)).await.assert_status(201);
    shop.settles().await;
    assert_eq!(shop.agrees(&charge).await, (0, 100));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_of_which_nothing_is_heard_is_undone_by_its_reference() {
    let shop = Shop::open().await;
    lose_answers(&shop);
    let session = shop.hub.merchant.creates_session(&open_session(&shop.hub.merchant.id)).await;
    let paid = shop.hub.shopper.pays(&session, &by_card(AUTHORISED_CARD)).await.expect(201);
    let charge = paid.text("/chargeId").to_owned();
    let late = shop.adyen.take_notifications();
    shop.hub.pass(LONG_AFTER).await;
    assert!(shop.server.count("POST", "/cancels") >= 1);
    // That it was asked proves nothing: the session stays locked.
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "pending");
    shop.hub.shopper.pays(&session, &by_card(AUTHORISED_CARD)).await.assert_status(409);
    shop.settles().await;
    assert_eq!(shop.hub.merchant.sees(&session, &charge).await, "failed, created");
    // The approval comes after its end.
    shop.delivers(&late).await;
    assert_eq!(shop.hub.merchant.sees(&session, &charge).await, "failed, created");
    assert_eq!(shop.adyen.holding(&reference(&charge)).reserved(), 0);
    shop.server.treat_all_alike();
    shop.hub.shopper.pays(&session, &by_card(AUTHORISED_CARD)).await.assert_status(201);
    assert_eq!(shop.hub.merchant.session_status(&session).await, "paid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_that_finds_nothing_is_no_answer_and_is_tried_again_under_another_key() {
    let shop = Shop::open().await;
    // The payment still runs: its repeat is answered so, and a cancel overtakes it.
    shop.adyen.run_long_next();
    let charge = shop.by_card(AUTHORISED_CARD).await;
    shop.hub.pass(Duration::from_mins(3)).await;
    shop.settles().await;
    let tries = shop.server.count("POST", "/cancels");
    assert!(tries >= 1);
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "pending");
    shop.adyen.finish_running();
    let late = shop.adyen.take_notifications();
    shop.hub.pass(LONG_AFTER).await;
    assert!(shop.server.count("POST", "/cancels") > tries);
    shop.settles().await;
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "failed");
    shop.delivers(&late).await;
    assert_eq!(shop.agrees(&charge).await, (0, 0));
    let keys: std::collections::BTreeSet<_> = shop
        .server
        .asked()
        .iter()
        .filter(|asked| asked.path.ends_with("/cancels"))
        .map(|asked| asked.header("idempotency-key").unwrap().to_owned())
        .collect();
    assert_eq!(keys.len(), shop.server.count("POST", "/cancels"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_that_comes_while_the_payment_is_undone_is_released_with_it() {
    let shop = Shop::open().await;
    lose_answers(&shop);
    let charge = shop.by_card(AUTHORISED_CARD).await;
    shop.hub.pass(Duration::from_mins(3)).await;
    assert!(shop.server.count("POST", "/cancels") >= 1);
    shop.settles().await;
    assert_eq!(shop.agrees(&charge).await, (0, 0));
    assert_eq!(shop.sees(&charge).await, "canceled 0: void success 150, authorization success 150");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_is_not_decided_waits_for_its_notification() {
    let shop = Shop::open().await;
    let charge = shop.by_card(PENDING_CARD).await;
    shop.hub.pass(LONG_AFTER).await;
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "pending");
    shop.adyen.pay(&shop.adyen.payments()[0].psp_reference);
    shop.delivers_all().await;
    assert_eq!(shop.agrees(&charge).await, (150, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_was_authorized_is_not_kept() {
    let shop = Shop::open().await;
    let charge = shop.by_card(PARTIAL_CARD).await;
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "failed");
    shop.delivers_all().await;
    shop.hub.pass(Duration::from_mins(1)).await;
    shop.settles().await;
    assert_eq!(shop.adyen.holding(&reference(&charge)).reserved(), 0);
    assert_eq!(shop.adyen.holding(&reference(&charge)).net(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pix_is_paid_refunded_or_runs_out_and_may_be_paid_late() {
    let shop = Shop::open().await;
    let body = pix_charge(&shop.hub.merchant.id);
    let (made, charge) = shop.charges(&body).await;
    assert_eq!(made.text("/status"), "pending");
    assert!(made.body.to_string().contains("br.gov.bcb.pix"), "{}", made.body);
    shop.adyen.pay(&shop.adyen.payments()[0].psp_reference);
    shop.delivers_all().await;
    shop.hub.pass(HOUR).await;
    shop.delivers_all().await;
    assert_eq!(shop.agrees(&charge).await, (0, 150));
    for amount in [50, 100] {
        shop.hub.merchant.voids(&charge, &part(amount)).await.assert_status(201);
        assert_eq!(shop.hub.merchant.charge_status(&charge).await, "refund_pending");
        shop.settles().await;
    }
    assert_eq!(
        (shop.agrees(&charge).await, shop.hub.merchant.charge_status(&charge).await.as_str()),
        ((0, 0), "voided")
    );

    let (_, unpaid) = shop.charges(&body).await;
    shop.hub.pass(2 * HOUR).await;
    shop.delivers_all().await;
    assert_eq!(shop.hub.merchant.charge_status(&unpaid).await, "failed");
    shop.adyen.pay(&shop.adyen.payments()[1].psp_reference);
    shop.delivers_all().await;
    assert_eq!(shop.agrees(&unpaid).await.1, 150);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pix_that_is_paid_beside_a_card_is_refunded() {
    let shop = Shop::open().await;
    let session = shop.hub.merchant.creates_session(&open_session(&shop.hub.merchant.id)).await;
    let pix = shop.hub.shopper.pays(&session, &tests::samples::by_pix()).await.expect(201).text("/chargeId").to_owned();
    // Adyen cancels no Pix: the shopper can still pay it, beside the card.
    let card =
        shop.hub.shopper.pays(&session, &by_card(AUTHORISED_CARD)).await.expect(201).text("/chargeId").to_owned();
    shop.adyen.pay(&shop.adyen.payments()[0].psp_reference);
    shop.delivers_all().await;
    shop.hub.pass(Duration::from_mins(1)).await;
    shop.settles().await;
    assert_eq!(shop.adyen.holding(&reference(&pix)).net(), 0);
    assert_eq!(shop.agrees(&card).await, (100, 0));
    assert_eq!(shop.hub.merchant.session_status(&session).await, "paid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boleto_is_shown_and_paid() {
    let shop = Shop::open().await;
    let address = json!({
        "street": "Rua A", "streetNumber": "1", "zipCode": "20000-140", "country": "BR", "state": "RJ",
        "district": "Centro", "city": "Rio de Janeiro",
    });
    let body = with(boleto_charge(&shop.hub.merchant.id), "/paymentSource/customer/address", address);
    let (made, charge) = shop.charges(&body).await;
    assert_eq!(made.text("/status"), "pending");
    shop.adyen.pay(&shop.adyen.payments()[0].psp_reference);
    shop.delivers_all().await;
    shop.hub.pass(HOUR).await;
    shop.delivers_all().await;
    assert_eq!(shop.agrees(&charge).await, (0, 150));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_that_runs_out_is_canceled() {
    let shop = Shop::open().await;
    let charge = shop.reserves().await;
    shop.delivers_all().await;
    shop.hub.pass(8 * DAY).await;
    assert_eq!(shop.agrees(&charge).await, (150, 0));
    shop.hub.pass(21 * DAY).await;
    shop.delivers_all().await;
    assert_eq!(
        (shop.agrees(&charge).await, shop.hub.merchant.charge_status(&charge).await.as_str()),
        ((0, 0), "canceled")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_debits_once_and_ends_as_adyen_says() {
    use DisputeEvent::{
        Chargeback, ChargebackReversed, DefensePeriodEnded, IssuerResponseTimeframeExpired, NotificationOfChargeback,
        PrearbitrationLost, PrearbitrationWon, RequestForInformation, SecondChargeback,
    };
    let shop = Shop::open().await;
    let stories: [&[DisputeEvent]; 7] = [
        &[RequestForInformation, NotificationOfChargeback],
        &[NotificationOfChargeback, Chargeback, DefensePeriodEnded],
        &[Chargeback, ChargebackReversed, IssuerResponseTimeframeExpired],
        &[NotificationOfChargeback, Chargeback, ChargebackReversed, SecondChargeback],
        &[Chargeback, ChargebackReversed, SecondChargeback, PrearbitrationLost],
        &[Chargeback, ChargebackReversed, PrearbitrationLost],
        &[NotificationOfChargeback, Chargeback, ChargebackReversed, SecondChargeback, PrearbitrationWon],
    ];
    for events in stories {
        let charge = shop.by_card(AUTHORISED_CARD).await;
        shop.hub.pass(HOUR).await;
        let payment = shop.adyen.payments().pop().unwrap().psp_reference;
        let dispute = shop.adyen.dispute(&payment, 150);
        for event in events {
            shop.adyen.dispute_goes_on(&dispute, *event);
        }
        shop.delivers_all().await;
        let is_debited = shop.adyen.holding(&reference(&charge)).charged_back > 0;
        let status = shop.hub.merchant.charge_status(&charge).await;
        assert_eq!(
            status,
            if is_debited { "charged_back" } else { "authorized" },
            "{events:?}: {}",
            shop.sees(&charge).await
        );
        let debits = shop
            .hub
            .charge(&charge)
            .await
            .requests
            .iter()
            .filter(|request| request.kind.name() == "charge_back")
            .count();
        let asked = events.iter().filter(|event| matches!(event, Chargeback | SecondChargeback)).count();
        let again = usize::from(events == [Chargeback, ChargebackReversed, PrearbitrationLost]);
        assert_eq!(debits, asked + again, "{events:?}");
    }
}

/// All events of a dispute, in every order.
#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_ends_as_adyen_says_in_whichever_order_its_events_come() {
    use DisputeEvent::{Chargeback, ChargebackReversed, PrearbitrationLost, PrearbitrationWon, SecondChargeback};
    let shop = Shop::open().await;
    let stories: [&[DisputeEvent]; 4] = [
        &[Chargeback, ChargebackReversed],
        &[Chargeback, ChargebackReversed, SecondChargeback],
        &[Chargeback, ChargebackReversed, PrearbitrationLost],
        &[Chargeback, ChargebackReversed, SecondChargeback, PrearbitrationWon],
    ];
    for events in stories {
        for first in 0..events.len() {
            for is_reversed in [false, true] {
                let charge = shop.by_card(AUTHORISED_CARD).await;
                shop.hub.pass(HOUR).await;
                shop.delivers_all().await;
                let payment = shop.adyen.payments().pop().unwrap().psp_reference;
                let dispute = shop.adyen.dispute(&payment, 150);
                for event in events {
                    shop.adyen.dispute_goes_on(&dispute, *event);
                }
                let mut notifications = shop.adyen.take_notifications();
                notifications.rotate_left(first);
                if is_reversed {
                    notifications.reverse();
                }
                for notification in notifications {
                    shop.delivers(&[notification]).await;
                }
                shop.hub.pass(Duration::from_mins(2)).await;
                let is_debited = shop.adyen.holding(&reference(&charge)).charged_back > 0;
                let (status, seen) = (shop.hub.merchant.charge_status(&charge).await, shop.sees(&charge).await);
                let expected = if is_debited { "charged_back" } else { "authorized" };
                assert_eq!(status, expected, "{events:?} from {first}, reversed {is_reversed}: {seen}");
            }
        }
    }
    assert!(shop.hub.waiting_updates().await.is_empty());
}

/// Adyen refunds by the id of the payment, which its capture has not.
#[tokio::test(flavor = "multi_thread")]
async fn a_capture_that_overtakes_its_authorisation_leaves_the_payment_its_own_id() {
    let shop = Shop::open().await;
    shop.server.treat(|asked| asked.path.ends_with("/payments").then_some(Fault::LoseAnswer));
    let charge = shop.by_card(AUTHORISED_CARD).await;
    shop.server.treat_all_alike();
    let approved = shop.adyen.take_notifications();
    shop.hub.clock().advance(HOUR);
    shop.adyen.settle_all();
    let captured = shop.adyen.take_notifications();
    shop.delivers(&captured).await;
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "authorized", "{}", shop.sees(&charge).await);
    shop.delivers(&approved).await;
    shop.hub.merchant.voids(&charge, &part(50)).await.assert_status(201);
    shop.adyen.settle_all();
    shop.delivers_all().await;
    assert_eq!(shop.agrees(&charge).await, (0, 100), "{}", shop.sees(&charge).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_adyen_has_no_place_for_is_refused_before_anything_is_stored() {
    let shop = Shop::open().await;
    let slip = with(boleto_charge(&shop.hub.merchant.id), "/paymentMethod/interest", json!({"days": 1, "amount": 10}));
    let slip = with(slip, "/paymentMethod/fine", json!({"days": 1, "amount": 10}));
    let late = with(boleto_charge(&shop.hub.merchant.id), "/paymentMethod/maxDaysPastDue", json!(3));
    let in_pesos = with(card_charge(&shop.hub.merchant.id, AUTHORISED_CARD), "/currency", json!("CLP"));
    for (body, named) in [
        (slip, "a boleto at ADYEN has no interest, fine"),
        (late, "a boleto at ADYEN has no maxDaysPastDue"),
        (in_pesos, "no provider for credit in CLP"),
    ] {
        let refused = shop.hub.merchant.post("/v1/charges", &body).await.expect(400);
        assert!(refused.text("/error/message").contains(named), "{}", refused.body);
    }
    assert!(shop.hub.charges().await.is_empty() && shop.server.asked().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_with_a_wrong_key_takes_nothing_and_is_not_charged() {
    let shop = Shop::open_with("AQEwrong").await;
    let charge = shop.by_card(AUTHORISED_CARD).await;
    let read = shop.hub.merchant.reads_charge(&charge).await;
    assert_eq!((read.text("/status"), shop.server.count("POST", "/payments")), ("failed", 1), "{}", read.body);
    assert!(shop.adyen.payments().is_empty());
    assert!(!read.body.to_string().contains("AQEwrong"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_not_set_up_declines() {
    let shop = Shop::open().await;
    shop.server.treat(|asked| asked.path.ends_with("/payments").then(|| Fault::Refuse(configuration_error())));
    let charge = shop.by_card(AUTHORISED_CARD).await;
    assert_eq!(
        (shop.hub.merchant.charge_status(&charge).await.as_str(), shop.server.count("POST", "/payments")),
        ("failed", 1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_that_is_forged_or_of_another_payment_changes_nothing() {
    let shop = Shop::open().await;
    let charge = shop.reserves().await;
    let approved = shop.adyen.take_notifications().pop().unwrap();
    let before = shop.hub.charge(&charge).await;
    let forged = Notification { event_code: "CAPTURE".to_owned(), ..approved.clone() };
    let other_key = HMAC_KEY.replace('F', "E");
    shop.sends(&forged.signed_by(&other_key)).await.assert_status(403);
    let mut changed = approved.body();
    changed["notificationItems"][0]["NotificationRequestItem"]["eventCode"] = json!("CAPTURE");
    shop.sends(&changed).await.assert_status(403);
    let mut live = approved.body();
    live["live"] = json!("true");
    shop.sends(&live).await.assert_status(403);
    shop.sends(&json!({})).await.assert_status(400);
    for one in [
        Notification { merchant_reference: "pedido 12".to_owned(), ..forged.clone() },
        Notification { merchant_account: "OutraLoja".to_owned(), ..forged.clone() },
        Notification { event_code: "REPORT_AVAILABLE".to_owned(), ..forged.clone() },
        Notification { event_code: "TECHNICAL_CANCEL".to_owned(), success: false, ..forged.clone() },
    ] {
        shop.delivers(&[one]).await;
    }
    assert_eq!(shop.hub.charge(&charge).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_of_another_amount_is_left_to_an_operator() {
    let shop = Shop::open().await;
    let charge = shop.by_card(AUTHORISED_CARD).await;
    let approved = shop.adyen.take_notifications().pop().unwrap();
    let before = shop.sees(&charge).await;
    for value in [149, 151] {
        shop.delivers(&[Notification { value, ..approved.clone() }]).await;
        assert_eq!(shop.sees(&charge).await, before);
    }
    // An amount that is none cannot be read, and Adyen is answered so.
    let capture = Notification { value: 0, event_code: "CAPTURE".to_owned(), ..approved };
    shop.sends(&capture.body()).await.assert_status(400);
    assert_eq!(shop.sees(&charge).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn notifications_in_any_order_come_to_the_same() {
    let shop = Shop::open().await;
    lose_answers(&shop);
    let charge = shop.reserves().await;
    let approved = shop.adyen.take_notifications();
    let psp = shop.adyen.payments()[0].psp_reference.clone();
    shop.delivers(&approved).await;
    shop.hub.merchant.captures(&charge, &whole()).await.assert_status(201);
    shop.adyen.settle_all();
    let captured = shop.adyen.take_notifications();
    let capture = shop.adyen.modifications().pop().unwrap().psp_reference;
    shop.adyen.fail_capture(&capture);
    let failed = shop.adyen.take_notifications();
    // The failure overtakes the capture that it undoes.
    shop.delivers(&failed).await;
    shop.delivers(&captured).await;
    shop.delivers(&approved).await;
    shop.hub.pass(HOUR).await;
    assert_eq!(shop.agrees(&charge).await, (150, 0), "{psp}: {}", shop.sees(&charge).await);

    shop.server.treat_all_alike();
    let charge = shop.by_card(AUTHORISED_CARD).await;
    shop.hub.pass(HOUR).await;
    shop.delivers_all().await;
    shop.hub.merchant.voids(&charge, &part(50)).await.assert_status(201);
    shop.adyen.settle_all();
    let refunded = shop.adyen.take_notifications();
    let refund = shop.adyen.modifications().pop().unwrap().psp_reference;
    shop.adyen.fail_refund(&refund);
    let failed = shop.adyen.take_notifications();
    shop.delivers(&failed).await;
    shop.delivers(&refunded).await;
    shop.hub.pass(HOUR).await;
    assert_eq!(shop.agrees(&charge).await, (0, 150), "{}", shop.sees(&charge).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_items_of_one_call_are_all_applied() {
    let shop = Shop::open().await;
    lose_answers(&shop);
    let charges = [shop.by_card(AUTHORISED_CARD).await, shop.reserves().await];
    let all = Notification::body_of_all(&shop.adyen.take_notifications());
    shop.sends(&all).await.assert_status(200);
    for charge in &charges {
        assert_eq!(shop.agrees(charge).await, (150, 0));
    }
}
