//! Owner tokens: minted by a host app's back end, held by its user's browser, good for minutes.

use super::{Owner, Reach};
use crate::token::{Keys, Purpose};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

#[derive(Serialize, Deserialize)]
struct Claims {
    app: i64,
    /// The API key that minted it; revoking the key ends its tokens.
    key: i64,
    sub: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    conversation: Option<String>,
}

/// A token's owner and the key that vouched.
pub struct Minted {
    /// Whom it makes of its bearer.
    pub owner: Owner,
    /// The API key's row, still to be checked.
    pub api_key: i64,
}

/// Default and longest life.
pub const MINUTES: (i64, i64) = (15, 720);

/// Mints a token for a user of the host app; returns it and when it ends.
///
/// # Errors
/// See [`Keys::sign`].
pub fn mint(
    keys: &Keys,
    (host_app, api_key): (i64, i64),
    owner_id: &str,
    conversation_id: Option<&str>,
    life: Duration,
    now: OffsetDateTime,
) -> Result<(String, OffsetDateTime), std::io::Error> {
    let claims = Claims { app: host_app, key: api_key, sub: owner_id.to_owned(), conversation: conversation_id.map(str::to_owned) };
    let expires_at = now + life;
    Ok((keys.sign(Purpose::Owner, claims, now, expires_at)?, expires_at))
}

/// Whom a token speaks for, if it is one of ours and in time.
pub fn read(keys: &Keys, token: &str, now: OffsetDateTime) -> Option<Minted> {
    let (claims, _) = keys.open::<Claims>(Purpose::Owner, token, now)?;
    let reach = Reach::User { owner_id: claims.sub, conversation_id: claims.conversation };
    Some(Minted { owner: Owner { host_app: claims.app, reach }, api_key: claims.key })
}
