//! The decisions of the domain, as what they are: functions. A test may put a broken one in the place of a right one.

use domain::{
    charge::{
        Charge, LateMoney, Learned, Outcome, Settled,
        command::{Abilities, Ask, Command},
        late::Late,
        notice::Notice,
    },
    refusal::Refusal,
    session::Session,
};

/// Every decision about money.
#[derive(Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) decide: fn(&Charge, Command, Abilities) -> Result<Ask, Refusal>,
    pub(crate) settle: fn(&Charge, usize, Outcome, Learned) -> Settled,
    pub(crate) hear: fn(&Charge, &Notice, Learned) -> Settled,
    pub(crate) take_late: fn(&Charge, &LateMoney, Option<&Session>, Option<&Charge>, bool, Learned) -> Late,
}

/// Those of the domain.
pub(crate) const RIGHT: Rules =
    Rules { decide: Charge::decide, settle: Charge::settle, hear: Charge::hear, take_late: Charge::take_late };
