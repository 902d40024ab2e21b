//! What the logs of agents hold beside the words of their persons, and what was taken back.

use super::*;

/// A file of JSON Lines.
fn lines(lines: &[Value]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn item(role: &str, text: &str) -> Value {
    json!({ "type": "message", "role": role, "content": [{ "type": "input_text", "text": text }] })
}

fn codex(payloads: &[(&str, Value)]) -> String {
    let head = json!({ "type": "session_meta", "payload": { "id": "s" } });
    let lines = payloads.iter().map(|(kind, payload)| json!({ "type": kind, "payload": payload }).to_string());
    std::iter::once(head.to_string()).chain(lines).collect::<Vec<_>>().join("\n")
}

#[test]
fn codex_keeps_what_the_program_says_in_a_persons_name_to_itself() {
    let notes = [
        "<recommended_plugins>SECRET",
        "<codex_internal_context id=\"1\">SECRET",
        "<goal_context>SECRET",
        "<extension_context>SECRET",
        "<external_editor>SECRET",
        "<hook_prompt hook_run_id=\"1\">SECRET",
        " <USER_ACTION>SECRET",
        "<ENVIRONMENT_CONTEXT>SECRET",
        "# AGENTS.md instructions for /a\n\nSECRET",
    ];
    let mut items: Vec<(&str, Value)> = notes.iter().map(|note| ("response_item", item("user", note))).collect();
    let ran =
        "<user_shell_command>\n<command>\nls\n</command>\n<result>\nExit code: 0\nOutput:\na.txt\n</result>\n</user_shell_command>";
    items.push(("response_item", item("user", ran)));
    items.push(("response_item", item("user", "<external> is a word of mine")));
    let (found, result) = imported(codex(&items).as_bytes());
    assert_eq!(result.unwrap().format, "codex");
    assert_outline(
        conversation(&found, 0),
        r#"
        User
          text "! ls"
        Tool
          result  [code  "Exit code: 0\nOutput:\na.txt"]
        User
          text "<external> is a word of mine"
    "#,
    );
}

#[test]
fn codex_turns_that_were_taken_back_are_left_out() {
    let said = |role, text| ("response_item", item(role, text));
    let back = |turns: u32| ("event_msg", json!({ "type": "thread_rolled_back", "num_turns": turns }));
    let turns = [
        said("user", "<environment_context>SECRET"),
        said("user", "One"),
        said("assistant", "First"),
        said("user", "Two"),
        ("response_item", json!({ "type": "function_call", "name": "ls", "arguments": "{}", "call_id": "1" })),
        ("response_item", json!({ "type": "function_call_output", "call_id": "1", "output": "a" })),
        said("user", "Three"),
        back(2),
        said("user", "Another two"),
    ];
    let (found, _) = imported(codex(&turns).as_bytes());
    assert_eq!(report(&found), ["One: 3 messages, 3 left out, []"]);
    assert_outline(conversation(&found, 0), "User\n text \"One\"\nAssistant\n text \"First\"\nUser\n text \"Another two\"");
    // More than there were.
    let (found, _) = imported(codex(&[said("user", "One"), back(7), said("user", "Two")]).as_bytes());
    assert_eq!(report(&found), ["Two: 1 messages, 1 left out, []"]);
}

#[test]
fn codex_logs_without_their_heads_hide_the_same() {
    let answer = json!({ "type": "message", "role": "assistant", "content": [{ "type": "output_text", "text": "Yes" }] });
    let chat = |role: &str, text: &str| json!({ "role": role, "content": text });
    for context in ["<environment_context>SECRET</environment_context>", "# AGENTS.md instructions for /a\n\nSECRET"] {
        let logs = [
            vec![item("user", context), item("user", "Well?"), answer.clone()],
            vec![item("user", "Well?"), answer.clone(), item("user", context)],
            vec![chat("user", context), chat("user", "Well?"), chat("assistant", "Yes")],
            vec![chat("user", "Well?"), chat("assistant", "Yes"), chat("user", context)],
        ];
        for log in logs {
            for file in [lines(&log), json!(log).to_string()] {
                let (found, result) = imported(file.as_bytes());
                assert_eq!(report(&found), ["Well?: 2 messages, 0 left out, []"], "{file} {result:?}");
                assert_outline(conversation(&found, 0), "User\n text \"Well?\"\nAssistant\n text \"Yes\"");
            }
        }
    }
}

/// A line of Claude Code.
fn said(id: &str, parent: Option<&str>, kind: &str, text: &str) -> Value {
    json!({ "type": kind, "uuid": id, "parentUuid": parent, "sessionId": "s", "message": { "role": kind, "content": [{ "type": "text", "text": text }] } })
}

#[test]
fn claude_code_may_begin_again() {
    let one = [said("a", None, "user", "One"), said("b", Some("a"), "assistant", "First")];
    let two = [said("c", None, "user", "Two"), said("d", Some("c"), "assistant", "Second")];
    let reported = |log: &[Value]| report(&imported(lines(log).as_bytes()).0).join("");
    assert_eq!(reported(&[&one[..], &two[..]].concat()), "Two: 2 messages, 2 left out, []");
    // Nothing was answered, the session goes on from the first, or it was compacted: nothing is sure.
    assert_eq!(reported(&[&one[..1], &two[..]].concat()), "One: 3 messages, 0 left out, []");
    let on = [said("e", Some("b"), "user", "On")];
    assert_eq!(reported(&[&one[..], &two[..], &on[..]].concat()), "One: 5 messages, 0 left out, []");
    let boundary = json!({ "type": "system", "subtype": "compact_boundary", "uuid": "x", "parentUuid": null, "sessionId": "s" });
    assert_eq!(reported(&[&one[..], &[boundary], &two[..]].concat()), "One: 4 messages, 0 left out, []");
    let mut other = one.clone();
    other.iter_mut().for_each(|line| line["sessionId"] = json!("t"));
    assert_eq!(reported(&[&other[..], &two[..]].concat()), "One: 4 messages, 0 left out, []");
}
