//! Products that keep a tree of messages: one path is read, and what stands beside it is counted.

use super::*;

fn created_at(conversation: &Conversation) -> Vec<String> {
    let format = |message: &Message| message.created_at.map(|at| at.to_string()).unwrap_or_default();
    conversation.messages.iter().map(format).collect()
}

fn stored(conversation: &Conversation) -> String {
    String::from_utf8(transcript::canonical(conversation).unwrap().1).unwrap()
}

#[test]
fn deepseek_fragments() {
    let (found, result) = imported(&fixture("deepseek-export.json"));
    assert_eq!(result.unwrap(), Summary { format: "deepseek-export", conversations: 2, skipped: 2 });
    assert_eq!(
        report(&found),
        [
            "Anvils: 4 messages, 1 left out, [\"HOLOGRAM\"]",
            "Broken: It is no conversation like the others in the file.",
            "Empty: It holds no messages.",
            "Older: 2 messages, 0 left out, []",
        ]
    );
    let first = conversation(&found, 0);
    assert_eq!(conversation_id(first), "deepseek-d5ee0001-0000-4000-8000-000000000001");
    assert_eq!(created_at(first)[0], "2025-03-30 4:49:37.0 +00:00:00");
    assert!(!stored(first).contains("SECRET") && !stored(first).contains("javascript"));
    assert_outline(
        first,
        r#"
        User
          file anvil.pdf  ""
          image photo.png  0x0
          text "How heavy is *an* anvil?"
        Assistant deepseek-reasoner
          reasoning Some(7.5) false "Look it up."
          call search call-1 ["anvil weight"]
          result call-1 [sources https://anvil.example/ ]
          text "About 50 kg[1](cite:1), or more[1](cite:1)[2](cite:2). `a[citation:2]` [citation:9]" https://anvil.example/
        User
          text "Thanks"
        Assistant deepseek-chat
          text "You are welcome."
          notice Unsupported "Content of the type “HOLOGRAM” cannot be shown here."
    "#,
    );
    assert_outline(
        conversation(&found, 3),
        r#"
        User
          text "Hi"
        Assistant deepseek-reasoner
          reasoning None false "A greeting."
          text "Hello"
    "#,
    );
}

#[test]
fn openai_share_data() {
    let (found, result) = imported(&fixture("openai-share.json"));
    assert_eq!(result.unwrap(), Summary { format: "openai-share", conversations: 1, skipped: 0 });
    assert_eq!(report(&found), ["Shared anvil: 2 messages, 0 left out, []"]);
    let read = conversation(&found, 0);
    assert_eq!((read.model.as_deref(), stored(read).contains("SECRET")), (Some("gpt-4o"), false));
    assert_eq!(conversation_id(read), "openai-share-5a4e0001-0000-4000-8000-000000000001");
    assert_outline(
        read,
        r#"
        User
          text "What is *an* anvil?"
        Assistant gpt-4o cut off
          call web call-1 {"q":"anvil"}
          result call-1 [text "found" ]
          text "A block of iron."
          text "It was"
    "#,
    );
}

#[test]
fn librechat_parts_searches_and_artifacts() {
    let (found, result) = imported(&fixture("librechat.json"));
    assert_eq!(result.unwrap(), Summary { format: "librechat", conversations: 1, skipped: 0 });
    assert_eq!(report(&found), ["Anvil shop: 6 messages, 1 left out, [\"hologram\"]"]);
    let read = conversation(&found, 0);
    assert!(!stored(read).contains("SECRET"));
    assert_eq!(
        (conversation_id(read).as_str(), read.model.as_deref()),
        ("librechat-11bec4a7-0000-4000-8000-000000000001", Some("claude-sonnet-4"))
    );
    assert_eq!((created_at(read)[0].as_str(), read.created_at), ("2025-05-01 10:00:00.0 +00:00:00", read.messages[0].created_at));
    assert_outline(
        read,
        r#"
        User
          image shop.png image/png 640x480
          file list.pdf application/pdf ""
          text "Find <anvils>\n*please*"
        Assistant Claude claude-sonnet-4
          reasoning None false "I should search."
          text "Looking."
          call web_search call_1 {"q":"anvil"}
          result call_1 [text "found two" ]
          call code_interpreter call_2 "print(1)"
          result call_2 [code  "1\n", image file-chart  0x0  ]
          call price call_3 "{broken"
          text "Anvils weigh 50 kg [1](cite:1). They ring [2](cite:2)[3](cite:3)." https://weight.example/ https://ring.example/ https://news.example/
          image anvil.webp  10x20
          image a.jpg  0x0  https://anvil.example/a.jpg
          notice Error "The tool fell over."
          notice Unsupported "Content of the type “hologram” cannot be shown here."
          file prices.csv text/csv ""
          sources https://ring.example/ https://weight.example/ https://news.example/
        User
          text "Make a page"
        Assistant Claude claude-sonnet-4 cut off
          reasoning None false "A page, then."
          text "Here:\n\n"
          file Anvil page text/html "<h1>Anvils</h1>\n:::"
          text "Done, and mo"
        User
          text "Again"
        Assistant Claude claude-sonnet-4 cut off
          notice Error "Rate limit reached."
    "#,
    );
    assert_eq!(read.messages[5].status, Status::Error);
}

#[test]
fn librechat_nested_is_librechat_flat() {
    let message = |id: &str, user: bool, at: u32, children: Value| json!({"messageId": id, "isCreatedByUser": user, "sender": "GPT", "text": id, "createdAt": 1_700_000_000 + at, "children": children});
    let tree = json!([message(
        "a",
        true,
        1,
        json!([
            message("b", false, 2, json!([message("c", true, 9, json!([]))])),
            message("d", false, 3, json!([message("e", true, 4, json!([]))])),
        ])
    )]);
    for key in ["messages", "messagesTree"] {
        let (found, _) =
            imported(json!({"conversationId": "x", "title": "T", "recursive": true, key: tree}).to_string().as_bytes());
        assert_eq!(report(&found), ["T: 3 messages, 2 left out, []"]);
        assert_outline(conversation(&found, 0), "User GPT\n text \"a\"\nAssistant GPT\n text \"b\"\nUser GPT\n text \"c\"");
    }
}

#[test]
fn librechat_nested_deeper_than_json_may_be_can_be_pushed() {
    use crate::conversation::push::Rejected;
    let message = |at: usize| {
        format!(r#"{{"messageId":"{at}","isCreatedByUser":{},"sender":"GPT","text":"{at}","children":["#, at.is_multiple_of(2))
    };
    let tree = |count: usize| (0..count).map(message).collect::<String>() + &"]}".repeat(count);
    let export = |count: usize| format!(r#"{{"conversationId":"x","title":"T","recursive":true,"messages":[{}]}}"#, tree(count));
    for count in [20, 200] {
        let pushed = pushed(export(count).as_bytes(), &Limits::default()).unwrap();
        assert_eq!(pushed.messages.len(), count);
        assert_eq!(&pushed, conversation(&imported(export(count).as_bytes()).0, 0));
    }
    let broken = export(200).replace("]}]}]}", "]}]}");
    assert!(matches!(pushed(broken.as_bytes(), &Limits::default()), Err(Rejected::Malformed(_))));
}

#[test]
fn open_webui_text_with_everything_in_it() {
    let (found, result) = imported(&fixture("open-webui.json"));
    assert_eq!(result.unwrap(), Summary { format: "open-webui", conversations: 3, skipped: 1 });
    assert_eq!(
        report(&found),
        [
            "Anvil weights: 2 messages, 1 left out, []",
            "Newer: 4 messages, 0 left out, [\"hologram\"]",
            "Broken: It is no conversation like the others in the file.",
            "Listed: 2 messages, 0 left out, []",
        ]
    );
    let read = conversation(&found, 0);
    assert!(!stored(read).contains("SECRET"));
    assert_eq!(
        (conversation_id(read).as_str(), read.model.as_deref()),
        ("open-webui-0e0b0001-0000-4000-8000-000000000001", Some("llama3.1"))
    );
    assert_outline(
        read,
        r#"
        User
          file anvil.txt text/plain "an anvil."
          image  image/png 3x2
          text "How heavy, can''t say?"
        Assistant Smith llama3.1
          text "Before.\n"
          reasoning Some(3.0) false "Is it <b>?\nYes."
          call weigh call_1 {"what":"anvil > hammer"}
          result call_1 [text "50 kg" , image x  0x0  ]
          call weigh call_2 {}
          result call_2 [code json "{\n  \"kg\": 50\n}"]
          call code_interpreter call-1 {"code":"print(50)","language":"python"}
          result call-1 [code  "50\n"]
          text "After [1](cite:1)[2](cite:2), `x[1]` and [9].\n<details><summary>Mine</summary>stays</details>" https://anvil.example/
          sources https://anvil.example/
    "#,
    );
}

#[test]
fn open_webui_output_comes_before_text() {
    let (found, _) = imported(&fixture("open-webui.json"));
    assert_outline(
        conversation(&found, 1),
        r#"
        User
          text "And?"
        Assistant gpt-oss
          reasoning Some(4.0) false "Think."
          text "Let me see. "
          call look c1 {"at":"anvil"}
          result c1 [text "seen" , image  image/png 3x2  ]
          call code_interpreter call-1 {"code":"print(1)","language":"python"}
          result call-1 [code  "1\n", code  "warned"]
          reasoning None true ""
          text "It is one."
          notice Unsupported "Content of the type “hologram” cannot be shown here."
        User
          text "more"
        Assistant cut off
          text "Sto"
          notice Error "Connection lost"
    "#,
    );
    assert_outline(conversation(&found, 3), "User\n text \"Hi\"\nAssistant m\n text \"Hello\"");
    // The chat alone, as its page downloads it.
    let export: Value = serde_json::from_slice(&fixture("open-webui.json")).unwrap();
    let (found, result) = imported(export[1]["chat"].to_string().as_bytes());
    assert_eq!((result.unwrap().format, found.len()), ("open-webui", 1));
}

#[test]
fn grok_responses_cards_and_documents() {
    let (found, result) = imported(&fixture("grok-export.json"));
    assert_eq!(result.unwrap(), Summary { format: "grok-export", conversations: 2, skipped: 1 });
    assert_eq!(
        report(&found),
        [
            "Anvil grok: 3 messages, 1 left out, []",
            "Conversation 2: It is no conversation like the others in the file.",
            "Flat: 2 messages, 0 left out, []",
        ]
    );
    let read = conversation(&found, 0);
    assert!(!stored(read).contains("SECRET"));
    assert_eq!(conversation_id(read), "grok-960c0001-0000-4000-8000-000000000001");
    assert_eq!(created_at(read)[0], "2025-04-01 10:00:00.0 +00:00:00");
    assert_outline(
        read,
        r##"
        User
          file file-77  ""
          image anvil.png image/png 0x0
          text "How *heavy*?"
        Assistant grok-4
          reasoning None false "Weighing."
          text "50 kg[1](cite:1), a < b.\n\n" https://anvil.example/
          file A & B text/markdown "# Anvil"
          text "\n\nDone."
          image a.jpg  0x0  https://assets.grok.example/a.jpg
          sources https://anvil.example/
        User
          text "Thanks"
    "##,
    );
    assert_outline(conversation(&found, 2), "User\n text \"Hi\"\nAssistant grok-3 cut off\n text \"Hel\"");
}

#[test]
fn chat_ui_shares_and_exports() {
    let (found, result) = imported(&fixture("chat-ui.json"));
    assert_eq!(result.unwrap(), Summary { format: "chat-ui", conversations: 2, skipped: 1 });
    assert_eq!(
        report(&found),
        [
            "Anvil hub: 4 messages, 1 left out, []",
            "Broken: It is no conversation like the others in the file.",
            "Exported: 3 messages, 0 left out, []",
        ]
    );
    let read = conversation(&found, 0);
    assert!(!stored(read).contains("SECRET"));
    assert_eq!(conversation_id(read), "chat-ui-684c00010000000000000001");
    assert_eq!(read.model.as_deref(), Some("meta-llama/Llama-3.3-70B-Instruct"));
    assert_eq!(created_at(read)[0], "2025-06-01 10:00:00.0 +00:00:00");
    assert_outline(
        read,
        r#"
        User
          image a.png image/png 0x0
          file b.txt text/plain ""
          text "Draw *one*"
        Assistant flux
          reasoning None false "A drawing."
          call draw t1 {"what":"anvil"}
          result t1 [text "drawn" , code json "{\n  \"kind\": \"x\",\n  \"size\": 1\n}"]
          call frame t2 {}
          result t2! [text "No frame" ]
          text "Here it is."
          image anvil.webp image/webp 0x0
          sources https://anvil.example/
        User
          text "Another"
        Assistant cut off
          reasoning None false "Another."
          text "Anot"
    "#,
    );
    assert_outline(
        conversation(&found, 2),
        r#"
        User
          image a.png  0x0
          file b.txt  ""
          text "One"
        Assistant
          text "First"
        User
          text "Two"
    "#,
    );
}

#[test]
fn librechat_nests_as_deep_as_a_conversation_is_long() {
    let message = |n: u32, answers: Vec<Value>| json!({ "messageId": format!("m{n}"), "text": format!("message {n}"), "isCreatedByUser": n.is_multiple_of(2), "children": answers });
    let tree = (0..200).rev().fold(vec![], |answers, n| vec![message(n, answers)]);
    for key in ["messages", "messagesTree"] {
        let export = json!({ "conversationId": "c1", "title": "Long", "recursive": true, key: tree });
        let (found, result) = imported(serde_json::to_vec_pretty(&export).unwrap().as_slice());
        assert_eq!(result.unwrap(), Summary { format: "librechat", conversations: 1, skipped: 0 });
        let read = conversation(&found, 0);
        assert_eq!(report(&found), ["Long: 200 messages, 0 left out, []"]);
        let said = |message: &Message| matches!(&message.parts[..], [Part::Text { text, .. }] if text == "message 199");
        assert!(said(&read.messages[199]) && read.messages[199].role == Role::Assistant);
    }
}

#[test]
fn librechat_leaves_places_empty_and_says_its_errors_in_two_ways() {
    let content = json!([null, { "type": "error", "text": { "value": "Quota" } }, { "type": "error", "error": "Other" }, { "type": "text", "text": "So." }]);
    let export =
        json!({ "conversationId": "c1", "messages": [{ "messageId": "a", "isCreatedByUser": false, "content": content }] });
    let (found, _) = imported(export.to_string().as_bytes());
    assert_outline(conversation(&found, 0), "Assistant\n notice Error \"Quota\"\n notice Error \"Other\"\n text \"So.\"");
}

#[test]
fn assets_are_found_where_their_products_keep_them() {
    let said = |sender: &str| json!({ "response": { "_id": sender, "sender": sender, "message": "Look", "image_attachments": ["6f9619ff-8b86-d011-b42d-00cf4fc964ff"] } });
    let grok = json!({ "conversations": [{ "conversation": { "id": "g" }, "responses": [said("human"), said("grok-4-heavy")] }] });
    let name = "1700000000-anvil (1).png";
    let hugging = json!([{ "title": "T", "messages": [{ "from": "user", "content": "Look", "files": [name] }] }]);
    let entries: [(&str, &[u8]); 3] = [
        ("ttl/30d/export_data/u/prod-mc-asset-server/6f9619ff-8b86-d011-b42d-00cf4fc964ff/content", PICTURE),
        ("ttl/30d/export_data/u/prod-mc-asset-server/6f9619ff-8b86-d011-b42d-000000000000/content", b"another"),
        ("files/1700000000-anvil (1).png", PICTURE),
    ];
    for (export, count) in [(grok, 2), (hugging, 1)] {
        let json = export.to_string();
        let (found, _) = imported(&hostile::archive(&[&[("x.json", json.as_bytes())], &entries[..]].concat()));
        let read = conversation(&found, 0);
        assert_eq!(read.messages.len(), count);
        let has_picture = |message: &Message| matches!(&message.parts[0], Part::Image { blob: Some(_), width: Some(3), .. });
        assert!(read.messages.iter().all(has_picture), "{}", outline(read));
        assert!(count == 1 || read.messages[1].role == Role::Assistant, "whatever the model calls itself");
    }
}
