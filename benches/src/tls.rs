//! TLS as AWS has it: RSA of 2,048 bits, and an intermediate certificate. A program that ships trusts five roots alone,
//! so one of them is replaced in a copy of it, byte for byte.

use std::{process::Command, sync::Arc};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, PKCS_RSA_SHA256};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, pem::PemObject},
};
use tokio_rustls::TlsAcceptor;

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
const END: &[u8] = b"-----END CERTIFICATE-----\n";

/// Who signs for the services of a bench.
pub struct Authority {
    root: CertifiedIssuer<'static, KeyPair>,
    intermediate: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    /// A new one.
    #[must_use]
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = CertifiedIssuer::self_signed(params.clone(), key()).unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, "bench intermediate");
        let intermediate = CertifiedIssuer::signed_by(params, key(), &root).unwrap();
        Self { root, intermediate }
    }

    /// What accepts connections to this machine.
    #[must_use]
    pub fn acceptor(&self) -> TlsAcceptor {
        let key = key();
        let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        let leaf = leaf.signed_by(&key, &self.intermediate).unwrap();
        let chain = vec![leaf.der().clone(), self.intermediate.der().clone()];
        let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
        let versions = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = versions.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        TlsAcceptor::from(Arc::new(config.with_single_cert(chain, key).unwrap()))
    }

    /// The program with this root in place of the last one that it trusts.
    #[must_use]
    pub fn trusted_by(&self, mut program: Vec<u8>) -> Vec<u8> {
        let begin = program.windows(BEGIN.len()).rposition(|bytes| bytes == BEGIN).expect("a program without roots");
        let length = program[begin..].windows(END.len()).position(|bytes| bytes == END).unwrap() + END.len();
        let mut root = self.root.pem().replace("\r\n", "\n").into_bytes();
        assert!(root.len() <= length, "the root is too long");
        root.resize(length, b'\n');
        program[begin..begin + length].copy_from_slice(&root);
        program
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

/// A new key.
fn key() -> KeyPair {
    let arguments = ["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];
    let made = Command::new("openssl").args(arguments).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    KeyPair::from_pkcs8_pem_and_sign_algo(&String::from_utf8(made.stdout).unwrap(), &PKCS_RSA_SHA256).unwrap()
}
