//! The blocks of a Claude message.

use super::{Thread, artifact};
use crate::conversation::attachment::{carried, encoded};
use crate::conversation::text::{append_text, cut, data_url_mime, one_line, sources, web_url};
use crate::conversation::{Citation, Part, Role, json, markers, push};
use serde_json::Value;

impl Thread {
    pub(super) fn block(&mut self, block: &Value, role: Role, parts: &mut Vec<Part>) {
        match block["type"].as_str().unwrap_or_default() {
            "text" => self.say(block["text"].as_str().unwrap_or_default(), cited(block), role, parts),
            "thinking" => parts.push(thought(block)),
            "redacted_thinking" => parts.push(Part::Reasoning { text: String::new(), duration_sec: lasted(block), redacted: true }),
            "voice_note" => self.say(json::first_str(block, &["transcript", "text"]).unwrap_or_default(), vec![], role, parts),
            "tool_use" | "server_tool_use" => {
                let name = block["name"].as_str().unwrap_or("tool");
                match name {
                    "artifacts" => self.artifacts.write(&block["input"], self.messages.len(), parts.len()),
                    "create_file" | "str_replace" => self.artifacts.write_file(&block["input"], self.messages.len(), parts.len()),
                    _ => {}
                }
                let call_id = json::first_str(block, &["id"]).map(str::to_owned);
                parts.push(Part::ToolCall { name: one_line(name), input: block["input"].clone(), call_id });
            }
            "tool_result" => parts.push(result(block)),
            "image" => parts.push(image(block)),
            "token_budget" => {}
            other => {
                let kind = cut(&one_line(other), 60);
                parts.push(push::unsupported(&kind));
                self.unsupported.insert(kind);
            }
        }
    }

    /// Blocks of text follow each other without a break; artifacts inside them are files of their own.
    pub(super) fn say(&mut self, text: &str, cited: Vec<(Option<usize>, Citation)>, role: Role, parts: &mut Vec<Part>) {
        if role == Role::User {
            return parts.push(Part::Text { text: text.to_owned(), citations: vec![] });
        }
        if artifact::may_hold(text) {
            for piece in artifact::pieces(text) {
                match piece {
                    artifact::Piece::Words(words) => append_text(parts, &markers::strip(words), vec![]),
                    artifact::Piece::Artifact(written) => {
                        self.artifacts.insert(written, self.messages.len(), parts.len());
                        // Holds the place, and begins the words behind it, until the last version is known.
                        parts.push(Part::Text { text: String::new(), citations: vec![] });
                    }
                }
            }
            return;
        }
        // The unit of the offsets is known only where all units agree.
        let exact = text.chars().all(|c| u32::from(c) <= 0xffff);
        let starts: Vec<usize> = if cited.is_empty() { vec![] } else { text.char_indices().map(|(at, _)| at).collect() };
        let end_of = |end: Option<usize>| end.filter(|_| exact).and_then(|end| starts.get(end).copied()).unwrap_or(text.len());
        let mut ends: Vec<(usize, Citation)> = cited.into_iter().map(|(end, citation)| (end_of(end), citation)).collect();
        ends.sort_by_key(|(end, _)| *end);
        let mut from = 0;
        for (end, citation) in ends {
            append_text(parts, &markers::strip(&text[from..end]), vec![citation]);
            from = end;
        }
        append_text(parts, &markers::strip(&text[from..]), vec![]);
    }
}

/// Sources of a block, with the character behind which each belongs.
fn cited(block: &Value) -> Vec<(Option<usize>, Citation)> {
    let source = |citation: &Value| {
        let details = &citation["details"];
        let url = json::first_str(citation, &["url"]).or_else(|| json::first_str(details, &["url"])).and_then(web_url);
        let title = json::first_str(citation, &["title", "document_title"]).map(one_line);
        let site = json::first_str(&citation["metadata"], &["site_name", "site_domain"]).map(one_line);
        let snippet = json::first_str(citation, &["cited_text"]).map(str::to_owned);
        let end = citation["end_index"].as_u64().and_then(|end| usize::try_from(end).ok());
        (url.is_some() || title.is_some()).then(|| (end, Citation { url, title, site, snippet, ..Citation::default() }))
    };
    json::items(block, "citations").iter().filter_map(source).collect()
}

fn thought(block: &Value) -> Part {
    let summaries = || {
        let lines = json::items(block, "summaries").iter().filter_map(|summary| summary["summary"].as_str());
        lines.collect::<Vec<_>>().join("\n\n")
    };
    let text = json::first_str(block, &["thinking"]).map_or_else(summaries, str::to_owned);
    Part::Reasoning { text, duration_sec: lasted(block), redacted: false }
}

/// Seconds between the block's stamps, to the tenth.
fn lasted(block: &Value) -> Option<f64> {
    let (start, stop) = (json::moment(&block["start_timestamp"])?, json::moment(&block["stop_timestamp"])?);
    let seconds = ((stop - start).as_seconds_f64() * 10.0).round() / 10.0;
    (seconds > 0.0).then_some(seconds)
}

fn result(block: &Value) -> Part {
    let mut output = Vec::new();
    match &block["content"] {
        Value::String(text) => append_text(&mut output, text, vec![]),
        Value::Array(items) => {
            let pages = items.iter().filter(|item| item["type"] == "knowledge");
            let found = sources(pages.filter_map(page));
            for item in items {
                match item["type"].as_str().unwrap_or_default() {
                    "text" => append_text(&mut output, item["text"].as_str().unwrap_or_default(), vec![]),
                    "image" => output.push(image(item)),
                    "knowledge" => {}
                    other => append_text(&mut output, &format!("({})", cut(&one_line(other), 60)), vec![]),
                }
            }
            output.extend(found);
        }
        _ => {}
    }
    Part::ToolResult {
        output,
        name: json::first_str(block, &["name"]).map(one_line),
        call_id: json::first_str(block, &["tool_use_id"]).map(str::to_owned),
        is_error: block["is_error"] == true,
    }
}

fn page(item: &Value) -> Option<Citation> {
    let url = json::first_str(item, &["url"]).and_then(web_url);
    let title = json::first_str(item, &["title"]).map(one_line);
    let site = json::first_str(&item["metadata"], &["site_name", "site_domain"]).map(one_line);
    // The whole page stands there.
    let snippet = json::first_str(item, &["text"]).map(|text| cut(text.trim(), 500));
    (url.is_some() || title.is_some()).then(|| Citation { url, title, site, snippet, ..Citation::default() })
}

fn image(block: &Value) -> Part {
    let source = &block["source"];
    let address = json::first_str(block, &["url"]).or_else(|| json::first_str(source, &["url"]));
    let mime = json::first_str(source, &["media_type"]).map(one_line).or_else(|| address.and_then(data_url_mime));
    let name = json::first_str(block, &["file_name", "title"]).map(one_line);
    let bytes = json::first_str(source, &["data"]).map(encoded);
    Part::Image { url: address.and_then(carried).or(bytes), mime, width: None, height: None, alt: None, name, blob: None }
}
