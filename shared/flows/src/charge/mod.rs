//! What happens to a charge once it is stored.

pub mod change;
mod late;
pub mod reconcile;
pub mod settle;
