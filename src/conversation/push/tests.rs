use super::*;
use crate::conversation::{Part, transcript};
use serde_json::json;

fn parsed(document: &Value) -> Result<Conversation, Rejected> {
    parse(document.to_string().as_bytes(), &Limits::default())
}

/// The fields refused, in order.
fn refused(document: &Value) -> Vec<String> {
    match parsed(document) {
        Err(Rejected::Invalid(errors)) => errors.into_iter().map(|error| error.field).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_bad_field_is_named_at_once() {
    let document = json!({
        "title": 7, "createdAt": "yesterday", "model": [], "source": "here", "unknown": { "ignored": true },
        "messages": [
            "hello",
            { "role": "wizard", "content": 5, "model": 1, "createdAt": {}, "status": "paused", "unknown": 1 },
            { "content": "no role" },
            { "role": "user", "parts": "none" },
            { "role": "user", "parts": [
                { "text": "no type" }, { "type": "text" }, { "type": "code", "code": null, "language": 1 }, { "type": "reasoning", "durationSec": -1 },
                { "type": "tool_call" }, { "type": "image", "width": -1, "height": 1.5, "alt": 0 }, { "type": "image", "width": 5_000_000_000_u64 }, { "type": "file", "size": "big" },
                { "type": "sources", "items": 1 }, { "type": "sources", "items": [{}] }, { "type": "notice", "kind": "joke" },
                { "type": "tool_result", "output": [{ "type": "text" }], "isError": "no" }, 3] },
            { "role": "assistant", "tool_calls": [{ "function": {} }, { "id": 1, "function": { "name": "f" } }], "refusal": 1, "reasoning": 2, "name": 3 },
            { "role": "assistant", "content": [{ "type": "text", "text": 1 }], "function_call": {}, "tool_calls": 1 },
        ]
    });
    let expected = [
        "title",
        "createdAt",
        "model",
        "source",
        "messages[0]",
        "messages[1].role",
        "messages[1].model",
        "messages[1].createdAt",
        "messages[1].status",
        "messages[1].content",
        "messages[2].role",
        "messages[3].parts",
        "messages[4].parts[0].type",
        "messages[4].parts[1].text",
        "messages[4].parts[2].code",
        "messages[4].parts[3].durationSec",
        "messages[4].parts[4].name",
        "messages[4].parts[5].width",
        "messages[4].parts[5].height",
        "messages[4].parts[5].alt",
        "messages[4].parts[6].width",
        "messages[4].parts[7].size",
        "messages[4].parts[8].items",
        "messages[4].parts[9].items[0].id",
        "messages[4].parts[10].kind",
        "messages[4].parts[11].output[0].text",
        "messages[4].parts[11].isError",
        "messages[4].parts[12].type",
        "messages[5].name",
        "messages[5].reasoning",
        "messages[5].refusal",
        "messages[5].tool_calls[0].function.name",
        "messages[5].tool_calls[1].id",
        "messages[6].content[0].text",
        "messages[6].tool_calls",
        "messages[6].function_call.name",
    ];
    assert_eq!(refused(&document), expected);
}

#[test]
fn documents_that_are_none() {
    assert_eq!(refused(&json!(null)), [""]);
    assert_eq!(refused(&json!("hello")), [""]);
    assert_eq!(refused(&json!({})), ["messages"]);
    assert_eq!(refused(&json!({ "messages": {} })), ["messages"]);
    for empty in [
        json!([]),
        json!({ "messages": [] }),
        json!([{ "role": "user", "content": " \n" }, { "role": "assistant", "content": null }]),
    ] {
        assert_eq!(refused(&empty), ["messages"], "{empty}");
    }
    for (bytes, why) in [(&b"{\"messages\": ["[..], "JSON"), (b"", "JSON"), (b"[\"\xff\"]", "UTF-8"), (&[b'['; 70], "64 levels")] {
        match parse(bytes, &Limits::default()) {
            Err(Rejected::Malformed(sentence)) => assert!(sentence.contains(why), "{sentence}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn nul_is_refused_wherever_it_stands() {
    let document = json!({ "title": "a\0", "messages": [{ "role": "user", "content": "b\0", "extra\0": 1 }, { "role": "assistant", "parts": [{ "type": "tool_call", "name": "f", "input": { "x": ["\0"] } }] }] });
    assert_eq!(refused(&document), ["messages[0].content", "messages[0]", "messages[1].parts[0].input.x[0]", "title"]);
    // In arguments it is written in letters, and nothing of the document holds it yet.
    let call = json!({ "type": "function", "function": { "name": "f", "arguments": r#"{"a":"\u0000"}"# } });
    let taken = parsed(&json!([{ "role": "assistant", "tool_calls": [call] }])).unwrap();
    assert!(!format!("{taken:?}").contains("\\0") && format!("{taken:?}").contains('\u{fffd}'), "{taken:?}");
}

#[test]
fn limits_hold_at_their_edge() {
    let limits = Limits { messages: 3, parts: 4, title_chars: 5, ..Limits::default() };
    let check = |document: Value| match parse(document.to_string().as_bytes(), &limits) {
        Ok(_) => String::new(),
        Err(Rejected::Invalid(errors)) => {
            errors.into_iter().map(|error| format!("{} {}", error.field, error.message)).collect::<Vec<_>>().join("; ")
        }
        Err(Rejected::Malformed(why)) => panic!("{why}"),
        Err(Rejected::TooLarge(most)) => panic!("{most}"),
    };
    let users = |count: usize| vec![json!({ "role": "user", "content": "x" }); count];
    let parts = |count: usize| json!([{ "role": "user", "content": vec![json!("x"); count] }]);
    assert_eq!(check(json!({ "title": "äöüßé", "messages": users(3) })), "");
    assert_eq!(
        check(json!({ "title": "äöüßé!", "messages": users(4) })),
        "title must have at most 5 characters; messages must hold at most 3 messages"
    );
    assert_eq!(check(parts(4)), "");
    assert_eq!(check(parts(5)), "messages[0] must hold at most 4 parts");
}

#[test]
fn a_flood_of_errors_is_cut_short() {
    assert_eq!(refused(&json!(vec![1; 10_000])).len(), ERRORS);
}

#[test]
fn what_was_stored_can_be_pushed_again_and_is_the_same() {
    for file in ["canonical.json", "openai-chat.json"] {
        let bytes = std::fs::read(format!("{}/tests/data/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        let once = parse(&bytes, &Limits::default()).unwrap();
        let (hash, stored) = transcript::canonical(&once).unwrap();
        let again = parse(&stored, &Limits::default()).unwrap();
        assert_eq!(again, once, "{file}");
        assert_eq!(transcript::canonical(&again).unwrap().0, hash);
    }
}

#[test]
fn a_bare_array_is_a_conversation_and_arguments_may_be_no_json() {
    let conversation = parsed(&json!([{ "role": "assistant", "tool_calls": [{ "function": { "name": "f", "arguments": "{oops" } }, { "function": { "name": "g", "arguments": "[1]" } }] }])).unwrap();
    let inputs: Vec<_> = conversation.messages[0]
        .parts
        .iter()
        .map(|part| match part {
            Part::ToolCall { input, .. } => input.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(inputs, [json!("{oops"), json!([1])]);
    assert_eq!((conversation.title.as_str(), conversation.source), ("", None));
}

/// What a reader of a share finds of `messages`.
fn shown(messages: &Value, include: &transcript::Include) -> String {
    serde_json::to_string(&transcript::select(parsed(messages).unwrap(), include)).unwrap()
}

fn tools_without_thoughts() -> transcript::Include {
    transcript::Include { tool_calls: true, ..transcript::Include::default() }
}

#[test]
fn a_thought_inside_a_result_is_a_thought() {
    let messages = json!([
        { "role": "assistant", "parts": [
            { "type": "tool_call", "name": "agent", "input": {}, "callId": "1" },
            { "type": "tool_result", "callId": "1", "output": [
                { "type": "reasoning", "text": "secret one" }, { "type": "text", "text": "found" }, { "type": "thinking", "thinking": "secret two" }] }] },
        { "role": "tool", "tool_call_id": "gone", "reasoning_content": "secret three", "content": "orphan" },
    ]);
    let words = shown(&messages, &tools_without_thoughts());
    assert!(words.contains("found") && words.contains("orphan") && !words.contains("secret"), "{words}");
    let words = shown(&messages, &transcript::Include { reasoning: true, ..tools_without_thoughts() });
    assert!(["secret one", "secret two", "secret three"].iter().all(|secret| words.contains(secret)), "{words}");
}

#[test]
fn a_thought_in_tags_is_a_thought_on_every_path() {
    let cited = json!([{ "type": "web_search_result_location", "url": "https://a.example/secret", "title": "A" }]);
    for message in [
        json!({ "parts": [{ "type": "text", "text": "<think>secret</think>answer" }] }),
        json!({ "parts": [{ "type": "text", "text": "\n<thinking>secret</thinking> <think>secret too</think>answer" }] }),
        json!({ "parts": [{ "type": "text", "text": "answer" }, { "type": "tool_call", "name": "f" }, { "type": "text", "text": "<think>secret" }] }),
        json!({ "parts": [{ "type": "text", "text": "<think>secret[1](cite:s)</think>answer[2](cite:a)",
            "citations": [{ "id": "s", "title": "secret" }, { "id": "a", "title": "kept" }] }] }),
        json!({ "content": [{ "type": "text", "text": "<think>secret</think>answer" }] }),
        json!({ "content": [{ "type": "text", "text": "<think>secret</think>answer", "citations": [{ "url": "https://a.example/", "title": "A" }] }] }),
        json!({ "content": [{ "type": "text", "text": "<think>secret", "citations": cited }, { "type": "text", "text": " secret</think>answer" }] }),
        json!({ "content": ["\n", "<think>sec", "ret secret</think>answer"] }),
        json!({ "content": ["answer", "<think>secret</think>"] }),
        json!({ "audio": { "transcript": "<think>secret</think>answer" } }),
    ] {
        let mut message = message;
        message["role"] = json!("assistant");
        let messages = json!([message]);
        let words = shown(&messages, &tools_without_thoughts());
        assert!(words.contains("answer") && !words.contains("secret") && !words.contains("think"), "{words}");
        assert_eq!(words.contains("kept"), messages.to_string().contains("kept"), "{words}");
        let words = shown(&messages, &transcript::Include { reasoning: true, ..tools_without_thoughts() });
        assert!(words.contains("secret") && words.contains("answer"), "{words}");
    }
}

#[test]
fn tags_that_people_write_or_answers_quote_stay() {
    let messages = json!([
        { "role": "user", "parts": [{ "type": "text", "text": "<think>mine</think>" }] },
        { "role": "assistant", "content": "Write <think>so</think>." },
    ]);
    let words = shown(&messages, &transcript::Include::default());
    assert!(words.contains("<think>mine</think>") && words.contains("Write <think>so</think>."), "{words}");
}

#[test]
fn a_withheld_thought_is_not_kept() {
    let withheld = json!({ "type": "reasoning", "text": "secret", "durationSec": 3, "redacted": true });
    let messages = json!([{ "role": "assistant", "parts": [withheld, { "type": "tool_result", "output": [withheld] }] }]);
    let stored = serde_json::to_string(&parsed(&messages).unwrap()).unwrap();
    assert!(stored.contains("\"redacted\":true") && !stored.contains("secret"), "{stored}");
}

#[test]
fn a_document_may_not_cost_far_more_memory_than_bytes() {
    // Each of these takes a leaf of a tree of 632 bytes.
    let leaves = |count: usize| {
        format!(r#"[{{"role":"assistant","parts":[{{"type":"tool_call","name":"f","input":[{}0]}}]}}]"#, "{\"\":0},".repeat(count))
    };
    assert!(parse(leaves(10_000).as_bytes(), &Limits::default()).is_ok());
    match parse(leaves(200_000).as_bytes(), &Limits::default()) {
        Err(Rejected::Invalid(errors)) => {
            assert!(errors.len() == 1 && errors[0].message.contains("120 MiB of memory"), "{errors:?}");
        }
        other => panic!("{:?}", other.map(|_| "taken")),
    }
}

#[test]
fn arguments_share_the_documents_memory() {
    let arguments = format!("[{}0]", "{\"\":0},".repeat(1_000));
    let calls = vec![json!({ "function": { "name": "f", "arguments": arguments } }); 200];
    let conversation = parsed(&json!([{ "role": "assistant", "tool_calls": calls }])).unwrap();
    let read = conversation.messages[0].parts.iter().filter(|part| matches!(part, Part::ToolCall { input: Value::Array(_), .. }));
    let read = read.count();
    assert!((100..200).contains(&read), "what does not fit stays the text it was: {read}");
}

#[test]
fn large_conversations_that_people_have_are_taken() {
    let limits = Limits::default();
    let text = "All work and no play. ".repeat(92);
    let messages: Vec<Value> =
        (0..5_000).map(|n| json!({ "role": if n % 2 == 0 { "user" } else { "assistant" }, "content": text })).collect();
    let prose = json!(messages).to_string();
    let numbers = json!([{ "role": "assistant", "parts": [{ "type": "tool_call", "name": "plot", "input": { "points": vec![0.125; 200_000] } }] }]).to_string();
    let hit = json!({ "title": "A page that was found", "url": "https://example.org/a/page/that/was/found", "snippet": "x".repeat(300), "rank": 1 });
    let input = json!({ "hits": vec![hit; 20_000] });
    let found = json!([{ "role": "assistant", "parts": [{ "type": "tool_call", "name": "search", "input": input }] }]).to_string();
    for document in [prose, numbers, found] {
        assert!(document.len() <= limits.conversation_bytes);
        assert!(parse(document.as_bytes(), &limits).is_ok(), "{}", &document[..100]);
    }
}

#[test]
fn parts_are_not_read_beyond_their_limit() {
    let limits = Limits { parts: 2, ..Limits::default() };
    let path = |content: Value| match parse(json!([{ "role": "user", "content": content }]).to_string().as_bytes(), &limits) {
        Err(Rejected::Invalid(errors)) => errors.into_iter().map(|error| error.field).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(path(json!(["a", "b", "c", 4])), ["messages[0]"]);
}
