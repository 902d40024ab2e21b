//! Grants: signed, short-lived proofs that a reader may see one protected share. In memory inside frames, in a path-bound cookie on
//! the page, never in a URL.

use crate::{
    share::{ShareId, access::Proof},
    token::{Keys, Purpose},
};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

/// A grant ends after this, whatever else.
pub const LIFE: Duration = Duration::hours(12);

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: String,
    epoch: i32,
    password: bool,
    mailbox: bool,
}

/// Signs what a reader has proved about a share.
///
/// # Errors
/// See [`Keys::sign`].
pub fn give(keys: &Keys, proof: &Proof, now: OffsetDateTime) -> Result<String, std::io::Error> {
    let Proof { share, epoch, expires_at, password, mailbox } = *proof;
    let claims = Claims { sub: share.as_str().to_owned(), epoch, password, mailbox };
    keys.sign(Purpose::Grant, claims, now, expires_at)
}

/// What a grant proves, if it is one of ours and in time. Whether it fits the share is [`crate::share::access::decide`]'s to say.
pub fn read(keys: &Keys, grant: &str, now: OffsetDateTime) -> Option<Proof> {
    let (claims, expires_at) = keys.open::<Claims>(Purpose::Grant, grant, now)?;
    let share: ShareId = claims.sub.parse().ok()?;
    Some(Proof { share, epoch: claims.epoch, expires_at, password: claims.password, mailbox: claims.mailbox })
}
