//! Data sets to train on (FORMATS 4.10): ShareGPT's `from` and `value`, and LLaMA-Factory's parts with a `value`.

mod turn;

use super::{Format, Reading, Unit};
use crate::conversation::text::one_line;
use crate::conversation::{Conversation, Limits, Message, Part, Role, Source, json, long_message};
use serde_json::Value;
use std::collections::BTreeSet;
use turn::Turns;

pub(super) const FORMAT: Format = Format { name: "sharegpt", unit: Unit::All, recognises, read, warning: None };

fn recognises(value: &Value) -> bool {
    let turn = |turn: &Value| turn["from"].is_string() && (turn["value"].is_string() || turn["value"].is_array());
    let valued = |message: &Value| {
        message["role"].is_string()
            && json::items(message, "content").iter().any(|part| part["type"].is_string() && part["value"].is_string())
    };
    // Under these names nobody but a data set has the messages of an API.
    let said = |turn: &Value| turn["role"].is_string() && (turn["content"].is_string() || turn["content"].is_array());
    let named = ["conversations", "conversation"].iter().any(|key| json::items(value, key).iter().any(said));
    named || given(value).iter().any(turn) || json::items(value, "messages").iter().any(valued)
}

/// The turns, under any of their names.
fn given(value: &Value) -> &[Value] {
    if let Some(turns) = value.as_array() {
        return turns;
    }
    let named = ["conversations", "conversation", "items", "messages"].iter().find(|key| value[**key].is_array());
    named.map_or(&[], |key| json::items(value, key))
}

fn read(value: &Value, limits: &Limits) -> Result<Reading, String> {
    let mut turns = Turns { room: limits.memory(), parts: long_message::most(limits), unsupported: BTreeSet::new(), media: value };
    let mut messages = Vec::new();
    if let Some(system) = json::first_str(value, &["system", "system_prompt"]) {
        let parts = vec![Part::Text { text: system.to_owned(), citations: vec![] }];
        messages.push(Message { role: Role::System, parts, ..Message::default() });
    }
    messages.extend(given(value).iter().map(|turn| turns.message(turn)));
    // Of two answers to compare, the better one.
    let chosen = [&value["chosen"]].into_iter().filter(|turn| turn.is_object());
    messages.extend(chosen.map(|turn| turns.message(turn)));
    turns.place(&mut messages);
    let conversation = Conversation {
        title: json::first_str(value, &["title"]).map(one_line).unwrap_or_default(),
        created_at: json::moment(&value["created_at"]),
        model: json::first_str(value, &["model"]).map(str::to_owned),
        // Its ids are those of one data set, and others count the same.
        source: Some(Source { format: FORMAT.name.to_owned(), id: None, app: None }),
        messages,
    };
    let left_out = usize::from(value["rejected"].is_object());
    Ok(Reading { conversation, unsupported: turns.unsupported, left_out })
}
