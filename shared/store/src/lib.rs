//! The hub's storage: two DynamoDB tables, and every read and write of them.
//!
//! An aggregate is one item and a decision is one conditional write. Every write carries a fresh `writer` nonce: a
//! write whose answer was lost is recognised by it when its condition fails.
//!
//! | item | `PK` | `SK` |
//! |---|---|---|
//! | account | `CLIENT#c` | `CLIENT` |
//! | merchant | `CLIENT#c` | `MERCHANT#m` |
//! | merchant's logo | `LOGO#m` | `LOGO` |
//! | webhook endpoint | `CLIENT#c` | `WEBHOOK#w` |
//! | answer to a registration of an endpoint, or to a rotation of its key | `CLIENT#c` | `ANSWER#id` |
//! | number of decisions on all endpoints of an account | `CLIENT#c` | `WEBHOOKS` |
//! | API key | `KEY#sha256` | `KEY` |
//! | key that signs requests of servers | `WLKEY#k` | `WLKEY` |
//! | name of such a key in its account | `CLIENT#c` | `WLKEY#k` |
//! | client session | `WLSESSION#sha256` | `WLSESSION` |
//! | session | `SESSION#s` | `SESSION` |
//! | charge | `CHARGE#h` | `CHARGE` |
//! | card | `CARD#k` | `CARD` |
//! | customer | `CUSTOMER#u` | `CUSTOMER` |
//! | uniqueness of a customer's document | `CLIENT#c#DOCUMENT#hash` | `DOCUMENT` |
//! | uniqueness of a customer's e-mail address | `CLIENT#c#EMAIL#hash` | `EMAIL` |
//! | event | `EVENT#e` | `EVENT` |
//! | delivery of an event to an endpoint | `WEBHOOK#w` | `DELIVERY#e` |
//! | delivery attempt | `WEBHOOK#w` | `ATTEMPT#e#nnnn` |
//! | inbox: one provider notification | `CALLBACK#provider#hash` | `CALLBACK` |
//! | counter of declines and verifications, for an hour or 30 days | `LIMIT#c#<by>#id` | `HOUR#start`, `MONTH#start` |
//! | token of a provider that all functions share | `OAUTH#client#hash` | `OAUTH` |
//! | the hub's own wrapped secrets | `HUB` | `SECRETS` |
//! | key pairs under which browsers encrypt cards | `KEYPAIRS` | `KEYPAIRS` |
//! | card token (table `tokens`) | `TOKEN#t` | `TOKEN` |
//!
//! GSI1 lists: `CLIENT#c#<kind>#yyyymm#<0..3>` / `createdAt#id`, an endpoint's deliveries under
//! `WEBHOOK#w#delivery#yyyymm#<0..3>`.
//!
//! GSI2 finds due work: `DUE#<lane>#<shard>` / `dueAt#id#providerAccount`. The lanes `unknown`, `query`, `expiry`
//! and `boleto` have the shards `00..15`; `refund` and `notification` have `00..03`. Deliveries are under
//! `SEND#<00..31>` / `dueAt#event#webhook`, unsaved cards under `UNSAVED#<00..03>` / `usedAt#card`, and erased
//! customers whose copies are not erased yet under `ERASED#<00..03>` / `erasedAt#customer`.
//!
//! GSI1 of the table `tokens`: `EXPIRES#<00..03>` / `expiresAt#token`.

pub mod accounts;
mod cache;
pub mod card_testing;
pub mod cards;
pub mod charges;
pub mod client_sessions;
pub mod customers;
pub mod deliveries;
pub mod due;
mod error;
mod events;
pub mod inbox;
mod item;
pub mod key_pairs;
pub mod keys;
pub mod lists;
pub mod merchants;
pub mod outbox;
pub mod provider_tokens;
pub mod queue;
pub mod retention;
pub mod retry;
pub mod server_keys;
pub mod sessions;
mod short;
pub mod tokens;
pub mod webhooks;
mod write;

use std::sync::Arc;

use aws_sdk_dynamodb::Client;

pub use error::Error;

use crate::cache::Cache;

/// A handle on the two tables; clones share their caches.
#[derive(Clone, Debug)]
pub struct Store {
    client: Client,
    hub: Arc<str>,
    tokens: Arc<str>,
    caches: Arc<Caches>,
}

#[derive(Debug, Default)]
struct Caches {
    keys: Cache<accounts::KeyRecord>,
    accounts: Cache<accounts::Account>,
    merchants: Cache<domain::merchant::Merchant>,
    key_pairs: Cache<key_pairs::KeyPairs>,
    server_keys: Cache<server_keys::ServerKey>,
}

impl Store {
    /// The tables of these names, reached through `client`.
    #[must_use]
    pub fn new(client: Client, hub_table: &str, tokens_table: &str) -> Self {
        Self { client, hub: hub_table.into(), tokens: tokens_table.into(), caches: Arc::default() }
    }
}
