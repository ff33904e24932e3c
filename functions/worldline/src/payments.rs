//! Payments: made, read, approved, canceled.

use domain::{
    card::Pan,
    charge::{Charge, Order, command::Command},
    refusal::Refusal,
};
use edge::{Call, Reply, worldline::merchant};
use flows::{
    Answered,
    charge::{
        self,
        change::{self, Action, Changed},
    },
    identity::Identity,
    payment::{
        lock::{self, Locked},
        pay,
        prepare::{self, Ready},
        replay,
    },
    worldline::encrypted::{self, JweContent},
};
use serde_json::Value;
use wire::worldline::{
    DecryptedInput, Jwe, PaymentId,
    payment::{ChangedPayment, CreatePayment, CreatePaymentResponse, PaymentBody, approved_amount, cancels_whole},
};

/// Makes a payment. A decline is an error with the payment inside; an unknown outcome is none.
pub(crate) async fn create(call: Call<'_>) -> Result<Reply, Refusal> {
    let (hub, now) = (call.hub, call.hub.now());
    let body = call.request.json()?;
    let identity = call.payment_identity(&body).await?;
    let order = match ordered(&call, &identity, &body).await {
        Ok(order) => order,
        Err(refusal) => return again(&call, &identity, replay::made_before(hub, &identity, refusal).await?).await,
    };
    let texts = |card: &Pan| CreatePayment::fits(card, &body, now);
    let ready = prepare::payment(hub, &identity, order, None, &texts).await;
    let mut payment = match ready.map_err(|refusal| CreatePayment::refused(refusal, &body))? {
        Ready::Payment(payment) => payment, // nothing is sent yet
        Ready::Replay(made) => return again(&call, &identity, *made).await,
    };
    match lock::charge(hub, &mut payment).await? {
        Locked::Replay(made) => again(&call, &identity, *made).await,
        Locked::Ours { complete } => made(&call, &Answered::New(pay::run(hub, *payment, complete).await)),
    }
}

/// What the request orders. What a shopper's page encrypted is used up before anything of it is compared: whose input
/// it is not, or who sends it again, learns nothing of it.
async fn ordered(call: &Call<'_>, identity: &Identity, body: &Value) -> Result<Order, Refusal> {
    let (hub, now) = (call.hub, call.hub.now());
    let payment = CreatePayment::read(body, now)?;
    let merchant = merchant(call.request)?;
    let Some(jwe) = &payment.encrypted else { return payment.order(merchant) };
    let Jwe { key, header, encrypted_key, iv, ciphertext, tag } = jwe.as_ref();
    let plain = encrypted::open(hub, *key, JweContent { header, encrypted_key, iv, ciphertext, tag }).await?;
    let decrypted = DecryptedInput::read(plain.reveal())?;
    let session = encrypted::spend(hub, identity, merchant, &decrypted.session, &decrypted.nonce).await?; // one write
    let input = decrypted.input()?;
    let typed = payment.typed_in(&input, now)?;
    if let Some(card) = &typed {
        identity.has_no_number_of(&card.pan)?;
        CreatePayment::fits(&card.pan, body, now)?;
    }
    payment.encrypted_order(merchant, &input, typed, &session)
}

/// An idempotent replay of the creation.
async fn again(call: &Call<'_>, identity: &Identity, before: Charge) -> Result<Reply, Refusal> {
    made(call, &replay::answer(call.hub, identity, before).await?)
}

fn made(call: &Call<'_>, charge: &Answered<Charge>) -> Result<Reply, Refusal> {
    let request = call.request.request_id();
    let answer = CreatePaymentResponse::new(charge.made(), &request).ok_or(Refusal::Processing)?;
    let reply = if answer.payment.is_rejected {
        Reply::payment_required(&answer.rejected(&request))
    } else {
        let merchant = call.request.parameter("merchantId")?;
        let location = format!("{}/v1/{merchant}/payments/{}", call.public_url()?, answer.payment.id);
        Reply::created(&answer).located_at(&location)
    };
    Ok(match charge {
        Answered::New(_) => reply,
        Answered::Replayed(charge) => reply.replayed_since(charge.created_at),
    })
}

/// A payment as it is now.
pub(crate) async fn show(call: Call<'_>) -> Result<Reply, Refusal> {
    let charge = find(&call).await?;
    Ok(Reply::ok(&PaymentBody::new(&charge, &call.request.request_id())))
}

/// Approves a payment, in full or in part, once: what is reserved is captured.
pub(crate) async fn approve(call: Call<'_>) -> Result<Reply, Refusal> {
    let body = call.request.json()?;
    let charge = find(&call).await?; // the one read
    let request = call.request.request_id();
    let order = approved_amount(&body, charge.currency).map(|amount| (Command::Capture(amount), None));
    let captured = changed(&call, charge, Action::Capture, order).await?; // intent, call, settle
    answered(&captured, &request, ChangedPayment::approved)
}

/// Cancels a payment that is not approved: what is reserved is released. It never refunds.
pub(crate) async fn cancel(call: Call<'_>) -> Result<Reply, Refusal> {
    let body = call.request.json()?;
    let charge = find(&call).await?; // the one read
    let request = call.request.request_id();
    let order = cancels_whole(&body).map(|()| (Command::Release, None));
    let released = changed(&call, charge, Action::Release, order).await?; // intent, call, settle
    answered(&released, &request, ChangedPayment::canceled)
}

/// The payment that the path names.
pub(crate) async fn find(call: &Call<'_>) -> Result<Charge, Refusal> {
    let id: PaymentId = call.request.parameter("paymentId")?.parse().map_err(|_| Refusal::UnknownCharge)?;
    of_merchant(call, id).await
}

/// The payment of this id, if it is one of the merchant that the path names.
pub(crate) async fn of_merchant(call: &Call<'_>, id: PaymentId) -> Result<Charge, Refusal> {
    call.about(id.charge().uuid());
    charge::of_merchant(call.hub, call.caller.client, merchant(call.request)?, id.charge()).await
}

/// The payment after the change that the body orders, under the merchant's reference; a replay gets the change of then,
/// whatever its body orders.
pub(crate) async fn changed(
    call: &Call<'_>,
    charge: Charge,
    action: Action,
    order: Result<(Command, Option<String>), Refusal>,
) -> Result<Answered<Changed>, Refusal> {
    let (key, body) = (call.request.idempotency_key()?, call.request.normal_form(&Value::Null));
    let identity = action.identity(call.hub, &charge, key, body)?;
    match order {
        Ok((command, reference)) => change::apply(call.hub, &identity, charge, command, reference.as_deref()).await,
        Err(refusal) => change::made_before(call.hub, &identity, charge, refusal).await,
    }
}

/// What of a payment an approval or a cancel prints.
type Print = fn(&Charge, usize, &str) -> Result<Option<ChangedPayment>, Refusal>;

/// 200 with what was changed, or 402 where the provider refused it.
fn answered(done: &Answered<Changed>, request: &str, print: Print) -> Result<Reply, Refusal> {
    let Changed { charge, number } = done.made();
    let reply = match print(charge, *number, request)? {
        Some(payment) => Reply::ok(&payment),
        None => Reply::payment_required(&ChangedPayment::declined(request)),
    };
    Ok(replayed(reply, done))
}

/// `reply` as an idempotent replay, where it is one.
pub(crate) fn replayed(reply: Reply, done: &Answered<Changed>) -> Reply {
    match done {
        Answered::New(_) => reply,
        Answered::Replayed(done) => {
            let first = done.charge.request(done.number).map_or(done.charge.created_at, |request| request.created_at);
            reply.replayed_since(first)
        }
    }
}
