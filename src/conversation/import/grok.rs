//! The data export of Grok (FORMATS 4.14): `conversations[]`, each with its `responses[]`.

mod markup;

use super::attachment::{Attachment, line};
use super::tree::{Node, Tree};
use super::{Format, Reading, Unit, mongo};
use crate::conversation::text::{cut, sources, web_url};
use crate::conversation::{Citation, Conversation, Limits, Message, NoticeKind, Part, Role, Source, Status, json};
use serde_json::Value;
use std::collections::BTreeSet;

pub(super) const FORMAT: Format = Format { name: "grok-export", unit: Unit::Value, recognises, read, warning: None };

fn recognises(value: &Value) -> bool {
    value["conversation"].is_object() && value["responses"].is_array()
}

fn read(value: &Value, _: &Limits) -> Result<Reading, String> {
    let about = &value["conversation"];
    let responses = json::items(value, "responses").iter().map(|entry| match &entry["response"] {
        Value::Object(_) => &entry["response"],
        _ => entry,
    });
    let tree = Tree::new(responses.map(|response| Node {
        id: ["_id", "id", "response_id"].iter().find_map(|key| mongo::id(&response[*key])),
        parent: mongo::id(&response["parent_response_id"]),
        message: response,
    }));
    // Parents are not in every export; where some are missing, the order of the file is the better guide.
    let leaf = ["leaf_response_id", "leafResponseId"].iter().find_map(|key| mongo::id(&about[*key]));
    let path = match tree.has_one_root() {
        true => tree.path(leaf, |response| mongo::moment(&response["create_time"])),
        false => tree.all(),
    };
    let messages = path.iter().filter_map(|response| message(response)).collect();
    let conversation = Conversation {
        title: about["title"].as_str().unwrap_or_default().to_owned(),
        created_at: mongo::moment(&about["create_time"]),
        model: None,
        source: Some(Source {
            format: FORMAT.name.to_owned(),
            id: ["id", "_id", "conversation_id"].iter().find_map(|key| mongo::id(&about[*key])).map(str::to_owned),
            app: Some("Grok".to_owned()),
        }),
        messages,
    };
    Ok(Reading { conversation, unsupported: BTreeSet::new(), left_out: tree.beside(&path) })
}

fn message(response: &Value) -> Option<Message> {
    let role = match response["sender"].as_str()?.to_ascii_lowercase().as_str() {
        "human" | "user" => Role::User,
        // Agents and models answer under names of their own.
        _ => Role::Assistant,
    };
    let mut parts: Vec<Part> = ["file_attachments", "image_attachments"]
        .iter()
        .flat_map(|key| json::items(response, key).iter().map(|file| attached(file, key.starts_with("image"))))
        .collect();
    let text = response["message"].as_str().unwrap_or_default();
    let mut status = Status::Complete;
    if role == Role::User {
        parts.push(Part::Text { text: text.to_owned(), citations: vec![] });
    } else {
        if let Some(thought) = json::first_str(response, &["thinking_trace"]) {
            parts.push(Part::Reasoning { text: thought.to_owned(), duration_sec: None, redacted: false });
        }
        markup::say(text, response, &mut parts);
        parts.extend(json::items(response, "generated_image_urls").iter().map(|url| attached(url, true)));
        let pages = ["web_search_results", "cited_web_search_results"].iter().flat_map(|key| json::items(response, key));
        parts.extend(sources(pages.filter_map(page)));
        if let Some(error) = json::first_str(response, &["error"]) {
            parts.push(Part::Notice { kind: NoticeKind::Error, text: error.to_owned() });
            status = Status::Error;
        } else if response["partial"] == true {
            status = Status::Incomplete;
        }
    }
    Some(Message {
        role,
        author: None,
        model: line(response, &["model"]).filter(|_| role == Role::Assistant),
        created_at: mongo::moment(&response["create_time"]),
        status,
        parts,
    })
}

/// A file by its address, its id or what is told of it.
fn attached(file: &Value, is_picture: bool) -> Part {
    let name = json::first_str(file, &["file_name", "fileName", "name"]).or(file.as_str());
    let mime = json::first_str(file, &["mime_type", "file_mime_type", "mimeType"]);
    Attachment { name, mime, url: file.as_str(), asset: file.as_str(), is_picture, ..Attachment::default() }.part()
}

fn page(page: &Value) -> Option<Citation> {
    let url = json::first_str(page, &["url"]).and_then(web_url);
    let title = line(page, &["title"]);
    let snippet = json::first_str(page, &["snippet", "preview"]).map(|text| cut(text.trim(), 500));
    let site = line(page, &["site_name", "siteName"]);
    (url.is_some() || title.is_some()).then(|| Citation { url, title, snippet, site, ..Citation::default() })
}
