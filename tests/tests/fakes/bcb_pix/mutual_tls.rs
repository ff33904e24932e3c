//! A bank that wants a certificate of its customers.

use std::sync::Arc;

use flows::Clock;
use reqwest::{Certificate, Client, Identity};
use tests::fakes::{
    Server,
    bcb_pix::{Authority, BcbPix, ClientCertificate, Profile},
};

use super::{Customer, SCOPES, TXID, client};

async fn bank(authority: &Authority, certificate: Option<&ClientCertificate>) -> Customer {
    let clock = Clock::still();
    let bank = Arc::new(BcbPix::new(Profile::Standard, clock.clone()));
    let server = Server::open_with_tls(Arc::clone(&bank) as _, authority.server_config()).await;
    Customer::at(bank, server, clock, shows(authority, certificate))
}

/// A client that knows the authority, and shows this certificate.
fn shows(authority: &Authority, certificate: Option<&ClientCertificate>) -> Client {
    let root = Certificate::from_pem(authority.root().as_bytes()).unwrap();
    client(|builder| {
        let builder = builder.add_root_certificate(root);
        let Some(ClientCertificate { chain, key }) = certificate else { return builder };
        builder.identity(Identity::from_pem([chain.as_str(), key].concat().as_bytes()).unwrap())
    })
}

#[tokio::test]
async fn a_certificate_of_the_authority_opens_the_bank() {
    let authority = Authority::new();
    let customer = bank(&authority, Some(&authority.client())).await;
    assert!(customer.server.url().starts_with("https://127.0.0.1:"));
    customer.creates(TXID).await;
    assert!(customer.bank.books().contains_key(TXID));
}

#[tokio::test]
async fn another_certificate_or_none_does_not() {
    let authority = Authority::new();
    let certificates = [None, Some(Authority::new().client()), Some(authority.expired_client())];
    for certificate in certificates {
        let customer = bank(&authority, certificate.as_ref()).await;
        let url = format!("{}/oauth/token", customer.server.url());
        assert!(customer.http.post(url).send().await.is_err());
        assert!(customer.server.asked().is_empty());
    }
}

#[tokio::test]
async fn without_tls_the_bank_is_not_reached() {
    let authority = Authority::new();
    let customer = bank(&authority, Some(&authority.client())).await;
    let plain = customer.server.url().replace("https://", "http://");
    assert!(customer.http.post(format!("{plain}/oauth/token")).send().await.is_err());
    assert!(customer.server.asked().is_empty());
}

#[tokio::test]
async fn a_bank_of_another_authority_is_not_trusted() {
    let (authority, other) = (Authority::new(), Authority::new());
    let mut customer = bank(&authority, None).await;
    customer.http = shows(&other, Some(&authority.client()));
    let url = format!("{}/oauth/token", customer.server.url());
    assert!(customer.http.post(url).send().await.is_err());
}

#[tokio::test]
async fn a_token_belongs_to_the_certificate_that_got_it() {
    let authority = Authority::new();
    let mut customer = bank(&authority, Some(&authority.client())).await;
    let token = customer.token(SCOPES).await;
    let path = format!("/cob/{TXID}");
    assert_eq!(customer.asks_with(&token, "GET", &path, None).await.status, 404);
    customer.http = shows(&authority, Some(&authority.client()));
    assert_eq!(customer.asks_with(&token, "GET", &path, None).await.status, 401);
    let token = customer.token(SCOPES).await;
    assert_eq!(customer.asks_with(&token, "GET", &path, None).await.status, 404);
}
