//! Captures, cancels, refunds and reversals. Each is received at once, and settled when the test says so.

use domain::time::Timestamp;
use serde_json::{Value, json};

use super::{
    books::{Books, Kind, Modification, Moved, PIX_REFUNDS, Payment, Progress, Stage, new_psp_reference},
    errors,
    notification::Notification,
    schema::{self, Method},
};
use crate::fakes::Reply;

impl Books {
    /// Receives a modification of this payment.
    pub(super) fn modify(&mut self, kind: Kind, psp_reference: &str, body: &Value) -> Reply {
        if let Err(refusal) = schema::modification(kind, body) {
            return refusal;
        }
        let Some(payment) = self.payment(psp_reference).cloned() else {
            return errors::invalid("167", "Original pspReference required for this operation");
        };
        if !body["amount"].is_null() && body["amount"]["currency"] != payment.currency.as_str() {
            return errors::invalid("138", "Unsupported currency specified");
        }
        let received = self.receive(kind, &payment.psp_reference, &payment.reference, body);
        let mut answer = answer_to(body, &received);
        answer["paymentPspReference"] = json!(payment.psp_reference);
        Reply::json(201, &answer)
    }

    /// Receives the cancel of a payment under a reference of the merchant, whether there is one or not.
    pub(super) fn cancel_by_reference(&mut self, body: &Value) -> Reply {
        if let Err(refusal) = schema::modification(Kind::TechnicalCancel, body) {
            return refusal;
        }
        let payment = body["paymentReference"].as_str().unwrap();
        let received = self.receive(Kind::TechnicalCancel, "", payment, body);
        let mut answer = answer_to(body, &received);
        answer["paymentReference"] = json!(payment);
        Reply::json(201, &answer)
    }

    fn receive(&mut self, kind: Kind, payment: &str, payment_reference: &str, body: &Value) -> String {
        let psp_reference = new_psp_reference();
        self.modifications.push(Modification {
            psp_reference: psp_reference.clone(),
            kind,
            payment: payment.to_owned(),
            payment_reference: payment_reference.to_owned(),
            reference: body["reference"].as_str().unwrap_or(payment_reference).to_owned(),
            currency: body["amount"]["currency"].as_str().unwrap_or_default().to_owned(),
            value: body["amount"]["value"].as_i64().unwrap_or(0),
            progress: Progress::Received,
            moved: Moved::default(),
        });
        psp_reference
    }

    /// Carries out a modification that was received, or refuses it for this reason, and says which by notification.
    pub(super) fn settle(&mut self, psp_reference: &str, refusal: Option<&str>, now: Timestamp) {
        let change = self.modification(psp_reference).clone();
        assert_eq!(change.progress, Progress::Received, "{psp_reference} is settled");
        let payment = match change.kind {
            Kind::TechnicalCancel => self.cancelable(&change.payment_reference),
            _ => self.payment(&change.payment).cloned(),
        };
        let done = match (&payment, refusal) {
            (Some(payment), None) => self.carry_out(&change, payment, now),
            (_, reason) => Err(reason.unwrap_or_default().to_owned()),
        };
        self.book(psp_reference, payment.as_ref(), done.as_ref().ok());
        let news = match (change.kind, payment) {
            (Kind::TechnicalCancel, payment) => self.technical_cancel(&change, payment.filter(|_| done.is_ok()), now),
            (_, payment) => Notification {
                success: done.is_ok(),
                reason: done.as_ref().err().cloned().unwrap_or_default(),
                ..settled(&change, &payment.unwrap(), done.as_ref().ok(), now)
            },
        };
        self.notifications.push_back(news);
    }

    fn book(&mut self, psp_reference: &str, payment: Option<&Payment>, done: Option<&Moved>) {
        let change = self.modification(psp_reference);
        let (Some(moved), Some(payment)) = (done, payment) else {
            change.progress = Progress::Refused;
            return;
        };
        (change.progress, change.moved) = (Progress::Done, *moved);
        change.payment.clone_from(&payment.psp_reference);
        if moved.captured > 0 {
            self.payment(&payment.psp_reference).unwrap().capture_delay = None;
        }
    }

    pub(super) fn modification(&mut self, psp_reference: &str) -> &mut Modification {
        let found = self.modifications.iter_mut().find(|change| change.psp_reference == psp_reference);
        found.unwrap_or_else(|| panic!("no modification {psp_reference}"))
    }

    /// The payment under this reference of which nothing was captured or released.
    fn cancelable(&self, reference: &str) -> Option<Payment> {
        let mut found = self.payments.iter().filter(|payment| payment.reference == reference);
        found.find(|payment| self.is_untouched(payment)).cloned()
    }

    fn is_untouched(&self, payment: &Payment) -> bool {
        let sums = self.of(payment);
        payment.stage == Stage::Authorised && sums.reserved() == sums.authorised && sums.reserved() > 0
    }

    fn carry_out(&self, change: &Modification, payment: &Payment, now: Timestamp) -> Result<Moved, String> {
        let sums = self.of(payment);
        let untouched = self.is_untouched(payment);
        let left = sums.captured - sums.given_back;
        let done = match change.kind {
            Kind::Capture if change.value > sums.reserved() => Err("Insufficient balance on payment"),
            Kind::Capture => {
                let rest = if self.takes_several_captures { 0 } else { sums.reserved() - change.value };
                Ok(Moved { captured: change.value, released: rest, given_back: 0 })
            }
            Kind::Cancel | Kind::TechnicalCancel | Kind::Reversal if untouched => {
                Ok(Moved { released: sums.reserved(), ..Moved::default() })
            }
            Kind::Cancel | Kind::TechnicalCancel => Err("Transaction not in a state to be canceled"),
            Kind::Refund | Kind::Reversal if sums.captured == 0 => {
                Err("Transaction hasn't been captured, refund not possible")
            }
            Kind::Refund | Kind::Reversal if payment.method == Method::Boleto => Err("Refund not supported"),
            Kind::Refund | Kind::Reversal
                if payment.method == Method::Pix && now > payment.paid_at.plus(PIX_REFUNDS) =>
            {
                Err("Refund period is over")
            }
            Kind::Refund if change.value <= left => Ok(Moved { given_back: change.value, ..Moved::default() }),
            Kind::Reversal if self.captures(payment) == 1 && sums.given_back == 0 => {
                Ok(Moved { given_back: sums.captured, ..Moved::default() })
            }
            Kind::Refund | Kind::Reversal => Err("Insufficient balance on payment"),
        };
        done.map_err(str::to_owned)
    }

    fn captures(&self, payment: &Payment) -> usize {
        let of_payment = self.modifications.iter().filter(|done| done.payment == payment.psp_reference);
        of_payment.filter(|done| done.moved.captured > 0).count()
    }

    /// The outcome of a cancel by reference. A refusal says nothing of the payment: there was none, or it was captured.
    fn technical_cancel(&self, change: &Modification, payment: Option<Payment>, now: Timestamp) -> Notification {
        let reference = if self.names_cancels_by_request { &change.reference } else { &change.payment_reference };
        let change = Modification { reference: reference.clone(), ..change.clone() };
        if let Some(payment) = payment {
            let change = Modification { value: payment.authorised, ..change };
            return Notification::of_modification("TECHNICAL_CANCEL", &change, &payment, now).with_variant();
        }
        Notification::of_cancel_without_payment(&change, now)
    }

    /// A confirmed capture or refund is undone later. The news says that this happened: success is true.
    pub(super) fn undo(&mut self, psp_reference: &str, event: &str, reason: &str, now: Timestamp) {
        let change = self.modification(psp_reference);
        let moved = if event == "CAPTURE_FAILED" { &mut change.moved.captured } else { &mut change.moved.given_back };
        assert!(*moved > 0, "{psp_reference} has moved nothing that {event} undoes");
        let undone = Modification { value: std::mem::take(moved), ..change.clone() };
        change.progress = Progress::Undone;
        let payment = self.payment(&undone.payment).unwrap().clone();
        let news = Notification::of_modification(event, &undone, &payment, now).with_variant();
        self.notifications.push_back(Notification { reason: reason.to_owned(), ..news });
    }
}

/// The fields that all answers to modifications have.
fn answer_to(body: &Value, psp_reference: &str) -> Value {
    let mut answer = json!({"pspReference": psp_reference, "status": "received"});
    for name in ["merchantAccount", "reference", "amount", "merchantRefundReason"] {
        if !body[name].is_null() {
            answer[name] = body[name].clone();
        }
    }
    answer
}

/// The outcome of a modification of this payment.
fn settled(change: &Modification, payment: &Payment, done: Option<&Moved>, now: Timestamp) -> Notification {
    let whole = Modification { value: payment.authorised, ..change.clone() };
    match change.kind {
        Kind::Capture => Notification::of_modification("CAPTURE", change, payment, now),
        Kind::Refund => Notification::of_modification("REFUND", change, payment, now),
        Kind::Cancel | Kind::TechnicalCancel => Notification::of_modification("CANCELLATION", &whole, payment, now),
        Kind::Reversal => {
            let is_refund = done.is_none_or(|moved| moved.given_back > 0);
            let action = if is_refund { "refund" } else { "cancel" };
            Notification::of_modification("CANCEL_OR_REFUND", &whole, payment, now).with("modification.action", action)
        }
    }
}
