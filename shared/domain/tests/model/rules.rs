//! The decisions of the domain as functions. A test may replace one by a faulty one.

use domain::{
    charge::{
        AbilitiesOf, Charge, Circumstances, Decision, Report, SessionView, Superseding, WaitReason,
        command::{Command, Intent},
        due::{Due, Task},
    },
    refusal::Refusal,
    time::Timestamp,
};

type Decide = fn(&Charge, &Report<'_>, SessionView<'_>, AbilitiesOf, Circumstances) -> Decision;

/// Every decision about money.
#[derive(Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) decide: Decide,
    pub(crate) command: fn(&Charge, Command, AbilitiesOf) -> Result<Intent, Refusal>,
    pub(crate) superseding: fn(&Charge, AbilitiesOf) -> Superseding,
    /// The payment that a request changes.
    pub(crate) payment_of: fn(&Charge, usize) -> usize,
    pub(crate) transaction_of: fn(&Charge, usize) -> Option<&str>,
    pub(crate) tasks: fn(&Charge, Timestamp) -> Vec<Task>,
    pub(crate) due: fn(&Charge) -> Option<Due>,
    pub(crate) due_after: fn(&Charge, Timestamp) -> Option<Due>,
    pub(crate) is_open: fn(WaitReason) -> bool,
    /// What an idempotent replay prints.
    pub(crate) as_of: fn(&Charge, u32) -> Charge,
    /// Whether an account exists: one that is not in an environment's cache is read again.
    pub(crate) has_account: fn(bool) -> bool,
}

/// Those of the domain.
pub(crate) const RIGHT: Rules = Rules {
    decide: Charge::decide,
    command: Charge::command,
    superseding: Charge::superseding,
    payment_of: Charge::payment_of,
    transaction_of: Charge::transaction_of,
    tasks: Charge::tasks,
    due: Charge::due,
    due_after: Charge::due_after,
    is_open: WaitReason::can_end,
    as_of: Charge::as_of,
    has_account: |_| true,
};
