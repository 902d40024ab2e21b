//! Vitrine's own JSON, also one a line or in an array.

use super::{Format, Reading, Unit};
use crate::conversation::{Limits, Source, json, push};
use serde_json::Value;

pub(super) const FORMAT: Format = Format { name: "canonical", unit: Unit::All, recognises, read, warning: None };

fn recognises(value: &Value) -> bool {
    let messages = if value.is_array() { value } else { &value["messages"] };
    // Gemini's parts say by their keys what they are.
    let is_ours = |part: &Value| part.is_null() || part["type"].is_string();
    let has_parts = |message: &Value| message["role"].is_string() && message["parts"].is_array() && is_ours(&message["parts"][0]);
    !value["vitrine"].is_null() || has_parts(&messages[0])
}

fn read(value: &Value, limits: &Limits) -> Result<Reading, String> {
    document(value, limits, FORMAT.name)
}

/// Reads what could also have been pushed.
pub(super) fn document(value: &Value, limits: &Limits, format: &str) -> Result<Reading, String> {
    // One bad field tells which; the others would bury it.
    let (mut conversation, unsupported) = push::read(value, limits, limits.memory()).map_err(|errors| match errors.first() {
        Some(error) if error.field.is_empty() => format!("It {}.", error.message),
        Some(error) => format!("Its {} {}.", error.field, error.message),
        None => "It is not valid.".to_owned(),
    })?;
    let id = ["conversation_id", "id"].iter().find_map(|key| json::first_str(value, &[key])).map(str::to_owned);
    let source = conversation.source.get_or_insert_with(|| Source { format: format.to_owned(), id: None, app: None });
    source.id = source.id.take().filter(|id| !id.trim().is_empty()).or(id);
    Ok(Reading { conversation, unsupported, left_out: 0 })
}
