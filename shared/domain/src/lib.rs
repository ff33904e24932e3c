//! What a payment is, and what may happen to it.
//!
//! This crate decides and does nothing else: no storage, no network, no clock, no randomness.
//! Time, ids and nonces come in as arguments. The modules:
//!
//! - [`charge`]: one payment, its transaction requests, and the state machine over them;
//! - [`session`]: an order that is paid once; [`client_session`]: what a shopper's page may read before it pays;
//! - [`method`], [`card`], [`document`], [`customer`], [`brcode`], [`barcode`]: what a payment needs;
//! - [`merchant`]: who is paid, and through which providers;
//! - [`scope`], [`maker`]: what a public key may be allowed to do, and what a key has made;
//! - [`money`], [`ids`], [`time`], [`calendar`], [`limits`]: what everything else uses;
//! - [`refusal`]: every reason for which the hub refuses a request.

#![warn(clippy::arithmetic_side_effects, clippy::wildcard_enum_match_arm)]

pub mod alarm;
pub mod barcode;
pub mod brcode;
pub mod calendar;
pub mod card;
pub mod card_testing;
pub mod charge;
pub mod client_session;
pub mod customer;
pub mod document;
pub mod endpoint;
pub mod ids;
pub mod limits;
pub mod maker;
pub mod merchant;
pub mod method;
pub mod money;
pub mod public_key;
pub mod refusal;
pub mod scope;
pub mod session;
pub mod time;
pub mod webhook;
