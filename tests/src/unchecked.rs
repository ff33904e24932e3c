//! Accounts at providers as an earlier release stored them, which checked less.

use std::{collections::BTreeMap, time::Duration};

use domain::{
    ids::ProviderAccountId,
    merchant::{Credentials, MerchantChange},
};
use flows::{account::provider, vault};
use serde_json::Value;

use crate::TestHub;

impl TestHub {
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
        let sealed = vault::seal_provider_fields(self.flows(), client, id, &secrets).await.unwrap();
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
