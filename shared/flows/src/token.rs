//! Card tokens: a card number that waits to be used once.

use domain::{
    card::CardData,
    ids::{ClientId, TokenId},
    limits::TOKEN_LIFE,
    refusal::Refusal,
};
use store::tokens::TokenRecord;

use crate::{Hub, vault::random_id};

impl Hub {
    /// Keeps `card` under a new token that lives two hours and pays once.
    ///
    /// # Errors
    /// Where it cannot be encrypted or stored.
    pub async fn tokenize(&self, client: ClientId, card: &CardData) -> Result<TokenId, Refusal> {
        let id = TokenId::new(random_id()?);
        let record = TokenRecord {
            client,
            snapshot: Some(card.snapshot()),
            fingerprint: Some(self.fingerprint(client, card.pan.reveal())),
            card: Some(self.seal_token(client, id.uuid(), card).await?),
            used_by: None,
            expires_at: self.clock.now().plus(TOKEN_LIFE).as_seconds(),
        };
        self.store.create_token(id, &record).await?;
        Ok(id)
    }
}
