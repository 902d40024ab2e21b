//! Unlocking: `POST /s/{code}/unlock` for a form, `POST /api/shares/{code}/unlock` for programs and frames.

use super::{
    error::Error,
    gate,
    reply::Reply,
    request::Request,
    share_page::{is_person, locked, sign_in},
    twins,
};
use crate::{
    app::App,
    conversation::FieldError,
    page::Refused,
    rate_limit::TooMany,
    reader::{
        grant,
        password::Verdict,
        store::{Turn, give_back, take_turn},
    },
    share::{
        ShortCode, ViewedOn,
        access::{Access, Facts, Proof, decide},
        settings::Password,
        store as shares,
    },
};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use std::sync::Arc;
use time::format_description::well_known::Rfc3339;

/// Bytes of an unlock body (SECURITY R11).
const BODY: u64 = 4096;

/// A grant and what it proves.
struct Given {
    grant: String,
    proof: Proof,
}

/// Trades a password for the conversation and a grant.
///
/// # Errors
/// 401 for a wrong password, 429 for too many, 404 for a share that is not there.
pub async fn json(app: Arc<App>, mut request: Request) -> Result<Reply, Error> {
    let mut body = request.object(BODY).await?;
    let password = body.remove("password");
    let mut errors: Vec<FieldError> = body.keys().map(|name| FieldError::new(name, "is not a field of this request")).collect();
    let password = match password {
        Some(Value::String(password)) => password,
        _ => {
            errors.push(FieldError::new("password", "is a required string"));
            String::new()
        }
    };
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    let (access, facts) = gate::ask(&app, &request, request.param(0)?).await?;
    let facts = lockable(access, facts)?;
    let given = check(&app, &request, &facts, &password).await?.ok_or(Error::WrongPassword)?;
    let Access::Open(open) = decide(Some(facts.clone()), Some(&given.proof), app.now()) else { return Err(Error::Locked) };
    let conversation = twins::rendered(&app, &open).await?;
    if is_person(&request) {
        app.count_view(&facts, request.now, ViewedOn::Embed, String::new());
    }
    let expires_at = given.proof.expires_at.format(&Rfc3339).map_err(std::io::Error::other)?;
    let rest = json!({"grant": given.grant, "expiresAt": expires_at}).to_string();
    // The conversation is JSON already, and may be ten mebibytes of it.
    let answer = [b"{\"conversation\":", &conversation.text.identity[..], b",", &rest.as_bytes()[1..]].concat();
    let mut reply = Reply::new("application/json", answer);
    reply.protected = true;
    Ok(reply)
}

/// The page's form, without script: sets the cookie and leads back to the page, or shows the form again.
///
/// # Errors
/// Those of [`json()`], and a form sent by another site's page.
pub async fn form(app: Arc<App>, mut request: Request) -> Result<Reply, Error> {
    if request.is_cross_site(&app.base) {
        return Err(Error::Forbidden("This form was sent by another site's page."));
    }
    let body = request.bytes_of("application/x-www-form-urlencoded", BODY).await?;
    let password = url::form_urlencoded::parse(&body).find(|(name, _)| name == "password").map(|(_, value)| value.into_owned());
    let code: ShortCode = request.param(0)?;
    let (access, facts) = gate::ask(&app, &request, code).await?;
    let facts = match access {
        Access::SignIn => {
            let mut reply = sign_in(&app, &code);
            reply.status = StatusCode::UNAUTHORIZED;
            return Ok(reply);
        }
        other => lockable(other, facts)?,
    };
    match check(&app, &request, &facts, &password.unwrap_or_default()).await {
        Ok(Some(given)) => signed_in(&app, &facts, &given),
        Ok(None) => Ok(locked(&app, &code, Some(Refused::Wrong))),
        Err(Error::TooMany(TooMany { retry_after })) => Ok(locked(&app, &code, Some(Refused::TooMany { wait: retry_after }))),
        Err(Error::Unavailable) => Ok(locked(&app, &code, Some(Refused::Busy))),
        Err(error) => Err(error),
    }
}

/// The share, unless it is absent or waits for something else than a password.
fn lockable(access: Access, facts: Option<Arc<Facts>>) -> Result<Arc<Facts>, Error> {
    match access {
        Access::Absent => Err(Error::Absent),
        Access::SignIn => Err(Error::SignIn),
        Access::Open(_) | Access::Locked => facts.ok_or(Error::Absent),
    }
}

/// Counts the try, then checks it, in that order; `None` for a wrong password.
async fn check(app: &App, request: &Request, facts: &Facts, password: &str) -> Result<Option<Given>, Error> {
    if !facts.has_password {
        // The owner took the password away while the reader typed it: there is nothing to check, and nothing to prove.
        return give(app, facts, false).map(Some);
    }
    let Some(password) = Password::typed(password) else { return Ok(None) };
    let client = app.pseudonym(request.client);
    if let Turn::Wait(retry_after) = take_turn(&app.pool, &facts.id, &client, app.tries).await? {
        tracing::warn!(share = facts.id.as_str(), "unlock refused: too many wrong passwords");
        return Err(Error::TooMany(TooMany { retry_after }));
    }
    let Some(stored) = shares::password_hash(&app.pool, &facts.id, facts.epoch).await? else { return Err(Error::Absent) };
    let verdict = match app.hasher.verify(password, stored.clone()).await {
        Ok(verdict) => verdict,
        Err(busy) => {
            // Nothing was checked, so nothing failed.
            give_back(&app.pool, &facts.id, &client, app.tries).await?;
            return Err(busy.into());
        }
    };
    match verdict {
        Verdict::Wrong => {
            tracing::info!(share = facts.id.as_str(), "unlock failed");
            return Ok(None);
        }
        Verdict::Right => {}
        Verdict::RightRehashed(better) => shares::rehash(&app.pool, &facts.id, &stored, &better).await?,
    }
    give_back(&app.pool, &facts.id, &client, app.tries).await?;
    tracing::info!(share = facts.id.as_str(), "unlocked");
    give(app, facts, true).map(Some)
}

fn give(app: &App, facts: &Facts, password: bool) -> Result<Given, Error> {
    let now = app.now();
    // Whoever is asked for a private share's password has proved a mailbox before: that proof is carried over.
    let mailbox = facts.privacy == crate::share::Privacy::Private;
    let (grant, expires_at) = grant::give(&app.keys, facts, password, mailbox, now)?;
    let proof = Proof { share: facts.id, epoch: facts.epoch, expires_at, password, mailbox };
    Ok(Given { grant, proof })
}

fn signed_in(app: &App, facts: &Facts, given: &Given) -> Result<Reply, Error> {
    let path = format!("/s/{}", facts.code.as_str());
    // Over plain http (loopback only) a browser would drop a Secure cookie.
    let secure = if app.base_url.scheme() == "https" { "; Secure" } else { "" };
    let life: i64 = (given.proof.expires_at - app.now()).whole_seconds().max(0);
    let cookie = format!("{}={}; Path={path}; Max-Age={life}; HttpOnly; SameSite=Lax{secure}", gate::COOKIE, given.grant);
    let header_value = |text: &str| HeaderValue::from_str(text).map_err(std::io::Error::other);
    let mut reply = Reply::empty(StatusCode::SEE_OTHER);
    reply.header(header::SET_COOKIE, header_value(&cookie)?);
    reply.header(header::LOCATION, header_value(&path)?);
    reply.protected = true;
    Ok(reply)
}
