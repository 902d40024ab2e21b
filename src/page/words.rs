//! Small texts on pages: dates, counts, durations, and strangers' words made fit for one line.

use std::fmt::Write;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};
use unicode_segmentation::UnicodeSegmentation;

/// "23 November 2026", in UTC.
pub fn date(at: OffsetDateTime) -> String {
    at.to_offset(UtcOffset::UTC).format(format_description!("[day padding:none] [month repr:long] [year]")).unwrap_or_default()
}

/// "10:14", in UTC.
pub(super) fn clock(at: OffsetDateTime) -> String {
    at.to_offset(UtcOffset::UTC).format(format_description!("[hour]:[minute]")).unwrap_or_default()
}

/// For `<time datetime>`.
pub(super) fn machine_time(at: OffsetDateTime) -> String {
    at.to_offset(UtcOffset::UTC).format(&Rfc3339).unwrap_or_default()
}

/// "1 message", "4 messages", "5,000 messages".
pub(super) fn count(n: usize, one: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    match n {
        0..1_000 => format!("{n} {one}{plural}"),
        _ => format!("{},{:03} {one}{plural}", n / 1_000, n % 1_000),
    }
}

/// "14 s", "2 min 5 s", "1 h 3 min"; nothing for a time no clock can show.
pub(super) fn duration(seconds: f64) -> Option<String> {
    let whole = seconds.round();
    if !(0.0..1e7).contains(&whole) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded just above")]
    let whole = whole as u64;
    let pair = |high: u64, high_unit: &str, low: u64, low_unit: &str| match low {
        0 => format!("{high} {high_unit}"),
        _ => format!("{high} {high_unit} {low} {low_unit}"),
    };
    Some(match whole {
        0 => "under a second".to_owned(),
        1..60 => format!("{whole} s"),
        60..3600 => pair(whole / 60, "min", whole % 60, "s"),
        _ => pair(whole / 3600, "h", whole % 3600 / 60, "min"),
    })
}

/// "812 B", "12 kB", "3.4 MB".
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", (bytes + 500) / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

/// Characters that show nothing themselves and change how their neighbours read: bidi controls, zero-width marks, tags (SECURITY R26).
/// Joiners stay: Persian, Indic scripts and emoji need them.
fn is_deceptive(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// One line of plain text: controls and runs of space become one space, deceptive characters go.
pub(super) fn line(text: &str) -> String {
    let visible: String = text.chars().filter(|&c| !is_deceptive(c)).map(|c| if c.is_control() { ' ' } else { c }).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// At most `chars` characters of [`line`], never inside a grapheme, and at most `bytes` bytes once escaped for HTML.
pub(super) fn cut(text: &str, chars: usize, bytes: usize) -> String {
    let text = line(text);
    let (mut kept, mut used_chars, mut used_bytes) = (String::new(), 0, 0);
    for grapheme in text.graphemes(true) {
        used_chars += grapheme.chars().count();
        used_bytes += grapheme.chars().map(escaped_len).sum::<usize>();
        if used_chars > chars || used_bytes > bytes {
            // Room for the ellipsis: what was kept may fill the limit to the last character.
            let whole = kept.trim_end().len();
            kept.truncate(whole);
            if kept.chars().count() == chars {
                kept.pop();
            }
            kept.push('…');
            return kept;
        }
        kept.push_str(grapheme);
    }
    kept
}

fn escaped_len(c: char) -> usize {
    match c {
        '"' | '\'' => 6,
        '&' => 5,
        '<' | '>' => 4,
        _ => c.len_utf8(),
    }
}

/// Escaped text in which deceptive characters stand as visible marks, `U+202E`, instead of doing their work. Controls, which HTML may not
/// hold, show as their pictures: a notice may be a terminal's last line, colours and all.
pub(super) fn marked(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            _ if is_deceptive(c) => {
                let _ = write!(html, "<span class=\"ctl\">U+{:04X}</span>", u32::from(c));
            }
            '\r' => {}
            '\t' | '\n' => html.push(c),
            '\0'..='\x1f' => html.extend(char::from_u32(0x2400 + u32::from(c))),
            '\x7f' => html.push('\u{2421}'),
            '\u{80}'..='\u{9f}' | '\u{fdd0}'..='\u{fdef}' | '\u{fffe}' | '\u{ffff}' => html.push(char::REPLACEMENT_CHARACTER),
            _ => html.push(c),
        }
    }
    html
}

/// The host of an http(s) address, in ASCII so that a look-alike shows; `None` for every other address.
pub(super) fn web_host(url: &str) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.host_str().map(|host| host.trim_start_matches("www.").to_owned()))?
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn dates_are_utc_whatever_the_offset() {
        let at = datetime!(2026-11-24 01:14:00 +2);
        assert_eq!((date(at).as_str(), clock(at).as_str()), ("23 November 2026", "23:14"));
        assert_eq!(machine_time(at), "2026-11-23T23:14:00Z");
    }

    #[test]
    fn durations_read_like_speech() {
        let said = [0.2, 14.4, 60.0, 125.0, 3600.0, 3785.0].map(|s| duration(s).unwrap());
        assert_eq!(said, ["under a second", "14 s", "1 min", "2 min 5 s", "1 h", "1 h 3 min"]);
        assert_eq!([-1.0, f64::NAN, f64::INFINITY].map(duration), [None, None, None]);
    }

    #[test]
    fn a_line_holds_no_trick() {
        assert_eq!(line("a\u{202e}b\n\t c\u{0}\u{200b}d \u{feff}"), "ab c d");
        assert_eq!(line("👩\u{200d}🚀 می\u{200c}روم"), "👩\u{200d}🚀 می\u{200c}روم", "joiners are spelling, not tricks");
    }

    #[test]
    fn cutting_keeps_graphemes_whole_and_counts_escapes() {
        assert_eq!(cut("short", 5, 100), "short");
        assert_eq!(cut("a longer one", 9, 100), "a longer…");
        assert_eq!(cut("👩\u{200d}🚀👩\u{200d}🚀", 4, 100), "👩\u{200d}🚀…");
        let quotes = cut(&"\"".repeat(500), 400, 60);
        assert_eq!(quotes.chars().filter(|&c| c == '"').count(), 10);
        assert!(cut(&"é".repeat(90), 70, 900).chars().count() <= 70);
    }

    #[test]
    fn marks_show_what_would_hide() {
        assert_eq!(marked("a\u{202e}<b>"), "a<span class=\"ctl\">U+202E</span>&lt;b&gt;");
    }

    #[test]
    fn controls_become_pictures_that_html_may_hold() {
        assert_eq!(marked("\u{1b}[31mred\0\u{7f}\u{85}\u{ffff}\r\n\tok"), "␛[31mred␀␡\u{fffd}\u{fffd}\n\tok");
    }

    #[test]
    fn only_the_web_has_hosts() {
        assert_eq!(web_host("https://www.example.org/a?b").as_deref(), Some("example.org"));
        assert_eq!(web_host("https://аpple.com/").as_deref(), Some("xn--pple-43d.com"));
        assert!(
            ["javascript:alert(1)", "data:text/html,x", "ftp://a/", "/relative", "file:///etc"]
                .iter()
                .all(|url| web_host(url).is_none())
        );
    }
}
