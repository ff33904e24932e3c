//! Accounts at providers as an earlier release stored them, which checked less.

use std::{collections::BTreeMap, time::Duration};

use domain::{
    ids::{ClientId, ProviderAccountId},
    merchant::{Credentials, MerchantChange, ProviderAccount},
};
use flows::account::provider;
use seal::{Aad, DataKey, Sealed};
use serde_json::Value;

use crate::TestHub;

/// The entity to which the secrets of an account at a provider are bound.
const PROVIDER: &str = "provider";

impl TestHub {
    /// The data key for the client's keys at providers.
    async fn provider_key(&self, client: ClientId) -> DataKey {
        let account = self.store().account(client, self.clock().now()).await.unwrap().unwrap();
        let wrapped = serde_json::from_value(Value::String(account.provider_key)).unwrap();
        self.parts().key_service.open_key(&wrapped, &format!("providers:{client}")).await.unwrap()
    }

    /// The stored secrets of this account at a provider, as `client` reads them; none where its key does not open them.
    pub async fn provider_secrets(&self, client: ClientId, account: &ProviderAccount) -> Option<String> {
        let sealed = match &account.credentials {
            Credentials::Sandbox { api_key } => api_key.clone()?,
            Credentials::Account { sealed, .. } => sealed.clone(),
        };
        let sealed: Sealed = serde_json::from_value(Value::String(sealed)).unwrap();
        let plain =
            self.provider_key(client).await.open(&Aad::new(client, PROVIDER, account.id.uuid()), &sealed).ok()?;
        Some(String::from_utf8(plain.reveal().clone()).unwrap())
    }

    /// The merchant's account of this id gets these fields, whatever they are. The hub knows them two minutes later.
    pub async fn stores_unchecked(&self, account: &str, fields: &Value) {
        let (client, merchant) = (self.merchant.client_id.parse().unwrap(), self.merchant.id.parse().unwrap());
        let (id, now): (ProviderAccountId, _) = (account.parse().unwrap(), self.clock().now());
        let read = self.store().stored_merchant(client, merchant, now).await.unwrap().unwrap();
        let mut providers = read.providers.clone();
        let account = providers.iter_mut().find(|account| account.id == id).unwrap();
        let known = provider::fields(account.kind).unwrap();
        let is_secret = |name: &str| known.iter().any(|field| field.name == name && field.is_secret);
        let given: BTreeMap<&str, &str> =
            fields.as_object().unwrap().iter().map(|(name, text)| (name.as_str(), text.as_str().unwrap())).collect();
        let (secrets, public): (BTreeMap<_, _>, BTreeMap<_, _>) =
            given.into_iter().partition(|(name, _)| is_secret(name));
        let plain = serde_json::to_vec(&secrets).unwrap();
        let sealed = self.provider_key(client).await.seal(&Aad::new(client, PROVIDER, id.uuid()), &plain).unwrap();
        let sealed = serde_json::to_value(&sealed).unwrap().as_str().unwrap().to_owned();
        if let Credentials::Account { fields, sealed: kept, .. } = &mut account.credentials {
            *fields = public.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
            *kept = sealed;
        }
        let change = MerchantChange { mcc: None, providers: Some(providers), retry_on_decline: None };
        assert!(self.store().change_merchant(&read, &read.changed(change, now), None, now).await.unwrap());
        // Functions remember a merchant for a minute.
        self.clock().advance(Duration::from_mins(2));
    }
}
