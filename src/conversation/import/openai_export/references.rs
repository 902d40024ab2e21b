//! What the markers in an answer stand for (FORMATS 4.2), as its metadata tells.

use crate::conversation::markers::{Markers, Meaning, resolve};
use crate::conversation::text::{cut, one_line, sources, web_url};
use crate::conversation::{Citation, Part, json};
use serde_json::Value;

/// References of one message that are looked at, and pages behind one of them.
const REFERENCES: usize = 1_000;
const PAGES: usize = 16;
/// Characters of a page that are quoted; a browser's page keeps all of it here.
const SNIPPET: usize = 500;

/// Everything an answer refers to.
#[derive(Default)]
pub(super) struct Referenced {
    markers: Markers,
    /// For the list at the end of the answer.
    pub(super) sources: Vec<Citation>,
    /// From elsewhere on the web.
    pub(super) images: Vec<Part>,
}

impl Referenced {
    pub(super) fn resolve(&self, text: &str) -> (String, Vec<Citation>) {
        resolve(text, &self.markers)
    }
}

pub(super) fn read(metadata: &Value, text: &str) -> Referenced {
    let mut referenced = Referenced::default();
    for reference in json::items(metadata, "content_references").iter().take(REFERENCES) {
        referenced.modern(reference);
    }
    referenced.bracketed(json::items(metadata, "citations"), text);
    referenced
}

/// A page or file, from any of the shapes that carry one.
pub(super) fn citation(page: &Value) -> Option<Citation> {
    let url = json::first_str(page, &["url"]).and_then(web_url);
    let title = json::first_str(page, &["title", "name"]).map(one_line);
    let snippet = json::first_str(page, &["snippet", "text"]).map(|text| cut(text.trim(), SNIPPET));
    let site = json::first_str(page, &["attribution", "domain"]).map(one_line);
    (url.is_some() || title.is_some()).then(|| Citation { url, title, snippet, site, ..Citation::default() })
}

/// The pages a search found, which its result keeps beside an empty text.
pub(super) fn searched(metadata: &Value) -> Option<Part> {
    let entries = json::items(metadata, "search_result_groups").iter().flat_map(|group| json::items(group, "entries"));
    sources(entries.filter_map(citation))
}

impl Referenced {
    fn modern(&mut self, reference: &Value) {
        let listed = |key: &str| {
            let items = json::items(reference, key).iter();
            let each = items.flat_map(|item| std::iter::once(item).chain(json::items(item, "supporting_websites")));
            each.filter_map(citation).take(PAGES).collect::<Vec<_>>()
        };
        let pages = || listed("items");
        // What carries no list is a page itself, or names others in the place of a list.
        let otherwise = || Some(listed("fallback_items")).filter(|pages| !pages.is_empty()).or(Some(vec![citation(reference)?]));
        let meaning = match reference["type"].as_str().unwrap_or_default() {
            // Its marker is a single space: it stands for no place in the text.
            "sources_footnote" => {
                self.sources.extend(json::items(reference, "sources").iter().filter_map(citation));
                return;
            }
            "hidden" => Meaning::Nothing,
            "nav_list" => {
                self.sources.extend(pages());
                Meaning::Nothing
            }
            "image_v2" | "image_group" => {
                self.images.extend(json::items(reference, "images").iter().filter_map(image));
                Meaning::Nothing
            }
            "webpage" | "webpage_extended" | "file" => Meaning::Cites(citation(reference).into_iter().collect()),
            _ => match (pages(), json::first_str(reference, &["alt"])) {
                (pages, Some(alt)) if pages.is_empty() => Meaning::Markdown(alt.to_owned()),
                (pages, None) if pages.is_empty() => match otherwise() {
                    Some(pages) => Meaning::Cites(pages),
                    None => return,
                },
                (pages, _) => Meaning::Cites(pages),
            },
        };
        self.markers.insert(reference["matched_text"].as_str().unwrap_or_default(), meaning);
    }

    /// The markers of 2023 and 2024 name a message and a result in it; those of files are found by their place.
    fn bracketed(&mut self, citations: &[Value], text: &str) {
        if citations.is_empty() || !text.contains('【') {
            return;
        }
        let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let slice = |cited: &Value| {
            let place = |key: &str| starts.get(usize::try_from(cited[key].as_u64()?).ok()?).copied();
            text.get(place("start_ix")?..place("end_ix")?).filter(|slice| slice.starts_with('【'))
        };
        let numbered: Vec<(&str, &str)> = text
            .split('【')
            .filter_map(|marker| marker.split_once('】'))
            .filter_map(|(marker, _)| Some((marker, marker.split_once('†')?.0)))
            .take(REFERENCES)
            .collect();
        for cited in citations.iter().take(REFERENCES) {
            let metadata = &cited["metadata"];
            let Some(page) = citation(metadata) else { continue };
            let extra = &metadata["extra"];
            let number = match (extra["cited_message_idx"].as_u64(), extra["search_result_idx"].as_u64()) {
                (Some(message), Some(result)) => Some(format!("{message}:{result}")),
                _ => None,
            };
            let named = numbered.iter().find(|(_, named)| Some(*named) == number.as_deref());
            let marker = named.map(|(marker, _)| format!("【{marker}】")).or_else(|| slice(cited).map(str::to_owned));
            if let Some(marker) = marker {
                self.markers.insert(&marker, Meaning::Cites(vec![page]));
            }
        }
    }
}

fn image(image: &Value) -> Option<Part> {
    let url = json::first_str(image, &["content_url", "url", "thumbnail_url"]).and_then(web_url)?;
    let alt = json::first_str(image, &["title", "alt"]).map(one_line);
    Some(Part::Image { url: Some(url), mime: None, width: None, height: None, alt, name: None, blob: None })
}
