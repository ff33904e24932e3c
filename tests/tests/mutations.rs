//! Bodies that are almost right: whatever is changed in them, the hub answers and never fails.
//!
//! The changes are pseudo-random and always the same: each case has a number, which a failure prints.

use serde_json::{Map, Value, json};
use tests::{
    fixture::{Fixture, Good},
    hub::LONG_AFTER,
};

const CASES: u64 = 700;

/// `SplitMix64`: a row of numbers that follows from its start.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to and without `end`.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let index = self.below(from.len());
        from.get(index)
    }
}

/// Values that have broken programs, and words that mean something elsewhere in a request.
fn odd_values() -> Vec<Value> {
    let deep = (0..30)
        .fold(json!("deep"), |inside, level| if level % 2 == 0 { json!([inside]) } else { json!({"a": inside}) });
    let mut values = vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1),
        json!(1.5),
        json!(1e308),
        json!(-0.0),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(992),
        json!(993),
        json!(999_999_999_999_u64),
        json!([]),
        json!({}),
        json!([[], [null]]),
        deep,
        json!(vec![Value::Null; 1000]),
        json!("x".repeat(70_000)),
        json!("🐢".repeat(255)),
        json!("\u{0}\u{1}\"\\\u{7f}".repeat(50)),
    ];
    values.extend(
        [
            "",
            " ",
            "0",
            "\u{0}",
            "\u{202e}abc",
            "null",
            "7",
            "1e3",
            "%s%n",
            "'; --",
            "BRL",
            "JPY",
            "XXX",
            "brl",
            "pix",
            "credit",
            "boleto",
            "card",
            "token",
            "customer",
            "cpf",
            "noDocument",
            "passport",
            "06/2028",
            "6/28",
            "99/9999",
            "4929564637987814",
            "371511430434941",
            "00000000-0000-0000-0000-000000000000",
            "1970-01-01T00:00:00Z",
            "00000000-0000-4000-8000-000000000000",
            "9999-12-30T22:00:00.500Z",
            "9999-12-31T23:59:59.999Z",
            "0000-01-01T00:00:00Z",
            "2999-01-01T00:00:00.000+25:00",
            "2016-12-31T23:59:60Z",
        ]
        .map(|text| json!(text)),
    );
    values
}

/// The JSON pointers of everything inside `value`.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    let inside: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(name, field)| (format!("{at}/{name}"), field)).collect(),
        Value::Array(entries) => entries.iter().enumerate().map(|(no, entry)| (format!("{at}/{no}"), entry)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    for (place, value) in inside {
        found.push(place.clone());
        places(value, &place, found);
    }
}

/// One to three fields of `body` become something else, move, or disappear.
fn changed(random: &mut Random, mut body: Value, odd: &[Value]) -> Vec<u8> {
    for _ in 0..=random.below(3) {
        let mut all = Vec::new();
        places(&body, "", &mut all);
        let Some(place) = random.pick(&all) else { break };
        let from = random.pick(&all).and_then(|other| body.pointer(other)).cloned();
        let odd = random.pick(odd).cloned().unwrap();
        let how = random.below(8);
        let Some(target) = body.pointer_mut(place) else { continue };
        match how {
            0 => *target = json!([target.take()]),
            1 => *target = json!({"value": target.take()}),
            2 => *target = from.unwrap_or_default(),
            3 => remove(&mut body, place),
            4 => *target = target.as_str().map_or(odd, |text| json!(format!("{text}{text}"))),
            _ => *target = odd,
        }
    }
    body.to_string().into_bytes()
}

fn remove(body: &mut Value, place: &str) {
    let (parent, name) = place.rsplit_once('/').unwrap();
    if let Some(fields) = body.pointer_mut(parent).and_then(Value::as_object_mut) {
        let _: &mut Map<String, Value> = fields;
        fields.remove(name);
    }
}

/// A few bytes of `body` are flipped, dropped, doubled or cut off.
fn damaged(random: &mut Random, body: &Value) -> Vec<u8> {
    let mut bytes = body.to_string().into_bytes();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len());
        let noise = random.next().to_le_bytes();
        match random.below(5) {
            0 => bytes.truncate(at),
            1 => drop(bytes.splice(at..at, noise)),
            2 => drop(bytes.drain(at..bytes.len().min(at + 5))),
            3 => bytes.extend_from_within(at..),
            _ => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= noise[0]),
        }
    }
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn no_change_of_a_body_makes_the_hub_fail() {
    let mut fixture = Fixture::open().await;
    let odd = odd_values();
    let (mut taken, mut refused) = (0_u32, 0_u32);
    for case in 0..CASES {
        let mut random = Random(case);
        let goods = fixture.all();
        let Good { method, path, body } = random.pick(&goods).unwrap();
        let bytes = match random.below(5) {
            0 => damaged(&mut random, body),
            _ => changed(&mut random, body.clone(), &odd),
        };
        let text = String::from_utf8_lossy(bytes.get(..2000).unwrap_or(&bytes)).into_owned();
        let (merchant, method, path) = (fixture.hub.merchant.clone(), method.clone(), path.clone());
        let request = format!("case {case}: {method} {path} {text}");
        // The client itself fails where the answer is not as the API is described.
        let answer = tokio::spawn(async move { merchant.send(method, &path, Some(bytes), None).await.unwrap() }).await;
        assert!(answer.as_ref().is_ok_and(|answer| answer.status < 500), "{request}: {answer:?}");
        if answer.unwrap().status < 300 {
            taken += 1;
            fixture.renew().await;
        } else {
            refused += 1;
        }
    }
    assert!(taken > 30 && refused > 300, "the changes are neither too small nor too large: {taken}, {refused}");
    fixture.hub.pass(LONG_AFTER).await;
    fixture.hub.assert_books_agree().await;
}
