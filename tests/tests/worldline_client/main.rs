//! The client API of Worldline's dialect, as a shopper's page calls it: products, what a card number says of its card,
//! the key to encrypt with, what that costs, and that no number of a card is kept. Who may call it is in tests/worldline.

mod calls;
mod iin;
mod key_pairs;
mod numbers;
mod page;
mod products;
