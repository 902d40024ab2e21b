//! What stands in a person's messages of Codex: her words, and what the program tells the model in her name.

use serde_json::Value;

/// What begins a text that she never saw, in small letters.
const NOTES: [&str; 19] = [
    "<environment_context>",
    "<user_instructions>",
    "# agents.md instructions",
    "<instructions>",
    "<permissions instructions>",
    "<collaboration_mode>",
    "<model_switch>",
    "<personality_spec>",
    "<skill>",
    "<subagent_notification>",
    "<recommended_plugins>",
    "<codex_internal_context",
    "<goal_context>",
    "<extension_context>",
    "<external_",
    "<hook_prompt",
    "<user_action>",
    // Around a picture.
    "<image name=",
    "</image>",
];

/// The first of them in a session.
const CONTEXT: [&str; 3] = ["<environment_context>", "<user_instructions>", "# agents.md instructions"];

fn texts(content: &Value) -> impl Iterator<Item = &str> {
    let blocks = content.as_array().into_iter().flatten().filter_map(|block| block["text"].as_str());
    content.as_str().into_iter().chain(blocks)
}

fn begins(text: &str, with: &str) -> bool {
    text.trim_start().get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with))
}

/// What Codex tells the model in the person's name before she says anything: a log that begins in its middle is known by it.
pub(in crate::conversation::import) fn is_context(item: &Value) -> bool {
    item["role"] == "user" && texts(&item["content"]).any(|text| CONTEXT.iter().any(|note| begins(text, note)))
}

pub(super) fn is_aborted(content: &Value) -> bool {
    texts(content).any(|text| begins(text, "<turn_aborted>"))
}

/// A command that she ran herself, and what it printed.
pub(super) fn shell_command(content: &Value) -> Option<(String, Option<String>)> {
    let text = texts(content).find(|text| begins(text, "<user_shell_command>"))?;
    let (_, rest) = text.split_once("<command>")?;
    let (command, rest) = rest.split_once("</command>").unwrap_or((rest, ""));
    let printed =
        rest.split_once("<result>").map(|(_, printed)| printed.rsplit_once("</result>").map_or(printed, |(inside, _)| inside));
    let printed = printed.map(str::trim).filter(|printed| !printed.is_empty());
    Some((command.trim().to_owned(), printed.map(str::to_owned)))
}

/// What a person asked, without what the program says in her name.
pub(super) fn asked(content: &Value) -> Value {
    match content {
        Value::String(text) => own(text).unwrap_or_default(),
        Value::Array(blocks) => {
            let kept = blocks.iter().filter_map(|block| match block["text"].as_str() {
                Some(text) => own(text),
                None => Some(block.clone()),
            });
            kept.collect()
        }
        _ => Value::Null,
    }
}

fn own(text: &str) -> Option<Value> {
    let text = text.trim();
    if NOTES.iter().any(|note| begins(text, note)) {
        return None;
    }
    // An editor tells which files are open before it says what was typed.
    let typed = text.strip_prefix("# Context from my IDE setup:").and_then(|text| text.split_once("## My request for Codex:"));
    Some(Value::String(typed.map_or(text, |(_, typed)| typed.trim()).to_owned()))
}
