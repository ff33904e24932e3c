//! Every minute: whatever is due is looked after.

use domain::refusal::Refusal;
use flows::{
    Hub,
    sweep::{self, Swept},
};

/// Looks after what is due, and logs what that came to.
///
/// # Errors
/// Where the table cannot be read.
pub async fn sweep(hub: &Hub) -> Result<Swept, Refusal> {
    let swept = sweep::run(hub).await?;
    if swept != Swept::default() {
        tracing::info!(asked = swept.asked, failed = swept.failed, queued = swept.queued, "swept");
    }
    Ok(swept)
}
