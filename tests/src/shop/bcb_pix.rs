//! Banks with the API Pix in the suites over whole lives.

use std::{collections::BTreeMap, marker::PhantomData, ops::Deref, sync::Arc};

use domain::merchant::ProviderType;
use flows::Clock;
use serde_json::{Value, json};

use super::{Held, Notice, Played};
use crate::fakes::{
    Asked, Fake, Reply,
    bcb_pix::{Authority, BcbPix, ClientCertificate, DevolucaoStatus, Notification, Profile},
};

/// Whose rules a bank follows.
pub trait Rules: Send + Sync + 'static {
    /// The bank.
    const PROFILE: Profile;
    /// Its word.
    const KIND: ProviderType;
}

/// Any bank that keeps to the standard.
pub struct Standard;

impl Rules for Standard {
    const PROFILE: Profile = Profile::Standard;
    const KIND: ProviderType = ProviderType::BcbPix;
}

/// Banco do Brasil.
pub struct BancoDoBrasil;

impl Rules for BancoDoBrasil {
    const PROFILE: Profile = Profile::BancoDoBrasil;
    const KIND: ProviderType = ProviderType::Bb;
}

/// BS2.
pub struct Bs2;

impl Rules for Bs2 {
    const PROFILE: Profile = Profile::Bs2;
    const KIND: ProviderType = ProviderType::Bs2;
}

/// A bank of these rules.
pub struct Bank<R> {
    fake: BcbPix,
    rules: PhantomData<R>,
}

impl<R> Deref for Bank<R> {
    type Target = BcbPix;

    fn deref(&self) -> &BcbPix {
        &self.fake
    }
}

impl<R: Rules> Fake for Bank<R> {
    fn answer(&self, asked: &Asked) -> Reply {
        self.fake.answer(asked)
    }
}

impl<R: Rules> Played for Bank<R> {
    const KIND: ProviderType = R::KIND;
    const TAKES_CARDS: bool = false;

    fn open(clock: Clock) -> Arc<Self> {
        Arc::new(Self { fake: BcbPix::new(R::PROFILE, clock), rules: PhantomData })
    }

    fn fields(&self) -> Value {
        fields(self, &Authority::new().client())
    }

    fn failure() -> Reply {
        let problem =
            json!({"type": "https://pix.bcb.gov.br/api/v2/error/ErroInterno", "title": "Erro interno", "status": 500});
        Reply::json(500, &problem)
    }

    /// Devoluções that are under way arrive.
    fn goes_on(&self) -> Vec<Notice> {
        let books = self.fake.books();
        let received = books.values().flat_map(|booked| &booked.received);
        let devolucoes = received.flat_map(|pix| pix.devolucoes.iter().map(move |one| (&pix.end_to_end_id, one)));
        let under_way = devolucoes.filter(|(_, one)| one.status == DevolucaoStatus::EmProcessamento);
        under_way.map(|(pix, one)| self.settles(pix, &one.id).into()).collect()
    }

    fn is_paid(&self, reference: &str, amount: u64) -> Vec<Notice> {
        let notification = self.pays(reference, amount);
        // What BS2 sends is not published, and the hub asks.
        if R::PROFILE == Profile::Bs2 { Vec::new() } else { vec![notification.into()] }
    }

    /// A further Pix of the same code is a debit of the shopper's own.
    fn books(&self) -> BTreeMap<String, Held> {
        let held = |booked: &crate::fakes::bcb_pix::Booked| {
            let devolucoes = booked.received.iter().flat_map(|pix| &pix.devolucoes);
            let is_med = |natureza: &Option<String>| natureza.as_deref().is_some_and(|word| word.starts_with("MED"));
            let charged_back: u64 = devolucoes.filter(|one| is_med(&one.natureza)).map(|one| one.cents).sum();
            Held {
                debits: usize::from(!booked.received.is_empty()),
                reserved: 0,
                net: booked.net(),
                given_back: booked.given_back() - charged_back,
                charged_back,
            }
        };
        self.fake.books().into_iter().map(|(txid, booked)| (txid, held(&booked))).collect()
    }
}

impl From<Notification> for Notice {
    fn from(notification: Notification) -> Self {
        let body = notification.body().to_string().into_bytes();
        Self { path: "/pix".to_owned(), headers: Vec::new(), body }
    }
}

/// The fields of an account at this bank, whose client has this certificate.
#[must_use]
pub fn fields(bank: &BcbPix, certificate: &ClientCertificate) -> Value {
    let account = bank.account();
    let mut fields = json!({
        "clientId": account.client_id, "clientSecret": account.client_secret, "pixKey": account.keys[1],
    });
    let profile = bank.profile();
    if profile != Profile::Bs2 {
        fields["certificate"] = json!(certificate.chain);
        fields["privateKey"] = json!(certificate.key);
    }
    match profile {
        Profile::Standard => {
            fields["baseUrl"] = json!(format!("https://pix.bank.example{}", profile.prefix()));
            fields["tokenUrl"] = json!(format!("https://pix.bank.example{}", profile.token_path()));
        }
        Profile::BancoDoBrasil => fields["appKey"] = json!(account.app_key),
        Profile::Bs2 => {}
    }
    fields
}
