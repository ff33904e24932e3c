//! What holds of every charge after any three steps in any order.

use std::time::Duration;

use domain::charge::{
    Charge, Decision, Entry, Outcome,
    command::Command,
    due::Task,
    request::{RequestStatus, TransactionRequest},
    update::UpdateKind,
};

use crate::life::{
    Life, accepted, amount, approved, begun, capture, credited, debited, disputed, not_paid, paid, paid_as, payable,
    refund_failed, refunded, refused, reverted, transaction, void,
};

fn lives() -> Vec<Life> {
    let late_pix = Life::pix().notified(1, not_paid()).alone();
    vec![
        Life::card(),
        Life::card().retried().answered(1, refused()),
        Life::card().retried().answered(1, refused()).answered(2, approved()),
        Life::card().answered(1, refused()),
        Life::hold(),
        Life::hold().answered(1, refused()),
        Life::reserved(),
        Life::reserved().done(Command::Void(None), approved()),
        Life::new_pix().alone(),
        Life::pix().done(Command::Cancel, Outcome::Unknown).alone(),
        Life::paid_pix(),
        Life::pix().notified(1, paid_as("e-1", 100)),
        late_pix,
        Life::boleto().notified(1, paid(90)),
    ]
}

fn kinds() -> Vec<UpdateKind> {
    vec![
        paid(100),
        paid_as("e-1", 100),
        paid_as("e-2", 60),
        not_paid(),
        begun(40),
        refunded(40),
        refunded(100),
        refund_failed(),
        reverted(40),
        debited(40, Some("d-1")),
        debited(70, None),
        credited(40, Some("d-1")),
        disputed(None),
    ]
}

fn outcomes() -> Vec<Outcome> {
    vec![
        approved(),
        Outcome::Approved(transaction("e-1")),
        refused(),
        accepted(),
        Outcome::Pending(payable()),
        Outcome::Paid(amount(100), transaction("e-1")),
        Outcome::Canceled,
        Outcome::Unknown,
        Outcome::NotSent,
    ]
}

/// Every charge that one more step makes of this one. Every report comes twice.
fn after_one_more(life: &Life) -> Vec<Life> {
    let mut after = Vec::new();
    let last = life.charge.requests.len();
    let numbers = if last == 1 { vec![1] } else { vec![1, last] };
    for number in numbers {
        for outcome in outcomes() {
            let decision = life.answer(number, &outcome);
            if let Decision::Store(_) = decision {
                let next = life.clone().became(decision);
                let again = next.answer(number, &outcome);
                assert!(
                    is_quiet(&next, &again),
                    "{outcome:?} of #{number}, again: {again:?}\n{:?}",
                    printed(&life.charge)
                );
                after.push(next);
            }
        }
        for kind in kinds() {
            let update = life.update(&format!("evt-{}", life.charge.step() + 1), number, kind.clone());
            let decision = life.notify(&update);
            if let Decision::Store(_) = decision {
                let next = life.clone().became(decision);
                let again = next.notify(&update);
                assert!(
                    is_quiet(&next, &again),
                    "{kind:?} of #{number}, again: {again:?}\n{:?}",
                    printed(&life.charge)
                );
                after.push(next);
            }
        }
    }
    let hub_refunds =
        life.charge.tasks(life.now.plus(Duration::from_hours(48))).into_iter().filter_map(|task| match task {
            Task::Refund(number) => Some(Command::RefundUnkept(number)),
            _ => None,
        });
    for command in [Command::Void(None), void(40), capture(60), Command::Cancel].into_iter().chain(hub_refunds) {
        if life.charge.command(command, life.abilities).is_ok() {
            after.push(life.clone().asked_by_hub(command));
        }
    }
    after
}

/// Whether a repeated report moves no money and is no event.
fn is_quiet(before: &Life, again: &Decision) -> bool {
    match again {
        Decision::Store(write) => {
            write.charge.event_no == before.charge.event_no && printed(&write.charge) == printed(&before.charge)
        }
        Decision::Nothing | Decision::ReadSession | Decision::Supersede | Decision::Wait(_) => true,
        Decision::Contradiction(_) => false,
    }
}

fn printed(charge: &Charge) -> Vec<String> {
    let line = |entry: &Entry| format!("{}/{} {}", entry.kind.name(), entry.status().name(), entry.amount);
    charge.entries().iter().map(line).collect()
}

fn holds(before: &Life, life: &Life) {
    let charge = &life.charge;
    let story = || format!("{:?} after {:?}", printed(charge), printed(&before.charge));
    assert!(charge.available() <= charge.amount(), "{}", story());
    // Steps and events have no gap, and the last step is now.
    let now = charge.as_of(charge.step());
    assert_eq!((now.status(), now.amount(), printed(&now)), (charge.status(), charge.amount(), printed(charge)));
    assert_eq!(life.events().len(), usize::try_from(charge.event_no).unwrap());
    // Nothing that has succeeded is undone, and the list only grows.
    for (old, new) in before.charge.requests.iter().zip(&charge.requests) {
        assert!(new.answers.starts_with(&old.answers), "{}", story());
        assert!(!old.has_succeeded() || new.has_succeeded(), "{}", story());
    }
    // What is under way is due.
    let is_open =
        |request: &TransactionRequest| matches!(request.status(), RequestStatus::Running | RequestStatus::Processing);
    assert!(charge.due().is_some() || !charge.requests.iter().any(is_open), "{}", story());
    // Its sums contradict each other only where a release crossed a capture.
    let is_released_and_captured = charge.has_payment() && !charge.capture;
    assert!(charge.is_consistent() || is_released_and_captured, "{}", story());
}

#[test]
fn three_steps_in_any_order_count_nothing_twice_and_leave_a_charge_that_adds_up() {
    let mut lives = lives();
    let mut count = 0;
    for _ in 0..3 {
        let mut next = Vec::new();
        for life in &lives {
            for after in after_one_more(life) {
                holds(life, &after);
                next.push(after);
            }
        }
        count += next.len();
        lives = next;
    }
    assert!(count > 10_000, "{count} charges");
}
