//! One conversation as LibreChat exports it (FORMATS 4.7): a list of messages that name their parents, or the same nested.

mod part;
mod web;

use super::attachment::line;
use super::tree::{Node, Tree};
use super::{Format, Reading, Unit};
use crate::conversation::{Conversation, Limits, Message, NoticeKind, Part, Role, Source, Status, json};
use serde_json::Value;
use std::collections::BTreeSet;

pub(super) const FORMAT: Format = Format { name: "librechat", unit: Unit::Value, recognises, read, warning: None };

fn recognises(value: &Value) -> bool {
    value["conversationId"].is_string() && (value["messages"].is_array() || value["messagesTree"].is_array())
}

fn read(value: &Value, limits: &Limits) -> Result<Reading, String> {
    let tree = Tree::new(nodes(value));
    let path = tree.path(None, |message| json::moment(&message["createdAt"]));
    let mut thread = Thread { room: limits.memory(), unsupported: BTreeSet::new() };
    let messages: Vec<Message> = path.iter().map(|message| thread.message(message)).collect();
    let conversation = Conversation {
        title: value["title"].as_str().unwrap_or_default().to_owned(),
        // `exportAt` is the time of day of the export.
        created_at: messages.first().and_then(|message| message.created_at),
        model: line(&value["options"], &["model"]),
        source: Some(Source {
            format: FORMAT.name.to_owned(),
            id: json::first_str(value, &["conversationId"]).map(str::to_owned),
            app: Some("LibreChat".to_owned()),
        }),
        messages,
    };
    Ok(Reading { conversation, unsupported: thread.unsupported, left_out: tree.beside(&path) })
}

/// Every message, each before its answers, whichever way they are nested.
fn nodes(value: &Value) -> Vec<Node<'_>> {
    let mut nodes = Vec::new();
    let mut open: Vec<(&Value, Option<&str>)> =
        ["messages", "messagesTree"].iter().flat_map(|key| json::items(value, key)).map(|message| (message, None)).collect();
    open.reverse();
    while let Some((message, above)) = open.pop() {
        let id = json::first_str(message, &["messageId"]);
        let parent = message["parentMessageId"].as_str().or(above);
        nodes.push(Node { id, parent, message });
        open.extend(json::items(message, "children").iter().rev().map(|child| (child, id)));
    }
    nodes
}

/// What is gathered over the messages of one path.
struct Thread {
    /// Bytes of memory left for JSON inside strings.
    room: usize,
    unsupported: BTreeSet<String>,
}

impl Thread {
    fn message(&mut self, message: &Value) -> Message {
        let sender = line(message, &["sender"]);
        let is_generic = |name: &str| name.eq_ignore_ascii_case("user");
        let role = match message["isCreatedByUser"].as_bool() {
            Some(true) => Role::User,
            None if sender.as_deref().is_some_and(is_generic) => Role::User,
            _ => Role::Assistant,
        };
        let failed = message["error"] == true;
        let mut parts: Vec<Part> = json::items(message, "files").iter().filter_map(part::file).collect();
        let text = message["text"].as_str().unwrap_or_default();
        if failed && role == Role::Assistant {
            parts.push(Part::Notice { kind: NoticeKind::Error, text: text.to_owned() });
        } else {
            let found = web::Found::read(message);
            let carried = parts.len();
            for part in json::items(message, "content") {
                self.part(part, role, &found, &mut parts);
            }
            let says = |part: &Part| !matches!(part, Part::Text { text, .. } if text.trim().is_empty());
            if !parts[carried..].iter().any(says) {
                parts.truncate(carried);
                part::say(text, role, &found, &mut parts);
            }
            parts.extend(json::items(message, "attachments").iter().filter_map(part::file));
            parts.extend(found.sources());
        }
        let stopped = matches!(message["finish_reason"].as_str(), Some("incomplete" | "length" | "max_tokens"));
        let status = match () {
            () if failed => Status::Error,
            () if stopped || message["unfinished"] == true => Status::Incomplete,
            () => Status::Complete,
        };
        Message {
            role,
            author: sender.filter(|name| !is_generic(name)),
            model: line(message, &["model"]).filter(|_| role == Role::Assistant),
            created_at: json::moment(&message["createdAt"]),
            status,
            parts,
        }
    }
}
