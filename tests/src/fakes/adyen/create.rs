//! `POST /payments`.

use std::time::Duration;

use domain::time::Timestamp;
use serde_json::{Value, json};

use super::{
    books::{BOLETO_GRACE, Books, Payment, REDIRECTION, Stage, new_psp_reference},
    errors, presented,
    schema::{self, Method},
    verdict::Verdict,
};
use crate::fakes::Reply;

impl Books {
    /// Books a new payment, and answers what became of it.
    pub(super) fn create(&mut self, body: &Value, now: Timestamp) -> Reply {
        let payment = match schema::payment(body).and_then(|method| read(method, body, now)) {
            Ok(payment) => payment,
            Err(refusal) => return refusal,
        };
        let number = body["paymentMethod"]["number"].as_str();
        let scripted = self.verdicts.pop_front();
        let verdict = scripted.unwrap_or_else(|| Verdict::unscripted(payment.method, number, payment.value));
        let answer = self.answer(&payment, &verdict);
        let psp_reference = payment.psp_reference.clone();
        self.payments.push(payment);
        match (&verdict, verdict.refusal()) {
            (_, Some(refusal)) => self.refuse(&psp_reference, refusal, now),
            (Verdict::PartiallyAuthorised(part), _) => self.authorise(&psp_reference, *part, now),
            (Verdict::Authorised, _) => {
                let value = body["amount"]["value"].as_i64().unwrap();
                self.authorise(&psp_reference, value, now);
            }
            (_, None) => {}
        }
        Reply::json(200, &answer)
    }

    fn answer(&self, payment: &Payment, verdict: &Verdict) -> Value {
        let authorised = match verdict {
            Verdict::PartiallyAuthorised(part) => *part,
            _ => payment.value,
        };
        let mut answer = json!({
            "pspReference": payment.psp_reference,
            "resultCode": verdict.result_code(),
            "merchantReference": payment.reference,
            "amount": {"currency": payment.currency, "value": authorised},
        });
        if payment.method == Method::Card {
            answer["paymentMethod"] = json!({"brand": payment.variant, "type": "scheme"});
        }
        if matches!(verdict, Verdict::Authorised | Verdict::PartiallyAuthorised(_)) {
            answer["additionalData"] = json!({"authCode": "044925", "refusalReasonRaw": "AUTHORISED"});
        }
        if let Some(refusal) = verdict.refusal() {
            answer["refusalReason"] = json!(refusal.reason);
            answer["refusalReasonCode"] = json!(refusal.code);
            let more = [("refusalReasonRaw", refusal.raw), ("merchantAdviceCode", refusal.advice)];
            for (name, text) in more.into_iter().filter_map(|(name, text)| Some((name, text?))) {
                answer["additionalData"][name] = json!(text);
            }
        }
        if let Some(action) = self.action(payment, verdict) {
            answer["action"] = action;
        }
        answer
    }

    /// What the shopper has to do.
    fn action(&self, payment: &Payment, verdict: &Verdict) -> Option<Value> {
        let amount = json!({"currency": payment.currency, "value": payment.value});
        let ends_at = payment.ends_at.to_string();
        let data = &payment.psp_reference;
        match (payment.method, verdict) {
            (_, Verdict::RedirectShopper) => Some(json!({
                "type": "redirect",
                "paymentMethodType": payment.variant,
                "method": "GET",
                "url": format!("https://test.adyen.example/redirect/{data}"),
            })),
            (Method::Pix, Verdict::Pending | Verdict::PresentToShopper) => Some(json!({
                "type": "qrCode",
                "paymentMethodType": "pix",
                "qrCodeData": presented::pix_code(data, payment.value),
                "expiresAt": format!("{}Z", &ends_at[..19]),
                "paymentData": data,
                "url": format!("https://test.adyen.example/qr/{data}"),
            })),
            (Method::Boleto, Verdict::PresentToShopper) => Some(json!({
                "type": "voucher",
                "paymentMethodType": payment.variant,
                "reference": presented::digits_of_boleto(self.payments.len(), payment.value),
                "downloadUrl": format!("https://test.adyen.example/boleto/{data}"),
                "expiresAt": ends_at[..19],
                "initialAmount": amount,
                "totalAmount": amount,
            })),
            _ => None,
        }
    }
}

/// The payment of a request that its schema allows.
fn read(method: Method, body: &Value, now: Timestamp) -> Result<Payment, Reply> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let instant = |name: &str| {
        let instant = body[name].as_str().unwrap().parse::<Timestamp>().ok();
        let later = instant.filter(|instant| *instant > now);
        later.ok_or_else(|| errors::invalid("702", &format!("Invalid or missing field: {name}")))
    };
    let ends_at = match method {
        Method::Card => now.plus(REDIRECTION),
        Method::Pix => instant("sessionValidity")?,
        Method::Boleto => instant("deliverAt")?.plus(BOLETO_GRACE),
    };
    let is_manual = body["additionalData"]["manualCapture"] == "true";
    let hours = body["captureDelayHours"].as_u64().unwrap_or(0);
    Ok(Payment {
        psp_reference: new_psp_reference(),
        reference: text(&body["reference"]),
        method,
        variant: variant(&body["paymentMethod"]),
        currency: text(&body["amount"]["currency"]),
        value: body["amount"]["value"].as_i64().ok_or_else(|| errors::malformed("Unexpected input: /amount/value"))?,
        installments: body["installments"]["value"].as_i64(),
        stage: Stage::Open,
        authorised: 0,
        paid_at: now,
        ends_at,
        capture_delay: (!is_manual).then(|| Duration::from_hours(hours)),
        expired: 0,
    })
}

/// The brand of a card, or the type of another method.
fn variant(method: &Value) -> String {
    let kind = method["type"].as_str().unwrap();
    match method["number"].as_str().map(|number| &number[..1]) {
        None => kind,
        Some("3") => "amex",
        Some("2" | "5") => "mc",
        Some("6") => "elo",
        Some(_) => "visa",
    }
    .to_owned()
}
