//! The secrets of the hub: one makes ids, one makes fingerprints of bodies and cards, one signs addresses of images.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::ids::{ChargeId, ClientId};
use ring::hmac::{self, HMAC_SHA256};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use uuid::{Builder, Uuid};

use crate::DataKey;

/// The length of the proof in a provider's notification address.
pub const PROOF_BYTES: usize = 16;

/// All are derived from the hub's data key by HKDF-SHA-256 and stay the same for as long as that key does. With
/// another derivation or framing, no idempotent replay of a stored request would be recognised.
pub struct HubSecrets {
    ids: hmac::Key,
    bodies: hmac::Key,
    images: hmac::Key,
}

impl From<&DataKey> for HubSecrets {
    fn from(key: &DataKey) -> Self {
        Self { ids: derive(key, b"ids"), bodies: derive(key, b"bodies"), images: derive(key, b"images") }
    }
}

#[expect(clippy::expect_used, reason = "HKDF fails only beyond 255 blocks, and one block is asked for")]
fn derive(key: &DataKey, purpose: &[u8]) -> hmac::Key {
    key.derivation().expand(&[purpose], HMAC_SHA256).expect("one block of HKDF output").into()
}

impl HubSecrets {
    /// The id of what `client` creates by a POST to `path` (concrete, ids filled in; before it the space of a browser's
    /// keys) under the idempotency key `key`: the same for every idempotent replay, and unguessable. It is set as a v4
    /// UUID.
    #[must_use]
    pub fn identity(&self, client: ClientId, path: &str, key: &str) -> Uuid {
        uuid(authenticate(&self.ids, &[b"identity", client.uuid().as_bytes(), path.as_bytes(), key.as_bytes()]))
    }

    /// The id of what is created together with `parent`, such as the inline `"card"` or `"customer"` of a charge, or
    /// one of its events. It is set as a v4 UUID.
    #[must_use]
    pub fn derived(&self, parent: Uuid, label: &str) -> Uuid {
        uuid(authenticate(&self.ids, &[b"derived", parent.as_bytes(), label.as_bytes()]))
    }

    /// What is kept of a request's body (in its normal form) to check that a replay is the same request.
    #[must_use]
    pub fn body_mac(&self, client: ClientId, body: &[u8]) -> Mac {
        Mac(authenticate(&self.bodies, &[b"body", client.uuid().as_bytes(), body]))
    }

    /// What proves that the hub itself made the notification address of `account`: the first half of an HMAC-SHA-256.
    #[must_use]
    pub fn notification_proof(&self, account: &[u8]) -> [u8; PROOF_BYTES] {
        let mut proof = [0; PROOF_BYTES];
        proof.copy_from_slice(&authenticate(&self.ids, &[b"callback", account])[..PROOF_BYTES]);
        proof
    }

    /// Whether `proof` is the [`Self::notification_proof`] of `account`. The comparison takes the same time wherever
    /// the two differ.
    #[must_use]
    pub fn is_notification_proof(&self, account: &[u8], proof: &[u8]) -> bool {
        self.notification_proof(account).as_slice().ct_eq(proof).into()
    }

    /// The key that authenticates the notifications of the provider of `account`, where the hub may choose it.
    #[must_use]
    pub fn notification_key(&self, account: &[u8]) -> Mac {
        Mac(authenticate(&self.ids, &[b"notices", account]))
    }

    /// What makes the address of the image of `charge` known to those alone who were shown it.
    #[must_use]
    pub fn image_signature(&self, charge: ChargeId) -> Mac {
        Mac(authenticate(&self.images, &[b"image", charge.uuid().as_bytes()]))
    }

    /// The fingerprint of a card number, by which two cards are compared. It says nothing without the secret, and
    /// nothing across clients.
    #[must_use]
    pub fn fingerprint(&self, client: ClientId, pan_digits: &str) -> Mac {
        Mac(authenticate(&self.bodies, &[b"card", client.uuid().as_bytes(), pan_digits.as_bytes()]))
    }
}

impl fmt::Debug for HubSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HubSecrets(..)")
    }
}

/// Every field is preceded by its length, so that no two lists of fields give the same bytes.
fn authenticate(key: &hmac::Key, fields: &[&[u8]]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(key);
    for field in fields {
        context.update(&(field.len() as u64).to_be_bytes());
        context.update(field);
    }
    let mut mac = [0; 32];
    mac.copy_from_slice(context.sign().as_ref());
    mac
}

fn uuid(mac: [u8; 32]) -> Uuid {
    let mut id = [0; 16];
    id.copy_from_slice(&mac[..16]);
    Builder::from_random_bytes(id).into_uuid()
}

/// An HMAC-SHA-256, in JSON as base64url without padding (43 characters). Comparing two takes the same time wherever
/// they differ.
#[derive(Clone, Copy, Debug, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Mac([u8; 32]);

impl PartialEq for Mac {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

/// The text is not 32 bytes in base64url.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 32 bytes in base64url without padding")]
pub struct NotAMac;

impl TryFrom<String> for Mac {
    type Error = NotAMac;

    fn try_from(text: String) -> Result<Self, NotAMac> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NotAMac)?;
        bytes.try_into().map(Self).map_err(|_| NotAMac)
    }
}

impl From<Mac> for String {
    fn from(mac: Mac) -> Self {
        URL_SAFE_NO_PAD.encode(mac.0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const CLIENT: ClientId = ClientId::new(Uuid::from_u128(0xc1db_83fa_723c_4e1f_9722_bc19_d1be_6791));

    fn secrets() -> HubSecrets {
        let key: Vec<u8> = (0..32).collect();
        HubSecrets::from(&DataKey::new(&key).unwrap())
    }

    fn text(mac: Mac) -> String {
        mac.into()
    }

    /// The expected values were computed apart from this code, from RFC 5869 and RFC 2104 and the framing described
    /// here. They must never change: stored ids and fingerprints were made this way.
    #[test]
    fn the_same_data_key_gives_the_same_ids_and_fingerprints_for_ever() {
        let secrets = secrets();
        assert_eq!(
            secrets.identity(CLIENT, "/v1/charges", "order-1").to_string(),
            "9d20357d-af48-4de3-a6eb-79481c0bdf79"
        );
        assert_eq!(secrets.derived(CLIENT.uuid(), "card").to_string(), "5bd364f9-f014-4ccc-aea3-cfa396b1edc0");
        assert_eq!(text(secrets.body_mac(CLIENT, br#"{"amount":100}"#)), "O_n6e7Nfmrb8snMxpkAAwxlffaCdy4HvUplnQvSrbu8");
        assert_eq!(
            text(secrets.fingerprint(CLIENT, "4111111111111111")),
            "7r0C_VkHedVZ3ruPqY8rRwScsjkulfU_EIpE-eFfR-Q"
        );
    }

    #[test]
    fn another_data_key_gives_other_ids_and_fingerprints() {
        let other = HubSecrets::from(&DataKey::new(&[1; 32]).unwrap());
        assert_ne!(other.identity(CLIENT, "/v1/charges", "k"), secrets().identity(CLIENT, "/v1/charges", "k"));
        assert_ne!(other.body_mac(CLIENT, b"{}"), secrets().body_mac(CLIENT, b"{}"));
    }

    #[test]
    fn ids_are_v4_uuids() {
        for id in [secrets().identity(CLIENT, "/v1/charges", "k"), secrets().derived(CLIENT.uuid(), "card")] {
            assert_eq!((id.get_version_num(), id.get_variant()), (4, uuid::Variant::RFC4122));
        }
    }

    #[test]
    fn no_two_requests_share_an_id_however_their_parts_are_joined() {
        let stranger = ClientId::new(Uuid::from_u128(1));
        let requests = [
            (CLIENT, "/v1/charges", "k"),
            (stranger, "/v1/charges", "k"),
            (CLIENT, "/v1/sessions", "k"),
            (CLIENT, "/v1/charges", "K"),
            (CLIENT, "/v1/chargesk", ""),
            (CLIENT, "", "/v1/chargesk"),
            (CLIENT, "/v1/charge", "sk"),
            (CLIENT, "/v1/charges\0", "k"),
            (CLIENT, "/v1/charges", "\0k"),
            (CLIENT, "/v1/charges\0\0\0\0\0\0\0\x01k", ""),
        ];
        let ids: HashSet<_> = requests.map(|(client, path, key)| secrets().identity(client, path, key)).into();
        assert_eq!(ids.len(), requests.len());
    }

    #[test]
    fn what_is_made_with_a_charge_has_ids_of_its_own() {
        let secrets = secrets();
        let charge = secrets.identity(CLIENT, "/v1/charges", "k");
        let ids = HashSet::from([
            charge,
            secrets.derived(charge, "card"),
            secrets.derived(charge, "customer"),
            secrets.derived(CLIENT.uuid(), "card"),
            secrets.identity(ClientId::new(charge), "card", ""),
            secrets.identity(ClientId::new(charge), "", "card"),
        ]);
        assert_eq!(ids.len(), 6);
    }

    #[test]
    fn bodies_and_cards_are_distinguished_by_content_client_and_kind() {
        let (secrets, stranger) = (secrets(), ClientId::new(Uuid::from_u128(1)));
        let macs: HashSet<_> = [
            secrets.body_mac(CLIENT, b"4111111111111111"),
            secrets.fingerprint(CLIENT, "4111111111111111"),
            secrets.fingerprint(CLIENT, "4111111111111112"),
            secrets.fingerprint(stranger, "4111111111111111"),
            secrets.body_mac(stranger, b"4111111111111111"),
            secrets.body_mac(CLIENT, b""),
        ]
        .map(text)
        .into();
        assert_eq!(macs.len(), 6);
    }

    #[test]
    fn a_difference_in_any_bit_makes_macs_unequal() {
        let mac = secrets().body_mac(CLIENT, b"{}");
        assert_eq!(mac, secrets().body_mac(CLIENT, b"{}"));
        for bit in 0..256 {
            let mut other = mac;
            *other.0.get_mut(bit / 8).unwrap() ^= 1 << (bit % 8);
            assert_ne!(mac, other, "bit {bit}");
        }
    }

    #[test]
    fn a_notification_proof_holds_for_its_own_account_whole_and_unchanged() {
        let proof = secrets().notification_proof(b"account");
        assert!(secrets().is_notification_proof(b"account", &proof));
        assert!(!secrets().is_notification_proof(b"other", &proof));
        assert!(!secrets().is_notification_proof(b"account", &proof[..15]));
        assert!(!secrets().is_notification_proof(b"account", &[]));
        for bit in 0..128 {
            let mut other = proof;
            *other.get_mut(bit / 8).unwrap() ^= 1 << (bit % 8);
            assert!(!secrets().is_notification_proof(b"account", &other), "bit {bit}");
        }
    }

    /// The expected value was computed apart from this code, as the ids above. Addresses in e-mails hold such signatures.
    #[test]
    fn the_signature_of_an_image_is_that_of_its_charge_alone_and_for_ever() {
        let (charge, other) = (ChargeId::new(CLIENT.uuid()), ChargeId::new(Uuid::from_u128(1)));
        assert_eq!(text(secrets().image_signature(charge)), "K4Zukw-nk-_K19V8NXULNsBDt1kio38bLbtpi6NUSz8");
        assert_ne!(secrets().image_signature(charge), secrets().image_signature(other));
        let elsewhere = HubSecrets::from(&DataKey::new(&[1; 32]).unwrap());
        assert_ne!(elsewhere.image_signature(charge), secrets().image_signature(charge));
    }

    #[test]
    fn a_mac_is_43_characters_in_json_and_returns_from_them() {
        let mac = secrets().body_mac(CLIENT, b"{}");
        let json = serde_json::to_string(&mac).unwrap();
        assert_eq!(json.len(), 43 + 2);
        assert_eq!(serde_json::from_str::<Mac>(&json).unwrap(), mac);
        for other in [r#""""#, r#""AAAA""#, r#""O_n6e7Nfmrb8snMxpkAAwxlffaCdy4HvUplnQvSrbu8=""#, "7"] {
            assert!(serde_json::from_str::<Mac>(other).is_err(), "{other}");
        }
    }

    #[test]
    fn the_hub_secrets_print_nothing_of_themselves() {
        assert_eq!(format!("{:?}", secrets()), "HubSecrets(..)");
    }
}
