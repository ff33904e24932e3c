//! Bodies that no client sends: reading never panics, and no problem repeats what was sent.

use domain::{endpoint::AddressProblem, merchant::Settings, refusal::Refusal};
use serde_json::{Value, json};
use wire::malga::requests::{
    CaptureCharge, ChangeAntifraud, ChangeSettings, ChangeStatus, CreateCard, CreateCharge, CreateCustomer,
    CreateMerchant, CreatePublicKey, CreateSession, CreateSessionCard, CreateToken, CreateWebhook, LinkCard,
    PatchCustomer, PatchMerchant, PatchSession, PatchWebhook, VoidCharge, payment_type,
};

use crate::fixtures::{
    boleto, card_request, drip_request, now, pay_session, pix_request, session, session_payment_request,
    session_request, with,
};

/// How many bodies are made; each is made again from its seed.
const SEEDS: u64 = 4_000;

/// What is sent and must not come back: card numbers, a security code, and a text that is in no rule.
const SENT: [&str; 5] = ["4929564637987814", "4929564637987815", "5261424250184574", "7391", "zq junk"];

/// A small generator of numbers (`SplitMix64`).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(sides).unwrap()).unwrap()
    }
}

/// Bodies of requests, whole.
fn bodies() -> Vec<Value> {
    let id = "148d5db0-f1c3-439f-902d-f1f268086e1d";
    let stored = json!({"sourceType": "card", "cardId": id, "cardCvv": "7391"});
    let linked = json!({"sourceType": "customer", "customerId": id});
    let address = json!({
        "street": "R", "streetNumber": "1", "zipCode": "1", "country": "BR", "state": "RJ", "city": "R",
        "district": "C", "complement": "9",
    });
    let account = json!({
        "name": "ADYEN", "priority": 3, "methods": ["pix", "credit"], "currencies": ["BRL"],
        "credentials": {"type": "sandbox", "apiKey": "key_1"},
    });
    let terms = json!([
        boleto()["paymentMethod"],
        {"paymentType": "credit", "installments": 3},
        {"paymentType": "drip", "successRedirectUrl": "https://a.example/", "cancelRedirectUrl": "https://b.example/"},
    ]);
    let card = card_request()["paymentSource"]["card"].clone();
    let customer = with(pix_request()["paymentSource"]["customer"].clone(), "/address", address);
    vec![
        card_request(),
        pix_request(),
        boleto(),
        drip_request(),
        with(card_request(), "/paymentSource", stored),
        with(pix_request(), "/paymentSource", linked),
        with(card_request(), "/paymentSource", json!({"sourceType": "token", "tokenId": id})),
        with(session_request(), "/paymentMethods", terms),
        session_payment_request(),
        card,
        customer,
        json!({"mcc": "5912", "providers": [account], "retryOnDecline": true, "status": "active"}),
        json!({"scope": ["cards", "tokens"], "expires": 60, "isActive": true, "amount": 5, "cardId": id}),
        json!({"event": "*", "endpoint": "https://shop.example/", "version": "1.1", "status": true}),
        json!({"companyName": "L", "email": "a@b", "phone": "", "language": "pt_BR", "mainColor": "#0A7E3F"}),
        json!({"tokenId": id, "merchantId": id, "cvvCheck": true, "zeroDollar": {"merchantId": id, "cvvCheck": true}}),
        json!({"cvvUpdate": "7391", "status": "authorized", "maxPayments": 1}),
    ]
}

/// A value that fits hardly any field.
fn junk(dice: &mut Dice) -> Value {
    let values = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1),
        json!(1.5),
        json!(u64::MAX),
        json!(""),
        json!("zq junk"),
        json!("4929564637987814"),
        json!("4929564637987815"),
        json!("7391"),
        json!(7391),
        json!("zq junk".repeat(400)),
        json!("\u{0}\u{1}ã😀"),
        json!("148d5db0-f1c3-439f-902d-f1f268086e1d"),
        json!("371511430434941"),
        json!("2001-01-01"),
        json!("01/2001"),
        json!("371511430434941@x"),
        json!("pix"),
        json!([]),
        json!({}),
        json!([[], {}, "zq junk", null]),
        json!({"amount": 1, "percentage": "zq junk", "paymentType": "pix", "name": 7}),
        json!([{"paymentType": "pix"}, {"paymentType": "pix"}, {"name": "ADYEN"}, {"name": "ADYEN"}]),
        json!({"sourceType": "customer", "type": "cpf", "number": "4929564637987814", "country": "zq junk"}),
    ];
    values[dice.roll(values.len())].clone()
}

/// Fields that no body has, or only some.
const FIELDS: [&str; 16] = [
    "splitRules",
    "vendor",
    "maxPayments",
    "cardId",
    "cardCvv",
    "tokenCvv",
    "customerId",
    "cvvUpdate",
    "merchantId",
    "zeroDollar",
    "logo",
    "email",
    "expiresIn",
    "items",
    "address",
    "fraudAnalysis",
];

/// Puts junk at a place of `value`, takes a field away, or adds one.
fn change(value: &mut Value, dice: &mut Dice) {
    match value {
        Value::Object(fields) if !fields.is_empty() && dice.roll(6) > 0 => {
            let names: Vec<String> = fields.keys().cloned().collect();
            let name = &names[dice.roll(names.len())];
            if dice.roll(6) == 0 {
                fields.remove(name);
            } else {
                change(&mut fields[name], dice);
            }
        }
        Value::Object(fields) if dice.roll(3) > 0 => {
            fields.insert(FIELDS[dice.roll(FIELDS.len())].to_owned(), junk(dice));
        }
        Value::Array(elements) if !elements.is_empty() && dice.roll(6) > 0 => {
            let index = dice.roll(elements.len());
            change(&mut elements[index], dice);
        }
        other => *other = junk(dice),
    }
}

/// The body of `seed`.
fn body(seed: u64) -> Value {
    let mut dice = Dice(seed);
    let bodies = bodies();
    let mut body = bodies[dice.roll(bodies.len())].clone();
    for _ in 0..=dice.roll(4) {
        change(&mut body, &mut dice);
    }
    body
}

fn printed<T: std::fmt::Debug>(read: &Result<T, Refusal>) -> String {
    format!("{read:?}")
}

/// What every request says of `body`.
fn readings(body: &Value) -> Vec<String> {
    let allowed = |endpoint: &str| if endpoint.is_ascii() { Ok(()) } else { Err(AddressProblem::NotAUrl) };
    vec![
        printed(&CreateCharge::read(body, now())),
        printed(&pay_session(body, &session(), now())),
        printed(&CreateSession::read(body)),
        printed(&PatchSession::read(body)),
        printed(&payment_type(body)),
        printed(&CaptureCharge::read(body)),
        printed(&VoidCharge::read(body)),
        printed(&ChangeStatus::read(body)),
        printed(&ChangeAntifraud::read(body)),
        printed(&CreateToken::read(body, now())),
        printed(&CreateCard::read(body)),
        printed(&CreateSessionCard::read(body)),
        printed(&CreateCustomer::read(body)),
        printed(&PatchCustomer::read(body)),
        printed(&LinkCard::read(body)),
        printed(&CreateMerchant::read(body)),
        printed(&PatchMerchant::read(body)),
        printed(&ChangeSettings::read(body, Settings::default(), |origin| allowed(origin).map(|()| origin.to_owned()))),
        printed(&CreatePublicKey::read(body)),
        printed(&CreateWebhook::read(body, allowed)),
        printed(&PatchWebhook::read(body, allowed)),
    ]
}

#[test]
fn no_body_makes_a_reader_panic_and_no_problem_repeats_what_was_sent() {
    let mut refused = 0_usize;
    for seed in 0..SEEDS {
        let body = body(seed);
        for reading in readings(&body).iter().filter(|reading| reading.starts_with("Err")) {
            refused += 1;
            assert!(!reading.contains("Invalid([])"), "a refusal without a problem, seed {seed}: {body}");
            for sent in SENT {
                assert!(!reading.contains(sent), "seed {seed} repeats {sent}: {reading}");
            }
        }
    }
    assert!(refused > 10_000, "{refused}");
}
