//! What older versions of Open WebUI keep in an answer's text: thoughts, calls and code in `<details type="…">`, attributes and bodies
//! escaped as HTML, JSON in them often escaped once more.

use super::Thread;
use super::output::{interpreter, say};
use crate::conversation::import::entities::unescape;
use crate::conversation::text::{append_text, one_line};
use crate::conversation::{Citation, Part, json};
use serde_json::Value;

const OPEN: &str = "<details type=\"";
const CLOSE: &str = "</details>";

impl Thread {
    /// An answer's text, cut where something other than words stands.
    pub(super) fn content(&mut self, text: &str, found: &[Citation], parts: &mut Vec<Part>) {
        let mut rest = text;
        while let Some(at) = rest.match_indices(OPEN).map(|(at, _)| at).find(|at| is_ours(&rest[*at + OPEN.len()..])) {
            say(&rest[..at], found, parts);
            let (tag, body) = split_tag(&rest[at..]);
            let (body, after) = body.split_once(CLOSE).unwrap_or((body, ""));
            self.details(tag, body, parts);
            rest = after.trim_start_matches('\n');
        }
        say(rest, found, parts);
    }

    fn details(&mut self, tag: &str, body: &str, parts: &mut Vec<Part>) {
        let body = body.split_once("</summary>").map_or(body, |(_, body)| body);
        let body = unescape(body);
        let body = body.trim();
        let seconds = attribute(tag, "duration").and_then(|seconds| seconds.parse().ok()).filter(|seconds| *seconds > 0.0);
        match attribute(tag, "type").as_deref() {
            Some("reasoning") => {
                let lines =
                    body.lines().map(|line| line.strip_prefix('>').map_or(line, |line| line.strip_prefix(' ').unwrap_or(line)));
                let text = lines.collect::<Vec<_>>().join("\n");
                parts.push(Part::Reasoning { text, duration_sec: seconds, redacted: false });
            }
            Some("tool_calls") => self.tool_call(tag, body, parts),
            _ => {
                let fenced = body.strip_prefix("```").and_then(|body| body.split_once('\n'));
                let (language, code) = fenced.map_or(("python", body), |(language, code)| (language.trim(), code));
                let code = code.trim_end().trim_end_matches("```").trim_end();
                let output = attribute(tag, "output").map(|text| json::unwrap_text(&text, &mut self.room)).unwrap_or_default();
                interpreter(code, language, &output, parts);
            }
        }
    }

    fn tool_call(&mut self, tag: &str, body: &str, parts: &mut Vec<Part>) {
        let name = attribute(tag, "name").map(|name| one_line(&name)).filter(|name| !name.is_empty());
        let call_id = attribute(tag, "id").filter(|id| !id.is_empty());
        let input = self.unwrap_twice(&attribute(tag, "arguments").unwrap_or_default());
        let name = name.unwrap_or_else(|| "tool".to_owned());
        parts.push(Part::ToolCall { name: name.clone(), input, call_id: call_id.clone() });
        let mut output = Vec::new();
        // The result stands in the body, in older versions in an attribute.
        let result = if body.is_empty() { attribute(tag, "result").unwrap_or_default() } else { body.to_owned() };
        match self.unwrap_twice(&result) {
            Value::String(text) if text.trim().is_empty() => {}
            Value::String(text) => append_text(&mut output, &text, vec![]),
            value => output.push(Part::Code { code: format!("{value:#}"), language: Some("json".to_owned()), filename: None }),
        }
        let files = attribute(tag, "files").map(|files| self.unwrap_twice(&files)).unwrap_or_default();
        output.extend(files.as_array().into_iter().flatten().map(super::file));
        if !output.is_empty() {
            parts.push(Part::ToolResult { output, name: Some(name), call_id, is_error: false });
        }
    }

    /// JSON, or JSON in a JSON string; else the text.
    fn unwrap_twice(&mut self, text: &str) -> Value {
        let quoted = text.trim().starts_with('"').then(|| serde_json::from_str::<String>(text.trim()).ok()).flatten();
        json::unwrap_text(quoted.as_deref().unwrap_or(text), &mut self.room)
    }
}

fn is_ours(kind: &str) -> bool {
    ["reasoning\"", "tool_calls\"", "code_interpreter\""].iter().any(|known| kind.starts_with(known))
}

/// The tag that `text` begins with and what follows it; a `>` within quotes belongs to the tag.
fn split_tag(text: &str) -> (&str, &str) {
    let mut quoted = false;
    let end = text.bytes().position(|byte| {
        quoted ^= byte == b'"';
        byte == b'>' && !quoted
    });
    end.map_or((text, ""), |end| (&text[..end], &text[end + 1..]))
}

/// An attribute's value, without its escapes.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, value) = tag.split_once(&format!(" {name}=\""))?;
    value.split_once('"').map(|(value, _)| unescape(value))
}
