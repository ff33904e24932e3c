//! The fakes of real providers: each answers as its provider publishes, and its books say what happened to the money.

mod drip;
mod pagarme;

/// A client of HTTP.
fn client() -> reqwest::Client {
    // The error is that another test has installed it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}
