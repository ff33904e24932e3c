//! The hub on one machine and its command line, tested through their public surface.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot unwrap, or finds nothing where it looks, has failed"
)]

mod access;
mod clock;
mod command;
mod dashboard;
mod egress;
mod files;
mod found;
mod hub;
mod killed;
mod provider;
mod receiver;
mod settle;
mod support;
mod throttles;
mod webhooks;
