//! The operator of a hub, who works by the command line.

use std::process::Output;

use crate::command::CommandedHub;

/// Runs commands on the hub's machine. The hub is stopped meanwhile.
pub struct Operator<'a>(&'a mut CommandedHub);

impl<'a> Operator<'a> {
    pub(crate) const fn of(hub: &'a mut CommandedHub) -> Self {
        Self(hub)
    }

    /// Settles the request at `number` (from 1, the oldest) of a charge. Returns the command's output.
    #[must_use]
    pub fn settles(self, charge: &str, number: usize, verdict: &[&str]) -> Output {
        self.0.run(&[&["charge", "settle", charge, "--request", &number.to_string()], verdict].concat())
    }

    /// Applies again the notifications of a charge that wait. Returns the command's output.
    #[must_use]
    pub fn applies(self, charge: &str) -> Output {
        self.0.run(&["charge", "apply", charge])
    }
}
