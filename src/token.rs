//! Signed tokens: PASETO v4.local (<https://github.com/paseto-standard/paseto-spec>), so there is one algorithm and nothing to
//! negotiate. A token is bound to its purpose twice, by the audience claim and by the implicit assertion, and names its key by id.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use pasetors::{
    keys::SymmetricKey,
    token::UntrustedToken,
    version4::{LocalToken, V4},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::Sha256;
use time::{Duration, OffsetDateTime};

/// What a token is good for; one made for another purpose is worthless.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A reader proved that they may see one protected share.
    Grant,
    /// A user of a host app manages their conversations.
    Owner,
}

impl Purpose {
    fn audience(self) -> &'static str {
        match self {
            Purpose::Grant => "vitrine:grant",
            Purpose::Owner => "vitrine:owner",
        }
    }
}

/// The keys of this installation, all nodes alike. They have no `Debug`.
pub struct Keys {
    /// Oldest first, never empty.
    keys: Vec<(i64, [u8; 32])>,
}

#[derive(Serialize, Deserialize)]
struct Claims<C> {
    iss: String,
    aud: String,
    #[serde(with = "time::serde::rfc3339")]
    iat: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    nbf: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    exp: OffsetDateTime,
    #[serde(flatten)]
    own: C,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Footer {
    kid: String,
}

const ISSUER: &str = "vitrine";
/// Longer text is no token of ours and is not looked at. The longest holds an owner id and a conversation id of 200 characters each,
/// of four bytes each, in base64.
const MAX_LENGTH: usize = 4096;
/// What the clocks of two nodes may differ by.
const LEEWAY: Duration = Duration::seconds(5);

impl Keys {
    /// From id and secret, oldest first; `None` if there are none.
    pub fn new(keys: Vec<(i64, [u8; 32])>) -> Option<Self> {
        (!keys.is_empty()).then_some(Keys { keys })
    }

    /// A token with `own` claims, signed and encrypted by the newest key.
    ///
    /// # Errors
    /// When the claims cannot be written as JSON or the system has no randomness.
    pub fn sign<C: Serialize>(
        &self,
        purpose: Purpose,
        own: C,
        now: OffsetDateTime,
        expires_at: OffsetDateTime,
    ) -> Result<String, std::io::Error> {
        let (id, secret) = self.keys.last().ok_or(std::io::ErrorKind::NotFound)?;
        let aud = purpose.audience();
        let claims = Claims { iss: ISSUER.to_owned(), aud: aud.to_owned(), iat: now, nbf: now, exp: expires_at, own };
        let footer = serde_json::to_vec(&Footer { kid: id.to_string() })?;
        let key = SymmetricKey::<V4>::from(secret).map_err(std::io::Error::other)?;
        LocalToken::encrypt(&key, &serde_json::to_vec(&claims)?, Some(&footer), Some(aud.as_bytes())).map_err(std::io::Error::other)
    }

    /// The claims of a token that is ours, of this purpose, and in time; and when it ends. Anything else is `None`.
    pub fn open<C: DeserializeOwned>(&self, purpose: Purpose, token: &str, now: OffsetDateTime) -> Option<(C, OffsetDateTime)> {
        if token.len() > MAX_LENGTH {
            return None;
        }
        let untrusted = UntrustedToken::try_from(token).ok()?;
        let footer: Footer = serde_json::from_slice(untrusted.untrusted_footer()).ok()?;
        let (_, secret) = self.keys.iter().find(|(id, _)| id.to_string() == footer.kid)?;
        let key = SymmetricKey::<V4>::from(secret).ok()?;
        let aud = purpose.audience();
        let trusted = LocalToken::decrypt(&key, &untrusted, None, Some(aud.as_bytes())).ok()?;
        let claims: Claims<C> = serde_json::from_str(trusted.payload()).ok()?;
        let valid = claims.iss == ISSUER && claims.aud == aud && claims.nbf <= now + LEEWAY && now < claims.exp;
        valid.then_some((claims.own, claims.exp))
    }

    /// A keyed hash that hides `data` (an address, say) from whoever reads the database but not the key. The oldest key makes it,
    /// so that a rotation changes nothing.
    pub fn pseudonym(&self, data: &[u8]) -> Vec<u8> {
        let secret = self.keys.first().map(|(_, secret)| secret.as_slice()).unwrap_or_default();
        // HMAC takes a key of any length, so this never fails.
        let Ok(mac) = Hmac::<Sha256>::new_from_slice(secret) else { return Vec::new() };
        mac.chain_update(b"vitrine:pseudonym").chain_update(data).finalize().into_bytes()[..16].to_vec()
    }
}

/// Whether text has the shape of a token of ours. Whether it is one, [`Keys::open`] says.
pub fn is_meant(text: &str) -> bool {
    text.starts_with("v4.local.")
}

/// Opaque text for cursors: base64url.
pub fn opaque(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

/// The inverse of [`opaque`].
pub fn from_opaque(text: &str) -> Option<String> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-11-23 12:00 UTC);

    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    struct Own {
        share: String,
    }

    fn keys() -> Keys {
        Keys::new(vec![(1, [1; 32]), (2, [2; 32])]).unwrap()
    }

    fn token(keys: &Keys) -> String {
        keys.sign(Purpose::Grant, Own { share: "s".to_owned() }, NOW, NOW + Duration::hours(1)).unwrap()
    }

    #[test]
    fn a_token_opens_for_its_purpose_in_its_time() {
        let keys = keys();
        let text = token(&keys);
        let (own, ends) = keys.open::<Own>(Purpose::Grant, &text, NOW).unwrap();
        assert_eq!((own.share.as_str(), ends), ("s", NOW + Duration::hours(1)));
        assert!(keys.open::<Own>(Purpose::Owner, &text, NOW).is_none());
        assert!(keys.open::<Own>(Purpose::Grant, &text, NOW + Duration::hours(1)).is_none());
        assert!(keys.open::<Own>(Purpose::Grant, &text, NOW - Duration::minutes(1)).is_none());
    }

    #[test]
    fn rotation_keeps_older_tokens_and_foreign_keys_open_nothing() {
        let old = Keys::new(vec![(1, [1; 32])]).unwrap();
        let text = token(&old);
        assert!(keys().open::<Own>(Purpose::Grant, &text, NOW).is_some());
        assert!(Keys::new(vec![(2, [2; 32])]).unwrap().open::<Own>(Purpose::Grant, &text, NOW).is_none());
        assert!(Keys::new(vec![(1, [9; 32])]).unwrap().open::<Own>(Purpose::Grant, &text, NOW).is_none());
    }

    #[test]
    fn tampering_truncating_and_other_headers_open_nothing() {
        let keys = keys();
        let text = token(&keys);
        let opens = |text: &str| keys.open::<Own>(Purpose::Grant, text, NOW).is_some();
        for end in 0..text.len() {
            assert!(!opens(&text[..end]), "cut to {end}");
        }
        let middle = text.len() / 2;
        let flipped = if text.as_bytes()[middle] == b'A' { "B" } else { "A" };
        assert!(!opens(&format!("{}{flipped}{}", &text[..middle], &text[middle + 1..])));
        assert!(!opens(&text.replace("v4.local", "v4.public")));
        assert!(!opens(&text.replace("v4.local", "v3.local")));
        assert!(!opens("eyJhbGciOiJub25lIn0.e30."));
        assert!(!opens(&format!("{text}{}", "A".repeat(100_000))));
    }

    #[test]
    fn pseudonyms_hide_and_repeat() {
        assert_eq!(keys().pseudonym(b"192.0.2.1"), keys().pseudonym(b"192.0.2.1"));
        assert_ne!(keys().pseudonym(b"192.0.2.1"), keys().pseudonym(b"192.0.2.2"));
    }
}
