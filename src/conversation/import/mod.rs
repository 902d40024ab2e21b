//! Conversations out of the files that chat products let people take away.
//!
//! The format is found by content, never by a file's name, because ChatGPT, Claude and others all ship a `conversations.json`. A
//! further format is one file here and one row in `FORMATS`. Conversations stream: memory is bounded by the largest one, or, where a
//! file mixes the rows of several, by as many as the largest one may take.

mod ai_studio;
mod anthropic_messages;
mod archive;
mod assets;
mod attachment;
mod canonical;
mod chat_completion;
mod chat_ui;
mod chatbot_ui;
mod choice;
mod claude_code;
mod claude_export;
mod codex;
mod container;
mod deepseek;
mod elements;
mod entities;
mod gemini_cli;
mod gemini_contents;
mod gemini_takeout;
mod gemini_workspace;
mod grok;
mod html;
mod librechat;
mod llm_logs;
mod markdown_transcript;
mod mongo;
mod name;
mod nested;
mod numbered;
mod open_webui;
mod openai_chat;
mod openai_export;
mod openai_responses;
mod openai_share;
mod plain_text;
mod report;
mod rows;
mod seen;
mod share_gpt;
mod silly_tavern;
mod single;
mod sniff;
mod stop;
pub mod store;
mod tree;

use super::{Conversation, Limits, Role, attachment::NoAssets, fold, json, long_message, text, transcript};
pub use name::Name;
use report::Report;
use serde_json::Value;
pub use single::pushed;
use sniff::{Sniffed, sniff, sniff_text};
use std::collections::BTreeSet;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::ControlFlow;

/// A kind of file: one row a format.
struct Format {
    /// As [`super::Source::format`] names it.
    name: &'static str,
    /// What of a file one conversation is.
    unit: Unit,
    /// Whether this is one conversation of the format, or one with only the first of its values.
    recognises: fn(&Value) -> bool,
    /// Reads one conversation; the error is a sentence for the report.
    read: fn(&Value, &Limits) -> Result<Reading, String>,
    /// What whoever imports it should know, as a sentence.
    warning: Option<&'static str>,
}

/// What of a file one conversation is. It comes to its format as one value.
#[derive(Clone, Copy)]
enum Unit {
    /// One value: the only one, an element of an array, or a line.
    Value,
    /// Such a value, or all of the file's together as an array: messages, or the lines of a session.
    All,
    /// The values with one key together as an array, in the file's order; a value without a key is one by itself.
    Rows(fn(&Value) -> Option<String>),
    /// All of a text that is no JSON, as a string.
    Text,
}

/// In this order, the first that recognises a file reads it: the specific before the general.
const FORMATS: &[Format] = &[
    canonical::FORMAT,
    deepseek::FORMAT,
    openai_export::FORMAT,
    openai_share::FORMAT,
    claude_export::FORMAT,
    gemini_takeout::FORMAT,
    librechat::FORMAT,
    open_webui::FORMAT,
    chatbot_ui::FORMAT,
    ai_studio::FORMAT,
    gemini_workspace::FORMAT,
    gemini_cli::FORMAT,
    gemini_contents::FORMAT,
    grok::FORMAT,
    openai_responses::FORMAT,
    chat_completion::FORMAT,
    anthropic_messages::FORMAT,
    chat_ui::FORMAT,
    share_gpt::FORMAT,
    llm_logs::FORMAT,
    openai_chat::FORMAT,
    codex::FORMAT,
    claude_code::FORMAT,
    silly_tavern::FORMAT,
    markdown_transcript::FORMAT,
    plain_text::FORMAT,
];

/// What is named to whoever sends something else.
const SUPPORTED: &str = "data exports of ChatGPT, Claude, DeepSeek, Grok, Gemini, LibreChat, Open WebUI, Chatbot UI and HuggingChat (the \
                         ZIP or a JSON file in it), requests and answers of the OpenAI and Anthropic APIs, contents of Gemini's, session logs of Codex, \
                         Claude Code and Gemini CLI, logs of llm, SillyTavern chats, ShareGPT and fine-tuning data, Markdown \
                         transcripts, Vitrine's own JSON, and plain text";

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
        /// What it is called.
        name: Name,
        /// Types of content that notices stand for.
        unsupported: Vec<String>,
        /// Messages on other branches than the one shown.
        left_out: usize,
        /// What else whoever imports it should know, as sentences.
        warnings: Vec<String>,
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
    let kind = match sniff(&mut *file, limits)? {
        Sniffed::Kind(kind) => kind,
        Sniffed::None(why) => return Err(why),
        Sniffed::NoJson => {
            file.rewind().map_err(ImportError::Io)?;
            sniff_text(&mut *file, limits)?.ok_or(ImportError::UnknownFormat)?
        }
    };
    let mut report = Report::new(kind.format, limits, Box::new(NoAssets), each);
    loop {
        file.rewind().map_err(ImportError::Io)?;
        if !report.read(&mut *file, kind)? {
            return Ok(report.summary);
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes one conversation's words may take in a file: products write much around them, and what is stored is measured again.
fn words_bytes(limits: &Limits) -> usize {
    limits.conversation_bytes.saturating_mul(4)
}

/// The same with what is attached to it, in base64.
fn element_bytes(limits: &Limits) -> usize {
    words_bytes(limits).saturating_add(limits.push_bytes() - limits.conversation_bytes)
}

/// Parses one conversation of a file, which may take memory as it may take bytes.
fn parse(bytes: &[u8], limits: &Limits) -> Result<Value, String> {
    let wide = Limits { conversation_bytes: words_bytes(limits), ..*limits };
    // What is attached lies in a few long strings.
    let room = wide.memory().saturating_add(bytes.len().saturating_sub(wide.conversation_bytes));
    let parse = |bytes: &[u8]| json::parse_without_nul(bytes, limits.depth, &mut room.clone());
    // What messages nest in each other is not the document's own depth.
    let flat = |why: json::Refused| nested::flat(bytes).and_then(|flat| parse(&flat).ok()).ok_or(why);
    parse(bytes).or_else(flat).map_err(|why| match why {
        json::Refused::Malformed(why) => why,
        json::Refused::TooHeavy => format!("holds more values than fit in {} MiB of memory", wide.memory() >> 20),
    })
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

/// Folds what was read and holds it to the limits.
fn check(mut reading: Reading, limits: &Limits) -> Result<Reading, String> {
    let conversation = &mut reading.conversation;
    for message in conversation.messages.iter_mut().filter(|message| message.role == Role::Assistant) {
        text::divide_thoughts(&mut message.parts);
    }
    let most = long_message::most(limits);
    if conversation.messages.iter().any(|message| message.parts.len() > most) {
        return Err(format!("A message of it has more than {most} parts."));
    }
    let messages = std::mem::take(&mut conversation.messages).into_iter();
    let messages = messages.flat_map(|message| long_message::divided(message, limits.parts)).collect();
    conversation.messages = fold::fold(messages, limits.parts);
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

#[cfg(test)]
mod tests;
