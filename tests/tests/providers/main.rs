//! The hub with accounts at real providers, whose places fakes with books of their own take.

mod adyen;
mod bcb_pix;
mod check;
mod drip;
mod pagarme;
mod unserved;
