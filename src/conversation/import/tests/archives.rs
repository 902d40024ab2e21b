//! Which files of a ZIP are read, and what becomes of the others.

use super::hostile::{archive, good, titles};
use super::*;

#[test]
fn a_zip_is_read_by_what_its_entries_hold() {
    let upload = json!([{ "role": "user", "content": "an upload, no conversation of the export" }]).to_string();
    let zip = archive(&[
        ("export/user.json", br#"{"id":"user-1","email":"a@b.example"}"#),
        ("export/file-1-messages.json", upload.as_bytes()),
        ("export/conversations-000.json", format!("[{},{}]", good("One"), good("Two")).as_bytes()),
        ("export/misleading.png", format!("[{}]", good("Three")).as_bytes()),
        ("export/conversations-002.json", b"[]"),
        ("export/conversations-003.json", b"\x89PNG\r\n"),
        ("export/chat.html", b"<html>"),
    ]);
    let (found, result) = imported(&zip);
    assert_eq!(result.unwrap(), Summary { format: "openai-export", conversations: 3, skipped: 0 });
    assert_eq!(titles(&found), ["One", "Two", "Three"]);
    let (found, result) =
        imported(&archive(&[("conversations.json", &fixture("claude-export.json")), ("users.json", b"[{\"uuid\":\"u\"}]")]));
    assert_eq!((result.unwrap().format, found.len()), ("claude-export", 6));
}

#[test]
fn what_somebody_uploaded_does_not_pass_for_the_export() {
    let (ours, deepseek) = (fixture("canonical.json"), fixture("deepseek-export.json"));
    let export = format!("[{}]", good("One"));
    for entries in [
        // Each is of a format that is asked before.
        [("file-AbCdEfGh-conversations.json", deepseek.as_slice()), ("conversations.json", export.as_bytes())],
        [("canonical.json", ours.as_slice()), ("conversations.json", export.as_bytes())],
        [("uploads/deepseek.json", deepseek.as_slice()), ("conversations.json", export.as_bytes())],
    ] {
        let (found, result) = imported(&archive(&entries));
        assert_eq!(result.unwrap(), Summary { format: "openai-export", conversations: 1, skipped: 1 });
        let (name, format) =
            (entries[0].0.rsplit('/').next().unwrap(), if entries[0].1 == ours { "canonical" } else { "deepseek-export" });
        let said =
            format!("This file is in another format ({format}) than the rest of the ZIP (openai-export). Import it by itself.");
        assert_eq!(report(&found), ["One: 2 messages, 0 left out, []".to_owned(), format!("{name}: {said}")]);
    }
    let beside = [("a.json", deepseek.as_slice()), ("b.json", export.as_bytes())];
    assert_eq!(imported(&archive(&beside)).1.unwrap().format, "deepseek-export", "the larger, side by side");
}

#[test]
fn files_in_other_formats_are_told_of_a_row_a_format() {
    let export = format!("[{}]", good("One"));
    let transcript = "**User:** Hello\n\n**Assistant:** Hello to you\n\n**User:** Bye\n\n**Assistant:** Bye\n";
    let names: Vec<String> = (0..30).map(|number| format!("transcript-{number}.md")).collect();
    let mut entries: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), transcript.as_bytes())).collect();
    let claude = fixture("claude-export.json");
    entries.extend([
        ("conversations.json", export.as_bytes()),
        ("old/claude.json", &claude),
        ("file-1-talk.md", transcript.as_bytes()),
    ]);
    let (found, result) = imported(&archive(&entries));
    let skipped: Vec<&str> = found.iter().skip(result.unwrap().conversations).map(|one| one.title.as_str()).collect();
    let rows = report(&found).join("\n");
    assert!(rows.contains("This file and 29 others are in another format") && rows.contains("(claude-export)"), "{rows}");
    assert_eq!(skipped.len(), 2, "{rows}");
}

#[test]
fn a_picture_that_is_missing_or_broken_is_a_warning() {
    let asset = |id: &str| json!({ "content_type": "image_asset_pointer", "asset_pointer": format!("file-service://{id}"), "width": 3, "height": 2 });
    let parts = json!([asset("file-AbCdEfGhIj"), asset("file-BbCdEfGhIj"), asset("file-CbCdEfGhIj"), "look"]);
    let mut conversation: Value = serde_json::from_str(&good("One")).unwrap();
    conversation["mapping"]["a"]["message"]["content"] = json!({ "content_type": "multimodal_text", "parts": parts });
    let text = json!([conversation]).to_string();
    let picture = [&b"GIF89a\x03\0\x02\0\0\0\0;"[..], &[0xff; 2_000]].concat();
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in
        [("file-AbCdEfGhIj-a.gif", picture.as_slice()), ("file-BbCdEfGhIj-b.gif", &picture), ("c.json", text.as_bytes())]
    {
        writer.start_file(name, stored).unwrap();
        writer.write_all(bytes).unwrap();
    }
    let mut zip = writer.finish().unwrap().into_inner();
    // A byte of the second picture's, which its checksum tells.
    let place = zip.windows(6).rposition(|bytes| bytes == b"GIF89a").unwrap();
    zip[place + 1_000] = 0;
    let (found, result) = imported(&zip);
    assert_eq!(result.unwrap(), Summary { format: "openai-export", conversations: 1, skipped: 0 });
    let told = ["One of its attachments is not in the file.", "One of its attachments is damaged and was left out."];
    assert_eq!(warnings(&found[0]), told);
    // One of which not a byte can be unpacked, and one that nobody asks for.
    for (name, fails) in [("file-AbCdEfGhIj-a.gif", false), ("other.gif", true)] {
        let mut zip = archive(&[(name, &[b'G'; 5_000]), ("c.json", text.as_bytes())]);
        let data = 30 + name.len();
        zip[data..data + 4].fill(0xff);
        let (found, result) = imported(&zip);
        assert_eq!((found.len(), result.is_err()), (1, fails), "{name}: {result:?}");
        assert_eq!(warnings(&found[0]).iter().any(|told| told.contains("damaged")), !fails, "{name}");
    }
    // The JSON alone has none of them.
    let (found, _) = imported(text.as_bytes());
    assert_eq!(warnings(&found[0]), ["3 of its attachments are not in the file."]);
}

/// A disk that fails from one place on.
struct Failing(Cursor<Vec<u8>>, std::ops::Range<u64>);

impl Read for Failing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let end = self.0.position() + buffer.len() as u64;
        if self.0.position() < self.1.end && self.1.start < end {
            return Err(io::Error::other("the disk"));
        }
        self.0.read(buffer)
    }
}

impl Seek for Failing {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

#[test]
fn a_disk_that_fails_is_not_taken_for_a_missing_picture() {
    let mut conversation: Value = serde_json::from_str(&good("One")).unwrap();
    let asset = json!({ "content_type": "image_asset_pointer", "asset_pointer": "file-service://file-AbCdEfGhIj" });
    conversation["mapping"]["a"]["message"]["content"] = json!({ "content_type": "multimodal_text", "parts": [asset, "look"] });
    let text = json!([conversation]).to_string();
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    // Far behind what is looked at to know that it is a picture.
    for (name, bytes) in [("c.json", text.as_bytes()), ("file-AbCdEfGhIj-a.gif", &[0xff; 1 << 20])] {
        writer.start_file(name, stored).unwrap();
        writer.write_all(bytes).unwrap();
    }
    let zip = writer.finish().unwrap().into_inner();
    let mut found = Vec::new();
    let mut file = Failing(Cursor::new(zip), 700_000..700_001);
    let result = import(&mut file, &Limits::default(), &mut |one| {
        found.push(one);
        ControlFlow::Continue(())
    });
    assert!(matches!(&result, Err(ImportError::Io(error)) if error.to_string() == "the disk"), "{result:?}");
    assert_eq!(report(&found), Vec::<String>::new(), "it comes whole with the next import");
}

#[test]
fn a_directory_is_not_read_past_what_memory_has_room_for() {
    // 700 entries, each with a comment of 64 KiB: 44 MiB of directory around nothing.
    let (local, plain) = (archive(&[("conversations.json", format!("[{}]", good("One")).as_bytes())]), 22);
    let directory = local.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    let mut entry = local[directory..local.len() - plain].to_vec();
    entry[32..34].copy_from_slice(&u16::MAX.to_le_bytes());
    entry.resize(entry.len() + usize::from(u16::MAX), b'x');
    let with = |entries: u16| {
        let mut zip = local[..directory].to_vec();
        (0..entries).for_each(|_| zip.extend_from_slice(&entry));
        let size = (entry.len() * usize::from(entries)) as u32;
        zip.extend_from_slice(b"PK\x05\x06\0\0\0\0");
        zip.extend([entries.to_le_bytes(), entries.to_le_bytes()].concat());
        zip.extend([size.to_le_bytes(), (directory as u32).to_le_bytes()].concat());
        zip.extend_from_slice(&[0; 2]);
        zip
    };
    let (found, result) = imported(&with(2));
    assert_eq!((titles(&found).first(), result.unwrap().format), (Some(&"One"), "openai-export"));
    let (_, result) = imported(&with(700));
    assert!(matches!(&result, Err(ImportError::TooLarge(why)) if why.contains("directory is larger than 32")), "{result:?}");
}

#[test]
fn one_without_an_id_is_the_same_in_the_zip_and_in_the_json_out_of_it() {
    let mut conversation: Value = serde_json::from_str(&good("One")).unwrap();
    conversation.as_object_mut().unwrap().remove("id");
    let asset = json!({ "content_type": "image_asset_pointer", "asset_pointer": "file-service://file-AbCdEfGhIj", "width": 9, "height": 9 });
    conversation["mapping"]["a"]["message"]["content"] = json!({ "content_type": "multimodal_text", "parts": [asset, "look"] });
    let text = json!([conversation]).to_string();
    let zip = archive(&[("file-AbCdEfGhIj-a.gif", b"GIF89a\x03\0\x02\0\0\0\0;"), ("conversations.json", text.as_bytes())]);
    let names = [text.as_bytes(), &zip].map(|file| match &imported(file).0[0].outcome {
        Outcome::Conversation { name, conversation, .. } => (name.among(None), transcript::canonical(conversation).unwrap().0),
        Outcome::Skipped { reason } => panic!("{reason}"),
    });
    assert_eq!(names[0].0, names[1].0);
    assert_ne!(names[0].1, names[1].1, "a new version of it, with the picture");
}

#[test]
fn what_is_attached_in_base64_takes_no_room_from_the_words() {
    let limits = Limits { conversation_bytes: 1_000, attachment_bytes: 6_000, attachments_bytes: 9_000, ..Limits::default() };
    let picture = |size: usize| format!("data:image/gif;base64,{}", "R0lG".repeat(size / 3));
    let said =
        |parts: Value| json!([{ "vitrine": 1, "title": "One", "messages": [{ "role": "user", "parts": parts }] }]).to_string();
    let image = |url: String| json!({ "type": "image", "url": url });
    let text = said(json!([image(picture(6_000)), image(picture(3_000)), { "type": "text", "text": "x" }]));
    let (found, _) = imported_within(text.as_bytes(), &limits);
    assert!(text.len() > 12_000 && report(&found) == ["One: 1 messages, 0 left out, []"], "{:?}", report(&found));
    let (found, _) = imported_within(said(json!([{ "type": "text", "text": "x".repeat(12_000) }])).as_bytes(), &limits);
    assert_eq!(report(&found), ["One: It is larger than 1000 bytes."]);
    let (_, result) = imported_within(said(json!([image(picture(13_000))])).as_bytes(), &limits);
    assert!(matches!(&result, Err(ImportError::TooLarge(why)) if why.ends_with("more than 16000 bytes.")), "{result:?}");
}
