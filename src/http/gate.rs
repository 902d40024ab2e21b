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
    let asked = by_grant(app, request, code, action).await?;
    let Some(facts) = &asked.facts else { return Ok((asked.access, None)) };
    // Only what nothing else opens: a proxy's or an expired credential must not stand between a reader and an open share.
    if matches!(asked.access, Access::Open(_)) || !credential::is_owners(request) {
        return Ok((asked.access, asked.facts));
    }
    let proof = Box::pin(owners_proof(app, request, facts)).await?;
    Ok((decide(asked.facts.clone(), proof.as_ref(), request.now), asked.facts))
}

/// What was decided, and what it was decided from.
pub struct Asked {
    /// The decision.
    pub access: Access,
    /// The share; none where it is absent.
    pub facts: Option<Arc<Facts>>,
    /// What the reader's grant proves, about this share or another.
    pub proof: Option<Proof>,
}

/// Decides for a reader by what they have proved themselves. An owner's credential counts for nothing here: nobody is given a grant
/// for it, which would outlive it.
///
/// # Errors
/// Those of [`ask`].
pub async fn ask_as_reader(app: &App, request: &Request, code: ShortCode) -> Result<Asked, Error> {
    by_grant(app, request, code, Action::Read(request.client)).await
}

async fn by_grant(app: &App, request: &Request, code: ShortCode, action: Action) -> Result<Asked, Error> {
    let facts = find(app, request, code, action).await?;
    let grant = request.header(GRANT_HEADER).or_else(|| request.cookie(COOKIE));
    let proof = grant.and_then(|grant| grant::read(&app.keys, grant, request.now));
    Ok(Asked { access: decide(facts.clone(), proof.as_ref(), request.now), facts, proof })
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

/// An owner needs neither the password nor a mailbox to see what they share, and sees nothing of anybody else's. A credential that does
/// not hold proves nothing, as a grant that has ended.
async fn owners_proof(app: &App, request: &Request, facts: &Facts) -> Result<Option<Proof>, Error> {
    let owner = match credential::owner(app, request).await {
        Ok((owner, _)) => owner,
        Err(Error::Unauthorized) => return Ok(None),
        Err(error) => return Err(error),
    };
    let settings = store::by_code(&app.pool, &owner, &facts.code).await?;
    let expires_at = request.now + Duration::MINUTE;
    Ok(settings.map(|_| Proof { share: facts.id, epoch: facts.epoch, expires_at, password: true, mailbox: true }))
}

/// What a request that names no share is told: counted all the same.
pub fn turn_away(app: &App, request: &Request, error: Error) -> Error {
    app.rate_limits.check(Action::Read(request.client)).map_or_else(Error::from, |()| error)
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
