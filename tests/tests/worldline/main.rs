//! Worldline's dialect over HTTP: signed requests, client sessions, and who may what.

mod access;
mod keys;
mod sessions;
mod signed;
