//! Files that are damaged, or built to do damage.

use super::*;

pub(super) fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A small good conversation of the OpenAI export.
pub(super) fn good(title: &str) -> String {
    let node = |id: &str, parent: Option<&str>, role: &str| json!({ "id": id, "parent": parent, "children": [], "message": { "author": { "role": role }, "content": { "content_type": "text", "parts": [title] } } });
    json!({ "title": title, "id": title, "current_node": "b", "mapping": { "a": node("a", None, "user"), "b": node("b", Some("a"), "assistant") } }).to_string()
}

pub(super) fn titles(found: &[Found]) -> Vec<&str> {
    found.iter().filter(|one| matches!(one.outcome, Outcome::Conversation { .. })).map(|one| one.title.as_str()).collect()
}

#[test]
fn zips_without_conversations() {
    assert!(matches!(imported(&archive(&[("a.json", b"{}")])).1, Err(ImportError::UnknownFormat)));
    assert!(matches!(imported(&archive(&[("conversations.json", b"[ ]")])).1, Err(ImportError::Empty)));
    assert!(matches!(imported(&archive(&[])).1, Err(ImportError::UnknownFormat)));
    let mut encrypted = archive(&[("conversations.json", format!("[{}]", good("One")).as_bytes())]);
    // The first bit of the flags, in the local and in the central header.
    let central = encrypted.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    encrypted[6] |= 1;
    encrypted[central + 8] |= 1;
    assert!(matches!(imported(&encrypted).1, Err(ImportError::Encrypted)), "{:?}", imported(&encrypted).1);
}

#[test]
fn bombs_are_defused_while_they_unpack() {
    // 64 MiB of blanks before the end of the array pack to 64 kB.
    let mut bomb = format!("[{},", good("One")).into_bytes();
    bomb.resize(64 << 20, b' ');
    let zip = archive(&[("conversations.json", &bomb)]);
    assert!(zip.len() < 200_000);
    let (found, result) = imported(&zip);
    assert!(matches!(&result, Err(ImportError::TooLarge(why)) if why.contains("far more")), "{result:?}");
    assert_eq!(titles(&found), ["One"]);

    let small = Limits { unpacked_bytes: 3_000, zip_entries: 3, ..Limits::default() };
    let text = format!("[{}]", vec![good("One"); 4].join(","));
    let (found, result) =
        imported_within(&archive(&[("a", text.as_bytes()), ("b", text.as_bytes()), ("c", text.as_bytes())]), &small);
    assert!(matches!(&result, Err(ImportError::TooLarge(why)) if why.contains("unpacks to more")), "{} {result:?}", text.len());
    assert!(found.len() < 12);

    let many: Vec<(String, &[u8])> = (0..4).map(|n| (n.to_string(), &b"{}"[..])).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    let (_, result) = imported_within(&archive(&many), &small);
    assert!(matches!(&result, Err(ImportError::TooLarge(why)) if why.contains("3 entries")), "{result:?}");

    let (_, result) = imported_within(text.as_bytes(), &Limits { import_bytes: 100, ..Limits::default() });
    assert!(matches!(result, Err(ImportError::TooLarge(_))));
}

/// The same archive with ZIP64 end records in which that many entries are declared.
fn zip64(archive: &[u8], entries: u64) -> Vec<u8> {
    let (body, end) = archive.split_at(archive.len() - 22);
    let (size, place) = (&end[12..16], &end[16..20]);
    let mut zip = body.to_vec();
    zip.extend_from_slice(b"PK\x06\x06\x2c\0\0\0\0\0\0\0\x2d\0\x2d\0\0\0\0\0\0\0\0\0");
    zip.extend([entries.to_le_bytes(), entries.to_le_bytes()].concat());
    zip.extend([size, &[0; 4], place, &[0; 4]].concat());
    zip.extend_from_slice(b"PK\x06\x07\0\0\0\0");
    zip.extend((body.len() as u64).to_le_bytes());
    zip.extend_from_slice(b"\x01\0\0\0PK\x05\x06\0\0\0\0");
    zip.extend_from_slice(&[0xff; 12]);
    zip.extend_from_slice(&[0; 2]);
    zip
}

#[test]
fn a_zip64_is_bounded_by_what_its_own_record_declares() {
    let text = format!("[{}]", good("One"));
    let plain = archive(&[("conversations.json", text.as_bytes())]);
    let (found, result) = imported(&zip64(&plain, 1));
    assert_eq!((titles(&found), result.unwrap().conversations), (vec!["One"], 1));
    for entries in [20_001, u64::from(u32::MAX), u64::MAX] {
        let (_, result) = imported(&zip64(&plain, entries));
        assert!(matches!(&result, Err(ImportError::TooLarge(why)) if why.contains("20000 entries")), "{entries} {result:?}");
    }
    // A second end record, which is read when the last one turns out to be bad.
    let mut twice = zip64(&plain, 20_001);
    twice.extend_from_slice(b"PK\x05\x06\0\0\0\0\x01\0\x01\0\0\0\0\0\0\0\0\0\0\0");
    assert!(matches!(imported(&twice).1, Err(ImportError::TooLarge(_))));
    // A record longer than any writer's, into which the archive's reader would look for memory.
    let mut longer = zip64(&plain, 1);
    let record = longer.windows(4).rposition(|bytes| bytes == b"PK\x06\x06").unwrap();
    longer[record + 4] += 1;
    longer.insert(record + 56, 0);
    assert!(matches!(imported(&longer).1, Err(ImportError::Damaged(_))));
    // Without the record it is no archive.
    let mut without = zip64(&plain, 1);
    without[record] = 0;
    assert!(matches!(imported(&without).1, Err(ImportError::Damaged(_))));
}

#[test]
fn a_cut_file_gives_what_stands_before_the_cut() {
    let text = format!("[{},{},{}]", good("One"), good("Two"), good("Three"));
    let ends = ["One", "Two", "Three"].map(|title| text.find(&good(title)).unwrap() + good(title).len());
    for cut in 1..text.len() {
        let (found, result) = imported(&text.as_bytes()[..cut]);
        assert!(matches!(result, Err(ImportError::Truncated)), "cut at {cut}: {result:?}");
        let whole = titles(&found);
        assert_eq!(whole, ["One", "Two", "Three"][..ends.iter().filter(|end| **end <= cut).count()], "cut at {cut}");
    }
    let zip = archive(&[("conversations.json", text.as_bytes())]);
    for cut in 4..zip.len() {
        let (found, result) = imported(&zip[..cut]);
        assert!(result.is_err() && found.is_empty(), "cut at {cut}");
    }
    // A broken entry beside a good one: what is there is read, what may be missing is told.
    let (zip, text) = (archive(&[("1", text.as_bytes()), ("2", text.as_bytes())]), text.len());
    for broken in 40..50 {
        let mut zip = zip.clone();
        zip[broken] ^= 0x55;
        let (found, result) = imported(&zip);
        assert!(matches!(result, Err(ImportError::Damaged(_) | ImportError::Truncated)), "{broken} of {text}: {result:?}");
        assert!(found.len() >= 3, "{broken}: {}", found.len());
    }
}

#[test]
fn one_bad_conversation_costs_only_itself() {
    let deep = format!(r#"{{"title":"Deep","mapping":{{"a":{}1{}}}}}"#, "[".repeat(70), "]".repeat(70));
    let long = good("Long").replace("\"parts\":[\"Long\"]", &format!("\"parts\":[\"{}\"]", "long ".repeat(11 << 18)));
    let mut text = format!("[{},", good("One")).into_bytes();
    text.extend_from_slice(b"{\"title\":\"Bytes\",\"mapping\":{\"a\":\"\xff\xfe\"}},");
    text.extend_from_slice(
        format!("{deep},{long},{{\"title\":\"Nonsense\",\"mapping\":nonsense}},7,null,{}]", good("Two")).as_bytes(),
    );
    let (found, result) = imported(&text);
    assert_eq!(result.unwrap(), Summary { format: "openai-export", conversations: 2, skipped: 6 });
    let report = report(&found).join("\n");
    for line in [
        "One: 2 messages",
        "Bytes: It is not valid UTF-8 at byte ",
        "Deep: It nests deeper than 64 levels.",
        "Long: It is larger than 10 MiB.",
        "Nonsense: It is not valid JSON: ",
        "Conversation 6: It is no conversation",
        "Two: 2 messages",
    ] {
        assert!(report.contains(line), "{line} is not in\n{report}");
    }
}

#[test]
fn one_too_large_to_hold_is_passed_over_and_named() {
    let limits = Limits { conversation_bytes: 1_000, attachments_bytes: 0, ..Limits::default() };
    let large = good("Large").replace("\"current_node\"", &format!("\"padding\":\"{}\",\"current_node\"", "x".repeat(5_000)));
    let (found, result) = imported_within(format!("[{},{large},{}]", good("One"), good("Two")).as_bytes(), &limits);
    assert_eq!(result.unwrap().skipped, 1);
    assert_eq!(titles(&found), ["One", "Two"]);
    let (_, result) = imported_within(large.as_bytes(), &limits);
    assert!(matches!(result, Err(ImportError::TooLarge(_))), "{result:?}");
    let bare = json!(vec![json!({ "role": "user", "content": "x" }); 500]).to_string();
    assert!(matches!(imported_within(bare.as_bytes(), &limits).1, Err(ImportError::TooLarge(_))));
}

#[test]
fn limits_on_messages_and_parts_skip_with_a_reason() {
    let limits = Limits { messages: 2, parts: 3, title_chars: 4, ..Limits::default() };
    let chat = |count: usize, parts: usize| {
        json!({ "title": "Longish", "messages": vec![json!({ "role": "user", "content": vec!["x"; parts] }); count] }).to_string()
    };
    let claude = |blocks: usize| {
        json!({ "name": "Longish", "chat_messages": [{ "sender": "human", "content": vec![json!({ "type": "text", "text": "x" }); blocks] }] }).to_string()
    };
    let reason = |text: &str| report(&imported_within(text.as_bytes(), &limits).0).join("");
    assert_eq!(reason(&claude(3)), "Lon…: 1 messages, 0 left out, []");
    assert_eq!(reason(&claude(61)), "Lon…: A message of it has more than 60 parts.");
    assert!(reason(&chat(3, 1)).contains("title must have at most 4 characters"), "{}", reason(&chat(3, 1)));
}

#[test]
fn a_message_of_too_many_parts_is_several() {
    let limits = Limits { parts: 6, ..Limits::default() };
    let used = |n: usize| {
        [
            json!({ "type": "tool_use", "id": n, "name": "a", "input": {} }),
            json!({ "type": "tool_result", "tool_use_id": n, "content": "b" }),
        ]
    };
    let blocks: Vec<Value> = (0..5).flat_map(used).collect();
    let claude =
        json!({ "name": "T", "chat_messages": [{ "sender": "assistant", "stop_reason": "max_tokens", "content": blocks }] });
    let texts = vec!["x"; 20];
    let chat = json!([{ "role": "user", "content": texts }]);
    let data = json!({ "conversations": [{ "from": "human", "value": texts.iter().map(|text| json!({ "type": "text", "value": text })).collect::<Vec<_>>() }] });
    for (file, sizes) in [(claude, vec![4, 4, 2]), (chat, vec![3, 3, 3, 3, 3, 3, 2]), (data, vec![3, 3, 3, 3, 3, 3, 2])] {
        let (found, _) = imported_within(file.to_string().as_bytes(), &limits);
        let read = conversation(&found, 0);
        assert_eq!(read.messages.iter().map(|message| message.parts.len()).collect::<Vec<_>>(), sizes, "{file}");
        let stopped = |message: &Message| message.status == Status::Incomplete;
        assert!(!stopped(&read.messages[0]) && (stopped(&read.messages[sizes.len() - 1]) == (sizes.len() == 3)));
    }
}

#[test]
fn what_is_neither_json_nor_text() {
    for bytes in [&b""[..], b" \n", b"\xef\xbb\xbf", b"PK\x03\x04", b"\x89PNG\r\n\x1a\n\0", b"caf\xe9 in another encoding", b"a\0b"]
    {
        let (found, result) = imported(bytes);
        assert!(result.is_err() && found.is_empty(), "{bytes:?}: {result:?}");
    }
    // Broken JSON is no text that somebody would want to show.
    let broken = ["{\"a\": \"cut\n{\"b\":\n", "[{\"a\": oops}]", "{ \"mapping\": oops }"];
    for json in broken.into_iter().chain(["{}", "[1,{}]", "[", "{\"a\":1}\n{\"b\":2}\nx"]) {
        let (found, result) = imported(json.as_bytes());
        assert!(result.is_err() && found.is_empty(), "{json}: {result:?}");
    }
    assert!(imported(&vec![b'['; 100_000]).1.is_err());
    assert!(imported(&vec![b'{'; 100_000]).1.is_err());
}

#[test]
fn the_caller_may_stop() {
    let text = format!("[{},{},{}]", good("One"), good("Two"), good("Three"));
    let mut seen = 0;
    let summary = import(&mut Cursor::new(text), &Limits::default(), &mut |_| {
        seen += 1;
        if seen == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!((seen, summary.unwrap().conversations), (2, 2));
}

/// Puts each of a few wrong values in the place of every value of the fixtures in turn.
#[test]
fn wrong_types_anywhere_never_panic() {
    let wrong = [json!(null), json!(-7), json!("cite"), json!([[{}], "x", null]), json!({ "type": [], "id": {} })];
    let of_lists = detection::FIXTURES.iter().flat_map(|(file, _)| detection::values(file));
    let of_products = products::FIXTURES.iter().flat_map(|(name, key)| products::conversations(name, key));
    for conversation in of_lists.chain(of_products) {
        let mut pointers = Vec::new();
        collect_pointers(&conversation, String::new(), &mut pointers);
        for (at, pointer) in pointers.iter().enumerate() {
            let mut broken = conversation.clone();
            // One of the five in turn: all of them take long and find no more.
            *broken.pointer_mut(pointer).unwrap() = wrong[at % wrong.len()].clone();
            for format in FORMATS {
                let _ = (format.recognises)(&broken);
                let checked = (format.read)(&broken, &Limits::default()).and_then(|reading| check(reading, &Limits::default()));
                if let Ok(Reading { conversation, .. }) = checked {
                    assert!(!conversation.messages.is_empty());
                    assert!(conversation.messages.iter().all(|message| !message.parts.is_empty()));
                }
            }
        }
    }
}

#[test]
fn a_fixture_cut_anywhere_never_panics_and_shows_nothing_hidden() {
    for (file, format) in detection::FIXTURES {
        let bytes = fixture(file);
        for cut in (0..bytes.len()).step_by(17) {
            let (found, _) = imported(&bytes[..cut]);
            let hides = matches!(*format, "codex" | "claude-code" | "openai-export" | "gemini-cli");
            assert!(!hides || !found.iter().any(|one| format!("{:?}", one.outcome).contains("SECRET")), "{file} cut at {cut}");
        }
    }
}

fn collect_pointers(value: &Value, here: String, pointers: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| collect_pointers(item, format!("{here}/{at}"), pointers))
        }
        Value::Object(fields) => fields.iter().for_each(|(key, item)| collect_pointers(item, format!("{here}/{key}"), pointers)),
        _ => {}
    }
    pointers.push(here);
}

/// Rows of an `llm` log: whose they are, and what was asked. Most of their bytes are not kept.
fn rows(rows: &[(&str, String)]) -> String {
    let row = |(conversation, prompt): &(&str, String)| json!({ "conversation_id": conversation, "prompt": prompt, "response": "", "x": "x".repeat(300) });
    json!(rows.iter().map(row).collect::<Vec<_>>()).to_string()
}

#[test]
fn mixed_rows_are_sorted_out_in_as_many_readings_as_memory_asks_for() {
    let mixed: Vec<(&str, String)> = (0..40).map(|n| (["a", "b", "c", "d", "e"][n % 5], format!("question {n}"))).collect();
    let text = rows(&mixed);
    let whole = imported(text.as_bytes()).0;
    assert_eq!(whole.len(), 5);
    // Room for two of the five conversations, then for hardly one.
    for conversation_bytes in [1_750, 900] {
        let limits = Limits { conversation_bytes, ..Limits::default() };
        let roomy = |found: &[Found]| found.iter().map(|one| format!("{:?}", one.outcome)).collect::<Vec<_>>();
        let (found, result) = imported_within(text.as_bytes(), &limits);
        assert_eq!(result.unwrap(), Summary { format: "llm", conversations: 5, skipped: 0 }, "{conversation_bytes}");
        assert_eq!(roomy(&found), roomy(&whole), "{conversation_bytes}");
        let zip = archive(&[("logs.json", text.as_bytes())]);
        assert_eq!(roomy(&imported_within(&zip, &limits).0), roomy(&whole), "{conversation_bytes}");
    }
}

#[test]
fn a_conversation_of_too_many_rows_costs_only_itself() {
    let limits = Limits { conversation_bytes: 600, ..Limits::default() };
    for large in ["a", "b", "c"] {
        let mut mixed: Vec<(&str, String)> = (0..60).map(|n| (large, format!("question {n}"))).collect();
        mixed.extend(["a", "b", "c"].map(|name| (name, "short".to_owned())));
        mixed.rotate_left(20);
        let (found, result) = imported_within(rows(&mixed).as_bytes(), &limits);
        assert_eq!(result.unwrap(), Summary { format: "llm", conversations: 2, skipped: 1 }, "{large}");
        assert!(report(&found).iter().any(|line| line.contains("takes more than 2400 bytes")), "{:?}", report(&found));
    }
}

#[test]
fn lines_of_a_log_may_be_broken_while_most_are_not() {
    let line = |n: usize| json!({ "role": "user", "content": format!("line {n}") }).to_string();
    let log = [&line(1), "{\"role\":\"user\",\"content\":\"cut", "", "42", &line(2), &line(3), "{\"role\":"].join("\n");
    let (found, result) = imported(log.as_bytes());
    assert_eq!(result.unwrap(), Summary { format: "openai-chat", conversations: 1, skipped: 0 });
    assert_outline(conversation(&found, 0), "User\n text \"line 1\"\nUser\n text \"line 2\"\nUser\n text \"line 3\"");
    assert_eq!(warnings(&found[0]), ["3 lines of the file are broken and were left out."]);
    // With a broken one at its beginning.
    for first in ["{\"role\":\"us", "massive error"] {
        let (found, result) = imported(format!("{first}\n{}\n{}", line(1), line(2)).as_bytes());
        assert_eq!(result.unwrap().format, "openai-chat", "{first}");
        assert_eq!(conversation(&found, 0).messages.len(), 2);
    }
    // A text that quotes a line is not a log.
    let (_, result) = imported(format!("Look at this:\n\n> what?\n\n{}\n", line(1)).as_bytes());
    assert_eq!(result.unwrap().format, "text");
    // Lines that begin well and then are others.
    let log = format!("{}\n{}", vec![line(1); 60].join("\n"), "noise\n".repeat(61));
    assert!(matches!(imported(log.as_bytes()).1, Err(ImportError::Damaged(_))));
}

#[test]
fn a_text_is_one_message_and_a_warning() {
    for text in ["hello\r\nworld\n", "[10:21] Emily: hi", "<b>bold</b>", "\u{feff}nul", "}", "\"string\""] {
        let (found, result) = imported(text.as_bytes());
        assert_eq!(result.unwrap(), Summary { format: "text", conversations: 1, skipped: 0 }, "{text}");
        assert_eq!(warnings(&found[0]), ["It is in no known format: the whole text became one message."]);
    }
    // A page holds what its product hides, also where its words look like a transcript's.
    for page in ["<html></html>", "\n<!DOCTYPE HTML>\n<b>SECRET</b>\n", "<html>\n## User\nSECRET\n## Assistant\nSECRET"] {
        let (found, _) = imported(page.as_bytes());
        assert!(
            matches!(&found[..], [Found { outcome: Outcome::Skipped { reason }, .. }] if reason.contains("choose JSON")),
            "{page}"
        );
    }
    let (found, _) = imported(b"hello\r\n  world\n");
    assert_outline(conversation(&found, 0), "User\n text \"hello\\n  world\"");
    let small = Limits { conversation_bytes: 1_000, ..Limits::default() };
    assert!(matches!(imported_within("words ".repeat(1_000).as_bytes(), &small).1, Err(ImportError::TooLarge(_))));
    // In an archive it may be anything.
    assert!(matches!(imported(&archive(&[("README", b"hello")])).1, Err(ImportError::UnknownFormat)));
}
