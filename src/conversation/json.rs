//! JSON from outside: measured before it is parsed, read leniently after.

use serde_json::Value;
use time::format_description::well_known::{Iso8601, Rfc3339};
use time::{Date, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

// What parsed values take, beyond the bytes they are written in: eight bytes of `{"":0},` become 700.
/// One leaf of the tree that holds an object's entries, eleven at most.
pub(super) const OBJECT: usize = 640;
/// The smallest list has room for four values.
const LIST: usize = 128;
/// An entry of an object too large for one leaf, less the comma before it.
const ENTRY: usize = 64;
/// A place in a list, which grows by doubling.
pub(super) const VALUE: usize = 64;
/// A string's own allocation.
const STRING: usize = 32;

/// Why a document is not parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// A sentence without its subject: "is not valid UTF-8 …".
    Malformed(String),
    /// Its values take more memory than there is room for.
    TooHeavy,
}

/// Parses one document of at most `depth` levels, whose values take at most `room` bytes of memory; takes theirs from it.
pub(super) fn parse(bytes: &[u8], depth: usize, room: &mut usize) -> Result<Value, Refused> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Err(error) = std::str::from_utf8(bytes) {
        return Err(Refused::Malformed(format!("is not valid UTF-8 at byte {}", error.valid_up_to())));
    }
    let weight = weigh(bytes, depth, *room)?;
    let value = serde_json::from_slice(bytes).or_else(|error| {
        mend(bytes, false)
            .and_then(|mended| serde_json::from_slice(&mended).ok())
            .ok_or_else(|| Refused::Malformed(format!("is not valid JSON: {error}")))
    })?;
    *room -= weight;
    Ok(value)
}

/// The same with U+FFFD for U+0000, which tools print and no conversation may hold: nobody can send an export again without it.
pub(super) fn parse_without_nul(bytes: &[u8], depth: usize, room: &mut usize) -> Result<Value, Refused> {
    let may_hold = std::str::from_utf8(bytes).is_ok_and(|text| text.contains(r"\u0000"));
    let mended = if may_hold { mend(bytes, true) } else { None };
    parse(mended.as_deref().unwrap_or(bytes), depth, room)
}

/// Counts levels and the bytes that the values will take, without parsing, so that a hostile document costs no memory.
fn weigh(bytes: &[u8], depth: usize, room: usize) -> Result<usize, Refused> {
    let (mut level, mut weight, mut quoted, mut escaped) = (0_usize, bytes.len(), false, false);
    for &byte in bytes {
        if escaped {
            escaped = false;
        } else if quoted {
            match byte {
                b'\\' => escaped = true,
                b'"' => quoted = false,
                _ => {}
            }
        } else {
            match byte {
                b'"' => {
                    quoted = true;
                    weight += STRING;
                }
                b'{' => {
                    level += 1;
                    weight += OBJECT;
                }
                b'[' => {
                    level += 1;
                    weight += LIST;
                }
                b'}' | b']' => level = level.saturating_sub(1),
                b':' => weight += ENTRY,
                b',' => weight += VALUE,
                _ => {}
            }
            if level > depth {
                return Err(Refused::Malformed(format!("nests deeper than {depth} levels")));
            }
        }
        if weight > room {
            return Err(Refused::TooHeavy);
        }
    }
    Ok(weight)
}

/// Replaces halves of surrogate pairs by U+FFFD: JavaScript writes them where it cut a title in the middle of an emoji, and
/// serde_json refuses them; U+0000 as well where it is not wanted. `None` when there are none.
fn mend(bytes: &[u8], nul: bool) -> Option<Vec<u8>> {
    let unit = |at: usize| {
        let escape = bytes.get(at..at + 6).filter(|escape| escape.starts_with(br"\u"))?;
        u16::from_str_radix(std::str::from_utf8(&escape[2..]).ok()?, 16).ok()
    };
    let mut mended = Vec::with_capacity(bytes.len());
    let (mut at, mut found) = (0, false);
    while let Some(&byte) = bytes.get(at) {
        let width = match (byte, unit(at)) {
            (b'\\', Some(0xd800..=0xdbff)) if matches!(unit(at + 6), Some(0xdc00..=0xdfff)) => 12,
            (b'\\', Some(unit)) if matches!(unit, 0xd800..=0xdfff) || (unit == 0 && nul) => {
                mended.extend_from_slice(br"\ufffd");
                found = true;
                at += 6;
                continue;
            }
            (b'\\', _) => 2,
            _ => 1,
        };
        let end = (at + width).min(bytes.len());
        mended.extend_from_slice(&bytes[at..end]);
        at = end;
    }
    found.then_some(mended)
}

/// A moment as products write it: ISO 8601 (UTC where it names no offset), seconds or, above 1e11, milliseconds since 1970, also as
/// a string of digits.
pub(super) fn moment(value: &Value) -> Option<OffsetDateTime> {
    match value {
        Value::Number(number) => counted_moment(number.as_f64()?),
        Value::String(text) => {
            let text = text.trim();
            // Eight digits are a date.
            let is_count = text.len() > 8 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
            if is_count { counted_moment(text.parse().ok()?) } else { written_moment(text) }
        }
        _ => None,
    }
}

fn counted_moment(number: f64) -> Option<OffsetDateTime> {
    let number = Some(number).filter(|number| *number > 0.0)?;
    let seconds = if number > 1e11 { number / 1e3 } else { number };
    // Whole microseconds: more digits than that are a float's noise, and two exports of one chat would differ in them.
    #[expect(clippy::cast_possible_truncation, reason = "a float out of range saturates, and then is no date")]
    let micros = (seconds * 1e6).round() as i64;
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000).ok()
}

fn written_moment(text: &str) -> Option<OffsetDateTime> {
    let text = text.replacen(' ', "T", 1);
    let moment = OffsetDateTime::parse(&text, &Rfc3339)
        .or_else(|_| OffsetDateTime::parse(&text, &Iso8601::DEFAULT))
        .or_else(|_| PrimitiveDateTime::parse(&text, &Iso8601::DEFAULT).map(PrimitiveDateTime::assume_utc))
        .or_else(|_| Date::parse(&text, &Iso8601::DEFAULT).map(|date| date.with_time(Time::MIDNIGHT).assume_utc()))
        .ok()?;
    // RFC 3339, which the canonical JSON is written in, has four digits for a year.
    moment.checked_to_offset(UtcOffset::UTC).filter(|moment| (1..=9999).contains(&moment.year()))
}

/// The first of `keys` that holds a string with something in it.
pub(super) fn first_str<'a>(value: &'a Value, keys: &[&str]) -> Option<&'a str> {
    keys.iter().find_map(|key| value[*key].as_str().filter(|text| !text.trim().is_empty()))
}

/// The elements of the array at `key`; none where there is no array.
pub(super) fn items<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

/// JSON inside a string, as tools' arguments come; the string itself where it is none, or takes more memory than is left.
pub(super) fn unwrap_text(text: &str, room: &mut usize) -> Value {
    // Below a document's own depth, so that what is stored can be pushed again.
    const DEPTH: usize = 48;
    let trimmed = text.trim_start();
    let structured = trimmed.starts_with(['{', '[']);
    structured
        .then(|| parse_without_nul(trimmed.as_bytes(), DEPTH, room).ok())
        .flatten()
        .unwrap_or_else(|| Value::String(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parse(bytes: &[u8], depth: usize) -> Result<Value, Refused> {
        super::parse(bytes, depth, &mut (1 << 20))
    }

    #[test]
    fn depth_counts_brackets_outside_strings_only() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(parse(nested(64).as_bytes(), 64).is_ok());
        assert_eq!(parse(nested(65).as_bytes(), 64), Err(Refused::Malformed("nests deeper than 64 levels".to_owned())));
        assert!(parse(format!(r#"["{}", "\"[[["]"#, "[".repeat(900)).as_bytes(), 64).is_ok());
        assert!(parse(nested(200_000).as_bytes(), 64).is_err());
    }

    #[test]
    fn a_flood_of_values_is_refused_before_it_is_parsed() {
        // What makes each take memory, in a document of little else.
        for (flood, bytes) in [("0,", 64), ("{},", 640), ("{\"\":0},", 632), ("[0],", 128), ("\"x\",", 64)] {
            let refused = |count: usize| match parse(format!("[{}0]", flood.repeat(count)).as_bytes(), 64) {
                Err(Refused::TooHeavy) => true,
                Err(Refused::Malformed(why)) => panic!("{why}"),
                Ok(_) => false,
            };
            assert!(refused((1 << 20) / bytes), "{flood}");
            assert!(!refused((1 << 20) / bytes / 3), "{flood}");
        }
        assert!(parse(format!("[\"{}\"]", "{[,:".repeat(250_000)).as_bytes(), 64).is_ok(), "words are words");
    }

    #[test]
    fn documents_of_one_conversation_share_its_memory() {
        let mut room = 10_000;
        let object = "{\"a\":{\"b\":1}}";
        let parsed = (0..10).map(|_| unwrap_text(object, &mut room)).filter(Value::is_object).count();
        assert_eq!(parsed, 6);
        assert_eq!(unwrap_text(object, &mut room), json!(object));
        assert_eq!(unwrap_text("[1, oops", &mut room), json!("[1, oops"));
        assert!(room > 1_000, "what is no JSON takes nothing");
    }

    #[test]
    fn byte_order_mark_and_broken_utf8() {
        assert_eq!(parse(b"\xef\xbb\xbf[1]", 64), Ok(json!([1])));
        assert_eq!(parse(b"[\"a\xff\"]", 64), Err(Refused::Malformed("is not valid UTF-8 at byte 3".to_owned())));
    }

    #[test]
    fn half_a_surrogate_pair_is_mended_and_whole_ones_stay() {
        assert_eq!(
            parse(br#"["a\ud83d", "\ud83d\ude00", "\\ud83d", "\udc00b"]"#, 64),
            Ok(json!(["a\u{fffd}", "😀", "\\ud83d", "\u{fffd}b"]))
        );
        assert!(parse(br#"["\ud83d"#, 64).is_err());
        assert!(parse("[\"\\u12é4\", \"\\ud83d\"]".as_bytes(), 64).is_err());
    }

    #[test]
    fn nul_is_replaced_where_it_is_an_escape_and_nobody_can_be_asked() {
        let text = br#"["a\u0000b", "\\u0000", "\u0000\ud83d"]"#;
        let mended = parse_without_nul(text, 64, &mut (1 << 20));
        assert_eq!(mended, Ok(json!(["a\u{fffd}b", "\\u0000", "\u{fffd}\u{fffd}"])));
        assert_eq!(parse(text, 64), Ok(json!(["a\0b", "\\u0000", "\0\u{fffd}"])), "a push tells of it");
        // Arguments in a string, which no check of the document sees.
        assert_eq!(unwrap_text(r#"{"a":"\u0000"}"#, &mut (1 << 20)), json!({ "a": "\u{fffd}" }));
    }

    #[test]
    fn moments_in_every_way_products_write_them() {
        let at = |value: Value| moment(&value).map(|moment| moment.format(&Rfc3339).unwrap());
        let expected = Some("2024-05-01T17:37:11Z".to_owned());
        for value in [
            json!(1_714_585_031),
            json!(1_714_585_031.0),
            json!(1_714_585_031_000_i64),
            json!("2024-05-01T17:37:11Z"),
            json!("2024-05-01T19:37:11+02:00"),
            json!("2024-05-01T17:37:11"),
            json!("2024-05-01 17:37:11"),
            json!("1714585031"),
            json!(" 1714585031000 "),
            json!("1714585031.0"),
        ] {
            assert_eq!(at(value.clone()), expected, "{value}");
        }
        assert_eq!(at(json!(1_714_585_031.148_505)), Some("2024-05-01T17:37:11.148505Z".to_owned()));
        assert_eq!(at(json!("2024-05-01")), Some("2024-05-01T00:00:00Z".to_owned()));
        for value in [
            json!(null),
            json!(0),
            json!(-5),
            json!(1e300),
            json!("16:33:32 GMT+0200"),
            json!(""),
            json!([1]),
            json!("2024"),
            json!("00000000000"),
            json!("1.7.14585031"),
            json!("99999999999999999999999999"),
            json!("9999-12-31T23:59:59-12:00"),
            json!("+12024-05-01T17:37:11Z"),
        ] {
            assert_eq!(at(value.clone()), None, "{value}");
        }
    }
}
