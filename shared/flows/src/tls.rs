//! TLS to all hosts but AWS: rustls with ring, and the roots that browsers trust.

use std::sync::Arc;

use rustls::{
    ClientConfig, ConfigBuilder, Error, RootCertStore, client::WantsClientCert, crypto::ring, pki_types::CertificateDer,
};

/// What a client's connections are set up with.
///
/// # Errors
/// Where ring lacks what rustls asks for.
pub fn public_roots() -> Result<ClientConfig, Error> {
    Ok(trusting(&[])?.with_no_client_auth())
}

/// The same with `more` roots, and still without a client certificate or the word that there is none.
///
/// # Errors
/// Where ring lacks what rustls asks for, or one of `more` is no certificate.
pub(crate) fn trusting(
    more: &[CertificateDer<'static>],
) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, Error> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for root in more {
        roots.add(root.clone())?;
    }
    let versions = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    Ok(versions.with_safe_default_protocol_versions()?.with_root_certificates(roots))
}
