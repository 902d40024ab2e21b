//! Our exports, broken in thousands of ways that are the same in every run: no panic, no reading without end, and what is reported is
//! whole. A break that finds something is named by its number, so that it can be made again.

use super::hostile::archive;
use super::*;
use std::time::{Duration, Instant};

/// Breaks of each fixture. More find no more, and take longer than anybody waits.
const BREAKS: u64 = 150;
/// What reading a few kilobytes may take in a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(5);
/// What a fixture may grow to; memory and time are bounded elsewhere by what is read.
const LARGEST: usize = 1 << 20;

struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % most.max(1) as u64).unwrap()
    }

    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let from = self.below(length + 1);
        from..from + self.below((length - from + 1).min(400))
    }
}

fn fixtures() -> Vec<(String, Vec<u8>)> {
    let folder = format!("{}/tests/data", env!("CARGO_MANIFEST_DIR"));
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
    names.sort();
    let mut all: Vec<_> = names.into_iter().map(|name| (name.clone(), fixture(&name))).collect();
    // One with everything that an archive may hold.
    let entries = [("conversations.json", fixture("openai-export.json")), ("file-1-a.json", fixture("deepseek-export.json"))];
    let zip = archive(&entries.each_ref().map(|(name, bytes)| (*name, bytes.as_slice())));
    all.push(("export.zip".to_owned(), zip));
    all
}

/// A place between two values of a JSON text, where a value or a key may stand.
fn between(bytes: &[u8], numbers: &mut Numbers) -> usize {
    let from = numbers.below(bytes.len());
    bytes[from..].iter().position(|byte| matches!(byte, b'{' | b'[' | b',')).map_or(from, |at| from + at + 1)
}

/// Breaks a file once.
fn break_once(bytes: &mut Vec<u8>, other: &[u8], numbers: &mut Numbers) {
    if bytes.is_empty() {
        return;
    }
    let at = numbers.below(bytes.len());
    match numbers.below(10) {
        0 => bytes[at] ^= 1 << numbers.below(8),
        1 => bytes[at] = [0, b'"', b'\\', b'{', b'}', b'[', b']', b',', b'\n', 0xff][numbers.below(10)],
        2 => bytes.truncate(at),
        3 => {
            let range = numbers.range(bytes.len());
            bytes.drain(range);
        }
        // A piece of it again, and a piece of another file.
        4 => {
            let range = numbers.range(bytes.len());
            let piece = bytes[range].to_vec();
            bytes.splice(at..at, piece);
        }
        5 => {
            let range = numbers.range(other.len());
            bytes.splice(at..at, other[range].iter().copied());
        }
        // A key that is there already, or means something to some format.
        6 => {
            let keys =
                ["mapping", "messages", "parent", "children", "content", "parts", "role", "id", "title", "current_node", "text"];
            let values = ["null", "{}", "[]", "-1", "1e308", "\"x\"", "[[{}]]", "{\"mapping\":{}}", "\"\\ud800\"", "\"\\u0000\""];
            let field = format!("\"{}\":{},", keys[numbers.below(keys.len())], values[numbers.below(values.len())]);
            let place = between(bytes, numbers);
            bytes.splice(place..place, field.into_bytes());
        }
        7 => {
            let (open, close) = [("[", "]"), ("{\"a\":", "}")][numbers.below(2)];
            let levels = [10, 70, 5_000][numbers.below(3)];
            let nest = format!("{}1{},", open.repeat(levels), close.repeat(levels));
            let place = between(bytes, numbers);
            bytes.splice(place..place, nest.into_bytes());
        }
        8 => {
            let long = [b'x', b' ', b'"', b'*', b'<', b'`', b'\n'][numbers.below(7)];
            bytes.splice(at..at, std::iter::repeat_n(long, numbers.below(20_000)));
        }
        // Two values change places.
        _ => {
            let (left, right) = (numbers.range(bytes.len()), numbers.range(bytes.len()));
            if left.end <= right.start {
                let (one, two) = (bytes[left.clone()].to_vec(), bytes[right.clone()].to_vec());
                bytes.splice(right, one);
                bytes.splice(left, two);
            }
        }
    }
    bytes.truncate(LARGEST);
}

/// What is told of is whole: it is within the limits, and comes back from what is stored as it was.
fn assert_whole(found: &Found, limits: &Limits, which: &str) {
    assert!(!found.title.is_empty() && found.title.chars().count() <= limits.title_chars, "{which}: {:?}", found.title);
    let (conversation, name) = match &found.outcome {
        Outcome::Conversation { conversation, name, .. } => (conversation, name),
        Outcome::Skipped { reason } => return assert!(reason.ends_with('.'), "{which}: {reason}"),
    };
    let messages = &conversation.messages;
    assert!((1..=limits.messages).contains(&messages.len()), "{which}");
    assert!(messages.iter().all(|message| (1..=limits.parts).contains(&message.parts.len())), "{which}");
    let packed = transcript::pack(conversation).unwrap();
    let back = transcript::unpack(&packed.body, packed.json_size).unwrap_or_else(|| panic!("{which}: it cannot be read back"));
    assert!(**conversation == back, "{which}: it comes back as another");
    assert!(usize::try_from(packed.json_size).unwrap() <= limits.conversation_bytes, "{which}");
    for owner in [None, Some("ann")] {
        let id = name.among(owner);
        assert!(id.len() <= 200 && id.parse::<crate::conversation::ConversationId>().is_ok(), "{which}: {id}");
    }
}

#[test]
fn broken_exports_end_in_an_answer_and_what_they_give_is_whole() {
    // Small enough for what is large to be refused.
    let limits = Limits { conversation_bytes: 64 << 10, messages: 200, parts: 60, ..Limits::default() };
    let fixtures = fixtures();
    let (mut read, mut refused) = (0, 0);
    for (at, (name, whole)) in fixtures.iter().enumerate() {
        for number in 1..=BREAKS {
            let which = format!("{name}, break {number}");
            let mut numbers = Numbers(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ at as u64 | 1);
            let mut bytes = whole.clone();
            for _ in 0..=numbers.below(3) {
                let other = &fixtures[numbers.below(fixtures.len())].1;
                break_once(&mut bytes, other, &mut numbers);
            }
            let began = Instant::now();
            let (found, result) = imported_within(&bytes, &limits);
            assert!(began.elapsed() < PATIENCE, "{which}: {:?} for {} bytes", began.elapsed(), bytes.len());
            for one in &found {
                assert_whole(one, &limits, &which);
            }
            match result {
                Ok(summary) => assert_eq!(summary.conversations + summary.skipped, found.len(), "{which}"),
                Err(why) => assert!(why.to_string().ends_with('.'), "{which}: {why}"),
            }
            read += usize::from(!found.is_empty());
            refused += usize::from(found.is_empty());
            // A push goes through the same, and has no reader to stop.
            let _ = pushed(&bytes, &limits);
        }
    }
    // Breaks that only ever spoil the file would find nothing behind the first look.
    assert!(read * 2 > refused && refused > 0, "{read} read, {refused} refused");
}
