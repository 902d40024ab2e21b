//! The text of a file or an artifact, as what it is: Markdown as a document, code in its colours, all else as prose that wraps.

use crate::conversation::highlight;
use crate::conversation::markdown::{self, Context};

/// `id_prefix` keeps the ids of footnotes apart, as in messages.
pub(super) fn html(text: &str, name: &str, mime: Option<&str>, id_prefix: &str) -> String {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.trim().to_ascii_lowercase());
    let subtype = mime.and_then(subtype).unwrap_or_default();
    let is_markdown = match extension.as_deref() {
        Some("md" | "markdown") => true,
        Some(extension) if highlight::is_language(extension) => false,
        _ => matches!(subtype.as_str(), "markdown" | "x-markdown"),
    };
    if is_markdown {
        return markdown::assistant(text, &Context { id_prefix, citations: &[] });
    }
    let named = extension.filter(|extension| highlight::is_language(extension));
    match named.as_deref().or_else(|| language(&subtype)) {
        Some(language) => highlight::code_block(text, Some(language), None),
        None => highlight::text_block(text),
    }
}

/// `x-python` of `text/x-python; charset=utf-8`.
fn subtype(mime: &str) -> Option<String> {
    mime.split(';').next()?.split_once('/').map(|(_, subtype)| subtype.trim().to_ascii_lowercase())
}

/// The language that a media type's second half names.
fn language(subtype: &str) -> Option<&str> {
    let name = match subtype {
        "vnd.ant.react" => "jsx",
        "svg+xml" => "xml",
        // A suffix says how the rest is written (RFC 6839).
        _ => subtype.rsplit('+').next().unwrap_or(subtype).trim_start_matches("x-"),
    };
    Some(name).filter(|name| highlight::is_language(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a text is shown as: a language's label, or the element it stands in.
    fn shown_as(name: &str, mime: &str) -> String {
        let html = html("# One\n\ntwo", name, Some(mime).filter(|mime| !mime.is_empty()), "p-");
        match html.split_once("class=\"language\">") {
            Some((_, rest)) => rest.split('<').next().unwrap_or_default().to_owned(),
            None if html.contains("<h3") => "document".to_owned(),
            None if html.starts_with("<pre class=\"plain\"") => "prose".to_owned(),
            None => html,
        }
    }

    #[test]
    fn a_text_is_shown_as_what_its_name_or_else_its_type_says() {
        for (name, mime, expected) in [
            ("report.rs", "", "rs"),
            ("snake", "text/x-python", "python"),
            ("Snake game", "application/vnd.ant.react", "jsx"),
            ("page", "text/html; charset=utf-8", "html"),
            ("drawing", "image/svg+xml", "xml"),
            ("data", "application/ld+json", "json"),
            ("app.py", "text/plain", "py"),
            ("app.py", "text/markdown", "py"),
            ("notes.md", "", "document"),
            ("Version 2.0 of the plan", "text/markdown", "document"),
            ("pasted.txt", "text/plain", "prose"),
            ("Pasted text", "", "prose"),
            ("report.pdf", "application/pdf", "prose"),
        ] {
            assert_eq!(shown_as(name, mime), expected, "{name}, {mime}");
        }
    }

    #[test]
    fn prose_is_escaped() {
        assert!(html("<b>\u{1b}[0m", "a.txt", None, "p-").contains("&lt;b&gt;␛[0m"));
    }
}
