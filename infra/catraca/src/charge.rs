//! The commands of charges.

use std::{
    io::{self, Write},
    iter,
};

use clap::{Args, Subcommand, ValueEnum};
use domain::{
    charge::{request::TransactionRequest, update::Reference},
    ids::ChargeId,
    money::Amount,
};
use edge::config::Calls;
use flows::{
    Hub,
    charge::{
        look_up::LookUp,
        operator::{self, Left, NotRecorded, Recorded, Shown, Verdict, What},
    },
    provider::stand_in::StandIns,
};

use wire::worldline::{PaymentId, RefundId};

use crate::{
    failure::Failure,
    which_hub::{WhichHub, bank},
};

/// Characters of a provider's id, at most.
const MAX_PROVIDER_ID: usize = 64;

#[derive(Debug, Subcommand)]
pub(crate) enum ChargeCommand {
    /// Show a charge with its requests, and where its provider shows those whose outcome is unknown.
    Show(ShowCharge),
    /// Record the outcome of a request that an operator looked up at its provider.
    Settle(SettleCharge),
    /// Apply the provider notifications of a charge again that wait or are unresolved.
    Apply(ApplyNotifications),
}

#[derive(Debug, Args)]
pub(crate) struct ApplyNotifications {
    /// The id of the charge, the reference of one of its requests, or the 30 digits of a payment or a refund of
    /// Worldline's API.
    #[arg(value_name = "ID", value_parser = charge_id)]
    charge: ChargeId,
    #[command(flatten)]
    hub: ChargesHub,
}

#[derive(Debug, Args)]
pub(crate) struct ShowCharge {
    /// The id of the charge, the reference of one of its requests, or the 30 digits of a payment or a refund of
    /// Worldline's API.
    #[arg(value_name = "ID", value_parser = charge_id)]
    charge: ChargeId,
    #[command(flatten)]
    hub: WhichHub,
}

#[derive(Debug, Args)]
pub(crate) struct SettleCharge {
    /// The id of the charge, the reference of the request, or the 30 digits of a payment or a refund of Worldline's
    /// API.
    #[arg(value_name = "ID", value_parser = named)]
    charge: Named,
    /// The number of the request in the charge, from 1, the oldest first.
    #[arg(long, value_name = "N")]
    request: usize,
    /// The outcome.
    #[arg(value_enum)]
    verdict: Found,
    /// With `refunded`: the amount of the refund in minor units; by default the residual amount.
    #[arg(long, value_name = "MINOR")]
    amount: Option<u64>,
    /// With `approved`: what the provider itself calls it, such as the PSP reference of a payment. A provider that
    /// captures and refunds a payment by its own id alone needs it.
    #[arg(long, value_name = "ID", value_parser = provider_id)]
    id: Option<String>,
    #[command(flatten)]
    hub: ChargesHub,
}

/// The outcome that an operator looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Found {
    /// The provider did it; a Pix, a boleto or a Drip was paid. Also for a payment that had failed.
    Approved,
    /// The provider did not do it, and will not.
    Declined,
    /// The payment was refunded outside the hub.
    Refunded,
}

/// The hub of a charge. With a folder the command may call providers; with a table it calls none.
#[derive(Debug, Args)]
struct ChargesHub {
    #[command(flatten)]
    hub: WhichHub,
    /// With `--data`: the address of the hub's HTTP bank for the sandbox, if it has one.
    #[arg(long, value_name = "URL", value_parser = bank, conflicts_with = "table")]
    sandbox_bank: Option<String>,
}

/// What an id names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Named {
    charge: ChargeId,
    /// The number of the request, where the id is that of one.
    request: Option<usize>,
}

/// The charge that this id names, of either API, and the request of it: a payment of Worldline's is a charge, and a
/// refund is a request of one, as a reference is.
fn named(text: &str) -> Result<Named, String> {
    let of = |charge, request| Named { charge, request };
    let payment = text.parse::<PaymentId>().map(|payment| of(payment.charge(), None)).ok();
    let refund = || text.parse::<RefundId>().map(|refund| of(refund.payment.charge(), Some(refund.number))).ok();
    let reference =
        || text.parse::<Reference>().map(|reference| of(reference.charge, Some(reference.number.into()))).ok();
    let charge = || text.parse().map(|charge| of(charge, None)).ok();
    let named = payment.or_else(refund).or_else(reference).or_else(charge);
    named.ok_or_else(|| "must be a UUID, a reference, or the 30 digits of a payment or a refund".to_owned())
}

/// The charge that this id names.
fn charge_id(text: &str) -> Result<ChargeId, String> {
    named(text).map(|named| named.charge)
}

/// An id that a charge keeps whole: providers have letters, digits, hyphens and underscores in theirs.
fn provider_id(text: &str) -> Result<String, String> {
    let is_of_id = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let is_id = (1..=MAX_PROVIDER_ID).contains(&text.len()) && text.chars().all(is_of_id);
    is_id.then(|| text.to_owned()).ok_or_else(|| "must be 1 to 64 letters, digits, hyphens and underscores".to_owned())
}

impl ChargeCommand {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        match self {
            Self::Show(show) => show.run().await,
            Self::Settle(settle) => Box::pin(settle.run()).await,
            Self::Apply(apply) => apply.run().await,
        }
    }
}

impl ShowCharge {
    async fn run(self) -> Result<(), Failure> {
        let shown = self.hub.with(async |hub| operator::show(hub, self.charge).await).await?;
        let shown = shown.map_err(Failure::Refused)?.ok_or(Failure::NoCharge)?;
        Ok(io::stdout().write_all(charge_lines(&shown).as_bytes())?)
    }
}

/// The charge in a line, and each of its requests, with what an operator does about one whose outcome is unknown.
fn charge_lines(Shown { charge, look_ups }: &Shown) -> String {
    let (id, method, status, currency) = (charge.id, charge.method.kind(), charge.status(), charge.currency.code());
    let (amount, client, merchant) = (charge.amount(), charge.client, charge.merchant);
    let head =
        format!("charge {id}  {method}  {status}  amount {amount} {currency}  client {client}  merchant {merchant}\n");
    let of_request = |((number, request), look_up): ((usize, &TransactionRequest), &Option<LookUp>)| {
        let (kind, is, amount, provider) =
            (request.kind.name(), request.status().name(), request.amount(), request.via.kind);
        let reference = charge.reference(number);
        let by =
            if operator::is_recorded(charge, number) { "  recorded by an operator: not at the provider" } else { "" };
        let why = request.latest().and_then(|answer| answer.decline.as_ref());
        let why = why.map_or_else(String::new, |decline| format!("  {}", decline.code.name()));
        let what =
            format!("request {number}  {kind} {is}{why}  amount {amount}  {provider}  reference {reference}{by}\n");
        let settle = format!("catraca charge settle {id} --request {number}");
        let next = look_up.as_ref().map(|look_up| match charge.reserved_until().filter(|_| request.is_final()) {
            None => format!("  outcome unknown. {look_up}\n  Record what it shows: {settle} …\n"),
            Some(until) => format!(
                "  reserved until {until}. {look_up}\n  Where the reservation ended, record that: {settle} refunded\n"
            ),
        });
        iter::once(what).chain(next)
    };
    iter::once(head).chain((1..).zip(&charge.requests).zip(look_ups).flat_map(of_request)).collect()
}

impl SettleCharge {
    async fn run(self) -> Result<(), Failure> {
        let amount = self.amount.map(Amount::new).transpose().map_err(|_| Failure::Amount)?;
        let verdict = match self.verdict {
            Found::Approved => Verdict::Approved { id: self.id.as_deref() },
            Found::Declined => Verdict::Declined,
            Found::Refunded => Verdict::Refunded(amount),
        };
        if amount.is_some() && self.verdict != Found::Refunded {
            return Err(Failure::Amount);
        }
        if self.id.is_some() && self.verdict != Found::Approved {
            return Err(Failure::Id);
        }
        let (Named { charge, request: named }, number) = (self.charge, self.request);
        if let Some(named) = named.filter(|named| *named != number) {
            return Err(Failure::OtherRequest { named, number });
        }
        let settle = async |hub: &Hub| Box::pin(operator::settle(hub, charge, number, verdict)).await;
        let recorded = self.hub.with(settle).await?;
        Ok(io::stdout().write_all(recorded_line(number, &recorded).as_bytes())?)
    }
}

/// The lines that say what was recorded for request `number`, the charge's status and amount, and where that is seen.
fn recorded_line(number: usize, recorded: &Recorded) -> String {
    let Recorded { charge, what, look_up } = recorded;
    let (status, amount) = (charge.status(), charge.amount());
    let request = charge.request(number).map_or("unknown", |request| request.status().name());
    let what = match what {
        What::Outcome => format!("request {number} is {request}"),
        What::Refund(refunded) => format!("a refund of {refunded} is recorded"),
        What::RefundedByHub => "a late payment is recorded, which is not kept: the hub refunds it".to_owned(),
        What::Waiting(cause) => {
            format!("what came of request {number} is recorded, and is applied when {}", operator::ending(*cause))
        }
    };
    format!("{what}; the charge is {status}, amount {amount}\n{look_up}\n")
}

impl ApplyNotifications {
    async fn run(self) -> Result<(), Failure> {
        let done = self.hub.with(async |hub| operator::apply(hub, self.charge).await).await?;
        let mut lines = format!("{} applied, {} left\n", done.applied, done.left.len());
        for Left { id, reports, why } in &done.left {
            lines.extend([id, " reports ", reports, " and ", why, "\n"]);
        }
        io::stdout().write_all(lines.as_bytes())?;
        if done.applied == 0 { Err(Failure::NothingApplied) } else { Ok(()) }
    }
}

impl ChargesHub {
    /// Does `work` with the hub of a table, or of a data folder.
    async fn with<T>(self, work: impl AsyncFnOnce(&Hub) -> Result<T, NotRecorded>) -> Result<T, Failure> {
        Ok(self.hub.with_servers(Calls::None, self.sandbox_bank, StandIns::default(), work).await??)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_charge_is_named_by_its_own_id_and_by_those_of_the_other_api() {
        let charge = charge_id("111111111111111111111111111000").unwrap();
        assert_eq!(charge_id("111111111111111111111111111002"), Ok(charge), "its refund");
        assert_eq!(charge_id(&charge.to_string()), Ok(charge));
        let plain = charge.to_string().replace('-', "");
        assert_eq!(charge_id(&format!("{plain}012")), Ok(charge), "the reference of a request");
        let request = |text: &str| named(text).unwrap().request;
        assert_eq!(request("111111111111111111111111111000"), None);
        assert_eq!((request("111111111111111111111111111002"), request(&format!("{plain}012"))), (Some(2), Some(12)));
        for text in ["", "1", "11111111111111111111111111100", "c1db83fa", &plain] {
            let problem = "must be a UUID, a reference, or the 30 digits of a payment or a refund".to_owned();
            assert_eq!(charge_id(text), Err(problem));
        }
    }
}
