//! TLS to all hosts but AWS: rustls with ring, and the roots that browsers trust.

use std::sync::Arc;

use rustls::{ClientConfig, Error, RootCertStore, crypto::ring};

/// What a client's connections are set up with.
///
/// # Errors
/// Where ring lacks what rustls asks for.
pub fn public_roots() -> Result<ClientConfig, Error> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let versions = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    Ok(versions.with_safe_default_protocol_versions()?.with_root_certificates(roots).with_no_client_auth())
}
