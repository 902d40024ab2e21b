//! Shares: what an owner sets, what a reader may see.

pub mod access;
pub mod lookup;
pub mod settings;
pub mod store;
pub mod views;

use rand::RngExt;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Base62 characters without modulo bias, from the system's generator by way of rand's thread generator (ChaCha, reseeded).
fn base62(length: usize) -> String {
    let mut random = rand::rng();
    (0..length).map(|_| char::from(BASE62[random.random_range(0..BASE62.len())])).collect()
}

fn is_base62(text: &str, lengths: std::ops::RangeInclusive<usize>) -> bool {
    lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The random code in a share's public URLs: 12 to 32 base62 characters, 71 bits and up.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
pub struct ShortCode(String);

impl ShortCode {
    /// Bounds of the configurable length.
    pub const LENGTHS: std::ops::RangeInclusive<usize> = 12..=32;

    /// A code nobody can guess.
    pub fn random(length: usize) -> Self {
        ShortCode(base62(length))
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Logs must never hold a link that opens something.
impl std::fmt::Debug for ShortCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}…", &self.0[..3])
    }
}

impl FromStr for ShortCode {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if is_base62(text, Self::LENGTHS) { Ok(ShortCode(text.to_owned())) } else { Err(()) }
    }
}

/// Names a share to its owner; random, so that it tells nothing and cannot be counted up.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct ShareId(String);

impl ShareId {
    const LENGTH: usize = 20;

    /// A fresh id.
    pub fn random() -> Self {
        ShareId(base62(Self::LENGTH))
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ShareId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if is_base62(text, Self::LENGTH..=Self::LENGTH) { Ok(ShareId(text.to_owned())) } else { Err(()) }
    }
}

/// Who may find and open a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Privacy {
    /// Anyone; search engines may list it.
    Public,
    /// Anyone with the link.
    Unlisted,
    /// People whose mailbox is on the list, and nobody else.
    Private,
}

impl Privacy {
    /// As the API and the database spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Privacy::Public => "public",
            Privacy::Unlisted => "unlisted",
            Privacy::Private => "private",
        }
    }
}

impl FromStr for Privacy {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "public" => Ok(Privacy::Public),
            "unlisted" => Ok(Privacy::Unlisted),
            "private" => Ok(Privacy::Private),
            _ => Err(()),
        }
    }
}

/// Which version of the conversation readers see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Updates {
    /// The transcript as it was when shared or last published.
    Frozen,
    /// Always the newest.
    Live,
}

impl FromStr for Updates {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "frozen" => Ok(Updates::Frozen),
            "live" => Ok(Updates::Live),
            _ => Err(()),
        }
    }
}

/// Who may frame a share.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum EmbedOrigins {
    /// Anyone, opaque origins included.
    Any,
    /// These origins only; none at all when empty.
    Only(Vec<String>),
}

/// Where a view was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ViewedOn {
    /// The share page, or a password that opened it.
    Page,
    /// A frame.
    Embed,
}

impl ViewedOn {
    /// As the database spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            ViewedOn::Page => "page",
            ViewedOn::Embed => "embed",
        }
    }
}
