//! Refunds: made of a payment, in parts and repeatedly, and read.

use domain::{charge::command::Command, refusal::Refusal};
use edge::{Call, Reply};
use flows::charge::change::Action;
use wire::worldline::{
    RefundId,
    refund::{CreateRefund, RefundBody, RefundsResponse},
};

use crate::payments::{changed, find, of_merchant, replayed};

/// Refunds a payment, in full or in part, as long as something is left. It never releases a reservation.
pub(crate) async fn create(call: Call<'_>) -> Result<Reply, Refusal> {
    let body = call.request.json()?;
    let charge = find(&call).await?; // the one read
    let request = call.request.request_id();
    let order = CreateRefund::read(&body, charge.currency);
    let order = order.map(|refund| (Command::Refund(refund.amount), refund.merchant_reference));
    let done = changed(&call, charge, Action::Refund, order).await?; // intent, call, settle
    let made = done.made();
    let refund = RefundBody::as_answered(&made.charge, made.number, &request)?;
    let reply = if refund.is_rejected {
        Reply::payment_required(&refund.rejected(&request))
    } else {
        let merchant = call.request.parameter("merchantId")?;
        let location = format!("{}/v1/{merchant}/refunds/{}", call.public_url()?, refund.id);
        Reply::created(&refund).located_at(&location)
    };
    Ok(replayed(reply, &done))
}

/// A refund as it is now.
pub(crate) async fn show(call: Call<'_>) -> Result<Reply, Refusal> {
    let id: RefundId = call.request.parameter("refundId")?.parse().map_err(|_| Refusal::UnknownCharge)?;
    let charge = of_merchant(&call, id.payment).await?;
    let refund = RefundBody::new(&charge, id.number, &call.request.request_id());
    refund.map(|refund| Reply::ok(&refund)).ok_or(Refusal::UnknownCharge)
}

/// Every refund of a payment.
pub(crate) async fn list(call: Call<'_>) -> Result<Reply, Refusal> {
    let charge = find(&call).await?;
    Ok(Reply::ok(&RefundsResponse::new(&charge, &call.request.request_id())))
}
