//! The Messages API of Anthropic (FORMATS 4.5): a request, its messages alone, or an answer.

use super::{Format, Reading, Unit, canonical};
use crate::conversation::{Limits, json};
use serde_json::Value;

pub(super) const FORMAT: Format = Format { name: "anthropic-messages", unit: Unit::All, recognises, read, warning: None };

fn recognises(value: &Value) -> bool {
    let messages = if value.is_array() { value.as_array().map_or(&[][..], Vec::as_slice) } else { json::items(value, "messages") };
    let ours = |message: &Value| {
        matches!(message["role"].as_str(), Some("user" | "assistant"))
            && message["tool_calls"].is_null()
            && message["parts"].is_null()
    };
    let asked = messages.iter().all(ours) && messages.iter().any(|message| json::items(message, "content").iter().any(is_block));
    let answer = value["type"] == "message" && value["role"].is_string() && !json::items(value, "content").iter().any(is_foreign);
    asked || (answer && value["content"].is_array())
}

/// A block that no other API has.
fn is_block(block: &Value) -> bool {
    let kind = block["type"].as_str().unwrap_or_default();
    let known = ["tool_use", "server_tool_use", "mcp_tool_use", "thinking", "redacted_thinking"];
    known.contains(&kind) || kind.ends_with("tool_result") || (matches!(kind, "image" | "document") && block["source"].is_object())
}

/// A part of the Responses API, whose messages are of the same type.
fn is_foreign(block: &Value) -> bool {
    matches!(block["type"].as_str(), Some("input_text" | "output_text" | "input_image" | "refusal"))
}

fn read(value: &Value, limits: &Limits) -> Result<Reading, String> {
    canonical::document(value, limits, FORMAT.name)
}
