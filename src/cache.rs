//! What is kept in memory: pages, cards and lists of attachments, keyed by everything they were made of. Such a cache can be cold but
//! never wrong, and whether a reader may have what it holds is decided before it is asked.

use crate::{
    conversation::{attachment::Attached, transcript::TranscriptHash},
    embed::View,
    page::Sheet,
    share::{ShareId, access::Facts},
};
use bytes::Bytes;
use quick_cache::{Weighter, sync::Cache};
use sha2::{Digest, Sha256};
use std::{collections::HashMap, io::Write, sync::Arc};

/// What was made from a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Made {
    /// The share page, or a sheet of it.
    Page(Sheet),
    /// Which messages are on which sheet.
    Sheets,
    /// A frame.
    Frame(View),
    /// The Markdown twin.
    Markdown,
    /// One message of it.
    Message(u32),
    /// The JSON twin.
    Json,
    /// The card.
    Card,
    /// The title alone.
    Title,
    /// The list of attachments.
    Files,
}

impl Made {
    /// Whether a browser shows it as a page, under the server's own address.
    pub fn is_page(self) -> bool {
        matches!(self, Made::Page(_) | Made::Frame(_))
    }
}

/// Names what was made, from which version of which share. A share's revision changes with its settings, its transcript with its
/// content; the node's brand and program are the same for as long as the cache lives.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    made: Made,
    share: ShareId,
    revision: i32,
    transcript: TranscriptHash,
}

impl Key {
    /// The key of what is made from a share as the lookup saw it.
    pub fn new(made: Made, facts: &Facts) -> Self {
        Key::of(made, &facts.id, facts.revision, facts.transcript)
    }

    /// The same from its parts.
    pub fn of(made: Made, share: &ShareId, revision: i32, transcript: TranscriptHash) -> Self {
        Key { made, share: *share, revision, transcript }
    }

    /// 16 hex digits that change whenever the thing does, on any node.
    pub fn digest(&self, build: &[u8]) -> String {
        let text = format!("{:?}|{}|{}|", self.made, self.share.as_str(), self.revision);
        let digest = Sha256::new().chain_update(build).chain_update(text).chain_update(self.transcript.0).finalize();
        digest[..8].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Text in every form that clients accept.
#[derive(Debug)]
pub struct Compressed {
    /// As it is.
    pub identity: Bytes,
    /// `Content-Encoding: gzip`
    pub gzip: Bytes,
    /// `Content-Encoding: br`
    pub brotli: Bytes,
}

impl Compressed {
    /// Compresses at the levels that pay for text made while somebody waits (brotli 5, gzip 6). Takes milliseconds: keep it off the
    /// async threads.
    pub fn new(text: String) -> Self {
        // What is kept for long has no room to grow. It is copied, because a block that shrinks by less than half stays what it is.
        let identity = Bytes::copy_from_slice(text.as_bytes());
        drop(text);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
        // Writing to a vector does not fail; were it to, the reader would still get the identity form.
        let gzip = gzip.write_all(&identity).and_then(|()| gzip.finish()).unwrap_or_default();
        let mut compressed = Vec::new();
        let params = brotli::enc::BrotliEncoderParams { quality: 5, lgwin: 20, size_hint: identity.len(), ..Default::default() };
        if brotli::BrotliCompress(&mut identity.as_ref(), &mut compressed, &params).is_err() {
            compressed.clear();
        }
        Compressed { identity, gzip: Bytes::copy_from_slice(&gzip), brotli: Bytes::copy_from_slice(&compressed) }
    }

    fn bytes(&self) -> u64 {
        (self.identity.len() + self.gzip.len() + self.brotli.len()) as u64
    }
}

/// A page, its twins or its frame, with their ETag.
#[derive(Debug)]
pub struct Rendered {
    /// The text.
    pub text: Compressed,
    /// Quoted and weak: the forms of one text share it.
    pub etag: http::HeaderValue,
    /// The `Link` header: where the same is to be had in other forms.
    pub link: Option<http::HeaderValue>,
}

/// A drawn card with its ETag.
#[derive(Debug)]
pub struct Drawn {
    /// PNG.
    pub png: Bytes,
    /// Quoted.
    pub etag: http::HeaderValue,
}

/// The attachments that a share shows, by the last segment of their URLs.
#[derive(Debug)]
pub struct Files(pub HashMap<String, Attached>);

/// Weighs by bytes, with something for the entry itself.
#[derive(Clone)]
pub struct ByBytes;

impl Weighter<Key, Arc<Rendered>> for ByBytes {
    fn weight(&self, _: &Key, page: &Arc<Rendered>) -> u64 {
        page.text.bytes() + 512
    }
}

impl Weighter<Key, Arc<Drawn>> for ByBytes {
    fn weight(&self, _: &Key, card: &Arc<Drawn>) -> u64 {
        card.png.len() as u64 + 512
    }
}

impl Weighter<Key, Arc<Files>> for ByBytes {
    fn weight(&self, _: &Key, files: &Arc<Files>) -> u64 {
        // With the hash, the file's name and what a map takes.
        let entries = files.0.values().map(|attached| attached.name.len() as u64 + 192);
        entries.sum::<u64>() + 512
    }
}

/// Bounded by bytes; many askers of one absent entry wait for one maker.
pub struct Kept<T>(Cache<Key, Arc<T>, ByBytes>)
where
    ByBytes: Weighter<Key, Arc<T>>;

/// Rendered pages.
pub type Pages = Kept<Rendered>;
/// Drawn cards.
pub type Cards = Kept<Drawn>;
/// Which attachments shares show.
pub type FileLists = Kept<Files>;

impl<T: Send + Sync + 'static> Kept<T>
where
    ByBytes: Weighter<Key, Arc<T>> + Clone,
{
    /// Keeps at most `bytes` of entries.
    pub fn new(bytes: usize) -> Self {
        Kept(Cache::with_weighter((bytes / (32 << 10)).max(64), bytes as u64, ByBytes))
    }

    /// The entry, if it is there.
    pub fn get(&self, key: &Key) -> Option<Arc<T>> {
        self.0.get(key)
    }

    /// The entry, or what `make` makes. If `make` fails or is cancelled, the next asker makes it.
    ///
    /// # Errors
    /// Those of `make`.
    pub async fn get_or_make<E>(&self, key: Key, make: impl Future<Output = Result<T, E>>) -> Result<Arc<T>, E> {
        match self.0.get_value_or_guard_async(&key).await {
            Ok(kept) => Ok(kept),
            Err(guard) => {
                let made = Arc::new(make.await?);
                // Refused only when the entry was removed meanwhile, which nothing does.
                drop(guard.insert(made.clone()));
                Ok(made)
            }
        }
    }
}
