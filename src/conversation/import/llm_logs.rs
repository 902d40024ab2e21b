//! `llm logs --json` (FORMATS 4.12): rows of a question and an answer, of several conversations in one array.

use super::{Format, Reading, Unit};
use crate::conversation::text::{append_text, one_line, web_url};
use crate::conversation::{Conversation, Limits, Message, Part, Role, Source, json, markers};
use serde_json::Value;
use std::collections::BTreeSet;

pub(super) const FORMAT: Format = Format { name: "llm", unit: Unit::Rows(key), recognises, read, warning: None };

fn recognises(value: &Value) -> bool {
    let has = |row: &Value, key: &str| row.get(key).is_some();
    value
        .as_array()
        .is_some_and(|rows| rows.iter().any(|row| has(row, "prompt") && has(row, "response") && has(row, "conversation_id")))
}

fn key(row: &Value) -> Option<String> {
    json::first_str(row, &["conversation_id"]).map(str::to_owned)
}

fn read(value: &Value, _: &Limits) -> Result<Reading, String> {
    let mut rows: Vec<&Value> = value.as_array().into_iter().flatten().filter(|row| row.is_object()).collect();
    // ULIDs, which sort by when they were made; the command can print the newest first.
    rows.sort_by_key(|row| row["id"].as_str().unwrap_or_default());
    let mut messages = Vec::with_capacity(rows.len() * 2);
    let mut instructed = "";
    for row in &rows {
        if let Some(system) = json::first_str(row, &["system"]).filter(|system| *system != instructed) {
            messages.push(message(Role::System, row, vec![text(system)]));
            instructed = system;
        }
        messages.push(message(Role::Tool, row, json::items(row, "tool_results").iter().map(result).collect()));
        messages.push(message(Role::User, row, asked(row)));
        messages.push(Message {
            model: json::first_str(row, &["model"]).map(str::to_owned),
            ..message(Role::Assistant, row, answered(row))
        });
    }
    let first = rows.first().copied().unwrap_or(&Value::Null);
    let named = rows.iter().find_map(|row| json::first_str(row, &["conversation_name"]));
    let conversation = Conversation {
        title: named.unwrap_or_default().to_owned(),
        created_at: json::moment(&first["datetime_utc"]),
        model: None,
        source: Some(Source {
            format: FORMAT.name.to_owned(),
            id: json::first_str(first, &["conversation_id", "id"]).map(str::to_owned),
            app: Some("llm".to_owned()),
        }),
        messages,
    };
    Ok(Reading { conversation, unsupported: BTreeSet::new(), left_out: 0 })
}

fn message(role: Role, row: &Value, parts: Vec<Part>) -> Message {
    Message { role, created_at: json::moment(&row["datetime_utc"]), parts, ..Message::default() }
}

fn text(text: &str) -> Part {
    Part::Text { text: text.to_owned(), citations: vec![] }
}

fn asked(row: &Value) -> Vec<Part> {
    let fragments = json::items(row, "prompt_fragments").iter().filter_map(|fragment| {
        let body = json::first_str(fragment, &["content"])?.to_owned();
        let name = json::first_str(fragment, &["source", "alias"]).map_or_else(|| "Fragment".to_owned(), one_line);
        Some(Part::File { name, mime: None, size: Some(body.len() as u64), url: None, text: Some(body), blob: None })
    });
    let attached = json::items(row, "attachments").iter().map(attachment);
    fragments.chain(attached).chain([text(row["prompt"].as_str().unwrap_or_default())]).collect()
}

fn answered(row: &Value) -> Vec<Part> {
    let mut parts = Vec::new();
    if let Some(thought) = json::first_str(row, &["reasoning"]) {
        parts.push(Part::Reasoning { text: thought.to_owned(), duration_sec: None, redacted: false });
    }
    append_text(&mut parts, &markers::strip(row["response"].as_str().unwrap_or_default()), vec![]);
    parts.extend(json::items(row, "tool_calls").iter().map(|call| Part::ToolCall {
        name: json::first_str(call, &["name"]).map_or_else(|| "tool".to_owned(), one_line),
        input: call["arguments"].clone(),
        call_id: json::first_str(call, &["tool_call_id"]).map(str::to_owned),
    }));
    parts
}

fn result(result: &Value) -> Part {
    let mut output = Vec::new();
    match &result["output"] {
        Value::Null => {}
        Value::String(said) => output.push(text(said)),
        other => output.push(Part::Code { code: format!("{other:#}"), language: Some("json".to_owned()), filename: None }),
    }
    output.extend(json::items(result, "attachments").iter().map(attachment));
    Part::ToolResult {
        output,
        name: json::first_str(result, &["name"]).map(one_line),
        call_id: json::first_str(result, &["tool_call_id"]).map(str::to_owned),
        is_error: !result["exception"].is_null(),
    }
}

fn attachment(attachment: &Value) -> Part {
    let mime = json::first_str(attachment, &["type"]).map(one_line);
    let url = json::first_str(attachment, &["url"]).and_then(web_url);
    let path = json::first_str(attachment, &["path", "url"]);
    let name = path.map(|path| one_line(path.rsplit(['/', '\\']).next().unwrap_or(path)));
    if mime.as_deref().is_some_and(|mime| mime.starts_with("image/")) {
        return Part::Image { url, mime, width: None, height: None, alt: None, name, blob: None };
    }
    Part::File {
        name: name.unwrap_or_else(|| "file".to_owned()),
        mime,
        size: attachment["content_length"].as_u64(),
        url,
        text: None,
        blob: None,
    }
}
