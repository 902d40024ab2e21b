//! One pushed message.

use super::Reader;
use crate::conversation::text::{self, append_text};
use crate::conversation::{Citation, Message, NoticeKind, Part, Role, Status, json, markers};
use serde_json::Value;

impl Reader {
    pub(super) fn message(&mut self, value: &Value, path: &str) -> Option<Message> {
        if !value.is_object() {
            self.refuse(path, "must be an object with role and content");
            return None;
        }
        // An answer of an API stands alone, without a path.
        let prefix = if path.is_empty() { String::new() } else { format!("{path}.") };
        let errors = self.errors.len();
        let role = self.role(value, &prefix);
        let name =
            self.string(value, &["author", "name"], &prefix).map(|name| text::one_line(&name)).filter(|name| !name.is_empty());
        let model = self.string(value, &["model"], &prefix);
        let created_at = self.moment(value, &["createdAt", "created_at", "timestamp", "create_time"], &prefix);
        let status = self.status(value, &prefix);
        let mut parts = Vec::new();
        match self.field(value, &["parts"], &prefix) {
            Some((field, Value::Array(given))) => self.parts(given, &field, &mut parts),
            Some((field, _)) => self.refuse(field, "must be an array of parts"),
            None => self.api_parts(value, &prefix, role, &mut parts),
        }
        if role == Some(Role::Assistant) {
            text::divide_thoughts(&mut parts);
            self.pictures(&mut parts, path);
        }
        if parts.len() > self.parts {
            let rule = format!("must hold at most {} parts", self.parts);
            self.refuse(path, rule);
        }
        let mut author = name;
        if role == Some(Role::Tool) {
            let call_id = self.string(value, &["tool_call_id", "callId"], &prefix);
            parts = as_results(parts, author.take(), call_id);
        }
        let message = Message { role: role?, author, model, created_at, status, parts };
        (self.lenient || self.errors.len() == errors).then_some(message)
    }

    fn role(&mut self, value: &Value, prefix: &str) -> Option<Role> {
        let role = match value["role"].as_str() {
            Some("user" | "human") => Some(Role::User),
            Some("assistant" | "model") => Some(Role::Assistant),
            Some("system" | "developer") => Some(Role::System),
            Some("tool" | "function") => Some(Role::Tool),
            _ => None,
        };
        if role.is_none() {
            self.refuse(format!("{prefix}role"), "must be user, assistant, system, developer, tool or function");
        }
        role
    }

    fn status(&mut self, value: &Value, prefix: &str) -> Status {
        if matches!(value["stop_reason"].as_str(), Some("max_tokens" | "model_context_window_exceeded")) {
            return Status::Incomplete;
        }
        match self.string(value, &["status"], prefix).as_deref() {
            // The Responses API's words stand beside ours.
            None | Some("complete" | "completed") => Status::Complete,
            Some("incomplete" | "in_progress") => Status::Incomplete,
            Some("error" | "failed") => Status::Error,
            Some(_) => {
                self.refuse(format!("{prefix}status"), "must be complete, incomplete or error");
                Status::Complete
            }
        }
    }

    /// The canonical `parts`.
    fn parts(&mut self, given: &[Value], path: &str, parts: &mut Vec<Part>) {
        for (at, part) in given.iter().enumerate() {
            parts.extend(self.part(part, &format!("{path}[{at}]")));
        }
    }

    /// What the OpenAI and Anthropic APIs put around and into `content`, in the order it was made.
    fn api_parts(&mut self, value: &Value, prefix: &str, role: Option<Role>, parts: &mut Vec<Part>) {
        self.reasoning(value, prefix, parts);
        let said = parts.len();
        self.content(&value["content"], &format!("{prefix}content"), role, parts);
        if parts.len() == said
            && let Some(transcript) = value["audio"]["transcript"].as_str()
        {
            append_text(parts, transcript, vec![]);
        }
        for (at, image) in json::items(value, "images").iter().enumerate() {
            parts.extend(self.part(image, &format!("{prefix}images[{at}]")));
        }
        if let Some(text) = self.string(value, &["refusal"], prefix).filter(|text| !text.is_empty()) {
            parts.push(Part::Notice { kind: NoticeKind::Refusal, text });
        }
        if value["stop_reason"] == "refusal" {
            parts.push(Part::Notice { kind: NoticeKind::Refusal, text: "The model declined to go on.".to_owned() });
        }
        self.calls(value, prefix, parts);
        parts.extend(annotated(value));
    }

    pub(super) fn content(&mut self, content: &Value, path: &str, role: Option<Role>, parts: &mut Vec<Part>) {
        match content {
            Value::Null => {}
            Value::String(text) => say(text, role, vec![], parts),
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    // Three bytes of `"",` would each become a part; the message is refused already.
                    if parts.len() > self.parts {
                        break;
                    }
                    self.content_item(item, &format!("{path}[{at}]"), role, parts);
                }
            }
            Value::Object(_) => self.content_item(content, path, role, parts),
            _ => self.refuse(path, "must be a string, null or an array of parts"),
        }
    }

    fn content_item(&mut self, item: &Value, path: &str, role: Option<Role>, parts: &mut Vec<Part>) {
        if let Value::String(text) = item {
            return say(text, role, vec![], parts);
        }
        match self.part(item, path) {
            Some(Part::Text { text, citations }) if citations.is_empty() => {
                let cited = json::items(item, "citations").iter().filter_map(cited);
                say(&text, role, cited.collect(), parts);
                parts.extend(annotated(item));
            }
            part => parts.extend(part),
        }
    }

    fn reasoning(&mut self, value: &Value, prefix: &str, parts: &mut Vec<Part>) {
        if let Some((field, thought)) = self.field(value, &["reasoning_content", "reasoning"], prefix) {
            match thought {
                Value::String(text) => parts.push(thought_part(text)),
                // The Responses API's settings under the same name.
                Value::Object(_) => {}
                _ => self.refuse(field, "must be a string"),
            }
            return;
        }
        for detail in json::items(value, "reasoning_details") {
            match json::first_str(detail, &["text", "summary"]) {
                Some(text) => parts.push(thought_part(text)),
                None => parts.push(Part::Reasoning { text: String::new(), duration_sec: None, redacted: true }),
            }
        }
    }

    fn calls(&mut self, value: &Value, prefix: &str, parts: &mut Vec<Part>) {
        match self.field(value, &["tool_calls"], prefix) {
            Some((field, Value::Array(calls))) => {
                for (at, call) in calls.iter().enumerate() {
                    parts.extend(self.call(call, &format!("{field}[{at}].")));
                }
            }
            Some((field, _)) => self.refuse(field, "must be an array of tool calls"),
            None => {}
        }
        if let Some((field, call)) = self.field(value, &["function_call"], prefix) {
            parts.extend(self.call(call, &format!("{field}.")));
        }
    }

    pub(super) fn call(&mut self, call: &Value, prefix: &str) -> Option<Part> {
        let call_id = self.string(call, &["call_id", "id", "callId"], prefix);
        let (inner, prefix) = match (&call["function"], &call["custom"]) {
            (function @ Value::Object(_), _) => (function, format!("{prefix}function.")),
            (_, custom @ Value::Object(_)) => (custom, format!("{prefix}custom.")),
            _ => (call, prefix.to_owned()),
        };
        let Some(name) = inner["name"].as_str() else {
            self.refuse(format!("{prefix}name"), "must be a string");
            return None;
        };
        let input = match self.field(inner, &["arguments", "input", "args"], &prefix) {
            // A custom tool's input is free text, but JSON in it reads better as JSON too.
            Some((_, Value::String(text))) => json::unwrap_text(text, &mut self.room),
            Some((_, input)) => input.clone(),
            None => Value::Null,
        };
        Some(Part::ToolCall { name: text::one_line(name), input, call_id })
    }
}

/// A source as Anthropic's blocks cite it; ours carry an id and are read with their part.
pub(super) fn cited(citation: &Value) -> Option<Citation> {
    let title = json::first_str(citation, &["title", "document_title"]).map(text::one_line);
    let url = json::first_str(citation, &["url", "source"]).and_then(text::web_url);
    let snippet = json::first_str(citation, &["cited_text"]).map(str::to_owned);
    (title.is_some() || url.is_some()).then(|| Citation { title, url, snippet, ..Citation::default() })
}

/// The sources that OpenAI's APIs list beside a text, whose own words name them already.
fn annotated(value: &Value) -> Option<Part> {
    let source = |annotation: &Value| {
        let cited = if annotation["url_citation"].is_object() { &annotation["url_citation"] } else { annotation };
        let url = json::first_str(cited, &["url"]).and_then(text::web_url);
        let title = json::first_str(cited, &["title", "filename"]).map(text::one_line);
        (url.is_some() || title.is_some()).then(|| Citation { url, title, ..Citation::default() })
    };
    text::sources(json::items(value, "annotations").iter().filter_map(source))
}

fn thought_part(text: &str) -> Part {
    Part::Reasoning { text: text.to_owned(), duration_sec: None, redacted: false }
}

/// Text as `role` said it. A model's answer comes cut into blocks wherever a citation ends, and may hold a vendor's markers; what a
/// person sends is separate.
fn say(text: &str, role: Option<Role>, cited: Vec<Citation>, parts: &mut Vec<Part>) {
    if role != Some(Role::Assistant) {
        return parts.push(Part::Text { text: text.to_owned(), citations: vec![] });
    }
    let text = markers::strip(text);
    // Thoughts are looked for where a part begins.
    if text::split_think(&text).is_some() {
        parts.push(Part::Text { text: String::new(), citations: vec![] });
    }
    append_text(parts, &text, cited);
}

/// What a tool's message says is the result, unless it says so itself.
fn as_results(parts: Vec<Part>, name: Option<String>, call_id: Option<String>) -> Vec<Part> {
    let (results, output): (Vec<_>, Vec<_>) = parts.into_iter().partition(|part| matches!(part, Part::ToolResult { .. }));
    if !results.is_empty() && output.is_empty() {
        return results;
    }
    let mut all = vec![Part::ToolResult { output: super::part::output(output), name, call_id, is_error: false }];
    all.extend(results);
    all
}
