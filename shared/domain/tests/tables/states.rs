//! A charge in every status, by every path that leads there.

use domain::{
    charge::{Outcome, command::Command, update::UpdateKind},
    limits::{MAX_CANCELS, MAX_ORDERED_REQUESTS},
};

use crate::life::{
    Life, accepted, approved, begun, capture, capture_failed, charged_back, credited, debited, disputed, no_cancel,
    no_cancel_or_refund, no_parts, no_read, no_refund, not_paid, one_at_a_time, paid, paid_as, payable, refused,
    reverted, void,
};

/// A charge as a row of a table.
pub(crate) struct State {
    pub(crate) name: String,
    pub(crate) life: Life,
}

/// Every state, its name led by its status.
pub(crate) fn states() -> Vec<State> {
    let all = [unpaid(), unpaid_elsewhere(), reserved(), paid_up(), refunded(), ended(), taken_back()];
    let mut states: Vec<State> = all.into_iter().flatten().map(|(name, life)| state(name, life)).collect();
    states.sort_by_key(|state| state.life.charge.status());
    states
}

fn state(name: &str, life: Life) -> State {
    let (status, minor) = life.is();
    State { name: format!("{status} {minor}: {name}"), life }
}

type Named = (&'static str, Life);

fn unpaid() -> Vec<Named> {
    vec![
        ("card, running", Life::card()),
        ("card, outcome unknown", Life::card().answered(1, Outcome::Unknown)),
        ("card, second attempt running", Life::card().retried().answered(1, refused())),
        ("card to be reserved, running", Life::hold()),
        ("Pix, being registered", Life::new_pix()),
        ("Pix that can be paid", Life::pix()),
        ("Pix, its second attempt can be paid", {
            Life::new_pix().retried().answered(1, refused()).answered(2, Outcome::Pending(payable()))
        }),
        ("Pix, cancel running", Life::pix().asked(Command::Cancel)),
        ("Pix, cancel with unknown outcome", Life::pix().done(Command::Cancel, Outcome::Unknown)),
        ("Pix, cancel refused", Life::pix().done(Command::Cancel, refused())),
        ("Pix, all its cancels refused", canceled_in_vain()),
        ("Drip that can be paid", Life::drip()),
        ("boleto that can be paid", Life::boleto()),
    ]
}

fn unpaid_elsewhere() -> Vec<Named> {
    vec![
        ("Pix, its provider cannot cancel it", Life::pix().at(no_cancel)),
        ("Pix, its provider can neither cancel nor refund it", Life::pix().at(no_cancel_or_refund)),
        ("Pix, its provider can cancel but not refund it", Life::pix().at(no_refund)),
        ("Pix, its provider cannot be asked about it", Life::pix().at(no_read)),
    ]
}

fn reserved() -> Vec<Named> {
    vec![
        ("card", Life::reserved()),
        ("card, 30 released", Life::reserved().done(void(30), approved())),
        ("card, release of 30 running", Life::reserved().asked(void(30))),
        ("card, capture of 60 unknown", Life::reserved().asked(capture(60)).answered(2, Outcome::Unknown)),
        ("card, capture of 60 accepted", Life::reserved().done(capture(60), accepted())),
        ("card, capture of 60 refused", Life::reserved().done(capture(60), refused())),
        ("card, its provider captures and releases no part", Life::reserved_at(no_parts)),
        ("card, its provider captures no part, 30 released", {
            Life::reserved().done(void(30), approved()).at(no_parts)
        }),
        ("card, release of 30 accepted, its provider takes one at a time", {
            Life::reserved_at(one_at_a_time).done(void(30), accepted())
        }),
        ("card, release of all accepted", Life::reserved().done(void(100), accepted())),
        ("card, releases of 30 and 50 accepted", {
            Life::reserved().done(void(30), accepted()).done(void(50), accepted())
        }),
        ("card, its provider's own capture failed", Life::paid_card().notified(1, capture_failed())),
        ("card, 30 released, the capture of 70 failed after all", {
            let captured = Life::reserved().done(void(30), approved()).done(capture(70), approved());
            captured.notified(3, capture_failed())
        }),
    ]
}

fn paid_up() -> Vec<Named> {
    vec![
        ("card", Life::paid_card()),
        ("card, paid by its second attempt", Life::card().retried().answered(1, refused()).answered(2, approved())),
        ("card, 60 of 100 captured", Life::reserved().done(capture(60), approved())),
        (
            "card, 30 released, then 50 of 70 captured",
            Life::reserved().done(void(30), approved()).done(capture(50), approved()),
        ),
        ("card, captured once more after its capture had failed", {
            Life::paid_card().notified(1, capture_failed()).done(capture(100), approved())
        }),
        ("card, 30 refunded", Life::paid_card().done(void(30), approved())),
        ("card, refund of 30 unknown", Life::paid_card().asked(void(30)).answered(2, Outcome::Unknown)),
        ("card, refund of 30 accepted, its provider takes one at a time", {
            Life::paid_card().at(one_at_a_time).done(void(30), accepted())
        }),
        ("card, refund of 30 refused", Life::paid_card().done(void(30), refused())),
        ("card, disputed", Life::paid_card().notified(1, disputed(None))),
        ("card, all its requests used up", busy_card()),
        ("Pix", Life::paid_pix()),
        ("Pix, paid with a discount", Life::pix().notified(1, paid(90))),
        ("Pix, refund of 30 refused later", Life::paid_pix().done(void(30), accepted()).answered(3, refused())),
        ("Pix, paid twice", Life::pix().notified(1, paid_as("t-1", 100)).notified(1, paid_as("t-2", 100))),
        ("Drip", Life::drip().notified(1, paid(100))),
        ("card, all refunded, 20 came back", {
            Life::paid_card().done(Command::Void(None), approved()).notified(1, reverted(20))
        }),
        ("card, approved after it had failed", Life::card().answered(1, refused()).answered(1, approved())),
        ("boleto, its provider does not refund it", Life::boleto().at(no_refund).notified(1, paid(100))),
        ("Pix, its provider refunds none", Life::paid_pix().at(no_refund)),
    ]
}

fn refunded() -> Vec<Named> {
    let both = Life::paid_pix().done(void(30), accepted()).asked(void(50)).answered(4, Outcome::Unknown);
    vec![
        ("Pix, refund of 30 accepted", Life::paid_pix().done(void(30), accepted())),
        ("Pix, refunds of 30 and 50 under way", both),
        ("Pix, refund of all accepted", Life::paid_pix().done(Command::Void(None), accepted())),
        ("Pix, refund of 30 begun at the provider", Life::paid_pix().notified(1, begun(30))),
        ("card, all refunded", Life::paid_card().done(Command::Void(None), approved())),
        ("Pix, all refunded", Life::paid_pix().done(void(100), accepted()).answered(3, approved())),
    ]
}

fn ended() -> Vec<Named> {
    vec![
        ("card, declined", Life::card().answered(1, refused())),
        ("card, two attempts declined", { Life::card().retried().answered(1, refused()).answered(2, refused()) }),
        ("Pix, expired", Life::pix().notified(1, not_paid())),
        ("card, all released", Life::reserved().done(Command::Void(None), approved())),
        ("card to be reserved, canceled by its provider", Life::hold().notified(1, UpdateKind::ReservationEnded)),
        ("card, released by the acquirer", Life::reserved().answered(1, Outcome::Canceled)),
        ("Pix, canceled", Life::pix().done(Command::Cancel, approved())),
    ]
}

fn taken_back() -> Vec<Named> {
    let open = Life::paid_card().asked(void(30)).answered(2, Outcome::Unknown);
    let part = Life::paid_card().notified(1, debited(40, Some("d-1")));
    vec![
        ("card", Life::paid_card().notified(1, charged_back())),
        ("card, refund of 30 unknown", open.notified(1, charged_back())),
        ("card, 40 of it", part.clone()),
        ("card, 40 of it, the rest refunded", part.clone().done(Command::Void(None), approved())),
        ("card, 40 and 30 of it, the 40 credited again", {
            part.clone().notified(1, debited(30, Some("d-2"))).notified(1, credited(40, Some("d-1")))
        }),
        ("card, 40 of it credited again", part.notified(1, credited(40, Some("d-1")))),
    ]
}

fn busy_card() -> Life {
    let mut life = Life::paid_card();
    while life.charge.requests.len() < MAX_ORDERED_REQUESTS {
        life = life.done(void(1), refused());
    }
    life
}

fn canceled_in_vain() -> Life {
    (0..MAX_CANCELS).fold(Life::pix(), |life, _| life.done_by_hub(Command::Cancel, refused()))
}
