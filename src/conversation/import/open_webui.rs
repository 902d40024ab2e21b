//! Chats of Open WebUI (FORMATS 4.8): the export, an array, or a bare chat.

mod details;
mod output;
mod sources;

use super::attachment::{Attachment, bytes, line};
use super::tree::{Node, Tree};
use super::{Format, Reading, Unit};
use crate::conversation::{Conversation, Limits, Message, NoticeKind, Part, Role, Source, Status, json};
use serde_json::Value;
use std::collections::BTreeSet;

pub(super) const FORMAT: Format = Format { name: "open-webui", unit: Unit::Value, recognises, read, warning: None };

fn recognises(value: &Value) -> bool {
    value["chat"]["history"].is_object() || value["history"]["messages"].is_object()
}

fn read(value: &Value, limits: &Limits) -> Result<Reading, String> {
    let chat = if value["chat"].is_object() { &value["chat"] } else { value };
    let history = &chat["history"];
    let listed = json::items(chat, "messages");
    let tree = match history["messages"].as_object().filter(|messages| !messages.is_empty()) {
        Some(messages) => {
            Tree::new(messages.iter().map(|(id, message)| Node { id: Some(id), parent: message["parentId"].as_str(), message }))
        }
        None => Tree::new(listed.iter().map(|message| Node { id: None, parent: None, message })),
    };
    let leaf = json::first_str(history, &["currentId", "current_id"]);
    let path = tree.path(leaf, |message| json::moment(&message["timestamp"]));
    let mut thread = Thread { room: limits.memory(), unsupported: BTreeSet::new() };
    let messages = path.iter().filter_map(|message| thread.message(message)).collect();
    let models = json::items(chat, "models");
    let conversation = Conversation {
        title: json::first_str(value, &["title"]).or(json::first_str(chat, &["title"])).unwrap_or_default().to_owned(),
        created_at: json::moment(&value["created_at"]).or_else(|| json::moment(&chat["timestamp"])),
        model: models.first().and_then(Value::as_str).filter(|_| models.len() == 1).map(str::to_owned),
        source: Some(Source {
            format: FORMAT.name.to_owned(),
            id: json::first_str(value, &["id"]).or(json::first_str(chat, &["id"])).map(str::to_owned),
            app: Some("Open WebUI".to_owned()),
        }),
        messages,
    };
    Ok(Reading { conversation, unsupported: thread.unsupported, left_out: tree.beside(&path) })
}

/// What is gathered over the messages of one chat.
struct Thread {
    /// Bytes of memory left for JSON inside strings.
    room: usize,
    unsupported: BTreeSet<String>,
}

impl Thread {
    /// One message; a system prompt, which the app does not show among the messages, is none.
    fn message(&mut self, message: &Value) -> Option<Message> {
        let role = match message["role"].as_str() {
            Some("user") => Role::User,
            Some("assistant") => Role::Assistant,
            _ => return None,
        };
        let mut parts: Vec<Part> = json::items(message, "files").iter().map(file).collect();
        let found = sources::read(message);
        let content = message["content"].as_str().unwrap_or_default();
        if role == Role::User {
            parts.push(Part::Text { text: content.to_owned(), citations: vec![] });
        } else {
            let carried = parts.len();
            for item in json::items(message, "output") {
                self.item(item, &found, &mut parts);
            }
            if parts.len() == carried {
                self.content(content, &found, &mut parts);
            }
        }
        parts.extend(crate::conversation::text::sources(found));
        let failed = error(&message["error"]);
        let status = match &failed {
            Some(_) => Status::Error,
            None if message["done"] == false => Status::Incomplete,
            None => Status::Complete,
        };
        parts.extend(failed);
        let model = line(message, &["model"]).filter(|_| role == Role::Assistant);
        // What an administrator calls a model of theirs.
        let author = line(message, &["modelName"]).filter(|name| role == Role::Assistant && model.as_ref() != Some(name));
        Some(Message { role, author, model, created_at: json::moment(&message["timestamp"]), status, parts })
    }
}

/// A string, `true`, or an object around the words.
fn error(error: &Value) -> Option<Part> {
    let text = match error {
        Value::Null | Value::Bool(false) => return None,
        Value::String(text) => text.clone(),
        other => json::first_str(other, &["content", "message", "detail"]).unwrap_or("The answer failed.").to_owned(),
    };
    Some(Part::Notice { kind: NoticeKind::Error, text })
}

/// An uploaded file, a picture, or a collection by its name.
fn file(file: &Value) -> Part {
    let (stored, meta) = (&file["file"], &file["file"]["meta"]);
    let url = json::first_str(file, &["url"]);
    let name = json::first_str(file, &["name"])
        .or(json::first_str(stored, &["filename"]))
        .or(json::first_str(meta, &["name"]))
        .or(json::first_str(file, &["title"]));
    let is_picture = file["type"] == "image";
    Attachment {
        // The address of a picture names it best, if it is one.
        name: name.or(url.filter(|_| is_picture)),
        mime: json::first_str(meta, &["content_type"]).or(json::first_str(file, &["content_type"])),
        size: bytes(&file["size"]).or_else(|| bytes(&meta["size"])),
        url,
        text: json::first_str(&stored["data"], &["content"]).filter(|_| !is_picture),
        is_picture,
        ..Attachment::default()
    }
    .part()
}
