//! What happens to charges is told: each change once, as it was then, however often and from wherever it is relayed.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot unwrap has failed")]

mod again;
mod cost;
mod life;
mod listed;
mod printed;
mod relay_hub;
mod replay;
mod unreadable;
