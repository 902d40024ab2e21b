//! One item of the Responses API (FORMATS 4.3): a message, a thought, a call or what came of it.

use super::Reader;
use super::part::{output, plain, with_bytes};
use crate::conversation::text::{self, append_text, cut, one_line};
use crate::conversation::{Citation, Message, NoticeKind, Part, Role, json};
use serde_json::Value;

/// Whether a value among messages is an item of another kind.
pub(super) fn is_item(value: &Value) -> bool {
    let kind = value["type"].as_str().unwrap_or_default();
    value["role"].is_null() && (kind == "reasoning" || kind.ends_with("_call") || kind.ends_with("_call_output"))
}

impl Reader {
    /// What the item says; nothing for what is between programs only.
    pub(super) fn item(&mut self, item: &Value, path: &str) -> Option<Message> {
        let kind = match item["type"].as_str() {
            Some(kind) if item["role"].is_null() && kind != "message" => kind,
            _ => return self.message(item, path),
        };
        let (errors, prefix) = (self.errors.len(), format!("{path}."));
        let parts = match kind {
            "reasoning" => vec![self.thought(item, &prefix)],
            "function_call" | "custom_tool_call" => self.call(item, &prefix).into_iter().collect(),
            "image_generation_call" => vec![self.drawn(item, path)],
            "mcp_list_tools" | "mcp_approval_request" | "mcp_approval_response" | "item_reference" => vec![],
            "compaction" | "context_compaction" | "compaction_summary" => vec![compacted()],
            kind if kind.ends_with("_output") => vec![self.outcome(item, path)],
            kind if kind.ends_with("_call") => self.hosted_call(item, kind, path),
            kind => vec![self.unsupported(kind)],
        };
        let role = if kind.ends_with("_output") { Role::Tool } else { Role::Assistant };
        let good = self.lenient || self.errors.len() == errors;
        (good && !parts.is_empty()).then(|| Message { role, parts, ..Message::default() })
    }

    /// Only what its summary or content says is open; the rest comes encrypted.
    fn thought(&mut self, item: &Value, prefix: &str) -> Part {
        let mut thoughts = Vec::new();
        for key in ["summary", "content"] {
            match &item[key] {
                Value::Null => {}
                Value::Array(steps) => thoughts.extend(steps.iter().filter_map(|step| json::first_str(step, &["text"]))),
                _ => self.refuse(format!("{prefix}{key}"), "must be an array of texts"),
            }
        }
        let text = thoughts.join("\n\n");
        Part::Reasoning { duration_sec: None, redacted: text.is_empty(), text }
    }

    /// What a call of the host app's own tool brought.
    fn outcome(&mut self, item: &Value, path: &str) -> Part {
        let prefix = format!("{path}.");
        let mut said = Vec::new();
        self.output(&item["output"], &format!("{prefix}output"), &mut said);
        Part::ToolResult {
            output: output(said),
            name: self.string(item, &["name"], &prefix).map(|name| one_line(&name)),
            call_id: self.string(item, &["call_id", "id"], &prefix),
            is_error: matches!(item["status"].as_str(), Some("failed" | "incomplete")),
        }
    }

    fn output(&mut self, given: &Value, path: &str, said: &mut Vec<Part>) {
        match given {
            Value::Null => {}
            Value::String(text) => append_text(said, text, vec![]),
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate().take(self.parts) {
                    self.output(item, &format!("{path}[{at}]"), said);
                }
            }
            Value::Object(_) if given["type"].is_string() => said.extend(self.part(given, path)),
            other => said.push(plain(other)),
        }
    }

    /// A call of a tool that runs at the API's side, and its outcome, which stands in the same item.
    fn hosted_call(&mut self, item: &Value, kind: &str, path: &str) -> Vec<Part> {
        let prefix = format!("{path}.");
        let call_id = self.string(item, &["call_id", "id"], &prefix);
        let name = json::first_str(item, &["name"]).unwrap_or(kind.strip_suffix("_call").unwrap_or(kind));
        let given = ["action", "actions", "operation", "code", "arguments", "queries"].iter().find(|key| !item[**key].is_null());
        let input = match given.map(|key| &item[*key]) {
            // Beside a search stand the pages it found.
            Some(Value::Object(action)) => Value::Object(
                action.iter().filter(|(key, _)| *key != "sources").map(|(key, value)| (key.clone(), value.clone())).collect(),
            ),
            Some(Value::String(text)) if !item["arguments"].is_null() => json::unwrap_text(text, &mut self.room),
            Some(given) => given.clone(),
            None => Value::Null,
        };
        let mut found = Vec::new();
        self.output(&item["output"], &format!("{prefix}output"), &mut found);
        for outcome in json::items(item, "outputs") {
            match json::first_str(outcome, &["logs"]) {
                Some(code) => found.push(Part::Code { code: code.to_owned(), language: None, filename: None }),
                None if outcome["type"] == "image" => found.push(self.image(outcome, &prefix)),
                None => {}
            }
        }
        let pages = json::items(&item["action"], "sources").iter().chain(json::items(item, "results"));
        found.extend(text::sources(pages.filter_map(page)));
        let error = match &item["error"] {
            Value::Null => None,
            Value::String(said) => Some(said.clone()),
            other => Some(json::first_str(other, &["message"]).map_or_else(|| other.to_string(), str::to_owned)),
        };
        let is_error = error.is_some();
        if let Some(said) = error {
            append_text(&mut found, &said, vec![]);
        }
        let mut parts = vec![Part::ToolCall { name: one_line(name), input, call_id: call_id.clone() }];
        if !found.is_empty() {
            parts.push(Part::ToolResult { output: output(found), name: None, call_id, is_error });
        }
        parts
    }

    fn drawn(&mut self, item: &Value, path: &str) -> Part {
        let format = item["output_format"].as_str().filter(|format| matches!(*format, "jpeg" | "webp")).unwrap_or("png");
        let blob = self.inline(item, &[("result", &item["result"])], &format!("{path}."));
        let image = Part::Image {
            url: None,
            mime: Some(format!("image/{format}")),
            width: None,
            height: None,
            alt: json::first_str(item, &["revised_prompt"]).map(str::to_owned),
            name: None,
            blob: None,
        };
        with_bytes(image, blob)
    }
}

/// The line in place of messages that the model has only a summary of.
pub(in crate::conversation) fn compacted() -> Part {
    Part::Notice { kind: NoticeKind::Summary, text: "The conversation so far was replaced by a summary.".to_owned() }
}

/// A page or file that a search found.
fn page(found: &Value) -> Option<Citation> {
    let url = json::first_str(found, &["url"]).and_then(text::web_url);
    let title = json::first_str(found, &["title", "filename", "name"]).map(one_line);
    let snippet = json::first_str(found, &["text"]).map(|text| cut(text.trim(), 500));
    (url.is_some() || title.is_some()).then(|| Citation { url, title, snippet, ..Citation::default() })
}
