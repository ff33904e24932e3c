//! What keys are used against: each thing is made over HTTP by the key whose it is.

use std::{collections::HashMap, time::Duration};

use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    Merchant, TestHub,
    bank::{ProviderUpdate, reference},
    hub::PUBLIC_URL,
    samples::{APPROVED, card, card_charge, drip_charge, open_session, pix_charge, with},
    session::Session,
    stream::Stream,
};

use crate::keys::{COLUMNS, Holder, Key, Mark};

/// An id that names nothing.
const ABSENT: &str = "c1db83fa-723c-4e1f-9722-bc19d1be6791";
/// How long the key lives that expires.
const LIFE: u64 = 60;

/// What a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Noun {
    Nothing,
    /// Everything of an account at once: a secret key is tried on an account of its own.
    WholeAccount,
    Session,
    /// A session that was paid.
    Paid,
    Charge,
    /// A charge that is not captured.
    Reservation,
    Customer,
    /// A customer to whom a card is linked.
    CardHolder,
    Card,
    Token,
    PublicKey,
    Merchant,
    Webhook,
    Event,
    /// The address of a charge's image.
    Image,
    /// An address that the hub made for a provider, and a notification that the provider signed.
    Callback,
    /// An address that the hub made for browsers that return from a provider's page.
    Return,
}

/// Whose the thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Whose {
    /// There is none: the request names nothing.
    Nothing,
    /// The key made it; of a session key, its session as well.
    Own,
    /// A key that the key made has made it.
    Child,
    /// The key that made the key, or made its session, has made it.
    Parent,
    /// The customer that the secret key named in the session, or that customer's card.
    Named,
    /// The secret key made it.
    Account,
    /// Another public key `*` of the account made it.
    Other,
    /// It is another session, or the key of another session made it.
    Session,
    /// Another account made it.
    Foreign,
    /// It does not exist.
    Absent,
}

impl Whose {
    /// Every line of a table, by its heading.
    pub(crate) const LINES: [(&str, Self); 10] = [
        ("-", Self::Nothing),
        ("own", Self::Own),
        ("child", Self::Child),
        ("parent", Self::Parent),
        ("named", Self::Named),
        ("account", Self::Account),
        ("other", Self::Other),
        ("session", Self::Session),
        ("foreign", Self::Foreign),
        ("absent", Self::Absent),
    ];
}

impl Noun {
    /// Whose things of this kind every key must be tried against.
    pub(crate) fn lines(self) -> Vec<Whose> {
        let all = Whose::LINES.map(|(_, whose)| whose);
        match self {
            Self::Nothing | Self::WholeAccount => vec![Whose::Nothing],
            Self::Customer | Self::CardHolder | Self::Card => all.into_iter().skip(1).collect(),
            _ => all.into_iter().skip(1).filter(|whose| *whose != Whose::Named).collect(),
        }
    }

    /// Whether only the account itself makes these.
    const fn is_accounts_alone(self) -> bool {
        matches!(self, Self::Merchant | Self::Webhook | Self::Event | Self::Image | Self::Callback | Self::Return)
    }
}

/// The hub, its callers, and what they have made.
pub(crate) struct World {
    pub(crate) hub: TestHub,
    stranger: Merchant,
    keys: HashMap<Key, Holder>,
    other_page: Holder,
    /// The customer that the secret key names in sessions, and its card.
    named: (String, String),
    events: HashMap<String, String>,
    /// Where the providers of both accounts notify the hub, and where browsers return.
    callbacks: HashMap<String, (ProviderUpdate, String)>,
    /// A notification that the account's provider signed.
    update: ProviderUpdate,
    /// What can be used again, by who made it.
    kept: HashMap<(String, Noun), String>,
    count: u64,
    /// What the answers to other callers must not contain, with the mark of who made it.
    pub(crate) canaries: Vec<(&'static str, String)>,
}

/// A request's thing, and who asks.
pub(crate) struct Asked {
    pub(crate) holder: Holder,
    /// Whose the thing is; who asks, where it is of no maker.
    pub(crate) maker: Holder,
    pub(crate) id: String,
    /// Where the thing is kept, unless it was made for this one request.
    kept: Option<(String, Noun)>,
}

impl World {
    pub(crate) async fn build() -> Self {
        let hub = TestHub::build().await;
        let stranger = hub.another_merchant().await;
        let keyless = hub.merchant.with_key("");
        let holder = |caller: &Merchant, mark| Holder { caller: caller.clone(), session: None, mark, scope: None };
        let update = hub.bank.pay(&reference(&hub.merchant.charges(&pix_charge(&hub.merchant.id)).await, 1), 150);
        let mut world = Self {
            stranger: stranger.clone(),
            keys: HashMap::from([
                (Key::None, holder(&keyless, "")),
                (Key::Unknown, holder(&hub.merchant.with_key(ABSENT), "")),
                (Key::Secret, holder(&hub.merchant, Mark::ACCOUNT)),
                (Key::OthersSecret, holder(&stranger, Mark::STRANGER)),
            ]),
            other_page: holder(&keyless, Mark::OTHER_PAGE),
            named: (String::new(), String::new()),
            events: HashMap::new(),
            callbacks: HashMap::new(),
            update,
            kept: HashMap::new(),
            count: 0,
            canaries: Vec::new(),
            hub,
        };
        world.end_keys().await;
        world.make_keys().await;
        for merchant in [world.hub.merchant.clone(), stranger] {
            world.sell(&merchant).await;
        }
        world
    }

    /// The keys that are revoked and that expire, with everything that they made before.
    async fn end_keys(&mut self) {
        let secret = self.keys[&Key::Secret].caller.clone();
        for (key, life) in [(Key::Revoked, 0), (Key::Expired, LIFE)] {
            let holder = Holder { mark: Mark::ENDED, ..public_key(&secret, "*", life).await };
            for noun in [
                Noun::Session,
                Noun::Paid,
                Noun::Charge,
                Noun::Reservation,
                Noun::Customer,
                Noun::CardHolder,
                Noun::Card,
                Noun::Token,
                Noun::PublicKey,
            ] {
                let _ = self.keep(&holder, noun).await;
            }
            self.keys.insert(key, holder);
        }
        let revoked = &self.keys[&Key::Revoked].caller.api_key;
        secret.delete(&format!("/v1/auth/{revoked}")).await.assert_status(204);
        self.hub.clock().advance(Duration::from_secs(LIFE + 1));
    }

    async fn make_keys(&mut self) {
        let (secret, stranger) = (self.keys[&Key::Secret].clone(), self.stranger.clone());
        for (_, key) in COLUMNS {
            let Key::Scope(scope) = key else { continue };
            let holder = public_key(&secret.caller, scope, 0).await;
            self.keys.insert(key, Holder { mark: scope, scope: Some(scope), ..holder });
        }
        let page = Holder { mark: Mark::PAGE, ..public_key(&secret.caller, "*", 0).await };
        let child = Holder { mark: Mark::CHILD, ..public_key(&page.caller, "*", 0).await };
        let strangers = Holder { mark: Mark::STRANGERS_PAGE, ..public_key(&stranger, "*", 0).await };
        self.other_page = Holder { mark: Mark::OTHER_PAGE, ..public_key(&secret.caller, "*", 0).await };
        self.keys.extend([(Key::Everything, page), (Key::Child, child), (Key::OthersEverything, strangers)]);
        let registered = Holder { mark: Mark::NAMED, ..secret };
        let customer = self.make(&registered, Noun::Customer).await.unwrap();
        let card = self.make(&registered, Noun::Card).await.unwrap();
        link(&registered, &customer, &card).await;
        self.named = (customer, card);
    }

    /// A merchant sells by every method, so that it has events, and its providers have addresses of the hub.
    async fn sell(&mut self, merchant: &Merchant) {
        let _ = self.hub.engine.take_calls();
        let pix = merchant.charges(&pix_charge(&merchant.id)).await;
        let drip = merchant.charges(&drip_charge(&merchant.id)).await;
        let records = Stream::default().records(&self.hub.engine.take_calls());
        let _ = self.hub.relay(records).await;
        let event = merchant.get("/v1/events").await.expect(200).text("/items/0/id").to_owned();
        self.events.insert(merchant.client_id.clone(), event);
        let (notified, back) =
            (self.hub.bank.pay(&reference(&pix, 1), 150), self.hub.bank.reject(&reference(&drip, 1)));
        let place = format!("{}?reference={}&to=success", back.path(), reference(&drip, 1));
        self.callbacks.insert(merchant.client_id.clone(), (notified, place));
    }

    /// Who asks about a thing of this kind and the thing's id; none where the thing cannot be.
    pub(crate) async fn asked(&mut self, key: Key, noun: Noun, whose: Whose) -> Option<Asked> {
        let holder = self.holder(key, noun).await;
        let fresh = |holder: Holder, id: String| Some(Asked { maker: holder.clone(), holder, id, kept: None });
        let maker = match whose {
            Whose::Nothing => return fresh(holder, String::new()),
            Whose::Absent => return fresh(holder, absent(noun)),
            Whose::Own | Whose::Child | Whose::Parent | Whose::Other | Whose::Session if noun.is_accounts_alone() => {
                return None;
            }
            Whose::Own if matches!(key, Key::None | Key::Unknown) => return None,
            Whose::Own => holder.clone(),
            Whose::Child => self.keys.get(&Key::Child).filter(|_| key == Key::Everything)?.clone(),
            Whose::Parent if matches!(key, Key::Child | Key::OfPagesSession) => self.keys[&Key::Everything].clone(),
            Whose::Parent => return None,
            Whose::Named if key != Key::OfCustomersSession => return None,
            Whose::Named if noun == Noun::Card => return fresh(holder, self.named.1.clone()),
            Whose::Named => return fresh(holder, self.named.0.clone()),
            Whose::Account => self.keys[&Key::Secret].clone(),
            Whose::Other => self.other_page.clone(),
            Whose::Session => Holder { mark: Mark::OTHER_SHOPPER, ..self.shopper(Key::OfSession, noun).await },
            Whose::Foreign => self.keys[&Key::OthersSecret].clone(),
        };
        if maker.session.is_some() {
            // The key of a session is no public key: removing it as one must find nothing.
            let id = match noun {
                Noun::PublicKey if whose == Whose::Session => maker.caller.api_key.clone(),
                _ => self.make(&maker, noun).await?,
            };
            return Some(Asked { holder, maker, id, kept: None });
        }
        let id = self.keep(&maker, noun).await?;
        let kept = Some((maker.caller.api_key.clone(), noun));
        Some(Asked { holder, maker, id, kept })
    }

    /// Forgets a thing that a request may have changed.
    pub(crate) fn forget(&mut self, asked: &Asked) {
        if let Some(kept) = &asked.kept {
            self.kept.remove(kept);
        }
    }

    /// Who holds a key of this kind; a session key is that of a new session.
    async fn holder(&mut self, key: Key, noun: Noun) -> Holder {
        if noun == Noun::WholeAccount && !key.is_browser() && !self.keys[&key].mark.is_empty() {
            let caller = self.hub.another_merchant().await;
            return Holder { caller, ..self.keys[&key].clone() };
        }
        if key.is_of_session() { self.shopper(key, noun).await } else { self.keys[&key].clone() }
    }

    async fn shopper(&mut self, key: Key, noun: Noun) -> Holder {
        let maker = if key == Key::OfPagesSession { Key::Everything } else { Key::Secret };
        let maker = self.keys[&maker].caller.clone();
        let order = with(open_session(&maker.id), "/capture", json!(noun != Noun::Reservation));
        let (order, mark) = match key {
            Key::OfCustomersSession => (with(order, "/customerId", json!(self.named.0)), Mark::CUSTOMERS_SHOPPER),
            Key::OfPagesSession => (order, Mark::PAGES_SHOPPER),
            _ => (order, Mark::SHOPPER),
        };
        let session = maker.creates_session(&order).await;
        Holder { caller: maker.with_key(&session.key), session: Some(session), mark, scope: None }
    }

    /// A thing that `maker` made and no request has changed.
    async fn keep(&mut self, maker: &Holder, noun: Noun) -> Option<String> {
        let place = (maker.caller.api_key.clone(), noun);
        if let Some(id) = self.kept.get(&place) {
            return Some(id.clone());
        }
        let id = self.make(maker, noun).await?;
        self.kept.insert(place, id.clone());
        Some(id)
    }

    /// Has `maker` make a thing; none where its key makes no such things.
    pub(crate) async fn make(&mut self, maker: &Holder, noun: Noun) -> Option<String> {
        let caller = &maker.caller;
        Some(match noun {
            Noun::Nothing | Noun::WholeAccount => return None,
            Noun::Session => match &maker.session {
                Some(session) => session.id.clone(),
                None if maker.has("sessions") => caller.creates_session(&open_session(&caller.id)).await.id,
                None => return None,
            },
            Noun::Paid => match &maker.session {
                Some(session) => {
                    self.charge(maker, true).await?;
                    session.id.clone()
                }
                None if maker.has("sessions") => {
                    let session = caller.creates_session(&open_session(&caller.id)).await;
                    let shopper = Holder {
                        caller: caller.with_key(&session.key),
                        session: Some(session.clone()),
                        ..maker.clone()
                    };
                    self.charge(&shopper, true).await?;
                    session.id
                }
                None => return None,
            },
            Noun::Charge => self.charge(maker, true).await?,
            Noun::Reservation => self.charge(maker, false).await?,
            Noun::Customer => self.customer(maker).await?,
            Noun::CardHolder if maker.scope.is_some() => return None,
            Noun::CardHolder => {
                let (customer, card) = (self.customer(maker).await?, self.card(maker).await?);
                link(maker, &customer, &card).await;
                customer
            }
            Noun::Card => self.card(maker).await?,
            Noun::Token => self.token(maker).await?,
            Noun::PublicKey if maker.session.is_some() || !maker.has("auth") => return None,
            Noun::PublicKey => {
                let scope = maker.scope.unwrap_or("*");
                public_key(caller, scope, if maker.mark == Mark::ENDED { LIFE / 2 } else { 0 }).await.caller.api_key
            }
            Noun::Merchant => merchant_with_logo(caller).await,
            Noun::Webhook => {
                let endpoint = format!("https://shop.example/{}", self.next());
                let made = caller.post("/v1/webhooks", &json!({"event": "*", "endpoint": endpoint})).await.expect(201);
                made.text("/id").to_owned()
            }
            Noun::Image => {
                let pix = caller.creates_charge(&pix_charge(&caller.id)).await;
                let address = pix.text("/paymentMethod/qrCodeImageUrl");
                address.strip_prefix(PUBLIC_URL).unwrap().to_owned()
            }
            Noun::Event => self.events[&caller.client_id].clone(),
            Noun::Callback => self.callbacks[&caller.client_id].0.path().to_owned(),
            Noun::Return => self.callbacks[&caller.client_id].1.clone(),
        })
    }

    async fn charge(&mut self, maker: &Holder, capture: bool) -> Option<String> {
        let (caller, card) = (&maker.caller, self.card_data(maker.mark));
        let source = json!({"sourceType": "card", "card": card});
        let charge = with(card_charge(&caller.id, APPROVED), "/paymentSource", source);
        if let Some(session) = &maker.session {
            let pay = json!({"paymentMethod": charge["paymentMethod"], "paymentSource": charge["paymentSource"]});
            return Some(caller.post(&session.path("/charge"), &pay).await.expect(201).text("/chargeId").to_owned());
        }
        if !maker.has("charges") {
            return None;
        }
        Some(caller.charges(&with(charge, "/capture", json!(capture))).await)
    }

    async fn customer(&mut self, maker: &Holder) -> Option<String> {
        let (caller, person) = (&maker.caller, self.person(maker.mark));
        if maker.scope == Some("charges") {
            let charge = with(pix_charge(&caller.id), "/paymentSource/customer", person);
            return Some(caller.creates_charge(&charge).await.text("/paymentSource/customerId").to_owned());
        }
        if !maker.has("customers") {
            return None;
        }
        let made = caller.post(&format!("{}/customers", maker.root()), &person).await.expect(201);
        Some(made.text("/id").to_owned())
    }

    async fn card(&mut self, maker: &Holder) -> Option<String> {
        let (caller, data) = (&maker.caller, self.card_data(maker.mark));
        if maker.scope == Some("charges") {
            let source = json!({"sourceType": "card", "card": data});
            let charge = with(card_charge(&caller.id, APPROVED), "/paymentSource", source);
            return Some(caller.creates_charge(&charge).await.text("/paymentSource/cardId").to_owned());
        }
        if !maker.has("cards") {
            return None;
        }
        let token = match self.token(maker).await {
            Some(own) => own,
            None => self.hub.merchant.post("/v1/tokens", &data).await.expect(201).text("/tokenId").to_owned(),
        };
        let made = caller.post(&format!("{}/cards", maker.root()), &json!({"tokenId": token})).await.expect(201);
        Some(made.text("/id").to_owned())
    }

    async fn token(&mut self, maker: &Holder) -> Option<String> {
        if !maker.has("tokens") {
            return None;
        }
        let (path, data) = (format!("{}/tokens", maker.root()), self.card_data(maker.mark));
        Some(maker.caller.post(&path, &data).await.expect(201).text("/tokenId").to_owned())
    }

    /// A person whose name, e-mail address and document say who made the record.
    pub(crate) fn person(&mut self, mark: &'static str) -> Value {
        let number = self.next();
        let (name, email, document) = (format!("Pessoa {mark}"), format!("{number}@{mark}.example"), cpf(number));
        if !mark.is_empty() {
            self.canaries.extend([&name, &email, &document].map(|text| (mark, text.clone())));
        }
        json!({
            "name": name, "email": email, "phoneNumber": "21 98889999099",
            "document": {"type": "cpf", "number": document},
        })
    }

    pub(crate) fn card_data(&mut self, mark: &'static str) -> Value {
        let holder = format!("TITULAR {}", mark.to_uppercase());
        let canary = (mark, holder.clone());
        if !mark.is_empty() && !self.canaries.contains(&canary) {
            self.canaries.push(canary);
        }
        with(card(APPROVED), "/cardHolderName", json!(holder))
    }

    /// The notification of the account's provider, signed now, to be sent to the address `path`.
    pub(crate) fn notification(&self) -> ProviderUpdate {
        self.update.clone().signed_at(self.hub.clock().now())
    }

    /// The session that the holder pays, made for this one payment; where its key makes none, the account's.
    pub(crate) async fn payable(&mut self, holder: &Holder) -> Session {
        if let Some(session) = &holder.session {
            return session.clone();
        }
        let may = holder.has("sessions") && holder.mark != Mark::ENDED && !holder.mark.is_empty();
        let maker = if may { &holder.caller } else { &self.hub.merchant };
        maker.creates_session(&open_session(&maker.id)).await
    }

    /// A thing of the holder's own; where its key makes none, the account's.
    pub(crate) async fn owns(&mut self, holder: &Holder, noun: Noun) -> String {
        let is_able = holder.mark != Mark::ENDED && !holder.mark.is_empty();
        let is_strangers = holder.caller.client_id == self.stranger.client_id;
        let secret = self.keys[if is_strangers { &Key::OthersSecret } else { &Key::Secret }].clone();
        if is_able
            && !noun.is_accounts_alone()
            && let Some(own) = self.make(holder, noun).await
        {
            return own;
        }
        self.keep(&secret, noun).await.unwrap()
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.count += 1;
        self.count
    }
}

fn absent(noun: Noun) -> String {
    match noun {
        Noun::Callback => "/v1/callbacks/MERCADO_PAGO/x".to_owned(),
        Noun::Return => "/v1/callbacks/DRIP/x".to_owned(),
        Noun::Image => format!("/v1/charges/{ABSENT}/image/x"),
        _ => ABSENT.to_owned(),
    }
}

async fn public_key(maker: &Merchant, scope: &str, life: u64) -> Holder {
    let made = maker.post("/v1/auth", &json!({"scope": [scope], "expires": life})).await.expect(201);
    Holder { caller: maker.with_key(made.text("/publicKey")), session: None, mark: "", scope: None }
}

pub(crate) async fn link(holder: &Holder, customer: &str, card: &str) {
    let path = format!("{}/customers/{customer}/cards", holder.root());
    holder.caller.post(&path, &json!({"cardId": card})).await.assert_status(204);
}

async fn merchant_with_logo(caller: &Merchant) -> String {
    let sandbox = json!({"name": "MERCADO_PAGO", "credentials": {"type": "sandbox"}});
    let made = caller.post("/v1/merchants", &json!({"mcc": "5912", "providers": [sandbox]})).await.expect(201);
    let id = made.text("/id").to_owned();
    let form = [
        b"--edge\r\nContent-Disposition: form-data; name=\"logo\"; filename=\"l\"\r\n\r\n".as_slice(),
        b"\x89PNG\r\n\x1a\n",
        b"\r\n--edge--\r\n",
    ];
    let headers = [("content-type", "multipart/form-data; boundary=edge"), ("x-merchant-id", id.as_str())];
    caller.send_beside(Method::POST, "/v1/settings", &headers, Some(form.concat())).await.unwrap().assert_status(201);
    id
}

/// The CPF number of this place in a row.
fn cpf(number: u64) -> String {
    let mut digits: Vec<u64> =
        format!("{:09}", 310_000_000 + number).bytes().map(|byte| u64::from(byte - b'0')).collect();
    for _ in 0..2 {
        let weights = (2..).take(digits.len());
        let sum: u64 = digits.iter().rev().zip(weights).map(|(digit, weight): (&u64, u64)| digit * weight).sum();
        digits.push(match sum % 11 {
            0 | 1 => 0,
            rest => 11 - rest,
        });
    }
    digits.iter().map(u64::to_string).collect()
}
