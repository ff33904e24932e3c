//! Status × news.

use domain::charge::{
    Settled,
    notice::News,
    request::{Receipt, RequestKind},
};

use crate::{
    life::{Life, amount, begun, paid, refund_failed, refunded, reverted, why},
    states::states,
    table::{Note, Table, said},
};

const NOTES: &[Note] = &[
    ("pending 100: card, running", "paid 90", "a card pays what was asked for, or nothing"),
    ("pending 100: card, running", "charged_back 100", "notices come in any order"),
    ("pending 100: Pix, being registered", "paid 90", "seed 001: juros, multa ou desconto"),
    ("pending 100: Pix that can be paid", "not_paid", "facts §5.3: expired unpaid is failed"),
    ("pending 100: Pix, being given up", "not_paid", "its own end says what became of it, and of its session"),
    ("pending 100: Pix, being given up", "paid 100", "the buyer was faster; the request to give it up fails then"),
    ("pre_authorized 100: card", "paid 100", "reserved is as much as it says"),
    ("pre_authorized 100: card", "refund_begun 20", "nothing was paid that could be given back"),
    ("pre_authorized 100: card", "refunded 20", "let go at the provider itself"),
    ("pre_authorized 100: card, 30 being let go", "#2 refunded 20", "its own answer comes first"),
    (
        "pre_authorized 100: card, being captured",
        "refunded 20",
        "a release or a refund? known once the capture has ended",
    ),
    ("authorized 100: card", "refund_begun 20", "a card's refund under way keeps its status (design §4 Unknown)"),
    ("authorized 100: card", "refunded 20", "given back at the provider itself"),
    ("authorized 100: card", "refunded 101", "beyond the residual amount: somebody must look"),
    ("authorized 100: card", "refund_failed", "of a refund that the hub does not know of yet"),
    ("authorized 100: card", "refund_reverted 20", "may be earlier than the notice that the refund was done"),
    ("authorized 100: card", "refund_reverted 101", "design §6: capped by what was refunded"),
    ("authorized 100: card", "disputed", "only isDispute; no money moves"),
    ("authorized 100: card", "dispute_closed", "of a contest that the hub does not know of yet"),
    ("authorized 60: card, 60 of 100 captured", "charged_back 100", "design §3: leaves amount, stands in its request"),
    ("authorized 70: card, 30 given back", "#2 refunded 30", "known already"),
    (
        "authorized 70: card, 30 given back",
        "#2 refund_failed",
        "seed 002 Reversão automática: refused by the scheme days after its success",
    ),
    ("authorized 100: card, refund of 30 unknown", "#2 refunded 20", "the provider's word on how much it was holds"),
    (
        "authorized 100: card, refund of 30 refused",
        "#2 refunded 30",
        "design §3: a late approval is appended, naming what had failed",
    ),
    ("authorized 100: card, all its requests used up", "charged_back 100", "design §3 Limits: always recordable"),
    (
        "authorized 100: boleto, paid; nobody refunds it",
        "refunded 20",
        "whatever the hub can ask for, the provider's word holds",
    ),
    ("failed 100: Pix, expired", "paid 90", "design §3 Late money"),
    ("failed 100: card, declined", "not_paid", "known already"),
    ("canceled 0: card, all let go", "paid 100", "an old notice of what was reserved"),
    ("canceled 0: card, all let go", "#2 refund_failed", "a release that came back: somebody must look"),
    ("canceled 100: Pix, given up", "paid 100", "design §3 Late money: canceled, and paid all the same"),
    ("voided 0: card, all given back", "charged_back 100", "design §3: voided becomes charged_back, too"),
    (
        "voided 0: card, all given back",
        "refund_reverted 20",
        "seed 002, table of the total refund, row 4: the notice's amount; the session stays voided",
    ),
    ("charged_back 100: card", "refunded 20", "given back as well as taken back: both are told"),
    (
        "charged_back 100: card, refund of 30 unknown",
        "#2 refunded 30",
        "design §3: open voids still settle; the status stays",
    ),
    (
        "refund_pending 100: Pix, 30 under way",
        "refunded 30",
        "about the payment: another refund, made at the provider itself",
    ),
    ("refund_pending 100: Pix, 30 under way", "#3 refunded 20", "the provider's word on how much it was holds"),
    (
        "refund_pending 100: Pix, 30 under way",
        "#3 refund_failed",
        "design §4 full void: void/failed, authorized again, its event",
    ),
    ("refund_pending 100: Pix, 30 under way", "charged_back 100", "design §3: refund_pending becomes charged_back"),
    ("refund_pending 100: Pix, 30 and 50 under way", "#4 refund_failed", "the other one is still under way"),
    ("refund_pending 100: Pix, 30 begun at the provider", "refunded 30", "the end of what began there"),
    (
        "refund_pending 100: Pix, 30 begun at the provider",
        "refund_failed",
        "which one has failed is told by its own reference or id",
    ),
];

/// All news about the payment, in amounts that fit and that do not.
fn about_payment() -> Vec<(&'static str, News)> {
    vec![
        ("paid 100", paid(100)),
        ("paid 90", paid(90)),
        ("not_paid", News::NotPaid { why: why() }),
        ("refund_begun 20", begun(20)),
        ("refund_begun 101", begun(101)),
        ("refunded 20", refunded(20)),
        ("refunded 30", refunded(30)),
        ("refunded 100", refunded(100)),
        ("refunded 101", refunded(101)),
        ("refund_failed", refund_failed()),
        ("refund_reverted 20", reverted(20)),
        ("refund_reverted 101", reverted(101)),
        ("charged_back 100", News::ChargedBack { amount: amount(100) }),
        ("disputed", News::Disputed),
        ("dispute_closed", News::DisputeClosed),
    ]
}

/// All news about a refund that was asked for.
fn about_void(minor: u64) -> Vec<(String, News)> {
    vec![
        (format!("refunded {minor}"), refunded(minor)),
        ("refunded 20".to_owned(), refunded(20)),
        ("refunded 101".to_owned(), refunded(101)),
        ("refund_failed".to_owned(), refund_failed()),
    ]
}

/// What becomes of each notice in each state, and of its repeat where that is told anything.
#[test]
fn every_notice_to_every_charge() {
    let mut table = Table::new(NOTES);
    for state in states() {
        table.row(&state.name);
        for (name, news) in about_payment() {
            table.cell(name, heard(&state.life, 1, news));
        }
        let requests = (1..).zip(&state.life.charge.requests);
        let void = requests.filter(|(_, request)| request.kind == RequestKind::Void).last();
        if let Some((number, request)) = void {
            for (name, news) in about_void(request.amount.minor()) {
                table.cell(&format!("#{number} {name}"), heard(&state.life, number, news));
            }
        }
        table.cell("of an unknown request", heard(&state.life, 49, paid(100)));
    }
    insta::assert_snapshot!(table.end());
}

/// The notice, and once more.
fn heard(life: &Life, number: usize, news: News) -> String {
    let notice = life.notice("evt-new", number, with_receipt(news));
    let settled = life.hear(&notice);
    let told = said(&life.charge, &settled);
    let Settled::Changed(charge, _) = settled else { return told };
    let after = Life { charge: *charge, now: life.learned().at };
    let again = after.hear(&notice);
    if again == Settled::Unchanged { told } else { format!("{told} / AGAIN: {}", said(&after.charge, &again)) }
}

fn with_receipt(news: News) -> News {
    match news {
        News::Paid { amount, .. } => {
            News::Paid { amount, receipt: Receipt { transaction_id: Some("t-1".to_owned()), ..Receipt::default() } }
        }
        other => other,
    }
}
