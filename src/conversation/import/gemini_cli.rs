//! A session of Gemini CLI (FORMATS 4.6).

mod log;

use super::attachment::{Attachment, line};
use super::{Format, Reading, Unit};
use crate::conversation::text::append_text;
use crate::conversation::{Conversation, Limits, Message, NoticeKind, Part, Role, Source, Status, json};
use log::Log;
use serde_json::Value;
use std::collections::BTreeSet;

pub(super) const FORMAT: Format = Format {
    name: "gemini-cli",
    unit: Unit::All,
    recognises,
    read,
    warning: Some("A session names files of the machine it ran on, and may hold what is in them."),
};

fn recognises(value: &Value) -> bool {
    let is_whole = value["sessionId"].is_string() && json::items(value, "messages").iter().any(log::speaks);
    is_whole || value.as_array().is_some_and(|lines| lines.iter().any(log::is_head))
}

fn read(value: &Value, _: &Limits) -> Result<Reading, String> {
    let log = value.as_array().map_or_else(|| Log::of_document(value), |lines| Log::of_lines(lines));
    let summary = line(log.newer, &["summary"]);
    let conversation = Conversation {
        title: summary.or_else(|| line(log.head, &["title", "summary"])).unwrap_or_default(),
        created_at: json::moment(&log.head["startTime"]),
        model: None,
        source: Some(Source {
            format: FORMAT.name.to_owned(),
            id: json::first_str(log.head, &["sessionId"]).map(str::to_owned),
            app: Some("Gemini CLI".to_owned()),
        }),
        messages: log.messages.iter().filter_map(|one| message(one)).collect(),
    };
    Ok(Reading { conversation, unsupported: BTreeSet::new(), left_out: log.left_out })
}

/// One message; what the program itself remarks is none, but for its errors.
fn message(message: &Value) -> Option<Message> {
    let said = words(&message["content"]);
    let mut parts = Vec::new();
    let mut status = Status::Complete;
    let role = match message["type"].as_str()? {
        "user" => {
            parts.extend(json::items(message, "content").iter().filter_map(inline));
            let shown = Some(words(&message["displayContent"])).filter(|shown| !shown.trim().is_empty()).unwrap_or(said);
            parts.extend(typed(&shown).map(|text| Part::Text { text: text.to_owned(), citations: vec![] }));
            Role::User
        }
        "gemini" => {
            let thoughts: Vec<String> = json::items(message, "thoughts").iter().filter_map(thought).collect();
            if !thoughts.is_empty() {
                parts.push(Part::Reasoning { text: thoughts.join("\n\n"), duration_sec: None, redacted: false });
            }
            append_text(&mut parts, &said, vec![]);
            parts.extend(json::items(message, "content").iter().filter_map(inline));
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

/// What of a person's text she typed: not the files she named, which the program puts behind it, nor what it tells of itself.
pub(super) fn typed(text: &str) -> Option<&str> {
    const FILES: &str = "--- Content from referenced files ---";
    const CONTEXT: [&str; 2] = ["<session_context>", "This is the Gemini CLI. We are setting up the context"];
    if CONTEXT.iter().any(|context| text.trim_start().starts_with(context)) {
        return None;
    }
    let at = text.match_indices(FILES).map(|(at, _)| at).find(|at| *at == 0 || text[..*at].ends_with('\n'));
    Some(at.map_or(text, |at| text[..at].trim_end()))
}

/// A file among the parts of the API.
fn inline(part: &Value) -> Option<Part> {
    Some(&part["inlineData"]).filter(|data| data.is_object()).map(file)
}

/// A file by its bytes, or by its address.
pub(super) fn file(file: &Value) -> Part {
    let url = json::first_str(file, &["fileUri", "file_uri"]);
    let name = json::first_str(file, &["displayName", "display_name"]).or(url);
    let (mime, base64) = (json::first_str(file, &["mimeType", "mime_type"]), json::first_str(file, &["data"]));
    Attachment { name, mime, base64, url, ..Attachment::default() }.part()
}

/// A string, or the parts of the API.
pub(super) fn words(content: &Value) -> String {
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
        let response = &result["functionResponse"];
        // The results of calls made at once stand at each of them.
        if response["id"].as_str().zip(call_id.as_deref()).is_some_and(|(other, own)| other != own) {
            continue;
        }
        let said = result.as_str().or(result["text"].as_str());
        output.extend(said.map(|text| Part::Code { code: text.to_owned(), language: None, filename: None }));
        output.extend(printed(response));
        output.extend(inline(result));
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

/// What a function answered.
pub(super) fn printed(answer: &Value) -> Vec<Part> {
    let response = &answer["response"];
    let text = ["output", "error"].iter().find_map(|key| response[*key].as_str()).or(response.as_str());
    let code = match (text, response) {
        (Some(text), _) => Some((text.to_owned(), None)),
        (None, Value::Null) => None,
        (None, other) => Some((format!("{other:#}"), Some("json".to_owned()))),
    };
    let printed = code.map(|(code, language)| Part::Code { code, language, filename: None });
    printed.into_iter().chain(json::items(answer, "parts").iter().filter_map(inline)).collect()
}
