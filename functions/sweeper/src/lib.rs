//! Processes what is due, once a minute.

use domain::refusal::Refusal;
use flows::{
    Hub,
    sweep::{self, Swept},
};

/// Processes what is due, and logs the counts.
///
/// # Errors
/// If the table cannot be read.
pub async fn sweep(hub: &Hub) -> Result<Swept, Refusal> {
    let swept = sweep::run(hub).await?;
    if swept != Swept::default() {
        tracing::info!(
            asked = swept.asked,
            failed = swept.failed,
            queued = swept.queued,
            erased = swept.erased,
            "swept"
        );
    }
    Ok(swept)
}
