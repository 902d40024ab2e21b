//! What happened while chat-ui waited for an answer, as its `updates` tell.

use crate::conversation::import::attachment::{Attachment, line};
use crate::conversation::text::{append_text, sources, web_url};
use crate::conversation::{Citation, Part, json};
use serde_json::Value;

/// The updates of one message.
#[derive(Default)]
pub(super) struct Updates<'a> {
    pub(super) thought: String,
    /// Calls and their results.
    pub(super) tools: Vec<Part>,
    pub(super) answer: Option<&'a str>,
    /// Files, and the pages an answer rests on.
    pub(super) made: Vec<Part>,
    pub(super) stopped: bool,
}

impl<'a> Updates<'a> {
    pub(super) fn read(message: &'a Value) -> Self {
        let mut updates = Updates::default();
        let mut pages: Vec<&Value> = Vec::new();
        for update in json::items(message, "updates") {
            match update["type"].as_str().unwrap_or_default() {
                "tool" => updates.tool(update),
                "reasoning" => updates.thought.push_str(update["token"].as_str().unwrap_or_default()),
                "file" => {
                    let (name, mime) = (json::first_str(update, &["name"]), json::first_str(update, &["mime"]));
                    updates.made.push(Attachment { name, mime, ..Attachment::default() }.part());
                }
                "finalAnswer" => {
                    updates.answer = json::first_str(update, &["text"]);
                    updates.stopped |= update["interrupted"] == true;
                }
                "webSearch" => pages.extend(json::items(update, "sources")),
                // Titles, states and the answer as it streamed.
                _ => {}
            }
        }
        let search = &message["webSearch"];
        pages.extend(["contextSources", "results"].iter().flat_map(|key| json::items(search, key)));
        updates.made.extend(sources(pages.into_iter().filter_map(page)));
        updates
    }

    fn tool(&mut self, update: &Value) {
        let call_id = json::first_str(update, &["uuid"]).map(str::to_owned);
        match update["subtype"].as_str().unwrap_or_default() {
            "call" => {
                let call = &update["call"];
                let name = line(call, &["name"]).unwrap_or_else(|| "tool".to_owned());
                self.tools.push(Part::ToolCall { name, input: call["parameters"].clone(), call_id });
            }
            "result" => {
                let result = &update["result"];
                let is_error = result["status"] == "error";
                let mut output: Vec<Part> = json::items(result, "outputs").iter().map(printed).collect();
                if let Some(message) = json::first_str(result, &["message"]) {
                    append_text(&mut output, message, vec![]);
                }
                self.tools.push(Part::ToolResult { output, name: None, call_id, is_error });
            }
            "error" => {
                let text = update["message"].as_str().unwrap_or_default().to_owned();
                let output = vec![Part::Text { text, citations: vec![] }];
                self.tools.push(Part::ToolResult { output, name: None, call_id, is_error: true });
            }
            // How far it is.
            _ => {}
        }
    }
}

/// One output of a tool: an object with words, or any other.
fn printed(output: &Value) -> Part {
    let words = output.as_str().or_else(|| {
        let fields = output.as_object()?;
        fields.values().next().filter(|_| fields.len() == 1)?.as_str()
    });
    match words {
        Some(text) => Part::Text { text: text.to_owned(), citations: vec![] },
        None => Part::Code { code: format!("{output:#}"), language: Some("json".to_owned()), filename: None },
    }
}

fn page(page: &Value) -> Option<Citation> {
    let url = json::first_str(page, &["link", "uri", "url"]).and_then(web_url)?;
    Some(Citation { url: Some(url), title: line(page, &["title"]), ..Citation::default() })
}
