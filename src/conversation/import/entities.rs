//! Character references of HTML.

/// The names that occur in exports; others stay as they are written.
const NAMES: [(&str, char); 24] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", '\u{a0}'),
    ("hellip", '…'),
    ("mdash", '—'),
    ("ndash", '–'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("laquo", '«'),
    ("raquo", '»'),
    ("bull", '•'),
    ("middot", '·'),
    ("copy", '©'),
    ("reg", '®'),
    ("trade", '™'),
    ("deg", '°'),
    ("times", '×'),
    ("euro", '€'),
    ("rarr", '→'),
];

/// The text that a piece of HTML stands for. U+0000 and what is no character become U+FFFD, as HTML has it.
pub(super) fn unescape(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('&') {
        text.push_str(before);
        match reference(after) {
            Some((c, length)) => {
                text.push(c);
                rest = &after[length..];
            }
            None => {
                text.push('&');
                rest = after;
            }
        }
    }
    text.push_str(rest);
    text
}

/// The character that `after`, which follows `&`, names, and the length of its name.
fn reference(after: &str) -> Option<(char, usize)> {
    let end = after.bytes().take(10).position(|byte| byte == b';')?;
    let name = &after[..end];
    let number = name.strip_prefix('#').map(|digits| match digits.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => digits.parse(),
    });
    let c = match number {
        Some(Ok(number)) => char::from_u32(number).filter(|c| *c != '\0').unwrap_or('\u{fffd}'),
        Some(Err(_)) => return None,
        None => NAMES.iter().find(|(known, _)| *known == name)?.1,
    };
    Some((c, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_become_characters_once() {
        assert_eq!(unescape("a &lt;b&gt; &amp;lt; &#39;&#x27;&#128512; &nbsp;|"), "a <b> &lt; ''😀 \u{a0}|");
        assert_eq!(unescape("R&D &nothing; &; &#; &#x110000; &#0; &"), "R&D &nothing; &; &#; \u{fffd} \u{fffd} &");
        assert_eq!(unescape("&é;&amp"), "&é;&amp");
    }
}
