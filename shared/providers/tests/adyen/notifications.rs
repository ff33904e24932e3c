//! The updates that are read from notifications, and the calls that are refused.

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    charge::{
        decline::DeclineCode,
        request::Receipt,
        update::{ProviderUpdate, UpdateKind},
    },
    merchant::{Environment, ProviderAccount},
    money::Currency,
};
use providers::{CallbackError, CallbackRequest, MoneyMoved, NoUpdate, Notified, Proof, Secrets, adapter};
use ring::hmac;
use serde_json::{Value, json};

use crate::samples::{CHANGE, HMAC_KEY, MODIFICATION, PSP, REFERENCE, account, account_in, by_card, secrets};

const DISPUTE: &str = "993617895204579J";

fn signature(key: &str, text: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &hex::decode(key).unwrap());
    STANDARD.encode(hmac::sign(&key, text.as_bytes()))
}

/// One item, as Adyen signs it.
#[derive(Clone)]
struct Item {
    code: &'static str,
    success: &'static str,
    psp: &'static str,
    original: Option<&'static str>,
    account: &'static str,
    reference: String,
    value: i64,
    currency: &'static str,
    reason: &'static str,
}

impl Item {
    fn of_payment(code: &'static str) -> Self {
        Self {
            code,
            success: "true",
            psp: PSP,
            original: None,
            account: "LojaBR",
            reference: REFERENCE.to_owned(),
            value: 300,
            currency: "BRL",
            reason: "",
        }
    }

    fn of_change(code: &'static str) -> Self {
        let payment = Self::of_payment(code);
        Self { psp: MODIFICATION, original: Some(PSP), reference: CHANGE.to_owned(), ..payment }
    }

    fn of_dispute(code: &'static str) -> Self {
        Self {
            psp: DISPUTE,
            original: Some(PSP),
            reason: "Other Fraud-Card Absent Environment",
            ..Self::of_payment(code)
        }
    }

    fn refused(self, reason: &'static str) -> Self {
        Self { success: "false", reason, ..self }
    }

    fn signed(&self) -> String {
        let value = self.value.to_string();
        [
            self.psp,
            self.original.unwrap_or_default(),
            self.account,
            &self.reference,
            &value,
            self.currency,
            self.code,
            self.success,
        ]
        .join(":")
    }

    fn printed(&self, key: &str) -> Value {
        let mut item = json!({
            "additionalData": {"hmacSignature": signature(key, &self.signed())},
            "amount": {"currency": self.currency, "value": self.value},
            "eventCode": self.code,
            "eventDate": "2021-08-12T18:00:00+01:00",
            "merchantAccountCode": self.account,
            "merchantReference": self.reference,
            "pspReference": self.psp,
            "reason": self.reason,
            "success": self.success,
        });
        if let Some(original) = self.original {
            item["originalReference"] = json!(original);
        }
        item
    }

    fn body(&self) -> Value {
        call(&[self.printed(HMAC_KEY)])
    }
}

fn call(items: &[Value]) -> Value {
    let items: Vec<_> = items.iter().map(|item| json!({"NotificationRequestItem": item})).collect();
    json!({"live": "false", "notificationItems": items})
}

fn read_as(account: &ProviderAccount, secrets: &Secrets, body: &str) -> Notified {
    let proof = Proof { account, secrets, key: "a key of the hub" };
    let request = CallbackRequest { headers: Vec::new(), query: Vec::new(), body: body.as_bytes() };
    adapter(account).notification(&proof, &request, by_card().created_at)
}

fn read(body: &Value) -> Notified {
    read_as(&account(), &secrets(), &body.to_string())
}

fn kinds(item: &Item) -> Vec<(String, String, UpdateKind)> {
    let known = |update: Result<ProviderUpdate, NoUpdate>| {
        let ProviderUpdate { reference, id, kind, .. } = update.unwrap();
        (reference.to_string(), id, kind)
    };
    read(&item.body()).unwrap().into_iter().map(known).collect()
}

/// Every notification.
fn every() -> Vec<(&'static str, Item)> {
    let (payment, change, dispute) = (Item::of_payment, Item::of_change, Item::of_dispute);
    vec![
        ("authorised", payment("AUTHORISATION")),
        ("refused", payment("AUTHORISATION").refused("Not enough balance")),
        ("verified", Item { value: 0, ..payment("AUTHORISATION") }),
        ("offer-closed", payment("OFFER_CLOSED")),
        ("expired", payment("EXPIRE")),
        ("captured", Item { value: 100, ..change("CAPTURE") }),
        ("captured-by-itself", Item { reference: REFERENCE.to_owned(), ..change("CAPTURE") }),
        ("capture-refused", change("CAPTURE").refused("Insufficient balance on payment")),
        ("capture-failed", Item { reason: "Capture Failed", ..change("CAPTURE_FAILED") }),
        ("cancelled", change("CANCELLATION")),
        ("not-cancelled", change("CANCELLATION").refused("Transaction not in a state to be canceled")),
        ("undone", Item { reference: REFERENCE.to_owned(), ..change("TECHNICAL_CANCEL") }),
        (
            "not-undone",
            Item { original: None, value: 0, reference: REFERENCE.to_owned(), ..change("TECHNICAL_CANCEL") }
                .refused(""),
        ),
        ("cancel-or-refund", change("CANCEL_OR_REFUND")),
        ("no-cancel-or-refund", change("CANCEL_OR_REFUND").refused("Insufficient balance on payment")),
        ("refunded", change("REFUND")),
        ("not-refunded", change("REFUND").refused("Transaction hasn't been captured, refund not possible")),
        ("refund-failed", Item { reason: "Refund Failed", ..change("REFUND_FAILED") }),
        ("refund-reversed", change("REFUNDED_REVERSED")),
        ("information-requested", dispute("REQUEST_FOR_INFORMATION")),
        ("chargeback-announced", dispute("NOTIFICATION_OF_CHARGEBACK")),
        ("chargeback", dispute("CHARGEBACK")),
        ("chargeback-reversed", Item { original: None, ..dispute("CHARGEBACK_REVERSED") }),
        ("second-chargeback", Item { original: None, ..dispute("SECOND_CHARGEBACK") }),
        ("prearbitration-won", Item { original: None, ..dispute("PREARBITRATION_WON") }),
        ("prearbitration-lost", Item { original: None, ..dispute("PREARBITRATION_LOST") }),
        ("defense-ended", dispute("DISPUTE_DEFENSE_PERIOD_ENDED")),
        ("issuer-silent", dispute("ISSUER_RESPONSE_TIMEFRAME_EXPIRED")),
        ("ignored", change("POSTPONED_REFUND")),
        ("of-another", Item { reference: "order 12".to_owned(), ..payment("AUTHORISATION") }),
        ("refund-of-another", Item { reference: "order 12".to_owned(), ..change("REFUND") }),
        ("of-another-account", Item { account: "LojaUS", ..payment("AUTHORISATION") }),
    ]
}

pub(crate) fn golden() -> Vec<(String, Value)> {
    let case = |(name, item): (&str, Item)| {
        let (body, updates) = (item.body(), read(&item.body()).unwrap());
        let updates: Vec<_> = updates.iter().map(shown).collect();
        (format!("notification-{name}"), json!({"body": body, "updates": updates}))
    };
    every().into_iter().map(case).collect()
}

fn shown(update: &Result<ProviderUpdate, NoUpdate>) -> Value {
    match update {
        Ok(update) => json!(update),
        Err(NoUpdate::UnknownPayment(moved)) => json!({"unknownPayment": moved}),
        Err(NoUpdate::Unreadable) => Value::Null,
    }
}

#[test]
fn each_event_means_what_the_table_says() {
    let of = |name: &str| kinds(&every().into_iter().find(|(other, _)| *other == name).unwrap().1);
    let one = |name: &str| match of(name).as_slice() {
        [(reference, id, kind)] => (reference.clone(), id.clone(), kind.clone()),
        other => panic!("{name}: {other:?}"),
    };
    let is = |name: &str, reference: &str, id: &str| {
        let (named, its, kind) = one(name);
        assert_eq!((named.as_str(), its.as_str()), (reference, id), "{name}");
        kind
    };
    let (hundred, all) = (domain::money::Amount::new(100).unwrap(), domain::money::Amount::new(300).unwrap());
    let UpdateKind::Reserved { amount, receipt } = is("authorised", REFERENCE, PSP) else { panic!() };
    assert_eq!((amount, receipt.transaction_id.as_deref()), (all, Some(PSP)));
    let UpdateKind::NotPaid { why } = is("refused", REFERENCE, PSP) else { panic!() };
    assert_eq!(why.code, DeclineCode::InsufficientFunds);
    let UpdateKind::NotPaid { why } = is("offer-closed", REFERENCE, PSP) else { panic!() };
    assert_eq!(why.code, DeclineCode::Expired);
    for (name, reference, amount) in [("captured", CHANGE, hundred), ("captured-by-itself", REFERENCE, all)] {
        // The payment keeps its own id, also where its capture overtakes its approval.
        let paid = |id: &str| Receipt { transaction_id: Some(id.to_owned()), ..Receipt::default() };
        let approved = UpdateKind::Reserved { amount, receipt: paid(PSP) };
        let receipt = Receipt { capture_id: Some(MODIFICATION.to_owned()), ..paid(PSP) };
        let captured = UpdateKind::Paid { amount, receipt };
        let named = |id: &str, kind| (reference.to_owned(), id.to_owned(), kind);
        assert_eq!(of(name), [named(PSP, approved), named(MODIFICATION, captured)], "{name}");
    }
    for name in ["capture-refused", "capture-failed"] {
        assert!(matches!(is(name, CHANGE, MODIFICATION), UpdateKind::CaptureFailed { .. }), "{name}");
    }
    for (name, reference, id) in
        [("expired", REFERENCE, PSP), ("cancelled", CHANGE, MODIFICATION), ("undone", REFERENCE, MODIFICATION)]
    {
        assert_eq!(is(name, reference, id), UpdateKind::ReservationEnded, "{name}");
    }
    for name in ["cancel-or-refund", "refunded"] {
        assert_eq!(is(name, CHANGE, MODIFICATION), UpdateKind::RefundedOutside { amount: all }, "{name}");
    }
    for name in ["not-cancelled", "no-cancel-or-refund", "not-refunded"] {
        assert!(matches!(is(name, CHANGE, MODIFICATION), UpdateKind::RefundFailed { .. }), "{name}");
    }
    for name in ["refund-failed", "refund-reversed"] {
        let returned = UpdateKind::RefundReverted { amount: all, refund: Some(MODIFICATION.to_owned()) };
        assert_eq!(is(name, CHANGE, MODIFICATION), returned, "{name}");
    }
    for name in ["verified", "not-undone", "ignored", "of-another", "of-another-account"] {
        assert!(of(name).is_empty(), "{name}");
    }
}

/// The signature covers it.
#[test]
fn an_update_says_which_payment_is_changed_where_the_notification_does() {
    let payments = |item: &Item| {
        let updates = read(&item.body()).unwrap().into_iter();
        updates.map(|update| update.unwrap().payment).collect::<Vec<_>>()
    };
    for code in ["REFUND", "REFUND_FAILED", "CANCELLATION", "CAPTURE_FAILED"] {
        assert_eq!(payments(&Item::of_change(code)), [Some(PSP.to_owned())], "{code}");
    }
    assert_eq!(payments(&Item::of_payment("AUTHORISATION")), [None]);
    assert_eq!(payments(&Item::of_change("CAPTURE")), [None, None], "its receipts say it");
}

#[test]
fn the_events_of_one_dispute_are_one_dispute_and_each_debit_counts_once() {
    let of = |code| {
        let steps = kinds(&Item::of_dispute(code)).into_iter();
        steps
            .map(|(reference, id, kind)| {
                assert_eq!(reference, REFERENCE, "{code}");
                let dispute = match &kind {
                    UpdateKind::ChargedBack { amount, dispute, .. }
                    | UpdateKind::ChargebackReversed { amount, dispute, .. } => {
                        assert_eq!(amount.minor(), 300, "{code}");
                        dispute.clone()
                    }
                    UpdateKind::Disputed { dispute } | UpdateKind::DisputeClosed { dispute, .. } => dispute.clone(),
                    other => panic!("{code}: {other:?}"),
                };
                assert_eq!(dispute.as_deref(), Some(DISPUTE), "{code}");
                (kind.name().to_owned(), id)
            })
            .collect::<Vec<_>>()
    };
    let step = |kind: &str, end: &str| (kind.to_owned(), format!("{DISPUTE}{end}"));
    for code in ["REQUEST_FOR_INFORMATION", "NOTIFICATION_OF_CHARGEBACK"] {
        assert_eq!(of(code), [step("disputed", "")], "{code}");
    }
    assert_eq!(of("CHARGEBACK"), [step("charged_back", "-1")]);
    assert_eq!(of("CHARGEBACK_REVERSED"), [step("chargeback_reversed", "-1")]);
    assert_eq!(of("SECOND_CHARGEBACK"), [step("charged_back", "-2")]);
    assert_eq!(of("PREARBITRATION_LOST"), [step("charged_back", "-2"), step("dispute_closed", "")]);
    assert_eq!(of("PREARBITRATION_WON"), [step("chargeback_reversed", "-2"), step("dispute_closed", "")]);
    for code in ["DISPUTE_DEFENSE_PERIOD_ENDED", "ISSUER_RESPONSE_TIMEFRAME_EXPIRED"] {
        assert_eq!(of(code), [step("dispute_closed", "")], "{code}");
    }
}

#[test]
fn codes_that_move_no_money_are_ignored_with_any_reference() {
    let codes = [
        "POSTPONED_REFUND",
        "VOID_PENDING_REFUND",
        "MANUAL_REVIEW_ACCEPT",
        "MANUAL_REVIEW_REJECT",
        "NOTIFICATION_OF_FRAUD",
        "INFORMATION_SUPPLIED",
        "REPORT_AVAILABLE",
        "AUTHORISATION_ADJUSTMENT",
        "PENDING",
        "ORDER_OPENED",
        "PAYOUT_THIRDPARTY",
        "RECURRING_CONTRACT",
        "",
        "authorisation",
        "CHARGEBACK2",
    ];
    for code in codes {
        assert_eq!(read(&Item::of_change(code).body()), Ok(Vec::new()), "{code}");
    }
}

#[test]
fn money_that_moves_under_a_reference_that_is_not_the_hubs_is_reported_and_nothing_else_is() {
    let foreign = |item: Item| read(&Item { reference: "pedido 12".to_owned(), ..item }.body()).unwrap();
    let moved = |event: &str, id: &str| {
        let (id, payment) = (id.to_owned(), Some(PSP.to_owned()));
        let (amount, currency) = (domain::money::Amount::new(300).ok(), Some(domain::money::Currency::BRL));
        let moved = MoneyMoved { event: event.to_owned(), id, payment, amount, currency };
        vec![Err(NoUpdate::UnknownPayment(moved))]
    };
    let changes = ["REFUND", "REFUND_FAILED", "REFUNDED_REVERSED", "CANCELLATION", "CANCEL_OR_REFUND"];
    for code in changes {
        assert_eq!(foreign(Item::of_change(code)), moved(code, MODIFICATION), "{code}");
    }
    for code in ["CHARGEBACK", "CHARGEBACK_REVERSED", "SECOND_CHARGEBACK", "PREARBITRATION_LOST", "PREARBITRATION_WON"]
    {
        assert_eq!(foreign(Item::of_dispute(code)), moved(code, DISPUTE), "{code}");
    }
    for code in ["REFUND", "CANCELLATION", "CANCEL_OR_REFUND"] {
        assert_eq!(foreign(Item::of_change(code).refused("no")), [], "{code}");
    }
    for code in ["AUTHORISATION", "OFFER_CLOSED", "EXPIRE", "CAPTURE", "CAPTURE_FAILED", "REPORT_AVAILABLE"] {
        assert_eq!(foreign(Item::of_change(code)), [], "{code}");
    }
    for code in ["NOTIFICATION_OF_CHARGEBACK", "REQUEST_FOR_INFORMATION", "DISPUTE_DEFENSE_PERIOD_ENDED"] {
        assert_eq!(foreign(Item::of_dispute(code)), [], "{code}");
    }
    // A reference with the sign that separates the signed fields names no payment of the hub.
    let unclear = Item { reference: "pedido:12".to_owned(), ..Item::of_change("REFUND") };
    assert_eq!(read(&unclear.body()).unwrap(), moved("REFUND", MODIFICATION));
    assert_eq!(foreign(Item { account: "LojaUS", ..Item::of_change("REFUND") }), []);
}

#[test]
fn an_item_without_a_usable_amount_or_id_cannot_be_read() {
    for item in [
        Item { value: 0, ..Item::of_change("CAPTURE") },
        Item { value: -300, ..Item::of_change("REFUND") },
        Item { value: i64::MAX, ..Item::of_change("REFUND") },
        Item { currency: "REAL", ..Item::of_change("CAPTURE") },
        Item { currency: "", ..Item::of_payment("AUTHORISATION") },
        Item { psp: "", ..Item::of_change("REFUND") },
        Item { original: None, ..Item::of_change("CAPTURE") },
        Item { psp: "a/b", ..Item::of_change("REFUND") },
    ] {
        assert_eq!(read(&item.body()), Ok(vec![Err(NoUpdate::Unreadable)]), "{}", item.signed());
    }
}

#[test]
fn an_item_is_read_in_its_own_currency_whatever_the_account_is_paid_in_today() {
    let mut account = account();
    account.currencies = Some(vec![Currency::BRL]);
    for item in [Item { currency: "USD", ..Item::of_change("REFUND") }, Item::of_dispute("CHARGEBACK")] {
        let updates = read_as(&account, &secrets(), &item.body().to_string()).unwrap();
        let currencies = updates.iter().map(|update| update.as_ref().unwrap().currency).collect::<Vec<_>>();
        assert_eq!(currencies, [item.currency.parse().ok()], "{}", item.signed());
    }
}

#[test]
fn the_published_signatures_hold_and_another_byte_or_another_key_does_not() {
    let key = "DFB1EB5485895CFA84146406857104ABB4CBCABDC8AAF103A624C8F6A3EAAB00";
    let published = [
        (key, "EVENT", "ipnxGCaUZ4l8TUW75a71/ghd2Fe5ffvX0pV4TLTntIc="),
        (key, "REPORT_AVAILABLE", "ZNBPtI+oDyyRrLyD1XirkKnQgIAlFc07Vj27TeHsDRE="),
    ];
    for (key, code, signature) in published {
        let item = json!({
            "pspReference": "pspReference",
            "originalReference": "originalReference",
            "merchantAccountCode": "merchantAccount",
            "merchantReference": "reference",
            "amount": {"currency": "EUR", "value": 1000},
            "eventCode": code,
            "success": "true",
            "additionalData": {"hmacSignature": signature},
        });
        holds(key, &item);
    }
    holds(
        HMAC_KEY,
        &json!({
            "pspReference": "7914073381342284",
            "merchantAccountCode": "TestMerchant",
            "merchantReference": "TestPayment-1407325143704",
            "amount": {"currency": "EUR", "value": 1130},
            "eventCode": "AUTHORISATION",
            "success": "true",
            "additionalData": {"hmacSignature": "coqCmt/IZ4E3CzPvMY8zTjQVL5hYJUiBRg8UU+iCWo0="},
        }),
    );
    holds(HMAC_KEY, &Item::of_change("REFUND").printed(HMAC_KEY));
}

/// Asserts that an item is taken as it is, and not with any other field that is signed, or under another key.
fn holds(key: &str, item: &Value) {
    let with_key = |key: &str| -> Secrets { [("hmacKey".to_owned(), key.to_owned())].into_iter().collect() };
    let under =
        |key: &str, item: &Value| read_as(&account(), &with_key(key), &call(std::slice::from_ref(item)).to_string());
    assert!(under(key, item).is_ok(), "{item}");
    let forged = |item: &Value, what: &str| assert_eq!(under(key, item), Err(CallbackError::Forged), "{what}");
    for field in
        ["pspReference", "originalReference", "merchantAccountCode", "merchantReference", "eventCode", "success"]
    {
        let mut other = item.clone();
        other[field] = json!(format!("{}x", other[field].as_str().unwrap_or_default()));
        forged(&other, field);
    }
    let mut other = item.clone();
    other["amount"]["value"] = json!(item["amount"]["value"].as_i64().unwrap() + 1);
    forged(&other, "value");
    other = item.clone();
    other["amount"]["currency"] = json!("USD");
    forged(&other, "currency");
    let right = item["additionalData"]["hmacSignature"].as_str().unwrap();
    let swapped = if right.starts_with('A') { right.replacen('A', "B", 1) } else { format!("A{}", &right[1..]) };
    for signature in [json!(swapped), json!(""), json!("é"), json!(&right[..right.len() - 4]), Value::Null] {
        other = item.clone();
        other["additionalData"]["hmacSignature"] = signature.clone();
        forged(&other, &signature.to_string());
    }
    other = item.clone();
    other.as_object_mut().unwrap().remove("additionalData");
    forged(&other, "no signature");
    let another = format!("{}00", &key[..key.len() - 2]).replacen("DFB1", "DFB2", 1).replacen("4478", "4479", 1);
    assert_eq!(under(&another, item), Err(CallbackError::Forged), "another key");
    assert_eq!(
        read_as(&account(), &Secrets::default(), &call(std::slice::from_ref(item)).to_string()),
        Err(CallbackError::Forged)
    );
}

#[test]
fn the_separator_of_the_signed_fields_cannot_move_one_field_into_another() {
    // The signed text of a refund of another order, read as a refund of the hub's.
    let moved = Item { psp: "A", original: Some("B:LojaBR"), account: "LojaBR", ..Item::of_change("REFUND") };
    assert!(read(&moved.body()).unwrap().iter().all(Result::is_err));
    let moved = Item { psp: "A:B", original: None, ..Item::of_change("REFUND") };
    assert_eq!(read(&moved.body()), Ok(Vec::new()));
}

#[test]
fn all_items_of_a_call_are_read_and_one_that_is_forged_refuses_the_call() {
    let items = [Item::of_payment("AUTHORISATION"), Item::of_change("REFUND"), Item::of_dispute("PREARBITRATION_LOST")];
    let signed: Vec<_> = items.iter().map(|item| item.printed(HMAC_KEY)).collect();
    let updates = read(&call(&signed)).unwrap();
    assert_eq!(updates.len(), 4);
    assert!(updates.iter().all(Result::is_ok));
    let mut forged = signed.clone();
    forged.push(Item::of_payment("EXPIRE").printed(&HMAC_KEY.replace('4', "5")));
    assert_eq!(read(&call(&forged)), Err(CallbackError::Forged));
    for count in [0, 101] {
        assert_eq!(read(&call(&vec![signed[0].clone(); count])), Err(CallbackError::Unreadable), "{count}");
    }
}

#[test]
fn a_call_of_the_other_environment_is_refused() {
    let body = |live: &str| {
        let mut body = Item::of_payment("AUTHORISATION").body();
        body["live"] = json!(live);
        body.to_string()
    };
    for (environment, right) in [(Environment::Sandbox, "false"), (Environment::Production, "true")] {
        for live in ["false", "true", "", "TRUE"] {
            let updates = read_as(&account_in(environment), &secrets(), &body(live));
            let expected = if live == right { None } else { Some(CallbackError::Forged) };
            assert_eq!(updates.err(), expected, "{environment:?} {live}");
        }
    }
}

#[test]
fn what_is_no_notification_is_unreadable_and_a_call_that_is_cut_is_never_used() {
    for body in ["", "{}", "null", "[]", "<html>", r#"{"live":"false"}"#, r#"{"live":false,"notificationItems":[]}"#] {
        assert_eq!(read_as(&account(), &secrets(), body), Err(CallbackError::Unreadable), "{body}");
    }
    let whole = Item::of_change("REFUND").body().to_string();
    for end in 0..whole.len() {
        assert_eq!(read_as(&account(), &secrets(), &whole[..end]), Err(CallbackError::Unreadable), "{end}");
    }
}
