//! Each format's pitfalls, from the fixtures.

use super::*;

#[test]
fn openai_export_in_whole() {
    let (found, result) = imported(&fixture("openai-export.json"));
    assert_eq!(result.unwrap(), Summary { format: "openai-export", conversations: 6, skipped: 2 });
    assert_eq!(
        report(&found),
        [
            "Rolling back the deploy: 4 messages, 0 left out, []",
            "Branches: 2 messages, 1 left out, []",
            "Circle: 2 messages, 0 left out, []",
            "No tree: It is no conversation like the others in the file.",
            "Old browsing: 2 messages, 0 left out, []",
            "Pictures and papers: 2 messages, 0 left out, [\"sonic_webpage\"]",
            "Empty: It holds no messages.",
            "With NUL: 1 messages, 0 left out, []",
        ]
    );
    let first = conversation(&found, 0);
    assert_eq!(conversation_id(first), "openai-c0ffee01-0000-4000-8000-000000000001");
    assert_eq!(first.model.as_deref(), Some("gpt-5-thinking"));
    let (_, stored) = transcript::canonical(first).unwrap();
    assert!(!String::from_utf8(stored).unwrap().contains("SECRET"), "what its sender never saw stays out");
}

#[test]
fn openai_folds_a_turn_in_the_order_of_its_chain() {
    let (found, _) = imported(&fixture("openai-export.json"));
    assert_outline(
        conversation(&found, 0),
        r#"
        User
          file deploy.log text/plain ""
          image dashboard.png image/png 640x480
          text "How do I roll back?\nSecond part."
        Assistant gpt-5-thinking
          reasoning Some(74.0) false "**Reading the log**\n\nThe log names revision 41.\n\n**Deciding**\n\nRoll back to 40."
          call web call-1 {"q":"kubectl rollout undo"}
          result call-1 [sources https://kubernetes.io/docs/rollout]
          call python call-2 "print(41 - 1)"
          result call-2 [code  "40\n"]
          image   300x200
          text "Let me check."
          text "Run `kubectl rollout undo`[1](cite:1)[2](cite:2). Then watch it. Acme does.\nSee the plan." https://kubernetes.io/docs/rollout https://example.org/rollout
          file plan b.md  ""
          sources https://kubernetes.io/docs/rollout
        User
          text "Go on"
        Assistant cut off
          text "Certainly, first"
    "#,
    );
}

#[test]
fn openai_walks_the_newest_branch_and_survives_a_circle() {
    let (found, _) = imported(&fixture("openai-export.json"));
    assert_outline(conversation(&found, 1), "User\n text \"Tell me a joke\"\nAssistant\n text \"The newer joke.\"");
    assert_outline(conversation(&found, 2), "User\n text \"Plain\"\nAssistant\n text \"Answer\"");
}

#[test]
fn openai_brackets_of_2023_and_tools_of_the_browser() {
    let (found, _) = imported(&fixture("openai-export.json"));
    assert_outline(
        conversation(&found, 4),
        r##"
        User
          text "Who?"
        Assistant gpt-4
          call browser call-1 "search(\"who\")"
          result call-1 [text "# Acme\nAcme makes anvils." , sources https://acme.example/]
          result call-1 [text "L0: Founded 1949." , sources https://acme.example/about]
          text "😀 Acme[1](cite:1), 1949[2](cite:2). 【注意】" https://acme.example/
    "##,
    );
}

#[test]
fn openai_pictures_papers_voices_and_errors() {
    let (found, _) = imported(&fixture("openai-export.json"));
    assert_outline(
        conversation(&found, 5),
        r#"
        User
          text "Draw a cat"
          file Voice recording.wav audio/wav ""
        Assistant
          call dalle.text2im call-1 {"prompt":"a cat"}
          result call-1 [text "Displayed." ]
          image   1024x1024 a cat on a mat
          call canmore.create_textdoc call-2 {"content":"A cat.\nA mat.","name":"poem","type":"document"}
          result call-2 [text "Successfully created text document" ]
          call canmore.update_textdoc call-3 {"updates":[{"multiple":false,"pattern":"A mat\\.","replacement":"A hat."}]}
          result call-3 [text "Successfully updated" ]
          file poem text/markdown "A cat.\nA hat."
          code rust "fn main() {}"
          notice Error "ChatGPTAgentToolException: It broke"
          notice Unsupported "Content of the type “sonic_webpage” cannot be shown here."
    "#,
    );
}

#[test]
fn claude_export_in_whole() {
    let (found, result) = imported(&fixture("claude-export.json"));
    assert_eq!(result.unwrap(), Summary { format: "claude-export", conversations: 5, skipped: 1 });
    assert_eq!(
        report(&found),
        [
            "Anvil research: 4 messages, 0 left out, [\"hologram\"]",
            "Write a page: 4 messages, 0 left out, []",
            "Captured tree: 2 messages, 1 left out, []",
            "Newest leaf: 2 messages, 1 left out, []",
            "Old artifacts: 4 messages, 0 left out, []",
            "Nobody spoke: It holds no messages.",
        ]
    );
    assert_eq!(conversation_id(conversation(&found, 0)), "claude-beef0001-0000-4000-8000-000000000001");
    assert_eq!(conversation(&found, 1).title, "", "the report names it by its first words, the conversation has no title");
}

#[test]
fn claude_blocks_attachments_and_citations() {
    let (found, _) = imported(&fixture("claude-export.json"));
    assert_outline(
        conversation(&found, 0),
        r#"
        User
          file Pasted text  "pasted words"
          file a.pdf application/pdf ""
          image photo.PNG  20x10
          file data.csv  ""
          text "What is heavier?"
        Assistant
          reasoning Some(14.3) false "An anvil, surely."
          text "I'll look. "
          call web_search call-1 {"query":"anvil weight"}
          result call-1 [text "one result" , sources https://anvil.example/]
          text "An anvil weighs 50 kg.[1](cite:1) That is much." https://anvil.example/
          notice Unsupported "Content of the type “hologram” cannot be shown here."
        User
          text "And a feather?"
        Assistant
          text "Less."
    "#,
    );
}

#[test]
fn claude_artifacts_stand_once_where_their_last_version_is() {
    let (found, _) = imported(&fixture("claude-export.json"));
    assert_outline(
        conversation(&found, 1),
        r#"
        User
          text "Write a page"
        Assistant
          text "Here."
          call artifacts tu1 {"command":"create","content":"<h1>One</h1>","id":"page","title":"Page","type":"text/html"}
          result tu1 [text "OK" ]
        User
          text "Two, please"
        Assistant
          call artifacts tu2 {"command":"update","id":"page","new_str":"Two","old_str":"One"}
          result tu2 [text "OK" ]
          file Page text/html "<h1>Two</h1>"
          text "Done."
    "#,
    );
    assert_outline(
        conversation(&found, 4),
        r#"
        User
          text "Draw"
        Assistant
          text "Sure.\n\n"
          text "\n\nAbove is a dot."
        User
          text "Again"
        Assistant
          file Dot image/svg+xml "<svg>2</svg>"
          text "\nBetter."
    "#,
    );
}

#[test]
fn claude_files_for_the_person_stand_where_their_last_version_is() {
    let used = |name: &str, input: Value| json!({ "type": "tool_use", "name": name, "input": input });
    let path = "/mnt/user-data/outputs/site/page.html";
    let content = json!([
        used("create_file", json!({ "path": path, "file_text": "<h1>One</h1>" })),
        used("create_file", json!({ "path": "/home/claude/notes.md", "file_text": "SCRATCH" })),
        used("str_replace", json!({ "path": path, "old_str": "One", "new_str": "Two" })),
        { "type": "text", "text": "Done." },
    ]);
    let export = json!({ "name": "T", "chat_messages": [{ "sender": "human", "text": "Go" }, { "sender": "assistant", "content": content }] });
    let (found, _) = imported(export.to_string().as_bytes());
    let said = outline(conversation(&found, 0));
    let files: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.starts_with("call")).collect();
    assert_eq!(files[2..], ["Assistant", "file page.html  \"<h1>Two</h1>\"", "text \"Done.\""], "{said}");
}

#[test]
fn openai_sources_and_pictures_whose_kind_is_newer() {
    let marker = |n: u32| format!("\u{e200}x\u{e202}turn0x{n}\u{e201}");
    let url = |n: u32| format!("https://e.org/{n}");
    let references = json!([
        { "type": "webpage_extended", "matched_text": marker(1), "url": url(1), "title": "One" },
        { "type": "newer", "matched_text": marker(2), "url": url(2) },
        { "type": "newer", "matched_text": marker(3), "url": url(9), "fallback_items": [{ "url": url(3), "title": "Three" }] },
        { "type": "newer", "matched_text": marker(4), "url": url(9), "alt": "four" },
    ]);
    let text = (1..=4).map(|n| format!("{n}{} ", marker(n))).collect::<String>() + "\n:::writing{}\n";
    let node = |parent: Option<&str>, message: Value| json!({ "parent": parent, "message": message });
    let picture = |made: Value| {
        json!({ "author": { "role": "tool", "name": "a_newer_tool" }, "content": { "content_type": "multimodal_text",
        "parts": [{ "content_type": "image_asset_pointer", "asset_pointer": "sediment://file_1", "metadata": made }] } })
    };
    let answer = json!({ "author": { "role": "assistant" }, "metadata": { "content_references": references }, "content": { "content_type": "text", "parts": [text] } });
    let export = json!({ "title": "T", "current_node": "d", "mapping": {
        "a": node(None, json!({ "author": { "role": "user" }, "content": { "content_type": "text", "parts": ["Hi"] } })),
        "b": node(Some("a"), picture(json!({ "generation": { "gen_id": "1" }, "dalle": null }))),
        "c": node(Some("b"), picture(json!({ "generation": null }))),
        "d": node(Some("c"), answer),
    } });
    let (found, _) = imported(export.to_string().as_bytes());
    assert_outline(
        conversation(&found, 0),
        r#"
        User
          text "Hi"
        Assistant
          image   0x0
        Tool
          result  [image   0x0  ]
        Assistant
          text "1[1](cite:1) 2[2](cite:2) 3[3](cite:3) 4four \n" https://e.org/1 https://e.org/2 https://e.org/3
    "#,
    );
}

#[test]
fn claude_trees_follow_the_leaf_named_else_the_newest() {
    let (found, _) = imported(&fixture("claude-export.json"));
    assert_outline(conversation(&found, 2), "User\n text \"Hi\"\nAssistant claude-opus-4 cut off\n text \"Second try\"");
    assert_eq!(conversation(&found, 2).model.as_deref(), Some("claude-sonnet-4"));
    assert_outline(conversation(&found, 3), "User\n text \"Hi\"\nAssistant\n text \"Newer\"");
}

#[test]
fn openai_messages_with_everything_vendors_add() {
    let (found, result) = imported(&fixture("openai-chat.json"));
    assert_eq!(result.unwrap(), Summary { format: "openai-chat", conversations: 1, skipped: 0 });
    assert_eq!(report(&found), ["Weather: 7 messages, 0 left out, [\"quantum_state\"]"]);
    assert_outline(
        conversation(&found, 0),
        r#"
        System
          text "Be brief."
        User Emily
          text "Weather here?"
          image  image/png 3x2
          image   0x0  https://example.org/sky.jpg
          file trip.pdf application/pdf ""
          file audio.mp3 audio/mp3 ""
        Assistant
          reasoning None false "I need a place."
          call locate call_a {"exact":true}
          result call_a [text "Paris" ]
          call weather call_b "{not json"
          result call_b [text "Rain" ]
          call shell call_c "uname -a"
          reasoning None false "Rain, then."
          text "Take an umbrella."
          sources https://weather.example/
        User
          text "Now write malware"
        Assistant
          notice Refusal "I can't help with that."
        User
          text "two"
          text "strings"
        Assistant
          reasoning None false "Search first."
          reasoning None true ""
          call find toolu_1 {"q":"x"}
          result toolu_1! [text "none" , image  image/webp 1x1  ]
          text "It is so.[1](cite:1) Indeed." https://so.example/
          notice Unsupported "Content of the type “quantum_state” cannot be shown here."
          call old_style call-1 {}
          result call-1 [text "fine" ]
    "#,
    );
}

#[test]
fn canonical_keeps_every_part_and_its_own_source() {
    let (found, result) = imported(&fixture("canonical.json"));
    assert_eq!(result.unwrap().format, "canonical");
    let read = conversation(&found, 0);
    assert_eq!(
        read.source,
        Some(Source { format: "openai-export".into(), id: Some("6b0f".into()), app: Some("LibreChat".into()) })
    );
    assert_eq!(conversation_id(read), "openai-6b0f", "an export of ours is the conversation it came from");
    assert_outline(
        read,
        r#"
        User Emily
          text "How?"
        Assistant o4-mini cut off
          text "So[1](cite:1)" https://e.org/
          code rust "let x;"
          reasoning Some(14.0) false "hm"
          call f c1 {"a":[2],"b":1}
          result c1! [text "out" , text "bad" ]
          image n.png image/png 10x20 a
          file f.txt text/plain "abc"
          sources
          notice Refusal "no"
          notice Unsupported "Content of the type “hologram” cannot be shown here."
    "#,
    );
}

#[test]
fn thoughts_in_tags_are_thoughts_in_every_format() {
    let text = "<think>hm</think>Yes";
    let node = |parent: Option<&str>, role: &str| json!({ "parent": parent, "message": { "author": { "role": role }, "content": { "content_type": "text", "parts": [text] } } });
    let openai =
        json!({ "title": "T", "current_node": "b", "mapping": { "a": node(None, "user"), "b": node(Some("a"), "assistant") } });
    let claude = json!({ "name": "T", "chat_messages": [{ "sender": "human", "text": text }, { "sender": "assistant", "content": [{ "type": "text", "text": text }] }] });
    let canonical = |role: &str| json!({ "role": role, "parts": [{ "type": "text", "text": text }] });
    for file in [openai, claude, json!({ "messages": [canonical("user"), canonical("assistant")] })] {
        let (found, _) = imported(file.to_string().as_bytes());
        assert_outline(
            conversation(&found, 0),
            r#"
            User
              text "<think>hm</think>Yes"
            Assistant
              reasoning None false "hm"
              text "Yes"
        "#,
        );
    }
}

#[test]
fn a_time_that_is_none_costs_no_conversation() {
    let message = json!({ "role": "user", "content": "Hi", "timestamp": "just now" });
    let (found, _) = imported(json!({ "created_at": "yesterday", "messages": [message] }).to_string().as_bytes());
    assert_eq!(report(&found), ["Hi: 1 messages, 0 left out, []"]);
    let pushed = crate::conversation::push::parse(json!([message]).to_string().as_bytes(), &Limits::default());
    assert!(pushed.is_err(), "a host app can correct it");
}

#[test]
fn pictures_in_the_words_of_an_answer_are_pictures() {
    let picture = "data:image/gif;base64,R0lGODlhAwACAAAAADs=";
    let text = format!("<think>no ![x]({picture})</think>Look: ![an anvil]({picture}) there");
    let message = |role: &str| json!({ "role": role, "content": text });
    let file = json!([message("user"), message("assistant")]).to_string();
    let (found, _) = imported(file.as_bytes());
    let pushed = crate::conversation::push::parse(file.as_bytes(), &Limits::default()).unwrap();
    for read in [conversation(&found, 0), &pushed] {
        assert!(matches!(&read.messages[0].parts[..], [Part::Text { text: typed, .. }] if *typed == text), "as it was typed");
        let parts = &read.messages[1].parts[..];
        assert!(
            matches!(parts, [Part::Reasoning { .. }, Part::Text { text: before, .. }, Part::Image { blob: Some(_), width: Some(3), .. }, Part::Text { text: after, .. }]
                if before == "Look:" && after == " there"),
            "{parts:?}"
        );
    }
    // Its bytes are no part of what the words may take.
    let large = format!("![x](data:image/gif;base64,R0lGODlhAwACAAAAAD{})", "s".repeat(4_002));
    let limits = Limits { conversation_bytes: 1_000, ..Limits::default() };
    let pushed = json!([{ "role": "assistant", "content": large }]).to_string();
    let parsed = crate::conversation::push::parse(pushed.as_bytes(), &limits);
    assert!(parsed.is_ok(), "{parsed:?}");
    let limits = Limits { attachment_bytes: 100, ..Limits::default() };
    assert!(crate::conversation::push::parse(pushed.as_bytes(), &limits).is_err(), "but over a limit they are refused");
}

#[test]
fn one_conversation_bare_in_an_array_or_a_line() {
    let export: Value = serde_json::from_slice(&fixture("openai-export.json")).unwrap();
    let chat: Value = serde_json::from_slice(&fixture("openai-chat.json")).unwrap();
    let bare = json!([{ "role": "user", "content": "Hello there" }, { "role": "assistant", "content": "Hi" }]);
    let lines = format!("\u{feff}{chat}\r\n\n{chat}\n");
    for (text, format, count) in [
        (export[1].to_string(), "openai-export", 1),
        (chat["messages"].to_string(), "openai-chat", 1),
        (bare.to_string(), "openai-chat", 1),
        (format!(" \n{bare:#}\n "), "openai-chat", 1),
        (json!([{ "messages": bare }, { "messages": bare }]).to_string(), "openai-chat", 2),
        (lines, "openai-chat", 2),
    ] {
        let (found, result) = imported(text.as_bytes());
        assert_eq!(result.unwrap(), Summary { format, conversations: count, skipped: 0 }, "{text:.60}");
        assert_eq!(found.len(), count);
    }
    let (found, _) = imported(bare.to_string().as_bytes());
    assert_eq!(found[0].title, "Hello there");
}

#[test]
fn data_sets_numbered_alike_are_not_each_other() {
    let line = |text: &str, about: Value| {
        let mut line = json!({ "id": "1", "messages": [{ "role": "user", "content": text }] });
        line.as_object_mut().unwrap().extend(about.as_object().unwrap().clone());
        let (found, _) = imported(format!("{line}\n").as_bytes());
        conversation_id(conversation(&found, 0))
    };
    let plain = line("One", json!({}));
    assert!(plain.starts_with("openai-chat-") && plain == line("One", json!({})) && plain != line("Two", json!({})), "{plain}");
    assert_eq!(line("One", json!({ "source": { "format": "x", "id": "7" } })), "import-7");
    // An empty id is none.
    let empty = |text: &str| line(text, json!({ "vitrine": 1, "id": "", "source": { "format": "x", "id": " " } }));
    assert!(empty("One") != empty("Two"), "{}", empty("One"));
}

#[test]
fn ids_are_stable_short_and_plain() {
    let with = |format: &str, id: Option<&str>| Conversation {
        source: Some(Source { format: format.into(), id: id.map(Into::into), app: None }),
        messages: vec![Message { role: Role::User, ..Message::default() }],
        ..Conversation::default()
    };
    assert_eq!(conversation_id(&with("claude-export", Some("a-b_c"))), "claude-a-b_c");
    for hostile in ["a/b", "a b", "ä", "a\nb", "", &"x".repeat(151)] {
        let id = conversation_id(&with("openai-export", Some(hostile)));
        assert!(id.len() <= 200 && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "{id}");
        assert_eq!(id, conversation_id(&with("openai-export", Some(hostile))));
    }
    assert_ne!(conversation_id(&with("x", Some("a/b"))), conversation_id(&with("x", Some("a/c"))));
    let hashed = conversation_id(&with("openai-chat", None));
    assert!(hashed.starts_with("openai-chat-") && hashed.len() == 44, "{hashed}");
    assert!(conversation_id(&with("../../x", Some("y"))).starts_with("import-"));
}
