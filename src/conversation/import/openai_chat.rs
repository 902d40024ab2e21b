//! Lists of messages as the Chat Completions API has them: bare, or as `messages` of an object, also one object a line.

use super::{Format, Reading, Unit, canonical, codex};
use crate::conversation::{Limits, json};
use serde_json::Value;

pub(super) const FORMAT: Format = Format { name: "openai-chat", unit: Unit::All, recognises, read, warning: None };

fn recognises(value: &Value) -> bool {
    // LibreChat, Open WebUI and Gemini CLI have `messages` too, with a tree or a vocabulary of their own.
    let foreign = ["conversationId", "history", "chat", "sessionId", "mapping"].iter().any(|key| !value[*key].is_null());
    let messages = if value.is_array() { value } else { &value["messages"] };
    let first = &messages[0];
    let says = ["content", "tool_calls", "refusal", "function_call"].iter().any(|key| !first[*key].is_null());
    // LLaMA-Factory's parts say `value`.
    let foreign = foreign || !first["content"][0]["value"].is_null();
    // A log of Codex without its head holds what its person never saw.
    let foreign = foreign || value.as_array().is_some_and(|items| items.iter().any(codex::is_context));
    !foreign && says && matches!(first["role"].as_str(), Some("user" | "assistant" | "system" | "developer" | "tool" | "function"))
}

fn read(value: &Value, limits: &Limits) -> Result<Reading, String> {
    let mut reading = canonical::document(value, limits, FORMAT.name)?;
    // The lines of every data set are numbered alike; only a source that it names is another's.
    if let Some(source) = &mut reading.conversation.source
        && json::first_str(&value["source"], &["id"]).is_none()
    {
        source.id = None;
    }
    Ok(reading)
}
