//! The image of a charge that a shopper scans: its address, and who may see it.
//!
//! A browser opens the address without a key: it is signed. Whoever was shown the charge may pass it on, in a page or in
//! an e-mail. It shows one image and opens nothing else.

use domain::{charge::Charge, ids::ChargeId, refusal::Refusal};
use seal::Mac;

use crate::hub::Hub;

/// The addresses of the images of charges.
///
/// # Errors
/// [`Refusal::Internal`] where the hub has no public address.
pub fn urls(hub: &Hub) -> Result<impl Fn(ChargeId) -> String + Sync, Refusal> {
    let public_url = hub.public_url()?.as_str();
    Ok(move |charge| {
        let signature = String::from(hub.secrets.image_signature(charge));
        format!("{public_url}/v1/charges/{charge}/image/{signature}")
    })
}

/// The charge whose image is at the address with this signature. A wrong signature is refused without a read.
///
/// # Errors
/// [`Refusal::NoImage`], or the store's refusals.
pub async fn charge(hub: &Hub, id: ChargeId, signature: &str) -> Result<Charge, Refusal> {
    if Mac::try_from(signature.to_owned()) != Ok(hub.secrets.image_signature(id)) {
        return Err(Refusal::NoImage);
    }
    hub.store.charge_of_any_account(id).await?.ok_or(Refusal::NoImage)
}
