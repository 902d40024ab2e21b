//! The way every reader surface takes to its share: limits, the lookup, what the reader has proved, the decision.

use super::{credential, error::Error, request::Request};
use crate::{
    app::App,
    rate_limit::{Action, Guess},
    reader::grant,
    share::{
        ShortCode,
        access::{Access, Facts, Open, Proof, decide},
        store,
    },
};
use http::HeaderName;
use std::sync::Arc;
use time::Duration;

/// The page's cookie; its path is the share's, so each share has its own.
pub const COOKIE: &str = "vitrine_grant";
/// The header in which frames and programs show a grant.
pub const GRANT_HEADER: HeaderName = HeaderName::from_static("vitrine-grant");

/// Decides for a reader who may hold a grant.
///
/// # Errors
/// Too many requests, or a database out of reach. An absent share is an [`Access`], not an error.
pub async fn ask(app: &App, request: &Request, code: ShortCode) -> Result<(Access, Option<Arc<Facts>>), Error> {
    ask_within(app, request, code, Action::Read(request.client)).await
}

/// The same, counted in another quota.
///
/// # Errors
/// Those of [`ask`].
pub async fn ask_within(
    app: &App,
    request: &Request,
    code: ShortCode,
    action: Action,
) -> Result<(Access, Option<Arc<Facts>>), Error> {
    let facts = find(app, request, code, action).await?;
    let proof = match &facts {
        Some(facts) if credential::bearer(request).is_some() => Box::pin(owners_proof(app, request, facts)).await?,
        _ => {
            let grant = request.header(GRANT_HEADER).or_else(|| request.cookie(COOKIE));
            grant.and_then(|grant| grant::read(&app.keys, grant, request.now))
        }
    };
    Ok((decide(facts.clone(), proof.as_ref(), request.now), facts))
}

/// What the decision opened, for surfaces that can only show it or refuse.
///
/// # Errors
/// 401 where a page would ask for something, 404 where there is no share.
pub fn opened(access: Access) -> Result<Open, Error> {
    match access {
        Access::Open(open) => Ok(open),
        Access::Locked => Err(Error::Locked),
        Access::SignIn => Err(Error::SignIn),
        Access::Absent => Err(Error::Absent),
    }
}

/// Decides for anybody: what a consumer may be told who shows it to everybody.
///
/// # Errors
/// Those of [`ask`].
pub async fn ask_as_nobody(app: &App, request: &Request, code: ShortCode) -> Result<(Access, Option<Arc<Facts>>), Error> {
    let facts = find(app, request, code, Action::Read(request.client)).await?;
    Ok((decide(facts.clone(), None, request.now), facts))
}

/// An owner needs neither the password nor a mailbox to see what they share, and sees nothing of anybody else's.
async fn owners_proof(app: &App, request: &Request, facts: &Facts) -> Result<Option<Proof>, Error> {
    let (owner, _) = credential::owner(app, request).await?;
    let settings = store::by_code(&app.pool, &owner, &facts.code).await?;
    let expires_at = request.now + Duration::MINUTE;
    Ok(settings.map(|_| Proof { share: facts.id, epoch: facts.epoch, expires_at, password: true, mailbox: true }))
}

async fn find(app: &App, request: &Request, code: ShortCode, action: Action) -> Result<Option<Arc<Facts>>, Error> {
    app.rate_limits.check(action)?;
    app.rate_limits.check_guessing(Guess::Code, request.client)?;
    let facts = app.lookup.find(code).await?;
    if facts.is_none() {
        app.rate_limits.count_guess(Guess::Code, request.client)?;
    }
    Ok(facts)
}
