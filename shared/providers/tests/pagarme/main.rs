//! Pagar.me's adapter: every request, every kind of answer and every notification, as golden files and as tables.

mod access;
mod answers;
mod cases;
mod golden;
mod notifications;
mod requests;
mod samples;
