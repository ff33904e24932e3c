//! A hub whose merchant has an account at one bank, set up as a test needs it.

use std::sync::Arc;

use flows::{
    Clock,
    account::provider::{self, Checked},
    provider::stand_in::{Roots, StandIns},
};
use serde_json::{Value, json};
use tests::{
    Answer, TestHub,
    fakes::{
        Server,
        bcb_pix::{Authority, BcbPix, ClientCertificate},
    },
    samples::pix_charge,
    shop::bcb_pix::{Rules, fields},
};

/// How the hub and the bank are set up.
pub(super) struct Setup<'a> {
    pub(super) hub_clock: Clock,
    /// The bank's time, where it is another one.
    pub(super) bank_clock: Option<Clock>,
    /// Whether each call is a function that has just started, with a memory of its own.
    pub(super) is_cold: bool,
    /// Who signs the certificates that the bank demands of its customers, where it demands any.
    pub(super) demands: Option<&'a Authority>,
    /// By whom the hub knows the bank.
    pub(super) trusts: Option<&'a Authority>,
    /// The client certificate of the account; without it, whichever.
    pub(super) certificate: Option<ClientCertificate>,
    /// The scopes that the bank grants, where it does not grant all.
    pub(super) scopes: Option<&'a [&'a str]>,
    /// What else differs in the fields of the account; null where a field is left out.
    pub(super) differs: Value,
}

impl Default for Setup<'_> {
    fn default() -> Self {
        Self {
            hub_clock: Clock::still(),
            bank_clock: None,
            is_cold: false,
            demands: None,
            trusts: None,
            certificate: None,
            scopes: None,
            differs: json!({}),
        }
    }
}

impl Setup<'_> {
    /// The hub and the bank, which has these rules.
    pub(super) async fn open<R: Rules>(self) -> AtBank {
        let clock = self.bank_clock.unwrap_or_else(|| self.hub_clock.clone());
        let bank = BcbPix::new(R::PROFILE, clock);
        let bank = Arc::new(match self.scopes {
            Some(scopes) => bank.granting(scopes),
            None => bank,
        });
        let server = match self.demands {
            Some(authority) => Server::open_with_tls(Arc::clone(&bank) as _, authority.server_config()).await,
            None => Server::open(Arc::clone(&bank) as _).await,
        };
        let roots = self.trusts.map_or_else(Roots::default, |authority| authority.root().parse().unwrap());
        let stand_in = format!("{}={}", R::KIND, server.url()).parse().unwrap();
        let stand_ins = StandIns::new(vec![stand_in], roots).unwrap();
        let hub = if self.is_cold {
            TestHub::build_cold_beside(self.hub_clock, stand_ins).await
        } else {
            TestHub::build_beside(self.hub_clock, stand_ins).await
        };
        let certificate = self.certificate.unwrap_or_else(|| Authority::new().client());
        let mut all = fields(&bank, &certificate);
        for (name, value) in self.differs.as_object().unwrap() {
            all[name] = value.clone();
        }
        all.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        let mut shop = AtBank { hub, bank, server, account: String::new(), kind: R::KIND.name() };
        let made = shop.gives(&all).await.expect(200);
        made.text("/providers/0/id").clone_into(&mut shop.account);
        shop
    }
}

/// The hub and the bank.
pub(super) struct AtBank {
    pub(super) hub: TestHub,
    pub(super) bank: Arc<BcbPix>,
    pub(super) server: Server,
    /// The id of the merchant's account at the bank.
    pub(super) account: String,
    kind: &'static str,
}

impl AtBank {
    /// The merchant gives the account these fields. The first time there is no account yet.
    pub(super) async fn gives(&self, fields: &Value) -> Answer {
        let credentials = json!({"type": "account", "environment": "sandbox", "fields": fields});
        let mut account = json!({"name": self.kind, "credentials": credentials});
        if !self.account.is_empty() {
            account["id"] = json!(self.account);
        }
        let path = format!("/v1/merchants/{}", self.hub.merchant.id);
        self.hub.merchant.patch(&path, &json!({"providers": [account]})).await
    }

    /// A charge of 150 minor units by Pix.
    pub(super) async fn charges(&self) -> Answer {
        self.hub.merchant.creates_charge(&pix_charge(&self.hub.merchant.id)).await
    }

    /// What the operator's check of the keys says.
    pub(super) async fn check(&self) -> Checked {
        let client = self.hub.merchant.client_id.parse().unwrap();
        provider::check(self.hub.flows(), client, self.account.parse().unwrap()).await.unwrap()
    }

    /// How many calls for a token the bank has had.
    pub(super) fn tokens(&self) -> usize {
        self.server.count("POST", "/token")
    }
}

/// Fails unless the charge can be paid.
#[track_caller]
pub(super) fn assert_payable(made: &Answer) {
    assert_eq!(made.text("/status"), "pending", "{}", made.body);
    assert!(made.text("/paymentMethod/qrCodeData").starts_with("000201"), "{}", made.body);
}

/// Fails unless nothing was sent for the charge.
#[track_caller]
pub(super) fn assert_not_sent(made: &Answer) {
    let status = made.text("/transactionRequests/0/requestStatus");
    assert_eq!((made.text("/status"), status), ("failed", "internal_error"), "{}", made.body);
}
