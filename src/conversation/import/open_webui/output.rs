//! The items of an answer's `output`, which newer versions of Open WebUI keep beside its text.

use super::Thread;
use crate::conversation::import::attachment::Attachment;
use crate::conversation::import::numbered;
use crate::conversation::text::{append_text, cut, one_line};
use crate::conversation::{Citation, Part, json, markers, push};
use serde_json::{Value, json};

impl Thread {
    pub(super) fn item(&mut self, item: &Value, found: &[Citation], parts: &mut Vec<Part>) {
        let call_id = || json::first_str(item, &["call_id", "id"]).map(str::to_owned);
        match item["type"].as_str().unwrap_or_default() {
            "message" => {
                let texts =
                    json::items(item, "content").iter().filter_map(|part| part["text"].as_str().or(part["refusal"].as_str()));
                self.content(&texts.collect::<String>(), found, parts);
            }
            "reasoning" => parts.push(thought(item)),
            "function_call" | "custom_tool_call" => {
                let input = ["arguments", "input"].iter().find_map(|key| item[*key].as_str()).unwrap_or_default();
                let name = one_line(item["name"].as_str().unwrap_or("tool"));
                parts.push(Part::ToolCall { name, input: json::unwrap_text(input, &mut self.room), call_id: call_id() });
            }
            "function_call_output" | "custom_tool_call_output" => {
                let output = output(item);
                parts.push(Part::ToolResult { output, name: None, call_id: call_id(), is_error: item["status"] == "failed" });
            }
            "open_webui:code_interpreter" | "code_interpreter" => {
                let code = item["code"].as_str().unwrap_or_default().trim();
                let language = item["lang"].as_str().unwrap_or("python");
                interpreter(code, language, &item["output"], parts);
            }
            kind @ ("web_search_call" | "file_search_call" | "computer_call") => {
                let input = ["action", "queries"].iter().map(|key| &item[*key]).find(|input| !input.is_null());
                let name = kind.trim_end_matches("_call").to_owned();
                parts.push(Part::ToolCall { name, input: input.cloned().unwrap_or_default(), call_id: call_id() });
            }
            other => {
                let kind = cut(&one_line(other), 60);
                parts.push(push::unsupported(&kind));
                self.unsupported.insert(kind);
            }
        }
    }
}

/// Words of an answer; `[1]` in them points at the first of `found`.
pub(super) fn say(text: &str, found: &[Citation], parts: &mut Vec<Part>) {
    let text = markers::strip(text);
    let (text, citations) = numbered::resolve(&text, "", |number| found.get(number.checked_sub(1)?).cloned());
    match (text.trim().is_empty(), citations.is_empty()) {
        (true, _) => {}
        (false, true) => append_text(parts, &text, vec![]),
        (false, false) => parts.push(Part::Text { text, citations }),
    }
}

fn thought(item: &Value) -> Part {
    let texts = |key: &str| {
        let parts = json::items(item, key).iter().filter_map(|part| part["text"].as_str());
        Some(parts.collect::<Vec<_>>().join("\n\n")).filter(|text| !text.trim().is_empty())
    };
    let text = texts("summary").or_else(|| texts("content")).or_else(|| item["content"].as_str().map(str::to_owned));
    let text = text.unwrap_or_default().trim().to_owned();
    let seconds = item["duration"].as_f64().filter(|seconds| *seconds > 0.0);
    // Some models keep their thoughts to themselves.
    Part::Reasoning { redacted: text.is_empty(), text, duration_sec: seconds }
}

/// What a tool answered: words or parts, with files beside them.
fn output(item: &Value) -> Vec<Part> {
    let mut output = Vec::new();
    match &item["output"] {
        Value::String(text) => append_text(&mut output, text, vec![]),
        Value::Array(parts) => {
            for part in parts {
                match (part["text"].as_str(), part["image_url"].as_str().or(part["image_url"]["url"].as_str())) {
                    (Some(text), _) => append_text(&mut output, text, vec![]),
                    (None, url @ Some(_)) => output.push(picture(url)),
                    (None, None) => output.push(code(&format!("{part:#}"), Some("json"))),
                }
            }
        }
        Value::Null => {}
        other => output.push(code(&format!("{other:#}"), Some("json"))),
    }
    output.extend(json::items(item, "files").iter().map(|file| match file.as_str() {
        url @ Some(_) => picture(url),
        None => super::file(file),
    }));
    output
}

/// Code that was run, and what came of it.
pub(super) fn interpreter(source: &str, language: &str, output: &Value, parts: &mut Vec<Part>) {
    let input = json!({"language": language, "code": source});
    let name = "code_interpreter".to_owned();
    parts.push(Part::ToolCall { name: name.clone(), input, call_id: None });
    let printed = ["stdout", "result", "stderr"].iter().filter_map(|key| match &output[*key] {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(format!("{other:#}")),
    });
    let printed = printed.chain(output.as_str().map(str::to_owned)).filter(|text| !text.trim().is_empty());
    let output: Vec<Part> = printed.map(|text| code(&text, None)).collect();
    if !output.is_empty() {
        parts.push(Part::ToolResult { output, name: Some(name), call_id: None, is_error: false });
    }
}

fn code(text: &str, language: Option<&str>) -> Part {
    Part::Code { code: text.to_owned(), language: language.map(str::to_owned), filename: None }
}

fn picture(url: Option<&str>) -> Part {
    Attachment { name: url, url, is_picture: true, ..Attachment::default() }.part()
}
