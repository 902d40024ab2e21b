//! What an answer of Open WebUI was given to read; `[1]` in its text is the first.

use crate::conversation::import::attachment::line;
use crate::conversation::text::{cut, one_line, web_url};
use crate::conversation::{Citation, json};
use serde_json::Value;

/// Sources of one answer that are looked at; the search for repetitions is linear.
const SOURCES: usize = 500;

/// The sources as the app counts them: each document's origin once, in the order they came.
pub(super) fn read(message: &Value) -> Vec<Citation> {
    let mut ids: Vec<&str> = Vec::new();
    let mut found = Vec::new();
    for group in json::items(message, "sources").iter().chain(json::items(message, "citations")) {
        let origin = &group["source"];
        let documents = json::items(group, "document");
        for (at, document) in documents.iter().enumerate() {
            let metadata = &group["metadata"][at];
            let id = json::first_str(metadata, &["source"]).or(json::first_str(origin, &["id", "name"])).unwrap_or("N/A");
            if ids.len() == SOURCES || ids.contains(&id) {
                continue;
            }
            ids.push(id);
            let url = web_url(id).or_else(|| json::first_str(origin, &["url"]).and_then(web_url));
            let title = line(metadata, &["title", "name"]).or_else(|| line(origin, &["name"])).unwrap_or_else(|| one_line(id));
            let snippet = document.as_str().map(|text| cut(text.trim(), 500)).filter(|text| !text.is_empty());
            found.push(Citation { url, title: Some(title), snippet, ..Citation::default() });
        }
    }
    found
}
