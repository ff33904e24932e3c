//! What the bank knows: cobs, the Pix received for them, devoluções, the customer's money.

use std::collections::BTreeMap;

use domain::time::Timestamp;
use serde_json::Value;

/// The books of one account. Amounts are in cents.
#[derive(Default)]
pub(super) struct Books {
    /// By txid.
    pub(super) cobs: BTreeMap<String, Cob>,
    /// By end-to-end id.
    pub(super) received: BTreeMap<String, Received>,
    /// By DICT key: the address, and since when.
    pub(super) webhooks: BTreeMap<String, (String, Timestamp)>,
    pub(super) balance: u64,
    numbered: u64,
}

/// One request for a payment.
pub(super) struct Cob {
    pub(super) created_at: Timestamp,
    pub(super) revision: u32,
    pub(super) status: CobStatus,
    /// Seconds from the creation.
    pub(super) expiration: i64,
    /// `valor`, `chave`, and what else the request had.
    pub(super) terms: Value,
    pub(super) location_id: u64,
    pub(super) location: String,
}

/// A cob's status. The standard has none for a cob that has expired: it is still active.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CobStatus {
    /// Not paid yet.
    Ativa,
    /// Paid.
    Concluida,
    /// Canceled by the receiver.
    RemovidaPeloUsuarioRecebedor,
    /// Removed by the bank.
    RemovidaPeloPsp,
}

impl CobStatus {
    /// The standard's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ativa => "ATIVA",
            Self::Concluida => "CONCLUIDA",
            Self::RemovidaPeloUsuarioRecebedor => "REMOVIDA_PELO_USUARIO_RECEBEDOR",
            Self::RemovidaPeloPsp => "REMOVIDA_PELO_PSP",
        }
    }
}

/// A Pix that a shopper has sent.
#[derive(Clone, Debug)]
pub struct Received {
    /// Its id in the whole Pix system.
    pub end_to_end_id: String,
    /// The cob that it pays.
    pub txid: String,
    /// What was debited from the shopper.
    pub cents: u64,
    /// When it arrived.
    pub at: Timestamp,
    /// What is or was to be given back, the oldest first.
    pub devolucoes: Vec<Devolucao>,
}

impl Received {
    /// The cents of the devoluções in this status.
    #[must_use]
    pub fn in_status(&self, status: DevolucaoStatus) -> u64 {
        self.devolucoes.iter().filter(|one| one.status == status).map(|one| one.cents).sum()
    }

    /// What may still be given back.
    pub(super) fn available(&self) -> u64 {
        self.cents - self.in_status(DevolucaoStatus::Devolvido) - self.in_status(DevolucaoStatus::EmProcessamento)
    }
}

/// Money on its way back to the shopper.
#[derive(Clone, Debug)]
pub struct Devolucao {
    /// The receiver's id, or the bank's where the bank began it.
    pub id: String,
    /// Its id in the whole Pix system.
    pub rtr_id: String,
    /// How much.
    pub cents: u64,
    /// Why, where the request or the bank says so.
    pub natureza: Option<String>,
    /// The receiver's words to the shopper.
    pub descricao: Option<String>,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// When the money arrived.
    pub settled_at: Option<Timestamp>,
    /// How far it is.
    pub status: DevolucaoStatus,
    /// Why it was not done.
    pub motivo: Option<String>,
}

/// How far a devolução is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DevolucaoStatus {
    /// Under way.
    EmProcessamento,
    /// The shopper has the money.
    Devolvido,
    /// The receiver has kept the money.
    NaoRealizado,
}

impl DevolucaoStatus {
    /// The standard's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::EmProcessamento => "EM_PROCESSAMENTO",
            Self::Devolvido => "DEVOLVIDO",
            Self::NaoRealizado => "NAO_REALIZADO",
        }
    }
}

/// What the books say of one txid, for a comparison with other books.
#[derive(Clone, Debug)]
pub struct Booked {
    /// The cob's status.
    pub status: CobStatus,
    /// The Pix received for it, the oldest first.
    pub received: Vec<Received>,
}

impl Booked {
    /// The cents that shoppers paid.
    #[must_use]
    pub fn debited(&self) -> u64 {
        self.received.iter().map(|received| received.cents).sum()
    }

    /// The cents that shoppers got back.
    #[must_use]
    pub fn given_back(&self) -> u64 {
        self.received.iter().map(|received| received.in_status(DevolucaoStatus::Devolvido)).sum()
    }

    /// The cents that shoppers have paid in the end.
    #[must_use]
    pub fn net(&self) -> u64 {
        self.debited() - self.given_back()
    }
}

impl Books {
    /// The Pix received for a txid, the oldest first.
    pub(super) fn received_for(&self, txid: &str) -> Vec<&Received> {
        let mut received: Vec<_> = self.received.values().filter(|received| received.txid == txid).collect();
        received.sort_by_key(|received| (received.at, received.end_to_end_id.clone()));
        received
    }

    /// A number that the bank has not used.
    pub(super) const fn number(&mut self) -> u64 {
        self.numbered += 1;
        self.numbered
    }

    /// An id of the Pix system: who made it, when, and what it alone has.
    pub(super) fn pix_id(&mut self, letter: char, bank: &str, now: Timestamp) -> String {
        let minute: String = now.to_string().chars().filter(char::is_ascii_digit).take(12).collect();
        format!("{letter}{bank}{minute}abc{:08}", self.number())
    }

    pub(super) fn booked(&self) -> BTreeMap<String, Booked> {
        let booked = |txid: &str, cob: &Cob| Booked {
            status: cob.status,
            received: self.received_for(txid).into_iter().cloned().collect(),
        };
        self.cobs.iter().map(|(txid, cob)| (txid.clone(), booked(txid, cob))).collect()
    }
}
