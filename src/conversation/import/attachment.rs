//! Files and pictures that a message carries, as the origin tells of them. Where the bytes are not in the file that is imported, a name
//! stands for them.

use crate::conversation::attachment::{ASSET, carried, encoded};
use crate::conversation::text::{cut, data_url_mime, one_line};
use crate::conversation::{Part, json};
use serde_json::Value;

/// What an origin tells of an attached or made file.
#[derive(Default)]
pub(super) struct Attachment<'a> {
    /// Its file name, path or address.
    pub(super) name: Option<&'a str>,
    pub(super) mime: Option<&'a str>,
    pub(super) size: Option<u64>,
    /// Where the origin has it; only an address on the web, or one that carries the bytes, is kept.
    pub(super) url: Option<&'a str>,
    /// Its bytes in base64.
    pub(super) base64: Option<&'a str>,
    /// What the archive may have it under.
    pub(super) asset: Option<&'a str>,
    /// The words in it.
    pub(super) text: Option<&'a str>,
    pub(super) pixels: Option<(u32, u32)>,
    pub(super) alt: Option<&'a str>,
    /// It is a picture, whatever else is known.
    pub(super) is_picture: bool,
}

impl Attachment<'_> {
    /// An image or file part.
    pub(super) fn part(self) -> Part {
        let inline = self.url.and_then(data_url_mime);
        let mime = self.mime.filter(|mime| mime.contains('/')).map(|mime| cut(&one_line(mime), 100)).or(inline);
        let name = self.name.filter(|name| !name.starts_with("data:")).map(base_name).filter(|name| !name.is_empty());
        let inside = || self.base64.map(encoded).or_else(|| self.asset.map(|id| format!("{ASSET}{id}")));
        let url = self.url.and_then(carried).or_else(inside);
        let pictured = mime.as_deref().map_or_else(|| name.as_deref().is_some_and(is_picture), |mime| mime.starts_with("image/"));
        // A picture whose words were read out is shown as what it says: the words are all there is of it.
        if (self.is_picture || pictured) && self.text.is_none() {
            let (width, height) = self.pixels.unzip();
            return Part::Image { url, mime, width, height, alt: self.alt.map(str::to_owned), name, blob: None };
        }
        let name = name.unwrap_or_else(|| "file".to_owned());
        Part::File { name, mime, size: self.size, url, text: self.text.map(str::to_owned), blob: None }
    }
}

/// Pixels under `width` and `height`.
pub(super) fn pixels(value: &Value) -> Option<(u32, u32)> {
    let side = |key: &str| value[key].as_u64().and_then(|pixels| u32::try_from(pixels).ok()).filter(|pixels| *pixels > 0);
    side("width").zip(side("height"))
}

/// A number of bytes, which some products write as a string.
pub(super) fn bytes(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// The string at one of `keys`, on one line.
pub(super) fn line(value: &Value, keys: &[&str]) -> Option<String> {
    json::first_str(value, keys).map(one_line).filter(|line| !line.is_empty())
}

/// The last segment of a path or address.
fn base_name(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or(path).trim_end_matches('/');
    cut(&one_line(path.rsplit(['/', '\\']).next().unwrap_or(path)), 255)
}

/// Whether a file's name is that of a picture.
pub(super) fn is_picture(name: &str) -> bool {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    matches!(extension.as_deref(), Some("png" | "jpg" | "jpeg" | "gif" | "webp"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_known_by_type_else_by_name_and_only_addresses_that_lead_to_bytes_stay() {
        let part = |name, mime, url| Attachment { name, mime, url, ..Attachment::default() }.part();
        let shown = |part: Part| match part {
            Part::Image { name, mime, url, .. } => format!("image {name:?} {mime:?} {url:?}"),
            Part::File { name, mime, url, .. } => format!("file {name:?} {mime:?} {url:?}"),
            other => format!("{other:?}"),
        };
        assert_eq!(shown(part(Some("/images/u/cat.PNG?x#y"), None, None)), "image Some(\"cat.PNG\") None None");
        assert_eq!(shown(part(Some("cat.png"), Some("text/plain"), None)), "file \"cat.png\" Some(\"text/plain\") None");
        assert_eq!(
            shown(part(None, None, Some("data:image/webp;base64,AAAA"))),
            "image None Some(\"image/webp\") Some(\"data:image/webp;base64,AAAA\")"
        );
        assert_eq!(shown(part(None, None, Some("javascript:alert(1)"))), "file \"file\" None None");
        assert_eq!(shown(part(Some("a"), None, Some("https://e.org/a"))), "file \"a\" None Some(\"https://e.org/a\")");
        let asset = Attachment { name: Some("b.png"), asset: Some("b-1"), ..Attachment::default() };
        assert_eq!(shown(asset.part()), "image Some(\"b.png\") None Some(\"asset:b-1\")");
        let both = Attachment { base64: Some("AAAA"), asset: Some("b-1"), ..Attachment::default() };
        assert_eq!(shown(both.part()), "file \"file\" None Some(\"data:;base64,AAAA\")");
    }
}
