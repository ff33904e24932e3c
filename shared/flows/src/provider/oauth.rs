//! `OAuth2` client credentials (RFC 6749, section 4.4): a token is fetched, used until shortly before its end, and renewed
//! where the provider refuses it.
//!
//! Most tokens live in the memory of a process. A provider that ends a token when it gives the next one allows no such
//! thing: there one token is in the table, encrypted, and one function at a time fetches the next, under a lease.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{ids::ClientId, time::Timestamp};
use providers::{ClientCertificate, ClientCredentials, HttpAnswer, HttpRequest, Verb};
use serde::Deserialize;
use serde_json::Value;
use store::provider_tokens::{Calls, Failure, SealedToken, SharedToken, TokenKey};
use url::form_urlencoded::Serializer;
use zeroize::Zeroizing;

use crate::{
    hub::Hub,
    provider::{
        cause::Cause,
        connection::Sent,
        executor::Outgoing,
        line::{CallEnd, Line},
        token::{CALL_LIMIT, Token, is_own},
    },
    vault,
};

/// With less time than this no shared token is asked for: a call that is not waited for may have ended the token before it.
/// A query has little more.
const LEAST_TIME: Duration = Duration::from_secs(4);
/// How long the others wait for the function that fetches the shared token: longer than its call.
const LEASE: Duration = Duration::from_secs(10);
/// How long they wait between two looks.
const LOOK: Duration = Duration::from_millis(150);
/// How long a failure to fetch the shared token counts for all.
const FAILURE: Duration = Duration::from_secs(6);
/// Calls for a shared token in a minute. The strictest provider allows ten in any sixty seconds, which may be the end of
/// one of our minutes and the beginning of the next.
const MOST_CALLS: u32 = 5;
const MINUTE: Duration = Duration::from_mins(1);
/// How long before its end a token is not used any more.
const MARGIN: Duration = Duration::from_secs(30);
/// The life of a token whose answer does not say it.
const UNSAID_LIFE: Duration = Duration::from_mins(5);
/// How long the table keeps a shared token that no function uses.
const KEPT: Duration = Duration::from_hours(24);

/// Who asks for a token, and with what.
pub(crate) struct Grant<'a> {
    /// The account of the hub.
    pub(crate) client: ClientId,
    /// What the call is about that needs the token.
    pub(crate) line: Line<'a>,
    /// What the token is asked for with.
    pub(crate) credentials: &'a ClientCredentials,
    /// The certificate of the connection.
    pub(crate) certificate: Option<&'a ClientCertificate>,
}

/// What the provider answers.
#[derive(Deserialize)]
struct Granted {
    access_token: String,
    /// Seconds, as a number or as a text.
    #[serde(default)]
    expires_in: Value,
    scope: Option<String>,
}

/// A token that is not the one that was `refused`, by `until`.
///
/// # Errors
/// Why there is none. Then nothing was asked of the provider but the token.
pub(crate) async fn token(
    hub: &Hub,
    grant: &Grant<'_>,
    refused: Option<&Token>,
    until: Timestamp,
) -> Result<Token, Cause> {
    let key = grant.key(hub);
    // On the heap: these futures are large, and seldom needed.
    let fetch = async {
        if grant.credentials.is_single {
            Box::pin(shared(hub, grant, &key, refused, until)).await
        } else {
            Box::pin(fetch(hub, grant, until)).await
        }
    };
    hub.executor.tokens().get(&key, refused, &hub.clock, until, fetch).await
}

/// The token in the table; the next one, fetched under a lease, where that one is over or was `refused`.
async fn shared(
    hub: &Hub,
    grant: &Grant<'_>,
    key: &TokenKey,
    refused: Option<&Token>,
    until: Timestamp,
) -> Result<Token, Cause> {
    let mut stored = hub.store.shared_token(key).await.map_err(|error| unshared(&error))?;
    loop {
        let now = hub.now();
        if now >= until {
            return Err(Cause::Timeout);
        }
        let before = stored.take().unwrap_or_default();
        if let Some(token) = opened(hub, grant, &before, now).await?.filter(|token| Some(token) != refused) {
            return Ok(token);
        }
        if is_within(before.leased_until.map(|end| end.minus(LEASE)), LEASE, now) {
            tokio::time::sleep(LOOK).await;
            stored = hub.store.shared_token(key).await.map_err(|error| unshared(&error))?;
            continue;
        }
        if let Some(failure) = before.failure.as_ref().filter(|failure| is_within(Some(failure.at), FAILURE, now)) {
            return Err(failure.cause.parse().unwrap_or(Cause::NoToken));
        }
        if until.since(now) < LEAST_TIME {
            return Err(Cause::Timeout);
        }
        let leased = leased(&before, now).ok_or(Cause::Throttled)?;
        match hub.store.share_token(key, leased).await.map_err(|error| unshared(&error))? {
            Ok(leased) => match renew(hub, grant, key, leased, until).await? {
                Ok(token) => return Ok(token),
                Err(other) => stored = other,
            },
            Err(other) => stored = other,
        }
    }
}

/// Fetches the next shared token under the lease that `leased` is, and stores it; what is stored instead, where the lease
/// was over before.
async fn renew(
    hub: &Hub,
    grant: &Grant<'_>,
    key: &TokenKey,
    leased: SharedToken,
    until: Timestamp,
) -> Result<Result<Token, Option<SharedToken>>, Cause> {
    let time = until.since(hub.now());
    let fetched = fetch(hub, grant, until).await;
    let now = hub.now();
    let (token, failure) = match &fetched {
        Ok(token) => {
            let sealed = vault::seal_provider_token(hub, grant.client, &token.value).await;
            let sealed = sealed.map_err(|_| Cause::TokenNotShared)?;
            (Some(SealedToken { sealed, usable_until: token.usable_until }), None)
        }
        Err(cause) => (None, failure_of_all(*cause, time, now)),
    };
    let next = SharedToken { token, failure, leased_until: None, ..leased };
    match hub.store.share_token(key, next).await {
        Ok(Err(other)) => Ok(Err(other)),
        // The provider knows the token, whatever became of its copy: the lease ends by itself.
        Ok(Ok(_)) | Err(_) => fetched.map(Ok),
    }
}

/// The shared token in the clear, where it is used at `now`.
async fn opened(hub: &Hub, grant: &Grant<'_>, stored: &SharedToken, now: Timestamp) -> Result<Option<Token>, Cause> {
    let Some(SealedToken { sealed, usable_until }) = stored.token.as_ref().filter(|token| token.usable_until > now)
    else {
        return Ok(None);
    };
    let value = vault::open_provider_token(hub, grant.client, sealed).await;
    let value = value.map_err(|_| Cause::TokenNotShared)?;
    Ok(Some(Token { value, usable_until: *usable_until }))
}

/// The same with a lease from `now` on; none where the provider was asked too often.
fn leased(before: &SharedToken, now: Timestamp) -> Option<SharedToken> {
    let calls = before.calls.filter(|calls| is_within(Some(calls.since), MINUTE, now));
    let calls = calls.unwrap_or(Calls { since: now, count: 0 });
    let count = calls.count.saturating_add(1);
    (count <= MOST_CALLS).then(|| SharedToken {
        leased_until: Some(now.plus(LEASE)),
        failure: None,
        calls: Some(Calls { count, ..calls }),
        expires_at: now.plus(KEPT).as_seconds(),
        ..before.clone()
    })
}

/// What a failure at an instant of a call that had so much `time` says to all functions.
fn failure_of_all(cause: Cause, time: Duration, at: Timestamp) -> Option<Failure> {
    (!is_own(cause, time)).then(|| Failure { cause: cause.name().to_owned(), at })
}

/// Whether `now` is within `span` of an instant. What was written before a clock was set back is of another time.
fn is_within(since: Option<Timestamp>, span: Duration, now: Timestamp) -> bool {
    since.is_some_and(|since| now >= since && now.since(since) < span)
}

fn unshared(error: &store::Error) -> Cause {
    tracing::error!(%error, "a provider's token cannot be read or stored");
    Cause::TokenNotShared
}

/// Asks the provider for a token.
async fn fetch(hub: &Hub, grant: &Grant<'_>, until: Timestamp) -> Result<Token, Cause> {
    let started = hub.now();
    let limit = until.since(started).min(CALL_LIMIT);
    let basic = grant.basic();
    let request = grant.request();
    let outgoing = Outgoing {
        client: grant.client,
        account: grant.line.account,
        request: &request,
        authorization: Some(("authorization", &basic)),
        certificate: grant.certificate,
    };
    let sent = hub.executor.send(&outgoing, limit, started).await;
    let granted = match &sent {
        Sent::Answered(answer) => granted(answer),
        Sent::Lost(cause) | Sent::Never(cause) => Err(*cause),
    };
    let end = match &granted {
        Ok(_) => CallEnd::done("goes_on", None),
        // The call that needs the token fails with this cause, and is counted.
        Err(cause) => CallEnd::done("not_sent", Some(cause.name())),
    };
    Line { operation: "token", started, ..grant.line }.write(&sent, end, hub.now());
    let granted = granted?;
    grant.compare(&granted);
    let life = seconds(&granted.expires_in).unwrap_or(UNSAID_LIFE);
    // A life that is hardly longer than the margin is used to its half.
    let usable = life.saturating_sub(MARGIN).max(life / 2);
    Ok(Token { value: Zeroizing::new(granted.access_token), usable_until: started.plus(usable) })
}

/// What an answer grants.
fn granted(answer: &HttpAnswer) -> Result<Granted, Cause> {
    match answer.status {
        200..=299 => answer.read::<Granted>().filter(|granted| !granted.access_token.is_empty()).ok_or(Cause::NoToken),
        // RFC 6749, section 5.2: whatever is wrong with the client or what it asks for.
        400..=403 => Err(Cause::KeyRefused),
        status => Err(Cause::of_status(status).unwrap_or(Cause::NoToken)),
    }
}

/// What of `asked` was not granted; an answer that names no scope grants all (RFC 6749, section 5.1).
fn missing<'a>(asked: &'a str, granted: Option<&str>) -> Vec<&'a str> {
    let Some(granted) = granted else { return Vec::new() };
    let lacks = |word: &&str| !granted.split_whitespace().any(|one| one == *word);
    asked.split_whitespace().filter(lacks).collect()
}

fn seconds(life: &Value) -> Option<Duration> {
    let seconds = life.as_u64().or_else(|| life.as_str()?.trim().parse().ok())?;
    Some(Duration::from_secs(seconds))
}

impl Grant<'_> {
    /// Where each token ends the one before, all accounts that are one client at the provider have one, whatever their
    /// scopes. Other secrets have another token: wrong ones find none that the right ones were given.
    pub(super) fn key(&self, hub: &Hub) -> TokenKey {
        let ClientCredentials { base, path, id, secret, scope, is_single, .. } = self.credentials;
        let account = self.line.account.id.to_string();
        let (account, scope) = if *is_single { ("", "") } else { (account.as_str(), scope.as_str()) };
        let parts = ["oauth", base.as_str(), path.as_str(), id.as_str(), secret.as_str(), account, scope];
        let identity = Zeroizing::new(parts.join("\n"));
        TokenKey { client: self.client, hash: hub.secrets.keyed_hash(self.client, identity.as_bytes()).into() }
    }

    /// The client's id and secret, as they are: providers give words that need no escape, and few would undo one.
    fn basic(&self) -> Zeroizing<String> {
        let ClientCredentials { id, secret, .. } = self.credentials;
        let pair = Zeroizing::new(format!("{}:{}", id.as_str(), secret.as_str()));
        Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())))
    }

    fn request(&self) -> HttpRequest {
        let ClientCredentials { base, path, scope, user_agent, .. } = self.credentials;
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials");
        if !scope.is_empty() {
            form.append_pair("scope", scope);
        }
        let request = HttpRequest::bare(Verb::Post, base, path.clone());
        let request = HttpRequest { body: Zeroizing::new(form.finish().into_bytes()), ..request }
            .with_header("content-type", "application/x-www-form-urlencoded")
            .with_header("accept", "application/json");
        match user_agent {
            Some(agent) => request.with_header("user-agent", agent),
            None => request,
        }
    }

    /// Logs what was asked for and not granted: calls that need it will be refused.
    fn compare(&self, granted: &Granted) {
        let missing = missing(&self.credentials.scope, granted.scope.as_deref());
        if !missing.is_empty() {
            let (provider, missing) = (self.line.account.kind.name(), missing.join(" "));
            tracing::warn!(provider, provider_account = %self.line.account.id, missing, "a provider granted fewer scopes than were asked for");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_life_of_a_token_is_a_number_or_a_text() {
        let life = |text: &str| seconds(&serde_json::from_str(text).unwrap());
        assert_eq!(life("300"), Some(Duration::from_mins(5)));
        assert_eq!(life("\" 600 \""), Some(Duration::from_mins(10)));
        for text in ["null", "-1", "\"soon\"", "[]"] {
            assert_eq!(life(text), None, "{text}");
        }
    }

    #[test]
    fn a_call_that_had_little_time_says_nothing_to_the_others() {
        let at = Timestamp::from_millis(0);
        let failure = |cause, seconds| failure_of_all(cause, Duration::from_secs(seconds), at).map(|one| one.cause);
        for (cause, name) in [(Cause::Timeout, "timeout"), (Cause::ConnectTimeout, "connect_timeout")] {
            assert_eq!((failure(cause, 7), failure(cause, 8)), (None, Some(name.to_owned())));
        }
        assert_eq!(failure(Cause::KeyRefused, 4), Some("key_refused".to_owned()));
    }

    #[test]
    fn what_was_not_granted_is_named() {
        assert_eq!(missing("cob.write pix.read", Some("pix.read")), ["cob.write"]);
        assert_eq!(missing("cob.write pix.read", Some("pix.read other cob.write")), [""; 0]);
        assert_eq!(missing("cob.write", None), [""; 0]);
        assert_eq!(missing("cob.write", Some("")), ["cob.write"]);
    }
}
