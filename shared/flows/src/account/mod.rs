//! Accounts, which the operator makes, and what belongs to each.
//!
//! - [`provision`]: the operator makes an account, and replaces its secret key;
//! - [`keys`]: public keys; [`server_keys`]: keys with which servers sign their requests;
//! - [`merchant`], [`settings`]: merchants, and how they present themselves;
//! - `accounts`, [`provider`]: merchants' accounts at providers.

mod accounts;
pub mod keys;
pub mod merchant;
pub mod provider;
pub mod provision;
pub mod server_keys;
pub mod settings;

use std::time::Duration;

use domain::{ids::ClientId, limits::DEFAULT_PAGE, refusal::Refusal, time::Timestamp};
use store::{accounts::Account, lists::Window};

use crate::hub::Hub;

/// In milliseconds.
const A_DAY: i64 = 24 * 60 * 60 * 1000;

/// The part of the account's lists from `from` until `until`; without a bound, as far as the lists reach.
///
/// # Errors
/// The store's refusals.
pub async fn window(
    hub: &Hub,
    client: ClientId,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
) -> Result<Window, Refusal> {
    // The operator's clock, which stamped the account, need not be the hub's.
    let made = find(hub, client).await?.created_at;
    let first = Timestamp::from_millis(made.as_millis().saturating_sub(A_DAY));
    let last = hub.now().plus(Duration::from_secs(1));
    Ok(Window {
        from: from.map_or(first, |from| from.max(first)),
        until: until.map_or(last, |until| until.min(last)),
        descending: false,
        page: 1,
        limit: DEFAULT_PAGE,
    })
}

/// The account of a caller that was authenticated.
pub(crate) async fn find(hub: &Hub, client: ClientId) -> Result<Account, Refusal> {
    hub.store.account(client, hub.now()).await?.ok_or(Refusal::Forbidden)
}
