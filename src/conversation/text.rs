//! Small rules on strings from outside that every way in obeys.

use super::{Citation, Part, fences};
use std::collections::HashSet;

/// The longest address kept; browsers and databases of links stop near there.
const URL_BYTES: usize = 4_096;
/// Sources of one part; the search for repetitions among them is linear.
const CITATIONS: usize = 1_000;

/// The address, if it is one a reader may follow: http or https.
pub(super) fn web_url(url: &str) -> Option<String> {
    let url = url.trim();
    let has = |scheme: &str| url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    let clean = url.len() <= URL_BYTES && !url.chars().any(|c| c.is_control() || c.is_whitespace());
    (clean && (has("http://") || has("https://"))).then(|| url.to_owned())
}

/// The media type a `data:` URL begins with.
pub(super) fn data_url_mime(url: &str) -> Option<String> {
    let mime = url.strip_prefix("data:")?.split([';', ',']).next()?;
    (mime.len() <= 100 && mime.contains('/')).then(|| mime.to_owned())
}

/// A title or name on one line: no control characters, no direction overrides, no space around it.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            c if c.is_control() || c.is_whitespace() => {
                if !line.is_empty() && !line.ends_with(' ') {
                    line.push(' ');
                }
            }
            c => line.push(c),
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// The first `max` characters, the last of them an ellipsis where something was cut.
pub(super) fn cut(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    text.chars().take(max.saturating_sub(1)).chain(['…']).collect()
}

/// "10 MiB", "4 KiB", "1500 bytes": exact, for limits that somebody has set.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        whole if whole % (1 << 20) == 0 => format!("{} MiB", whole >> 20),
        whole if whole % (1 << 10) == 0 => format!("{} KiB", whole >> 10),
        bytes => format!("{bytes} bytes"),
    }
}

/// Divides what stands in `<think>` at the start of an answer from the answer. Without its end, all of it is thought.
pub(super) fn split_think(text: &str) -> Option<(&str, &str)> {
    let start = text.trim_start();
    ["think", "thinking"].iter().find_map(|tag| {
        let rest = start.strip_prefix('<')?.strip_prefix(tag)?.strip_prefix('>')?;
        let (thought, answer) = rest.split_once(format!("</{tag}>").as_str()).unwrap_or((rest, ""));
        Some((thought.trim(), answer.trim_start()))
    })
}

/// The same, also where the template of the model begins the thought, so that only its end stands in the answer.
fn first_thought(text: &str) -> Option<(&str, &str)> {
    const END: &str = "</think>";
    split_think(text).or_else(|| {
        // Every message that a share shows is asked; hardly one holds it.
        let text = Some(text).filter(|text| text.contains(END))?;
        let at = fences::in_words(text, END).next().filter(|at| !text[..*at].contains("<think"))?;
        // At an end of its line; in the middle of one an answer speaks of it.
        let (before, after) = (text[..at].trim_end_matches(' '), text[at + END.len()..].trim_start_matches(' '));
        let begins = before.is_empty() || before.ends_with('\n');
        let ends = after.is_empty() || after.starts_with('\n') || after.starts_with("<think");
        if !begins && !ends {
            return None;
        }
        Some((text[..at].trim(), text[at + END.len()..].trim_start()))
    })
}

/// Takes the thoughts of an assistant's message out of its texts, into parts of their own: only those can a share leave out. Doing it
/// twice changes nothing.
pub(super) fn divide_thoughts(parts: &mut Vec<Part>) {
    let thinks = |part: &Part| matches!(part, Part::Text { text, .. } if first_thought(text).is_some());
    if !parts.iter().any(thinks) {
        return;
    }
    for part in std::mem::take(parts) {
        let Part::Text { text, mut citations } = part else {
            parts.push(part);
            continue;
        };
        let (mut thoughts, mut answer, mut next) = (Vec::new(), text.as_str(), first_thought(&text));
        while let Some((thought, rest)) = next {
            thoughts.push(thought);
            answer = rest;
            next = split_think(answer);
        }
        if thoughts.is_empty() {
            parts.push(Part::Text { text, citations });
            continue;
        }
        let thought = thoughts.join("\n\n");
        // What the thought alone looked at would tell of it.
        let (looked_at, cited) = (anchored(&thought), anchored(answer));
        citations.retain(|citation| cited.contains(citation.id.as_str()) || !looked_at.contains(citation.id.as_str()));
        let text = answer.to_owned();
        if !thought.is_empty() {
            parts.push(Part::Reasoning { text: thought, duration_sec: None, redacted: false });
        }
        if !text.trim().is_empty() {
            parts.push(Part::Text { text, citations });
        }
    }
}

/// The ids that anchors in `text` point at.
pub(super) fn anchored(text: &str) -> HashSet<&str> {
    text.split("](cite:").skip(1).filter_map(|rest| rest.split_once(')')).map(|(id, _)| id).collect()
}

/// The Markdown that points at `citation`, which joins `citations` unless it stands there already. Empty when they are full.
pub(super) fn anchor(citations: &mut Vec<Citation>, citation: Citation) -> String {
    let same = |known: &Citation| match (&known.url, &citation.url) {
        (Some(known), Some(url)) => known == url,
        (None, None) => known.title == citation.title,
        _ => false,
    };
    let known = citations.iter().position(same);
    if known.is_none() && citations.len() == CITATIONS {
        return String::new();
    }
    let number = known.unwrap_or(citations.len()) + 1;
    if known.is_none() {
        citations.push(Citation { id: number.to_string(), ..citation });
    }
    format!("[{number}](cite:{number})")
}

/// Appends to a text part at the end of `parts`, or begins one, with anchors for `cited` behind the text.
pub(super) fn append_text(parts: &mut Vec<Part>, text: &str, cited: Vec<Citation>) {
    if !matches!(parts.last(), Some(Part::Text { .. })) {
        parts.push(Part::Text { text: String::new(), citations: Vec::new() });
    }
    if let Some(Part::Text { text: whole, citations }) = parts.last_mut() {
        let said = text.trim_end();
        whole.push_str(said);
        for citation in cited {
            whole.push_str(&anchor(citations, citation));
        }
        whole.push_str(&text[said.len()..]);
    }
}

/// Sources without their repetitions, numbered; `None` when there are none.
pub(super) fn sources(found: impl IntoIterator<Item = Citation>) -> Option<Part> {
    let mut items = Vec::new();
    for citation in found {
        anchor(&mut items, citation);
    }
    (!items.is_empty()).then_some(Part::Sources { items })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_are_followed() {
        assert_eq!(web_url(" HTTPS://example.org/a?b "), Some("HTTPS://example.org/a?b".to_owned()));
        for url in [
            "javascript:alert(1)",
            "data:text/html,x",
            "sandbox:/mnt/data/a",
            "/relative",
            "https:x",
            "http://a b",
            "http://a\nb",
            "é",
            "",
        ] {
            assert_eq!(web_url(url), None, "{url}");
        }
    }

    #[test]
    fn names_lose_line_breaks_and_direction_overrides() {
        assert_eq!(one_line("  a\r\n\tb\u{202e}c\u{2066} \u{7f} d "), "abc d".replace("ab", "a b"));
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("äbcd", 4), "äbcd");
    }

    #[test]
    fn thought_ends_where_its_tag_does() {
        assert_eq!(split_think("\n<think>\nhm\n</think>\n\nYes <think>"), Some(("hm", "Yes <think>")));
        assert_eq!(split_think("<thinking>cut off"), Some(("cut off", "")));
        assert_eq!(split_think("I <think> so"), None);
    }

    #[test]
    fn thought_may_begin_before_the_answer_does() {
        let divided = |text: &str| {
            let mut parts = vec![Part::Text { text: text.to_owned(), citations: vec![] }];
            divide_thoughts(&mut parts);
            parts
                .into_iter()
                .map(|part| match part {
                    Part::Reasoning { text, .. } => format!("({text})"),
                    Part::Text { text, .. } => text,
                    other => format!("{other:?}"),
                })
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(divided("\nOkay, so\n</think>\n\nYes </think> no"), "(Okay, so) Yes </think> no");
        assert_eq!(divided("</think>Yes"), "Yes");
        assert_eq!(divided("Hm </think><think>Still</think>Yes"), "(Hm\n\nStill) Yes");
        for text in [
            "The tag `</think>` ends it",
            "Models write </think> before the answer.",
            "So:\n```\n</think>\n```\n",
            "A <think>b</think> c",
        ] {
            assert_eq!(divided(text), text);
        }
    }

    #[test]
    fn a_source_cited_twice_is_one_source() {
        let page = |url: &str| Citation { url: Some(url.to_owned()), ..Citation::default() };
        let mut parts = Vec::new();
        append_text(&mut parts, "One\n", vec![page("http://a"), page("http://b")]);
        append_text(&mut parts, "Two", vec![page("http://b")]);
        let Some(Part::Text { text, citations }) = parts.pop() else { panic!("no text") };
        assert_eq!(text, "One[1](cite:1)[2](cite:2)\nTwo[2](cite:2)");
        assert_eq!(citations.iter().map(|citation| citation.id.as_str()).collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(sources([]), None);
    }
}
