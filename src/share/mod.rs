//! Shares: what an owner sets, what a reader may see.

pub mod access;
pub mod lookup;
pub mod settings;
pub mod store;
pub mod views;

use rand::RngExt;
use serde::{Deserialize, Serialize, Serializer};
use std::{ops::RangeInclusive, str::FromStr};

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Base62 text of at most `N` characters, held in place: codes and ids are copied on every request.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Base62<const N: usize> {
    /// Zeros after the text.
    bytes: [u8; N],
    length: u8,
}

impl<const N: usize> Base62<N> {
    /// Without modulo bias, from the system's generator by way of rand's thread generator (ChaCha, reseeded).
    fn random(length: usize) -> Self {
        let mut random = rand::rng();
        let length = length.min(N);
        let bytes = std::array::from_fn(|at| if at < length { BASE62[random.random_range(0..BASE62.len())] } else { 0 });
        Base62 { bytes, length: length as u8 }
    }

    fn as_str(&self) -> &str {
        // Never anything but ASCII letters and digits.
        std::str::from_utf8(&self.bytes[..self.length.into()]).unwrap_or_default()
    }

    fn parse(text: &str, lengths: RangeInclusive<usize>) -> Result<Self, ()> {
        if text.len() > N || !lengths.contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(());
        }
        let mut bytes = [0; N];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        Ok(Base62 { bytes, length: text.len() as u8 })
    }
}

/// The random code in a share's public URLs: 12 to 32 base62 characters, 71 bits and up.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ShortCode(Base62<32>);

impl ShortCode {
    /// Bounds of the configurable length.
    pub const LENGTHS: RangeInclusive<usize> = 12..=32;

    /// A code nobody can guess.
    pub fn random(length: usize) -> Self {
        ShortCode(Base62::random(length))
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// Logs must never hold a link that opens something.
impl std::fmt::Debug for ShortCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}…", &self.as_str()[..3])
    }
}

impl FromStr for ShortCode {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Base62::parse(text, Self::LENGTHS).map(ShortCode)
    }
}

impl Serialize for ShortCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Names a share to its owner; random, so that it tells nothing and cannot be counted up.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShareId(Base62<20>);

impl ShareId {
    const LENGTH: usize = 20;

    /// A fresh id.
    pub fn random() -> Self {
        ShareId(Base62::random(Self::LENGTH))
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl std::fmt::Debug for ShareId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ShareId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Base62::parse(text, Self::LENGTH..=Self::LENGTH).map(ShareId)
    }
}

impl Serialize for ShareId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
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
