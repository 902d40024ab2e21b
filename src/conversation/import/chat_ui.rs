//! Conversations of Hugging Face's chat-ui (FORMATS 4.9): a share, or the array of its export.

mod update;

use super::attachment::{Attachment, bytes, line};
use super::tree::{Node, Tree};
use super::{Format, Reading, Unit, mongo};
use crate::conversation::text::append_text;
use crate::conversation::{Conversation, Limits, Message, Part, Role, Source, Status, json, markers};
use serde_json::Value;
use std::collections::{BTreeSet, HashSet};
use update::Updates;

pub(super) const FORMAT: Format = Format { name: "chat-ui", unit: Unit::Value, recognises, read, warning: None };

fn recognises(value: &Value) -> bool {
    let speaks = |message: &Value| matches!(message["from"].as_str(), Some("user" | "assistant" | "system"));
    json::items(value, "messages").iter().any(speaks)
}

fn read(value: &Value, _: &Limits) -> Result<Reading, String> {
    let is_tree = !value["rootMessageId"].is_null();
    let tree = Tree::new(json::items(value, "messages").iter().map(|message| Node {
        id: mongo::id(&message["id"]),
        // The last of the ancestors.
        parent: message["ancestors"].as_array().and_then(|above| above.last()).and_then(mongo::id).filter(|_| is_tree),
        message,
    }));
    // Of several leaves, the last: the order of the file is the order of writing.
    let path = tree.path(None, |_| None);
    let mut listed = HashSet::new();
    let messages = path.iter().filter_map(|message| self::message(message, &mut listed)).collect();
    let conversation = Conversation {
        title: value["title"].as_str().unwrap_or_default().to_owned(),
        created_at: mongo::moment(&value["createdAt"]),
        model: line(value, &["model"]),
        source: Some(Source {
            format: FORMAT.name.to_owned(),
            id: ["_id", "id", "hash"].iter().find_map(|key| mongo::id(&value[*key])).map(str::to_owned),
            app: Some("HuggingChat".to_owned()),
        }),
        messages,
    };
    Ok(Reading { conversation, unsupported: BTreeSet::new(), left_out: tree.beside(&path) })
}

/// One message; the system's, which the app keeps among its settings, is none.
fn message<'a>(message: &'a Value, listed: &mut HashSet<&'a str>) -> Option<Message> {
    let role = match message["from"].as_str()? {
        "user" => Role::User,
        "assistant" => Role::Assistant,
        _ => return None,
    };
    // An export repeats the names of all files at every message.
    let names = json::items(message, "files").iter().filter(|file| file.as_str().is_none_or(|name| listed.insert(name)));
    let mut parts: Vec<Part> = names.map(file).collect();
    let content = message["content"].as_str().unwrap_or_default();
    let updates = Updates::read(message);
    let mut stopped = message["interrupted"] == true;
    if role == Role::User {
        parts.push(Part::Text { text: content.to_owned(), citations: vec![] });
    } else {
        let thought = json::first_str(message, &["reasoning"]).map(str::to_owned).unwrap_or(updates.thought);
        parts.push(Part::Reasoning { text: thought, duration_sec: None, redacted: false });
        parts.extend(updates.tools);
        let said = if content.trim().is_empty() { updates.answer.unwrap_or_default() } else { content };
        append_text(&mut parts, &markers::strip(said), vec![]);
        parts.extend(updates.made);
        stopped |= updates.stopped;
    }
    Some(Message {
        role,
        author: None,
        model: line(&message["routerMetadata"], &["model"]),
        created_at: mongo::moment(&message["createdAt"]),
        status: if stopped { Status::Incomplete } else { Status::Complete },
        parts,
    })
}

/// A name, or what is told of a file.
fn file(file: &Value) -> Part {
    let name = file.as_str().or(json::first_str(file, &["name"]));
    let base64 = json::first_str(file, &["value"]).filter(|_| file["type"] == "base64");
    let (mime, size) = (json::first_str(file, &["mime"]), bytes(&file["size"]));
    Attachment { name, mime, size, base64, asset: file.as_str(), ..Attachment::default() }.part()
}
