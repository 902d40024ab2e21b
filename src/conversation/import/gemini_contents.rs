//! The contents of a request to Gemini's API, as programs save them: bare, or under `contents` or `history`.

use super::{Format, Reading, Unit, ai_studio, gemini_cli};
use crate::conversation::text::{append_text, cut, one_line};
use crate::conversation::{Conversation, Limits, Message, Part, Role, Source, json, push};
use serde_json::Value;
use std::collections::BTreeSet;

pub(super) const FORMAT: Format = Format { name: "gemini-contents", unit: Unit::All, recognises, read, warning: None };

/// What a part may hold, under its names in JSON and in Python.
const KINDS: [&str; 10] = [
    "text",
    "functionCall",
    "function_call",
    "functionResponse",
    "function_response",
    "inlineData",
    "inline_data",
    "fileData",
    "executableCode",
    "codeExecutionResult",
];

fn recognises(value: &Value) -> bool {
    // Older programs write words without a name.
    let is_part = |part: &Value| part.is_string() || (part["type"].is_null() && KINDS.iter().any(|kind| !part[*kind].is_null()));
    let speaks = |content: &Value| {
        matches!(content["role"].as_str(), Some("user" | "model" | "function"))
            && content["content"].is_null()
            && json::items(content, "parts").iter().any(is_part)
    };
    contents(value).iter().any(speaks)
}

fn contents(value: &Value) -> &[Value] {
    let named = || ["contents", "history"].iter().find_map(|key| value[*key].as_array());
    value.as_array().or_else(named).map_or(&[], Vec::as_slice)
}

fn read(value: &Value, _: &Limits) -> Result<Reading, String> {
    let mut unsupported = BTreeSet::new();
    let instructions = ["systemInstruction", "system_instruction"].iter().find(|key| !value[**key].is_null());
    let text = instructions.map(|key| gemini_cli::words(&value[*key]["parts"])).unwrap_or_default();
    let parts = vec![Part::Text { text, citations: vec![] }];
    let mut messages = vec![Message { role: Role::System, parts, ..Message::default() }];
    let mut introduced = false;
    for content in contents(value) {
        let is_person = content["role"] != "model";
        let said = gemini_cli::words(&content["parts"]);
        // The CLI introduces itself, and lets the model answer.
        let is_thanks = introduced && !is_person && said.starts_with("Got it. Thanks for the context");
        introduced = is_person && gemini_cli::typed(&said).is_none();
        if !introduced && !is_thanks {
            messages.push(message(content, &said, &mut unsupported));
        }
    }
    let conversation = Conversation {
        title: json::first_str(value, &["title", "name"]).map(one_line).unwrap_or_default(),
        created_at: None,
        model: json::first_str(value, &["model"]).map(one_line),
        source: Some(Source { format: FORMAT.name.to_owned(), id: None, app: Some("Gemini".to_owned()) }),
        messages,
    };
    Ok(Reading { conversation, unsupported, left_out: 0 })
}

fn message(content: &Value, said: &str, unsupported: &mut BTreeSet<String>) -> Message {
    let role = if content["role"] == "model" { Role::Assistant } else { Role::User };
    let mut parts = Vec::new();
    for part in json::items(content, "parts") {
        if let Some(words) = part.as_str().filter(|_| role == Role::Assistant) {
            append_text(&mut parts, words, vec![]);
        } else if role == Role::Assistant {
            ai_studio::say(part, role, &mut parts);
        }
        let known = parts.len();
        ai_studio::other(part, &mut parts);
        tool(part, &mut parts);
        if parts.len() == known && !part["text"].is_string() {
            // A thought's signature alone is none.
            let kind = part.as_object().and_then(|fields| fields.keys().find(|key| !key.starts_with("thought")));
            let Some(kind) = kind.map(|kind| cut(&one_line(kind), 60)) else { continue };
            parts.push(push::unsupported(&kind));
            unsupported.insert(kind);
        }
    }
    if role == Role::User {
        let text = gemini_cli::typed(said).unwrap_or_default().to_owned();
        parts.push(Part::Text { text, citations: vec![] });
    }
    Message { role, parts, ..Message::default() }
}

/// A call, its answer, or a file that lies elsewhere.
fn tool(part: &Value, parts: &mut Vec<Part>) {
    let either = |keys: [&str; 2]| keys.into_iter().map(|key| &part[key]).find(|value| value.is_object());
    let called = |about: &Value| json::first_str(about, &["id"]).map(str::to_owned);
    let name = |about: &Value| json::first_str(about, &["name"]).map_or_else(|| "tool".to_owned(), one_line);
    if let Some(call) = either(["functionCall", "function_call"]) {
        parts.push(Part::ToolCall { name: name(call), input: call["args"].clone(), call_id: called(call) });
    }
    if let Some(answer) = either(["functionResponse", "function_response"]) {
        let is_error = answer["response"]["error"].is_string();
        let output = gemini_cli::printed(answer);
        parts.push(Part::ToolResult { output, name: Some(name(answer)), call_id: called(answer), is_error });
    }
    parts.extend(either(["inline_data", "fileData"]).map(gemini_cli::file));
}
