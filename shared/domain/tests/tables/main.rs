//! Every cell of the state machine, as tables that a reader who knows payments can review, and the examples of Malga's
//! pages for sums, refunds and notifications.
//!
//! After a change of a rule, `INSTA_UPDATE=always cargo test -p domain --test tables` writes the tables anew: then read
//! them.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot unwrap or index has failed")]

mod attempts;
mod captures;
mod commands;
mod deadlines;
mod disputes;
mod duplicate_payments;
mod events;
mod history;
mod hub_refunds;
mod late_payments;
mod ledger;
mod life;
mod orders;
mod outcomes;
mod refunds;
mod reservations;
mod room;
mod schedule;
mod sessions;
mod states;
mod stored;
mod sums;
mod table;
mod updates;
mod words;
