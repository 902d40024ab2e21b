//! Texts for people.

use super::*;

#[test]
fn a_transcript_with_a_header_and_headings() {
    let (found, result) = imported(&fixture("transcript.md"));
    assert_eq!(result.unwrap(), Summary { format: "markdown", conversations: 1, skipped: 0 });
    assert_eq!(report(&found), ["Anvils: a talk: 5 messages, 0 left out, []"]);
    let read = conversation(&found, 0);
    assert_eq!(read.model.as_deref(), Some("claude-x"));
    assert!(read.created_at.is_some() && read.messages[1].created_at.is_some());
    assert_outline(
        read,
        r#"
        System
          text "Exported with love."
        User
          text "How heavy is an anvil?\n\n```text\n## User\n```"
        Assistant claude-opus-4
          text "Fifty kilograms.\n\n### User:\n\nThat was a heading of the answer."
        System
          text "Hidden."
        User
          text "Thanks!"
    "#,
    );
}

#[test]
fn speakers_in_every_way_they_are_written() {
    for text in [
        "#### You:\nHi\n\n#### ChatGPT:\nHello",
        "**User**\n\nHi\n\n---\n\n**Assistant**\n\nHello\n\n---\n",
        "**You:** Hi\n\n**Claude:** Hello\n",
        ">> User:\nHi\n>> Assistant:\nHello",
        "User: Hi\nAI: Hello",
        "You said:\nHi\n\nChatGPT said:\nHello\n",
        "# Human\r\nHi\r\n# Assistant\r\nHello\r\n",
        "## Prompt:\nHi\n\n## Response:\nHello",
        "\u{feff}## 🧑 User\n\nHi\n\n## 🤖 LLM\n\nHello",
    ] {
        let (found, result) = imported(text.as_bytes());
        assert_eq!(result.unwrap().format, "markdown", "{text}");
        let outline = outline(conversation(&found, 0));
        let words: Vec<&str> = outline.lines().map(|line| line.trim().split(" claude").next().unwrap_or_default()).collect();
        assert!(words[0].starts_with("User") && words[1] == "text \"Hi\"", "{text}: {outline}");
        assert!(words[2].starts_with("Assistant") && words[3] == "text \"Hello\"", "{text}: {outline}");
    }
}

#[test]
fn a_rule_divides_messages_and_a_line_to_sign_on_does_not() {
    let texts = |text: &str| -> Vec<String> {
        let (found, _) = imported(text.as_bytes());
        outline(conversation(&found, 0)).lines().filter_map(|line| Some(line.trim().strip_prefix("text ")?.to_owned())).collect()
    };
    let divided = "## User\nSign here:\n\n________\n\n---\n## Assistant\n****\n\n***\n## User\nSo\n\n---\n## Assistant\nNo\n\n----";
    assert_eq!(texts(divided), [r#""Sign here:\n\n________""#, r#""****""#, r#""So""#, r#""No""#]);
    let twin = format!("---\nmessages: 4\nsource: https://vitrine.test/s/x\n---\n\n{divided}");
    assert_eq!(texts(&twin)[..2], [r#""Sign here:\n\n________\n\n---""#, r#""****\n\n***""#], "a twin has no rules of its own");
}

#[test]
fn a_moment_nobody_can_read_is_no_name() {
    let text = "## User · 23.11. 10:14\nHi\n## Assistant · Nov 23, 10:15 · gpt-5\nHello";
    assert_outline(conversation(&imported(text.as_bytes()).0, 0), "User\n text \"Hi\"\nAssistant gpt-5\n text \"Hello\"");
}

#[test]
fn code_in_a_list_swallows_no_speaker() {
    let text = "## User\nHow?\n## Assistant\n1. ```bash\n   ls\n   ```\n2. Done\n## User\nThanks\n## Assistant\n> ```\n> x\n\n## User\nBye";
    assert_outline(
        conversation(&imported(text.as_bytes()).0, 0),
        r#"
        User
          text "How?"
        Assistant
          text "1. ```bash\n   ls\n   ```\n2. Done"
        User
          text "Thanks"
        Assistant
          text "> ```\n> x"
        User
          text "Bye"
    "#,
    );
}

#[test]
fn names_count_that_come_twice() {
    let text = "### Emily\nHi\n### Robo 7\nHello\n### Emily\nBye\n### Robo 7\n**Note**\n";
    assert_outline(
        conversation(&imported(text.as_bytes()).0, 0),
        r#"
        User Emily
          text "Hi"
        Assistant Robo 7
          text "Hello"
        User Emily
          text "Bye"
        Assistant Robo 7
          text "**Note**"
    "#,
    );
    let text = "**You**\nHi\n**Robo**\nHello\n**Summary**\n**Robo**\nBye";
    let (found, _) = imported(text.as_bytes());
    assert_outline(conversation(&found, 0), "User\n text \"Hi\"\nAssistant Robo\n text \"Hello\\n**Summary**\"\n text \"Bye\"");
}

#[test]
fn texts_that_are_no_transcripts() {
    for text in [
        "## User\nonly one",
        "# Guide\n## Steps\na\n## Notes\nb\n## Steps\nc\n## Notes\nd\n## End\n",
        "```\nUser: Hi\nAI: Hello\n```",
        "## User Guide\nfor the assistant:\n",
        "Steps:\n1\nSteps:\n2\nModel: gpt-4\nprompt: x",
        "You can ask: what? **User** friendly and **AI** driven.",
    ] {
        let (found, result) = imported(text.as_bytes());
        assert_eq!(result.unwrap().format, "text", "{text}: {}", outline(conversation(&found, 0)));
    }
}

#[test]
fn floods_take_no_more_than_their_share() {
    let limits = Limits { conversation_bytes: 1 << 20, messages: 100, ..Limits::default() };
    let reason = |text: &str| report(&imported_within(text.as_bytes(), &limits).0).join("");
    assert!(reason(&"User: a\nAI: b\n".repeat(100_000)).contains("more than 100 messages"));
    assert!(reason(&"User: a\nAI: b\n".repeat(51)).contains("more than 100 messages"));
    assert!(reason(&"User: a\nAI: b\n".repeat(50)).contains("100 messages, 0 left out"));
    let names: String = (0..100_000).map(|n| format!("n{n}:\n")).collect();
    assert!(reason(&names).contains("1 messages"));
    let front = format!("---\n{}---\nUser: a\nAI: b\n", "a: b\n".repeat(100_000));
    assert!(reason(&front).contains("2 messages") || reason(&front).contains("3 messages"), "{}", reason(&front));
    let calls = json!({ "conversations": [{ "from": "gpt", "value": "<tool_call></tool_call>".repeat(20_000) }] });
    assert!(reason(&calls.to_string()).contains("more than 10000 parts"));
    let reminders = json!({ "sessionId": "s", "type": "user", "message": { "content": "<system-reminder>".repeat(20_000) } });
    assert!(reason(&reminders.to_string()).contains("1 messages"));
}

#[test]
fn speakers_stand_beside_their_pictures() {
    let text =
        "## USER 🧑‍💻\n\n<session_context>This is the Gemini CLI. SECRET\n\n## USER 🧑‍💻\n\nHow heavy?\n\n## MODEL ✨\n\n50 kg.\n";
    let (found, result) = imported(text.as_bytes());
    assert_eq!(result.unwrap().format, "markdown");
    assert_outline(conversation(&found, 0), "User\n text \"How heavy?\"\nAssistant\n text \"50 kg.\"");
}
