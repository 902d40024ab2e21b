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
    // As the export writes them today.
    let export = json!({ "creation_time": "2026-01-01T10:00:00Z", "conversation_turns": [
        { "turn_last_modified": "2026-01-01T10:00:01Z", "user_turn": { "prompt": "Draw it" }, "system_turn": {
            "model_thoughts": [{ "headline": "Drawing", "description": "An anvil.\n" }, { "headline": "Done" }],
            "text": [{ "data": "Here.", "cards": [{ "content": "| a |" }, {}] }], "images": ["images/anvil-1.png"] } },
        { "turn_deleted_time": "2026-01-02T00:00:00Z", "user_turn": { "prompt": "SECRET" }, "system_turn": {} },
    ] });
    let zip = hostile::archive(&[("conversation_1.txt", export.to_string().as_bytes()), ("x/images/anvil-1.png", PICTURE)]);
    let (found, _) = imported(&zip);
    let read = conversation(&found, 0);
    assert_eq!((read.created_at.map(|at| at.second()), read.messages[0].created_at.map(|at| at.second())), (Some(0), Some(1)));
    assert_outline(
        read,
        r#"
        User
          text "Draw it"
        Assistant
          reasoning None false "**Drawing**\n\nAn anvil.\n\n**Done**"
          text "Here.\n\n| a |"
          image anvil-1.png image/gif 3x2
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

/// Lines of a session of Gemini CLI.
fn session(lines: &[Value]) -> String {
    let head = json!({ "sessionId": "s", "projectHash": "h", "startTime": "2026-03-01T10:00:00Z", "kind": "main" });
    [&[head], lines].concat().iter().map(|line| format!("{line}\n")).collect()
}

fn typed(id: &str, text: &str) -> Value {
    json!({ "id": id, "timestamp": "2026-03-01T10:00:01Z", "type": "user", "content": [{ "text": text }] })
}

#[test]
fn cli_sessions_in_lines_that_change_what_was_written() {
    let answer = |id: &str, text: &str| json!({ "id": id, "type": "gemini", "content": text, "model": "gemini-x" });
    let lines = session(&[
        typed("a", "One"),
        answer("b", "Fir"),
        json!({ "$set": { "lastUpdated": "x", "summary": "About anvils", "messages": [typed("z", "SECRET")] } }),
        answer("b", "First"),
        typed("c", "Two"),
        answer("d", "Second"),
        json!({ "$rewindTo": "c" }),
        json!({ "id": "i", "type": "info", "content": "SECRET" }),
        typed("c", "Another two"),
    ]);
    let (found, result) = imported(lines.as_bytes());
    assert_eq!(result.unwrap(), Summary { format: "gemini-cli", conversations: 1, skipped: 0 });
    assert_eq!(report(&found), ["About anvils: 3 messages, 2 left out, []"]);
    assert_eq!(conversation_id(conversation(&found, 0)), "gemini-cli-s");
    assert_eq!(conversation(&found, 0).created_at.map(|at| at.year()), Some(2026));
    assert_outline(
        conversation(&found, 0),
        "User\n text \"One\"\nAssistant gemini-x\n text \"First\"\nUser\n text \"Another two\"",
    );
    // A list of all messages fills an empty session, and an unknown message takes all back.
    let lines = [json!({ "$set": { "messages": [typed("a", "One")] } }), json!({ "$rewindTo": "gone" }), typed("b", "Two")];
    for (count, expected) in [(1, "One: 1 messages, 0 left out, []"), (3, "Two: 1 messages, 1 left out, []")] {
        assert_eq!(report(&imported(session(&lines[..count]).as_bytes()).0), [expected]);
    }
    // Sessions of the older form, in a list or a line each.
    let whole = json!({ "sessionId": "s", "projectHash": "h", "messages": [typed("a", "One")] });
    for file in [json!([whole, whole]).to_string(), format!("{whole}\n{whole}\n")] {
        let (_, result) = imported(file.as_bytes());
        assert_eq!(result.unwrap(), Summary { format: "gemini-cli", conversations: 2, skipped: 0 });
    }
}

#[test]
fn cli_shows_what_was_typed_and_not_what_the_program_added() {
    let png = json!({ "mimeType": "image/png", "data": "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAC0lEQVR4nGNgQAcAABIAAe+JVKQAAAAASUVORK5CYII=" });
    let read = |id: &str, text: &str| json!({ "functionResponse": { "id": id, "response": { "output": text } } });
    let lines = session(&[
        typed("0", "<session_context>This is the Gemini CLI. SECRET</session_context>"),
        json!({ "id": "1", "type": "user", "content": [{ "text": "Explain @a.txt" }, { "text": "\n--- Content from referenced files ---" }, { "text": "\nContent from @a.txt:\n" }, { "text": "SECRET" }, { "inlineData": png }] }),
        json!({ "id": "2", "type": "user", "displayContent": "/fix it", "content": "SECRET prompt of the command" }),
        json!({ "id": "3", "type": "gemini", "content": "", "toolCalls": [
            { "id": "r1", "name": "read", "args": {}, "status": "success", "result": [read("r1", "one"), read("r2", "two"), { "inlineData": png }] },
            { "id": "r2", "name": "read", "args": {}, "status": "success", "result": [read("r1", "one"), read("r2", "two")] }] }),
    ]);
    let (found, _) = imported(lines.as_bytes());
    assert_outline(
        conversation(&found, 0),
        r#"
        User
          image  image/png 3x2
          text "Explain @a.txt"
        User
          text "/fix it"
        Assistant
          call read r1 {}
          result r1 [code  "one", image  image/png 3x2  ]
          call read r2 {}
          result r2 [code  "two"]
    "#,
    );
}

#[test]
fn contents_of_the_api() {
    let contents = json!([
        { "role": "user", "parts": [{ "text": "This is the Gemini CLI. We are setting up the context for our chat. SECRET" }] },
        { "role": "model", "parts": [{ "text": "Got it. Thanks for the context!" }] },
        { "role": "user", "parts": [{ "text": "Look: " }, { "text": "this" }, { "inline_data": { "mime_type": "text/plain", "data": "YQ==" } }] },
        { "role": "model", "parts": [{ "text": "Hm.", "thought": true }, { "text": "I " }, { "text": "look." }, { "functionCall": { "name": "look", "args": { "a": 1 } } }] },
        { "role": "user", "parts": [{ "functionResponse": { "name": "look", "response": { "output": "an anvil" } } }] },
        { "role": "model", "parts": [{ "thoughtSignature": "x" }, { "text": "An anvil." }, { "hologram": {} }] },
    ]);
    let request = json!({ "systemInstruction": { "parts": [{ "text": "Be brief." }] }, "contents": contents });
    for file in [contents.to_string(), request.to_string(), json!({ "history": contents }).to_string(), format!("{request}\n")] {
        let (found, result) = imported(file.as_bytes());
        assert_eq!(result.unwrap(), Summary { format: "gemini-contents", conversations: 1, skipped: 0 }, "{file}");
        let read = conversation(&found, 0);
        assert_eq!(read.messages[0].role == Role::System, file.starts_with('{') && file.contains("brief"));
        let said = outline(read);
        assert!(!said.contains("SECRET") && !said.contains("Got it"), "{said}");
        assert_outline(
            &Conversation {
                messages: read.messages.iter().filter(|one| one.role != Role::System).cloned().collect(),
                ..read.clone()
            },
            r#"
            User
              file file text/plain ""
              text "Look: this"
            Assistant
              reasoning None false "Hm."
              text "I look."
              call look call-1 {"a":1}
              result call-1 [code  "an anvil"]
              text "An anvil."
              notice Unsupported "Content of the type “hologram” cannot be shown here."
        "#,
        );
    }
}

#[test]
fn contents_of_older_programs_are_bare_words() {
    let chat = json!([{ "role": "user", "parts": ["Hi"] }, { "role": "model", "parts": ["Hello ", "there"] }]);
    let (found, result) = imported(chat.to_string().as_bytes());
    assert_eq!(result.unwrap().format, "gemini-contents");
    assert_outline(conversation(&found, 0), "User\n text \"Hi\"\nAssistant\n text \"Hello there\"");
}
