//! Changes that meet a fault of the table, a death of the hub, or a bank that cannot be reached.

use tests::{TestHub, engine::Fault, hub::LONG_AFTER, payment::request_status};

use super::{Change, asked};

#[tokio::test(flavor = "multi_thread")]
async fn a_change_meets_every_fault_of_the_table_and_is_done_once() {
    let hub = TestHub::build().await;
    for change in Change::ALL {
        for write in [1, 2] {
            for fault in [Fault::Conflict, Fault::Throttle, Fault::LoseRequest, Fault::LoseAnswer] {
                let (id, key) = (change.charge(&hub).await, format!("{change:?} {write} {fault:?}"));
                let (before, faults) = (asked(&hub, &id), hub.engine.faults());
                hub.engine.fail_write(write, fault);
                let answer = change.send(&hub, &id, &key).await;
                hub.engine.heal();
                assert_eq!(hub.engine.faults(), faults + 1, "{key}");
                change.assert_done(&answer);
                assert!(!answer.is_replay(), "{key}");
                change.assert_session_follows(&hub, &answer).await;
                let again = change.send(&hub, &id, &key).await;
                assert_eq!((again.is_replay(), &again.body), (true, &answer.body), "{key}");
                assert_eq!(asked(&hub, &id), before + 1, "{key}");
            }
        }
    }
    hub.finishes_refunds().await;
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_survives_a_death_at_each_of_its_writes() {
    let mut hub = TestHub::build().await;
    for change in Change::ALL {
        for (write, fault) in [(1, Fault::DieBefore), (1, Fault::DieAfter), (2, Fault::DieBefore), (2, Fault::DieAfter)]
        {
            let (id, key) = (change.charge(&hub).await, format!("{change:?} {write} {fault:?}"));
            let before = asked(&hub, &id);
            hub.engine.fail_write(write, fault);
            let died = tokio::select! {
                () = hub.engine.has_killed() => true,
                _ = change.send(&hub, &id, &key) => false,
            };
            assert!(died, "{key} was answered although the hub was to die");
            hub.kill_and_restart().await;
            hub.pass(LONG_AFTER).await;
            let again = change.send(&hub, &id, &key).await;
            let (was_stored, was_sent) = ((write, fault) != (1, Fault::DieBefore), write == 2);
            assert_eq!(again.is_replay(), was_stored, "{key}");
            // A change that reached the bank is reconciled where its answer was lost.
            if was_sent || !was_stored {
                change.assert_done(&again);
                change.assert_session_follows(&hub, &again).await;
            } else {
                assert_eq!(request_status(&again), "failed", "{key}");
            }
            assert_eq!(asked(&hub, &id), before + u32::from(was_sent || !was_stored), "{key}");
            assert_eq!(change.send(&hub, &id, &key).await.expect(201).body, again.body, "{key}");
        }
    }
    hub.finishes_refunds().await;
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bank_that_cannot_be_reached_has_changed_nothing() {
    let mut hub = TestHub::build().await;
    let mut changes = Vec::new();
    for change in Change::ALL {
        changes.push((change, change.charge(&hub).await));
    }
    hub.kill_and_restart_without_bank().await;
    let mut firsts = Vec::new();
    for (change, id) in &changes {
        let before = hub.merchant.reads_charge(id).await;
        let first = change.send(&hub, id, "without").await.expect(201);
        assert_eq!(request_status(&first), "internal_error", "{change:?}");
        assert_eq!((first.text("/status"), &first.body["amount"]), (before.text("/status"), &before.body["amount"]));
        firsts.push(first);
    }
    hub.kill_and_restart().await;
    for ((change, id), first) in changes.iter().zip(firsts) {
        assert_eq!(change.send(&hub, id, "without").await.expect(201).body, first.body, "{change:?}");
        change.assert_done(&change.send(&hub, id, "with").await);
    }
    hub.finishes_refunds().await;
    hub.assert_books_agree().await;
}
