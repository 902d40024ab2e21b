//! An answer of the Chat Completions API (FORMATS 4.3).

use super::{Format, Reading, Unit, canonical};
use crate::conversation::{Limits, json};
use serde_json::Value;

pub(super) const FORMAT: Format = Format { name: "chat-completion", unit: Unit::Value, recognises, read, warning: None };

fn recognises(value: &Value) -> bool {
    let first = &value["choices"][0];
    first["message"].is_object() || first["text"].is_string()
}

fn read(value: &Value, limits: &Limits) -> Result<Reading, String> {
    let mut reading = canonical::document(value, limits, FORMAT.name)?;
    // The others are answers to the same question.
    reading.left_out = json::items(value, "choices").len().saturating_sub(1);
    Ok(reading)
}
