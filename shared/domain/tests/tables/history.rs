//! A charge as it was at each of its events and at each first answer, read from the charge as it is now.

use domain::{
    charge::{Charge, Decision, Entry, Outcome, command::Command, update::UpdateKind},
    money::Amount,
};

use crate::life::{
    Life, accepted, approved, begun, capture, charged_back, credited, debited, dispute_closed, disputed, not_paid,
    paid, paid_as, payable, refund_failed, refunded, refused, reverted, transaction, void,
};

type Step = Box<dyn Fn(Life) -> Life>;

fn step(step: impl Fn(Life) -> Life + 'static) -> Step {
    Box::new(step)
}

fn answered(number: usize, outcome: Outcome) -> Step {
    step(move |life| life.answered(number, outcome.clone()))
}

fn notified(number: usize, kind: UpdateKind) -> Step {
    step(move |life| life.notified(number, kind.clone()))
}

fn asked(command: Command) -> Step {
    step(move |life| life.asked(command))
}

/// Lives, step by step, with every case in which a later step touches an earlier request.
#[expect(clippy::too_many_lines, reason = "a table is read as a whole")]
fn lives() -> Vec<(&'static str, Life, Vec<Step>)> {
    let unknown = || Outcome::Unknown;
    vec![
        (
            "card",
            Life::card(),
            vec![answered(1, unknown()), answered(1, approved()), asked(void(30)), answered(2, refused())],
        ),
        (
            "card with two refunds at once",
            Life::card(),
            vec![
                answered(1, approved()),
                asked(void(30)),
                answered(2, unknown()),
                asked(void(20)),
                answered(3, approved()),
                answered(2, approved()),
                notified(1, charged_back()),
            ],
        ),
        (
            "reserved card",
            Life::hold(),
            vec![
                answered(1, approved()),
                asked(void(30)),
                answered(2, approved()),
                asked(capture(50)),
                answered(3, unknown()),
                answered(3, approved()),
                asked(Command::Void(None)),
                answered(4, approved()),
                notified(4, refund_failed()),
            ],
        ),
        ("declined card", Life::card(), vec![answered(1, refused())]),
        (
            "Pix",
            Life::new_pix(),
            vec![
                answered(1, Outcome::Pending(payable())),
                notified(1, paid(100)),
                asked(void(30)),
                answered(3, accepted()),
                asked(void(50)),
                answered(4, accepted()),
                notified(3, refunded(30)),
                notified(4, refund_failed()),
                notified(1, begun(10)),
                notified(1, disputed(None)),
                notified(1, refunded(10)),
                notified(1, reverted(10)),
                notified(1, dispute_closed(None)),
                asked(Command::Void(None)),
            ],
        ),
        (
            "Pix that is paid before its registration is answered",
            Life::new_pix(),
            vec![answered(1, unknown()), answered(1, Outcome::Paid(Amount::new(100).unwrap(), payable()))],
        ),
        (
            "Pix that is canceled",
            Life::new_pix(),
            vec![
                answered(1, Outcome::Pending(payable())),
                asked(Command::Cancel),
                answered(2, unknown()),
                answered(2, approved()),
            ],
        ),
        ("boleto", Life::boleto(), vec![notified(1, paid(100)), notified(1, charged_back())]),
        ("Drip", Life::drip(), vec![notified(1, not_paid())]),
    ]
}

/// Lives with several attempts, duplicate payments, disputes, and cancels and refusals that were not the end.
fn more_lives() -> Vec<(&'static str, Life, Vec<Step>)> {
    let unknown = || Outcome::Unknown;
    vec![
        (
            "card, first attempt approved after the second one",
            Life::card(),
            vec![
                step(Life::retried),
                answered(1, refused()),
                answered(2, approved()),
                answered(1, Outcome::Approved(transaction("t-1"))),
                step(|life| life.asked_by_hub(Command::RefundUnkept(3))),
                answered(4, approved()),
                notified(4, refund_failed()),
            ],
        ),
        (
            "Pix paid while its cancel is unknown, and once more",
            Life::pix(),
            vec![
                asked(Command::Cancel),
                answered(2, unknown()),
                notified(1, paid_as("t-1", 100)),
                notified(1, paid_as("t-2", 100)),
                step(|life| life.asked_by_hub(Command::RefundUnkept(4))),
                answered(5, accepted()),
                answered(5, approved()),
            ],
        ),
        (
            "refund that is refused and made after all",
            Life::pix(),
            vec![
                notified(1, paid(100)),
                asked(void(30)),
                answered(3, accepted()),
                answered(3, refused()),
                answered(3, approved()),
            ],
        ),
        (
            "capture that fails and is made after all",
            Life::hold(),
            vec![answered(1, approved()), asked(capture(60)), answered(2, refused()), notified(2, paid(60))],
        ),
        (
            "disputes",
            Life::card(),
            vec![
                answered(1, approved()),
                notified(1, debited(40, Some("d-1"))),
                notified(1, debited(30, Some("d-2"))),
                asked(Command::Void(None)),
                answered(4, approved()),
                notified(1, credited(40, Some("d-1"))),
                notified(1, credited(30, Some("d-2"))),
            ],
        ),
    ]
}

/// What is shown of a charge at an event; the rest is for its next write.
fn shown(charge: &Charge) -> Charge {
    let mut charge = Charge { version: 0, ..charge.clone() };
    for request in &mut charge.requests {
        request.known_as.clear();
    }
    charge
}

#[test]
fn every_later_charge_shows_what_it_was_at_each_of_its_events() {
    for (name, mut life, steps) in lives().into_iter().chain(more_lives()) {
        let mut seen: Vec<Charge> = vec![life.charge.clone()];
        for step in steps {
            life = step(life);
            seen.push(life.charge.clone());
            for no in 1..=life.charge.event_no {
                let then = seen.iter().find(|charge| charge.event_no >= no).unwrap();
                let moment = life.charge.at_event(no).unwrap();
                assert_eq!(moment.charge.event_no, no);
                assert_eq!((moment.at, moment.charge.updated_at), (then.updated_at, then.updated_at), "{name}, {no}");
                if then.event_no == no {
                    assert_eq!(shown(&moment.charge), shown(then), "{name}, event {no}");
                }
            }
            assert_eq!(life.charge.at_event(life.charge.event_no + 1), None);
        }
        let names: Vec<&str> =
            (1..=life.charge.event_no).map(|no| life.charge.at_event(no).unwrap().name.name()).collect();
        assert_eq!(names, life.events(), "{name}");
    }
}

#[test]
fn of_two_events_of_one_write_the_first_shows_the_charge_before_the_second() {
    let paid = Outcome::Paid(Amount::new(100).unwrap(), payable());
    let life = Life::new_pix().answered(1, paid);
    let at = |no| life.charge.at_event(no).map(|moment| (moment.name.name(), moment.charge.status().name()));
    assert_eq!(at(1), Some(("pending", "pending")));
    assert_eq!(at(2), Some(("authorized", "authorized")));
    assert_eq!(life.charge.at_event(1).unwrap().charge.requests.len(), 1);
}

/// Status, amount and entries.
type Body = (String, u64, Vec<String>);

/// What an answer prints of a charge.
fn body(charge: &Charge) -> Body {
    let line = |entry: &Entry| format!("{} {}/{} {}", entry.id, entry.kind.name(), entry.status().name(), entry.amount);
    (charge.status().to_string(), charge.amount().minor(), charge.entries().iter().map(line).collect())
}

#[test]
fn the_first_answer_of_every_request_is_replayed_as_it_was_whatever_came_later() {
    for (name, mut life, steps) in lives().into_iter().chain(more_lives()) {
        let mut answers: Vec<(usize, Body)> = Vec::new();
        for step in steps {
            life = step(life);
            for number in 1..=life.charge.requests.len() {
                let Some(at) = life.charge.answered_at(number) else { continue };
                let replay = body(&life.charge.as_of(at));
                match answers.iter().find(|(known, _)| *known == number) {
                    Some((_, first)) => assert_eq!(replay, *first, "{name}, #{number}"),
                    None => answers.push((number, replay)),
                }
            }
            assert_eq!(
                body(&life.charge.as_of(life.charge.step())),
                body(&life.charge),
                "{name}: the last step is now"
            );
        }
        assert!(!answers.is_empty(), "{name}");
    }
}

#[test]
fn a_payment_whose_notification_overtook_its_answer_is_replayed_as_it_was_answered() {
    let overtaken = Life::new_pix().notified(1, paid(100));
    assert_eq!(overtaken.answer(1, &Outcome::Pending(payable())), Decision::Nothing);
    let answered = overtaken.charge.as_of(overtaken.charge.answered_at(1).unwrap());
    assert_eq!((answered.status().name(), answered.requests.len()), ("pending", 1));
    let later = overtaken.done(void(30), accepted());
    assert_eq!(body(&later.charge.as_of(later.charge.answered_at(1).unwrap())), body(&answered));
}
