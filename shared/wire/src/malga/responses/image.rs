//! The image that a shopper scans: the QR code of a Pix, the barcode of a boleto.
//!
//! It is drawn from the charge whenever it is asked for, and not stored. Answers and events hold its address.

use domain::{
    barcode::Barcode,
    charge::{Charge, status::Status},
    ids::ChargeId,
    method::Method,
};

use super::{itf, qr};

/// The address of the image of a charge.
pub type ImageUrl<'a> = &'a dyn Fn(ChargeId) -> String;

/// The media type of every [`image`].
pub const IMAGE_TYPE: &str = "image/png";

/// The image of `charge`, always the same; none before its provider sent a code, and none once the charge failed or was
/// canceled: an image in an old e-mail must not be paid beside another payment.
#[must_use]
pub fn image(charge: &Charge) -> Option<Vec<u8>> {
    let is_over = matches!(charge.status(), Status::Failed | Status::Canceled);
    let receipt = charge.payable().filter(|_| !is_over)?;
    match charge.method {
        Method::Pix { .. } => qr::image(receipt.pix_code.as_deref()?),
        Method::Boleto(_) => itf::image(&Barcode::parse(receipt.barcode.as_deref()?).ok()?.to_string()),
        Method::Credit { .. } | Method::Drip(_) => None,
    }
}
