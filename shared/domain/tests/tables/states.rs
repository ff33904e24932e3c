//! A charge in every status, by every way that leads there.

use domain::{
    charge::{
        Outcome,
        command::{Abilities, Command},
        notice::News,
    },
    limits::MAX_ORDERED_REQUESTS,
};

use crate::life::{ABLE, Life, accepted, approved, begun, capture, charged_back, paid, refused, reverted, void, why};

/// A charge as a row of a table.
pub(crate) struct State {
    pub(crate) name: String,
    pub(crate) life: Life,
    pub(crate) abilities: Abilities,
}

/// Every state, its name led by its status.
pub(crate) fn states() -> Vec<State> {
    let all = [unpaid(), reserved(), paid_up(), given_back(), ended()];
    let able = all.into_iter().flatten().map(|(name, life)| state(name, life, ABLE));
    let no_cancel = state("Pix that can be paid, its provider cannot give it up", Life::pix(), {
        Abilities { can_supersede: false, ..ABLE }
    });
    let no_refund = Abilities { can_refund: false, ..ABLE };
    let paid_boleto = state("boleto, paid; nobody refunds it", Life::boleto().told(1, paid(100)), no_refund);
    let stuck_pix = state("Pix, paid; its provider refunds none", Life::paid_pix(), no_refund);
    let mut states: Vec<State> = able.chain([no_cancel, paid_boleto, stuck_pix]).collect();
    states.sort_by_key(|state| state.life.charge.status());
    states
}

fn state(name: &str, life: Life, abilities: Abilities) -> State {
    let (status, minor) = life.stands();
    State { name: format!("{status} {minor}: {name}"), life, abilities }
}

type Named = (&'static str, Life);

fn unpaid() -> Vec<Named> {
    vec![
        ("card, running", Life::card()),
        ("card, outcome unknown", Life::card().answered(1, Outcome::Unknown)),
        ("Pix, being registered", Life::new_pix()),
        ("Pix that can be paid", Life::pix()),
        ("Pix, giving up unknown", Life::pix().done(Command::Cancel, Outcome::Unknown)),
        ("Pix, being given up", Life::pix().asked(Command::Cancel)),
        ("Pix that could not be given up", Life::pix().done(Command::Cancel, refused())),
        ("Drip that can be paid", Life::drip()),
        ("boleto that can be paid", Life::boleto()),
    ]
}

fn reserved() -> Vec<Named> {
    vec![
        ("card", Life::reserved()),
        ("card, 30 let go", Life::reserved().done(void(30), approved())),
        ("card, 30 being let go", Life::reserved().asked(void(30))),
        ("card, being captured", Life::reserved().asked(capture(60)).answered(2, Outcome::Unknown)),
    ]
}

fn paid_up() -> Vec<Named> {
    vec![
        ("card", Life::paid_card()),
        ("card, 60 of 100 captured", Life::reserved().done(capture(60), approved())),
        (
            "card, 30 let go, then 50 of 70 captured",
            Life::reserved().done(void(30), approved()).done(capture(50), approved()),
        ),
        ("card, 30 given back", Life::paid_card().done(void(30), approved())),
        ("card, refund of 30 unknown", Life::paid_card().asked(void(30)).answered(2, Outcome::Unknown)),
        ("card, refund of 30 refused", Life::paid_card().done(void(30), refused())),
        ("card, contested", Life::paid_card().told(1, News::Disputed)),
        ("card, all its requests used up", busy_card()),
        ("Pix", Life::paid_pix()),
        ("Pix, paid with a discount", Life::pix().told(1, paid(90))),
        ("Pix, refund of 30 refused later", Life::paid_pix().done(void(30), accepted()).answered(3, refused())),
        ("Drip", Life::drip().told(1, paid(100))),
        ("card, all given back, 20 came back", {
            Life::paid_card().done(Command::Void(None), approved()).told(1, reverted(20))
        }),
    ]
}

fn given_back() -> Vec<Named> {
    let both = Life::paid_pix().done(void(30), accepted()).asked(void(50)).answered(4, Outcome::Unknown);
    vec![
        ("Pix, 30 under way", Life::paid_pix().done(void(30), accepted())),
        ("Pix, 30 and 50 under way", both),
        ("Pix, all under way", Life::paid_pix().done(Command::Void(None), accepted())),
        ("Pix, 30 begun at the provider", Life::paid_pix().told(1, begun(30))),
        ("card, all given back", Life::paid_card().done(Command::Void(None), approved())),
        ("Pix, all given back", Life::paid_pix().done(void(100), accepted()).answered(3, approved())),
    ]
}

fn ended() -> Vec<Named> {
    let open = Life::paid_card().asked(void(30)).answered(2, Outcome::Unknown);
    vec![
        ("card, declined", Life::card().answered(1, refused())),
        ("Pix, expired", Life::pix().told(1, News::NotPaid { why: why() })),
        ("card, all let go", Life::reserved().done(Command::Void(None), approved())),
        ("card, let go by the acquirer", Life::reserved().answered(1, Outcome::Canceled)),
        ("Pix, given up", Life::pix().done(Command::Cancel, approved())),
        ("card", Life::paid_card().told(1, charged_back())),
        ("card, refund of 30 unknown", open.told(1, charged_back())),
    ]
}

fn busy_card() -> Life {
    let mut life = Life::paid_card();
    while life.charge.requests.len() < MAX_ORDERED_REQUESTS {
        life = life.done(void(1), refused());
    }
    life
}
