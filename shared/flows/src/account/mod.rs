//! Accounts: made by the operator, and what each makes for itself.

pub mod keys;
pub mod merchant;
pub mod provision;
pub mod settings;
