//! The banks with the Central Bank's API Pix: what is sent, and what is made of what comes back.

mod access;
mod answers;
mod golden;
mod notifications;
mod refunds;
mod requests;
mod samples;
