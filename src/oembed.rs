//! oEmbed 1.0 (<https://oembed.com>): one table of keys, written as JSON or as XML.

use crate::{
    embed::{DEFAULT_SIZE, Size, View, iframe},
    share::ShortCode,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};
use url::Url;

/// How the document is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `application/json`
    Json,
    /// `text/xml`
    Xml,
}

impl Format {
    /// As the `format` parameter spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Json => "json",
            Format::Xml => "xml",
        }
    }
}

/// What the document says about a share.
pub struct Document<'a> {
    /// Neutral where the share is protected.
    pub title: &'a str,
    /// The operator's brand, and its site where there is one.
    pub provider: (&'a str, &'a str),
    /// The frame.
    pub html: String,
    /// Of the frame.
    pub size: Size,
    /// The card's URL, where it fits the consumer's bounds.
    pub thumbnail: Option<&'a str>,
}

/// The card's size; the trio is left out when a consumer's bounds are smaller, because it must not exceed them.
pub const THUMBNAIL: Size = Size { width: 1200, height: 630 };

const QUERY_VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The endpoint for one share, as discovery links name it: `url` and `format` and nothing else.
pub fn endpoint(base: &str, share_url: &str, format: Format) -> String {
    format!("{base}/oembed?url={}&format={}", utf8_percent_encode(share_url, QUERY_VALUE), format.as_str())
}

/// The code in any spelling of a share's URL that an author may paste: `/s/` or `/embed/`, http for https, an upper-case host,
/// tracking parameters, fragments, a trailing slash. `None` for anything that is not ours.
pub fn share_code(base: &Url, pasted: &str) -> Option<ShortCode> {
    let url = Url::parse(pasted.trim()).ok()?;
    // A default port that the pasted scheme implies is the base's default port too: http://v.example is https://v.example.
    let port = |url: &Url| url.port();
    let ours = matches!(url.scheme(), "http" | "https")
        && url.host() == base.host()
        && port(&url) == port(base)
        && url.username().is_empty()
        && url.password().is_none();
    let path = url.path();
    let code = path.strip_prefix("/s/").or_else(|| path.strip_prefix("/embed/")).filter(|_| ours)?;
    code.strip_suffix('/').unwrap_or(code).parse().ok()
}

/// The frame's size within the consumer's bounds.
pub fn size(max_width: Option<u32>, max_height: Option<u32>) -> Size {
    Size {
        width: DEFAULT_SIZE.width.min(max_width.unwrap_or(u32::MAX)),
        height: DEFAULT_SIZE.height.min(max_height.unwrap_or(u32::MAX)),
    }
}

impl<'a> Document<'a> {
    /// A `rich` document for a share.
    pub fn new(
        base: &str,
        code: &ShortCode,
        size: Size,
        title: &'a str,
        provider: (&'a str, &'a str),
        thumbnail: Option<&'a str>,
    ) -> Self {
        Document { title, provider, html: iframe(base, code, View::default(), size, title), size, thumbnail }
    }

    fn table(&self) -> Vec<(&'static str, Value)> {
        let mut table: Vec<(&'static str, Value)> = vec![
            ("version", "1.0".into()),
            ("type", "rich".into()),
            ("title", self.title.into()),
            ("provider_name", self.provider.0.into()),
            ("provider_url", self.provider.1.into()),
            ("cache_age", 3600.into()),
            ("html", self.html.as_str().into()),
            ("width", self.size.width.into()),
            ("height", self.size.height.into()),
        ];
        if let Some(url) = self.thumbnail {
            table.push(("thumbnail_url", url.into()));
            table.push(("thumbnail_width", THUMBNAIL.width.into()));
            table.push(("thumbnail_height", THUMBNAIL.height.into()));
        }
        table
    }

    /// The document's text.
    pub fn write(&self, format: Format) -> String {
        match format {
            Format::Json => {
                let map: Map<String, Value> = self.table().into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
                Value::Object(map).to_string()
            }
            Format::Xml => {
                let mut xml = String::from("<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?>\n<oembed>");
                for (key, value) in self.table() {
                    let text = value.as_str().map_or_else(|| value.to_string(), pcdata);
                    xml.push_str(&format!("<{key}>{text}</{key}>"));
                }
                xml + "</oembed>"
            }
        }
    }
}

/// Escaped text, without the control characters that XML 1.0 cannot carry at all.
fn pcdata(text: &str) -> String {
    let allowed = |c: &char| !c.is_control() || matches!(c, '\t' | '\n' | '\r');
    let text: String = text.chars().filter(allowed).filter(|c| !matches!(c, '\u{fffe}' | '\u{ffff}')).collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_our_url_and_no_other() {
        let base = Url::parse("https://v.example").unwrap();
        for pasted in [
            "https://v.example/s/abcABC012345",
            "http://v.example/s/abcABC012345",
            "https://V.EXAMPLE/s/abcABC012345/",
            "https://v.example:443/embed/abcABC012345?theme=dark",
            " https://v.example/s/abcABC012345?utm_source=x&fbclid=y#m3 ",
        ] {
            assert!(share_code(&base, pasted).is_some(), "{pasted}");
        }
        for pasted in [
            "https://evil.example/s/abcABC012345",
            "https://v.example.evil/s/abcABC012345",
            "https://v.example@evil.example/s/abcABC012345",
            "https://u@v.example/s/abcABC012345",
            "https://v.example:8443/s/abcABC012345",
            "https://v.example/s/abcABC012345/x",
            "https://v.example/s/abcABC01234%35",
            "https://v.example/x/abcABC012345",
            "ftp://v.example/s/abcABC012345",
            "javascript://v.example/s/abcABC012345",
            "/s/abcABC012345",
            "",
        ] {
            assert!(share_code(&base, pasted).is_none(), "{pasted}");
        }
    }

    #[test]
    fn json_and_xml_say_the_same() {
        let code: ShortCode = "abcABC012345".parse().unwrap();
        let document = Document::new("https://v.example", &code, size(Some(400), None), "A & <b> \u{1}", ("Vitrine", ""), None);
        let json: Value = serde_json::from_str(&document.write(Format::Json)).unwrap();
        assert_eq!(
            (json["width"].as_u64(), json["height"].as_u64(), json["version"].as_str()),
            (Some(400), Some(480), Some("1.0"))
        );
        let xml = document.write(Format::Xml);
        assert!(
            xml.contains("<title>A &amp; &lt;b&gt; </title>") && xml.contains("<width>400</width>") && !xml.contains("thumbnail")
        );
        assert!(xml.contains("<html>&lt;iframe src="));
    }
}
