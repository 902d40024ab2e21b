//! Conversations out of the files that chat products let people take away.
//!
//! The format is found by content, never by a file's name, because ChatGPT, Claude and others all ship a `conversations.json`. A
//! further format is one file here and one row in `FORMATS`. Conversations stream: memory is bounded by the largest one.

mod archive;
mod assets;
mod canonical;
mod claude_export;
mod elements;
mod openai_chat;
mod openai_export;

use super::{
    Conversation, Limits, Part, Role,
    attachment::{Assets, NoAssets, take_in},
    fold, json, text, transcript,
};
use elements::{Break, Element, Elements};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::ControlFlow;

/// A kind of file: one row a format.
struct Format {
    /// As [`super::Source::format`] names it.
    name: &'static str,
    /// Whether this is one conversation of the format. A whole array of messages counts as one.
    recognises: fn(&Value) -> bool,
    /// Reads one conversation; the error is a sentence for the report.
    read: fn(&Value, &Limits) -> Result<Reading, String>,
}

/// In this order, the first that recognises a file reads it: the specific before the general.
const FORMATS: [Format; 4] = [canonical::FORMAT, openai_export::FORMAT, claude_export::FORMAT, openai_chat::FORMAT];

/// What is named to whoever sends something else.
const SUPPORTED: &str = "ChatGPT and Claude data exports (the ZIP or a JSON file in it), conversations in Vitrine's own JSON, \
                         and lists of messages as the OpenAI API has them";

/// What a format made of one conversation, messages as they came.
struct Reading {
    conversation: Conversation,
    unsupported: BTreeSet<String>,
    left_out: usize,
}

/// One conversation of a file.
#[derive(Debug)]
pub struct Found {
    /// Its title, its first words, or its number in the file.
    pub title: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of one conversation of a file.
#[derive(Debug)]
pub enum Outcome {
    /// It was read.
    Conversation {
        /// Whole, and within the limits.
        conversation: Box<Conversation>,
        /// Types of content that notices stand for.
        unsupported: Vec<String>,
        /// Messages on other branches than the one shown.
        left_out: usize,
    },
    /// It was not, and the rest of the file was.
    Skipped {
        /// Why, as a sentence.
        reason: String,
    },
}

/// What a whole file held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The format's name.
    pub format: &'static str,
    /// Conversations read.
    pub conversations: usize,
    /// Conversations skipped.
    pub skipped: usize,
}

/// Why a file cannot be read, or not to its end. Conversations reported before it are whole.
#[derive(Debug)]
pub enum ImportError {
    /// None of the formats.
    UnknownFormat,
    /// A known kind of file that holds no conversation.
    Empty,
    /// The file ends too early.
    Truncated,
    /// Neither good JSON nor a good ZIP: a sentence.
    Damaged(String),
    /// More of something than is allowed: a sentence.
    TooLarge(String),
    /// Every entry that could hold conversations is encrypted.
    Encrypted,
    /// Reading failed.
    Io(io::Error),
}

impl std::fmt::Display for ImportError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ImportError::UnknownFormat => write!(f, "This file is in none of the formats that can be imported: {SUPPORTED}."),
            ImportError::Empty => f.write_str("This file holds no conversations."),
            ImportError::Truncated => f.write_str("The file ends too early. Download it again."),
            ImportError::Damaged(why) | ImportError::TooLarge(why) => f.write_str(why),
            ImportError::Encrypted => f.write_str("The ZIP is encrypted. Unpack it and import the JSON files in it."),
            ImportError::Io(error) => write!(f, "The file could not be read: {error}."),
        }
    }
}

impl std::error::Error for ImportError {}

/// Reads a file and hands each of its conversations to `each` as soon as it is whole; [`ControlFlow::Break`] ends the reading.
///
/// # Errors
/// [`ImportError`], also after conversations were handed out: a file cut off in the middle gives what stands before the cut.
pub fn import(
    file: &mut (impl Read + Seek),
    limits: &Limits,
    each: &mut dyn FnMut(Found) -> ControlFlow<()>,
) -> Result<Summary, ImportError> {
    let length = file.seek(SeekFrom::End(0)).map_err(ImportError::Io)?;
    if length > limits.import_bytes {
        return Err(ImportError::TooLarge(format!("The file is larger than {}.", text::size(limits.import_bytes))));
    }
    file.rewind().map_err(ImportError::Io)?;
    let mut magic = [0; 4];
    let packed = file.read_exact(&mut magic).is_ok() && archive::is_zip(magic);
    file.rewind().map_err(ImportError::Io)?;
    if packed {
        return archive::import(file, limits, each);
    }
    let kind = sniff(&mut *file, limits)??;
    file.rewind().map_err(ImportError::Io)?;
    let mut report = Report::new(kind.format, limits, Box::new(NoAssets), each);
    report.read(file, kind)?;
    Ok(report.summary)
}

/// A name for the conversation that stays the same when its file is imported again: the origin's id where it has one, else a
/// hash. At most 200 characters, all of them safe in a URL's path.
pub fn conversation_id(conversation: &Conversation) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~' | ':');
    let source = conversation.source.as_ref();
    let format = source.map_or("import", |source| source.format.strip_suffix("-export").unwrap_or(&source.format));
    let prefix = if format.len() <= 40 && format.chars().all(plain) { format } else { "import" };
    match source.and_then(|source| source.id.as_deref()) {
        Some(id) if id.len() <= 150 && id.chars().all(plain) => format!("{prefix}-{id}"),
        Some(id) => format!("{prefix}-{:.32}", hex(&Sha256::digest(id))),
        None => {
            let hash = transcript::canonical(conversation).map(|(hash, _)| hash.0).unwrap_or_default();
            format!("{prefix}-{:.32}", hex(&hash))
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// How a JSON text holds its conversations.
#[derive(Clone, Copy)]
struct Kind {
    /// The row of [`FORMATS`].
    format: usize,
    /// The whole text is one conversation: an array of messages.
    whole: bool,
}

/// Elements looked at before a text counts as unknown; exports begin with a broken conversation now and then.
const SNIFFED: usize = 50;

/// The bytes one conversation may take in a file: products write much around the words, and what is stored is measured again.
fn element_bytes(limits: &Limits) -> usize {
    limits.conversation_bytes.saturating_mul(4)
}

/// Parses one conversation of a file, which may take memory as it may take bytes.
fn parse(bytes: &[u8], limits: &Limits) -> Result<Value, String> {
    let wide = Limits { conversation_bytes: element_bytes(limits), ..*limits };
    json::parse(bytes, limits.depth, &mut wide.memory()).map_err(|why| match why {
        json::Refused::Malformed(why) => why,
        json::Refused::TooHeavy => format!("holds more values than fit in {} MiB of memory", wide.memory() >> 20),
    })
}

/// Finds the format of a JSON text; the inner error says why it is none. The outer one is the reader's.
fn sniff(reader: impl Read, limits: &Limits) -> Result<Result<Kind, ImportError>, ImportError> {
    let mut elements = Elements::new(reader, element_bytes(limits));
    let (mut seen, mut too_large) = (0, false);
    while seen < SNIFFED {
        let element = match elements.next() {
            Ok(Some(element)) => element,
            Ok(None) if seen == 0 && elements.is_array() => return Ok(Err(ImportError::Empty)),
            Ok(None) => break,
            // A file that breaks off in its first conversation can still be called by its name.
            Err(Break::Truncated) if seen == 0 && elements.began() => return Ok(Err(ImportError::Truncated)),
            Err(Break::Truncated | Break::Malformed(_)) => break,
            Err(Break::Io(error)) => return Err(broken_read(error)),
        };
        seen += 1;
        match element {
            Element::TooLarge(_) => too_large = true,
            Element::Whole(bytes) => {
                if let Some(kind) = parse(&bytes, limits).ok().and_then(|value| recognise(value, elements.is_array())) {
                    return Ok(Ok(kind));
                }
            }
        }
    }
    let why = format!("A conversation in the file takes more than {}.", text::size(element_bytes(limits) as u64));
    Ok(Err(if too_large { ImportError::TooLarge(why) } else { ImportError::UnknownFormat }))
}

fn recognise(value: Value, in_array: bool) -> Option<Kind> {
    let row = |value: &Value| FORMATS.iter().position(|format| (format.recognises)(value));
    if let Some(format) = row(&value) {
        return Some(Kind { format, whole: false });
    }
    let format = in_array.then(|| row(&Value::Array(vec![value]))).flatten()?;
    Some(Kind { format, whole: true })
}

/// Archives report their own trouble through the reader: see [`archive`].
fn broken_read(error: io::Error) -> ImportError {
    match error.kind() {
        io::ErrorKind::FileTooLarge => ImportError::TooLarge(error.to_string()),
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => ImportError::Damaged(format!("The ZIP is damaged: {error}.")),
        io::ErrorKind::UnexpectedEof => ImportError::Truncated,
        _ => ImportError::Io(error),
    }
}

/// Reads conversations and tells the caller about each.
struct Report<'a> {
    format: &'static Format,
    limits: Limits,
    /// What the file holds besides.
    assets: Box<dyn Assets + 'a>,
    each: &'a mut dyn FnMut(Found) -> ControlFlow<()>,
    summary: Summary,
    stopped: bool,
}

impl<'a> Report<'a> {
    fn new(
        format: usize,
        limits: &Limits,
        assets: Box<dyn Assets + 'a>,
        each: &'a mut dyn FnMut(Found) -> ControlFlow<()>,
    ) -> Self {
        let format = &FORMATS[format];
        let summary = Summary { format: format.name, ..Summary::default() };
        Report { format, limits: *limits, assets, each, summary, stopped: false }
    }

    /// Reads one JSON text.
    fn read(&mut self, reader: impl Read, kind: Kind) -> Result<(), ImportError> {
        if kind.whole {
            return self.read_whole(reader);
        }
        let mut elements = Elements::new(reader, element_bytes(&self.limits));
        while !self.stopped {
            match elements.next() {
                Ok(Some(Element::Whole(bytes))) => self.element(&bytes),
                Ok(Some(Element::TooLarge(start))) => {
                    let reason = format!("It takes more than {}.", text::size(element_bytes(&self.limits) as u64));
                    self.skip(elements::title(&start), reason);
                }
                Ok(None) => break,
                Err(Break::Truncated) => return Err(ImportError::Truncated),
                Err(Break::Malformed(at)) => {
                    return Err(ImportError::Damaged(format!("The file is not valid JSON at byte {at}.")));
                }
                Err(Break::Io(error)) => return Err(broken_read(error)),
            }
        }
        Ok(())
    }

    fn read_whole(&mut self, reader: impl Read) -> Result<(), ImportError> {
        let most = element_bytes(&self.limits);
        let mut bytes = Vec::new();
        reader.take(most as u64 + 1).read_to_end(&mut bytes).map_err(broken_read)?;
        if bytes.len() > most {
            return Err(ImportError::TooLarge(format!("The conversation takes more than {}.", text::size(most as u64))));
        }
        if !bytes.trim_ascii_end().ends_with(b"]") {
            return Err(ImportError::Truncated);
        }
        self.element(&bytes);
        Ok(())
    }

    fn element(&mut self, bytes: &[u8]) {
        let value = match parse(bytes, &self.limits) {
            Ok(value) => value,
            Err(why) => return self.skip(elements::title(bytes), format!("It {why}.")),
        };
        let title = json::first_str(&value, &["title", "name"]).map(text::one_line);
        if !(self.format.recognises)(&value) {
            return self.skip(title, "It is no conversation like the others in the file.".to_owned());
        }
        let checked = (self.format.read)(&value, &self.limits).and_then(|mut reading| {
            drop(value);
            if take_in(&mut reading.conversation, &mut *self.assets, &self.limits) {
                reading.unsupported.insert("attachments over a limit".to_owned());
            }
            check(reading, &self.limits)
        });
        match checked {
            Ok(Reading { conversation, unsupported, left_out }) => {
                self.summary.conversations += 1;
                let title = title.or_else(|| first_words(&conversation));
                let unsupported = unsupported.into_iter().collect();
                self.tell(title, Outcome::Conversation { conversation: Box::new(conversation), unsupported, left_out });
            }
            Err(reason) => self.skip(title, reason),
        }
    }

    fn skip(&mut self, title: Option<String>, reason: String) {
        self.summary.skipped += 1;
        self.tell(title, Outcome::Skipped { reason });
    }

    fn tell(&mut self, title: Option<String>, outcome: Outcome) {
        let title = title.filter(|title| !title.is_empty()).map(|title| text::cut(&title, self.limits.title_chars));
        let number = self.summary.conversations + self.summary.skipped;
        let title = title.unwrap_or_else(|| format!("Conversation {number}"));
        self.stopped |= (self.each)(Found { title, outcome }).is_break();
    }
}

/// Folds what was read and holds it to the limits.
fn check(mut reading: Reading, limits: &Limits) -> Result<Reading, String> {
    let conversation = &mut reading.conversation;
    for message in conversation.messages.iter_mut().filter(|message| message.role == Role::Assistant) {
        text::divide_thoughts(&mut message.parts);
    }
    let too_many_parts = || format!("A message of it has more than {} parts.", limits.parts);
    if conversation.messages.iter().any(|message| message.parts.len() > limits.parts) {
        return Err(too_many_parts());
    }
    conversation.messages = fold::fold(std::mem::take(&mut conversation.messages), limits.parts);
    if conversation.messages.is_empty() {
        return Err("It holds no messages.".to_owned());
    }
    if conversation.messages.len() > limits.messages {
        return Err(format!("It has more than {} messages.", limits.messages));
    }
    conversation.title = text::cut(&text::one_line(&conversation.title), limits.title_chars);
    let (_, bytes) = transcript::canonical(conversation).map_err(|error| format!("It cannot be stored: {error}."))?;
    if bytes.len() > limits.conversation_bytes {
        return Err(format!("It is larger than {}.", text::size(limits.conversation_bytes as u64)));
    }
    if holds_nul(&bytes) {
        return Err("It contains the character U+0000.".to_owned());
    }
    Ok(reading)
}

/// Whether canonical JSON, where it can only stand escaped, holds U+0000.
fn holds_nul(canonical: &[u8]) -> bool {
    let mut escapes = canonical.iter().enumerate();
    while let Some((at, byte)) = escapes.next() {
        if *byte == b'\\' {
            if canonical[at..].starts_with(br"\u0000") {
                return true;
            }
            escapes.next();
        }
    }
    false
}

/// What people call a conversation without a title.
fn first_words(conversation: &Conversation) -> Option<String> {
    conversation.messages.iter().flat_map(|message| &message.parts).find_map(|part| match part {
        Part::Text { text, .. } => Some(text::cut(&text::one_line(&text::cut(text, 200)), 60)),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
