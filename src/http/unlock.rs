//! Unlocking: `POST /s/{code}/unlock` for a form, `POST /api/shares/{code}/unlock` for programs and frames.

use super::{
    error::Error,
    gate,
    reply::Reply,
    request::Request,
    share_page::{is_person, locked, place, sign_in},
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
        Privacy, ShortCode, ViewedOn,
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
    facts: Arc<Facts>,
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
    let given = match try_password(&app, &request, &password).await? {
        Tried::Right(given) => given,
        Tried::Wrong => return Err(Error::WrongPassword),
        Tried::SignIn => return Err(Error::SignIn),
    };
    let Access::Open(open) = decide(Some(given.facts.clone()), Some(&given.proof), app.now()) else { return Err(Error::Locked) };
    let conversation = twins::rendered(&app, &open).await?;
    if is_person(&request) {
        app.count_view(&given.facts, request.now, ViewedOn::Embed, String::new());
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
    match try_password(&app, &request, &password.unwrap_or_default()).await {
        Ok(Tried::Right(given)) => signed_in(&app, &request, &given),
        Ok(Tried::Wrong) => Ok(locked(&app, &request, &code, Some(Refused::Wrong))),
        Ok(Tried::SignIn) => {
            let mut reply = sign_in(&app, &code);
            reply.status = StatusCode::UNAUTHORIZED;
            Ok(reply)
        }
        Err(Error::TooMany(TooMany { retry_after })) => {
            Ok(locked(&app, &request, &code, Some(Refused::TooMany { wait: retry_after })))
        }
        Err(Error::Unavailable) => Ok(locked(&app, &request, &code, Some(Refused::Busy))),
        Err(error) => Err(error),
    }
}

/// What a password led to.
enum Tried {
    Right(Given),
    Wrong,
    /// A mailbox comes first.
    SignIn,
}

/// Asks for the share and checks the password; once more where the owner changed the share in between.
async fn try_password(app: &App, request: &Request, password: &str) -> Result<Tried, Error> {
    for _ in 0..2 {
        let asked = gate::ask_as_reader(app, request, request.param(0)?).await?;
        if matches!(asked.access, Access::SignIn) {
            return Ok(Tried::SignIn);
        }
        let facts = asked.facts.ok_or(Error::Absent)?;
        match check(app, request, &facts, password).await? {
            Checked::Right => return Ok(Tried::Right(give(app, facts, asked.proof)?)),
            Checked::Wrong => return Ok(Tried::Wrong),
            Checked::Changed => {}
        }
    }
    Err(Error::Unavailable)
}

enum Checked {
    Right,
    Wrong,
    /// The share is no longer what the lookup saw, and nothing was checked.
    Changed,
}

/// Counts the try, then checks it, in that order.
async fn check(app: &App, request: &Request, facts: &Facts, password: &str) -> Result<Checked, Error> {
    if !facts.has_password {
        // The owner took the password away while the reader typed it: there is nothing to check, and nothing to prove.
        return Ok(Checked::Right);
    }
    let Some(password) = Password::typed(password) else { return Ok(Checked::Wrong) };
    let client = app.pseudonym(request.client);
    if let Turn::Wait(retry_after) = take_turn(&app.pool, &facts.id, &client, app.tries).await? {
        tracing::warn!(share = facts.id.as_str(), "unlock refused: too many wrong passwords");
        return Err(Error::TooMany(TooMany { retry_after }));
    }
    let Some(stored) = shares::password_hash(&app.pool, &facts.id, facts.epoch).await? else {
        give_back(&app.pool, &facts.id, &client, app.tries).await?;
        return Ok(Checked::Changed);
    };
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
            return Ok(Checked::Wrong);
        }
        Verdict::Right => {}
        Verdict::RightRehashed(better) => shares::rehash(&app.pool, &facts.id, &stored, &better).await?,
    }
    give_back(&app.pool, &facts.id, &client, app.tries).await?;
    tracing::info!(share = facts.id.as_str(), "unlocked");
    Ok(Checked::Right)
}

/// A grant for what is proved now. Whoever is asked for a private share's password has proved a mailbox before: that proof is carried
/// over, and ends when it would have ended.
fn give(app: &App, facts: Arc<Facts>, earlier: Option<Proof>) -> Result<Given, Error> {
    let now = app.now();
    let mailbox = earlier.filter(|_| facts.privacy == Privacy::Private);
    let ends = mailbox.as_ref().map_or(now + grant::LIFE, |proof| proof.expires_at.min(now + grant::LIFE));
    let proof = Proof {
        share: facts.id,
        epoch: facts.epoch,
        expires_at: ends,
        password: facts.has_password,
        mailbox: mailbox.is_some_and(|proof| proof.mailbox),
    };
    Ok(Given { grant: grant::give(&app.keys, &proof, now)?, proof, facts })
}

fn signed_in(app: &App, request: &Request, given: &Given) -> Result<Reply, Error> {
    let path = format!("/s/{}", given.facts.code.as_str());
    // Over plain http (loopback only) a browser would drop a Secure cookie.
    let secure = if app.base_url.scheme() == "https" { "; Secure" } else { "" };
    let life: i64 = (given.proof.expires_at - app.now()).whole_seconds().max(0);
    let cookie = format!("{}={}; Path={path}; Max-Age={life}; HttpOnly; SameSite=Lax{secure}", gate::COOKIE, given.grant);
    let header_value = |text: &str| HeaderValue::from_str(text).map_err(std::io::Error::other);
    let mut reply = Reply::empty(StatusCode::SEE_OTHER);
    reply.header(header::SET_COOKIE, header_value(&cookie)?);
    reply.header(header::LOCATION, header_value(&format!("{path}{}", place(request)))?);
    reply.protected = true;
    Ok(reply)
}
