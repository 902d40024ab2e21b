//! Logs and data sets: rows and lines of one conversation or of many.

use super::*;

#[test]
fn llm_rows_become_conversations() {
    let (found, result) = imported(&fixture("llm.json"));
    assert_eq!(result.unwrap(), Summary { format: "llm", conversations: 2, skipped: 2 });
    assert_eq!(
        report(&found),
        [
            "Alone: 2 messages, 0 left out, []",
            "Conversation 2: It is no conversation like the others in the file.",
            "Anvils by llm: 5 messages, 0 left out, []",
            "Conversation 4: It holds no messages.",
        ]
    );
    let read = conversation(&found, 2);
    assert_eq!(conversation_id(read), "llm-01kconv1");
    assert_outline(
        read,
        r#"
        System
          text "Be brief."
        User
          file stock.txt  "stock list"
          image shelf.png image/png 0x0
          file list.pdf application/pdf ""
          text "How many anvils?"
        Assistant gpt-4o-mini
          call count call_1 {"what":"anvil"}
          result call_1 [text "11" ]
          reasoning None false "Count them."
          text "Eleven anvils."
        User
          text "Sure?"
        Assistant other
          text "Sure."
    "#,
    );
}

#[test]
fn codex_shows_what_was_said_and_nothing_else() {
    let (found, result) = imported(&fixture("codex.jsonl"));
    assert_eq!(result.unwrap(), Summary { format: "codex", conversations: 1, skipped: 0 });
    let read = conversation(&found, 0);
    assert_eq!((conversation_id(read).as_str(), found[0].title.as_str()), ("codex-0199-codex", "Run the tests."));
    assert!(warnings(&found[0])[0].contains("paths") && warnings(&found[0])[1].contains("One line"));
    assert!(!format!("{read:?}").contains("SECRET"), "{read:?}");
    assert_outline(
        read,
        r#"
        User
          text "Run the tests."
          image  image/png 3x2
        Assistant gpt-5-codex
          reasoning None false "Tests first."
          reasoning None true ""
          call shell call_1 {"command":["cargo","test"]}
          result call_1! [text "1 failed\n" ]
          call apply_patch call_2 "*** Begin Patch\n*** End Patch"
          result call_2 [text "Success" ]
          call web_search  {"query":"anvil","type":"search"}
          text "Fixed."
          notice Summary "The conversation so far was replaced by a summary."
        User
          text "Thanks!"
        Assistant gpt-5-codex
          notice Interrupted "The turn was interrupted."
    "#,
    );
    let (found, result) = imported(&fixture("codex-2025.jsonl"));
    assert_eq!(result.unwrap(), Summary { format: "codex", conversations: 1, skipped: 0 });
    assert_eq!(conversation_id(conversation(&found, 0)), "codex-0188-codex");
    assert_outline(
        conversation(&found, 0),
        r#"
        User
          text "List the files."
        Assistant
          call local_shell call_1 {"command":["ls"],"type":"exec"}
          result call_1 [text "a.txt" ]
          text "One: a.txt"
    "#,
    );
}

#[test]
fn claude_code_shows_what_was_on_the_screen() {
    let (found, result) = imported(&fixture("claude-code.jsonl"));
    assert_eq!(result.unwrap(), Summary { format: "claude-code", conversations: 1, skipped: 0 });
    assert_eq!(report(&found), ["Looking at anvils: 8 messages, 2 left out, []"]);
    let read = conversation(&found, 0);
    assert_eq!(conversation_id(read), "claude-code-s-1");
    assert_eq!(warnings(&found[0]).len(), 2);
    assert!(!format!("{read:?}").contains("SECRET"), "{read:?}");
    assert_outline(
        read,
        r#"
        User
          text "/init now"
        User
          text "Read a.txt and look around"
          image  image/png 3x2
        Assistant claude-x
          reasoning None true ""
          text "I'll read it."
          call Read toolu_1 {"file_path":"a.txt"}
          result toolu_1 [text "     1→anvil\n\n\n" ]
          call Task toolu_2 {"prompt":"look"}
          result toolu_2! [text "Nothing there" ]
        User
          text "And hurry"
        Assistant claude-y
          text "It is about an"
          notice Error "API Error: Overloaded"
          notice Summary "The conversation so far was replaced by a summary."
        User
          text "! ls"
        Tool
          result  [code  "a.txt"]
        Assistant
          notice Interrupted "The turn was interrupted."
    "#,
    );
}

#[test]
fn claude_code_in_other_files() {
    let lines = String::from_utf8(fixture("claude-code.jsonl")).unwrap();
    let array =
        format!("[{}]", lines.trim_end().lines().rev().skip(1).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join(","));
    let (found, result) = imported(array.as_bytes());
    assert_eq!(result.unwrap(), Summary { format: "claude-code", conversations: 1, skipped: 0 });
    assert_eq!(conversation(&found, 0), conversation(&imported(lines.as_bytes()).0, 0));
    let (found, result) = imported(&fixture("claude-code-loglines.json"));
    assert_eq!(result.unwrap(), Summary { format: "claude-code", conversations: 1, skipped: 0 });
    assert_outline(conversation(&found, 0), "User\n text \"Hello\"\nAssistant claude-x\n text \"Hi\"");
}

#[test]
fn sillytavern_plays_its_roles() {
    let (found, result) = imported(&fixture("sillytavern.jsonl"));
    assert_eq!(result.unwrap(), Summary { format: "sillytavern", conversations: 1, skipped: 0 });
    assert_eq!(report(&found), ["Smith: 6 messages, 1 left out, []"]);
    assert_outline(
        conversation(&found, 0),
        r#"
        Assistant Smith some-model
          reasoning Some(2.3) false "She looks strong."
          text "*hammers*  \n\"Welcome!\""
          image anvil.png  0x0 the anvil
        User Emily
          text "Hello,\nsmith."
          file order.txt  "1 anvil"
        Assistant Apprentice
          text "\"He is busy.\""
        Assistant System
          text "Night falls."
        System Note
          text "SECRET comment"
        Assistant Smith
          text "Good night."
    "#,
    );
    // Hidden from the model is not hidden from people; what the program says is.
    let said = |name: &str, extra: Value| {
        json!({ "name": name, "is_user": name == "Emily", "is_system": true, "mes": name, "extra": extra }).to_string()
    };
    let hidden = [
        said("Smith", json!({ "type": "" })),
        said("Emily", json!({})),
        said("Help", json!({ "type": "help" })),
        said("SillyTavern System", json!({})),
    ];
    let (found, _) = imported(hidden.join("\n").as_bytes());
    let roles: Vec<Role> = conversation(&found, 0).messages.iter().map(|message| message.role).collect();
    assert_eq!(roles, [Role::Assistant, Role::User, Role::System, Role::System]);
    // An older file has no first line of its own.
    let lines = String::from_utf8(fixture("sillytavern.jsonl")).unwrap();
    let (found, result) = imported(lines.split_once('\n').unwrap().1.as_bytes());
    assert_eq!((result.unwrap().format, found[0].title.as_str()), ("sillytavern", "Smith"));
}

#[test]
fn sharegpt_lines_are_conversations() {
    let (found, result) = imported(&fixture("sharegpt.jsonl"));
    assert_eq!(result.unwrap(), Summary { format: "sharegpt", conversations: 4, skipped: 2 });
    let report = report(&found);
    assert_eq!(
        report[..5],
        [
            "How heavy is this: 3 messages, 0 left out, []",
            "Weigh two: 2 messages, 1 left out, []",
            "Who?: 2 messages, 0 left out, [\"hologram\"]",
            "Conversation 4: It is no conversation like the others in the file.",
            "Hi: 2 messages, 0 left out, []",
        ]
    );
    assert!(report[5].starts_with("Conversation 6: It is not valid JSON"), "{report:?}");
    assert_outline(
        conversation(&found, 0),
        r#"
        System
          text "Be brief."
        User
          image three.jpg  0x0
          image one.jpg  0x0
          text "How heavy is this "
          image two.png  0x0  https://example.org/two.png
          text " anvil?"
        Assistant
          reasoning None false "Weigh it."
          text "I'll see.\n"
          call weigh call-1 {"what":"anvil"}
          result call-1 [text "50 kg" ]
          text "50 kg."
    "#,
    );
    assert_outline(
        conversation(&found, 1),
        r#"
        User
          text "Weigh two"
        Assistant
          call weigh call-1 {"n":1}
          result call-1 [text "[1, 2]" ]
          call weigh  {}
          call tool  "no json"
          text "Done."
          text "Well done."
    "#,
    );
    assert_outline(
        conversation(&found, 2),
        r#"
        User
          image one.jpg  0x0
          text "Who?"
        Assistant
          reasoning None false "Look."
          text "A smith."
          call greet call-1 {}
          result call-1 [text "greeted" ]
          notice Unsupported "Content of the type “hologram” cannot be shown here."
    "#,
    );
    let html = "<div class=\"markdown prose\"><p>It is <strong>so</strong>.<script>SECRET</script></p></div>";
    let copied = json!({ "conversations": [{ "from": "human", "value": html }, { "from": "gpt", "value": html }] });
    let (found, _) = imported(copied.to_string().as_bytes());
    let said = outline(conversation(&found, 0));
    assert!(said.contains("text \"It is **so**.\"") && said.contains("prose"), "what a person typed stays: {said}");
    let turns = json!([{ "from": "human", "value": "Hi" }, { "from": "gpt", "value": "Hello" }]);
    for file in [turns.clone(), json!([{ "conversations": turns }])] {
        let (found, result) = imported(file.to_string().as_bytes());
        assert_eq!(result.unwrap(), Summary { format: "sharegpt", conversations: 1, skipped: 0 });
        assert_outline(conversation(&found, 0), "User\n text \"Hi\"\nAssistant\n text \"Hello\"");
    }
}

#[test]
fn data_sets_with_the_roles_of_an_api() {
    let turns = json!([{ "role": "system", "content": "S" }, { "role": "user", "content": "Hi" }, { "role": "assistant", "content": [{ "type": "text", "text": "Hello" }, { "type": "image_url", "image_url": { "url": "https://e.org/a.png" } }] }]);
    let expected = "System\n text \"S\"\nUser\n text \"Hi\"\nAssistant\n text \"Hello\"\n image a.png  0x0  https://e.org/a.png";
    for key in ["conversations", "conversation"] {
        let one = json!({ "id": "1", key: turns });
        for file in [one.to_string(), json!([one]).to_string(), format!("{one}\n{one}\n")] {
            let (found, result) = imported(file.as_bytes());
            assert_eq!(result.unwrap().format, "sharegpt", "{file}");
            assert_outline(conversation(&found, 0), expected);
        }
    }
}
