//! The check of an account's keys, at every provider: no payment is touched.

use std::{net::TcpListener, sync::Arc};

use domain::{ids::ProviderAccountId, merchant::ProviderType};
use flows::{
    Clock,
    account::provider::{Checked, check},
    provider::stand_in::{Roots, StandIns},
};
use serde_json::{Value, json};
use tests::{
    TestHub,
    fakes::{
        Fake, Fault, Reply, Server,
        adyen::{API_KEY, Adyen, HMAC_KEY, MERCHANT_ACCOUNT},
        bcb_pix::{BcbPix, Profile},
        drip::Drip,
        pagarme::Pagarme,
    },
    samples::with,
};

const KEY: &str = "sk_test_of_the_shop";
const WRONG: &str = "sk_test_of_another";

/// A provider, and the fields of an account there with the right keys and with wrong ones.
struct Place {
    kind: ProviderType,
    fake: Arc<dyn Fake>,
    right: Value,
    wrong: Value,
}

fn places(clock: &Clock) -> Vec<Place> {
    let bank = |kind, profile| {
        let fake = BcbPix::new(profile, clock.clone());
        let right = crate::bcb_pix::fields(&fake, None);
        let wrong = crate::bcb_pix::fields(&fake, Some(WRONG));
        Place { kind, fake: Arc::new(fake), right, wrong }
    };
    let adyen = |key| json!({"merchantAccount": MERCHANT_ACCOUNT, "apiKey": key, "hmacKey": HMAC_KEY});
    let drip = |key| json!({"baseUrl": "https://api.drip.example/api/v1/", "apiKey": key});
    let pagarme = |key| json!({"secretKey": key});
    vec![
        Place {
            kind: ProviderType::Adyen,
            fake: Arc::new(Adyen::new(clock.clone())),
            right: adyen(API_KEY),
            wrong: adyen(WRONG),
        },
        Place { kind: ProviderType::Drip, fake: Drip::new(clock.clone(), KEY), right: drip(KEY), wrong: drip(WRONG) },
        Place {
            kind: ProviderType::Pagarme,
            fake: Pagarme::new(clock.clone(), KEY),
            right: pagarme(KEY),
            wrong: pagarme(WRONG),
        },
        bank(ProviderType::Bb, Profile::BancoDoBrasil),
        bank(ProviderType::BcbPix, Profile::Standard),
        bank(ProviderType::Bs2, Profile::Bs2),
    ]
}

/// What the check of an account with these fields says, where the provider is at `url`.
async fn checked(clock: &Clock, kind: ProviderType, url: &str, fields: &Value) -> Checked {
    let stand_ins = StandIns::new(vec![format!("{kind}={url}").parse().unwrap()], Roots::default()).unwrap();
    let hub = TestHub::build_beside(clock.clone(), stand_ins).await;
    let credentials = json!({"type": "account", "environment": "sandbox", "fields": fields});
    let change = json!({"providers": [{"name": kind.name(), "credentials": credentials}]});
    let made = hub.merchant.patch(&format!("/v1/merchants/{}", hub.merchant.id), &change).await.expect(200);
    let account = made.text("/providers/0/id").parse().unwrap();
    check(hub.flows(), hub.merchant.client_id.parse().unwrap(), account).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn right_keys_are_accepted_wrong_ones_refused_and_a_provider_out_of_reach_proves_nothing() {
    let clock = Clock::system();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for Place { kind, fake, right, wrong } in places(&clock) {
        let server = Server::open(Arc::clone(&fake)).await;
        assert_eq!(checked(&clock, kind, server.url(), &right).await, Checked::Accepted, "{kind}");
        assert_eq!(checked(&clock, kind, server.url(), &wrong).await, Checked::Refused, "{kind}");
        let unreachable = checked(&clock, kind, &format!("http://{closed}"), &right).await;
        assert_eq!(unreachable, Checked::Unproved("the provider's host refuses the connection"), "{kind}");
        for unclear in [Reply::json(200, &json!({"ok": true})), Reply { body: b"<html>".to_vec(), ..Reply::empty(200) }]
        {
            // A bank gives a token first.
            let other = Server::open(Arc::clone(&fake)).await;
            other.treat(move |asked| (!asked.path.ends_with("/token")).then(|| Fault::Refuse(unclear.clone())));
            let Checked::Unproved(why) = checked(&clock, kind, other.url(), &right).await else { panic!("{kind}") };
            assert!(why.contains("cannot be read"), "{kind}: {why}");
        }
        let moved =
            server.asked().into_iter().filter(|asked| asked.method == "PUT" || asked.path.ends_with("/payments"));
        assert_eq!(moved.count(), 0, "{kind}");
    }
}

/// Another value of this field, which the provider's account may have.
fn another(name: &str) -> String {
    match name {
        "baseUrl" | "tokenUrl" => "https://other.example/api".to_owned(),
        "hmacKey" => "AB".repeat(32),
        "secretKey" => WRONG.to_owned(),
        _ => "outra".to_owned(),
    }
}

/// Earlier releases made the id of an account of its keys, too.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_has_another_id_is_found_where_it_is() {
    let other: ProviderAccountId = "0190f0c0-a1b2-7c3d-8e4f-5a6b7c8d9e0f".parse().unwrap();
    let hub = TestHub::build().await;
    let path = format!("/v1/merchants/{}", hub.merchant.id);
    let (client, merchant) = (hub.merchant.client_id.parse().unwrap(), hub.merchant.id.parse().unwrap());
    for Place { kind, right, .. } in places(&Clock::system()) {
        let credentials = json!({"type": "account", "environment": "sandbox", "fields": right});
        let orders = json!({"providers": [{"name": kind.name(), "credentials": credentials}]});
        let own = hub.merchant.patch(&path, &orders).await.expect(200).text("/providers/0/id").to_owned();
        let now = hub.clock().now();
        let stored = hub.store().stored_merchant(client, merchant, now).await.unwrap().unwrap();
        let mut earlier = stored.clone();
        earlier.version += 1;
        earlier.providers[0].id = other;
        assert!(hub.store().change_merchant(&stored, &earlier, None, now).await.unwrap());
        let is_identified = !matches!(kind, ProviderType::Drip | ProviderType::Pagarme);
        let expected = if is_identified { other.to_string() } else { own };
        let found = hub.merchant.patch(&path, &orders).await.expect(200);
        assert_eq!(found.text("/providers/0/id"), expected, "{kind}");
    }
}

/// The fields that say where an account is: its charges were made there.
const WHERE: [&str; 5] = ["merchantAccount", "baseUrl", "tokenUrl", "clientId", "pixKey"];

#[tokio::test(flavor = "multi_thread")]
async fn an_account_stays_where_its_charges_were_made_and_may_get_other_keys() {
    let hub = TestHub::build().await;
    let path = format!("/v1/merchants/{}", hub.merchant.id);
    for Place { kind, right, .. } in places(&Clock::system()) {
        let order = |id: Option<&str>, fields: &Value| {
            let credentials = json!({"type": "account", "environment": "sandbox", "fields": fields});
            let order = json!({"name": kind.name(), "credentials": credentials});
            id.map_or_else(|| order.clone(), |id| with(order.clone(), "/id", json!(id)))
        };
        let reorder = async |orders: &[Value]| hub.merchant.patch(&path, &json!({"providers": orders})).await;
        let id = reorder(&[order(None, &right)]).await.expect(200).text("/providers/0/id").to_owned();
        let names =
            right.as_object().unwrap().keys().filter(|name| !["certificate", "privateKey"].contains(&name.as_str()));
        for name in names {
            let other = with(right.clone(), &format!("/{name}"), json!(another(name)));
            let answer = reorder(&[order(Some(&id), &other)]).await;
            if WHERE.contains(&name.as_str()) {
                let problem = answer.expect(400).text("/error/details/0").to_owned();
                assert!(problem.starts_with("providers.0.credentials must have the type, environment"), "{problem}");
                assert!(problem.contains(&format!("fields.{name}")), "{problem}");
            } else {
                assert_eq!(answer.expect(200).text("/providers/0/id"), id, "{kind} {name}");
                // Without the id it is the same account where the other fields say whose it is.
                let unnamed = reorder(&[order(None, &other)]).await.expect(200);
                let is_identified = !matches!(kind, ProviderType::Drip | ProviderType::Pagarme);
                assert_eq!(unnamed.text("/providers/0/id") == id, is_identified, "{kind} {name}");
                let both = reorder(&[order(Some(&id), &right), order(None, &other)]).await;
                if is_identified {
                    let problem = both.expect(400).text("/error/details/0").to_owned();
                    assert!(problem.contains("twice") && problem.ends_with(&format!("both are {id}")), "{problem}");
                } else {
                    both.assert_status(200);
                }
            }
        }
    }
}
