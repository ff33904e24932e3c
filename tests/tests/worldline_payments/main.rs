//! Payments through Worldline's API: their whole life, over the same charges as Malga's API; what a shopper's page
//! encrypted, which pays once; and what is refused.

mod answers;
mod cards;
mod changes;
mod costs;
mod deaths;
mod inputs;
mod orders;
mod outcomes;
mod refunds;
mod refusals;
mod replays;
