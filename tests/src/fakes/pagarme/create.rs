//! `POST /orders`.

use std::time::Duration;

use domain::time::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    super::Reply,
    Decision,
    books::{Books, Method, Order, Transaction},
    check, error, invalid, slips,
};

impl Books {
    /// Checks an order, carries it out and answers.
    pub(super) fn create(&mut self, body: &Value, now: Timestamp) -> Reply {
        let problems = check::order(body);
        if !problems.is_empty() {
            return invalid(&problems);
        }
        let payment = &body["payments"][0];
        let amount = payment["amount"].as_u64().unwrap();
        if total(&body["items"]) != Some(amount) {
            return error(412, "The amount of the payment is not the amount of the items.");
        }
        let number = self.orders.len() + 1;
        let transaction = Transaction { number: self.next_number(), status: "", success: true, more: Map::new() };
        let mut order = Order {
            number,
            code: body["code"].as_str().map_or_else(|| format!("{number:010}"), str::to_owned),
            method: Method::Boleto,
            created_at: now,
            status: "pending",
            amount,
            paid: None,
            refunds: Vec::new(),
            charged_back: 0,
            transaction,
        };
        match payment["payment_method"].as_str().unwrap() {
            "credit_card" => self.by_card(&mut order, &payment["credit_card"]),
            "pix" => by_pix(&mut order, &payment["pix"], now),
            _ => by_boleto(&mut order, &payment["boleto"]),
        }
        let answer = Reply::json(200, &order.json());
        self.orders.push(order);
        answer
    }

    fn by_card(&mut self, order: &mut Order, card: &Value) {
        let captures = match card["operation_type"].as_str() {
            Some(operation) => operation == "auth_and_capture",
            None => card["capture"].as_bool().unwrap_or(true),
        };
        order.method = Method::Card { captures };
        let decision = self.decisions.pop_front();
        let decision = decision.unwrap_or_else(|| Decision::by_number(card["card"]["number"].as_str().unwrap()));
        order.decide(decision, captures);
    }
}

impl Order {
    /// Books what the acquirer, or the fraud analysis, says about a card.
    pub(super) fn decide(&mut self, decision: Decision, captures: bool) {
        let code = match decision {
            Decision::Approve => Some("00"),
            Decision::Decline(code) => Some(code),
            Decision::Error | Decision::Review => None,
        };
        let (status, transaction, success) = match decision {
            Decision::Approve if captures => ("paid", "captured", true),
            Decision::Approve => ("pending", "authorized_pending_capture", true),
            Decision::Decline(_) => ("failed", "not_authorized", false),
            Decision::Error => ("failed", "with_error", false),
            Decision::Review => ("pending", "pending_review", true),
        };
        self.status = status;
        (self.transaction.status, self.transaction.success) = (transaction, success);
        self.paid = (status == "paid").then_some(self.amount);
        let more = &mut self.transaction.more;
        if let Some(code) = code {
            more.insert("acquirer_return_code".to_owned(), json!(code));
            let message = if code == "00" { "Transação aprovada" } else { "Transação não autorizada" };
            more.insert("acquirer_message".to_owned(), json!(message));
            more.insert("acquirer_tid".to_owned(), json!(format!("{:020}", self.number)));
        }
        if code == Some("00") {
            more.insert("acquirer_nsu".to_owned(), json!(format!("{:06}", self.number)));
            more.insert("acquirer_auth_code".to_owned(), json!(format!("{:06}", 100_000 + self.number)));
        }
    }
}

fn by_pix(order: &mut Order, pix: &Value, now: Timestamp) {
    let expires_at = match pix["expires_at"].as_str() {
        Some(at) => at.parse().unwrap(),
        None => now.plus(Duration::from_secs(pix["expires_in"].as_u64().unwrap())),
    };
    order.method = Method::Pix { expires_at };
    order.transaction.status = "waiting_payment";
    let id = order.charge_id();
    order.transaction.more.extend(fields(json!({
        "qr_code": slips::pix_code(&id, order.amount),
        "qr_code_url": format!("https://api.pagar.me/core/v5/transactions/{id}/qrcode"),
        "expires_at": expires_at.to_string(),
        "end_to_end_id": null,
    })));
}

fn by_boleto(order: &mut Order, boleto: &Value) {
    order.transaction.status = "generated";
    let due: Timestamp = boleto["due_at"].as_str().unwrap().parse().unwrap();
    let page = format!("https://api.pagar.me/core/v5/transactions/{}", order.charge_id());
    order.transaction.more.extend(fields(json!({
        "url": page,
        "pdf": format!("{page}/pdf"),
        "line": slips::boleto_line(order.number, due, order.amount),
        "barcode": format!("{page}/barcode"),
        "qr_code": format!("{page}/qrcode"),
        "nosso_numero": format!("{:08}", order.number),
        "due_at": due.to_string(),
    })));
}

fn fields(object: Value) -> Map<String, Value> {
    serde_json::from_value(object).unwrap()
}

/// The sum of the items; nothing where it is no amount.
fn total(items: &Value) -> Option<u64> {
    items
        .as_array()?
        .iter()
        .try_fold(0_u64, |sum, item| sum.checked_add(item["amount"].as_u64()?.checked_mul(item["quantity"].as_u64()?)?))
}
