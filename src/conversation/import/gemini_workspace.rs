//! A conversation with Gemini in an export of Google Workspace (FORMATS 4.6): `conversation_<n>.txt`, which holds JSON.

use super::attachment::{Attachment, line};
use super::{Format, Reading, Unit};
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
        created_at: json::moment(&value["creation_time"]).or_else(|| messages.iter().find_map(|message| message.created_at)),
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

/// The person's words, the answer, or both; nothing of a turn that she deleted.
fn turn(turn: &Value) -> Vec<Message> {
    if !turn["turn_deleted_time"].is_null() {
        return vec![];
    }
    let times = ["timestamp", "create_time", "turn_last_modified"];
    let created_at = times.iter().find_map(|key| json::moment(&turn[*key]));
    let message = |role, parts| Message { role, created_at, parts, ..Message::default() };
    let (asked, answer) = (&turn["user_turn"], &turn["system_turn"]);
    let mut question: Vec<Part> = images(asked).collect();
    let prompt = json::first_str(asked, &["prompt"]).map(str::to_owned);
    question.extend(prompt.map(|text| Part::Text { text, citations: vec![] }));
    vec![message(Role::User, question), message(Role::Assistant, answered(answer))]
}

fn answered(turn: &Value) -> Vec<Part> {
    let blocks = || json::items(turn, "text").iter();
    let thoughts = [turn].into_iter().chain(blocks()).flat_map(|holder| json::items(holder, "model_thoughts"));
    let text = thoughts.filter_map(thought).collect::<Vec<_>>().join("\n\n");
    let mut said = vec![Part::Reasoning { text, duration_sec: None, redacted: false }];
    let mut pieces = Vec::new();
    for block in blocks() {
        pieces.extend(["preamble", "data"].iter().filter_map(|key| json::first_str(block, &[key])));
        pieces.extend(json::items(block, "cards").iter().filter_map(|card| json::first_str(card, &["content"])));
    }
    // Blocks are paragraphs of one answer.
    let text = pieces.into_iter().map(str::trim).collect::<Vec<_>>().join("\n\n");
    said.push(Part::Text { text, citations: vec![] });
    said.extend(images(turn).chain(blocks().flat_map(images)));
    said
}

fn thought(thought: &Value) -> Option<String> {
    let text = json::first_str(thought, &["description"]).map(str::trim);
    match (line(thought, &["headline"]), text) {
        (Some(headline), text) => Some(format!("**{headline}**\n\n{}", text.unwrap_or_default()).trim_end().to_owned()),
        (None, text) => text.map(str::to_owned),
    }
}

/// Pictures, by the names of their entries in the archive.
fn images(turn: &Value) -> impl Iterator<Item = Part> {
    let names = json::items(turn, "images").iter().filter_map(|image| image.as_str().or(json::first_str(image, &["name"])));
    names.map(|name| {
        let base = name.rsplit('/').next();
        Attachment { name: Some(name), asset: base, is_picture: true, ..Attachment::default() }.part()
    })
}
