//! The part of a list that a request asks for.

use domain::{ids::ClientId, refusal::Refusal};
use flows::{Hub, account};
use store::lists::Window;
use wire::malga::requests::{Created, Paging, Sort};

/// The page of the account's list that `paging` asks for, of what was made when `created` says.
///
/// # Errors
/// The store's refusals.
pub async fn window(hub: &Hub, client: ClientId, paging: Paging, created: Created) -> Result<Window, Refusal> {
    Ok(Window {
        descending: paging.sort == Sort::Descending,
        page: paging.page,
        limit: paging.limit,
        ..account::window(hub, client, created.from, created.until).await?
    })
}
