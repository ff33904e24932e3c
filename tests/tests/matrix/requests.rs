//! The request of each row: what it is about, and what it sends.

use reqwest::Method;
use serde_json::{Value, json};
use tests::samples::{APPROVED, card_charge, pix_charge, session, with};

use crate::things::{Asked, Noun, World};

/// A request without its keys.
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<String>,
}

/// The route of a row: its title may say more after it.
pub(crate) fn route(title: &str) -> String {
    title.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

/// What a row is about.
pub(crate) fn noun(title: &str) -> Noun {
    let variant = title.strip_prefix(&route(title)).unwrap_or_default();
    let about = [
        (" without a merchant", Noun::Nothing),
        (" at a merchant", Noun::Merchant),
        (" for a customer", Noun::Customer),
        (" with a card", Noun::Card),
        (" with the card of a customer", Noun::CardHolder),
        (" by a customer", Noun::Customer),
        (" with a token", Noun::Token),
        (" of a card", Noun::Card),
        (" of an event", Noun::Event),
    ];
    if let Some((_, noun)) = about.iter().find(|(words, _)| *words == variant) {
        return *noun;
    }
    assert_eq!(variant, "", "{title}: no such request is known");
    match route(title).as_str() {
        "POST /v1/cards" | "POST /v1/sessions/cards" => Noun::Token,
        "DELETE /v1/auth" => Noun::WholeAccount,
        "GET /v1/charges/{id}/image/{signature}" => Noun::Image,
        "GET /v1/settings" | "POST /v1/settings" | "PATCH /v1/settings" | "GET /v1/settings/logo/{id}" => {
            Noun::Merchant
        }
        "POST /v1/charges/{id}/capture" => Noun::Reservation,
        "GET /v1/sessions/{id}/charge" => Noun::Paid,
        "GET /v1/callbacks/{provider}/{token}" => Noun::Return,
        other => {
            let path = other.split_once(' ').unwrap().1;
            let nouns = [
                ("/v1/auth/{", Noun::PublicKey),
                ("/v1/merchants/{", Noun::Merchant),
                ("/v1/sessions/customers/{", Noun::Customer),
                ("/v1/sessions/{", Noun::Session),
                ("/pay/{", Noun::Session),
                ("/checkout/frame/{", Noun::Session),
                ("/v1/charges/{", Noun::Charge),
                ("/v1/cards/{", Noun::Card),
                ("/v1/customers/{", Noun::Customer),
                ("/v1/webhooks/{", Noun::Webhook),
                ("/v1/events/{", Noun::Event),
                ("/v1/callbacks/{", Noun::Callback),
            ];
            nouns.into_iter().find(|(start, _)| path.starts_with(start)).map_or(Noun::Nothing, |(_, noun)| noun)
        }
    }
}

impl World {
    /// The request of the row `title` about the thing that is asked for.
    pub(crate) async fn request(&mut self, title: &str, asked: &Asked) -> Request {
        let route = route(title);
        let (method, template) = route.split_once(' ').unwrap();
        let path = self.path(title, template, asked).await;
        let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        let mut body = self.body(title, asked).await.map(|body| body.to_string());
        if template == "/v1/settings" && !asked.id.is_empty() {
            headers.push(("x-merchant-id".to_owned(), asked.id.clone()));
        }
        if noun(title) == Noun::Callback {
            let update = self.notification();
            headers.extend(update.headers);
            body = Some(update.body);
        }
        Request { method: method.parse().unwrap(), path, headers, body }
    }

    async fn path(&mut self, title: &str, template: &str, asked: &Asked) -> String {
        let id = match title {
            "POST /v1/callbacks/{provider}/{token}"
            | "GET /v1/callbacks/{provider}/{token}"
            | "GET /v1/charges/{id}/image/{signature}" => {
                return asked.id.clone();
            }
            "POST /v1/callbacks/{provider}/{token}/pix" => return format!("{}/pix", asked.id),
            "POST /v1/webhooks/{id}/deliveries/{event}/resend of an event" => {
                let webhook = self.owns(&asked.holder, Noun::Webhook).await;
                return format!("/v1/webhooks/{webhook}/deliveries/{}/resend", asked.id);
            }
            "POST /v1/webhooks/{id}/deliveries/{event}/resend" => {
                let event = self.owns(&asked.maker, Noun::Event).await;
                return format!("/v1/webhooks/{}/deliveries/{event}/resend", asked.id);
            }
            _ if title.starts_with("POST /v1/sessions/{id}/charge ") => self.payable(&asked.holder).await.id,
            _ if title.ends_with("/customers/{id}/cards of a card") => self.owns(&asked.holder, Noun::Customer).await,
            _ => asked.id.clone(),
        };
        let path = template.replace("{id}", &id);
        if title == "POST /v1/customers" { format!("{path}?force=true") } else { path }
    }

    async fn body(&mut self, title: &str, asked: &Asked) -> Option<Value> {
        let (id, merchant, mark) = (&asked.id, asked.holder.caller.id.clone(), asked.holder.mark);
        let charge = card_charge(&merchant, APPROVED);
        Some(match title {
            "POST /v1/auth" => json!({"scope": ["auth"], "expires": 0}),
            "POST /v1/merchants" => {
                json!({"mcc": "5912", "providers": [{"name": "STRIPE", "credentials": {"type": "sandbox"}}]})
            }
            "PATCH /v1/merchants/{id}" => json!({"mcc": "0742"}),
            "POST /v1/settings" | "PATCH /v1/settings" => json!({"companyName": "Loja 1"}),
            "POST /v1/sessions" => session(&merchant),
            "POST /v1/sessions at a merchant" => session(id),
            "POST /v1/sessions for a customer" => with(session(&merchant), "/customerId", json!(id)),
            "PATCH /v1/sessions/{id}" => json!({"isActive": false}),
            "POST /v1/sessions/{id}/charge" => {
                json!({"paymentMethod": charge["paymentMethod"], "paymentSource": charge["paymentSource"]})
            }
            "POST /v1/charges at a merchant" => card_charge(id, APPROVED),
            "POST /v1/charges" => charge,
            "POST /v1/charges/{id}/capture" | "POST /v1/charges/{id}/void" => json!({"amount": 1}),
            "POST /v1/charges/{id}" => json!({"status": "charged_back"}),
            "PATCH /v1/charges/{id}/antifraud" => json!({"status": "approved"}),
            "POST /v1/tokens" | "POST /v1/sessions/tokens" => self.card_data(mark),
            "POST /v1/cards" | "POST /v1/sessions/cards" => json!({"tokenId": id}),
            "POST /v1/customers" | "POST /v1/sessions/customers" => self.person(mark),
            "PATCH /v1/customers/{id}" => json!({"phoneNumber": "2"}),
            "POST /v1/customers/{id}/cards" | "POST /v1/sessions/customers/{id}/cards" => {
                json!({"cardId": self.owns(&asked.holder, Noun::Card).await})
            }
            "POST /v1/customers/{id}/cards of a card" | "POST /v1/sessions/customers/{id}/cards of a card" => {
                json!({"cardId": id})
            }
            "POST /v1/webhooks" => {
                json!({"event": "*", "endpoint": format!("https://shop.example/{}", self.next())})
            }
            "PATCH /v1/webhooks/{id}" => json!({"status": true}),
            _ => return payment(title, &charge, id),
        })
    }
}

/// The payment by the source that the row names.
fn payment(title: &str, charge: &Value, id: &str) -> Option<Value> {
    let pix = pix_charge("")["paymentMethod"].clone();
    let credit = charge["paymentMethod"].clone();
    let (method, source) = match title.split_once(" with ").or_else(|| title.split_once(" by "))?.1 {
        "a card" => (credit, json!({"sourceType": "card", "cardId": id, "cardCvv": "320"})),
        "the card of a customer" => (credit, json!({"sourceType": "customer", "customerId": id, "cardCvv": "320"})),
        "a customer" => (pix, json!({"sourceType": "customer", "customerId": id})),
        "a token" => (credit, json!({"sourceType": "token", "tokenId": id})),
        _ => return None,
    };
    if title.starts_with("POST /v1/charges ") {
        return Some(with(with(charge.clone(), "/paymentMethod", method), "/paymentSource", source));
    }
    Some(json!({"paymentMethod": method, "paymentSource": source}))
}
