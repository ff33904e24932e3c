//! What is not known is asked.

use domain::{
    charge::{Charge, request::Standing},
    merchant::{Credentials, ProviderAccount},
    refusal::Refusal,
};

use crate::Hub;

impl Hub {
    /// Asks the provider about the charge's open request, if its call must be over by now, and settles what it says.
    ///
    /// # Errors
    /// The store's refusals.
    pub async fn reconcile(&self, charge: Charge) -> Result<Charge, Refusal> {
        let now = self.clock.now();
        let Some((number, request)) = charge.unsettled() else { return Ok(charge) };
        if matches!(request.standing, Standing::Running) && now <= request.call_before {
            return Ok(charge);
        }
        let merchant = self.store.merchant(charge.client, charge.merchant, now).await?;
        let account = merchant.as_ref().and_then(|merchant| merchant.account(request.via.id));
        let Some(account) = account.filter(|account| can_be_asked(account)) else {
            tracing::error!(alarm = "unsettled", charge = %charge.id, "no provider can be asked about this charge");
            return Ok(charge);
        };
        let outcome = self.ask(&charge, number, account).await;
        Ok(self.settle(charge, number, outcome, None).await)
    }
}

/// Whether the account's provider can be asked by our reference. The sandbox can, under whatever name it answers.
const fn can_be_asked(account: &ProviderAccount) -> bool {
    match account.credentials {
        Credentials::Sandbox { .. } => true,
    }
}
