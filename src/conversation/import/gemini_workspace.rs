//! A conversation with Gemini in an export of Google Workspace (FORMATS 4.6): `conversation_<n>.txt`, which holds JSON.

use super::attachment::line;
use super::{Format, Reading, Unit};
use crate::conversation::text::append_text;
use crate::conversation::{Conversation, Limits, Message, Part, Role, Source, json};
use serde_json::Value;
use std::collections::BTreeSet;

pub(super) const FORMAT: Format = Format { name: "gemini-workspace", unit: Unit::Value, recognises, read, warning: None };

fn recognises(value: &Value) -> bool {
    value["conversation_turns"].is_array()
}

fn read(value: &Value, _: &Limits) -> Result<Reading, String> {
    let messages: Vec<Message> = json::items(value, "conversation_turns").iter().flat_map(turn).collect();
    let conversation = Conversation {
        title: line(value, &["title", "name"]).unwrap_or_default(),
        created_at: messages.iter().find_map(|message| message.created_at),
        model: None,
        source: Some(Source {
            format: FORMAT.name.to_owned(),
            id: json::first_str(value, &["conversation_id", "id"]).map(str::to_owned),
            app: Some("Gemini".to_owned()),
        }),
        messages,
    };
    Ok(Reading { conversation, unsupported: BTreeSet::new(), left_out: 0 })
}

/// The person's words, the answer, or both.
fn turn(turn: &Value) -> Vec<Message> {
    let created_at = ["timestamp", "create_time"].iter().find_map(|key| json::moment(&turn[*key]));
    let mut messages = Vec::new();
    let mut push = |role, parts| messages.push(Message { role, created_at, parts, ..Message::default() });
    if let Some(prompt) = json::first_str(&turn["user_turn"], &["prompt"]) {
        push(Role::User, vec![Part::Text { text: prompt.to_owned(), citations: vec![] }]);
    }
    let mut said = Vec::new();
    for block in json::items(&turn["system_turn"], "text") {
        for text in ["preamble", "data"].iter().filter_map(|key| json::first_str(block, &[key])) {
            // Blocks are paragraphs of one answer.
            let gap = if said.is_empty() { "" } else { "\n\n" };
            append_text(&mut said, &format!("{gap}{}", text.trim()), vec![]);
        }
    }
    push(Role::Assistant, said);
    messages
}
