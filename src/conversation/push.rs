//! What a host app pushes: the canonical model, or messages, items and answers as the common APIs have them (FORMATS section 1).
//!
//! Strict about what it knows, so that a mistake is told and not stored; silent about keys it does not know, because other
//! products' documents carry many.

mod inline;
mod item;
mod message;
mod part;

pub(super) use item::compacted;
pub(super) use part::{output, unsupported};

use super::{
    Conversation, FieldError, Limits, Message, NoticeKind, Part, Role, Source, Status, attachment::Allowance, fold, json,
    long_message, text,
};
use serde_json::Value;
use std::collections::BTreeSet;

/// Why a document is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejected {
    /// Not JSON, not UTF-8, or nested too deep: a sentence (400).
    Malformed(String),
    /// JSON that says something a conversation cannot, or too much of it: every bad field at once (422).
    Invalid(Vec<FieldError>),
    /// More than so many bytes besides what is attached (413).
    TooLarge(usize),
}

/// Errors named in one answer; who made more knows after these what is wrong.
const ERRORS: usize = 100;

/// Reads one conversation: an object with `messages`, or the messages alone; or an answer of the OpenAI or Anthropic APIs.
///
/// # Errors
/// [`Rejected`], which names every bad field by its path, such as `messages[3].content`.
pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Conversation, Rejected> {
    // What is attached lies in a few long strings.
    let mut room = limits.memory().saturating_add(bytes.len().saturating_sub(limits.conversation_bytes));
    let document = json::parse(bytes, limits.depth, &mut room).map_err(|why| match why {
        json::Refused::Malformed(why) => Rejected::Malformed(format!("The body {why}.")),
        json::Refused::TooHeavy => {
            let (room, object, value) = (limits.memory() >> 20, json::OBJECT, json::VALUE);
            let rule = format!(
                "must hold no more values than fit in {room} MiB of memory, where an object counts {object} bytes and another value {value}"
            );
            Rejected::Invalid(vec![FieldError::new("body", rule)])
        }
    })?;
    let mut reader = Reader::new(limits, room, false);
    let read = reader.whole(&document);
    if bytes.len().saturating_sub(reader.inline_bytes) > limits.conversation_bytes {
        return Err(Rejected::TooLarge(limits.conversation_bytes));
    }
    read.ok_or(Rejected::Invalid(reader.errors))
}

/// Reads a parsed document; with it, the types of content that only a notice stands for. JSON inside its strings may take `room`
/// bytes of memory.
pub(super) fn read(document: &Value, limits: &Limits, room: usize) -> Result<(Conversation, BTreeSet<String>), Vec<FieldError>> {
    let mut reader = Reader { from_file: true, parts: long_message::most(limits), ..Reader::new(limits, room, false) };
    match reader.whole(document) {
        Some(conversation) => Ok((conversation, reader.unsupported)),
        None => Err(reader.errors),
    }
}

/// Reads one message or item of a log, as far as it can be read.
pub(super) fn read_one(value: &Value, limits: &Limits, room: &mut usize, unsupported: &mut BTreeSet<String>) -> Option<Message> {
    let mut reader = Reader::new(limits, *room, true);
    let message = reader.item(value, "");
    *room = reader.room;
    unsupported.append(&mut reader.unsupported);
    message
}

/// Collects what is wrong while it reads, so that one answer names it all.
struct Reader {
    limits: Limits,
    /// What is wrong is left out and the rest is kept.
    lenient: bool,
    /// Nobody can correct a file: a time that is none is left out, and a message of too many parts becomes several.
    from_file: bool,
    /// Parts of one message.
    parts: usize,
    /// Bytes of memory left for JSON inside strings.
    room: usize,
    errors: Vec<FieldError>,
    unsupported: BTreeSet<String>,
    /// Attachments that there is still room for.
    allowance: Allowance,
    /// Bytes of the document that stand for attachments.
    inline_bytes: usize,
}

impl Reader {
    fn new(limits: &Limits, room: usize, lenient: bool) -> Self {
        let (errors, unsupported) = (Vec::new(), BTreeSet::new());
        let parts = if lenient { long_message::most(limits) } else { limits.parts };
        Reader {
            limits: *limits,
            lenient,
            from_file: lenient,
            parts,
            room,
            errors,
            unsupported,
            allowance: Allowance::new(limits),
            inline_bytes: 0,
        }
    }

    /// The conversation, if nothing is wrong with it.
    fn whole(&mut self, document: &Value) -> Option<Conversation> {
        self.refuse_nul(document, &mut String::new());
        self.conversation(document).filter(|_| self.errors.is_empty())
    }

    fn refuse(&mut self, field: impl Into<String>, rule: impl Into<String>) {
        if self.errors.len() < ERRORS {
            self.errors.push(FieldError::new(field, rule));
        }
    }

    fn conversation(&mut self, document: &Value) -> Option<Conversation> {
        let title = text::one_line(&self.string(document, &["title"], "").unwrap_or_default());
        if title.chars().count() > self.limits.title_chars {
            let rule = format!("must have at most {} characters", self.limits.title_chars);
            self.refuse("title", rule);
        }
        let created_at = self.moment(document, &["createdAt", "created_at", "create_time", "created"], "");
        let model = self.string(document, &["model"], "");
        let source = self.source(document);
        let messages = self.messages(document)?.into_iter();
        let messages = messages.flat_map(|message| long_message::divided(message, self.limits.parts)).collect();
        let messages = fold::fold(messages, self.limits.parts);
        if messages.is_empty() && self.errors.is_empty() {
            self.refuse("messages", "must hold at least one message that says something");
        }
        if messages.len() > self.limits.messages {
            let rule = format!("must hold at most {} messages", self.limits.messages);
            self.refuse("messages", rule);
        }
        Some(Conversation { title, created_at, model, source, messages })
    }

    /// Whichever field they are in.
    fn messages(&mut self, document: &Value) -> Option<Vec<Message>> {
        if let Value::Array(messages) = document {
            return Some(self.list(messages, "messages"));
        }
        if !document.is_object() {
            self.refuse("", "must be an object with messages, or an array of messages");
            return None;
        }
        let answer = |document: &Value| document["type"] == "message" && document["role"].is_string();
        let mut messages: Vec<Message> = self.instructions(&document["system"]).into_iter().collect();
        match &document["messages"] {
            Value::Array(given) => messages.extend(self.list(given, "messages")),
            Value::Null if document["choices"].is_array() => messages.extend(self.choice(document)),
            Value::Null if answer(document) => messages.extend(self.message(document, "")),
            Value::Null if document["output"].is_array() || document["input"].is_array() || document["input"].is_string() => {
                messages.extend(self.instructions(&document["instructions"]));
                messages.extend(self.response(document));
            }
            _ => {
                self.refuse("messages", "must be an array of messages");
                return None;
            }
        }
        Some(messages)
    }

    fn list(&mut self, messages: &[Value], path: &str) -> Vec<Message> {
        let each = messages.iter().enumerate();
        each.filter_map(|(at, value)| {
            let path = format!("{path}[{at}]");
            if item::is_item(value) { self.item(value, &path) } else { self.message(value, &path) }
        })
        .collect()
    }

    /// Instructions that stand beside the messages: a text, or blocks of it.
    fn instructions(&mut self, given: &Value) -> Option<Message> {
        let blocks = given.as_array().map(Vec::as_slice).unwrap_or_default().iter().filter_map(|block| block["text"].as_str());
        let text = given.as_str().map_or_else(|| blocks.collect::<Vec<_>>().join("\n\n"), str::to_owned);
        let parts = vec![Part::Text { text, citations: vec![] }];
        Some(Message { role: Role::System, parts, ..Message::default() })
    }

    /// An answer of the Chat Completions API. Of several that were asked for, the first.
    fn choice(&mut self, document: &Value) -> Option<Message> {
        let choice = &document["choices"][0];
        let mut message = match (&choice["message"], choice["text"].as_str()) {
            // The API's form for models that only continue a text.
            (Value::Null, Some(text)) => {
                let parts = vec![Part::Text { text: text.to_owned(), citations: vec![] }];
                Message { role: Role::Assistant, parts, ..Message::default() }
            }
            (Value::Null, None) => {
                self.refuse("choices", "must begin with a choice that holds a message");
                return None;
            }
            (message, _) => self.message(message, "choices[0].message")?,
        };
        if matches!(choice["finish_reason"].as_str(), Some("length" | "content_filter")) {
            message.status = Status::Incomplete;
        }
        Some(message)
    }

    /// A request or an answer of the Responses API, or both in one.
    fn response(&mut self, document: &Value) -> Vec<Message> {
        let mut messages = Vec::new();
        for key in ["input", "output"] {
            match &document[key] {
                Value::Null => {}
                Value::String(text) => {
                    let parts = vec![Part::Text { text: text.clone(), citations: vec![] }];
                    messages.push(Message { parts, ..Message::default() });
                }
                Value::Array(items) => {
                    let read = items.iter().enumerate().filter_map(|(at, item)| self.item(item, &format!("{key}[{at}]")));
                    messages.extend(read);
                }
                _ => self.refuse(key, "must be an array of items"),
            }
        }
        if let Some(said) = json::first_str(&document["error"], &["message"]) {
            let parts = vec![Part::Notice { kind: NoticeKind::Error, text: said.to_owned() }];
            messages.push(Message { role: Role::Assistant, status: Status::Error, parts, ..Message::default() });
        }
        let last = messages.last_mut().filter(|message| message.role == Role::Assistant);
        match (document["status"].as_str(), last) {
            (Some("incomplete" | "in_progress" | "cancelled"), Some(last)) => last.status = Status::Incomplete,
            (Some("failed"), Some(last)) => last.status = Status::Error,
            _ => {}
        }
        messages
    }

    fn source(&mut self, document: &Value) -> Option<Source> {
        match &document["source"] {
            Value::Null => None,
            source @ Value::Object(_) => {
                let format = self.string(source, &["format"], "source.").unwrap_or_else(|| "canonical".to_owned());
                let id = self.string(source, &["id"], "source.");
                let app = self.string(source, &["app"], "source.");
                Some(Source { format, id, app })
            }
            _ => {
                self.refuse("source", "must be an object with format, id and app");
                None
            }
        }
    }

    /// The first of `keys` that is there and not null; `prefix` is the path of the object, with its full stop.
    fn field<'a>(&mut self, object: &'a Value, keys: &[&str], prefix: &str) -> Option<(String, &'a Value)> {
        let found = keys.iter().find(|key| !object[**key].is_null())?;
        Some((format!("{prefix}{found}"), &object[*found]))
    }

    fn string(&mut self, object: &Value, keys: &[&str], prefix: &str) -> Option<String> {
        let (field, value) = self.field(object, keys, prefix)?;
        if !value.is_string() {
            self.refuse(field, "must be a string");
        }
        value.as_str().map(str::to_owned)
    }

    fn flag(&mut self, object: &Value, keys: &[&str], prefix: &str) -> bool {
        let Some((field, value)) = self.field(object, keys, prefix) else { return false };
        if !value.is_boolean() {
            self.refuse(field, "must be true or false");
        }
        value.as_bool().unwrap_or_default()
    }

    fn count(&mut self, object: &Value, keys: &[&str], prefix: &str) -> Option<u64> {
        let (field, value) = self.field(object, keys, prefix)?;
        if !value.is_u64() {
            self.refuse(field, "must be a whole number of zero or more");
        }
        value.as_u64()
    }

    fn pixels(&mut self, object: &Value, key: &str, prefix: &str) -> Option<u32> {
        let pixels = self.count(object, &[key], prefix)?;
        let fits = u32::try_from(pixels).ok();
        if fits.is_none() {
            self.refuse(format!("{prefix}{key}"), "must be a number of pixels");
        }
        fits
    }

    fn moment(&mut self, object: &Value, keys: &[&str], prefix: &str) -> Option<time::OffsetDateTime> {
        let (field, value) = self.field(object, keys, prefix)?;
        let moment = json::moment(value);
        if moment.is_none() && !self.from_file {
            self.refuse(field, "must be a time: ISO 8601, or seconds or milliseconds since 1970");
        }
        moment
    }

    /// U+0000 ends a string in too many places that a conversation passes through.
    fn refuse_nul(&mut self, value: &Value, path: &mut String) {
        let length = path.len();
        match value {
            Value::String(text) if text.contains('\0') => self.refuse(path.clone(), "must not contain the character U+0000"),
            Value::Array(values) => {
                for (at, value) in values.iter().enumerate() {
                    path.push_str(&format!("[{at}]"));
                    self.refuse_nul(value, path);
                    path.truncate(length);
                }
            }
            Value::Object(fields) => {
                for (key, value) in fields {
                    if key.contains('\0') {
                        self.refuse(path.clone(), "must not contain the character U+0000 in a key");
                        continue;
                    }
                    path.push_str(if length == 0 { "" } else { "." });
                    path.push_str(key);
                    self.refuse_nul(value, path);
                    path.truncate(length);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
