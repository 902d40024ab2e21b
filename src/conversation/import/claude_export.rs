//! The Claude.ai export and captures of its web API (FORMATS 4.4).

mod artifact;
mod block;

use super::attachment::is_picture;
use super::{Format, Reading, Unit};
use crate::conversation::attachment::ASSET;
use crate::conversation::text::one_line;
use crate::conversation::{Conversation, Limits, Message, Part, Role, Source, Status, json};
use artifact::Artifacts;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap, HashSet};

pub(super) const FORMAT: Format = Format { name: "claude-export", unit: Unit::Value, recognises, read, warning: None };

fn recognises(value: &Value) -> bool {
    value["chat_messages"].is_array()
}

fn read(value: &Value, _: &Limits) -> Result<Reading, String> {
    let all = json::items(value, "chat_messages");
    let path = path(all, value["current_leaf_message_uuid"].as_str());
    let mut thread = Thread::default();
    for message in &path {
        thread.read(message);
    }
    thread.artifacts.place(&mut thread.messages);
    let conversation = Conversation {
        title: value["name"].as_str().unwrap_or_default().to_owned(),
        created_at: json::moment(&value["created_at"]),
        model: json::first_str(value, &["model"]).map(str::to_owned),
        source: Some(Source {
            format: FORMAT.name.to_owned(),
            id: json::first_str(value, &["uuid"]).map(str::to_owned),
            app: Some("Claude".to_owned()),
        }),
        messages: thread.messages,
    };
    Ok(Reading { conversation, unsupported: thread.unsupported, left_out: all.len() - path.len() })
}

/// The messages of one branch. The bulk export names no parents and is one branch already.
fn path<'a>(all: &'a [Value], leaf: Option<&str>) -> Vec<&'a Value> {
    let by_id: HashMap<&str, &Value> = all.iter().filter_map(|message| Some((message["uuid"].as_str()?, message))).collect();
    let parents: HashSet<&str> = all.iter().filter_map(|message| message["parent_message_uuid"].as_str()).collect();
    let is_tree = parents.iter().any(|parent| by_id.contains_key(parent));
    let leaf = leaf.and_then(|leaf| by_id.get(leaf).copied()).or_else(|| {
        let leaves = all.iter().filter(|message| !message["uuid"].as_str().is_some_and(|id| parents.contains(id)));
        leaves.max_by_key(|message| json::moment(&message["created_at"]))
    });
    let Some(leaf) = leaf.filter(|_| is_tree) else { return all.iter().collect() };
    let mut path = Vec::new();
    let mut next = Some(leaf);
    while let Some(message) = next {
        // A circle of parents in a damaged file ends here; so does a message without an id.
        if path.len() == all.len() {
            break;
        }
        path.push(message);
        next = message["parent_message_uuid"].as_str().and_then(|parent| by_id.get(parent).copied());
    }
    path.reverse();
    path
}

/// The messages read so far.
#[derive(Default)]
struct Thread {
    messages: Vec<Message>,
    artifacts: Artifacts,
    unsupported: BTreeSet<String>,
}

impl Thread {
    fn read(&mut self, message: &Value) {
        let role = match message["sender"].as_str() {
            Some("human") => Role::User,
            Some("assistant") => Role::Assistant,
            _ => return,
        };
        let mut parts = attached(message);
        let carried = parts.len();
        for block in json::items(message, "content") {
            self.block(block, role, &mut parts);
        }
        let says = |part: &Part| !matches!(part, Part::Text { text, .. } if text.trim().is_empty());
        if !parts[carried..].iter().any(says) {
            parts.truncate(carried);
            self.say(message["text"].as_str().unwrap_or_default(), vec![], role, &mut parts);
        }
        let stopped = matches!(message["stop_reason"].as_str(), Some("user_canceled" | "max_tokens"));
        self.messages.push(Message {
            role,
            author: None,
            model: json::first_str(message, &["model"]).filter(|_| role == Role::Assistant).map(str::to_owned),
            created_at: json::moment(&message["created_at"]),
            status: if stopped { Status::Incomplete } else { Status::Complete },
            parts,
        });
    }
}

/// What was sent along: of uploads only names are exported, of pasted text the words.
fn attached(message: &Value) -> Vec<Part> {
    let pasted = json::items(message, "attachments").iter().map(|attachment| Part::File {
        name: json::first_str(attachment, &["file_name"]).map_or_else(|| "Pasted text".to_owned(), one_line),
        mime: json::first_str(attachment, &["file_type"]).filter(|kind| kind.contains('/')).map(one_line),
        size: attachment["file_size"].as_u64(),
        url: None,
        text: json::first_str(attachment, &["extracted_content"]).map(str::to_owned),
        blob: None,
    });
    // `files_v2` repeats `files` with more about each.
    let mut known = HashSet::new();
    let files = json::items(message, "files_v2").iter().chain(json::items(message, "files"));
    let new = files.filter(|file| known.insert(json::first_str(file, &["file_uuid", "file_name"]).unwrap_or_default()));
    let uploads = new.map(|file| {
        let name = json::first_str(file, &["file_name"]).map_or_else(|| "file".to_owned(), one_line);
        let url = json::first_str(file, &["file_uuid"]).map(|id| format!("{ASSET}{id}"));
        if file["file_kind"] == "image" || is_picture(&name) {
            let shown = &file["preview_asset"];
            let pixels = |key: &str| shown[key].as_u64().and_then(|pixels| u32::try_from(pixels).ok());
            let (width, height) = (pixels("image_width"), pixels("image_height"));
            return Part::Image { url, mime: None, width, height, alt: None, name: Some(name), blob: None };
        }
        Part::File {
            name,
            mime: None,
            size: file["file_size"].as_u64().or(file["size_bytes"].as_u64()),
            url,
            text: None,
            blob: None,
        }
    });
    pasted.chain(uploads).collect()
}
