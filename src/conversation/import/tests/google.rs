//! Gemini, wherever Google keeps it.

use super::*;

#[test]
fn ai_studio_chunks() {
    let (found, result) = imported(&fixture("gemini-aistudio.json"));
    assert_eq!(result.unwrap(), Summary { format: "gemini-aistudio", conversations: 1, skipped: 0 });
    let read = conversation(&found, 0);
    assert_eq!((conversation_id(read).as_str(), read.model.as_deref()), ("gemini-aistudio-a15d0001", Some("gemini-2.5-pro")));
    assert!(!String::from_utf8(transcript::canonical(read).unwrap().1).unwrap().contains("SECRET"));
    assert_eq!(read.messages[0].created_at.map(|at| at.to_string()).as_deref(), Some("2025-02-01 12:00:02.0 +00:00:00"));
    assert_outline(
        read,
        r#"
        User
          text "Look at *this*"
          file spec.pdf application/pdf ""
        User
          image   0x0
        User
          image Uploaded file image/png 3x2
        User
          file YouTube video  ""
        Assistant
          reasoning None false "**Looking**\n\nAn anvil."
          call code_execution call-1 {"code":"print(50)","language":"python"}
          result call-1 [code  "50\n"]
          text "It weighs 50 kg."
          sources https://anvil.example/
        User
          text "More"
        Assistant cut off
          reasoning None false "hm"
          text "It rings"
        User
          text "Again"
        Assistant cut off
          notice Error "An internal error has occurred."
        User
          notice Unsupported "Content of the type “hologram” cannot be shown here."
    "#,
    );
    assert!(
        matches!(&read.messages[3].parts[..], [Part::File { url: Some(url), .. }] if url == "https://www.youtube.com/watch?v=abc123")
    );
}

#[test]
fn workspace_turns() {
    let (found, result) = imported(&fixture("gemini-workspace.json"));
    assert_eq!(result.unwrap(), Summary { format: "gemini-workspace", conversations: 1, skipped: 0 });
    assert_eq!(conversation_id(conversation(&found, 0)), "gemini-workspace-90a50001");
    assert_outline(
        conversation(&found, 0),
        r#"
        User
          text "What is *an* anvil?"
        Assistant
          text "Sure.\n\nA **block**.\n\nOf iron."
        User
          text "Thanks"
    "#,
    );
}

#[test]
fn cli_sessions() {
    let (found, result) = imported(&fixture("gemini-cli.json"));
    assert_eq!(result.unwrap(), Summary { format: "gemini-cli", conversations: 1, skipped: 0 });
    let read = conversation(&found, 0);
    assert_eq!(conversation_id(read), "gemini-cli-c11c0001-0000-4000-8000-000000000001");
    assert_eq!(read.messages[1].created_at.map(|at| at.to_string()).as_deref(), Some("2025-10-29 10:36:30.748 +00:00:00"));
    assert_outline(
        read,
        r#"
        User
          text "Read *it*"
        Assistant gemini-2.5-pro cut off
          reasoning None false "**Reading**\n\nA file, then.\n\nSoon."
          text "I will read."
          call read_file r1 {"path":"a.txt"}
          result r1 [code  "an anvil\n"]
          call write_file r2 {"path":"b.txt"}
          result r2! [code  "denied"]
          call edit r3 {}
          result r3 [code  "-a\n+b"]
          text "An anvil."
          notice Error "Quota exceeded"
    "#,
    );
}

#[test]
fn takeout_records() {
    let (found, result) = imported(&fixture("gemini-takeout.json"));
    assert_eq!(result.unwrap(), Summary { format: "gemini-takeout", conversations: 4, skipped: 3 });
    assert_eq!(
        report(&found),
        [
            "Conversation 1: It is a note of what was done, no conversation.",
            "Conversation 2: It is a note of what was done, no conversation.",
            "Created Gemini Canvas titled Anvil poem: 1 messages, 0 left out, []",
            "привіт: 2 messages, 0 left out, []",
            "Conversation 5: It is no conversation like the others in the file.",
            "Nobody answered: 1 messages, 0 left out, []",
            "Look at <this> picture please: 4 messages, 0 left out, []",
        ]
    );
    let read = conversation(&found, 6);
    assert_eq!(conversation_id(read), "gemini-takeout-a1b2c3d4e5f60718");
    assert!(!String::from_utf8(transcript::canonical(read).unwrap().1).unwrap().contains("SECRET"));
    assert_eq!(read.messages[0].created_at.map(|at| at.to_string()).as_deref(), Some("2026-02-02 7:24:02.806 +00:00:00"));
    assert_outline(
        read,
        r#"
        User
          image image_89b1bd.png  0x0
          file notes.txt  ""
          text "Look at <this>  picture\nplease"
        Assistant
          text "First draft.\n\n---\n\n| a |\n| --- |\n| 1 |"
        User
          text "And the second one?"
        Assistant
          text "The **second** one.\n\n- a\n- b\n\n```rust\nfn main() {}\n```"
          sources https://anvil.example/
    "#,
    );
    // Other verbs, and other products of the same takeout.
    let record = |header: &str, title: &str| json!({ "header": header, "title": title, "time": "2026-01-01T00:00:00Z", "safeHtmlItem": [{ "html": "<p>Yes</p>" }] });
    for title in
        ["Asked Bard: Well?", "Asked Gemini: Well?", "Prompted with: Well?", "Prompted Well?", "Said Well?", "Branched Well?"]
    {
        let (one, _) = imported(json!([record("Bard", title)]).to_string().as_bytes());
        assert_outline(conversation(&one, 0), "User\n text \"Well?\"\nAssistant\n text \"Yes\"");
    }
    let (_, result) = imported(json!([record("Search", "Searched for SECRET")]).to_string().as_bytes());
    assert!(matches!(result, Err(ImportError::UnknownFormat)), "{result:?}");
    let mixed = json!([record("YouTube", "Watched SECRET"), record("Gemini Apps", "Prompted Well?")]);
    let (mixed, _) = imported(mixed.to_string().as_bytes());
    assert!(report(&mixed)[0].contains("no conversation like the others"), "{:?}", report(&mixed));
    assert_eq!(conversation_id(conversation(&found, 3)).len(), "gemini-takeout-".len() + 32, "by its content");
}
