//! The same request again gets the same answer.

use domain::{
    charge::{Charge, Source},
    limits::STALE_INTENT,
    refusal::Refusal,
};

use crate::{Hub, attempt::Attempt};

impl Hub {
    /// The charge that `attempt` made before, to be told as its first request was answered; an intent that is older
    /// than [`STALE_INTENT`] is asked about first.
    ///
    /// # Errors
    /// [`Refusal::KeyReused`] where this body is not the one that made it, [`Refusal::Processing`] before there is an
    /// answer.
    pub async fn repeat(&self, attempt: &Attempt, made: Charge) -> Result<Charge, Refusal> {
        if !self.is_same_body(attempt, &made).await? {
            return Err(Refusal::KeyReused);
        }
        let is_answered =
            |charge: &Charge| charge.request(charge.creation()).is_some_and(|request| request.answered().is_some());
        if is_answered(&made) {
            return Ok(made);
        }
        if self.clock.now().since(made.created_at) <= STALE_INTENT {
            return Err(Refusal::Processing);
        }
        let creation = made.creation();
        let asked = self.reconcile(made, creation).await?;
        if is_answered(&asked) { Ok(asked) } else { Err(Refusal::Processing) }
    }

    /// Whether the attempt says what made the charge. A token is looked up only where the words differ: a client
    /// library tokenizes the same card anew at every try.
    async fn is_same_body(&self, attempt: &Attempt, made: &Charge) -> Result<bool, Refusal> {
        if made.body.is_same(&self.body(attempt, None)) {
            return Ok(true);
        }
        let (Source::Token { .. } | Source::Card { .. }, Some(token)) = (&made.source, attempt.token()) else {
            return Ok(false);
        };
        let token = self.store.token(attempt.client, token, self.clock.now()).await?;
        Ok(token.is_some_and(|token| made.body.is_same(&self.body(attempt, token.fingerprint.as_deref()))))
    }
}
