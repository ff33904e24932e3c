//! Delivery attempts: their schedule, their retries after a death of the hub, and their cost. An endpoint that
//! misbehaves delays no other.

mod again;
mod blocked;
mod cost;
mod deaths;
mod lost;
mod schedule;
