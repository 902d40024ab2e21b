//! The canonical model: what a conversation is once it is inside, whatever product it came from.
//!
//! Text is Markdown as the model wrote it; no HTML is ever stored as trusted. A conversation is one linear reading path: branches
//! stay outside, and whatever cannot be shown becomes a `Part::Notice`, so that nothing vanishes without trace.

pub mod attachment;
pub mod blob;
mod fences;
mod fold;
pub mod highlight;
pub mod import;
mod json;
pub mod markdown;
mod long_message;
mod markers;
mod pictures;
pub mod push;
pub mod raster;
pub mod store;
mod text;
pub mod transcript;

use blob::Blob;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;

/// A whole conversation, in reading order. Its canonical JSON ([`transcript::canonical`]) is what gets stored and hashed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Conversation {
    /// As the origin named it; may be empty.
    pub title: String,
    /// When the conversation began, where the origin says so.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    pub created_at: Option<OffsetDateTime>,
    /// Default for assistant messages that name no model of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Where it came from; never shown to readers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// In reading order, which is the origin's order and never sorted by time.
    pub messages: Vec<Message>,
}

/// The product and the id a conversation had there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// `openai-export`, `claude-export`, `openai-chat`, `canonical`, …: the importer's name for the format.
    pub format: String,
    /// The origin's own id, which makes a second import of the same file a re-push.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The product's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
}

/// One turn.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// A display name, where the origin has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// The model that answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// When it was written.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    pub created_at: Option<OffsetDateTime>,
    /// Whether the answer ended as it should.
    #[serde(default, skip_serializing_if = "Status::is_complete")]
    pub status: Status,
    /// What it says, in order; never empty once stored.
    pub parts: Vec<Part>,
}

/// Who speaks. `Tool` only for a result whose call is not in the conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The person.
    #[default]
    User,
    /// The model.
    Assistant,
    /// Instructions; stored, never shown to readers.
    System,
    /// An orphan tool result.
    Tool,
}

/// Whether an answer ended as it should.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Ended by itself.
    #[default]
    Complete,
    /// Cut off or stopped.
    Incomplete,
    /// Failed.
    Error,
}

impl Status {
    fn is_complete(&self) -> bool {
        *self == Status::Complete
    }
}

/// A piece of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Part {
    /// Markdown. A link to `cite:ID` points into `citations`.
    Text {
        /// The Markdown.
        text: String,
        /// What `cite:` links mean.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        citations: Vec<Citation>,
    },
    /// Code that is never parsed as Markdown.
    Code {
        /// The source.
        code: String,
        /// As the origin named it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        language: Option<String>,
        /// Shown above the code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        filename: Option<String>,
    },
    /// What the model thought before it answered.
    Reasoning {
        /// Markdown; empty when `redacted`.
        text: String,
        /// How long it thought, in seconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        duration_sec: Option<f64>,
        /// The origin withheld the text.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        redacted: bool,
    },
    /// The model used a tool.
    ToolCall {
        /// The tool.
        name: String,
        /// Any JSON, or a string where the origin had no valid JSON.
        input: Value,
        /// Pairs with the result.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        call_id: Option<String>,
    },
    /// What the tool answered, folded into the message that made the call.
    ToolResult {
        /// Text, code, reasoning, image, file and sources parts only.
        output: Vec<Part>,
        /// The tool, where the result says so itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// Pairs with the call.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        call_id: Option<String>,
        /// The tool failed.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_error: bool,
    },
    /// A picture. Without a blob of ours it shows as a named placeholder, or as a link for a remote `url`.
    Image {
        /// Where the origin had it: http(s) only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
        /// The media type.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mime: Option<String>,
        /// Pixels.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        width: Option<u32>,
        /// Pixels.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        height: Option<u32>,
        /// What it shows, in words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        alt: Option<String>,
        /// Its file name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// Its bytes, where we have them; then `mime`, `width` and `height` are what they say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        blob: Option<Blob>,
    },
    /// An attached or produced file.
    File {
        /// Its file name.
        name: String,
        /// The media type.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mime: Option<String>,
        /// Bytes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        size: Option<u64>,
        /// Where the origin had it: http(s) only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
        /// Extracted text, a transcript, or an artifact's body.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// Its bytes, where we have them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        blob: Option<Blob>,
    },
    /// Where an answer's facts come from.
    Sources {
        /// In the origin's order.
        items: Vec<Citation>,
    },
    /// One line in place of something that cannot be shown as it was.
    Notice {
        /// Why.
        kind: NoticeKind,
        /// In words.
        text: String,
    },
}

/// Why a notice stands in the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NoticeKind {
    /// The model declined.
    Refusal,
    /// The origin showed an error.
    Error,
    /// The answer was stopped.
    Interrupted,
    /// The origin replaced older messages by a summary.
    Summary,
    /// Vitrine cannot show this kind of content.
    Unsupported,
}

/// A source that an answer names.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Citation {
    /// Unique within its part; what `cite:ID` links name.
    pub id: String,
    /// The page's title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// http(s) only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The passage quoted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snippet: Option<String>,
    /// The site's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
}

/// The host app's own id of a conversation: 1 to 200 characters without control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationId(pub String);

impl ConversationId {
    /// What an id must be, for error texts.
    pub const RULE: &'static str = "is 1 to 200 characters without control characters";
}

impl std::str::FromStr for ConversationId {
    type Err = ();

    fn from_str(id: &str) -> Result<Self, ()> {
        let good = (1..=200).contains(&id.chars().count()) && !id.chars().any(char::is_control);
        if good { Ok(ConversationId(id.to_owned())) } else { Err(()) }
    }
}

/// One thing wrong with what somebody sent: where it stands and the rule it breaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// A path such as `messages[3].content`, or the field's name.
    pub field: String,
    /// The rule, in a sentence without the value.
    pub message: String,
}

impl FieldError {
    /// Names the field and the rule.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        FieldError { field: field.into(), message: message.into() }
    }
}

/// Bounds on one conversation (SPEC section 4). All are inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of JSON pushed for one conversation, without the attachments in it.
    pub conversation_bytes: usize,
    /// Messages after folding.
    pub messages: usize,
    /// Parts of one message.
    pub parts: usize,
    /// Characters of a title.
    pub title_chars: usize,
    /// Nesting of the JSON document.
    pub depth: usize,
    /// Bytes of one attachment.
    pub attachment_bytes: usize,
    /// Attachments of one conversation.
    pub attachments: usize,
    /// Bytes of all of them.
    pub attachments_bytes: usize,
    /// Bytes of one import file, packed.
    pub import_bytes: u64,
    /// Bytes an import may unpack to.
    pub unpacked_bytes: u64,
    /// Entries in an import ZIP.
    pub zip_entries: usize,
}

/// A parsed value takes more memory than its JSON: some seven times in the objects of common products, eighty in the worst.
const MEMORY_PER_BYTE: usize = 12;
/// Few bytes say little of what their values take.
const LEAST_MEMORY: usize = 1 << 20;

impl Limits {
    /// Bytes of memory that the parsed JSON of one conversation may take.
    pub(crate) fn memory(&self) -> usize {
        self.conversation_bytes.saturating_mul(MEMORY_PER_BYTE).max(LEAST_MEMORY)
    }

    /// Bytes of a push: the conversation, and in base64 what is attached to it.
    pub fn push_bytes(&self) -> usize {
        self.conversation_bytes.saturating_add(self.attachments_bytes.div_ceil(3).saturating_mul(4))
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            conversation_bytes: 10 << 20,
            messages: 5_000,
            parts: 500,
            title_chars: 500,
            depth: 64,
            attachment_bytes: 10 << 20,
            attachments: 200,
            attachments_bytes: 100 << 20,
            import_bytes: 1 << 30,
            unpacked_bytes: 2 << 30,
            zip_entries: 20_000,
        }
    }
}
