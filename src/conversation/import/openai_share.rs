//! The data behind a ChatGPT share page: the one path of the conversation that was shared, as the data export writes messages.

use super::{Format, Reading, Unit, openai_export};
use crate::conversation::{Conversation, Limits, Source, json};
use serde_json::Value;

pub(super) const FORMAT: Format = Format { name: "openai-share", unit: Unit::Value, recognises, read, warning: None };

fn recognises(value: &Value) -> bool {
    value["linear_conversation"].is_array()
}

fn read(value: &Value, limits: &Limits) -> Result<Reading, String> {
    let path: Vec<&Value> = json::items(value, "linear_conversation").iter().map(|node| &node["message"]).collect();
    let (messages, unsupported) = openai_export::turns(&path, limits);
    let conversation = Conversation {
        title: value["title"].as_str().unwrap_or_default().to_owned(),
        created_at: json::moment(&value["create_time"]),
        model: openai_export::model(&value["model"]["slug"]).or_else(|| openai_export::model(&value["default_model_slug"])),
        source: Some(Source {
            format: FORMAT.name.to_owned(),
            id: json::first_str(value, &["conversation_id", "share_id", "id"]).map(str::to_owned),
            app: Some("ChatGPT".to_owned()),
        }),
        messages,
    };
    Ok(Reading { conversation, unsupported, left_out: 0 })
}
