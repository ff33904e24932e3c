//! Providers for the tests: one HTTP server for each real provider, written from what the provider publishes, with books
//! of its own. A fake knows nothing of the hub: it decides by its provider's rules alone.
//!
//! A fake implements [`Fake`]; [`Server`] is how it is reached, and where a test makes the network or the provider fail.

pub mod adyen;
pub mod bcb_pix;
mod boleto_line;
mod br_code;
pub mod drip;
pub mod pagarme;
mod server;

pub use server::{Asked, Fault, Reply, Server};

/// What one provider answers, by its books.
pub trait Fake: Send + Sync + 'static {
    /// Carries out one request, and answers it.
    fn answer(&self, asked: &Asked) -> Reply;
}
