//! Vitrine's own JSON, also one a line or in an array.

use super::{Format, Reading, Unit};
use crate::conversation::{Limits, Source, push};
use serde_json::Value;

pub(super) const FORMAT: Format = Format { name: "canonical", unit: Unit::All, recognises, read, warning: None };

fn recognises(value: &Value) -> bool {
    let messages = if value.is_array() { value } else { &value["messages"] };
    !value["vitrine"].is_null() || (messages[0]["role"].is_string() && messages[0]["parts"].is_array())
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
    let id = ["conversation_id", "id"].iter().find_map(|key| value[*key].as_str()).map(str::to_owned);
    let source = conversation.source.get_or_insert_with(|| Source { format: format.to_owned(), id: None, app: None });
    source.id = source.id.take().or(id);
    Ok(Reading { conversation, unsupported, left_out: 0 })
}
