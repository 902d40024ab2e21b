//! The one door for every address in a message.

use super::super::highlight::escape::push_attribute;
use url::Url;

/// Browsers and proxies cut beyond; nothing anybody wrote by hand is longer.
const MAX_URL_BYTES: usize = 4_096;

/// An address a reader may follow: http, https or mailto, absolute, as the URL standard writes it.
pub(super) struct Target(Url);

impl Target {
    /// Nothing for any other scheme, for relative addresses (relative to what?) and for what is no URL.
    pub(super) fn parse(address: &str) -> Option<Target> {
        if address.len() > MAX_URL_BYTES {
            return None;
        }
        let url = Url::parse(address).ok()?;
        matches!(url.scheme(), "http" | "https" | "mailto").then_some(Target(url))
    }

    /// The host, in its ASCII form, where letters of another alphabet cannot pass for Latin ones.
    pub(super) fn host(&self) -> Option<&str> {
        self.0.host_str()
    }

    /// Appends an opening `<a>`; `class` is ours, never a message's.
    pub(super) fn push_open(&self, out: &mut String, class: Option<&'static str>, title: Option<&str>) {
        out.push_str("<a");
        if let Some(class) = class {
            out.push_str(" class=\"");
            out.push_str(class);
            out.push('"');
        }
        out.push_str(" href=\"");
        push_attribute(out, self.0.as_str());
        out.push('"');
        if let Some(title) = title.filter(|title| !title.is_empty()) {
            out.push_str(" title=\"");
            push_attribute(out, title);
            out.push('"');
        }
        out.push_str(" rel=\"nofollow ugc noopener noreferrer\">");
    }
}

/// A link whose text stays `label`, or the label alone where the address may not be followed.
pub(super) fn push_link(out: &mut String, address: &str, push_label: impl FnOnce(&mut String)) {
    let target = Target::parse(address);
    if let Some(target) = &target {
        target.push_open(out, None, None);
    }
    push_label(out);
    if target.is_some() {
        out.push_str("</a>");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_three_schemes_pass() {
        for address in ["http://a.example/", "HTTPS://a.example", "mailto:a@b.example", "https://a.example/?q=\"<x>"] {
            assert!(Target::parse(address).is_some(), "{address}");
        }
        for address in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            " \u{1}javascript:alert(1)",
            "java\nscript:alert(1)",
            "vbscript:x",
            "data:text/html,x",
            "data:image/svg+xml,x",
            "blob:https://a.example/1",
            "file:///etc/passwd",
            "ftp://a.example",
            "//a.example/x",
            "/x",
            "x",
            "#x",
            "",
            "view-source:https://a.example",
            "https://",
        ] {
            assert!(Target::parse(address).is_none(), "{address}");
        }
    }

    #[test]
    fn a_host_in_another_alphabet_shows() {
        assert_eq!(Target::parse("https://аpple.com/").unwrap().host(), Some("xn--pple-43d.com"));
    }
}
