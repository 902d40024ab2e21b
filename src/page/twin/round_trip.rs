//! What the import makes of a twin.

use super::*;
use crate::conversation::transcript::ShownMessage;
use crate::conversation::{Conversation, Limits, NoticeKind, import};
use serde_json::json;
use time::macros::datetime;

fn shown(model: Option<&str>, messages: Vec<Message>) -> Shown {
    let number = |at: usize| u32::try_from(at + 1).unwrap();
    let messages = messages.into_iter().enumerate().map(|(at, message)| ShownMessage { number: number(at), message }).collect();
    Shown { title: "Anvils".into(), created_at: Some(datetime!(2026-11-23 10:14 UTC)), model: model.map(str::to_owned), messages }
}

fn text(text: &str) -> Part {
    Part::Text { text: text.to_owned(), citations: vec![] }
}

fn imported(shown: &Shown) -> Conversation {
    let twin = markdown_twin(shown, "https://vitrine.test/s/0123456789AB");
    let mut found = Vec::new();
    import::import(&mut std::io::Cursor::new(twin.as_bytes()), &Limits::default(), &mut |one| {
        found.push(one);
        std::ops::ControlFlow::Continue(())
    })
    .unwrap();
    match found.pop() {
        Some(import::Found { outcome: import::Outcome::Conversation { conversation, .. }, .. }) if found.is_empty() => {
            *conversation
        }
        other => panic!("{other:?}: {twin}"),
    }
}

#[test]
fn who_speaks_comes_back_whatever_the_names() {
    let long = "ประเสริฐศักดิ์".repeat(5);
    let names = [
        "emily_s",
        "R2-D2",
        "Agent 47",
        "C#",
        "a\\b *c*",
        "Emily (work)",
        "[x]",
        "Col·la · Oriol",
        "山田太郎".repeat(20).leak(),
        &long,
        "שרה",
        "Müller, Ana:",
        "user",
        "GPT-4 fan",
        "—x—",
        "_a_",
        "🦊",
        "47",
    ];
    let models = ["gpt-5", "accounts/fireworks/models/qwen3-235b-a22b-instruct-2507", "meta_llama [8b]", "모델_2"];
    let mut messages = Vec::new();
    for (at, name) in names.into_iter().enumerate() {
        let said = |role, author: Option<&str>, model: Option<&str>, dated: bool| Message {
            role,
            author: author.map(str::to_owned),
            model: model.map(str::to_owned),
            created_at: dated.then_some(datetime!(2026-11-23 10:14 UTC)),
            parts: vec![text("Words.")],
            ..Message::default()
        };
        let model = models[at % models.len()];
        messages.extend([
            said(Role::User, Some(name), None, at % 2 == 0),
            said(Role::Assistant, Some(name), Some(model), at % 2 == 0),
            said(Role::User, None, None, at % 2 == 1),
            said(Role::Assistant, Some(name), None, true),
            said(Role::Assistant, None, Some(model), at % 2 == 1),
        ]);
    }
    let before = shown(None, messages.clone());
    let after = imported(&before);
    for (after, before) in after.messages.iter().zip(&messages) {
        assert_eq!(after, before);
    }
    let again = shown(None, after.messages);
    assert_eq!(imported(&again).messages, messages, "nor do escapes grow with every round");
    // Where the model stands in the front matter too.
    let named = Message { role: Role::Assistant, author: Some("Nova".into()), parts: vec![text("Hi")], ..Message::default() };
    let back = imported(&shown(Some("gpt-5"), vec![messages[2].clone(), named]));
    assert_eq!((back.messages[1].author.as_deref(), back.messages[1].model.as_deref()), (Some("Nova"), Some("gpt-5")));
}

/// Each message with the words that have to be found in it.
fn everything() -> Vec<(Role, Vec<Part>, Vec<&'static str>)> {
    let cited = |id: &str, url: Option<&str>, title: &str, snippet: &str| Citation {
        id: id.into(),
        url: url.map(str::to_owned),
        title: Some(title.into()),
        snippet: Some(snippet.into()),
        ..Citation::default()
    };
    let citations = vec![
        cited("a", Some("https://example.org/sky"), "The sky", "It scatters."),
        cited("b", None, "Handbook.pdf", "Page 12 says so."),
    ];
    let result = |output| Part::ToolResult { output, name: None, call_id: None, is_error: false };
    vec![
        (
            Role::User,
            vec![text("Why?\n\n## User\n\nnot me\n\n## Assistant\n\nnor it\n\n________")],
            vec!["Why?", "## User", "not me", "## Assistant", "nor it", "________"],
        ),
        (
            Role::Assistant,
            vec![
                Part::Reasoning { text: "Hm.\n\n```\n## User\nunclosed".into(), duration_sec: Some(4.0), redacted: false },
                Part::ToolCall { name: "search".into(), input: json!({"query": "## User"}), call_id: None },
                result(vec![
                    text("```\n## User\nfound"),
                    Part::Code { code: "x = 1".into(), language: Some("py".into()), filename: None },
                ]),
                Part::Text { text: "blue[1](cite:a) and[2](cite:b).".into(), citations },
                Part::Code {
                    code: "## Assistant\n```\nlet a;\n".into(),
                    language: Some("rust".into()),
                    filename: Some("a_b.rs".into()),
                },
                Part::Notice { kind: NoticeKind::Error, text: "It broke.".into() },
            ],
            vec![
                "> Hm.",
                "unclosed",
                "search",
                "\"query\": \"## User\"",
                "## User\nfound",
                "x = 1",
                "[1](<https://example.org/sky>)",
                "and[2].",
                "The sky",
                "It scatters.",
                "Handbook.pdf",
                "Page 12 says so.",
                "## Assistant\n```\nlet a;",
                "It broke.",
            ],
        ),
        (
            Role::User,
            vec![text("1. ```bash\n   ## User\n   ls\n   ```\n2. so\n\n## Two")],
            vec!["1. ```bash\n   ## User\n   ls\n   ```\n2. so", "## Two"],
        ),
        (
            Role::Assistant,
            vec![text("- ```bash\n  cut off"), text("> ```\n> quoted\n\nafter")],
            vec!["- ```bash\n  cut off", "> quoted", "after"],
        ),
        (Role::User, vec![text("1. ```sh\nlazy\n```\n\n## Assistant\n\nstill me")], vec!["lazy", "## Assistant", "still me"]),
        (
            Role::Assistant,
            vec![text("```markdown\n# Doc\n```bash\nls\n```\n## User\nend\n```\nbye\n\n---")],
            vec!["# Doc\n```bash\nls\n```\n## User\nend", "bye\n\n---"],
        ),
        (Role::Tool, vec![result(vec![text("An orphan.")])], vec!["An orphan."]),
        (Role::User, vec![text("****")], vec!["****"]),
        (
            Role::Assistant,
            vec![Part::Sources { items: vec![cited("c", None, "Atlas", "Everywhere.")] }],
            vec!["Atlas", "Everywhere."],
        ),
    ]
}

#[test]
fn no_text_is_lost_or_changes_its_speaker() {
    let names = ["山田", "Ольга_1", "נועה", "Emily"];
    let messages = everything().into_iter().enumerate().map(|(at, (role, parts, _))| {
        let author = Some(names[at % names.len()].to_owned());
        Message { role, author, parts, ..Message::default() }
    });
    let after = imported(&shown(Some("gpt-5"), messages.collect()));
    assert_eq!(after.messages.len(), everything().len(), "{after:?}");
    for (at, (message, (role, _, words))) in after.messages.iter().zip(everything()).enumerate() {
        assert_eq!((message.role, message.author.as_deref()), (role, Some(names[at % names.len()])), "{message:?}");
        let [Part::Text { text, .. }] = &message.parts[..] else { panic!("{message:?}") };
        for word in words {
            assert!(text.contains(word), "{word:?} is not in {text:?}");
        }
    }
}
