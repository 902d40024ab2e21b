//! Who manages: the API key or owner token of a request.

use super::{
    error::Error,
    request::{Parameters, Request},
};
use crate::{
    app::App,
    owner::{Owner, Reach, api_key::ApiKey, store, token},
    rate_limit::{Action, Guess},
};
use http::header;

/// The key or token that a request shows. Other schemes are no affair of ours: browsers send `Basic` along when a proxy before us
/// asks for a password of its own.
pub fn bearer(request: &Request) -> Option<&str> {
    let (scheme, credential) = request.header(header::AUTHORIZATION)?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| credential.trim())
}

/// Whether a request shows something of the shape of a key or token of ours. Proxies before us forward other bearer tokens.
pub fn is_owners(request: &Request) -> bool {
    bearer(request).is_some_and(|bearer| ApiKey::is_meant(bearer) || crate::token::is_meant(bearer))
}

/// The bearer of a key or token, and the key's row.
///
/// # Errors
/// 401 without a credential that holds, 429 when its key is used too often or the client guesses.
pub async fn owner(app: &App, request: &Request) -> Result<(Owner, i64), Error> {
    let Some(bearer) = bearer(request) else { return Err(Error::Unauthorized) };
    let Some((owner, key)) = known(app, request, bearer).await? else {
        app.rate_limits.count_guess(Guess::Credential, request.client)?;
        return Err(Error::Unauthorized);
    };
    app.rate_limits.check(Action::Manage(key))?;
    Ok((owner, key))
}

async fn known(app: &App, request: &Request, bearer: &str) -> Result<Option<(Owner, i64)>, Error> {
    if ApiKey::is_meant(bearer) {
        let Some(key) = ApiKey::parse(bearer) else { return Ok(None) };
        // Keys that have held before go on while their client is refused for others: it may stand for a whole office. Whether they
        // still hold is asked all the same.
        if !app.rate_limits.has_held(&key.digest()) {
            app.rate_limits.check_guessing(Guess::Credential, request.client)?;
        }
        let found = store::find_key(&app.pool, &key).await?;
        if found.is_some() {
            app.rate_limits.holds(key.digest());
        }
        return Ok(found);
    }
    let Some(minted) = token::read(&app.keys, bearer, app.now()) else { return Ok(None) };
    // A token is as good as the key that minted it.
    let stands = store::key_stands(&app.pool, minted.api_key).await?;
    Ok(stands.then_some((minted.owner, minted.api_key)))
}

/// The host app itself: an API key, not a token minted with one.
///
/// # Errors
/// Those of [`owner`], and 403 for an owner token.
pub async fn host_app(app: &App, request: &Request) -> Result<(i64, i64), Error> {
    let (owner, key) = owner(app, request).await?;
    match owner.reach {
        Reach::HostApp => Ok((owner.host_app, key)),
        Reach::User { .. } => Err(Error::Forbidden("This takes an API key, not an owner token.")),
    }
}

/// Pages through lists: `limit` (1 to 100, else 50) and an opaque `cursor` of a time and a second key.
pub struct Paging {
    /// Rows a page.
    pub limit: usize,
    /// Where the last page ended.
    pub after: Option<(time::OffsetDateTime, String)>,
}

impl Paging {
    /// From the query.
    pub fn read(parameters: &mut Parameters<'_>) -> Self {
        let limit = parameters.number("limit", 100).unwrap_or(50);
        Paging { limit: limit as usize, after: parameters.take("cursor", "is not one of ours", parse_cursor) }
    }

    /// Takes one row too many as the sign that there is another page; gives the rows of this one and the cursor of the next.
    pub fn split<T>(&self, mut rows: Vec<T>, place: impl Fn(&T) -> (time::OffsetDateTime, String)) -> (Vec<T>, Option<String>) {
        let more = rows.len() > self.limit;
        rows.truncate(self.limit);
        let next = rows.last().filter(|_| more).map(|last| {
            let (time, key) = place(last);
            crate::token::opaque(&format!("{}.{key}", time.unix_timestamp_nanos()))
        });
        (rows, next)
    }
}

fn parse_cursor(cursor: &str) -> Option<(time::OffsetDateTime, String)> {
    let text = crate::token::from_opaque(cursor)?;
    let (nanos, key) = text.split_once('.')?;
    let time = time::OffsetDateTime::from_unix_timestamp_nanos(nanos.parse().ok()?).ok()?;
    // PostgreSQL's text holds no NUL, and its timestamps end before ours.
    let plain = key.len() <= 64 && key.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (plain && time.year() >= 2000 && time.year() < 9999).then(|| (time, key.to_owned()))
}
