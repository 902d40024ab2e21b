//! A push of one conversation as a product exports it.

use super::{
    FORMATS, Format, Reading, Unit, anthropic_messages, canonical, chat_completion, check, nested, openai_chat, openai_responses,
};
use crate::conversation::attachment::{Lost, NoAssets, take_in};
use crate::conversation::push::{self, Rejected};
use crate::conversation::{Conversation, FieldError, Limits, json, transcript};
use serde_json::Value;

/// Reads what a host app pushes: what [`push::parse`] reads, or one conversation of a product's export, also as the only one of a list.
///
/// # Errors
/// Those of [`push::parse`]; with a product's conversation what is wrong with it as a whole.
pub fn pushed(bytes: &[u8], limits: &Limits) -> Result<Conversation, Rejected> {
    let refused = match push::parse(bytes, limits) {
        Err(refused @ (Rejected::Invalid(_) | Rejected::Malformed(_))) => refused,
        other => return other,
    };
    // What messages nest in each other is not the document's own depth.
    let flat = if matches!(refused, Rejected::Malformed(_)) { nested::flat(bytes) } else { None };
    match exported(flat.as_deref().unwrap_or(bytes), limits) {
        Some((format, value)) => read(format, value, limits),
        None => Err(refused),
    }
}

/// The document, where it is a product's.
fn exported(bytes: &[u8], limits: &Limits) -> Option<(&'static Format, Value)> {
    let mut room = limits.memory().saturating_add(bytes.len().saturating_sub(limits.conversation_bytes));
    let mut value = json::parse(bytes, limits.depth, &mut room).ok()?;
    if let Some(format) = format_of(&value) {
        return Some((format, value));
    }
    let Value::Array(values) = &mut value else { return None };
    let only = values.pop().filter(|_| values.is_empty())?;
    format_of(&only).map(|format| (format, only))
}

/// Whose conversation it is.
fn format_of(value: &Value) -> Option<&'static Format> {
    // What is a push already has its errors told better there.
    const PUSHES: [&str; 5] = [
        canonical::FORMAT.name,
        openai_chat::FORMAT.name,
        openai_responses::FORMAT.name,
        chat_completion::FORMAT.name,
        anthropic_messages::FORMAT.name,
    ];
    let is_theirs = |format: &&Format| matches!(format.unit, Unit::Value | Unit::All) && !PUSHES.contains(&format.name);
    FORMATS.iter().filter(is_theirs).find(|format| (format.recognises)(value))
}

fn read(format: &Format, value: Value, limits: &Limits) -> Result<Conversation, Rejected> {
    let invalid = |field: &str, message: String| Rejected::Invalid(vec![FieldError::new(field, message)]);
    let whole = |why: String| invalid("body", format!("cannot be read as a conversation of the format {}: {why}", format.name));
    let mut reading: Reading = (format.read)(&value, limits).map_err(whole)?;
    drop(value);
    let lost = take_in(&mut reading.conversation, &mut NoAssets, limits).unwrap_or_default();
    match lost {
        Lost { over_a_limit: true, .. } => return Err(invalid("attachments", "are larger or more than is allowed".to_owned())),
        Lost { damaged: 1.., .. } => return Err(invalid("attachments", "must hold bytes in base64".to_owned())),
        // A push brings no files beside it: what it only names stays a name.
        Lost { missing: _, .. } => {}
    }
    if transcript::canonical(&reading.conversation).is_ok_and(|(_, bytes)| bytes.len() > limits.conversation_bytes) {
        return Err(Rejected::TooLarge(limits.conversation_bytes));
    }
    check(reading, limits).map(|reading| reading.conversation).map_err(whole)
}
