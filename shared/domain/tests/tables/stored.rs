//! Charges as older versions stored them.

use domain::charge::{Charge, command::Command};
use serde_json::Value;

use crate::{
    life::{ABLE, Life, approved, paid, start, void},
    states::states,
};

/// Stored before a charge had a time to expire, an analysis of fraud, a debt, or requests that name others.
const RESERVED: &str = r#"{"id":"c1db83fa-723c-4e1f-9722-bc19d1be6701","client":"c1db83fa-723c-4e1f-9722-bc19d1be6702",
"merchant":"c1db83fa-723c-4e1f-9722-bc19d1be6703","session":"c1db83fa-723c-4e1f-9722-bc19d1be6704",
"originalAmount":150,"currency":"BRL","capture":false,"method":{"paymentType":"credit","installments":1},
"source":{"sourceType":"card","cardId":"c1db83fa-723c-4e1f-9722-bc19d1be6705","card":{"brand":"Visa",
"first6":"492956","last4":"7814","holder":"JOAO DA SILVA","expiry":"06/2028"}},"idempotencyKey":"key",
"body":{"asSent":"said"},"requests":[{"id":"c1db83fa-723c-4e1f-9722-bc19d1be6706","kind":"pre_authorization",
"amount":150,"via":{"id":"c1db83fa-723c-4e1f-9722-bc19d1be6707","type":"STRIPE"},
"createdAt":"2026-01-01T00:00:00.000Z","callBefore":"2026-01-01T00:00:20.000Z","standing":{"is":"final",
"answer":{"status":"success","at":"2026-01-01T00:00:02.000Z","tookMs":713,"receipt":{"transactionId":"t-1",
"authorizationNsu":"000000000042","responseCode":"00"}},"after":{"status":"pre_authorized","amount":150}},
"events":[{"no":1,"name":"pending"},{"no":2,"name":"pre_authorized"}]}],"eventNo":2,
"createdAt":"2026-01-01T00:00:00.000Z","updatedAt":"2026-01-01T00:00:02.000Z","version":2}"#;

const PIX: &str = r#"{"id":"c1db83fa-723c-4e1f-9722-bc19d1be6701","client":"c1db83fa-723c-4e1f-9722-bc19d1be6702",
"merchant":"c1db83fa-723c-4e1f-9722-bc19d1be6703","originalAmount":150,"currency":"BRL","capture":true,
"method":{"paymentType":"pix","expiresIn":3600},"source":{"sourceType":"customer",
"customerId":"c1db83fa-723c-4e1f-9722-bc19d1be6705"},"idempotencyKey":"key","body":{"asSent":"said"},
"requests":[{"id":"c1db83fa-723c-4e1f-9722-bc19d1be6706","kind":"pending","amount":150,
"via":{"id":"c1db83fa-723c-4e1f-9722-bc19d1be6707","type":"STRIPE"},"createdAt":"2026-01-01T00:00:00.000Z",
"callBefore":"2026-01-01T00:00:20.000Z","standing":{"is":"final","answer":{"status":"processing",
"at":"2026-01-01T00:00:02.000Z"},"after":{"status":"pending","amount":150},"end":{"status":"success",
"at":"2026-01-01T00:00:02.000Z","receipt":{"transactionId":"t-2","pixCode":"00020126"}}},
"events":[{"no":1,"name":"pending"}]}],"eventNo":1,"createdAt":"2026-01-01T00:00:00.000Z",
"updatedAt":"2026-01-01T00:00:02.000Z","version":3}"#;

#[test]
fn a_charge_of_the_version_before_is_read_and_written_as_it_was_and_lives_on() {
    for stored in [RESERVED, PIX] {
        let charge: Charge = serde_json::from_str(stored).unwrap();
        assert_eq!(serde_json::to_value(&charge).unwrap(), serde_json::from_str::<Value>(stored).unwrap());
        assert_eq!((charge.fraud, charge.owes_void, charge.beside_session), (None, None, false));
    }
    let life = |stored| Life { charge: serde_json::from_str(stored).unwrap(), now: start() };
    let in_part = life(RESERVED).done(void(50), approved());
    assert_eq!(in_part.stands(), ("pre_authorized", 100));
    assert_eq!(in_part.events(), ["pending", "pre_authorized", "voided"]);
    assert_eq!(life(PIX).told(1, paid(150)).stands(), ("authorized", 150));
    assert!(life(PIX).charge.gives_way() && life(PIX).charge.decide(Command::Cancel, ABLE).is_ok());
}

#[test]
fn a_charge_is_read_as_it_was_written_in_every_state() {
    for state in states() {
        let text = serde_json::to_string(&state.life.charge).unwrap();
        assert_eq!(serde_json::from_str::<Charge>(&text).unwrap(), state.life.charge, "{}", state.name);
    }
}
