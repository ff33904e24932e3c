//! Every request and every kind of answer, with what it is read as.

use domain::{
    card::CardData,
    charge::request::RequestKind::{self, Authorization, Cancel, Pending, PreAuthorization},
    money::Amount,
};
use providers::{Change, Create, Operation, Query};
use serde_json::{Value, json};

use crate::samples::{
    AT_ONCE, BOLETO, CHARGE, COMPANY, CREDIT, LINE, PIX, PIX_CODE, PLAIN_BOLETO, TRANSACTION, by_boleto, by_card,
    by_pix, card, change, charge, order, orders, query, refund,
};

/// Every request: its name and its operation.
pub(crate) fn requests() -> Vec<(&'static str, Operation<'static>)> {
    let whole = change(&CREDIT, 150, 150);
    let reserved = Change { is_reserved: true, ..whole };
    let unknown = Query { transaction_id: None, ..query(&CREDIT, Authorization) };
    let no_cvv: &'static CardData = Box::leak(Box::new(card(None)));
    let bare = Create {
        method: &AT_ONCE,
        card: Some(no_cvv),
        customer: None,
        description: None,
        statement_descriptor: None,
        ..by_card(false)
    };
    let company = Create { customer: Some(&COMPANY), statement_descriptor: Some("***"), ..by_card(true) };
    vec![
        ("card-captured", Operation::Create(by_card(true))),
        ("card-reserved", Operation::Create(by_card(false))),
        ("card-of-a-company", Operation::Create(company)),
        ("card-without-customer-and-cvv", Operation::Create(bare)),
        ("pix", Operation::Create(by_pix())),
        ("boleto", Operation::Create(by_boleto())),
        ("boleto-plain", Operation::Create(Create { method: &PLAIN_BOLETO, description: None, ..by_boleto() })),
        ("capture", Operation::Capture(reserved)),
        ("capture-part", Operation::Capture(Change { money: change(&CREDIT, 75, 150).money, ..reserved })),
        ("release", Operation::Void(reserved)),
        ("release-part", Operation::Void(Change { money: change(&CREDIT, 75, 150).money, ..reserved })),
        ("refund", Operation::Void(whole)),
        ("refund-part", Operation::Void(change(&PIX, 75, 150))),
        ("cancel", Operation::Cancel(change(&PIX, 150, 150))),
        ("find-charge", Operation::Void(Change { transaction_id: None, ..whole })),
        ("query-by-code", Operation::Query(unknown)),
        ("query-charge", Operation::Query(query(&CREDIT, Authorization))),
        ("query-refund", Operation::Query(refund(&CREDIT, 75, 0))),
        ("check", Operation::Check),
    ]
}

/// One answer.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) operation: Operation<'static>,
    pub(crate) status: u16,
    pub(crate) body: Value,
    /// The outcome's name, and the names of what is reported besides.
    pub(crate) is: &'static str,
}

fn case(name: &'static str, operation: Operation<'static>, body: Value, is: &'static str) -> Case {
    Case { name, operation, status: 200, body, is }
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = creates();
    cases.extend(refusals());
    cases.extend(changes());
    cases.extend(payments());
    cases.extend(changed_beside());
    cases.extend(registered());
    cases.extend(queries());
    cases.extend(refunded_sums());
    cases.extend(refunds_by_pix());
    cases.extend(checks());
    cases
}

fn card_charge(status: &str, paid: Option<u64>, canceled: Option<u64>, last: &str) -> Value {
    let success = !matches!(last, "not_authorized" | "failed" | "with_error");
    let fields = json!({"status": status, "paid_amount": paid, "canceled_amount": canceled});
    charge("credit_card", &fields, &json!({"status": last, "success": success}))
}

fn approved(status: &str, paid: Option<u64>, last: &str) -> Value {
    let codes = json!({
        "status": last, "acquirer_return_code": "00", "acquirer_nsu": "000123", "acquirer_auth_code": "654321",
    });
    charge("credit_card", &json!({"status": status, "paid_amount": paid, "canceled_amount": null}), &codes)
}

fn declined(code: &str) -> Value {
    let last = json!({"status": "not_authorized", "success": false, "acquirer_return_code": code});
    charge("credit_card", &json!({"status": "failed"}), &last)
}

fn pix_charge(status: &str, paid: Option<u64>, canceled: Option<u64>, last: &str) -> Value {
    let fields = json!({"status": status, "paid_amount": paid, "canceled_amount": canceled});
    let success = !matches!(last, "failed" | "expired");
    charge("pix", &fields, &json!({"status": last, "qr_code": PIX_CODE, "success": success}))
}

/// A paid Pix whose last transaction has no id.
fn without_id(canceled: Option<u64>, last: &str) -> Value {
    let mut charge = pix_charge("paid", Some(150), canceled, last);
    charge["last_transaction"]["id"] = Value::Null;
    charge
}

fn boleto_charge(status: &str, paid: Option<u64>, last: &str) -> Value {
    let image = "https://api.pagar.me/core/v5/transactions/tran_x/barcode";
    let last = json!({"status": last, "line": LINE, "barcode": image});
    charge("boleto", &json!({"status": status, "paid_amount": paid}), &last)
}

fn creates() -> Vec<Case> {
    let [takes, reserves] = [true, false].map(|capture| Operation::Create(by_card(capture)));
    let (pix, boleto) = (Operation::Create(by_pix()), Operation::Create(by_boleto()));
    let gateway = json!({"status": "failed", "success": false, "gateway_response": {"code": "400", "errors": []}});
    let broken = json!({"status": "failed", "success": false, "gateway_response": {"code": "502", "errors": []}});
    let failed = |last: &Value| order(&charge("credit_card", &json!({"status": "failed"}), last));
    vec![
        case("card-captured", takes, order(&approved("paid", Some(150), "captured")), "approved"),
        case("card-captured-in-another-word", takes, order(&approved("paid", None, "paid")), "approved"),
        case("card-captured-in-part", takes, order(&approved("paid", Some(75), "partial_capture")), "unknown"),
        case("card-only-reserved", takes, order(&approved("pending", None, "authorized_pending_capture")), "unknown"),
        case("card-reserved", reserves, order(&approved("pending", None, "authorized_pending_capture")), "approved"),
        case(
            "card-reserved-in-another-word",
            reserves,
            order(&approved("pending", None, "waiting_capture")),
            "approved",
        ),
        case("card-captured-unasked", reserves, order(&approved("paid", Some(150), "captured")), "unknown"),
        case("card-declined", takes, order(&declined("51")), "declined insufficient_funds"),
        case("card-declined-as-lost", reserves, order(&declined("41")), "declined lost_card"),
        case("card-declined-by-an-old-code", takes, order(&declined("1016")), "declined insufficient_funds"),
        case("card-declined-by-another-code", takes, order(&declined("ZZ")), "declined generic"),
        case("card-refused-by-the-gateway", takes, failed(&gateway), "declined invalid_data"),
        case("card-gateway-broken", takes, failed(&broken), "unknown"),
        case("card-with-error", takes, order(&card_charge("failed", None, None, "with_error")), "unknown"),
        case("card-under-review", takes, order(&card_charge("pending", None, None, "pending_review")), "unknown"),
        case("card-in-a-new-word", takes, order(&card_charge("authorized", None, None, "done")), "unknown"),
        case("pix-waiting", pix, order(&pix_charge("pending", None, None, "waiting_payment")), "pending"),
        case(
            "pix-without-code",
            pix,
            order(&charge("pix", &json!({"status": "pending"}), &json!({"status": "waiting_payment"}))),
            "unknown",
        ),
        case("pix-failed", pix, order(&pix_charge("failed", None, None, "failed")), "declined generic"),
        case("boleto-generated", boleto, order(&boleto_charge("pending", None, "generated")), "pending"),
        case(
            "boleto-without-line",
            boleto,
            order(&charge("boleto", &json!({"status": "pending"}), &json!({"status": "generated"}))),
            "unknown",
        ),
    ]
}

/// What is refused as a whole, of a create and of a refund.
fn refusals() -> Vec<Case> {
    let problem =
        json!({"message": "The request is invalid.", "errors": {"order.customer": ["required"]}, "request": {}});
    let create = Operation::Create(by_card(true));
    let refund = Operation::Void(change(&PIX, 75, 150));
    let table = [
        ("refused-400", create, 400, "declined invalid_data"),
        ("refused-401", create, 401, "not_sent"),
        ("refused-403", create, 403, "not_sent"),
        ("refused-404", create, 404, "unknown"),
        ("refused-409", create, 409, "unknown"),
        ("refused-412", create, 412, "declined generic"),
        ("refused-422", create, 422, "declined invalid_data"),
        ("refused-429", create, 429, "unknown"),
        ("refused-500", create, 500, "unknown"),
        ("refund-refused-401", refund, 401, "not_sent"),
        ("refund-refused-404", refund, 404, "unknown"),
        ("refund-refused-412", refund, 412, "declined generic"),
        ("refund-refused-500", refund, 500, "unknown"),
        ("query-refused-401", Operation::Query(query(&PIX, Pending)), 401, "unknown"),
        ("query-refused-404", Operation::Query(query(&PIX, Pending)), 404, "unknown"),
    ];
    let case = |(name, operation, status, is)| Case { name, operation, status, body: problem.clone(), is };
    table.into_iter().map(case).collect()
}

fn changes() -> Vec<Case> {
    let reserved = Change { is_reserved: true, ..change(&CREDIT, 150, 150) };
    let part = Change { money: change(&CREDIT, 75, 150).money, ..reserved };
    let [capture, capture_part] = [reserved, part].map(Operation::Capture);
    let [release, release_part] = [reserved, part].map(Operation::Void);
    let [refund, second] = [150, 75].map(|left| Operation::Void(change(&CREDIT, 75, left)));
    // After a capture of 100, which released 50: whether the sum holds those is published nowhere.
    let after_part = Operation::Void(change(&CREDIT, 30, 100));
    let refund_pix = Operation::Void(change(&PIX, 75, 150));
    let cancel = Operation::Cancel(change(&PIX, 150, 150));
    let of_card = card_charge;
    vec![
        case("captured", capture, of_card("paid", Some(150), None, "captured"), "approved"),
        case("captured-part", capture_part, of_card("paid", Some(75), None, "partial_capture"), "approved"),
        case("captured-another-amount", capture_part, of_card("paid", Some(150), None, "captured"), "unknown"),
        case("not-captured-yet", capture, of_card("pending", None, None, "authorized_pending_capture"), "unknown"),
        case("capture-declined", capture, of_card("pending", None, None, "not_authorized"), "declined generic"),
        case("released", release, of_card("canceled", None, Some(150), "voided"), "approved"),
        case("released-without-sum", release, of_card("canceled", None, None, "voided"), "approved"),
        case("released-part", release_part, of_card("pending", None, Some(75), "partial_void"), "approved"),
        case("not-released", release, of_card("pending", None, None, "authorized_pending_capture"), "unknown"),
        case("refunded-part", refund, of_card("paid", Some(150), Some(75), "partial_void"), "approved"),
        case("refunded-rest", second, of_card("canceled", Some(150), Some(150), "refunded"), "approved"),
        case("refund-of-before", second, of_card("paid", Some(150), Some(75), "partial_refunded"), "unknown"),
        case(
            "refund-beside-the-released-part",
            after_part,
            of_card("paid", Some(100), Some(80), "partial_void"),
            "approved",
        ),
        case("refund-after-part", after_part, of_card("paid", Some(100), Some(30), "partial_void"), "approved"),
        case(
            "refund-after-part-failed",
            after_part,
            of_card("paid", Some(100), Some(50), "failed"),
            "declined generic",
        ),
        case(
            "refund-after-part-of-another-amount",
            after_part,
            of_card("paid", Some(100), Some(40), "partial_void"),
            "unknown",
        ),
        case("refund-failed", refund, of_card("paid", Some(150), None, "failed"), "declined generic"),
        case("refund-with-error", refund, of_card("paid", Some(150), None, "with_error"), "unknown"),
        case("refund-begun", refund_pix, pix_charge("paid", Some(150), None, "pending_refund"), "pending"),
        case("refund-begun-without-an-id", refund_pix, without_id(None, "pending_refund"), "pending"),
        case("refund-of-pix-done", refund_pix, pix_charge("paid", Some(150), Some(75), "partial_refunded"), "approved"),
        case("canceled", cancel, pix_charge("canceled", None, None, "voided"), "approved"),
        case("cancel-of-a-paid-pix", cancel, pix_charge("paid", Some(150), None, "paid"), "unknown"),
    ]
}

/// Queries about payments by card.
fn payments() -> Vec<Case> {
    let of = |kind| Operation::Query(query(&CREDIT, kind));
    let by_code = Operation::Query(Query { transaction_id: None, ..query(&CREDIT, Authorization) });
    let found = order(&approved("paid", Some(150), "captured"));
    let of_card = card_charge;
    vec![
        case("query-found", by_code, orders(std::slice::from_ref(&found)), "approved"),
        case("query-not-found", by_code, orders(&[]), "not_found"),
        case("query-found-twice", by_code, orders(&[found.clone(), found]), "unknown"),
        case("query-captured", of(Authorization), of_card("paid", Some(150), None, "captured"), "approved"),
        case("query-captured-otherwise", of(Authorization), of_card("paid", Some(75), None, "partial_capture"), "paid"),
        case("query-still-reserved", of(Authorization), of_card("pending", None, None, "waiting_capture"), "unknown"),
        case("query-declined", of(Authorization), declined("57"), "declined transaction_not_allowed"),
        case("query-with-error", of(Authorization), of_card("failed", None, None, "with_error"), "declined generic"),
        case("query-under-review", of(Authorization), of_card("pending", None, None, "analyzing"), "unknown"),
        case("query-undone", of(Authorization), of_card("canceled", None, Some(150), "voided"), "declined generic"),
        case(
            "query-reserved",
            of(PreAuthorization),
            of_card("pending", None, None, "authorized_pending_capture"),
            "approved",
        ),
        case("query-reservation-ended", of(PreAuthorization), of_card("canceled", None, None, "voided"), "canceled"),
        case(
            "query-reservation-captured",
            of(PreAuthorization),
            of_card("paid", Some(75), None, "partial_capture"),
            "paid",
        ),
    ]
}

/// Queries about payments by card that were refunded or charged back beside them.
fn changed_beside() -> Vec<Case> {
    let of = |kind| Operation::Query(query(&CREDIT, kind));
    let knowing =
        |kind, refunded| Operation::Query(Query { refunded: Amount::new(refunded).unwrap(), ..query(&CREDIT, kind) });
    let under_way =
        |refund| Operation::Query(Query { refund_under_way: Some(refund), ..query(&CREDIT, Authorization) });
    let of_card = card_charge;
    vec![
        case(
            "query-refunded-outside",
            of(Authorization),
            of_card("canceled", Some(150), Some(150), "refunded"),
            "approved, refunded 150",
        ),
        case(
            "query-refunded-more",
            knowing(Authorization, 75),
            of_card("paid", Some(150), Some(100), "partial_void"),
            "approved, refunded 25",
        ),
        case(
            "query-refund-under-way-done",
            under_way(TRANSACTION),
            of_card("paid", Some(150), Some(100), "partial_refunded"),
            "approved, refunded 100",
        ),
        case(
            "query-another-refund-done",
            under_way("tran_1"),
            of_card("paid", Some(150), Some(100), "partial_refunded"),
            "approved, refunded 100",
        ),
        case(
            "query-refunded-as-known-beside-the-released-part",
            knowing(PreAuthorization, 30),
            of_card("paid", Some(100), Some(80), "partial_void"),
            "paid",
        ),
        case(
            "query-refunded-as-known",
            knowing(Authorization, 75),
            of_card("paid", Some(150), Some(75), "partial_void"),
            "approved",
        ),
        case(
            "query-older-than-the-refund",
            knowing(Authorization, 75),
            of_card("paid", Some(150), None, "captured"),
            "approved",
        ),
        case(
            "query-refund-came-back",
            knowing(Authorization, 75),
            of_card("paid", Some(150), None, "failed"),
            "approved, refund_reverted 75",
        ),
        case(
            "query-charged-back",
            knowing(Authorization, 50),
            of_card("chargedback", Some(150), Some(50), "chargedback"),
            "approved, charged_back 100",
        ),
    ]
}

/// Queries about a Pix and a boleto.
fn registered() -> Vec<Case> {
    let of_pix = Operation::Query(query(&PIX, Pending));
    let of_boleto = Operation::Query(query(&BOLETO, Pending));
    vec![
        case("query-pix-waiting", of_pix, pix_charge("pending", None, None, "waiting_payment"), "pending"),
        case("query-pix-paid", of_pix, pix_charge("paid", Some(150), None, "paid"), "paid"),
        case("query-pix-expired", of_pix, pix_charge("failed", None, None, "expired"), "declined expired"),
        case("query-pix-canceled", of_pix, pix_charge("canceled", None, Some(150), "voided"), "canceled"),
        case(
            "query-pix-refunded",
            of_pix,
            pix_charge("canceled", Some(150), Some(150), "refunded"),
            "paid, refunded 150",
        ),
        case("query-pix-refund-begun", of_pix, pix_charge("paid", Some(150), None, "pending_refund"), "paid"),
        case("query-boleto-paid", of_boleto, boleto_charge("paid", Some(150), "paid"), "paid"),
        case("query-boleto-underpaid", of_boleto, boleto_charge("underpaid", Some(100), "underpaid"), "paid"),
        case("query-boleto-overpaid", of_boleto, boleto_charge("overpaid", Some(200), "overpaid"), "paid"),
        case("query-boleto-paid-without-amount", of_boleto, boleto_charge("underpaid", None, "underpaid"), "unknown"),
    ]
}

/// Queries about captures, releases and cancels.
fn queries() -> Vec<Case> {
    let capture = |amount| {
        Operation::Query(Query { money: change(&CREDIT, amount, 150).money, ..query(&CREDIT, RequestKind::Capture) })
    };
    let cancel = Operation::Query(query(&PIX, Cancel));
    let voided = |amount, refunded| Operation::Query(refund(&CREDIT, amount, refunded));
    let of_card = card_charge;
    let paid = |canceled, last| pix_charge("paid", Some(150), canceled, last);
    vec![
        case("query-capture-done", capture(150), of_card("paid", Some(150), None, "captured"), "approved"),
        case("query-capture-of-another-amount", capture(75), of_card("paid", Some(150), None, "captured"), "paid"),
        case(
            "query-capture-not-made",
            capture(150),
            of_card("pending", None, None, "authorized_pending_capture"),
            "not_found",
        ),
        case(
            "query-capture-of-what-is-undone",
            capture(150),
            of_card("canceled", None, None, "voided"),
            "declined generic",
        ),
        case("query-release-done", voided(150, 0), of_card("canceled", None, None, "voided"), "approved"),
        case("query-release-not-made", voided(150, 0), of_card("pending", None, None, "waiting_capture"), "not_found"),
        case("query-cancel-done", cancel, pix_charge("canceled", None, None, "voided"), "approved"),
        case("query-cancel-not-made", cancel, pix_charge("pending", None, None, "waiting_payment"), "not_found"),
        case("query-cancel-after-the-payment", cancel, paid(None, "paid"), "declined generic"),
        case("query-cancel-after-the-end", cancel, pix_charge("failed", None, None, "expired"), "declined generic"),
        case(
            "query-dispute",
            Operation::Query(query(&CREDIT, RequestKind::Dispute)),
            of_card("paid", Some(150), None, "captured"),
            "unknown",
        ),
    ]
}

/// Queries about refunds by card, of which sums alone are read.
fn refunded_sums() -> Vec<Case> {
    let refunding = |amount, refunded| Operation::Query(refund(&CREDIT, amount, refunded));
    let of_card = card_charge;
    vec![
        case("query-refund-done", refunding(50, 75), of_card("paid", Some(150), Some(125), "partial_void"), "approved"),
        case(
            "query-refund-not-made",
            refunding(50, 75),
            of_card("paid", Some(150), Some(75), "partial_void"),
            "not_found",
        ),
        case(
            "query-refund-and-one-that-came-back",
            refunding(50, 75),
            of_card("paid", Some(150), Some(25), "partial_void"),
            "unknown",
        ),
        case(
            "query-refund-and-another",
            refunding(50, 75),
            of_card("canceled", Some(150), Some(150), "refunded"),
            "unknown",
        ),
        // Whether the sum holds the 50 that a capture of 100 released is published nowhere.
        case(
            "query-refund-after-part",
            refunding(30, 0),
            of_card("paid", Some(100), Some(30), "partial_void"),
            "approved",
        ),
        case(
            "query-refund-beside-the-released-part",
            refunding(30, 0),
            of_card("paid", Some(100), Some(80), "partial_void"),
            "approved",
        ),
        case(
            "query-released-part-and-no-refund",
            refunding(30, 0),
            of_card("paid", Some(100), Some(50), "partial_capture"),
            "not_found",
        ),
        case(
            "query-refund-or-the-released-part",
            refunding(50, 0),
            of_card("paid", Some(100), Some(50), "partial_void"),
            "unknown",
        ),
    ]
}

/// Queries about refunds by Pix.
fn refunds_by_pix() -> Vec<Case> {
    let accepted_as = |id| Operation::Query(Query { request_id: Some(id), ..refund(&PIX, 75, 0) });
    let without = accepted_as(CHARGE);
    let (accepted, another) = (accepted_as(TRANSACTION), accepted_as("tran_1"));
    let lost = Operation::Query(refund(&PIX, 75, 0));
    let by_code = Operation::Query(Query { transaction_id: None, ..refund(&PIX, 75, 0) });
    let paid = |canceled, last| pix_charge("paid", Some(150), canceled, last);
    vec![
        case("query-refund-begun", lost, paid(None, "pending_refund"), "pending"),
        case("query-refund-found-by-code", by_code, orders(&[order(&paid(Some(75), "partial_refunded"))]), "approved"),
        case("query-refund-failed", accepted, paid(None, "failed"), "declined generic"),
        case("query-refund-accepted-and-begun", accepted, paid(None, "pending_refund"), "pending"),
        // A refund that is made in the dashboard is the last transaction, and says nothing of the hub's.
        case("query-refund-of-another-failed", another, paid(None, "failed"), "unknown"),
        case("query-refund-of-another-begun", another, paid(None, "pending_refund"), "unknown"),
        case("query-refund-without-an-id-begun", without, without_id(None, "pending_refund"), "pending"),
        case("query-refund-without-an-id-not-seen", without, paid(None, "paid"), "unknown"),
        case("query-refund-without-an-id-done", without, without_id(Some(75), "partial_refunded"), "approved"),
        case("query-refund-failed-or-lost", lost, paid(None, "failed"), "not_found"),
        case("query-refund-accepted-and-not-seen", accepted, paid(None, "paid"), "unknown"),
        case("query-refund-of-what-is-not-paid", lost, pix_charge("pending", None, None, "waiting_payment"), "unknown"),
    ]
}

fn checks() -> Vec<Case> {
    let problem = json!({"message": "Authorization has been denied for this request."});
    vec![
        case("check-accepted", Operation::Check, orders(&[]), "approved"),
        Case { status: 401, ..case("check-refused", Operation::Check, problem.clone(), "declined generic") },
        Case { status: 403, ..case("check-forbidden", Operation::Check, problem.clone(), "declined generic") },
        Case { status: 429, ..case("check-throttled", Operation::Check, problem, "unknown") },
    ]
}

/// The charge that a change without an id finds, and what is then called.
pub(crate) fn found() -> (Operation<'static>, Value) {
    let change = Change { transaction_id: None, ..change(&CREDIT, 75, 150) };
    (Operation::Void(change), orders(&[order(&card_charge("paid", Some(150), None, "captured"))]))
}
