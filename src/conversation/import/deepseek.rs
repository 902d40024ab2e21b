//! The DeepSeek data export (FORMATS 4.14): a tree of messages a conversation, each message in fragments.

use super::attachment::{Attachment, bytes, line};
use super::tree::{Node, Tree};
use super::{Format, Reading, Unit, numbered};
use crate::conversation::text::{append_text, cut, one_line, sources, web_url};
use crate::conversation::{Citation, Conversation, Limits, Message, Part, Role, Source, json, push};
use serde_json::Value;
use std::collections::BTreeSet;

pub(super) const FORMAT: Format = Format { name: "deepseek-export", unit: Unit::Value, recognises, read, warning: None };

fn recognises(value: &Value) -> bool {
    // OpenAI's export has a mapping as well.
    let in_fragments = |node: &Value| !node["message"]["fragments"].is_null();
    let nodes = value["mapping"].as_object();
    nodes.is_some_and(|nodes| !value["inserted_at"].is_null() || nodes.values().any(in_fragments))
}

fn read(value: &Value, _: &Limits) -> Result<Reading, String> {
    let Some(nodes) = value["mapping"].as_object() else { return Err("It has no messages.".to_owned()) };
    let tree = Tree::new(nodes.iter().map(|(id, node)| Node {
        id: Some(id.as_str()),
        parent: node["parent"].as_str(),
        message: &node["message"],
    }));
    let path = tree.path(value["current_node"].as_str(), |message| json::moment(&message["inserted_at"]));
    let mut unsupported = BTreeSet::new();
    let messages = path.iter().map(|message| self::message(message, &mut unsupported)).collect();
    let conversation = Conversation {
        title: value["title"].as_str().unwrap_or_default().to_owned(),
        created_at: json::moment(&value["inserted_at"]),
        model: None,
        source: Some(Source {
            format: FORMAT.name.to_owned(),
            id: json::first_str(value, &["id"]).map(str::to_owned),
            app: Some("DeepSeek".to_owned()),
        }),
        messages,
    };
    Ok(Reading { conversation, unsupported, left_out: tree.beside(&path) })
}

fn message(message: &Value, unsupported: &mut BTreeSet<String>) -> Message {
    let fragments = json::items(message, "fragments");
    let asks = fragments.iter().any(|fragment| fragment["type"] == "REQUEST");
    let role = if asks || message["role"].as_str().is_some_and(|role| role.eq_ignore_ascii_case("user")) {
        Role::User
    } else {
        Role::Assistant
    };
    let files = json::items(message, "files").iter().map(|file| {
        let (name, size) = (json::first_str(file, &["file_name", "name"]), bytes(&file["file_size"]));
        Attachment { name, size, ..Attachment::default() }.part()
    });
    let mut parts: Vec<Part> = files.collect();
    let mut pages = Vec::new();
    for fragment in fragments {
        read_fragment(fragment, role, &mut pages, &mut parts, unsupported);
    }
    if fragments.is_empty() {
        // As older exports have it.
        parts.extend(json::first_str(message, &["reasoning_content"]).map(|text| thought(text, message)));
        say(message["content"].as_str().unwrap_or_default(), role, &pages, &mut parts);
    }
    Message {
        role,
        model: line(message, &["model"]).filter(|_| role == Role::Assistant),
        created_at: json::moment(&message["inserted_at"]),
        parts,
        ..Message::default()
    }
}

fn read_fragment(
    fragment: &Value,
    role: Role,
    pages: &mut Vec<(usize, Citation)>,
    parts: &mut Vec<Part>,
    unsupported: &mut BTreeSet<String>,
) {
    let text = json::first_str(fragment, &["content"]);
    let results = json::items(fragment, "results");
    match (fragment["type"].as_str().unwrap_or_default(), text) {
        ("THINK", Some(text)) => parts.push(thought(text, fragment)),
        ("THINK" | "REQUEST" | "RESPONSE", None) => {}
        (kind, _) if !results.is_empty() || matches!(kind, "SEARCH" | "TOOL_SEARCH") => {
            let found = results.iter().enumerate().filter_map(|(at, result)| {
                let number = result["cite_index"].as_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or(at + 1);
                Some((number, page(result)?))
            });
            let found: Vec<(usize, Citation)> = found.collect();
            parts.push(Part::ToolCall { name: "search".to_owned(), input: fragment["queries"].clone(), call_id: None });
            let output = sources(found.iter().map(|(_, page)| page.clone())).into_iter().collect();
            parts.push(Part::ToolResult { output, name: Some("search".to_owned()), call_id: None, is_error: false });
            pages.extend(found);
        }
        // Whatever its type, it says something.
        (_, Some(text)) => say(text, role, pages, parts),
        (kind, None) => {
            let kind = cut(&one_line(kind), 60);
            parts.push(push::unsupported(&kind));
            unsupported.insert(kind);
        }
    }
}

fn say(text: &str, role: Role, pages: &[(usize, Citation)], parts: &mut Vec<Part>) {
    if role == Role::User {
        return parts.push(Part::Text { text: text.to_owned(), citations: vec![] });
    }
    let page = |number: usize| pages.iter().find(|(known, _)| *known == number).map(|(_, page)| page.clone());
    let (text, citations) = numbered::resolve(text, "citation:", page);
    if citations.is_empty() {
        return append_text(parts, &text, vec![]);
    }
    parts.push(Part::Text { text, citations });
}

fn thought(text: &str, fragment: &Value) -> Part {
    let seconds = ["elapsed_secs", "thinking_elapsed_secs"].iter().find_map(|key| fragment[*key].as_f64());
    Part::Reasoning { text: text.to_owned(), duration_sec: seconds.filter(|seconds| *seconds > 0.0), redacted: false }
}

fn page(result: &Value) -> Option<Citation> {
    let url = json::first_str(result, &["url"]).and_then(web_url);
    let title = line(result, &["title"]);
    let snippet = json::first_str(result, &["snippet"]).map(|text| cut(text.trim(), 500));
    (url.is_some() || title.is_some()).then(|| Citation {
        url,
        title,
        snippet,
        site: line(result, &["site_name"]),
        ..Citation::default()
    })
}
