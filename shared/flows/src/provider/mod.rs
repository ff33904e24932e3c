//! Providers: how they are called, and how they call the hub.

pub mod executor;
pub mod notification;
