//! The fakes of real providers: what each carries out, what it refuses, and what its books say.

mod adyen;
mod bcb_pix;
mod drip;
mod faults;
mod pagarme;

/// A client of HTTP.
fn client() -> reqwest::Client {
    // The error is that another test has installed it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}
