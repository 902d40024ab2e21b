//! A transcript is one immutable version of a conversation, named by the SHA-256 of its canonical JSON; a [`Shown`] is the part of
//! it that one share lets out.

use super::{Conversation, Message, Part, Role, attachment::blobs, blob::Blob, text};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

/// SHA-256 of a transcript's canonical JSON.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TranscriptHash(pub [u8; 32]);

impl std::fmt::Debug for TranscriptHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The canonical JSON of a conversation: fields in the model's order, absent ones left out, object keys of tool inputs sorted.
///
/// # Errors
/// Only for a number JSON cannot carry, which no parsed conversation holds.
pub fn canonical(conversation: &Conversation) -> Result<(TranscriptHash, Vec<u8>), serde_json::Error> {
    let bytes = serde_json::to_vec(conversation)?;
    Ok((TranscriptHash(Sha256::digest(&bytes).into()), bytes))
}

/// A transcript ready to be stored, and what lists say of it.
#[derive(Debug)]
pub struct Packed {
    /// Its name.
    pub hash: TranscriptHash,
    /// The canonical JSON, compressed with zstd.
    pub body: Vec<u8>,
    /// Bytes of the JSON.
    pub json_size: i32,
    /// The conversation's title.
    pub title: String,
    /// All messages, the system's included.
    pub message_count: i32,
    /// What its parts are attached to, once each, in the order of their names.
    pub blobs: Vec<Blob>,
}

/// Serialises, hashes and compresses. Takes milliseconds for a large conversation: keep it off the async threads.
///
/// # Errors
/// When the conversation cannot be written as JSON or is over 2 GiB; neither passes [`super::push::parse`].
pub fn pack(conversation: &Conversation) -> std::io::Result<Packed> {
    let (hash, json) = canonical(conversation)?;
    let too_large = |_| std::io::Error::from(std::io::ErrorKind::FileTooLarge);
    Ok(Packed {
        hash,
        body: zstd::bulk::compress(&json, 3)?,
        json_size: i32::try_from(json.len()).map_err(too_large)?,
        title: conversation.title.clone(),
        message_count: i32::try_from(conversation.messages.len()).map_err(too_large)?,
        blobs: blobs(conversation),
    })
}

/// The inverse of [`pack`]; `None` if the bytes are not ours.
pub fn unpack(body: &[u8], json_size: i32) -> Option<Conversation> {
    let json = zstd::bulk::decompress(body, usize::try_from(json_size).ok()?).ok()?;
    serde_json::from_slice(&json).ok()
}

/// What a share lets out of its transcript (SPEC section 3, `include`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Include {
    /// Tool calls and their results.
    pub tool_calls: bool,
    /// What the model thought.
    pub reasoning: bool,
    /// Images and files.
    pub attachments: bool,
    /// Inclusive ranges of message numbers, 1-based; all when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages: Option<Vec<(u32, u32)>>,
}

impl Default for Include {
    fn default() -> Self {
        Include { tool_calls: false, reasoning: false, attachments: true, messages: None }
    }
}

/// The part of a transcript that one share shows, in reading order.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Shown {
    /// As the owner's product named it; may be empty.
    pub title: String,
    /// When the conversation began.
    #[serde(skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    pub created_at: Option<OffsetDateTime>,
    /// The model named for the whole conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Never a system message, never an empty one.
    pub messages: Vec<ShownMessage>,
}

/// A message and its number, which stays the same whatever else is shown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShownMessage {
    /// 1-based among all messages that are not the system's; `#m12` on the page.
    pub number: u32,
    /// The message, less what the share leaves out.
    #[serde(flatten)]
    pub message: Message,
}

/// Applies `include`: what it leaves out is not in the result at all.
pub fn select(conversation: Conversation, include: &Include) -> Shown {
    let wanted = |number: u32| match &include.messages {
        None => true,
        Some(ranges) => ranges.iter().any(|&(from, to)| (from..=to).contains(&number)),
    };
    let keep = |part: &Part| match part {
        Part::ToolCall { .. } | Part::ToolResult { .. } => include.tool_calls,
        Part::Reasoning { .. } => include.reasoning,
        Part::Image { .. } | Part::File { .. } => include.attachments,
        Part::Text { .. } | Part::Code { .. } | Part::Sources { .. } | Part::Notice { .. } => true,
    };
    let mut messages = Vec::new();
    let mut number = 0;
    for mut message in conversation.messages {
        if message.role == Role::System {
            continue;
        }
        number += 1;
        if !wanted(number) || (message.role == Role::Tool && !include.tool_calls) {
            continue;
        }
        // What was stored before a rule of the intake obeys it here.
        if message.role == Role::Assistant {
            text::divide_thoughts(&mut message.parts);
        }
        message.parts.retain(keep);
        for part in &mut message.parts {
            if let Part::ToolResult { output, .. } = part {
                output.retain(keep);
                output.iter_mut().for_each(blank_if_redacted);
            }
            blank_if_redacted(part);
        }
        if !message.parts.is_empty() {
            messages.push(ShownMessage { number, message });
        }
    }
    Shown { title: conversation.title, created_at: conversation.created_at, model: conversation.model, messages }
}

fn blank_if_redacted(part: &mut Part) {
    if let Part::Reasoning { text, redacted: true, .. } = part {
        text.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn conversation(messages: &serde_json::Value) -> Conversation {
        serde_json::from_value(json!({ "title": "T", "messages": messages })).unwrap()
    }

    fn every_kind() -> Conversation {
        conversation(&json!([
            { "role": "system", "parts": [{ "type": "text", "text": "instructions" }] },
            { "role": "user", "parts": [{ "type": "text", "text": "question" }, { "type": "file", "name": "a.txt" }] },
            { "role": "assistant", "parts": [
                { "type": "reasoning", "text": "thought" },
                { "type": "tool_call", "name": "f", "input": { "b": 1, "a": 2 } },
                { "type": "tool_result", "output": [{ "type": "text", "text": "result" }, { "type": "image", "name": "shot.png" }] },
                { "type": "text", "text": "answer" },
                { "type": "image", "name": "cat.png" },
                { "type": "notice", "kind": "error", "text": "notice" }] },
            { "role": "tool", "parts": [{ "type": "tool_result", "output": [{ "type": "text", "text": "orphan" }] }] },
            { "role": "assistant", "parts": [{ "type": "reasoning", "text": "only a thought" }] },
            { "role": "user", "parts": [{ "type": "text", "text": "last" }] },
        ]))
    }

    /// The numbers shown, and every word of it that a reader could find anywhere.
    fn shown(include: &Include) -> (Vec<u32>, String) {
        let shown = select(every_kind(), include);
        (shown.messages.iter().map(|message| message.number).collect(), serde_json::to_string(&shown).unwrap())
    }

    #[test]
    fn canonical_bytes_do_not_depend_on_the_order_of_keys() {
        let messages = |input: &str| {
            let call = format!(r#"[{{"role":"assistant","parts":[{{"input":{input},"name":"f","type":"tool_call"}}]}}]"#);
            canonical(&conversation(&serde_json::from_str(&call).unwrap())).unwrap()
        };
        let (hash, bytes) = messages(r#"{"a":1,"b":{"c":2,"d":3}}"#);
        assert_eq!((hash, bytes.clone()), messages(r#"{"b":{"d":3,"c":2},"a":1}"#));
        assert_ne!(hash, messages(r#"{"a":1}"#).0);
        let expected = r#"{"title":"T","messages":[{"role":"assistant","parts":[{"type":"tool_call","name":"f","input":{"a":1,"b":{"c":2,"d":3}}}]}]}"#;
        assert_eq!(String::from_utf8(bytes.clone()).unwrap(), expected);
        assert_eq!(
            serde_json::from_slice::<Conversation>(&bytes).unwrap(),
            conversation(&serde_json::from_slice::<serde_json::Value>(&bytes).unwrap()["messages"])
        );
        assert_eq!(format!("{hash:?}").len(), 64);
    }

    #[test]
    fn by_default_tools_and_thoughts_stay_inside() {
        let (numbers, words) = shown(&Include::default());
        assert_eq!(numbers, [1, 2, 5], "the orphan result and the message of thoughts go, numbers stay");
        for there in ["question", "a.txt", "answer", "cat.png", "notice", "last"] {
            assert!(words.contains(there), "{there} is missing");
        }
        for gone in ["instructions", "thought", "tool_call", "result", "shot.png", "orphan"] {
            assert!(!words.contains(gone), "{gone} got out");
        }
    }

    #[test]
    fn each_switch_lets_out_its_own_kind_only() {
        let none = Include { attachments: false, ..Include::default() };
        let (_, words) = shown(&none);
        assert!(!words.contains("a.txt") && !words.contains("cat.png"));
        let (numbers, words) = shown(&Include { tool_calls: true, ..none.clone() });
        assert_eq!(numbers, [1, 2, 3, 5]);
        assert!(words.contains("result") && words.contains("orphan") && !words.contains("shot.png") && !words.contains("thought"));
        let (_, words) = shown(&Include { tool_calls: true, attachments: true, ..none.clone() });
        assert!(words.contains("shot.png"));
        let (numbers, words) = shown(&Include { reasoning: true, ..none });
        assert_eq!(numbers, [1, 2, 4, 5]);
        assert!(words.contains("only a thought") && !words.contains("orphan"));
    }

    #[test]
    fn what_was_stored_before_a_rule_obeys_it() {
        let stored = conversation(&json!([
            { "role": "assistant", "parts": [
                { "type": "text", "text": "<think>secret</think>answer" },
                { "type": "reasoning", "text": "hidden", "redacted": true },
                { "type": "tool_result", "output": [{ "type": "reasoning", "text": "hidden", "redacted": true }, { "type": "reasoning", "text": "secret" }] }] },
        ]));
        let words = |include: Include| serde_json::to_string(&select(stored.clone(), &include)).unwrap();
        let tools = Include { tool_calls: true, ..Include::default() };
        let without = words(tools.clone());
        assert!(without.contains("answer") && !without.contains("secret") && !without.contains("hidden"), "{without}");
        let with = words(Include { reasoning: true, ..tools });
        assert!(with.matches("secret").count() == 2 && with.matches("redacted").count() == 2 && !with.contains("hidden"), "{with}");
    }

    #[test]
    fn ranges_are_inclusive_and_system_messages_in_none() {
        let ranges = |ranges: &[(u32, u32)]| {
            let all = Include { tool_calls: true, reasoning: true, attachments: true, messages: Some(ranges.to_vec()) };
            shown(&all)
        };
        assert_eq!(ranges(&[(2, 3), (5, 99)]).0, [2, 3, 5]);
        assert_eq!(ranges(&[(3, 2), (0, 0)]).0, Vec::<u32>::new());
        let (numbers, words) = ranges(&[(0, u32::MAX)]);
        assert_eq!(numbers, [1, 2, 3, 4, 5]);
        assert!(!words.contains("instructions"));
    }
}
