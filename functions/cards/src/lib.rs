//! Card data: `POST /v1/tokens`.

use domain::refusal::Refusal;
use edge::{Reply, Request, caller};
use flows::Hub;
use wire::malga::{requests::CreateToken, responses::TokenBody};

/// The routes of this function, as the template writes them.
pub const ROUTES: &[&str] = &["POST /v1/tokens"];

/// Keeps a card's number under a token that pays once.
///
/// # Errors
/// What refuses it.
pub async fn handle(hub: &Hub, request: Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, &request).await?;
    let card = CreateToken::read(&request.json()?, hub.clock.now())?;
    let token = hub.tokenize(caller.client, &card).await?;
    Ok(Reply::created(&TokenBody::from(token)))
}
