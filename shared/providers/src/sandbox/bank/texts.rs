//! The bank's ids and codes: each follows from the reference.

use crc::{CRC_64_XZ, Crc};
use domain::{
    barcode::{Barcode, BarcodeProblem as Problem},
    brcode::BrCode,
    charge::decline::DeclineCode,
    money::Amount,
    time::Date,
};
use uuid::Uuid;

use crate::sandbox::protocol::Answer;

/// The bank of the sandbox's boletos: no bank has this number.
const BANK: &str = "999";

static HASH: Crc<u64> = Crc::<u64>::new(&CRC_64_XZ);

/// The approval of a card payment.
pub(super) fn approved(reference: &str) -> Answer {
    Answer::Approved {
        transaction_id: transaction_id(reference),
        authorization_code: Some(format!("{:06}", number(reference, "authorization") % 1_000_000)),
        authorization_nsu: Some(format!("{:012}", number(reference, "nsu") % 1_000_000_000_000)),
        response_code: Some("00".to_owned()),
        network_code: Some("00".to_owned()),
    }
}

/// The approval of a change, without an issuer's codes.
pub(super) fn done(reference: &str) -> Answer {
    Answer::Approved {
        transaction_id: transaction_id(reference),
        authorization_code: None,
        authorization_nsu: None,
        response_code: None,
        network_code: None,
    }
}

/// A Pix to be paid; none for a reference that no code can hold.
pub(super) fn pix(reference: &str, amount: Amount) -> Option<Answer> {
    let location = format!("pix.sandbox.example/qr/v2/{reference}");
    let pix_code = BrCode::dynamic(&location, "Catraca Sandbox", "Brasilia", Some(amount)).ok()?;
    Some(Answer::Pending {
        transaction_id: transaction_id(reference),
        authorization_code: None,
        pix_code: Some(pix_code),
        barcode: None,
        payment_url: None,
    })
}

/// A boleto to be paid, or a decline where the amount does not fit into a barcode; none where no barcode is valid.
pub(super) fn boleto(reference: &str, due: Date, amount: Amount) -> Option<Answer> {
    let free_field = format!("{:020}{:05}", number(reference, "slip"), number(reference, "account") % 100_000);
    match Barcode::new(BANK, due, amount, &free_field) {
        Ok(barcode) => Some(Answer::Pending {
            transaction_id: transaction_id(reference),
            authorization_code: None,
            pix_code: None,
            barcode: Some(barcode.to_string()),
            payment_url: None,
        }),
        Err(Problem::Amount) => Some(Answer::Declined { code: DeclineCode::InvalidAmount, network_code: None }),
        Err(
            Problem::Bank
            | Problem::Due
            | Problem::FreeField
            | Problem::Digits
            | Problem::Currency
            | Problem::CheckDigit,
        ) => None,
    }
}

/// A page to pay on; Malga's page "Drip" shows the form of its address and its code.
pub(super) fn drip(reference: &str) -> Answer {
    Answer::Pending {
        transaction_id: transaction_id(reference),
        authorization_code: Some(uuid(reference, "registration").to_string()),
        pix_code: None,
        barcode: None,
        payment_url: Some(format!("https://pay.sandbox.example/checkouts/{}", uuid(reference, "page"))),
    }
}

pub(super) fn transaction_id(reference: &str) -> String {
    format!("{:016x}", number(reference, "transaction"))
}

/// A number that follows from the reference: one for each purpose, always the same.
pub(super) fn number(reference: &str, purpose: &str) -> u64 {
    let mut digest = HASH.digest();
    digest.update(purpose.as_bytes());
    digest.update(reference.as_bytes());
    digest.finalize()
}

fn uuid(reference: &str, purpose: &str) -> Uuid {
    let [high, low] = ["high", "low"].map(|half| number(reference, &format!("{purpose} {half}")));
    Uuid::from_u64_pair(high, low)
}
