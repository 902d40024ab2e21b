//! Parts and their bytes: what an intake takes in, and what a share's page calls it.

use super::{
    Conversation, Limits, Part, Role,
    blob::{Blob, BlobHash, from_data_url, is_data_url},
    pictures,
    raster::Raster,
    text,
    transcript::Shown,
};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    io,
};

/// What an import file holds besides conversations. A format gives a part the address `asset:` and the origin's id.
pub trait Assets {
    /// The asset of this id; of at most `most` bytes.
    ///
    /// # Errors
    /// When the file cannot be read, whatever is in it.
    fn read(&mut self, id: &str, most: usize) -> io::Result<Asset>;
}

/// What became of a look for an asset.
pub enum Asset {
    /// Here it is.
    Bytes(Vec<u8>),
    /// There is none.
    Missing,
    /// What there is cannot be read.
    Damaged,
    /// It is larger than asked for.
    TooLarge,
}

/// A file of conversations and nothing else.
pub struct NoAssets;

impl Assets for NoAssets {
    fn read(&mut self, _: &str, _: usize) -> io::Result<Asset> {
        Ok(Asset::Missing)
    }
}

/// The scheme by which a format asks for an asset.
pub const ASSET: &str = "asset:";

/// An address from which bytes can be had: of the web, where they stay, or one that carries them. For the formats' parts.
pub fn carried(address: &str) -> Option<String> {
    text::web_url(address).or_else(|| is_data_url(address).then(|| address.to_owned()))
}

/// An address that carries bytes which an origin keeps in base64. For the formats' parts.
pub fn encoded(base64: &str) -> String {
    format!("data:;base64,{base64}")
}

/// What a report says was left out when a limit kept an attachment out.
pub const OVER_A_LIMIT: &str = "attachments over a limit";

/// What one conversation may still take in.
pub struct Allowance {
    limits: Limits,
    taken: HashSet<BlobHash>,
    bytes: usize,
}

/// Which limit an attachment is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// Bytes of one.
    One(usize),
    /// How many.
    Count(usize),
    /// Bytes of all.
    All(usize),
}

impl Over {
    /// The rule, in a sentence without its subject.
    pub fn rule(self) -> String {
        match self {
            Over::One(bytes) => format!("must hold at most {} of bytes", text::size(bytes as u64)),
            Over::Count(count) => format!("is one too many: a conversation has at most {count} attachments"),
            Over::All(bytes) => {
                format!("is too much: a conversation's attachments together hold at most {}", text::size(bytes as u64))
            }
        }
    }
}

impl Allowance {
    /// All of it.
    pub fn new(limits: &Limits) -> Self {
        Allowance { limits: *limits, taken: HashSet::new(), bytes: 0 }
    }

    /// Takes bytes in; the same bytes again cost nothing.
    ///
    /// # Errors
    /// The limit they are over.
    pub fn take(&mut self, bytes: Vec<u8>) -> Result<Blob, Over> {
        if bytes.len() > self.limits.attachment_bytes {
            return Err(Over::One(self.limits.attachment_bytes));
        }
        self.admit(Blob::of(bytes))
    }

    /// Takes in a blob: bytes that are held, or the name of such as are stored already.
    ///
    /// # Errors
    /// The limit they are over, all together.
    pub fn admit(&mut self, blob: Blob) -> Result<Blob, Over> {
        if self.taken.contains(&blob.hash()) {
            return Ok(blob);
        }
        if self.taken.len() >= self.limits.attachments {
            return Err(Over::Count(self.limits.attachments));
        }
        let length = blob.held().map_or(0, |held| held.bytes.len());
        if self.bytes + length > self.limits.attachments_bytes {
            return Err(Over::All(self.limits.attachments_bytes));
        }
        self.bytes += length;
        self.taken.insert(blob.hash());
        Ok(blob)
    }
}

/// What is known of bytes without looking at them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct About {
    /// The kind, width and height of a picture that pages show.
    pub picture: Option<(Raster, u32, u32)>,
    /// How many.
    pub size: u64,
}

/// Gives a part its bytes, or their name, of which [`settle`] has to tell more.
pub fn attach(part: &mut Part, blob: Blob) {
    if let Some(about) = blob.held().map(|held| About { picture: held.picture, size: held.bytes.len() as u64 }) {
        become_what_it_is(part, blob, about);
    } else if let Part::Image { url, blob: name, .. } | Part::File { url, blob: name, .. } = part {
        (*url, *name) = (None, Some(blob));
    }
}

/// What bytes are decides what their part becomes, whatever it was called: a picture that pages show, with the kind and the sides it
/// really has, or a file.
fn become_what_it_is(part: &mut Part, blob: Blob, About { picture, size }: About) {
    let described = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.trim().is_empty());
    let (size, blob) = (Some(size), Some(blob));
    *part = match (std::mem::replace(part, Part::Sources { items: vec![] }), picture) {
        (Part::File { text, name, mime, .. }, _) if described(&text) => Part::File { name, mime, size, url: None, text, blob },
        (Part::Image { alt, name, .. }, Some((raster, width, height))) => {
            let (mime, width, height) = (Some(raster.media_type().to_owned()), Some(width), Some(height));
            Part::Image { url: None, mime, width, height, alt, name, blob }
        }
        (Part::File { name, .. }, Some((raster, width, height))) => {
            let (mime, width, height) = (Some(raster.media_type().to_owned()), Some(width), Some(height));
            Part::Image { url: None, mime, width, height, alt: None, name: Some(name), blob }
        }
        (Part::Image { mime, alt, name, .. }, None) => {
            let name = name.or(alt.map(|alt| text::cut(&text::one_line(&alt), 100)));
            let name = name.filter(|name| !name.is_empty()).unwrap_or_else(|| "image".to_owned());
            Part::File { name, mime, size, url: None, text: None, blob }
        }
        (Part::File { name, mime, text, .. }, None) => Part::File { name, mime, size, url: None, text, blob },
        (other, _) => other,
    };
}

/// The bytes that a conversation only names.
pub fn named(conversation: &Conversation) -> Vec<BlobHash> {
    blobs(conversation).iter().filter(|blob| blob.held().is_none()).map(Blob::hash).collect()
}

/// Makes the parts that only name their bytes what those are, as `stored` knows.
///
/// # Errors
/// When all bytes of the conversation together are over the limit.
pub fn settle(conversation: &mut Conversation, stored: &HashMap<BlobHash, About>, limits: &Limits) -> Result<(), Over> {
    let size = |blob: &Blob| {
        blob.held().map_or_else(|| stored.get(&blob.hash()).map_or(0, |about| about.size), |held| held.bytes.len() as u64)
    };
    if blobs(conversation).iter().map(size).sum::<u64>() > limits.attachments_bytes as u64 {
        return Err(Over::All(limits.attachments_bytes));
    }
    let mut one = |part: &mut Part| {
        let (Part::Image { blob, .. } | Part::File { blob, .. }) = part else { return };
        let known =
            blob.as_ref().filter(|blob| blob.held().is_none()).and_then(|blob| Some((blob.clone(), *stored.get(&blob.hash())?)));
        if let Some((blob, about)) = known {
            become_what_it_is(part, blob, about);
        }
    };
    for part in conversation.messages.iter_mut().flat_map(|message| &mut message.parts) {
        each(part, &mut one);
    }
    Ok(())
}

/// What did not come in of what is attached to a conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// A limit kept something out.
    pub over_a_limit: bool,
    /// Assets that the file does not hold.
    pub missing: usize,
    /// Assets that it holds and that cannot be read.
    pub damaged: usize,
}

/// Takes in what parts carry in a `data:` address, or ask of the file they came in by an `asset:` one; what there is none of stays
/// a name, and so does what a file only claims to be stored here. Afterwards every address leads into the web.
///
/// # Errors
/// When the file cannot be read.
pub fn take_in(conversation: &mut Conversation, assets: &mut dyn Assets, limits: &Limits) -> io::Result<Lost> {
    let (lost, known) = (Lost::default(), HashMap::new());
    let mut intake = Intake { allowance: Allowance::new(limits), most: limits.attachment_bytes, assets, known, lost };
    for message in conversation.messages.iter_mut().filter(|message| message.role == Role::Assistant) {
        text::divide_thoughts(&mut message.parts);
        pictures::divide(&mut message.parts, &mut |bytes| intake.bytes(bytes));
    }
    let mut failed = None;
    for part in conversation.messages.iter_mut().flat_map(|message| &mut message.parts) {
        each(part, &mut |part| failed = failed.take().or_else(|| intake.take_in(part).err()));
    }
    failed.map_or(Ok(intake.lost), Err)
}

/// One conversation's attachments on their way in.
struct Intake<'a> {
    allowance: Allowance,
    most: usize,
    assets: &'a mut dyn Assets,
    /// Assets that were asked for already.
    known: HashMap<String, Option<Blob>>,
    lost: Lost,
}

impl Intake<'_> {
    fn take_in(&mut self, part: &mut Part) -> io::Result<()> {
        let (Part::Image { url, blob, .. } | Part::File { url, blob, .. }) = part else { return Ok(()) };
        // A log's messages were read one by one, each under the limits of a whole conversation.
        if let Some(read) = blob.take().filter(|blob| blob.held().is_some()) {
            *blob = self.allowance.admit(read).inspect_err(|_| self.lost.over_a_limit = true).ok();
        }
        let Some(address) = url.take_if(|url| text::web_url(url).is_none()) else { return Ok(()) };
        let blob = match address.strip_prefix(ASSET) {
            Some(id) => self.asset(id)?,
            None if is_data_url(&address) => {
                let bytes = from_data_url(&address);
                self.lost.damaged += usize::from(bytes.is_none());
                bytes.and_then(|bytes| self.bytes(bytes))
            }
            None => None,
        };
        if let Some(blob) = blob {
            attach(part, blob);
        }
        Ok(())
    }

    fn asset(&mut self, id: &str) -> io::Result<Option<Blob>> {
        if let Some(known) = self.known.get(id) {
            return Ok(known.clone());
        }
        let blob = match self.assets.read(id, self.most)? {
            Asset::Bytes(bytes) => self.bytes(bytes),
            Asset::Missing => {
                self.lost.missing += 1;
                None
            }
            Asset::Damaged => {
                self.lost.damaged += 1;
                None
            }
            Asset::TooLarge => {
                self.lost.over_a_limit = true;
                None
            }
        };
        self.known.insert(id.to_owned(), blob.clone());
        Ok(blob)
    }

    fn bytes(&mut self, bytes: Vec<u8>) -> Option<Blob> {
        self.allowance.take(bytes).inspect_err(|_| self.lost.over_a_limit = true).ok()
    }
}

/// The part, and what a tool gave out.
fn each(part: &mut Part, act: &mut impl FnMut(&mut Part)) {
    if let Part::ToolResult { output, .. } = part {
        output.iter_mut().for_each(&mut *act);
    }
    act(part);
}

fn every(parts: &[Part]) -> impl Iterator<Item = &Part> {
    parts.iter().flat_map(|part| match part {
        Part::ToolResult { output, .. } => output.as_slice(),
        part => std::slice::from_ref(part),
    })
}

/// All bytes that a conversation's parts name, once each, in the order of their names.
pub fn blobs(conversation: &Conversation) -> Vec<Blob> {
    let parts = conversation.messages.iter().flat_map(|message| every(&message.parts));
    let named = parts.filter_map(|part| match part {
        Part::Image { blob: Some(blob), .. } | Part::File { blob: Some(blob), .. } => Some((blob.hash(), blob.clone())),
        _ => None,
    });
    named.collect::<BTreeMap<_, _>>().into_values().collect()
}

/// One attachment that a share shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// Names its bytes.
    pub hash: BlobHash,
    /// What whoever saves it finds it under.
    pub name: String,
}

/// The attachments that a share shows, by the last segment of their URLs. What it leaves out is not among them.
pub fn files(shown: &Shown) -> HashMap<String, Attached> {
    let mut files = HashMap::new();
    for part in shown.messages.iter().flat_map(|message| every(&message.message.parts)) {
        let (blob, mime, name) = match part {
            Part::Image { blob: Some(blob), mime, name, .. } => (blob, mime, name.as_deref()),
            Part::File { blob: Some(blob), name, .. } => (blob, &None, Some(name.as_str())),
            _ => continue,
        };
        let file = blob.file_name(mime.as_deref());
        let name = name.map(saved_as).filter(|name| !name.is_empty()).unwrap_or_else(|| file.clone());
        files.entry(file).or_insert(Attached { hash: blob.hash(), name });
    }
    files
}

/// A name that means nothing to any file system, and keeps its ending.
fn saved_as(name: &str) -> String {
    const LONGEST: usize = 120;
    let plain = |c: char| if matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|') { '_' } else { c };
    let name: String = text::one_line(name).trim_matches(['.', ' ']).chars().map(plain).collect();
    let length = name.chars().count();
    name.chars().skip(length.saturating_sub(LONGEST)).collect()
}

/// Writes into every part with bytes where its share serves them: `share` is the page's URL, or its path.
pub fn address(shown: &mut Shown, share: &str) {
    let mut one = |part: &mut Part| match part {
        Part::Image { url, mime, blob: Some(blob), .. } => {
            *url = Some(format!("{share}/files/{}", blob.file_name(mime.as_deref())));
        }
        Part::File { url, blob: Some(blob), .. } => *url = Some(format!("{share}/files/{}", blob.file_name(None))),
        _ => {}
    };
    for part in shown.messages.iter_mut().flat_map(|message| &mut message.message.parts) {
        each(part, &mut one);
    }
}

/// Takes our names of bytes away, for documents that leave the house: the address is all a reader needs.
pub fn forget_hashes(shown: &mut Shown) {
    let mut one = |part: &mut Part| {
        if let Part::Image { blob, .. } | Part::File { blob, .. } = part {
            *blob = None;
        }
    };
    for part in shown.messages.iter_mut().flat_map(|message| &mut message.message.parts) {
        each(part, &mut one);
    }
}

#[cfg(test)]
mod tests;
