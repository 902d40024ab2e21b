//! Conversations of Chatbot UI, which its backup keeps under `history` (FORMATS 4.7).

use super::attachment::line;
use super::{Format, Reading, Unit};
use crate::conversation::text::append_text;
use crate::conversation::{Conversation, Limits, Message, Part, Role, Source, json, markers};
use serde_json::Value;
use std::collections::BTreeSet;

pub(super) const FORMAT: Format = Format { name: "chatbot-ui", unit: Unit::Value, recognises, read, warning: None };

fn recognises(value: &Value) -> bool {
    value["messages"].is_array() && value["model"]["id"].is_string() && value.get("folderId").is_some()
}

fn read(value: &Value, _: &Limits) -> Result<Reading, String> {
    let messages = json::items(value, "messages").iter().filter_map(message).collect();
    let conversation = Conversation {
        title: value["name"].as_str().unwrap_or_default().to_owned(),
        created_at: None,
        model: line(&value["model"], &["name", "id"]),
        source: Some(Source {
            format: FORMAT.name.to_owned(),
            id: json::first_str(value, &["id"]).map(str::to_owned),
            app: Some("Chatbot UI".to_owned()),
        }),
        messages,
    };
    Ok(Reading { conversation, unsupported: BTreeSet::new(), left_out: 0 })
}

/// One message. The app shows no system prompt.
fn message(message: &Value) -> Option<Message> {
    let text = message["content"].as_str().unwrap_or_default();
    let mut parts = Vec::new();
    let role = match message["role"].as_str() {
        Some("user") => {
            parts.push(Part::Text { text: text.to_owned(), citations: vec![] });
            Role::User
        }
        Some("assistant") => {
            append_text(&mut parts, &markers::strip(text), vec![]);
            Role::Assistant
        }
        _ => return None,
    };
    Some(Message { role, parts, ..Message::default() })
}
