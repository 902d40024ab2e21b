//! The elements that Grok writes into its answers: widgets, of which citations are the most common, and documents.

use crate::conversation::import::entities::unescape;
use crate::conversation::text::{append_text, one_line, web_url};
use crate::conversation::{Citation, Part, json};
use serde_json::Value;
use std::collections::HashMap;

const RENDER: &str = "<grok:render";
const ARTIFACT: &str = "<xaiArtifact";

/// Cards of one answer that are looked at.
const CARDS: usize = 1_000;

/// The words of an answer, with anchors for its citations and files for its documents.
pub(super) fn say(text: &str, response: &Value, parts: &mut Vec<Part>) {
    let cards = cards(response);
    let mut rest = text;
    let is_element = |text: &str| [RENDER, ARTIFACT].iter().any(|tag| text.starts_with(tag));
    while let Some((at, _)) = rest.match_indices('<').find(|(at, _)| is_element(&rest[*at..])) {
        append_text(parts, &rest[..at], vec![]);
        let element = &rest[at..];
        let (tag, body) = element.split_once('>').unwrap_or((element, ""));
        let end = if element.starts_with(RENDER) { "</grok:render>" } else { "</xaiArtifact>" };
        // An answer that was cut off may end in an element; an empty one has no end.
        let (body, after) = if tag.ends_with('/') { ("", body) } else { body.split_once(end).unwrap_or((body, "")) };
        if element.starts_with(ARTIFACT) {
            parts.push(document(tag, body));
        } else if let Some(card) = attribute(tag, "card_id").and_then(|id| cards.get(&id)) {
            append_text(parts, "", vec![card.clone()]);
        }
        rest = after;
    }
    append_text(parts, rest, vec![]);
}

/// The pages that cards stand for, by the cards' ids.
fn cards(response: &Value) -> HashMap<String, Citation> {
    let attachments = json::items(response, "card_attachments_json").iter().take(CARDS);
    let card = |text: &Value| {
        let mut room = 64 << 10;
        let card = json::unwrap_text(text.as_str()?, &mut room);
        let url = json::first_str(&card, &["url"]).and_then(web_url)?;
        let title = json::first_str(&card, &["title"]).map(one_line);
        Some((card["id"].as_str()?.to_owned(), Citation { url: Some(url), title, ..Citation::default() }))
    };
    attachments.filter_map(card).collect()
}

fn document(tag: &str, body: &str) -> Part {
    let text = body.trim_matches('\n').to_owned();
    let name = attribute(tag, "title").map(|title| one_line(&title)).filter(|title| !title.is_empty());
    Part::File {
        name: name.unwrap_or_else(|| "Document".to_owned()),
        mime: attribute(tag, "contentType").map(|mime| one_line(&mime)),
        size: Some(text.len() as u64),
        url: None,
        text: Some(text),
        blob: None,
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, value) = tag.split_once(&format!(" {name}=\""))?;
    value.split_once('"').map(|(value, _)| unescape(value))
}
