//! A merchant's shop that pays by Worldline's API: its server signs requests, and its shoppers' pages encrypt cards.

use aws_lc_rs::{
    cipher::{AES_256, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey},
    hmac,
    iv::FixedLength,
    rsa::{OAEP_SHA1_MGF1SHA1, OaepPublicEncryptingKey, PublicEncryptingKey},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{Answer, Merchant, TestHub, worldline::Server};

/// A merchant's shop.
#[derive(Clone, Debug)]
pub struct Shop {
    server: Server,
}

impl Shop {
    /// The shop of `merchant`.
    #[must_use]
    pub fn of(merchant: &Merchant) -> Self {
        Self { server: Server::of(merchant) }
    }

    /// The same shop at a hub that was started again.
    #[must_use]
    pub fn at(&self, hub: &TestHub) -> Self {
        Self { server: Server { merchant: hub.merchant.clone(), ..self.server.clone() } }
    }

    /// The same shop, calling for another merchant of its account.
    #[must_use]
    pub fn paying(&self, merchant: &str) -> Self {
        let mut shop = self.clone();
        merchant.clone_into(&mut shop.server.merchant.id);
        shop
    }

    /// The merchant that it pays.
    #[must_use]
    pub fn merchant(&self) -> &str {
        &self.server.merchant.id
    }

    /// Sends a signed request to a path under the merchant's own; an error where the connection ends without an answer.
    ///
    /// # Errors
    /// Where the hub dies.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        key: Option<&str>,
    ) -> Result<Answer, reqwest::Error> {
        let path = self.server.path(path);
        let key: Vec<(&str, &str)> = key.map(|key| ("X-GCS-Idempotence-Key", key)).into_iter().collect();
        let signed = self.server.signed(method.as_str(), &path, &key);
        let headers: Vec<(&str, &str)> = signed.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let body = body.map(|body| body.to_string().into_bytes());
        Ok(self.server.merchant.file(method, &path, &headers, body).await?.0)
    }

    /// `POST`, without an idempotency key.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, Some(body), None).await.unwrap()
    }

    /// `POST` with an idempotency key.
    pub async fn post_with_key(&self, path: &str, body: &Value, key: &str) -> Answer {
        self.send(Method::POST, path, Some(body), Some(key)).await.unwrap()
    }

    /// `POST` without a body.
    pub async fn post_nothing(&self, path: &str) -> Answer {
        self.send(Method::POST, path, None, None).await.unwrap()
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, None).await.unwrap()
    }

    /// Makes a payment of this body: its id.
    pub async fn pays(&self, body: &Value) -> String {
        self.post("/payments", body).await.expect(201).text("/payment/id").to_owned()
    }

    /// A client session of this body: the page that has it, and the key that it encrypts with.
    pub async fn opens(&self, body: &Value) -> Page {
        self.page(&self.post("/sessions", body).await.expect(200)).await
    }

    /// A client session under this idempotency key: its page, and whether the key had made it before.
    pub async fn opens_with_key(&self, key: &str) -> (Page, bool) {
        let made = self.post_with_key("/sessions", &json!({}), key).await.expect(200);
        (self.page(&made).await, made.headers.contains_key("x-gcs-idempotence-request-timestamp"))
    }

    /// The page that has the client session of this answer.
    async fn page(&self, made: &Answer) -> Page {
        let session = made.text("/clientSessionId").to_owned();
        let path = format!("/client/v1/{}/crypto/publickey", made.text("/customerId"));
        let proof = format!("GCS v1Client:{session}");
        let answer = self.server.merchant.file(Method::GET, &path, &[("Authorization", &proof)], None).await;
        let key = answer.unwrap().0.expect(200).body;
        let text = |name: &str| key[name].as_str().unwrap().to_owned();
        Page { key: text("keyId"), public: text("publicKey"), session }
    }
}

/// A shopper's page with a client session.
#[derive(Clone, Debug)]
pub struct Page {
    /// The session.
    pub session: String,
    key: String,
    public: String,
}

impl Page {
    /// What the page encrypts for the card of this number.
    #[must_use]
    pub fn encrypts(&self, number: &str) -> String {
        self.encrypts_input(&self.input(number))
    }

    /// What the page would encrypt for the card of this number.
    #[must_use]
    pub fn input(&self, number: &str) -> Value {
        let value = |key: &str, value: &str| json!({"key": key, "value": value});
        json!({
            "clientSessionId": self.session,
            "nonce": seal::random_uuid().unwrap().simple().to_string(),
            "tokenize": false,
            "collectedDeviceInformation": {"locale": "pt-BR"},
            "paymentValues": [
                value("cardNumber", number),
                value("expiryDate", "1230"),
                value("cvv", "123"),
                value("cardholderName", "JOAO DA SILVA"),
            ],
        })
    }

    /// A JWE of this input.
    #[must_use]
    pub fn encrypts_input(&self, input: &Value) -> String {
        self.encrypts_bytes(input.to_string().as_bytes())
    }

    /// A JWE of these bytes.
    #[must_use]
    pub fn encrypts_bytes(&self, plain: &[u8]) -> String {
        let header = json!({"alg": "RSA-OAEP", "enc": "A256CBC-HS512", "kid": self.key}).to_string();
        let header = URL_SAFE_NO_PAD.encode(header);
        let random = || *seal::random_uuid().unwrap().as_bytes();
        let content_key = [random(), random(), random(), random()].concat();
        let key = OaepPublicEncryptingKey::new(
            PublicEncryptingKey::from_der(&STANDARD.decode(&self.public).unwrap()).unwrap(),
        )
        .unwrap();
        let mut room = vec![0; key.ciphertext_size()];
        let encrypted_key = key.encrypt(&OAEP_SHA1_MGF1SHA1, &content_key, &mut room, None).unwrap();
        let iv = random();
        let cipher =
            PaddedBlockEncryptingKey::cbc_pkcs7(UnboundCipherKey::new(&AES_256, &content_key[32..]).unwrap()).unwrap();
        let mut ciphertext = plain.to_vec();
        cipher.less_safe_encrypt(&mut ciphertext, EncryptionContext::Iv128(FixedLength::from(&iv))).unwrap();
        let bits = u64::try_from(header.len() * 8).unwrap().to_be_bytes();
        let mut mac = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA512, &content_key[..32]));
        for part in [header.as_bytes(), &iv, &ciphertext, &bits] {
            mac.update(part);
        }
        let tag = mac.sign();
        let parts: [&[u8]; 4] = [encrypted_key, &iv, &ciphertext, &tag.as_ref()[..32]];
        format!("{header}.{}", parts.map(|part| URL_SAFE_NO_PAD.encode(part)).join("."))
    }
}

/// A payment of so much of this currency, in hundredths.
#[must_use]
pub fn order(amount: u64, currency: &str) -> Value {
    json!({
        "amountOfMoney": {"amount": amount, "currencyCode": currency},
        "customer": {"personalInformation": {"name": {"firstName": "João", "surname": "da Silva"}}},
        "references": {"merchantReference": "AcmeOrder0001"},
    })
}

/// A payment of 100 hundredths of BRL by what a page encrypted.
#[must_use]
pub fn encrypted(jwe: &str) -> Value {
    json!({"encryptedCustomerInput": jwe, "order": order(100, "BRL")})
}

/// The same by a card in the clear.
#[must_use]
pub fn plain(number: &str) -> Value {
    let card = json!({"cardNumber": number, "expiryDate": "1230", "cvv": "123", "cardholderName": "JOAO DA SILVA"});
    json!({"cardPaymentMethodSpecificInput": {"card": card}, "order": order(100, "BRL")})
}
