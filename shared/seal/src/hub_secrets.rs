//! The secrets of the hub: one makes ids, one makes hashes of bodies, one signs addresses of images.

use std::fmt;

use domain::ids::{ChargeId, ClientId};
use ring::hmac;
use uuid::{Builder, Uuid};

use crate::{
    DataKey,
    mac::{Mac, authenticate},
};

/// All are derived from the hub's data key by HKDF-SHA-256 and stay the same for as long as that key does. With
/// another derivation or framing, no idempotent replay of a stored request would be recognised.
pub struct HubSecrets {
    ids: hmac::Key,
    bodies: hmac::Key,
    images: hmac::Key,
}

impl From<&DataKey> for HubSecrets {
    fn from(key: &DataKey) -> Self {
        Self { ids: key.subkey(b"ids"), bodies: key.subkey(b"bodies"), images: key.subkey(b"images") }
    }
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
    pub fn keyed_hash(&self, client: ClientId, body: &[u8]) -> Mac {
        Mac(authenticate(&self.bodies, &[b"body", client.uuid().as_bytes(), body]))
    }

    /// What makes the address of the image of `charge` known to those alone who were shown it.
    #[must_use]
    pub fn image_signature(&self, charge: ChargeId) -> Mac {
        Mac(authenticate(&self.images, &[b"image", charge.uuid().as_bytes()]))
    }
}

impl fmt::Debug for HubSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HubSecrets(..)")
    }
}

fn uuid(mac: [u8; 32]) -> Uuid {
    let mut id = [0; 16];
    id.copy_from_slice(&mac[..16]);
    Builder::from_random_bytes(id).into_uuid()
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
    /// here. They must never change: stored ids and hashes were made this way.
    #[test]
    fn the_same_data_key_gives_the_same_ids_and_hashes_for_ever() {
        let secrets = secrets();
        assert_eq!(
            secrets.identity(CLIENT, "/v1/charges", "order-1").to_string(),
            "9d20357d-af48-4de3-a6eb-79481c0bdf79"
        );
        assert_eq!(secrets.derived(CLIENT.uuid(), "card").to_string(), "5bd364f9-f014-4ccc-aea3-cfa396b1edc0");
        assert_eq!(
            text(secrets.keyed_hash(CLIENT, br#"{"amount":100}"#)),
            "O_n6e7Nfmrb8snMxpkAAwxlffaCdy4HvUplnQvSrbu8"
        );
    }

    #[test]
    fn another_data_key_gives_other_ids_and_hashes() {
        let other = HubSecrets::from(&DataKey::new(&[1; 32]).unwrap());
        assert_ne!(other.identity(CLIENT, "/v1/charges", "k"), secrets().identity(CLIENT, "/v1/charges", "k"));
        assert_ne!(other.keyed_hash(CLIENT, b"{}"), secrets().keyed_hash(CLIENT, b"{}"));
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
    fn bodies_are_distinguished_by_content_and_client() {
        let (secrets, stranger) = (secrets(), ClientId::new(Uuid::from_u128(1)));
        let macs: HashSet<_> = [
            secrets.keyed_hash(CLIENT, b"4111111111111111"),
            secrets.keyed_hash(stranger, b"4111111111111111"),
            secrets.keyed_hash(CLIENT, b""),
        ]
        .map(text)
        .into();
        assert_eq!(macs.len(), 3);
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
    fn the_hub_secrets_print_nothing_of_themselves() {
        assert_eq!(format!("{:?}", secrets()), "HubSecrets(..)");
    }
}
