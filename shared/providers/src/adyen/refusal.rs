//! Why a payment was refused: `refusalReasonCode` of an answer, the text of it in a notification, `errorCode` of an
//! error.

use domain::charge::decline::{Decline, DeclineCode};

use DeclineCode::{
    CardNotSupported, ExpiredCard, FraudConfirmed, FraudSuspect, Generic, InsufficientFunds, InvalidAmount, InvalidCvv,
    InvalidData, InvalidNumber, InvalidPin, IssuerNotAvailable, NotPermitted, PinTryExceeded, RestrictedCard,
    TransactionNotAllowed, TryAgain,
};

/// Every published refusal: its code, its text, and the hub's word for it.
pub(super) const REFUSALS: [(&str, &str, DeclineCode); 41] = [
    ("2", "Refused", Generic),
    ("3", "Referral", NotPermitted),
    ("4", "Acquirer Error", TryAgain),
    ("5", "Blocked Card", RestrictedCard),
    ("6", "Expired Card", ExpiredCard),
    ("7", "Invalid Amount", InvalidAmount),
    ("8", "Invalid Card Number", InvalidNumber),
    ("9", "Issuer Unavailable", IssuerNotAvailable),
    ("10", "Not supported", CardNotSupported),
    ("11", "3D Not Authenticated", NotPermitted),
    ("12", "Not enough balance", InsufficientFunds),
    ("14", "Acquirer Fraud", FraudSuspect),
    ("15", "Cancelled", Generic),
    ("16", "Shopper Cancelled", Generic),
    ("17", "Invalid Pin", InvalidPin),
    ("18", "Pin tries exceeded", PinTryExceeded),
    ("19", "Pin validation not possible", InvalidPin),
    ("20", "FRAUD", FraudConfirmed),
    ("21", "Not Submitted", Generic),
    ("22", "FRAUD-CANCELLED", FraudSuspect),
    ("23", "Transaction Not Permitted", TransactionNotAllowed),
    ("24", "CVC Declined", InvalidCvv),
    ("25", "Restricted Card", RestrictedCard),
    ("26", "Revocation Of Auth", NotPermitted),
    ("27", "Declined Non Generic", Generic),
    ("28", "Withdrawal amount exceeded", InvalidAmount),
    ("29", "Withdrawal count exceeded", NotPermitted),
    ("31", "Issuer Suspected Fraud", FraudSuspect),
    ("32", "AVS Declined", InvalidData),
    ("33", "Card requires online pin", NotPermitted),
    ("34", "No checking account available on Card", NotPermitted),
    ("35", "No savings account available on Card", NotPermitted),
    ("36", "Mobile pin required", NotPermitted),
    ("37", "Contactless fallback", NotPermitted),
    ("38", "Authentication required", NotPermitted),
    ("39", "RReq not received from DS", TryAgain),
    ("40", "Current AID is in Penalty Box.", TryAgain),
    ("41", "CVM Required Restart Payment", NotPermitted),
    ("42", "3DS Authentication Error", NotPermitted),
    // Blocked by Adyen itself: another try would cost the networks' fee for retries.
    ("46", "Blocked to prevent excessive retry fees", NotPermitted),
    ("50", "Token revoked", Generic),
];

/// The decline of an answer: by its code, with the network's code before the colon of `refusalReasonRaw`
/// (`51 : Insufficient funds`).
pub(super) fn by_code(code: Option<&str>, raw: Option<&str>) -> Decline {
    let found = REFUSALS.iter().find(|(known, ..)| Some(*known) == code);
    let network = raw.and_then(|raw| raw.split(':').next()).map(str::trim);
    let is_code = |text: &&str| (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    Decline::new(found.map_or(Generic, |(.., word)| *word), network.filter(is_code).map(str::to_owned))
}

/// The decline of a notification: by its text.
pub(super) fn by_text(text: Option<&str>) -> Decline {
    let found = REFUSALS.iter().find(|(_, known, _)| text.is_some_and(|text| known.eq_ignore_ascii_case(text)));
    found.map_or(Generic, |(.., word)| *word).into()
}

/// The decline of a request that was refused as it was written.
pub(super) fn of_request(error_code: &str) -> Decline {
    match error_code {
        "101" => InvalidNumber,
        "103" => InvalidCvv,
        "137" | "138" => InvalidAmount,
        _ => InvalidData,
    }
    .into()
}
