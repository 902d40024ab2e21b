use super::*;
use crate::conversation::{
    Message, Role,
    transcript::{Include, canonical, select, unpack},
};

const SVG: &[u8] = b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>";

fn gif(width: u8) -> Vec<u8> {
    [b"GIF89a".as_slice(), &[width, 0, 2, 0, 0, 0, 0, b';']].concat()
}

fn image(url: &str) -> Part {
    let (mime, name) = (Some("image/png".to_owned()), Some("shot.png".to_owned()));
    Part::Image { url: Some(url.to_owned()), mime, width: Some(9), height: Some(9), alt: None, name, blob: None }
}

fn file(name: &str, url: &str) -> Part {
    Part::File { name: name.to_owned(), mime: None, size: None, url: Some(url.to_owned()), text: None, blob: None }
}

fn conversation(parts: Vec<Part>) -> Conversation {
    let messages = vec![Message { role: Role::User, parts, ..Message::default() }];
    Conversation { messages, ..Conversation::default() }
}

/// An archive of two files, which counts how often it is read.
struct Two(usize);

impl Assets for Two {
    fn read(&mut self, id: &str, most: usize) -> io::Result<Asset> {
        self.0 += 1;
        Ok(match id {
            "file-gif" => Asset::Bytes(gif(3)),
            "file-svg" => Asset::Bytes(SVG.to_vec()),
            "file-big" if most < 100 << 20 => Asset::TooLarge,
            "file-broken" => Asset::Damaged,
            "file-away" => return Err(io::Error::other("the disk")),
            _ => Asset::Missing,
        })
    }
}

fn json(conversation: &Conversation) -> serde_json::Value {
    serde_json::from_slice(&canonical(conversation).unwrap().1).unwrap()
}

#[test]
fn parts_become_what_their_bytes_are() {
    let result = Part::ToolResult { output: vec![image("asset:file-gif")], name: None, call_id: None, is_error: false };
    let mut taken = conversation(vec![
        image("asset:file-gif"),
        image("asset:file-svg"),
        file("a.html", "asset:file-gif"),
        file("a.png", "data:image/png;base64,PHNjcmlwdD4="),
        image("asset:file-none"),
        image("https://a.example/x.png"),
        image("javascript:alert(1)"),
        result,
    ]);
    let mut assets = Two(0);
    let lost = take_in(&mut taken, &mut assets, &Limits::default()).unwrap();
    assert_eq!(lost, Lost { missing: 1, ..Lost::default() });
    assert_eq!(assets.0, 3, "each asset is read once");
    let parts = json(&taken)["messages"][0]["parts"].clone();
    let facts = |at: usize| {
        let part = &parts[at];
        let blob = part["blob"].as_str().map_or(0, str::len);
        let text = |name: &str| part[name].as_str().unwrap_or_default().to_owned();
        (text("type"), text("name"), text("mime"), part["width"].as_u64(), part["size"].as_u64(), blob, text("url"))
    };
    let fact = |kind: &str, name: &str, mime: &str, width, size, blob, url: &str| {
        (kind.to_owned(), name.to_owned(), mime.to_owned(), width, size, blob, url.to_owned())
    };
    assert_eq!(facts(0), fact("image", "shot.png", "image/gif", Some(3), None, 64, ""));
    assert_eq!(facts(1), fact("file", "shot.png", "image/png", None, Some(SVG.len() as u64), 64, ""), "no picture");
    assert_eq!(facts(2), fact("image", "a.html", "image/gif", Some(3), None, 64, ""));
    assert_eq!(facts(3), fact("file", "a.png", "", None, Some(8), 64, ""));
    assert_eq!(facts(4), fact("image", "shot.png", "image/png", Some(9), None, 0, ""));
    assert_eq!(facts(5), fact("image", "shot.png", "image/png", Some(9), None, 0, "https://a.example/x.png"));
    assert_eq!(facts(6), fact("image", "shot.png", "image/png", Some(9), None, 0, ""));
    assert_eq!(parts[7]["output"][0]["blob"], parts[0]["blob"]);
    assert_eq!(blobs(&taken).len(), 3, "a picture, a drawing and a script, once each");
}

#[test]
fn what_is_over_a_limit_stays_a_name() {
    let limits = Limits { attachment_bytes: 20, attachments: 2, attachments_bytes: 40, ..Limits::default() };
    let inline = |width: u8| format!("data:,{}", percent_encoding::percent_encode(&gif(width), percent_encoding::NON_ALPHANUMERIC));
    let taken = |parts: Vec<Part>| {
        let mut taken = conversation(parts);
        let kept_out = take_in(&mut taken, &mut Two(0), &limits).unwrap().over_a_limit;
        assert!(!json(&taken).to_string().contains("data:"));
        (kept_out, blobs(&taken).len())
    };
    assert_eq!(taken(vec![image(&inline(1)), image(&inline(1)), image(&inline(2)), image(&inline(1))]), (false, 2));
    assert_eq!(taken(vec![image(&inline(1)), image(&inline(2)), image(&inline(3))]), (true, 2), "too many");
    assert_eq!(taken(vec![image("asset:file-svg"), image(&inline(1))]), (true, 1), "one too large");
    assert_eq!(taken(vec![image("asset:file-big")]), (true, 0));
    let less = Limits { attachments_bytes: 20, ..limits };
    let mut two = conversation(vec![image(&inline(1)), image(&inline(2))]);
    assert!(take_in(&mut two, &mut NoAssets, &less).unwrap().over_a_limit);
    assert_eq!(blobs(&two).len(), 1, "too much together");
}

#[test]
fn only_what_is_shown_has_an_address() {
    let result = Part::ToolResult { output: vec![image("asset:file-svg")], name: None, call_id: None, is_error: false };
    let mut taken = conversation(vec![image("asset:file-gif"), result]);
    take_in(&mut taken, &mut Two(0), &Limits::default()).unwrap();
    let packed = crate::conversation::transcript::pack(&taken).unwrap();
    let shown = |include: &Include| {
        let mut shown = select(unpack(&packed.body, packed.json_size).unwrap(), include);
        address(&mut shown, "/s/abc");
        let files = files(&shown);
        let text = serde_json::to_string(&shown).unwrap();
        assert!(files.keys().all(|file| text.contains(&format!("/s/abc/files/{file}"))));
        let mut names: Vec<_> = files.into_iter().map(|(file, attached)| (file[32..].to_owned(), attached.name)).collect();
        names.sort_unstable();
        forget_hashes(&mut shown);
        assert!(!serde_json::to_string(&shown).unwrap().contains("\"blob\""));
        names
    };
    let named = |extension: &str| (extension.to_owned(), "shot.png".to_owned());
    assert_eq!(shown(&Include::default()), [named(".gif")]);
    assert_eq!(shown(&Include { tool_calls: true, ..Include::default() }), [named(".bin"), named(".gif")]);
    assert_eq!(shown(&Include { attachments: false, tool_calls: true, ..Include::default() }), []);
    assert_eq!(shown(&Include { messages: Some(vec![(2, 9)]), ..Include::default() }), []);
}

#[test]
fn a_name_to_save_under_is_only_a_name() {
    assert_eq!(saved_as("../../etc/passwd"), "_.._etc_passwd");
    assert_eq!(saved_as(" C:\\a\u{202e}gpj.exe\n"), "C__agpj.exe");
    assert_eq!(saved_as("..."), "");
    assert_eq!(saved_as(&format!("{}.pdf", "x".repeat(500))).len(), 120);
    assert!(saved_as(&format!("{}.pdf", "x".repeat(500))).ends_with("x.pdf"));
}

#[test]
fn what_was_read_in_already_counts_too() {
    let held = |width: u8| {
        let mut part = image("https://a.example/x.png");
        attach(&mut part, Blob::of(gif(width)));
        part
    };
    let mut taken = conversation(vec![held(1), held(2), held(1), held(3)]);
    assert_eq!(take_in(&mut taken, &mut NoAssets, &Limits::default()).unwrap(), Lost::default());
    assert_eq!(blobs(&taken).len(), 3);
    assert!(take_in(&mut taken, &mut NoAssets, &Limits { attachments: 2, ..Limits::default() }).unwrap().over_a_limit);
    assert_eq!(blobs(&taken).len(), 2, "the third is a name");
}

#[test]
fn what_is_missing_or_damaged_is_counted_once_each() {
    let lost = |addresses: &[&str]| {
        let mut taken = conversation(addresses.iter().map(|address| image(address)).collect());
        take_in(&mut taken, &mut Two(0), &Limits::default())
    };
    let some =
        ["asset:file-none", "asset:file-none", "asset:file-nil", "asset:file-broken", "data:image/png;base64,!", "asset:file-gif"];
    assert_eq!(lost(&some).unwrap(), Lost { over_a_limit: false, missing: 2, damaged: 2 });
    assert_eq!(lost(&["asset:file-gif", "asset:file-away"]).unwrap_err().to_string(), "the disk");
}
