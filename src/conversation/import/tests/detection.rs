//! Which format a file is in.

use super::*;

#[test]
fn other_products_are_not_taken_for_ours() {
    for foreign in [
        json!({ "version": 4, "history": [] }),
        json!([{ "conversations": [{ "conversation": {}, "responses": [] }] }]),
        json!({ "response": { "body": {} }, "custom_id": "x" }),
        json!({ "output": "x" }),
        json!({ "prompt": "x", "response": "y" }),
        json!({ "choices": [] }),
        json!([{ "uuid": "u", "name": "a project", "docs": [] }]),
        json!([1, "two", null]),
        json!({}),
    ] {
        let (found, result) = imported(foreign.to_string().as_bytes());
        assert!(matches!(result, Err(ImportError::UnknownFormat)), "{foreign}: {result:?}");
        assert!(found.is_empty());
    }
    assert!(ImportError::UnknownFormat.to_string().contains("ChatGPT"));
}

/// Fixtures and the format of each.
pub(super) const FIXTURES: &[(&str, &str)] = &[
    ("canonical.json", "canonical"),
    ("openai-export.json", "openai-export"),
    ("claude-export.json", "claude-export"),
    ("gemini-takeout.json", "gemini-takeout"),
    ("openai-responses.json", "openai-responses"),
    ("chat-completion.json", "chat-completion"),
    ("anthropic-messages.json", "anthropic-messages"),
    ("sharegpt.jsonl", "sharegpt"),
    ("llm.json", "llm"),
    ("openai-chat.json", "openai-chat"),
    ("codex.jsonl", "codex"),
    ("codex-2025.jsonl", "codex"),
    ("claude-code.jsonl", "claude-code"),
    ("claude-code-loglines.json", "claude-code"),
    ("sillytavern.jsonl", "sillytavern"),
    ("gemini-cli.jsonl", "gemini-cli"),
    ("gemini-contents.json", "gemini-contents"),
    ("transcript.md", "markdown"),
];

/// The conversations of a fixture as its format gets them; whole, and each value.
pub(super) fn values(file: &str) -> Vec<Value> {
    let bytes = fixture(file);
    let lines = || bytes.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
    match serde_json::from_slice(&bytes) {
        _ if file.ends_with(".jsonl") => vec![Value::Array(lines())],
        Ok(Value::Array(values)) if file.ends_with("-export.json") => values,
        Ok(value) => vec![value],
        Err(_) => vec![Value::String(String::from_utf8(bytes).unwrap())],
    }
}

#[test]
fn each_fixture_is_of_its_own_format_and_no_other() {
    // The general may know the special, which comes before it.
    let general = [("anthropic-messages", "openai-chat"), ("markdown", "text")];
    for (file, own) in FIXTURES {
        assert_eq!(imported(&fixture(file)).1.unwrap().format, *own, "{file}");
        let zip = hostile::archive(&[("conversations.json", &fixture(file))]);
        assert_eq!(imported(&zip).1.unwrap().format, *own, "{file} in an archive");
        for value in values(file) {
            let each = value.as_array().cloned().unwrap_or_default();
            for format in FORMATS.iter().filter(|format| format.name != *own) {
                let knows = (format.recognises)(&value) || each.iter().any(|value| (format.recognises)(value));
                assert!(!knows || general.contains(&(own, format.name)), "{file} is taken for {}", format.name);
            }
        }
    }
}
