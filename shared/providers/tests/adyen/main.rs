//! The adapter of Adyen: its requests, the outcomes that it reads from answers, and the updates of notifications.

mod answers;
mod golden;
mod notifications;
mod requests;
mod samples;
