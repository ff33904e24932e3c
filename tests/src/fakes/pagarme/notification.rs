//! The notifications, signed or not.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::{
    rand::SystemRandom,
    rsa::PublicKeyComponents,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use serde_json::{Value, json};

/// The header of the signature, in lower case.
pub const SIGNATURE: &str = "x-webhook-asymmetric-signature";

/// The id of the key that signs.
pub const KEY_ID: &str = "catraca-fake-1";

/// One notification that is not sent. A test may send it twice, late, after others, or altered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Its headers; without a signature, the content type alone.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Notification {
    pub(super) fn new(body: &Value) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Self { headers, body: body.to_string() }
    }

    /// The same notification with the signature of its body as it is now.
    #[must_use]
    pub fn signed(mut self) -> Self {
        let key = key();
        let mut signature = vec![0; key.public().modulus_len()];
        key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), self.body.as_bytes(), &mut signature).unwrap();
        let signature = BASE64_URL_SAFE_NO_PAD.encode(signature);
        self.headers.retain(|(name, _)| name != SIGNATURE);
        self.headers.push((SIGNATURE.to_owned(), format!("alg=RS256; kid={KEY_ID}; signature={signature}")));
        self
    }

    /// The id by which its receiver knows a repetition.
    #[must_use]
    pub fn id(&self) -> String {
        let body: Value = serde_json::from_str(&self.body).unwrap();
        body["id"].as_str().unwrap().to_owned()
    }
}

/// The published set of keys.
pub(super) fn key_set() -> Value {
    let public = PublicKeyComponents::<Vec<u8>>::from(key().public());
    let [modulus, exponent] = [public.n, public.e].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part));
    json!({"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": KEY_ID, "n": modulus, "e": exponent}]})
}

/// A key that was made for the tests and signs nothing else.
fn key() -> RsaKeyPair {
    RsaKeyPair::from_pkcs8(include_bytes!("webhook-key.der")).unwrap()
}
