//! Card testing: declines and verifications of cards by keys in browsers are counted, and a full counter refuses them.
//!
//! | key | what refuses it | what its declines and verifications count for |
//! |---|---|---|
//! | secret key | nothing | nothing |
//! | key of a session that a secret key made | nothing | the card, the account |
//! | public key, and key of a session that it made | the card, the address | the card, the address, the account |
//!
//! What a full counter refuses is counted before it is sent; a payment that was not declined is given back.
//! No stranger locks a session that the merchant's server made. Every session has its ten attempts.

use std::net::{IpAddr, Ipv6Addr};

use domain::{
    alarm::Alarm,
    card_testing::{Counted, CountedBy},
    charge::{
        Charge, Outcome, Report,
        request::{RequestStatus, TransactionRequest},
    },
    refusal::Refusal,
    time::Timestamp,
};
use store::{
    Store,
    card_testing::{Counter, Full},
};

use crate::{hub::Hub, identity::Identity};

/// Counts a try of a card at `at`, by a write of its own; no counter costs no write. So is counted what supersedes an
/// unpaid payment, before the cancel; and what is compared with the number of a card that the hub opens for it, before
/// that: a key in a browser could guess the number of a stored card otherwise, and see where a guess is right.
///
/// # Errors
/// [`Refusal::CardDeclinedTooOften`], [`Refusal::TooManyDeclines`], or the store's refusals.
pub(crate) async fn reserve(hub: &Hub, reserved: &[Counter], at: Timestamp) -> Result<(), Refusal> {
    if reserved.is_empty() {
        return Ok(());
    }
    hub.store.reserve(reserved, at).await?.map_or(Ok(()), |full| Err(refused(full)))
}

/// What counts the declines of a payment by the card with this fingerprint, beside what counted it before it was sent.
pub(crate) fn of_declines(identity: &Identity, card: &str) -> Vec<Counter> {
    if !identity.caller.is_browser() {
        return Vec::new();
    }
    let is_reserved = !identity.caller.maker().keys().is_empty();
    let card = Some(counter(identity, CountedBy::Card, card.to_owned())).filter(|_| !is_reserved);
    card.into_iter().chain([of_account(identity)]).collect()
}

/// What counts a verification that failed, beside what counted it before it was sent.
pub(crate) fn of_failed_verification(identity: &Identity) -> Vec<Counter> {
    if identity.caller.is_browser() { vec![of_account(identity)] } else { Vec::new() }
}

/// Counts the declines of a payment in `counters`. The payment has ended: what cannot be counted is logged.
pub(crate) async fn count_declines(hub: &Hub, counters: &[Counter], charge: &Charge) {
    let is_decline =
        |request: &&TransactionRequest| request.kind.is_payment() && request.status() == RequestStatus::Failed;
    let declines = charge.requests.iter().filter(is_decline).count();
    count(hub, counters, declines.try_into().unwrap_or(u32::MAX)).await;
}

/// Takes from `charge`, which is about to be stored, what its last attempt is counted for, if `report` says that it was
/// no decline: its provider approved it, has no such payment, or was never asked. Whoever stores the charge without it
/// gives it back, so nothing is given back twice. An unknown outcome may still be a decline, and stays.
pub(crate) fn take_counted(charge: &mut Charge, report: &Report<'_>) -> Vec<Counter> {
    let last = charge.creation();
    let is_not_found = matches!(report, Report::Answer { number, outcome: Outcome::NotFound } if *number == last);
    let is_no_decline = match charge.request(last).map(TransactionRequest::status) {
        Some(RequestStatus::Success | RequestStatus::InternalError) => true,
        Some(RequestStatus::Failed) => is_not_found,
        Some(RequestStatus::Running | RequestStatus::Processing) | None => false,
    };
    let counted = charge.counted.take_if(|_| is_no_decline);
    let of = |by, id| Counter { client: charge.client, by, id };
    counted.map_or_else(Vec::new, |Counted { card, address }| {
        vec![of(CountedBy::Card, card), of(CountedBy::Address, address)]
    })
}

/// What a charge keeps of the counters that refuse it.
pub(crate) fn counted(reserved: &[Counter]) -> Option<Counted> {
    let [card, address] = reserved else { return None };
    Some(Counted { card: card.id.clone(), address: address.id.clone() })
}

/// Takes back one try that was counted at `at`, in one write. What is not given back leaves its counters fuller.
pub(crate) async fn give_back(store: &Store, reserved: &[Counter], at: Timestamp) {
    let Some(Counter { client, .. }) = reserved.first() else { return };
    if let Err(error) = store.give_back(reserved, at).await {
        tracing::warn!(%error, %client, "a try that was not declined stays counted as a decline");
    }
}

/// Counts so many declines, one counter after the other; none where there is nothing to count.
pub(crate) async fn count(hub: &Hub, counters: &[Counter], declines: u32) {
    for counter in counters.iter().filter(|_| declines > 0) {
        let Counter { client, by, .. } = counter;
        match hub.store.count(counter, declines, hub.now()).await {
            Ok(true) if *by == CountedBy::Account => {
                tracing::error!(alarm = %Alarm::CardTesting, %client, "so many cards of this account were declined within an hour that stolen ones may be tested; compare its declines with its approvals, and revoke the public key that is misused");
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, %client, "declines were not counted"),
        }
    }
}

/// The refusal of a full counter.
pub(crate) const fn refused(full: Full) -> Refusal {
    match full {
        Full { by: CountedBy::Card, until } => Refusal::CardDeclinedTooOften { until },
        Full { by: CountedBy::Address | CountedBy::Account, until } => Refusal::TooManyDeclines { until },
    }
}

/// The counters that refuse the caller a try of the card with this fingerprint. A payment or a verification is counted in
/// them before it is sent, by the write that stores it.
pub(crate) fn refusing(hub: &Hub, identity: &Identity, card: &str) -> Vec<Counter> {
    let address = address(hub, identity);
    address.map(|address| vec![counter(identity, CountedBy::Card, card.to_owned()), address]).unwrap_or_default()
}

/// The counter of the caller's public key at the source address; none for a key that descends from no public key. Keys
/// that a public key made count as that key.
fn address(hub: &Hub, identity: &Identity) -> Option<Counter> {
    let key = identity.caller.maker().keys().first()?;
    let address = identity.address.map(network).map(|address| address.to_string()).unwrap_or_default();
    let hash = hub.secrets.keyed_hash(identity.caller.client, format!("address {key} {address}").as_bytes());
    Some(counter(identity, CountedBy::Address, hash.into()))
}

/// The address without the part that its holder chooses: of IPv6, the network of 64 bits.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
    }
}

fn of_account(identity: &Identity) -> Counter {
    counter(identity, CountedBy::Account, String::new())
}

const fn counter(identity: &Identity, by: CountedBy, id: String) -> Counter {
    Counter { client: identity.caller.client, by, id }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_in_a_network_of_ipv6_are_one_address() {
        let of = |text: &str| network(text.parse().unwrap()).to_string();
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(of("203.0.113.7"), "203.0.113.7");
    }
}
