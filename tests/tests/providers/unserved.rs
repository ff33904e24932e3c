//! An account at a provider that has no adapter: an earlier release had one.

use std::{collections::BTreeMap, time::Duration};

use domain::{
    ids::ProviderAccountId,
    merchant::{Credentials, Environment, MerchantChange, ProviderAccount, ProviderType},
    method::PaymentType,
};
use flows::account::provider::{Checked, check};
use tests::{
    TestHub,
    samples::{APPROVED, card_charge, pix_charge},
};

#[tokio::test(flavor = "multi_thread")]
async fn it_is_never_served_by_the_sandbox() {
    let hub = TestHub::build().await;
    let (client, merchant) = (hub.merchant.client_id.parse().unwrap(), hub.merchant.id.parse().unwrap());
    let now = hub.clock().now();
    let read = hub.store().stored_merchant(client, merchant, now).await.unwrap().unwrap();
    let id = ProviderAccountId::new("c1db83fa-723c-4e1f-9722-bc19d1be0001".parse().unwrap());
    let account = ProviderAccount {
        id,
        kind: ProviderType::Getnet,
        priority: 1,
        methods: vec![PaymentType::Credit, PaymentType::Pix],
        currencies: None,
        credentials: Credentials::Account {
            environment: Environment::Sandbox,
            fields: BTreeMap::new(),
            sealed: String::new(),
        },
    };
    let change = MerchantChange { mcc: None, providers: Some(vec![account]), retry_on_decline: None };
    assert!(hub.store().change_merchant(&read, &read.changed(change, now), None, now).await.unwrap());
    hub.pass(Duration::from_mins(2)).await;

    for body in [card_charge(&hub.merchant.id, APPROVED), pix_charge(&hub.merchant.id)] {
        let refused = hub.merchant.post("/v1/charges", &body).await.expect(400);
        let message = refused.text("/error/message");
        assert!(message.contains("no adapter for the merchant's account at GETNET; nothing was sent"), "{message}");
    }
    assert!(hub.charges().await.is_empty());
    let unproved = Checked::Unproved("this release of the hub has no adapter for accounts at the provider");
    assert_eq!(check(hub.flows(), client, id).await, Ok(unproved));
}
