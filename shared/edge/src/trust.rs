//! TLS to AWS: one rustls with ring, and a small store of the five roots that Amazon asks clients to trust.
//!
//! Reading a system's whole trust store costs more than everything else at a cold start.

use std::time::Duration;

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::{
    BehaviorVersion, Credentials, Region, SharedHttpClient, retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_types::SdkConfig;

/// Amazon Root CA 1 to 4 and Starfield Services Root G2.
const ROOTS: &[u8] = include_bytes!("amazon_roots.pem");

/// The HTTP client that the SDKs share.
fn http_client() -> Result<SharedHttpClient, String> {
    let roots = TrustStore::empty().with_pem_certificate(ROOTS);
    let context = TlsContext::builder().with_trust_store(roots).build().map_err(|error| error.to_string())?;
    Ok(Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(context).build_https())
}

/// The SDK has no timeouts of its own. One attempt of a call gets three seconds, all its attempts ten.
fn time_limits() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_secs(3))
        .operation_timeout(Duration::from_secs(10))
        .build()
}

/// How a client of any service is set up: with these credentials, at `endpoint` where that is not the service's own.
pub(crate) fn access(credentials: Credentials, region: Region, endpoint: Option<String>) -> Result<SdkConfig, String> {
    let mut access = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(region)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(RetryConfig::standard())
        .timeout_config(time_limits())
        .http_client(http_client()?);
    access.set_endpoint_url(endpoint);
    Ok(access.build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_five_roots_can_be_read() {
        // A PEM that cannot be read fails at the first handshake only, in production.
        let text = std::str::from_utf8(ROOTS).unwrap();
        assert_eq!(text.matches("-----BEGIN CERTIFICATE-----").count(), 5);
        let mut roots = rustls::RootCertStore::empty();
        for certificate in rustls::pki_types::pem::PemObject::pem_slice_iter(ROOTS) {
            let certificate: rustls::pki_types::CertificateDer<'static> = certificate.unwrap();
            roots.add(certificate).unwrap();
        }
        assert_eq!(roots.len(), 5);
        assert!(http_client().is_ok());
    }
}
