//! The part of a list that a request asks for.

use domain::refusal::Refusal;
use flows::account;
use store::lists::Window;
use wire::malga::requests::{Created, Paging, Sort};

use crate::Call;

impl Call<'_> {
    /// The page of a list of the caller's account that `paging` asks for, of what was made when `created` says.
    ///
    /// # Errors
    /// The store's refusals.
    pub async fn window(&self, paging: Paging, created: Created) -> Result<Window, Refusal> {
        Ok(Window {
            descending: paging.sort == Sort::Descending,
            page: paging.page,
            limit: paging.limit,
            ..account::window(self.hub, self.caller.client, created.from, created.until).await?
        })
    }
}
