//! What a shopper's page may offer.

use domain::{
    client_session::ClientSession, merchant::Merchant, method::PaymentType, money::Currency, refusal::Refusal,
};

use crate::{account::merchant::accounts_for, hub::Hub};

/// The payment methods that the providers of the session's merchant serve in this currency, by the merchant as it was
/// at most a minute ago; none of a merchant that was deleted.
///
/// # Errors
/// The store's refusals.
pub async fn served(hub: &Hub, session: &ClientSession, currency: Currency) -> Result<Vec<PaymentType>, Refusal> {
    let merchant = hub.store.merchant(session.client, session.merchant, hub.now()).await?;
    let Some(merchant) = merchant.filter(Merchant::is_active) else { return Ok(Vec::new()) };
    let is_served = |method: &PaymentType| !accounts_for(hub, &merchant, *method, currency).is_empty();
    Ok(PaymentType::ALL.into_iter().filter(is_served).collect())
}
