//! The client API of Worldline's dialect, as a shopper's page calls it: products, what a card number says of its card,
//! the key to encrypt with, and what that costs. Who may call it is in tests/worldline.

mod calls;
mod iin;
mod key_pairs;
mod page;
mod products;
