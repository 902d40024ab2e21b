//! Pictures whose bytes stand in the words of an answer, as `![alt](data:image/png;base64,…)`: they become parts of their own, or the
//! words would be megabytes that no page formats.

use super::attachment::attach;
use super::blob::{Blob, from_data_url};
use super::text::data_url_mime;
use super::{Citation, Part, fences, raster, text};
use std::collections::{BTreeSet, HashMap};

const ADDRESS: &str = "](data:image/";
/// Bytes of a description, and of what may follow an address.
const ALT: usize = 1_000;
const TITLE: usize = 500;

/// Takes the pictures out of the texts. What `take` makes of their bytes stands in their place; where it takes them not, their
/// description alone. Thoughts are to be divided before, for a picture would divide them wrongly.
pub(super) fn divide(parts: &mut Vec<Part>, take: &mut dyn FnMut(Vec<u8>) -> Option<Blob>) {
    if !parts.iter().any(|part| matches!(part, Part::Text { text, .. } if text.contains(ADDRESS))) {
        return;
    }
    for part in std::mem::take(parts) {
        match part {
            Part::Text { text, citations } if text.contains(ADDRESS) => divide_text(&text, citations, parts, take),
            other => parts.push(other),
        }
    }
}

fn divide_text(text: &str, citations: Vec<Citation>, parts: &mut Vec<Part>, take: &mut dyn FnMut(Vec<u8>) -> Option<Blob>) {
    let begin = parts.len();
    let mut from = 0;
    for at in fences::in_words(text, ADDRESS) {
        let Some((start, end, bytes)) = picture(text, from, at) else { continue };
        words(behind(text, from, start).trim_end(), parts);
        let alt = Some(text[start + 2..at].to_owned()).filter(|alt| !alt.is_empty());
        let mime = data_url_mime(&text[at + 2..]);
        let mut image = Part::Image { url: None, mime, width: None, height: None, alt, name: None, blob: None };
        if let Some(blob) = take(bytes) {
            attach(&mut image, blob);
        }
        parts.push(image);
        from = end;
    }
    words(behind(text, from, text.len()), parts);
    place(citations, &mut parts[begin..]);
}

/// Where the picture begins and ends whose address stands behind `at`, and its bytes. Models also invent some, which are none.
fn picture(text: &str, from: usize, at: usize) -> Option<(usize, usize, Vec<u8>)> {
    let window = text.ceil_char_boundary(from.max(at.saturating_sub(ALT)));
    let start = window + text.get(window..at)?.rfind("![")?;
    let address = &text[at + 2..];
    // Ends at the latest where the next one begins.
    let is_inside = |c: char| c.is_ascii_alphanumeric() || "+/=_-;,:.%".contains(c);
    let length = address.find(|c| !is_inside(c))?;
    let behind = &address[length..address.floor_char_boundary(length + TITLE)];
    let (title, _) = behind.split_once(')')?;
    let is_title = title.trim().is_empty() || (title.trim().starts_with('"') && !title.contains('\n'));
    let bytes = from_data_url(&address[..length]).filter(|_| is_title)?;
    let is_svg = address.starts_with("data:image/svg+xml");
    let end = at + 2 + length + title.len() + 1;
    (is_svg || raster::read(&bytes).is_some()).then_some((start, end, bytes))
}

/// Words between two pictures, without the blank lines that set off the first.
fn behind(text: &str, from: usize, to: usize) -> &str {
    if from > 0 { text[from..to].trim_start_matches(['\r', '\n']) } else { &text[..to] }
}

fn words(text: &str, parts: &mut Vec<Part>) {
    if !text.trim().is_empty() {
        parts.push(Part::Text { text: text.to_owned(), citations: vec![] });
    }
}

/// Gives each text the sources that it points at, in their order, and the first text those that none points at.
fn place(sources: Vec<Citation>, parts: &mut [Part]) {
    let places: HashMap<&str, usize> = sources.iter().enumerate().map(|(at, source)| (source.id.as_str(), at)).collect();
    let mut unplaced: BTreeSet<usize> = (0..sources.len()).collect();
    for part in parts.iter_mut() {
        let Part::Text { text, citations } = part else { continue };
        let anchored: BTreeSet<usize> = text::anchored(text).iter().filter_map(|id| places.get(id).copied()).collect();
        anchored.iter().for_each(|at| _ = unplaced.remove(at));
        citations.extend(anchored.into_iter().map(|at| sources[at].clone()));
    }
    let first = parts.iter_mut().find_map(|part| match part {
        Part::Text { citations, .. } => Some(citations),
        _ => None,
    });
    if let Some(citations) = first {
        citations.extend(unplaced.into_iter().map(|at| sources[at].clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIF: &str = "data:image/gif;base64,R0lGODlhAwACAAAAADs=";

    fn divided(text: &str) -> Vec<String> {
        let citations = ["1", "2", "3"].map(|id| Citation { id: id.to_owned(), ..Citation::default() }).to_vec();
        let mut parts = vec![Part::Text { text: text.to_owned(), citations }];
        divide(&mut parts, &mut |bytes| Some(Blob::of(bytes)));
        let shown = |part: &Part| match part {
            Part::Text { text, citations } => {
                let ids: Vec<_> = citations.iter().map(|source| source.id.as_str()).collect();
                format!("{text:?} {}", ids.join(""))
            }
            Part::Image { alt, width, blob: Some(_), .. } => format!("image {alt:?} {width:?}"),
            Part::File { name, .. } => format!("file {name}"),
            other => format!("{other:?}"),
        };
        parts.iter().map(shown).collect()
    }

    #[test]
    fn pictures_among_words_are_parts_between_them() {
        let text = format!("A[2](cite:2)\n\n![an *anvil*]({GIF})\n\nB[1](cite:1) ![]({GIF} \"title\")");
        assert_eq!(
            divided(&text),
            ["\"A[2](cite:2)\" 23", "image Some(\"an *anvil*\") Some(3)", "\"B[1](cite:1)\" 1", "image None Some(3)"]
        );
        assert_eq!(divided("![a](data:image/svg+xml;base64,PHN2Zy8+)"), ["file a"], "which pages do not show");
    }

    #[test]
    fn code_and_what_is_no_picture_stay_words() {
        for text in [
            format!("```\n![a]({GIF})\n```"),
            format!("write `![a]({GIF})` so"),
            format!("[a]({GIF})"),
            format!("![a]({GIF}"),
            "![a](data:image/png;base64,iVBORinvented)".to_owned(),
            "![a](data:image/png;base64,AAAA)".to_owned(),
        ] {
            assert_eq!(divided(&text), [format!("{text:?} 123")]);
        }
    }

    #[test]
    fn floods_of_pictures_stay_linear() {
        for flood in ["![a](data:image/", "![a](data:image/x \"", "![](data:image/png;base64,AAAA)", "](data:image/"] {
            let text = flood.repeat(100_000);
            assert_eq!(divided(&text).len(), 1);
        }
    }
}
