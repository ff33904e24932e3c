//! Sample accounts, payments and changes of the tests.

use std::{collections::BTreeMap, sync::LazyLock};

use domain::{
    card::{CardData, Cvv, Pan},
    customer::{Address, CustomerData},
    document::Document,
    merchant::{Credentials, Environment, ProviderAccount, ProviderType},
    method::{Boleto, Method, PaymentType},
    money::{Amount, Currency, Money},
};
use providers::{
    Call, Change, Create, HttpAnswer, Operation, Progress, Reading, Secrets, Step, Updates, Verify, adapter,
};
use serde_json::{Value, json};

pub(crate) const REFERENCE: &str = "c1db83fa723c4e1f9722bc19d1be6791001";
pub(crate) const CHANGE: &str = "c1db83fa723c4e1f9722bc19d1be6791002";
pub(crate) const PSP: &str = "993617895204576J";
pub(crate) const MODIFICATION: &str = "993617895204577J";
pub(crate) const API_KEY: &str = "AQEtheapikey";
/// The key under which the published notifications are signed.
pub(crate) const HMAC_KEY: &str = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056";
pub(crate) const CREDIT: Method = Method::Credit { installments: 1 };
pub(crate) const IN_PARTS: Method = Method::Credit { installments: 3 };
pub(crate) const PIX: Method = Method::Pix { expires_in: 3600 };

pub(crate) static BOLETO: LazyLock<Method> = LazyLock::new(|| Method::Boleto(slip()));

pub(crate) fn slip() -> Boleto {
    Boleto {
        expires_date: "2021-08-19".parse().unwrap(),
        max_days_past_due: None,
        instructions: Some("Não receber após o vencimento".to_owned()),
        interest: None,
        fine: None,
        items: Vec::new(),
        clearing_days: 5,
    }
}

pub(crate) static CARD: LazyLock<CardData> = LazyLock::new(|| card(Some("737")));
pub(crate) static STORED_CARD: LazyLock<CardData> = LazyLock::new(|| card(None));

fn card(cvv: Option<&str>) -> CardData {
    CardData {
        pan: Pan::new("4111111111111111").unwrap(),
        cvv: cvv.map(|digits| Cvv::new(digits).unwrap()),
        holder: "MARIA DA SILVA".to_owned(),
        expiry: "03/2030".parse().unwrap(),
    }
}

pub(crate) static SHOPPER: LazyLock<CustomerData> = LazyLock::new(shopper);

pub(crate) fn shopper() -> CustomerData {
    let text = |text: &str| Some(text.to_owned());
    CustomerData {
        name: "Maria da Silva".to_owned(),
        email: "maria@example.com".to_owned(),
        phone_number: "21 98889999099".to_owned(),
        document: Document::new("cpf", Some("729.120.530-13"), Some("BR")).unwrap(),
        address: Some(Address {
            street: text("Rua A"),
            street_number: text("10"),
            complement: None,
            zip_code: text("20000-000"),
            country: text("BR"),
            state: text("RJ"),
            city: text("Rio de Janeiro"),
            district: text("Centro"),
        }),
    }
}

pub(crate) fn account_in(environment: Environment) -> ProviderAccount {
    let field = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let fields = [("merchantAccount", "LojaBR"), ("liveUrlPrefix", "1797a841fbb37ca7-Loja")].map(field);
    ProviderAccount {
        id: "0b1c8c4b-3d2e-4f50-9a61-7b82c93d04e5".parse().unwrap(),
        kind: ProviderType::Adyen,
        priority: 1,
        methods: vec![PaymentType::Credit],
        currencies: None,
        credentials: Credentials::Account { environment, fields: BTreeMap::from(fields), sealed: String::new() },
    }
}

pub(crate) fn account() -> ProviderAccount {
    account_in(Environment::Sandbox)
}

pub(crate) fn secrets() -> Secrets {
    [("apiKey", API_KEY), ("hmacKey", HMAC_KEY)]
        .map(|(name, key)| (name.to_owned(), key.to_owned()))
        .into_iter()
        .collect()
}

pub(crate) fn reais(minor: u64) -> Money {
    Money { amount: Amount::new(minor).unwrap(), currency: Currency::BRL }
}

pub(crate) fn by_card() -> Create<'static> {
    Create {
        reference: REFERENCE,
        method: &CREDIT,
        money: reais(300),
        capture: true,
        card: Some(&CARD),
        customer: None,
        description: None,
        statement_descriptor: Some("Pão de Açúcar & Cia."),
        updates: Some(Updates { url: "https://hub.example/v1/callbacks/ADYEN/7Zx0a", key: "a key of the hub" }),
        created_at: "2021-08-12T16:08:39.536Z".parse().unwrap(),
    }
}

pub(crate) fn by_pix() -> Create<'static> {
    Create { method: &PIX, capture: false, card: None, customer: Some(&SHOPPER), ..by_card() }
}

pub(crate) fn by_boleto() -> Create<'static> {
    Create { method: &BOLETO, ..by_pix() }
}

/// A change of the whole card payment.
pub(crate) fn change() -> Change<'static> {
    Change {
        reference: CHANGE,
        payment: REFERENCE,
        transaction_id: Some(PSP),
        method: &CREDIT,
        money: reais(300),
        is_reserved: false,
        is_untouched: true,
        is_retry: false,
        left: reais(300),
        card: None,
        created_at: "2021-08-12T17:00:00.000Z".parse().unwrap(),
    }
}

/// The order to undo a payment whose outcome is unknown.
pub(crate) fn undo() -> Operation<'static> {
    Operation::Cancel(Change { reference: REFERENCE, transaction_id: None, is_reserved: true, ..change() })
}

pub(crate) fn verify() -> Operation<'static> {
    Operation::Verify(Verify { reference: REFERENCE, card: &CARD, created_at: by_card().created_at })
}

pub(crate) fn begun(account: &ProviderAccount, operation: &Operation) -> Call {
    adapter(account).begin(account, operation).unwrap()
}

/// What is read from an answer with this status and body.
pub(crate) fn read(operation: &Operation, status: u16, body: &[u8]) -> domain::charge::Outcome {
    let (account, progress) = (account(), Progress::first());
    let answer = HttpAnswer { status, headers: Vec::new(), body: body.to_vec() };
    match adapter(&account).next(&account, operation, &progress, &answer) {
        Step::Done(Reading { outcome, updates }) if updates.is_empty() => outcome,
        other => panic!("one call, and one outcome: {other:?}"),
    }
}

/// The answer to a payment by card, and to its capture, as they are when all went well.
pub(crate) fn authorised() -> Value {
    json!({
        "pspReference": PSP,
        "resultCode": "Authorised",
        "merchantReference": REFERENCE,
        "amount": {"currency": "BRL", "value": 300},
        "additionalData": {"authCode": "044925", "refusalReasonRaw": "AUTHORISED"},
        "paymentMethod": {"brand": "visa", "type": "scheme"},
    })
}

pub(crate) fn received() -> Value {
    json!({
        "merchantAccount": "LojaBR",
        "amount": {"currency": "BRL", "value": 300},
        "reference": CHANGE,
        "pspReference": MODIFICATION,
        "paymentPspReference": PSP,
        "status": "received",
    })
}
