//! A charge as it stood at each of its events, read out of what it has become.

use domain::charge::{Charge, Outcome, command::Command, notice::News};

use crate::life::{
    Life, accepted, approved, begun, capture, charged_back, paid, payable, refund_failed, refunded, refused, reverted,
    void, why,
};

type Step = Box<dyn Fn(Life) -> Life>;

fn step(step: impl Fn(Life) -> Life + 'static) -> Step {
    Box::new(step)
}

fn answered(number: usize, outcome: Outcome) -> Step {
    step(move |life| life.answered(number, outcome.clone()))
}

fn told(number: usize, news: News) -> Step {
    step(move |life| life.told(number, news.clone()))
}

fn asked(command: Command) -> Step {
    step(move |life| life.asked(command))
}

/// Lives whose steps are told one by one, with every way in which a later step touches an earlier request.
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
                told(1, charged_back()),
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
                told(4, refund_failed()),
            ],
        ),
        ("declined card", Life::card(), vec![answered(1, refused())]),
        (
            "Pix",
            Life::new_pix(),
            vec![
                answered(1, Outcome::Pending(payable())),
                told(1, paid(100)),
                asked(void(30)),
                answered(3, accepted()),
                asked(void(50)),
                answered(4, accepted()),
                told(3, refunded(30)),
                told(4, refund_failed()),
                told(1, begun(10)),
                told(1, News::Disputed),
                told(1, refunded(10)),
                told(1, reverted(10)),
                told(1, News::DisputeClosed),
                asked(Command::Void(None)),
            ],
        ),
        (
            "Pix that is paid before its registration is answered",
            Life::new_pix(),
            vec![
                answered(1, unknown()),
                answered(1, Outcome::Paid(domain::money::Amount::new(100).unwrap(), payable())),
            ],
        ),
        (
            "Pix that is given up",
            Life::new_pix(),
            vec![
                answered(1, Outcome::Pending(payable())),
                asked(Command::Cancel),
                answered(2, unknown()),
                answered(2, approved()),
            ],
        ),
        ("boleto", Life::boleto(), vec![told(1, paid(100)), told(1, charged_back())]),
        ("Drip", Life::drip(), vec![told(1, News::NotPaid { why: why() })]),
    ]
}

/// What tells a charge at an event from the same charge at another time.
fn shown(charge: &Charge) -> Charge {
    Charge { version: 0, owes_void: None, ..charge.clone() }
}

#[test]
fn every_later_charge_tells_how_it_stood_at_each_of_its_events() {
    for (name, mut life, steps) in lives() {
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
        let told: Vec<&str> =
            (1..=life.charge.event_no).map(|no| life.charge.at_event(no).unwrap().name.name()).collect();
        assert_eq!(told, life.events(), "{name}");
    }
}

#[test]
fn of_two_events_of_one_write_the_first_shows_the_charge_before_the_second() {
    let paid = Outcome::Paid(domain::money::Amount::new(100).unwrap(), payable());
    let life = Life::new_pix().answered(1, paid);
    let at = |no| life.charge.at_event(no).map(|moment| (moment.name.name(), moment.charge.status().name()));
    assert_eq!(at(1), Some(("pending", "pending")));
    assert_eq!(at(2), Some(("authorized", "authorized")));
    assert_eq!(life.charge.at_event(1).unwrap().charge.requests.len(), 1);
}
