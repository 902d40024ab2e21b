//! Text into HTML: what could be markup becomes references, what a reader could not see becomes visible or goes.

use std::fmt::Write;

/// Where a piece of text will stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Prose,
    Attribute,
    Code,
}

/// What stands for a character that may not pass as it is.
enum Instead {
    Text(&'static str),
    Char(char),
    Marked,
    Nothing,
}

/// Bytes at which a character that needs a closer look can begin; all others are copied in runs.
static SUSPECT: [bool; 256] = {
    let mut table = [false; 256];
    let mut control = 0;
    while control < 0x20 {
        table[control] = control != b'\t' as usize && control != b'\n' as usize;
        control += 1;
    }
    let others = [b'&', b'<', b'>', b'"', 0x7f, 0xc2, 0xe2, 0xef, 0xf3];
    let mut at = 0;
    while at < others.len() {
        table[others[at] as usize] = true;
        at += 1;
    }
    table
};

/// Appends text between tags. Bidi controls go: every block of ours has a direction of its own and needs none.
pub(in crate::conversation) fn push_text(out: &mut String, text: &str) {
    push(out, text, Place::Prose);
}

/// Appends text inside a double-quoted attribute.
pub(in crate::conversation) fn push_attribute(out: &mut String, text: &str) {
    push(out, text, Place::Attribute);
}

/// Appends source code. Bidi controls and invisible characters show as marked code points, since they can make code read otherwise
/// than it runs ("Trojan Source", CVE-2021-42574).
pub(in crate::conversation) fn push_code(out: &mut String, code: &str) {
    push(out, code, Place::Code);
}

/// Whether a character is one of the nine that reorder what follows them.
pub(in crate::conversation) fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn push(out: &mut String, text: &str, place: Place) {
    let bytes = text.as_bytes();
    let (mut copied, mut at) = (0, 0);
    while let Some(&byte) = bytes.get(at) {
        if !SUSPECT[byte as usize] {
            at += 1;
            continue;
        }
        let Some(c) = text[at..].chars().next() else { break };
        if let Some(instead) = instead_of(c, place) {
            out.push_str(&text[copied..at]);
            copied = at + c.len_utf8();
            match instead {
                Instead::Text(text) => out.push_str(text),
                Instead::Char(c) => out.push(c),
                // Writing to a String cannot fail.
                Instead::Marked => drop(write!(out, "<span class=\"ctl\">U+{:04X}</span>", u32::from(c))),
                Instead::Nothing => {}
            }
        }
        at += c.len_utf8();
    }
    out.push_str(&text[copied..]);
}

fn instead_of(c: char, place: Place) -> Option<Instead> {
    Some(match c {
        '&' => Instead::Text("&amp;"),
        '<' => Instead::Text("&lt;"),
        '>' => Instead::Text("&gt;"),
        '"' if place == Place::Attribute => Instead::Text("&quot;"),
        '\r' => Instead::Nothing,
        // HTML forbids control characters; Unicode has a picture of each.
        '\0'..='\x1f' => Instead::Char(char::from_u32(0x2400 + u32::from(c))?),
        '\x7f' => Instead::Char('\u{2421}'),
        '\u{80}'..='\u{9f}' | '\u{fdd0}'..='\u{fdef}' | '\u{fffe}' | '\u{ffff}' => Instead::Char('\u{fffd}'),
        _ if is_bidi_control(c) || is_invisible(c) => match place {
            Place::Code => Instead::Marked,
            _ if is_bidi_control(c) || c == '\u{feff}' => Instead::Nothing,
            _ => return None,
        },
        _ => return None,
    })
}

/// Joiners and directional marks are not here: emoji and scripts need them.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(push: fn(&mut String, &str), text: &str) -> String {
        let mut out = String::new();
        push(&mut out, text);
        out
    }

    #[test]
    fn markup_becomes_references() {
        assert_eq!(escaped(push_text, "a<b>&\"'c"), "a&lt;b&gt;&amp;\"'c");
        assert_eq!(escaped(push_attribute, "a<b>&\"c"), "a&lt;b&gt;&amp;&quot;c");
    }

    #[test]
    fn what_reorders_text_goes_from_prose_and_shows_in_code() {
        assert_eq!(escaped(push_text, "x\u{202e}gpj.exe\u{2069}"), "xgpj.exe");
        assert_eq!(escaped(push_code, "x\u{202e}y"), "x<span class=\"ctl\">U+202E</span>y");
        assert_eq!(escaped(push_code, "\u{200b}\u{e0041}"), "<span class=\"ctl\">U+200B</span><span class=\"ctl\">U+E0041</span>");
        assert_eq!(escaped(push_text, "👩\u{200d}👧 “é” \u{200b}"), "👩\u{200d}👧 “é” \u{200b}");
    }

    #[test]
    fn controls_become_their_pictures() {
        assert_eq!(escaped(push_code, "\x1b[1m\ta\r\n\0\x7f\u{85}"), "␛[1m\ta\n␀␡\u{fffd}");
    }
}
