//! Charges for tests: opened, asked, answered and told of, one second after the other.

use std::{str::FromStr, time::Duration};

use domain::{
    card::{CardSnapshot, Pan},
    charge::{
        Body, Charge, Learned, NewCharge, Order, Outcome, SessionEffect, Settled, Source, SourceOrder,
        command::{Abilities, Asker, Command},
        decline::{Decline, DeclineCode},
        notice::{News, Notice, Reference},
        request::{Receipt, Via},
    },
    ids::{CardId, ChargeId, CustomerId, RequestId, SessionId},
    merchant::ProviderType,
    method::{Boleto, Browser, Drip, Method, PaymentType},
    money::{Amount, Currency, Money},
    time::Timestamp,
};

/// When every charge here is made.
pub(crate) fn start() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

pub(crate) fn id<T: FromStr<Err: std::fmt::Debug>>(last: u8) -> T {
    format!("c1db83fa-723c-4e1f-9722-bc19d1be67{last:02x}").parse().unwrap()
}

pub(crate) fn amount(minor: u64) -> Amount {
    Amount::new(minor).unwrap()
}

pub(crate) fn refused() -> Outcome {
    Outcome::Declined(why())
}

pub(crate) fn why() -> Decline {
    DeclineCode::Generic.into()
}

pub(crate) fn approved() -> Outcome {
    Outcome::Approved(Receipt::default())
}

/// A refund was accepted and ends later.
pub(crate) fn accepted() -> Outcome {
    Outcome::Pending(Receipt::default())
}

/// A buyer can pay now.
pub(crate) fn payable() -> Receipt {
    Receipt { pix_code: Some("00020126".to_owned()), ..Receipt::default() }
}

pub(crate) const ABLE: Abilities = Abilities { can_refund: true, can_supersede: true };

/// A charge, and the instant that it has reached.
#[derive(Clone, Debug)]
pub(crate) struct Life {
    pub(crate) charge: Charge,
    pub(crate) now: Timestamp,
}

impl Life {
    /// Just opened: its first request runs.
    pub(crate) fn opened(method: Method, capture: bool, minor: u64) -> Self {
        let source = match method.kind() {
            PaymentType::Credit => Source::Card { card_id: id::<CardId>(5), card: card() },
            PaymentType::Pix | PaymentType::Boleto | PaymentType::Drip => {
                Source::Customer { customer_id: id::<CustomerId>(6) }
            }
        };
        let order = Order {
            merchant: id(3),
            money: Money { amount: amount(minor), currency: Currency::BRL },
            capture,
            order_id: None,
            description: None,
            statement_descriptor: None,
            method,
            customer: None,
            source: SourceOrder::StoredCustomer { customer: id::<CustomerId>(6), cvv: None },
            fraud: None,
        };
        let new = NewCharge {
            id: id::<ChargeId>(1),
            client: id(2),
            session: Some(id::<SessionId>(4)),
            customer: None,
            idempotency_key: None,
            body: Body { as_sent: "said".to_owned(), by_card: None },
            source,
            via: via(),
            request: request_id(1),
        };
        Self { charge: Charge::open(&order, new, start()), now: start() }
    }

    /// A card payment of 100 that runs.
    pub(crate) fn card() -> Self {
        Self::opened(Method::Credit { installments: 1 }, true, 100)
    }

    /// A card payment of 100 that is taken.
    pub(crate) fn paid_card() -> Self {
        Self::card().answered(1, approved())
    }

    /// A card payment of 100 that is to be captured later, and runs.
    pub(crate) fn hold() -> Self {
        Self::opened(Method::Credit { installments: 1 }, false, 100)
    }

    /// 100 reserved on a card.
    pub(crate) fn reserved() -> Self {
        Self::hold().answered(1, approved())
    }

    /// A Pix of 100 that is being registered.
    pub(crate) fn new_pix() -> Self {
        Self::opened(Method::Pix { expires_in: 3600 }, true, 100)
    }

    /// A Pix of 100 that can be paid.
    pub(crate) fn pix() -> Self {
        Self::new_pix().answered(1, Outcome::Pending(payable()))
    }

    /// A Pix of 100 that was paid.
    pub(crate) fn paid_pix() -> Self {
        Self::pix().told(1, paid(100))
    }

    /// A Drip of 100 that can be paid.
    pub(crate) fn drip() -> Self {
        let drip = Drip {
            items: Vec::new(),
            browser: Browser { ip_address: "127.0.0.1".to_owned(), browser_fingerprint: "f".to_owned() },
            success_redirect_url: "https://shop.example/success".to_owned(),
            cancel_redirect_url: "https://shop.example/cancel".to_owned(),
            max_installments: None,
            expires_in: 86_400,
        };
        Self::opened(Method::Drip(drip), true, 100).answered(1, Outcome::Pending(payable()))
    }

    /// A boleto of 100 that is being registered.
    pub(crate) fn new_boleto() -> Self {
        let boleto = Boleto {
            expires_date: "2026-01-08".parse().unwrap(),
            max_days_past_due: None,
            instructions: None,
            interest: None,
            fine: None,
            items: Vec::new(),
            clearing_days: 0,
        };
        Self::opened(Method::Boleto(boleto), true, 100)
    }

    /// A boleto of 100 that can be paid.
    pub(crate) fn boleto() -> Self {
        Self::new_boleto().answered(1, Outcome::Pending(payable()))
    }

    /// What is learned a second later.
    pub(crate) fn learned(&self) -> Learned {
        let at = self.now.plus(Duration::from_secs(1));
        Learned { at, took_ms: None, id: request_id(self.charge.requests.len() + 1) }
    }

    fn became(self, settled: Settled) -> Self {
        let now = self.learned().at;
        Self { charge: changed(settled).0, now }
    }

    /// After this answer to the request at `number`, which changes the charge.
    pub(crate) fn answered(self, number: usize, outcome: Outcome) -> Self {
        let settled = self.charge.settle(number, outcome, self.learned());
        self.became(settled)
    }

    /// After this news about the request at `number`, which changes the charge and has an id of its own.
    pub(crate) fn told(self, number: usize, news: News) -> Self {
        let notice = self.fresh(number, news);
        let settled = self.hear(&notice);
        self.became(settled)
    }

    /// What this notice does.
    pub(crate) fn hear(&self, notice: &Notice) -> Settled {
        self.charge.hear(notice, self.learned())
    }

    /// What a notice does that nobody has told before.
    pub(crate) fn hears(&self, number: usize, news: News) -> Settled {
        self.hear(&self.fresh(number, news))
    }

    fn fresh(&self, number: usize, news: News) -> Notice {
        self.notice(&format!("evt-{}", self.charge.requests.len() + 1), number, news)
    }

    pub(crate) fn notice(&self, id: &str, number: usize, news: News) -> Notice {
        let reference = Reference { charge: self.charge.id, number: u16::try_from(number).unwrap() };
        Notice { reference, id: id.to_owned(), news }
    }

    /// With one more running request.
    pub(crate) fn asked(self, command: Command) -> Self {
        self.asked_as(command, false)
    }

    /// With one more running request, which may give the session up, too.
    pub(crate) fn asked_as(self, command: Command, ends_session: bool) -> Self {
        let ask = self.charge.decide(command, ABLE).unwrap();
        let now = self.now.plus(Duration::from_secs(1));
        let asker = Asker { id: request_id(self.charge.requests.len() + 1), body: None, ends_session };
        Self { charge: self.charge.asked(ask, asker, via(), now), now }
    }

    /// After this command, answered so.
    pub(crate) fn done(self, command: Command, outcome: Outcome) -> Self {
        let asked = self.asked(command);
        let number = asked.charge.requests.len();
        asked.answered(number, outcome)
    }

    /// Later, and nothing happened.
    pub(crate) fn later(self, pause: Duration) -> Self {
        Self { now: self.now.plus(pause), ..self }
    }

    /// Its status and amount.
    pub(crate) fn stands(&self) -> (&'static str, u64) {
        (self.charge.status().name(), self.charge.amount().minor())
    }

    /// What was asked and how it stands, oldest first, as the public API prints it.
    pub(crate) fn printed(&self) -> Vec<String> {
        let requests = self.charge.requests.iter();
        requests.map(|request| format!("{}/{}", request.kind.name(), request.status().name())).collect()
    }

    /// The names of its events, in their order; their numbers have no gap.
    pub(crate) fn events(&self) -> Vec<&'static str> {
        let mut events: Vec<_> = self.charge.requests.iter().flat_map(|request| &request.events).collect();
        events.sort_by_key(|event| event.no);
        let numbers: Vec<u32> = events.iter().map(|event| event.no).collect();
        assert_eq!(numbers, (1..=self.charge.event_no).collect::<Vec<_>>());
        events.iter().map(|event| event.name.name()).collect()
    }
}

pub(crate) fn void(minor: u64) -> Command {
    Command::Void(Some(amount(minor)))
}

pub(crate) fn capture(minor: u64) -> Command {
    Command::Capture(Some(amount(minor)))
}

pub(crate) fn paid(minor: u64) -> News {
    News::Paid { amount: amount(minor), receipt: Receipt::default() }
}

pub(crate) fn refunded(minor: u64) -> News {
    News::Refunded { amount: amount(minor) }
}

pub(crate) fn reverted(minor: u64) -> News {
    News::RefundReverted { amount: amount(minor) }
}

pub(crate) fn begun(minor: u64) -> News {
    News::RefundBegun { amount: amount(minor) }
}

pub(crate) fn charged_back() -> News {
    News::ChargedBack { amount: amount(100) }
}

pub(crate) fn refund_failed() -> News {
    News::RefundFailed { why: why() }
}

/// The charge as it was changed, and what that does to its session.
pub(crate) fn changed(settled: Settled) -> (Charge, SessionEffect) {
    let as_changed = match settled {
        Settled::Changed(charge, effect) => Ok((*charge, effect)),
        Settled::Unchanged | Settled::NotYet | Settled::Late(_) | Settled::Alarm(_) => Err(settled),
    };
    as_changed.unwrap()
}

pub(crate) fn via() -> Via {
    Via { id: id(7), kind: ProviderType::Stripe }
}

fn request_id(number: usize) -> RequestId {
    id(u8::try_from(0x40 + number).unwrap())
}

fn card() -> CardSnapshot {
    CardSnapshot {
        brand: Pan::new("4929564637987814").unwrap().brand(),
        first6: "492956".to_owned(),
        last4: "7814".to_owned(),
        holder: "JOAO DA SILVA".to_owned(),
        expiry: "06/2028".parse().unwrap(),
    }
}
