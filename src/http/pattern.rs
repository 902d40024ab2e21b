//! Path patterns: literal segments and `{placeholders}` that match only what has their shape, so that a path is either exactly one
//! of ours or none (SECURITY R8).

use crate::share::ShortCode;
use percent_encoding::percent_decode_str;

/// A row's path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pattern(&'static str);

impl Pattern {
    /// From text such as `/s/{code}.md`: at most one placeholder a segment.
    pub const fn new(text: &'static str) -> Self {
        Pattern(text)
    }

    /// As it was written; what logs and the route test name a request by.
    pub fn as_str(&self) -> &'static str {
        self.0
    }

    /// What stands in the braces, decoded, if the whole path matches.
    pub fn matches(&self, path: &str) -> Option<Vec<String>> {
        let mut params = Vec::new();
        let mut segments = path.split('/');
        for wanted in self.0.split('/') {
            let segment = segments.next()?;
            match wanted.split_once('{') {
                None => (segment == wanted).then_some(())?,
                Some((before, rest)) => {
                    let (name, after) = rest.split_once('}')?;
                    let value = segment.strip_prefix(before)?.strip_suffix(after)?;
                    params.push(shape(name, value)?);
                }
            }
        }
        segments.next().is_none().then_some(params)
    }
}

fn shape(name: &str, value: &str) -> Option<String> {
    match name {
        "code" => value.parse::<ShortCode>().ok().map(|code| code.as_str().to_owned()),
        // Whether it may be one is the handler's to say, so that a push can be told what is wrong with its id.
        "conversationId" | "shareId" => {
            percent_decode_str(value).decode_utf8().ok().filter(|id| !id.is_empty()).map(|id| id.into_owned())
        }
        "revision" | "file" => {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
            let good = (1..=100).contains(&value.len()) && value.bytes().all(plain) && !value.contains("..");
            good.then(|| value.to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::ConversationId;

    #[test]
    fn exactly_one_path_and_no_other() {
        let page = Pattern::new("/s/{code}");
        assert_eq!(page.matches("/s/abcABC012345"), Some(vec!["abcABC012345".to_owned()]));
        for path in [
            "/s/abcABC012345/",
            "//s/abcABC012345",
            "/s//abcABC012345",
            "/s/abcABC012345.md",
            "/s/abcABC01234%35",
            "/s/abcABC012345;x=1",
            "/S/abcABC012345",
            "/s/../s/abcABC012345",
            "/s/%2e%2e/abcABC012345",
            "/s/abcABC012345%2f",
            "/s/short",
            "/s/",
            "/s",
        ] {
            assert_eq!(page.matches(path), None, "{path}");
        }
        let card = Pattern::new("/api/shares/{code}/og-image/{revision}.png");
        assert_eq!(card.matches("/api/shares/abcABC012345/og-image/0a1b.png").map(|params| params.len()), Some(2));
        assert_eq!(card.matches("/api/shares/abcABC012345/og-image/.png"), None);
    }

    #[test]
    fn ids_of_host_apps_decode_and_keep_their_rules() {
        let row = Pattern::new("/api/conversations/{conversationId}");
        let id = |path: &str| row.matches(path).and_then(|mut params| params.pop());
        assert_eq!(id("/api/conversations/a%2Fb%20%C3%A4").as_deref(), Some("a/b ä"));
        for path in ["/api/conversations/", "/api/conversations/%ff", "/api/conversations/a/b"] {
            assert_eq!(id(path), None, "{path}");
        }
        let good = |id: &str| id.parse::<ConversationId>().is_ok();
        assert!(good(&"é".repeat(200)) && !good(&"x".repeat(201)) && !good("a\0b") && !good("a\nb") && !good(""));
    }
}
