//! Every cell of the state machine, as tables that a payments person can review, and what the source documents print of
//! sums, refunds and notices.
//!
//! After a change of a rule, `INSTA_UPDATE=always cargo test -p domain` writes the tables anew: then read them.

#![expect(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

mod commands;
mod deadlines;
mod events;
mod late_money;
mod life;
mod news;
mod notices;
mod outcomes;
mod past;
mod refunds;
mod sessions;
mod states;
mod stored;
mod sums;
mod table;
