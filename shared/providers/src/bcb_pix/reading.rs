//! What a cob that was read says of its payment.

use domain::charge::{
    Outcome,
    decline::DeclineCode,
    request::{Receipt, RequestKind},
    update::{ProviderUpdate, Reference, UpdateKind},
};

use super::answer::{Cob, Devolucao, Pix};
use crate::{Query, Reading};

/// The words of a cob's status. An expired cob has none: it is still active.
pub(super) const ACTIVE: &str = "ATIVA";
pub(super) const REMOVED: &str = "REMOVIDA_PELO_USUARIO_RECEBEDOR";
const REMOVED_BY_BANK: &str = "REMOVIDA_PELO_PSP";

/// The words of a devolução's status.
pub(super) const UNDER_WAY: &str = "EM_PROCESSAMENTO";
pub(super) const DONE: &str = "DEVOLVIDO";
pub(super) const NOT_DONE: &str = "NAO_REALIZADO";

/// The outcome of the request that the query is about: of the payment, or of its cancel.
pub(super) fn of(cob: &Cob, query: &Query) -> Reading {
    let known = |pix: &&Pix| query.transaction_id == Some(pix.end_to_end_id.0.as_str());
    let Some(paid) = cob.pix.iter().find(known).or_else(|| cob.pix.first()) else {
        return unpaid(cob, query).into();
    };
    let is_cancel = query.asked == RequestKind::Cancel;
    let updates = query.payment.parse().map(|payment| updates(cob, paid, payment, is_cancel)).unwrap_or_default();
    Reading { outcome: Outcome::Paid(paid.valor.0, receipt(&paid.end_to_end_id.0)), updates }
}

fn unpaid(cob: &Cob, query: &Query) -> Outcome {
    let is_cancel = query.asked == RequestKind::Cancel;
    match cob.status.as_str() {
        // The cancel was not made. It may still be on its way.
        ACTIVE if is_cancel => Outcome::NotFound,
        ACTIVE if cob.original().is_none_or(|original| original == query.money.amount) => {
            Outcome::Pending(Receipt { pix_code: cob.code(query.money.amount), ..Receipt::default() })
        }
        REMOVED => Outcome::Canceled,
        REMOVED_BY_BANK if is_cancel => Outcome::Canceled,
        REMOVED_BY_BANK => Outcome::Declined(DeclineCode::Generic.into()),
        // Also of a completed cob: the bank does not say yet what was paid.
        _ => Outcome::Unknown,
    }
}

/// What the cob says beside the payment itself: further payments of the same code, and devoluções. A query about a cancel
/// has no payment of its own.
fn updates(cob: &Cob, paid: &Pix, payment: Reference, is_cancel: bool) -> Vec<ProviderUpdate> {
    let is_own = |pix: &Pix| pix.end_to_end_id == paid.end_to_end_id;
    let payments = cob.pix.iter().filter(|pix| is_cancel || !is_own(pix)).map(|pix| ProviderUpdate {
        reference: payment,
        id: pix.end_to_end_id.0.clone(),
        payment: None,
        currency: None,
        kind: UpdateKind::Paid { amount: pix.valor.0, receipt: receipt(&pix.end_to_end_id.0) },
    });
    // A further payment has the same reference. Of its devoluções only the hub's own have references of their own.
    let devolucoes = cob.pix.iter().flat_map(|pix| pix.devolucoes.iter().map(move |one| (is_own(pix), one)));
    let refunds = devolucoes.filter_map(|(is_own, one)| match asked_for(one, payment) {
        Some(refund) => settled(one, refund),
        None if is_own => taken(one, payment),
        None => None,
    });
    payments.chain(refunds).collect()
}

/// The hub's reference of a devolução that it asked for.
fn asked_for(devolucao: &Devolucao, payment: Reference) -> Option<Reference> {
    devolucao.id.0.parse().ok().filter(|refund: &Reference| refund.charge == payment.charge)
}

/// The end of a refund that the hub asked for.
fn settled(devolucao: &Devolucao, refund: Reference) -> Option<ProviderUpdate> {
    let id = refund_id(devolucao);
    let kind = match devolucao.status.as_str() {
        DONE => UpdateKind::Refunded { amount: devolucao.valor.0, transaction: Some(id.clone()) },
        NOT_DONE => UpdateKind::RefundFailed { why: DeclineCode::Generic.into() },
        _ => return None,
    };
    Some(ProviderUpdate { reference: refund, id, payment: None, currency: None, kind })
}

/// Money that was refunded without the hub: by the merchant at the bank itself, or by the shopper's bank. The bank says
/// so once it is done.
fn taken(devolucao: &Devolucao, payment: Reference) -> Option<ProviderUpdate> {
    let amount = devolucao.valor.0;
    if devolucao.status != DONE {
        return None;
    }
    let kind = if devolucao.is_med() {
        UpdateKind::ChargedBack { amount, dispute: None, place: None }
    } else {
        UpdateKind::RefundedOutside { amount }
    };
    Some(ProviderUpdate { reference: payment, id: devolucao.id.0.clone(), payment: None, currency: None, kind })
}

/// What the Pix system calls a devolução; where the bank does not say, what its API calls it.
pub(super) fn refund_id(devolucao: &Devolucao) -> String {
    devolucao.rtr_id.as_ref().unwrap_or(&devolucao.id).0.clone()
}

/// The receipt of something that the Pix system calls `id`.
pub(super) fn receipt(id: &str) -> Receipt {
    Receipt { transaction_id: Some(id.to_owned()), ..Receipt::default() }
}
