//! The bytes of attachments, stored once under their SHA-256, whoever attached them.
//!
//! A part names its bytes by their hash; while it is on its way in it holds them too. What is read back from the database names them
//! only, and [`super::store`] serves them.

use super::raster::{self, Raster};
use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use std::{borrow::Cow, fmt, fmt::Write, sync::Arc};

/// SHA-256 of an attachment's bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobHash(pub [u8; 32]);

impl BlobHash {
    fn hex(self) -> String {
        self.0.iter().fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

impl fmt::Debug for BlobHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex())
    }
}

/// An attachment's bytes, or only their name.
#[derive(Clone)]
pub struct Blob {
    hash: BlobHash,
    held: Option<Arc<Held>>,
}

/// Bytes on their way in.
pub struct Held {
    /// The kind, width and height of a picture that pages show; `None` for a file that readers download.
    pub picture: Option<(Raster, u32, u32)>,
    /// All of them.
    pub bytes: Bytes,
}

impl Blob {
    /// Names bytes, and looks what they are.
    pub fn of(bytes: Vec<u8>) -> Self {
        let hash = BlobHash(Sha256::digest(&bytes).into());
        Blob { hash, held: Some(Arc::new(Held { picture: raster::read(&bytes), bytes: bytes.into() })) }
    }

    /// Their name.
    pub fn hash(&self) -> BlobHash {
        self.hash
    }

    /// The bytes, unless the conversation was read back from the database.
    pub fn held(&self) -> Option<&Held> {
        self.held.as_deref()
    }

    /// The name in URLs: half of the hash, and what a browser expects of a picture's name. Whoever reads it has the bytes, or may
    /// have them, so it tells nothing.
    pub fn file_name(&self, media_type: Option<&str>) -> String {
        let extension = media_type.and_then(Raster::of_media_type).map_or("bin", Raster::extension);
        format!("{:.32}.{extension}", self.hash.hex())
    }
}

impl PartialEq for Blob {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash
    }
}

/// The name alone: nobody wants megabytes in a log.
impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.hash.fmt(f)
    }
}

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.hash.hex())
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let hex = Cow::<str>::deserialize(deserializer)?;
        let byte = |at: usize| hex.get(2 * at..2 * at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        let mut hash = [0; 32];
        for (at, slot) in hash.iter_mut().enumerate() {
            *slot = byte(at).ok_or_else(|| serde::de::Error::custom("a SHA-256 in hexadecimal"))?;
        }
        Ok(Blob { hash: BlobHash(hash), held: None })
    }
}

/// Whether an address carries its bytes itself.
pub fn is_data_url(address: &str) -> bool {
    address.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"))
}

/// The bytes that a `data:` URL (RFC 2397) carries; `None` where it carries none or is not written right.
pub fn from_data_url(address: &str) -> Option<Vec<u8>> {
    let (head, payload) = address.get(5..)?.split_once(',')?;
    let bytes = match head.rsplit(';').next() {
        Some(last) if last.trim().eq_ignore_ascii_case("base64") => from_base64(payload)?,
        _ => percent_encoding::percent_decode_str(payload).collect(),
    };
    (!bytes.is_empty()).then_some(bytes)
}

/// The bytes that base64 stands for, in either alphabet, with or without padding and line breaks.
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
    const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);
    let mut text = Cow::Borrowed(text.trim());
    if text.contains(char::is_whitespace) {
        text = text.split_whitespace().collect::<String>().into();
    }
    let decoded = if text.contains(['-', '_']) { URL_SAFE.decode(&*text) } else { STANDARD.decode(&*text) };
    decoded.ok().filter(|bytes| !bytes.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_urls_as_products_write_them() {
        for address in [
            "data:text/plain;base64,aGk/",
            "data:text/plain;charset=utf-8;base64,aGk_",
            "DATA:;BASE64, aG\r\nk/ ",
            "data:,hi%3f",
            "data:text/plain;base64,aGk/",
        ] {
            assert!(is_data_url(address));
            assert_eq!(from_data_url(address).as_deref(), Some(b"hi?".as_slice()), "{address}");
        }
        for address in ["data:image/png;base64,", "data:image/png;base64,a*b", "data:image/png", "data:;base64,aGk/é"] {
            assert_eq!(from_data_url(address), None, "{address}");
        }
        assert!(!is_data_url("https://a.example/data:") && !is_data_url("dat") && !is_data_url("dätä:,"));
        assert_eq!(from_base64("aGk="), Some(b"hi".to_vec()));
        assert_eq!(from_base64("aGk"), Some(b"hi".to_vec()));
    }

    #[test]
    fn a_blob_is_written_as_its_name_and_read_back_without_bytes() {
        let blob = Blob::of(b"hello".to_vec());
        let written = serde_json::to_string(&blob).unwrap();
        assert_eq!(written, "\"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824\"");
        let read: Blob = serde_json::from_str(&written).unwrap();
        assert!(read == blob && read.held().is_none() && blob.held().is_some_and(|held| held.picture.is_none()));
        assert_eq!(blob.file_name(Some("text/html")), "2cf24dba5fb0a30e26e83b2ac5b9e29e.bin");
        assert_eq!(blob.file_name(Some("image/jpeg")), "2cf24dba5fb0a30e26e83b2ac5b9e29e.jpg");
        assert!(serde_json::from_str::<Blob>("\"2cf2\"").is_err());
    }
}
