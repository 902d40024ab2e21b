//! What an author pastes, and who may frame it.

use crate::share::{EmbedOrigins, ShortCode};
use serde::Serialize;

/// The frame's colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// As the reader's system says.
    #[default]
    Auto,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// As URLs spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Theme::Auto => "auto",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }
}

impl std::str::FromStr for Theme {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "auto" => Ok(Theme::Auto),
            "light" => Ok(Theme::Light),
            "dark" => Ok(Theme::Dark),
            _ => Err(()),
        }
    }
}

/// How a frame shows a share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct View {
    /// Colours.
    pub theme: Theme,
    /// First message number to show.
    pub from: Option<u32>,
    /// Last message number to show.
    pub to: Option<u32>,
}

/// Pixels: what oEmbed promises and the iframe asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

/// What a frame gets when nobody asks for another size.
pub const DEFAULT_SIZE: Size = Size { width: 600, height: 480 };

/// Every way to embed a share, ready to paste.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EmbedCode {
    /// One empty iframe.
    pub iframe: String,
    /// The custom element and its script, for pages that allow scripts.
    pub loader: String,
    /// For consumers that ask themselves.
    pub oembed_url: String,
    /// A plain link.
    pub markdown: String,
}

/// The frame's URL.
pub fn url(base: &str, code: &ShortCode, view: View) -> String {
    let mut url = format!("{base}/embed/{}", code.as_str());
    let theme = (view.theme != Theme::Auto).then(|| format!("theme={}", view.theme.as_str()));
    let from = view.from.map(|from| format!("from={from}"));
    let to = view.to.map(|to| format!("to={to}"));
    for (index, pair) in [theme, from, to].into_iter().flatten().enumerate() {
        url.push(if index == 0 { '?' } else { '&' });
        url.push_str(&pair);
    }
    url
}

/// Exactly one empty iframe, as INTEROP sections 0 and 11 want it: no wrapper, no text, no style, every attribute quoted.
pub fn iframe(base: &str, code: &ShortCode, view: View, size: Size, title: &str) -> String {
    format!(
        "<iframe src=\"{}\" width=\"{}\" height=\"{}\" title=\"{}\" frameborder=\"0\" loading=\"lazy\" allow=\"clipboard-write\"></iframe>",
        url(base, code, view).replace('&', "&amp;"),
        size.width,
        size.height,
        attribute(title),
    )
}

/// Text for the iframe's title: WordPress escapes an apostrophe there twice, and some consumers end the tag at a raw `<` or `>`.
fn attribute(text: &str) -> String {
    text.replace('\'', "’").replace('"', "”").replace(['<', '>'], " ").replace('&', "&amp;")
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Every way to embed. `width` and `height` are what the author asked for; a loader that is told no height follows the content's.
/// `title` is neutral where the share is protected; `oembed_url` is the share's endpoint.
pub fn code(
    base: &str,
    code: &ShortCode,
    view: View,
    [width, height]: [Option<u32>; 2],
    title: &str,
    oembed_url: String,
) -> EmbedCode {
    let size = Size { width: width.unwrap_or(DEFAULT_SIZE.width), height: height.unwrap_or(DEFAULT_SIZE.height) };
    let share = format!("{base}/s/{}", code.as_str());
    // The room that the frame will take is there before the script is, so that nothing moves; the frame's own height is fixed or follows.
    let mut attributes = format!(" style=\"display:block;min-height:{}px\"", size.height);
    if view.theme != Theme::Auto {
        attributes.push_str(&format!(" theme=\"{}\"", view.theme.as_str()));
    }
    for (name, number) in [("from", view.from), ("to", view.to), ("height", height)] {
        attributes.extend(number.map(|number| format!(" {name}=\"{number}\"")));
    }
    let markdown_title: String =
        title.chars().flat_map(|c| if "\\[]`*_<>".contains(c) { vec!['\\', c] } else { vec![c] }).collect();
    EmbedCode {
        iframe: iframe(base, code, view, size, title),
        loader: format!(
            "<vitrine-embed src=\"{share}\"{attributes}><a href=\"{share}\">{}</a></vitrine-embed>\n<script async src=\"{base}/embed.js\"></script>",
            html(title)
        ),
        oembed_url,
        markdown: format!("[{markdown_title}]({share})"),
    }
}

/// The value of CSP's `frame-ancestors` for a share's frame, or `None` to send no such directive: `*` would refuse sandboxed,
/// `data:` and `file:` parents in Chromium (INTEROP section 9).
pub fn frame_ancestors(origins: &EmbedOrigins) -> Option<String> {
    match origins {
        EmbedOrigins::Any => None,
        EmbedOrigins::Only(list) if list.is_empty() => Some("'none'".to_owned()),
        EmbedOrigins::Only(list) => Some(list.join(" ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_iframe_is_one_empty_element_whatever_the_title() {
        let code: ShortCode = "abcABC012345".parse().unwrap();
        let view = View { theme: Theme::Dark, from: Some(2), to: Some(5) };
        let html = iframe("https://v.example", &code, view, DEFAULT_SIZE, "It's <b>\"bold\"</b> & more");
        assert_eq!(
            html,
            "<iframe src=\"https://v.example/embed/abcABC012345?theme=dark&amp;from=2&amp;to=5\" width=\"600\" height=\"480\" \
             title=\"It’s  b ”bold” /b  &amp; more\" frameborder=\"0\" loading=\"lazy\" allow=\"clipboard-write\"></iframe>"
        );
        assert_eq!(html.matches('<').count(), 2);
    }

    #[test]
    fn only_a_restricted_share_names_frame_ancestors() {
        assert_eq!(frame_ancestors(&EmbedOrigins::Any), None);
        assert_eq!(frame_ancestors(&EmbedOrigins::Only(vec![])).as_deref(), Some("'none'"));
        let two = EmbedOrigins::Only(vec!["https://a.example".to_owned(), "https://*.b.example".to_owned()]);
        assert_eq!(frame_ancestors(&two).as_deref(), Some("https://a.example https://*.b.example"));
    }
}
