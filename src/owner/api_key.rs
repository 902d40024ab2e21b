//! API keys: `vk_` and 43 base64url characters, 256 random bits, of which only the SHA-256 is kept.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::Rng;
use sha2::{Digest, Sha256};

/// A key, shown once and kept by its owner. It has no `Debug`.
pub struct ApiKey(String);

const PREFIX: &str = "vk_";
const LENGTH: usize = PREFIX.len() + 43;

impl ApiKey {
    /// A fresh one.
    pub fn random() -> Self {
        let mut secret = [0u8; 32];
        rand::rng().fill_bytes(&mut secret);
        ApiKey(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(secret)))
    }

    /// A key by its shape, or `None`; whether it is known is the database's to say.
    pub fn parse(text: &str) -> Option<Self> {
        let tail = text.strip_prefix(PREFIX)?;
        let good = text.len() == LENGTH && tail.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        good.then(|| ApiKey(text.to_owned()))
    }

    /// Whether a credential means to be an API key rather than an owner token.
    pub fn is_meant(text: &str) -> bool {
        text.starts_with(PREFIX)
    }

    /// To be shown once.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored and looked up.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// The first characters, by which a person tells keys apart.
    pub fn prefix(&self) -> &str {
        &self.0[..PREFIX.len() + 6]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_whole_and_differ() {
        let (one, other) = (ApiKey::random(), ApiKey::random());
        assert_eq!(one.reveal().len(), LENGTH);
        assert!(ApiKey::parse(one.reveal()).is_some());
        assert_ne!(one.digest(), other.digest());
        assert!(ApiKey::parse(&one.reveal()[1..]).is_none() && ApiKey::parse("vk_short").is_none());
    }
}
