//! One turn of a data set.

use crate::conversation::attachment::carried;
use crate::conversation::import::html;
use crate::conversation::text::{append_text, cut, data_url_mime, one_line};
use crate::conversation::{Message, Part, Role, json, markers, push};
use serde_json::Value;
use std::collections::BTreeSet;

/// What a text says in the place of a picture or recording, and the list that has it.
const PLACEHOLDERS: [(&str, &str); 3] = [("<image>", "images"), ("<video>", "videos"), ("<audio>", "audios")];

/// Reads the turns of one conversation.
pub(super) struct Turns<'a> {
    /// Bytes of memory left for JSON inside strings.
    pub(super) room: usize,
    /// Parts of one message; what has more is refused, and need not be read.
    pub(super) parts: usize,
    pub(super) unsupported: BTreeSet<String>,
    /// The conversation, which lists its pictures beside its turns.
    pub(super) media: &'a Value,
}

/// Who speaks, and how it is to be read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Voice {
    Person,
    Model,
    System,
    Call,
    Result,
}

impl Turns<'_> {
    pub(super) fn message(&mut self, turn: &Value) -> Message {
        let named = json::first_str(turn, &["from", "role"]).unwrap_or_default();
        let voice = match named.to_ascii_lowercase().as_str() {
            "human" | "user" | "prompter" => Voice::Person,
            "system" | "developer" => Voice::System,
            "function_call" | "tool_call" => Voice::Call,
            "observation" | "tool" | "function_response" | "tool_response" | "function" | "ipython" => Voice::Result,
            _ => Voice::Model,
        };
        let mut parts = Vec::new();
        let value = if turn["value"].is_null() { &turn["content"] } else { &turn["value"] };
        match value {
            Value::String(text) => self.say(text, voice, &mut parts),
            Value::Array(given) => {
                for part in given {
                    self.part(part, voice, &mut parts);
                }
            }
            _ => {}
        }
        for call in json::items(turn, "tool_calls") {
            parts.push(called(if call["function"].is_object() { &call["function"] } else { call }, &mut self.room));
        }
        let (role, parts) = match voice {
            Voice::Person => (Role::User, parts),
            Voice::System => (Role::System, parts),
            Voice::Model | Voice::Call => (Role::Assistant, parts),
            Voice::Result => {
                let name = json::first_str(turn, &["name"]).map(one_line);
                let result = Part::ToolResult { output: push::output(parts), name, call_id: None, is_error: false };
                (Role::Tool, vec![result])
            }
        };
        Message { role, parts, ..Message::default() }
    }

    fn say(&mut self, text: &str, voice: Voice, parts: &mut Vec<Part>) {
        match voice {
            Voice::Person | Voice::System => parts.push(Part::Text { text: text.to_owned(), citations: vec![] }),
            Voice::Call => self.calls(text, parts),
            Voice::Result => {
                let inner =
                    text.trim().strip_prefix("<tool_response>").map(|rest| rest.strip_suffix("</tool_response>").unwrap_or(rest));
                append_text(parts, inner.unwrap_or(text).trim(), vec![]);
            }
            // The oldest sets were copied from the page.
            Voice::Model if is_html(text) => append_text(parts, &markers::strip(&html::to_markdown(text)), vec![]),
            Voice::Model => {
                let mut rest = text;
                while let Some((before, tagged)) = rest.split_once("<tool_call>").filter(|_| parts.len() <= self.parts) {
                    append_text(parts, &markers::strip(before), vec![]);
                    let (call, after) = tagged.split_once("</tool_call>").unwrap_or((tagged, ""));
                    self.calls(call, parts);
                    rest = after;
                }
                append_text(parts, &markers::strip(rest), vec![]);
            }
        }
    }

    /// A call as JSON, or several; what is none stays readable as it is.
    fn calls(&mut self, text: &str, parts: &mut Vec<Part>) {
        let given = json::unwrap_text(text.trim(), &mut self.room);
        match &given {
            Value::Array(calls) => parts.extend(calls.iter().take(self.parts + 1).map(|call| called(call, &mut self.room))),
            call => parts.push(called(call, &mut self.room)),
        }
    }

    /// A part with its type and value.
    fn part(&mut self, part: &Value, voice: Voice, parts: &mut Vec<Part>) {
        let kind = part["type"].as_str().unwrap_or("text");
        let value =
            ["value", "text", kind].into_iter().map(|key| &part[key]).find(|value| !value.is_null()).unwrap_or(&Value::Null);
        let said = value.as_str().unwrap_or_default();
        match kind {
            "text" => self.say(said, voice, parts),
            "reasoning" | "thinking" => parts.push(Part::Reasoning { text: said.to_owned(), duration_sec: None, redacted: false }),
            "tool_call" | "tool_calls" | "function_call" if value.is_string() => self.calls(said, parts),
            "tool_call" | "tool_calls" | "function_call" => self.calls(&value.to_string(), parts),
            "image" | "image_url" => parts.push(medium(value, "images")),
            "video" | "video_url" => parts.push(medium(value, "videos")),
            "audio" | "audio_url" => parts.push(medium(value, "audios")),
            // What the model may call, which nobody says.
            "tools" => {}
            other => {
                let kind = cut(&one_line(other), 60);
                parts.push(push::unsupported(&kind));
                self.unsupported.insert(kind);
            }
        }
    }

    /// Puts the conversation's pictures and recordings where the texts have their places, and what has none before the first question.
    pub(super) fn place(&self, messages: &mut [Message]) {
        for (placeholder, list) in PLACEHOLDERS {
            let mut media = json::items(self.media, list).iter();
            for message in messages.iter_mut() {
                if media.len() > 0 {
                    message.parts = std::mem::take(&mut message.parts)
                        .into_iter()
                        .flat_map(|part| divided(part, placeholder, list, &mut media))
                        .collect();
                }
            }
            let first = messages.iter_mut().find(|message| message.role == Role::User);
            if let Some(first) = first.filter(|_| media.len() > 0) {
                first.parts.splice(0..0, media.map(|item| medium(item, list)));
            }
        }
    }
}

/// Whether an answer is all HTML, and not a text in which some stands.
fn is_html(text: &str) -> bool {
    let text = text.trim();
    let blocks = ["<div", "<p>", "<p ", "<ol", "<ul", "<pre", "<table", "<h1", "<h2", "<h3"];
    blocks.iter().any(|tag| text.starts_with(tag)) && text.ends_with('>')
}

/// A text's pieces with what belongs between them.
fn divided<'a>(part: Part, placeholder: &str, list: &str, media: &mut impl Iterator<Item = &'a Value>) -> Vec<Part> {
    let Part::Text { text, citations } = part else { return vec![part] };
    let (mut parts, mut rest) = (Vec::new(), text.as_str());
    while let Some((before, after)) = rest.split_once(placeholder) {
        let Some(item) = media.next() else { break };
        let text = before.trim_end_matches('\n').to_owned();
        parts.extend([Part::Text { text, citations: vec![] }, medium(item, list)]);
        rest = after.trim_start_matches('\n');
    }
    parts.push(Part::Text { text: rest.to_owned(), citations });
    parts
}

fn medium(value: &Value, list: &str) -> Part {
    let address = value.as_str().or_else(|| json::first_str(value, &["url", "path"])).unwrap_or_default();
    let (url, mime) = (carried(address), data_url_mime(address));
    let base = one_line(address.split(['?', '#']).next().unwrap_or(address).rsplit(['/', '\\']).next().unwrap_or(address));
    let name = Some(base).filter(|name| !name.is_empty() && mime.is_none());
    if list == "images" {
        return Part::Image { url, mime, width: None, height: None, alt: None, name, blob: None };
    }
    Part::File { name: name.unwrap_or_else(|| "Recording".to_owned()), mime, size: None, url, text: None, blob: None }
}

fn called(call: &Value, room: &mut usize) -> Part {
    let name = json::first_str(call, &["name"]).map_or_else(|| "tool".to_owned(), one_line);
    let input = match ["arguments", "parameters", "input"].iter().find(|key| !call[**key].is_null()) {
        Some(key) => match &call[*key] {
            Value::String(text) => json::unwrap_text(text, room),
            input => input.clone(),
        },
        None if json::first_str(call, &["name"]).is_some() => Value::Null,
        None => call.clone(),
    };
    Part::ToolCall { name, input, call_id: None }
}
