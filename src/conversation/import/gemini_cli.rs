//! A session of Gemini CLI (FORMATS 4.6).

use super::attachment::line;
use super::{Format, Reading, Unit};
use crate::conversation::text::append_text;
use crate::conversation::{Conversation, Limits, Message, NoticeKind, Part, Role, Source, Status, json};
use serde_json::Value;
use std::collections::BTreeSet;

pub(super) const FORMAT: Format = Format {
    name: "gemini-cli",
    unit: Unit::Value,
    recognises,
    read,
    warning: Some("A session names files of the machine it ran on, and may hold what is in them."),
};

fn recognises(value: &Value) -> bool {
    let speaks = |message: &Value| matches!(message["type"].as_str(), Some("user" | "gemini"));
    value["sessionId"].is_string() && json::items(value, "messages").iter().any(speaks)
}

fn read(value: &Value, _: &Limits) -> Result<Reading, String> {
    let messages = json::items(value, "messages").iter().filter_map(message).collect();
    let conversation = Conversation {
        title: line(value, &["title", "summary"]).unwrap_or_default(),
        created_at: json::moment(&value["startTime"]),
        model: None,
        source: Some(Source {
            format: FORMAT.name.to_owned(),
            id: json::first_str(value, &["sessionId"]).map(str::to_owned),
            app: Some("Gemini CLI".to_owned()),
        }),
        messages,
    };
    Ok(Reading { conversation, unsupported: BTreeSet::new(), left_out: 0 })
}

/// One message; what the program itself remarks is none, but for its errors.
fn message(message: &Value) -> Option<Message> {
    let said = words(&message["content"]);
    let mut parts = Vec::new();
    let mut status = Status::Complete;
    let role = match message["type"].as_str()? {
        "user" => {
            parts.push(Part::Text { text: said, citations: vec![] });
            Role::User
        }
        "gemini" => {
            let thoughts: Vec<String> = json::items(message, "thoughts").iter().filter_map(thought).collect();
            if !thoughts.is_empty() {
                parts.push(Part::Reasoning { text: thoughts.join("\n\n"), duration_sec: None, redacted: false });
            }
            append_text(&mut parts, &said, vec![]);
            json::items(message, "toolCalls").iter().for_each(|call| read_call(call, &mut parts));
            Role::Assistant
        }
        "error" => {
            parts.push(Part::Notice { kind: NoticeKind::Error, text: said });
            status = Status::Error;
            Role::Assistant
        }
        _ => return None,
    };
    let (created_at, model) = (json::moment(&message["timestamp"]), line(message, &["model"]));
    Some(Message { role, author: None, model, created_at, status, parts })
}

/// A string, or the parts of the API.
fn words(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(|part| part.as_str().or(part["text"].as_str())).collect(),
        other => other["text"].as_str().unwrap_or_default().to_owned(),
    }
}

fn thought(thought: &Value) -> Option<String> {
    let (subject, text) = (line(thought, &["subject"]), json::first_str(thought, &["description"]));
    match (subject, text) {
        (Some(subject), Some(text)) => Some(format!("**{subject}**\n\n{}", text.trim())),
        (Some(subject), None) => Some(format!("**{subject}**")),
        (None, text) => text.map(|text| text.trim().to_owned()),
    }
}

fn read_call(call: &Value, parts: &mut Vec<Part>) {
    let call_id = json::first_str(call, &["id"]).map(str::to_owned);
    let name = line(call, &["name", "displayName"]).unwrap_or_else(|| "tool".to_owned());
    parts.push(Part::ToolCall { name: name.clone(), input: call["args"].clone(), call_id: call_id.clone() });
    let mut output = Vec::new();
    let results = call["result"].as_array().map_or(std::slice::from_ref(&call["result"]), Vec::as_slice);
    for result in results {
        let response = &result["functionResponse"]["response"];
        let printed = ["output", "error"].iter().find_map(|key| response[*key].as_str()).or(result.as_str());
        match (printed.or(result["text"].as_str()), response) {
            (Some(text), _) => output.push(Part::Code { code: text.to_owned(), language: None, filename: None }),
            (None, Value::Null) => {}
            (None, other) => {
                let language = Some("json".to_owned());
                output.push(Part::Code { code: format!("{other:#}"), language, filename: None });
            }
        }
    }
    if output.is_empty() {
        let shown = json::first_str(call, &["resultDisplay"]).or(json::first_str(&call["resultDisplay"], &["fileDiff"]));
        output.extend(shown.map(|text| Part::Code { code: text.to_owned(), language: None, filename: None }));
    }
    let is_error = matches!(call["status"].as_str(), Some("error" | "cancelled"));
    if is_error || !output.is_empty() {
        parts.push(Part::ToolResult { output, name: Some(name), call_id, is_error });
    }
}
