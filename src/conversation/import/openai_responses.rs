//! The Responses API (FORMATS 4.3): a request, its answer, or the items alone.

use super::{Format, Reading, Unit, canonical, codex};
use crate::conversation::{Limits, json};
use serde_json::Value;

pub(super) const FORMAT: Format = Format { name: "openai-responses", unit: Unit::All, recognises, read, warning: None };

fn recognises(value: &Value) -> bool {
    if let Some(items) = value.as_array() {
        // A log of Codex without its head holds what its person never saw.
        let foreign = items.iter().any(codex::is_context);
        return !foreign && !items.is_empty() && items.iter().all(is_item_or_message) && items.iter().any(is_item);
    }
    // Items have an output too.
    let output = value["output"].as_array().is_some_and(|_| value["type"].is_null());
    let input = (value["input"].is_string() || value["input"].is_array()) && value["model"].is_string();
    value["object"] == "response" || output || input
}

/// What no other API has among its messages.
fn is_item(item: &Value) -> bool {
    let words = |block: &Value| matches!(block["type"].as_str(), Some("input_text" | "output_text"));
    match item["type"].as_str() {
        Some("message") => json::items(item, "content").iter().any(words),
        Some("reasoning") => item["summary"].is_array(),
        Some(kind) => kind.ends_with("_call") || kind.ends_with("_call_output"),
        None => false,
    }
}

fn is_item_or_message(item: &Value) -> bool {
    is_item(item) || item["role"].is_string()
}

fn read(value: &Value, limits: &Limits) -> Result<Reading, String> {
    canonical::document(value, limits, FORMAT.name)
}
