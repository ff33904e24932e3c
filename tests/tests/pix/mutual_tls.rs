//! Mutual TLS: banks that serve only clients with a certificate that they know.

use std::time::Duration;

use domain::time::Timestamp;
use flows::account::provider::Checked;
use serde_json::{Value, json};
use tests::{
    Answer,
    fakes::bcb_pix::{Authority, ClientCertificate},
    log::lines_of,
    samples::whole,
    shop::{
        bcb_pix::{BancoDoBrasil, Standard, fields},
        reference,
    },
};

use super::{
    MINUTE,
    at_bank::{AtBank, Setup, assert_not_sent, assert_payable},
    failed_calls, listen,
};

/// What a check says of a certificate that cannot be used.
const UNUSABLE: &str = "the client certificate or its private key is missing or is no PEM, or the two are no pair: give \
                        the account both again; nothing was sent";
/// Longer than any certificate of these tests.
const YEARS: Duration = Duration::from_hours(24 * 365 * 80);

/// A bank that demands certificates of this authority, and an account with `certificate`.
fn demanding<'a>(authority: &'a Authority, certificate: &ClientCertificate) -> Setup<'a> {
    Setup {
        demands: Some(authority),
        trusts: Some(authority),
        certificate: Some(certificate.clone()),
        ..Setup::default()
    }
}

/// How often a call is made until its refusal is named. In TLS 1.3 a bank refuses after the handshake: where that comes
/// before the request is handed over, all that is known is a connection that ended, and nothing was sent either.
const CALLS: usize = 20;

async fn charges_until_it_is_named(shop: &AtBank) -> Answer {
    for _ in 0..CALLS {
        let made = shop.charges().await;
        assert_not_sent(&made);
        if made.text("/transactionRequests/0/providerError/declinedCode") == "invalid_merchant" {
            return made;
        }
    }
    panic!("no call names what the bank does not accept");
}

async fn checks_until_it_is_named(shop: &AtBank) {
    let refused = Checked::Unproved("the provider does not accept the client certificate, or asks for one");
    for _ in 0..CALLS {
        if shop.check().await == refused {
            return;
        }
    }
    panic!("no check names what the bank does not accept");
}

/// Nothing secret of the account is in the log, or in what the merchant reads.
async fn assert_no_secrets(shop: &AtBank, certificate: &ClientCertificate) {
    let read = shop.hub.merchant.get(&format!("/v1/merchants/{}", shop.hub.merchant.id)).await.expect(200);
    let key: Vec<&str> = certificate.key.lines().filter(|line| !line.starts_with("-----")).collect();
    for text in [tests::log::logged(), read.body.to_string()] {
        assert!(!text.contains(&shop.bank.account().client_secret));
        assert!(key.iter().all(|line| !text.contains(line)));
    }
    let stored = shop.hub.everything_stored().await.join("\n");
    assert!(!stored.contains(key[0]) && !stored.contains(&shop.bank.account().client_secret));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_life_of_a_pix_goes_by_the_certificate_of_the_account() {
    let authority = Authority::new();
    let certificate = authority.client();
    let shop = demanding(&authority, &certificate).open::<BancoDoBrasil>().await;
    assert_eq!(shop.check().await, Checked::Accepted);
    let made = shop.charges().await;
    assert_payable(&made);
    let charge = made.text("/id");
    shop.bank.pays(&reference(charge, 1), 150);
    shop.hub.pass(6 * MINUTE).await;
    assert_eq!(shop.hub.merchant.charge_status(charge).await, "authorized");
    shop.hub.merchant.voids(charge, &whole()).await.assert_status(201);
    let booked = shop.bank.books().remove(&reference(charge, 1)).unwrap();
    let refund = &booked.received[0].devolucoes[0].id;
    shop.bank.settles(&booked.received[0].end_to_end_id, refund);
    shop.hub.pass(6 * MINUTE).await;
    assert_eq!(shop.hub.merchant.charge_status(charge).await, "voided");
    assert!(shop.server.asked().iter().all(|asked| asked.certificate.is_some()));
    assert_no_secrets(&shop, &certificate).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_the_bank_does_not_accept_is_named_and_nothing_is_sent() {
    listen();
    let authority = Authority::new();
    for certificate in [Authority::new().client(), authority.expired_client()] {
        let shop = demanding(&authority, &authority.client()).open::<BancoDoBrasil>().await;
        shop.hub.stores_unchecked(&shop.account, &fields(&shop.bank, &certificate)).await;
        let made = charges_until_it_is_named(&shop).await;
        let txid = reference(made.text("/id"), 1);
        let failed = failed_calls(&[&txid, r#""outcome":"not_sent""#, r#""cause":"client_certificate_refused""#]);
        assert_eq!(failed.len(), 1, "one line a call: {failed:?}");
        checks_until_it_is_named(&shop).await;
        assert!(shop.server.asked().is_empty() && shop.bank.books().is_empty());
        assert_no_secrets(&shop, &certificate).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_without_a_certificate_learns_that_the_bank_wants_one() {
    let authority = Authority::new();
    let differs = json!({"certificate": Value::Null, "privateKey": Value::Null});
    let shop = Setup { differs, ..demanding(&authority, &authority.client()) }.open::<Standard>().await;
    assert_not_sent(&shop.charges().await);
    checks_until_it_is_named(&shop).await;
    assert!(shop.server.asked().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_not_the_certificates_is_named() {
    listen();
    let authority = Authority::new();
    let mixed = ClientCertificate { key: authority.client().key, ..authority.client() };
    let shop = demanding(&authority, &authority.client()).open::<BancoDoBrasil>().await;
    shop.hub.stores_unchecked(&shop.account, &fields(&shop.bank, &mixed)).await;
    let made = shop.charges().await;
    assert_not_sent(&made);
    assert_eq!(failed_calls(&[&reference(made.text("/id"), 1), r#""cause":"certificate_unusable""#]).len(), 1);
    assert_eq!(shop.check().await, Checked::Unproved(UNUSABLE));
    assert_no_secrets(&shop, &mixed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_without_its_key_is_never_a_call_without_a_certificate() {
    listen();
    let authority = Authority::new();
    for left_out in ["certificate", "privateKey"] {
        // This bank serves clients without a certificate too.
        let setup = Setup { certificate: Some(authority.client()), ..Setup::default() };
        let shop = setup.open::<Standard>().await;
        let mut half = fields(&shop.bank, &authority.client());
        half.as_object_mut().unwrap().remove(left_out);
        let refused = shop.gives(&half).await.expect(400);
        let problem = format!(
            "providers.0.credentials.fields.{left_out} should not be empty: a client certificate is used with its \
             private key; give both, or neither"
        );
        assert_eq!(refused.body["error"]["details"], json!([problem]));

        shop.hub.stores_unchecked(&shop.account, &half).await;
        let made = shop.charges().await;
        assert_not_sent(&made);
        assert_eq!(failed_calls(&[&reference(made.text("/id"), 1), r#""cause":"certificate_unusable""#]).len(), 1);
        assert_eq!(shop.check().await, Checked::Unproved(UNUSABLE));
        assert!(shop.server.asked().is_empty(), "not even a token is asked for");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_cannot_serve_is_refused_and_the_account_keeps_the_one_that_it_has() {
    let authority = Authority::new();
    let (good, other) = (authority.client(), authority.client());
    let shop = demanding(&authority, &good).open::<BancoDoBrasil>().await;
    let unreadable = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----".to_owned();
    let locked = good.key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    for (chain, key, problem) in [
        (&good.chain, &other.key, "privateKey must be the private key of the certificate: it is another one's"),
        (
            &good.chain,
            &locked,
            "privateKey must be a private key in PEM (PKCS #8, PKCS #1 or SEC 1) that has no passphrase",
        ),
        (
            &format!("{}\n{unreadable}", good.chain.trim_end()),
            &good.key,
            "certificate must be a certificate of version 3, or a chain",
        ),
        (&unreadable, &good.key, "certificate must be a certificate of version 3, or a chain of them, in PEM"),
        (
            &authority.expired_client().chain,
            &authority.expired_client().key,
            "privateKey must be the private key of the certificate",
        ),
    ] {
        let wrong = fields(&shop.bank, &ClientCertificate { chain: chain.clone(), key: key.clone() });
        let said = shop.gives(&wrong).await.expect(400).body["error"]["details"].to_string();
        assert!(said.contains(&format!("providers.0.credentials.fields.{problem}")), "{said}");
    }
    for (certificate, problem) in [
        (authority.expired_client(), "has not expired: it expired on 2021-01-01T00:00:00.000Z. Get a new one"),
        (authority.early_client(), "is valid now: it is valid from 2098-01-01T00:00:00.000Z on"),
    ] {
        let said = shop.gives(&fields(&shop.bank, &certificate)).await.expect(400);
        let problem = format!("providers.0.credentials.fields.certificate must be one that {problem}");
        assert_eq!(said.body["error"]["details"], json!([problem]));
    }
    assert_payable(&shop.charges().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_that_was_made_with_a_certificate_is_replayed_once_that_has_ended() {
    let authority = Authority::new();
    let shop = demanding(&authority, &authority.client()).open::<BancoDoBrasil>().await;
    let credentials = json!({
        "type": "account", "environment": "sandbox", "fields": fields(&shop.bank, &authority.client()),
    });
    let body = json!({"mcc": "5912", "providers": [{"name": "BB", "credentials": credentials}]});
    let merchant = &shop.hub.merchant;
    let made = merchant.post_with_key("/v1/merchants", &body, "key-1").await.expect(201);
    shop.hub.clock().advance(YEARS);
    let again = merchant.post_with_key("/v1/merchants", &body, "key-1").await.expect(201);
    assert!(again.is_replay() && again.body["id"] == made.body["id"], "{}", again.body);
    merchant.post_with_key("/v1/merchants", &body, "key-2").await.assert_status(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_certificate_is_refused_without_being_repeated() {
    let authority = Authority::new();
    let good = authority.client();
    let shop = demanding(&authority, &good).open::<BancoDoBrasil>().await;
    for (field, text) in [("certificate", "no certificate at all"), ("privateKey", good.chain.as_str())] {
        let mut wrong = fields(&shop.bank, &good);
        wrong[field] = json!(text);
        let refused = shop.gives(&wrong).await.expect(400);
        let said = refused.body.to_string();
        assert!(said.contains(field) && said.contains("PEM"), "{said}");
        assert!(!said.contains(text.lines().nth(1).unwrap_or(text)), "{said}");
    }
    assert_payable(&shop.charges().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_gets_a_new_certificate_and_its_token_is_renewed_once() {
    let authority = Authority::new();
    let (old, new) = (authority.client(), authority.client());
    let shop = demanding(&authority, &old).open::<BancoDoBrasil>().await;
    let before = shop.charges().await;
    assert_payable(&before);
    shop.gives(&fields(&shop.bank, &new)).await.assert_status(200);
    // The hub remembers a merchant for a minute.
    shop.hub.clock().advance(2 * MINUTE);
    for _ in 0..3 {
        assert_payable(&shop.charges().await);
    }
    assert_eq!(shop.tokens(), 2, "the bank knows a token with the certificate that got it");
    // An old charge is read with the new certificate.
    let charge = before.text("/id");
    shop.bank.pays(&reference(charge, 1), 150);
    shop.hub.pass(6 * MINUTE).await;
    assert_eq!(shop.hub.merchant.charge_status(charge).await, "authorized");
    let shown = shop.server.asked().into_iter().map(|asked| asked.certificate.unwrap());
    let shown: std::collections::BTreeSet<_> = shown.collect();
    assert_eq!(shown.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bank_whose_certificate_no_root_has_signed_is_not_trusted() {
    listen();
    let (authority, other) = (Authority::new(), Authority::new());
    for trusts in [None, Some(&other)] {
        let shop = Setup { trusts, ..demanding(&authority, &authority.client()) }.open::<BancoDoBrasil>().await;
        let made = shop.charges().await;
        assert_not_sent(&made);
        assert_eq!(failed_calls(&[&reference(made.text("/id"), 1), r#""cause":"provider_certificate""#]).len(), 1);
        assert!(shop.server.asked().is_empty(), "no secret was shown to it");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_has_ended_alarms_with_its_account() {
    listen();
    let authority = Authority::new();
    let shop = demanding(&authority, &authority.client()).open::<BancoDoBrasil>().await;
    shop.hub.stores_unchecked(&shop.account, &fields(&shop.bank, &authority.expired_client())).await;
    assert_not_sent(&shop.charges().await);
    let alarms = lines_of("certificate_ends").into_iter().filter(|line| line.contains(&shop.account));
    let alarms: Vec<String> = alarms.collect();
    assert_eq!(alarms.len(), 1, "{alarms:?}");
    let client = format!(r#""client":"{}""#, shop.hub.merchant.client_id);
    assert!(alarms[0].contains("2021-01-01") && alarms[0].contains(&client), "{alarms:?}");
}

/// A hub on one machine runs for months.
#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_certificate_in_use_is_alarmed_once_a_day_from_30_days_before() {
    listen();
    let authority = Authority::new();
    let shop = demanding(&authority, &authority.client()).open::<BancoDoBrasil>().await;
    let ends: Timestamp = "2099-01-01T00:00:00Z".parse().unwrap();
    let alarms = || lines_of("certificate_ends").into_iter().filter(|line| line.contains(&shop.account)).count();
    let mut counted = Vec::new();
    for days_before in [1_000, 31, 29, 29, 28] {
        let at = ends.minus(Duration::from_hours(24 * days_before)).plus(Duration::from_hours(1));
        shop.hub.clock().advance(at.since(shop.hub.clock().now()));
        assert_eq!(shop.charges().await.text("/status"), "pending");
        counted.push(alarms());
    }
    assert_eq!(counted, [0, 0, 1, 1, 2]);
}
