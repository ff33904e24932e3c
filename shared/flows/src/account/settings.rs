//! How a merchant presents itself to those who pay it.

use crate::Hub;
use domain::{
    ids::{ClientId, MerchantId},
    merchant::{Merchant, Settings},
    refusal::Refusal,
};

/// How often a change of a merchant that was written meanwhile is made anew.
const TRIES: u32 = 3;

impl Hub {
    /// Changes the merchant's settings to what `change` makes of them, and its logo where one is given.
    ///
    /// # Errors
    /// What `change` refuses, [`Refusal::NoMerchant`], [`Refusal::MerchantDeleted`], or the store's refusals.
    pub async fn change_settings(
        &self,
        client: ClientId,
        id: MerchantId,
        change: impl Fn(Settings) -> Result<Settings, Refusal>,
        logo: Option<Vec<u8>>,
    ) -> Result<Merchant, Refusal> {
        for _ in 0..TRIES {
            let read = self.active_merchant(client, id).await?;
            let mut settings = change(read.settings.clone())?;
            settings.has_logo = settings.has_logo || logo.is_some();
            let next = read.with_settings(settings);
            if self.store.change_merchant(&read, &next, logo.as_deref(), self.clock.now()).await? {
                return Ok(next);
            }
        }
        Err(Refusal::Contention)
    }

    /// The merchant's settings, for those who pay it: as they were at most a minute ago.
    ///
    /// # Errors
    /// The store's refusals.
    pub async fn settings_for_buyers(&self, client: ClientId, id: MerchantId) -> Result<Settings, Refusal> {
        let merchant = self.store.merchant(client, id, self.clock.now()).await?;
        Ok(merchant.map(|merchant| merchant.settings).unwrap_or_default())
    }

    /// The merchant's logo, which is no secret.
    ///
    /// # Errors
    /// [`Refusal::NoLogo`], or the store's refusals.
    pub async fn logo(&self, id: MerchantId) -> Result<Vec<u8>, Refusal> {
        self.store.logo(id).await?.ok_or(Refusal::NoLogo)
    }
}
