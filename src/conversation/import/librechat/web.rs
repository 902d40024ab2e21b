//! What LibreChat's search found for an answer, and the markers in the text that point there (FORMATS 4.2).

use crate::conversation::import::attachment::line;
use crate::conversation::markers::{self, Markers, Meaning};
use crate::conversation::text::{cut, sources, web_url};
use crate::conversation::{Citation, Part, json};
use serde_json::Value;

/// Pages of one answer that are looked at.
const PAGES: usize = 1_000;

/// The pages found for one answer.
#[derive(Default)]
pub(super) struct Found {
    markers: Markers,
    pages: Vec<Citation>,
}

impl Found {
    pub(super) fn read(message: &Value) -> Self {
        let mut found = Found::default();
        for (number, attachment) in json::items(message, "attachments").iter().enumerate() {
            let (search, files) = (&attachment["web_search"], &attachment["file_search"]);
            let turn = [search, files].iter().find_map(|results| results["turn"].as_u64()).unwrap_or(number as u64);
            for (key, kind) in [("organic", "search"), ("topStories", "news"), ("references", "ref")] {
                found.list(turn, kind, json::items(search, key), key != "references");
            }
            found.list(turn, "file", json::items(files, "sources"), true);
        }
        found
    }

    /// Takes in the pages of one kind; `listed` ones stand at the end of the answer.
    fn list(&mut self, turn: u64, kind: &str, pages: &[Value], listed: bool) {
        for (at, page) in pages.iter().enumerate().take(PAGES) {
            let Some(page) = citation(page) else { continue };
            if listed && self.pages.len() < PAGES {
                self.pages.push(page.clone());
            }
            self.markers.insert(&format!("\u{e202}turn{turn}{kind}{at}"), Meaning::Cites(vec![page]));
        }
    }

    /// The text with anchors for the markers. They come as the private-use characters themselves or as their six-letter escapes,
    /// several within one pair of brackets.
    pub(super) fn resolve(&self, text: &str) -> (String, Vec<Citation>) {
        if !text.contains('\u{e202}') && !text.contains(r"\ue202turn") {
            return markers::resolve(text, &self.markers);
        }
        let text = text.replace(r"\ue202turn", "\u{e202}turn").replace(r"\ue200", "\u{e200}").replace(r"\ue201", "\u{e201}");
        markers::resolve(&text.replace("\u{e200}\u{e202}", "\u{e202}"), &self.markers)
    }

    pub(super) fn sources(&self) -> Option<Part> {
        sources(self.pages.iter().cloned())
    }
}

fn citation(page: &Value) -> Option<Citation> {
    let url = json::first_str(page, &["link", "url"]).and_then(web_url);
    let title = line(page, &["title", "fileName", "filename"]);
    let snippet = json::first_str(page, &["snippet"]).map(|text| cut(text.trim(), 500));
    let site = line(page, &["attribution", "source"]);
    (url.is_some() || title.is_some()).then(|| Citation { url, title, snippet, site, ..Citation::default() })
}
