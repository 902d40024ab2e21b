//! A prompt as Google AI Studio keeps it in Drive (FORMATS 4.6): one file, its messages in chunks.

use super::attachment::{Attachment, bytes, line};
use super::{Format, Reading, Unit};
use crate::conversation::text::{append_text, cut, one_line, sources, web_url};
use crate::conversation::{Citation, Conversation, Limits, Message, NoticeKind, Part, Role, Source, Status, json, push};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(super) const FORMAT: Format = Format { name: "gemini-aistudio", unit: Unit::Value, recognises, read, warning: None };

/// Where code ran.
const TOOL: &str = "code_execution";

fn recognises(value: &Value) -> bool {
    value["chunkedPrompt"]["chunks"].is_array()
}

fn read(value: &Value, _: &Limits) -> Result<Reading, String> {
    let mut unsupported = BTreeSet::new();
    // `systemInstruction` stands beside the conversation; a link must not publish it unseen.
    let chunks = json::items(&value["chunkedPrompt"], "chunks").iter();
    let messages = chunks.filter_map(|chunk| message(chunk, &mut unsupported)).collect();
    let model = line(&value["runSettings"], &["model"]);
    let conversation = Conversation {
        title: json::first_str(value, &["displayName", "title"]).unwrap_or_default().to_owned(),
        created_at: json::moment(&value["createTime"]),
        model: model.map(|model| model.strip_prefix("models/").map(str::to_owned).unwrap_or(model)),
        source: Some(Source {
            format: FORMAT.name.to_owned(),
            id: json::first_str(value, &["id"]).map(str::to_owned),
            app: Some("Google AI Studio".to_owned()),
        }),
        messages,
    };
    Ok(Reading { conversation, unsupported, left_out: 0 })
}

fn message(chunk: &Value, unsupported: &mut BTreeSet<String>) -> Option<Message> {
    let role = match chunk["role"].as_str() {
        Some("user") => Role::User,
        Some("model") => Role::Assistant,
        _ => return None,
    };
    let mut parts = Vec::new();
    say(chunk, role, &mut parts);
    if parts.is_empty() {
        // Usually they repeat `text` as it streamed.
        for part in json::items(chunk, "parts") {
            say(part, role, &mut parts);
            other(part, &mut parts);
        }
    }
    other(chunk, &mut parts);
    if parts.is_empty() {
        // A kind of chunk that is newer than this.
        if let Some((kind, _)) = chunk.as_object().and_then(|fields| fields.iter().find(|(_, value)| value.is_object())) {
            let kind = cut(&one_line(kind), 60);
            parts.push(push::unsupported(&kind));
            unsupported.insert(kind);
        }
    }
    let stopped = chunk["finishReason"].as_str().is_some_and(|reason| !matches!(reason, "STOP" | "FINISH_REASON_UNSPECIFIED" | ""));
    let error = json::first_str(chunk, &["errorMessage"]);
    parts.extend(error.map(|text| Part::Notice { kind: NoticeKind::Error, text: text.to_owned() }));
    let status = match (error, stopped) {
        (Some(_), _) => Status::Error,
        (None, true) => Status::Incomplete,
        (None, false) => Status::Complete,
    };
    Some(Message { role, created_at: json::moment(&chunk["createTime"]), status, parts, ..Message::default() })
}

/// The words of a chunk, or of a part of one.
pub(super) fn say(chunk: &Value, role: Role, parts: &mut Vec<Part>) {
    let Some(text) = json::first_str(chunk, &["text"]) else { return };
    if chunk["isThought"] == true || chunk["thought"] == true {
        match parts.last_mut() {
            Some(Part::Reasoning { text: whole, .. }) => whole.push_str(text),
            _ => parts.push(Part::Reasoning { text: text.to_owned(), duration_sec: None, redacted: false }),
        }
    } else if role == Role::Assistant {
        append_text(parts, text, vec![]);
    } else {
        parts.push(Part::Text { text: text.to_owned(), citations: vec![] });
    }
}

/// What a chunk holds besides words.
pub(super) fn other(chunk: &Value, parts: &mut Vec<Part>) {
    let ran = &chunk["executableCode"];
    if let Some(code) = json::first_str(ran, &["code"]) {
        let input = json!({"language": ran["language"].as_str().unwrap_or("python").to_lowercase(), "code": code});
        parts.push(Part::ToolCall { name: TOOL.to_owned(), input, call_id: None });
    }
    let result = &chunk["codeExecutionResult"];
    if result.is_object() {
        let printed = json::first_str(result, &["output"]).map(str::to_owned);
        let output = printed.map(|code| Part::Code { code, language: None, filename: None }).into_iter().collect();
        let outcome = result["outcome"].as_str().unwrap_or_default();
        let is_error = outcome.contains("FAILED") || outcome.contains("DEADLINE");
        parts.push(Part::ToolResult { output, name: Some(TOOL.to_owned()), call_id: None, is_error });
    }
    for key in ["inlineFile", "inlineImage", "inlineData", "driveDocument", "driveImage", "driveAudio", "driveVideo"] {
        let file = &chunk[key];
        if file.is_object() {
            let is_picture = key.ends_with("Image");
            let name = json::first_str(file, &["name", "displayName"]).or((!is_picture).then_some(kind(key)));
            let (mime, size) = (json::first_str(file, &["mimeType"]), bytes(&file["sizeBytes"]));
            let base64 = json::first_str(file, &["data"]);
            parts.push(Attachment { name, mime, size, base64, is_picture, ..Attachment::default() }.part());
        }
    }
    if let Some(id) = json::first_str(&chunk["youtubeVideo"], &["id"]) {
        let url = format!("https://www.youtube.com/watch?v={id}");
        parts.push(Part::File {
            name: "YouTube video".to_owned(),
            mime: None,
            size: None,
            url: web_url(&url),
            text: None,
            blob: None,
        });
    }
    let grounding = &chunk["grounding"];
    let cited = json::items(grounding, "groundingSources").iter().filter_map(|page| {
        let url = json::first_str(page, &["uri", "url"]).and_then(web_url);
        let title = line(page, &["title"]);
        (url.is_some() || title.is_some()).then(|| Citation { url, title, ..Citation::default() })
    });
    parts.extend(sources(cited));
}

/// What stands for a file whose name Drive keeps to itself.
fn kind(key: &str) -> &'static str {
    match key {
        "driveDocument" => "Document in Drive",
        "driveAudio" => "Recording in Drive",
        "driveVideo" => "Video in Drive",
        _ => "Uploaded file",
    }
}
