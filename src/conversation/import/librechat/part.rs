//! The parts of a LibreChat message, and what its text holds besides words.

use super::Thread;
use super::web::Found;
use crate::conversation::import::attachment::{Attachment, bytes, pixels};
use crate::conversation::text::{append_text, cut, one_line};
use crate::conversation::{NoticeKind, Part, Role, json, push};
use serde_json::Value;

impl Thread {
    pub(super) fn part(&mut self, part: &Value, role: Role, found: &Found, parts: &mut Vec<Part>) {
        let kind = part["type"].as_str().unwrap_or_default();
        // A string, or an object around it.
        let words = || {
            let inner = &part[kind];
            inner.as_str().or_else(|| json::first_str(inner, &["value", "text", "message"])).unwrap_or_default()
        };
        match kind {
            "text" => say(words(), role, found, parts),
            "think" => parts.push(Part::Reasoning { text: words().to_owned(), duration_sec: None, redacted: false }),
            "tool_call" => self.call(&part["tool_call"], parts),
            "image_file" => parts.extend(file(&part["image_file"]).map(|_| picture(&part["image_file"]))),
            "image_url" => {
                let url = part["image_url"].as_str().or_else(|| part["image_url"]["url"].as_str());
                parts.push(Attachment { name: url, url, is_picture: true, ..Attachment::default() }.part());
            }
            "error" => {
                let said = &part["text"];
                let said = said.as_str().or_else(|| json::first_str(said, &["value"])).unwrap_or_default();
                let text = Some(words()).filter(|words| !words.trim().is_empty()).unwrap_or(said).to_owned();
                parts.push(Part::Notice { kind: NoticeKind::Error, text });
            }
            // A place in the stream that was never filled.
            "" => {}
            // Which agent goes on; its words follow.
            "agent_update" => {}
            other => {
                let kind = cut(&one_line(other), 60);
                parts.push(push::unsupported(&kind));
                self.unsupported.insert(kind);
            }
        }
    }

    /// A call with its result, of an agent's tool or as the Assistants API has them.
    fn call(&mut self, call: &Value, parts: &mut Vec<Part>) {
        let kind = call["type"].as_str().unwrap_or_default();
        let inner = if call[kind].is_object() { &call[kind] } else { call };
        let name = json::first_str(inner, &["name"]).or(json::first_str(call, &["type"])).unwrap_or("tool");
        let input = match [&inner["args"], &inner["arguments"], &inner["input"]].into_iter().find(|input| !input.is_null()) {
            Some(Value::String(text)) => json::unwrap_text(text, &mut self.room),
            Some(input) => input.clone(),
            None => Value::Null,
        };
        let call_id = json::first_str(call, &["id"]).map(str::to_owned);
        let mut output = Vec::new();
        if let Some(text) = json::first_str(inner, &["output"]) {
            append_text(&mut output, text, vec![]);
        }
        for made in json::items(inner, "outputs") {
            match json::first_str(made, &["logs"]) {
                Some(logs) => output.push(Part::Code { code: logs.to_owned(), language: None, filename: None }),
                None => output.push(picture(&made["image"])),
            }
        }
        parts.push(Part::ToolCall { name: one_line(name), input, call_id: call_id.clone() });
        if !output.is_empty() {
            parts.push(Part::ToolResult { output, name: Some(one_line(name)), call_id, is_error: false });
        }
    }
}

/// An uploaded or made file; nothing for attachments that are no file, such as pages found.
pub(super) fn file(file: &Value) -> Option<Part> {
    let name = json::first_str(file, &["filename", "filepath", "file_id"])?;
    // A path of the installation it comes from is no address.
    Some(
        Attachment {
            name: Some(name),
            mime: json::first_str(file, &["type"]),
            size: bytes(&file["bytes"]),
            pixels: pixels(file),
            text: json::first_str(file, &["text"]),
            ..Attachment::default()
        }
        .part(),
    )
}

fn picture(file: &Value) -> Part {
    let name = json::first_str(file, &["filename", "filepath", "file_id"]);
    Attachment { name, pixels: pixels(file), is_picture: true, ..Attachment::default() }.part()
}

const THINKING: &str = ":::thinking";
const ARTIFACT: &str = ":::artifact";
const END: &str = "\n:::";

/// Words of a message. An answer may hold thoughts and documents between lines of colons.
pub(super) fn say(text: &str, role: Role, found: &Found, parts: &mut Vec<Part>) {
    if role == Role::User {
        return parts.push(Part::Text { text: text.to_owned(), citations: vec![] });
    }
    let mut rest = text;
    if let Some((thought, answer)) = rest.trim_start().strip_prefix(THINKING).and_then(|body| body.split_once(END)) {
        parts.push(Part::Reasoning { text: thought.trim().to_owned(), duration_sec: None, redacted: false });
        rest = answer.trim_start();
    }
    while let Some(at) = rest.match_indices(ARTIFACT).map(|(at, _)| at).find(|at| *at == 0 || rest[..*at].ends_with('\n')) {
        words(&rest[..at], found, parts);
        let (attributes, body) = rest[at + ARTIFACT.len()..].split_once('\n').unwrap_or((&rest[at + ARTIFACT.len()..], ""));
        let (document, after) = document(body);
        parts.push(artifact(attributes, document));
        // Words behind it do not join those before it.
        rest = after.trim_start_matches(':').trim_start_matches('\n');
    }
    words(rest, found, parts);
}

fn words(text: &str, found: &Found, parts: &mut Vec<Part>) {
    if text.trim().is_empty() {
        return;
    }
    let (text, citations) = found.resolve(text);
    if citations.is_empty() {
        return append_text(parts, &text, vec![]);
    }
    parts.push(Part::Text { text, citations });
}

/// A document, in a fence or bare, and what follows it.
fn document(body: &str) -> (&str, &str) {
    let fence = &body[..body.len() - body.trim_start_matches('`').len()];
    if fence.len() < 3 {
        return body.split_once(END).unwrap_or((body, ""));
    }
    let (_, inside) = body.split_once('\n').unwrap_or((body, ""));
    let end = format!("\n{fence}");
    let closed = inside.split_once(&format!("{end}{END}"));
    // An answer that was cut off ends in its document.
    closed.unwrap_or_else(|| (inside.trim_end().strip_suffix(&end).unwrap_or(inside), ""))
}

/// The attributes are `{identifier="a" type="text/html" title="A"}`.
fn artifact(attributes: &str, text: &str) -> Part {
    let attribute = |name: &str| {
        let value = attributes.split_once(&format!("{name}=\""))?.1;
        value.split_once('"').map(|(value, _)| value).filter(|value| !value.trim().is_empty())
    };
    Part::File {
        name: one_line(attribute("title").or(attribute("identifier")).unwrap_or("Artifact")),
        mime: attribute("type").map(one_line),
        size: Some(text.len() as u64),
        url: None,
        text: Some(text.to_owned()),
        blob: None,
    }
}
