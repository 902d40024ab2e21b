//! What holds for every format: each file is its own product's and no other's.

use super::*;

/// A fixture a product, with the key that its conversations stand under, if any. In the order of [`FORMATS`].
pub(super) const FIXTURES: &[(&str, &str)] = &[
    ("deepseek-export", ""),
    ("openai-share", ""),
    ("librechat", ""),
    ("open-webui", ""),
    ("chatbot-ui", "history"),
    ("gemini-aistudio", ""),
    ("gemini-workspace", ""),
    ("gemini-cli", ""),
    ("grok-export", "conversations"),
    ("chat-ui", ""),
];

pub(super) fn conversations(name: &str, key: &str) -> Vec<Value> {
    let whole: Value = serde_json::from_slice(&fixture(&format!("{name}.json"))).unwrap();
    let inside = if key.is_empty() { &whole } else { &whole[key] };
    inside.as_array().cloned().unwrap_or_else(|| vec![inside.clone()])
}

#[test]
fn each_product_is_known_by_its_own_format_and_no_other() {
    let order = |name: &str| FORMATS.iter().position(|format| format.name == name).unwrap();
    assert!(FIXTURES.is_sorted_by_key(|(name, _)| order(name)), "the specific before the general");
    for (name, key) in FIXTURES {
        let file = fixture(&format!("{name}.json"));
        assert_eq!(imported(&file).1.unwrap().format, *name);
        let zip = hostile::archive(&[("conversations.json", &file)]);
        assert_eq!(imported(&zip).1.unwrap().format, *name, "in an archive");
        for conversation in conversations(name, key) {
            let takers: Vec<&str> =
                FORMATS.iter().filter(|format| (format.recognises)(&conversation)).map(|format| format.name).collect();
            // Chatbot UI's messages are the OpenAI API's; its row stands first.
            let own = if *name == "chatbot-ui" { vec![*name, "openai-chat"] } else { vec![*name] };
            let is_broken = conversation.to_string().contains("\"Broken\"");
            assert_eq!(takers, if is_broken { vec![] } else { own }, "{name}");
        }
    }
}

#[test]
fn a_backup_around_conversations_is_read_one_at_a_time() {
    let (found, result) = imported(&fixture("chatbot-ui.json"));
    assert_eq!(result.unwrap(), Summary { format: "chatbot-ui", conversations: 2, skipped: 1 });
    assert_eq!(
        report(&found),
        [
            "Anvil joke: 2 messages, 0 left out, []",
            "Broken: It is no conversation like the others in the file.",
            "Two: 1 messages, 0 left out, []",
        ]
    );
    let read = conversation(&found, 0);
    assert!(!String::from_utf8(transcript::canonical(read).unwrap().1).unwrap().contains("SECRET"));
    assert_eq!(
        (conversation_id(read).as_str(), read.model.as_deref()),
        ("chatbot-ui-cb07b071-0000-4000-8000-000000000001", Some("GPT-4"))
    );
    assert_outline(
        read,
        r#"
        User
          text "A *joke*"
        Assistant
          reasoning None false "hm"
          text "Heavy."
    "#,
    );
    // A file larger than one conversation may be, and one that breaks off.
    let text = fixture("grok-export.json");
    let limits = Limits { conversation_bytes: text.len() / 8, ..Limits::default() };
    let (found, result) = imported_within(&text, &limits);
    assert_eq!((result.unwrap().conversations, found.len()), (1, 3), "the first is too large, the last is not");
    let (found, result) = imported(&text[..text.len() - 100]);
    assert!(matches!(result, Err(ImportError::Truncated)) && found.len() == 2, "{result:?} {}", found.len());
}

#[test]
fn one_conversation_of_a_product_may_be_pushed_as_it_is() {
    let limits = Limits::default();
    let first = |file: &str, key: Option<&str>| {
        let value: Value = serde_json::from_slice(&fixture(file)).unwrap();
        let value = key.map_or(&value, |key| &value[key]);
        value.as_array().map_or(value, |values| &values[0]).clone()
    };
    for (file, key) in [
        ("openai-export.json", None),
        ("openai-share.json", None),
        ("claude-export.json", None),
        ("deepseek-export.json", None),
        ("librechat.json", None),
        ("open-webui.json", None),
        ("chatbot-ui.json", Some("history")),
        ("gemini-aistudio.json", None),
        ("gemini-cli.json", None),
        ("grok-export.json", Some("conversations")),
        ("chat-ui.json", None),
    ] {
        let one = first(file, key);
        let text = one.to_string();
        let (found, result) = imported(text.as_bytes());
        for text in [text, json!([one]).to_string()] {
            let pushed = pushed(text.as_bytes(), &limits).unwrap_or_else(|why| panic!("{file}: {why:?}"));
            assert!(&pushed == conversation(&found, 0), "{file}: what an import of {:?} reads", result);
        }
    }
}

#[test]
fn a_pushed_conversation_of_a_product_is_refused_as_strictly_as_any() {
    use crate::conversation::push::Rejected;
    let limits = Limits { conversation_bytes: 2_000, messages: 2, attachments_bytes: 10, ..Limits::default() };
    let said = |text: &str| json!({ "sender": "human", "text": text, "content": [{ "type": "text", "text": text }] });
    let claude = |messages: Vec<Value>| {
        pushed(json!({ "uuid": "u", "name": "One", "chat_messages": messages }).to_string().as_bytes(), &limits)
    };
    assert!(claude(vec![said("hello")]).is_ok());
    for (messages, why) in
        [(vec![], "no messages"), (vec![said("a"), said("b"), said("c")], "2 messages"), (vec![said("a\0b")], "U+0000")]
    {
        let Err(Rejected::Invalid(errors)) = claude(messages) else { panic!("{why}") };
        assert!(errors[0].field == "body" && errors[0].message.contains(why) && errors[0].message.contains("claude"), "{errors:?}");
    }
    assert_eq!(claude(vec![said(&"x".repeat(2_001))]), Err(Rejected::TooLarge(2_000)));
    // What is no product's keeps the errors that name its fields.
    for (document, field) in [
        (json!({ "messages": [{ "role": "robot", "content": "x" }] }), "messages[0].role"),
        (json!({ "hello": 1 }), "messages"),
        (json!([{ "role": "robot", "content": "x" }]), "messages[0].role"),
    ] {
        let Err(Rejected::Invalid(errors)) = pushed(document.to_string().as_bytes(), &limits) else { panic!("{document}") };
        assert_eq!(errors[0].field, field);
    }
}
