//! The certificates of mutual TLS: an authority of a test, the bank's, and those that it gives its customers.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair, date_time_ymd,
};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    server::WebPkiClientVerifier,
};

/// Who signs the certificates of one test.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key, each in PEM, as the account of a customer holds them.
#[derive(Clone)]
pub struct ClientCertificate {
    /// The certificate and its issuer's.
    pub chain: String,
    /// The private key.
    pub key: String,
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

impl Authority {
    /// An authority whose signature no other authority's verifier accepts.
    #[must_use]
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Its own certificate in PEM, by which a client knows the bank.
    #[must_use]
    pub fn root(&self) -> String {
        self.0.pem()
    }

    /// A certificate for a customer.
    #[must_use]
    pub fn client(&self) -> ClientCertificate {
        self.client_between(2020, 2099)
    }

    /// A certificate whose time is over.
    #[must_use]
    pub fn expired_client(&self) -> ClientCertificate {
        self.client_between(2020, 2021)
    }

    /// A certificate whose time has not come.
    #[must_use]
    pub fn early_client(&self) -> ClientCertificate {
        self.client_between(2098, 2099)
    }

    /// A bank on loopback that serves only clients with a certificate of this authority.
    #[must_use]
    pub fn server_config(&self) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
        let chain = vec![params.signed_by(&key, &self.0).unwrap().der().clone()];
        let provider = Arc::new(ring::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
        let secret = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(clients.build().unwrap())
            .with_single_cert(chain, secret)
            .unwrap()
    }

    fn client_between(&self, begin: i32, end: i32) -> ClientCertificate {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.not_before = date_time_ymd(begin, 1, 1);
        params.not_after = date_time_ymd(end, 1, 1);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = params.signed_by(&key, &self.0).unwrap();
        ClientCertificate { chain: [certificate.pem(), self.root()].concat(), key: key.serialize_pem() }
    }
}
