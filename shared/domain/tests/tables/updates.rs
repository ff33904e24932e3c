//! Status × provider update.

use domain::charge::{Decision, request::RequestKind, update::UpdateKind};

use crate::{
    life::{
        Life, begun, capture_failed, credited, debited, dispute_closed, disputed, held, not_paid, paid_as,
        refund_failed, refunded, reverted,
    },
    states::states,
    table::{Note, Table, said},
};

const NOTES: &[Note] = &[
    ("pending 100: card, running", "paid 90", "recorded as the provider says; of a card, any other amount alarms"),
    ("pending 100: card, running", "charged_back 100", "notifications come in any order: ask about the payment"),
    ("pending 100: card, running", "look", "whoever reads the payment learns what happened"),
    ("pending 100: card, running", "reservation_ended", "canceled by our reference before its outcome was known"),
    ("pending 100: card to be reserved, running", "reserved 100", "approved by notification"),
    (
        "pending 100: card, second attempt running",
        "paid 100",
        "about the first attempt: the second one may have paid too",
    ),
    ("pending 100: Pix, being registered", "paid 90", "interest, fine or discount; less than asked alarms"),
    ("pending 100: Pix that can be paid", "not_paid", "expired unpaid is failed"),
    ("pending 100: Pix, its second attempt can be paid", "paid 100", "about the first attempt"),
    ("pending 100: Pix, cancel running", "not_paid", "the end of the cancel says what became of it and of its session"),
    ("pending 100: Pix, cancel running", "paid 100", "the shopper was faster; the cancel fails then"),
    ("pending 100: Pix, cancel with unknown outcome", "not_paid", "nothing is left to cancel: it counts as done"),
    ("pending 100: Pix, cancel with unknown outcome", "paid 100", "it was not canceled"),
    ("pre_authorized 100: card", "paid 100", "captured at the provider"),
    ("pre_authorized 100: card", "reserved 90", "known already, with another amount"),
    ("pre_authorized 100: card", "capture_failed", "nothing was captured"),
    (
        "pre_authorized 100: card, release of 30 running",
        "reservation_ended",
        "the release of a part ends by itself first",
    ),
    (
        "pre_authorized 100: card, release of 30 running",
        "#2 reservation_ended",
        "the release that is named released all",
    ),
    ("pre_authorized 100: card, capture of 60 accepted", "#2 capture_failed", "it changes nothing that was published"),
    ("pre_authorized 100: card, capture of 60 accepted", "reservation_ended", "the capture's end says what it took"),
    ("pre_authorized 100: card, release of all accepted", "reservation_ended", "the end of that release"),
    ("pre_authorized 100: card, release of all accepted", "#2 refund_failed", "still reserved"),
    ("pre_authorized 100: card, its provider's own capture failed", "paid 100", "captured after all"),
    (
        "pre_authorized 100: card, its provider's own capture failed",
        "reservation_ended",
        "its session had been paid, and never reopens",
    ),
    ("authorized 100: card", "capture_failed", "its provider did not capture it: reserved, and locking its session"),
    ("authorized 100: card", "reservation_ended", "gone before its provider captured it"),
    ("authorized 60: card, 60 of 100 captured", "capture_failed", "all is reserved again"),
    ("authorized 60: card, 60 of 100 captured", "reservation_ended", "captured meanwhile: an operator must look"),
    (
        "authorized 70: card, 30 refunded",
        "capture_failed",
        "what was refunded had been captured: an operator must look",
    ),
    ("authorized 100: card, refund of 30 unknown", "capture_failed", "the end of the refund comes first"),
    (
        "failed 100: card to be reserved, canceled by its provider",
        "reserved 100",
        "an older notification: it was approved, and then canceled",
    ),
    ("pre_authorized 100: card", "refund_begun 20", "nothing was paid that could be refunded"),
    ("pre_authorized 100: card", "refunded 20", "released at the provider itself"),
    ("pre_authorized 100: card", "refunded 100", "released by the acquirer: the session is free"),
    ("pre_authorized 100: card, release of 30 running", "#2 refunded 20", "its own answer comes first"),
    (
        "pre_authorized 100: card, capture of 60 unknown",
        "refunded 20",
        "a release or a refund? known once the capture has ended",
    ),
    ("pre_authorized 100: card, capture of 60 unknown", "paid 100", "it ends that capture"),
    ("authorized 100: card", "refund_begun 20", "a card's refund under way keeps its status"),
    ("authorized 100: card", "refunded 20", "refunded at the provider itself"),
    ("authorized 100: card", "refunded 101", "above the residual amount: an operator must look"),
    ("authorized 100: card", "refund_failed", "of a refund that the hub does not know of yet"),
    ("authorized 100: card", "refund_reverted 20", "may be earlier than the notification of the refund"),
    ("authorized 100: card", "refund_reverted 101", "never more than was refunded"),
    ("authorized 100: card", "disputed", "no money moves"),
    ("authorized 100: card", "dispute_closed", "of a dispute that the hub does not know of yet"),
    ("authorized 100: card", "chargeback_reversed 100", "of a chargeback that the hub does not know of yet"),
    ("authorized 60: card, 60 of 100 captured", "charged_back 100", "leaves amount; above the payment alarms"),
    ("authorized 70: card, 30 refunded", "#2 refunded 30", "known already: one more id of it"),
    ("authorized 70: card, 30 refunded", "refunded 30", "of this amount and without an id: the same refund"),
    ("authorized 70: card, 30 refunded", "refunded 20", "of another amount: a refund of its own"),
    (
        "authorized 70: card, 30 refunded",
        "#2 refund_failed",
        "Malga: reversão automática, refused by the scheme days after its success",
    ),
    ("authorized 100: card, refund of 30 unknown", "#2 refunded 20", "the provider's amount counts"),
    ("authorized 100: card, refund of 30 unknown", "refunded 30", "matched with the open refund of this amount"),
    ("authorized 100: card, refund of 30 refused", "#2 refunded 30", "made after all"),
    ("authorized 100: card, all its requests used up", "charged_back 100", "always recordable"),
    ("authorized 100: card, disputed", "dispute_closed", "the last open one where none is named"),
    ("authorized 100: Pix", "paid 100", "paid without a transaction id: this is it"),
    ("authorized 100: Pix, paid twice", "paid 100", "a third payment has a third id"),
    (
        "authorized 100: boleto, its provider does not refund it",
        "refunded 20",
        "whatever the hub can ask for, the provider's report counts",
    ),
    ("authorized 100: card, approved after it had failed", "paid 100", "known already"),
    ("failed 100: Pix, expired", "paid 90", "a late payment depends on the session"),
    ("failed 100: card, declined", "paid 100", "its shopper saw it fail: refunded at once"),
    ("failed 100: card, declined", "not_paid", "known already"),
    ("failed 100: card, declined", "refunded 20", "nothing was paid and nothing can be"),
    ("canceled 0: card, all released", "paid 100", "captured although it was released: refunded"),
    ("canceled 0: card, all released", "#2 refund_failed", "a release that came back: an operator must look"),
    ("canceled 100: Pix, canceled", "paid 100", "canceled, and paid all the same: a late payment"),
    ("voided 0: card, all refunded", "charged_back 100", "voided becomes charged_back, too"),
    ("voided 0: card, all refunded", "refund_reverted 20", "Malga: estorno total, row 4; the session stays voided"),
    ("charged_back 100: card", "refunded 20", "refunded as well as taken back: both are recorded"),
    ("charged_back 100: card", "charged_back 100", "another dispute: more than was paid"),
    ("charged_back 100: card", "chargeback_reversed 100", "all disputes are credited"),
    ("charged_back 100: card, refund of 30 unknown", "#2 refunded 30", "open voids still end; the status stays"),
    (
        "charged_back 100: card, 40 and 30 of it, the 40 credited again",
        "chargeback_reversed 100",
        "the debited one where there is only one and none is named",
    ),
    ("refund_pending 100: Pix, refund of 30 accepted", "refunded 30", "matched with the open refund of this amount"),
    ("refund_pending 100: Pix, refund of 30 accepted", "refunded 20", "another refund, made at the provider itself"),
    ("refund_pending 100: Pix, refund of 30 accepted", "#3 refunded 20", "the provider's amount counts"),
    ("refund_pending 100: Pix, refund of 30 accepted", "#3 refund_failed", "void/failed, authorized again, its event"),
    ("refund_pending 100: Pix, refund of 30 accepted", "charged_back 100", "refund_pending becomes charged_back"),
    ("refund_pending 100: Pix, refunds of 30 and 50 under way", "#4 refund_failed", "the other one is still under way"),
    ("refund_pending 100: Pix, refund of 30 begun at the provider", "refunded 30", "the end of what began there"),
    (
        "refund_pending 100: Pix, refund of 30 begun at the provider",
        "refund_failed",
        "which one has failed is said by its own reference or id",
    ),
];

/// All updates about the payment, in amounts that fit and that do not.
fn about_payment() -> Vec<(&'static str, UpdateKind)> {
    vec![
        ("paid 100", paid_as("t-new", 100)),
        ("paid 90", paid_as("t-new", 90)),
        ("not_paid", not_paid()),
        ("look", UpdateKind::Look),
        ("reserved 100", held(100)),
        ("reserved 90", held(90)),
        ("capture_failed", capture_failed()),
        ("reservation_ended", UpdateKind::ReservationEnded),
        ("refund_begun 20", begun(20)),
        ("refund_begun 101", begun(101)),
        ("refunded 20", refunded(20)),
        ("refunded 30", refunded(30)),
        ("refunded 100", refunded(100)),
        ("refunded 101", refunded(101)),
        ("refund_failed", refund_failed()),
        ("refund_reverted 20", reverted(20)),
        ("refund_reverted 101", reverted(101)),
        ("charged_back 100", debited(100, None)),
        ("charged_back 100 of d-1", debited(100, Some("d-1"))),
        ("chargeback_reversed 100", credited(100, None)),
        ("chargeback_reversed 40 of d-1", credited(40, Some("d-1"))),
        ("disputed", disputed(None)),
        ("disputed d-1", disputed(Some("d-1"))),
        ("dispute_closed", dispute_closed(None)),
        ("dispute_closed d-1", dispute_closed(Some("d-1"))),
    ]
}

/// All updates about a refund that was asked for.
fn about_void(minor: u64) -> Vec<(String, UpdateKind)> {
    vec![
        (format!("refunded {minor}"), refunded(minor)),
        ("refunded 20".to_owned(), refunded(20)),
        ("refunded 101".to_owned(), refunded(101)),
        ("refund_failed".to_owned(), refund_failed()),
        ("reservation_ended".to_owned(), UpdateKind::ReservationEnded),
    ]
}

/// The decision on each update in each state, and on its repeat where that changes anything.
#[test]
fn every_update_to_every_charge() {
    let mut table = Table::new(NOTES);
    for state in states() {
        table.row(&state.name);
        for (name, kind) in about_payment() {
            table.cell(name, notified_twice(&state.life, 1, kind));
        }
        for (number, kind) in
            [(RequestKind::Void, "refunded"), (RequestKind::Capture, "capture")].map(|(kind, name)| {
                let requests = (1..).zip(&state.life.charge.requests);
                (requests.filter(|(_, request)| request.kind == kind).last().map(|(number, _)| number), name)
            })
        {
            let Some(number) = number else { continue };
            let minor = state.life.charge.request(number).unwrap().amount.minor();
            let all = if kind == "capture" {
                vec![
                    (format!("paid {minor}"), paid_as("t-new", minor)),
                    ("capture_failed".to_owned(), capture_failed()),
                ]
            } else {
                about_void(minor)
            };
            for (name, kind) in all {
                table.cell(&format!("#{number} {name}"), notified_twice(&state.life, number, kind));
            }
        }
        table.cell("of an unknown request", notified_twice(&state.life, 99, paid_as("t-new", 100)));
    }
    insta::assert_snapshot!(table.end());
}

/// The decision on the update, and on its repeat.
fn notified_twice(life: &Life, number: usize, kind: UpdateKind) -> String {
    let update = life.update("evt-new", number, kind);
    let decision = life.notify(&update);
    let once = said(&life.charge, &decision);
    let Decision::Store(_) = decision else { return once };
    let after = life.clone().became(decision);
    let again = after.notify(&update);
    if again == Decision::Nothing { once } else { format!("{once} / AGAIN: {}", said(&after.charge, &again)) }
}
