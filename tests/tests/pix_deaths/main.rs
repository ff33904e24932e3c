//! Banks with the API Pix, and Drip: the hub dies before and after every write and every call, or an answer is lost.

mod operations;
mod superseding;
