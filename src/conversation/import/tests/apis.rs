//! Requests and answers of the model APIs.

use super::*;

#[test]
fn responses_items_in_their_order() {
    let (found, result) = imported(&fixture("openai-responses.json"));
    assert_eq!(result.unwrap(), Summary { format: "openai-responses", conversations: 1, skipped: 0 });
    assert_eq!(report(&found), ["How heavy is an anvil?: 3 messages, 0 left out, [\"teleport_call_request\"]"]);
    let read = conversation(&found, 0);
    assert_eq!(conversation_id(read), "openai-responses-resp_1");
    assert_eq!(read.model.as_deref(), Some("gpt-5"));
    assert!(!format!("{:?}", &read.messages[1..]).contains("SECRET"), "what came encrypted is withheld");
    assert_outline(
        read,
        r#"
        System
          text "SECRET instructions"
        User
          text "How heavy is an anvil?"
        Assistant cut off
          reasoning None false "Look it up."
          reasoning None true ""
          call web_search ws_1 {"query":"anvil","type":"search"}
          result ws_1 [sources https://anvil.example/]
          call weigh mcp_1 {"what":"anvil"}
          result mcp_1! [text "Scales are off" ]
          call code_interpreter ci_1 "print(50)"
          result ci_1 [code  "50\n", image   0x0  https://files.example/plot.png]
          call file_search fs_1 ["anvil"]
          result fs_1 [sources ]
          call lookup call_1 "{not json"
          result call_1 [text "fifty" , image  image/png 3x2  ]
          call note call_2 "free text"
          result call_2 [text "noted" ]
          call shell call_3 {"commands":["ls"]}
          result call_3 [code  "a.txt\nwarned"]
          call computer call_4 {"type":"screenshot"}
          result call_4 [image  image/png 3x2  ]
          image  image/png 3x2 an anvil
          notice Summary "The conversation so far was replaced by a summary."
          notice Unsupported "Content of the type “teleport_call_request” cannot be shown here."
          text "Fifty kg."
          sources https://anvil.example/
          notice Refusal "I cannot lift it."
    "#,
    );
}

#[test]
fn responses_items_alone_and_failures() {
    let items = json!([{ "role": "user", "content": "Hi" }, { "type": "reasoning", "summary": [] }, { "type": "message", "role": "assistant", "content": [{ "type": "output_text", "text": "Hello" }] }]);
    let failed = json!({ "object": "response", "status": "failed", "error": { "code": "server_error", "message": "It broke" }, "output": [] });
    let (found, result) = imported(items.to_string().as_bytes());
    assert_eq!(result.unwrap().format, "openai-responses");
    assert_outline(conversation(&found, 0), "User\n text \"Hi\"\nAssistant\n reasoning None true \"\"\n text \"Hello\"");
    let (found, _) = imported(failed.to_string().as_bytes());
    assert_outline(conversation(&found, 0), "Assistant cut off\n notice Error \"It broke\"");
}

#[test]
fn a_chat_completion_is_its_first_choice() {
    let (found, result) = imported(&fixture("chat-completion.json"));
    assert_eq!(result.unwrap(), Summary { format: "chat-completion", conversations: 1, skipped: 0 });
    assert_eq!(report(&found), ["An anvil weighs: 1 messages, 1 left out, []"]);
    assert_eq!(conversation_id(conversation(&found, 0)), "chat-completion-chatcmpl-1");
    assert_outline(conversation(&found, 0), "Assistant cut off\n reasoning None false \"Heavy.\"\n text \"An anvil weighs\"");
    // One a line, and one of the older form among them.
    let old = json!({ "choices": [{ "text": "Once upon a time", "finish_reason": "stop" }] });
    let one: Value = serde_json::from_slice(&fixture("chat-completion.json")).unwrap();
    let (found, result) = imported(format!("{one}\n{old}\n{{\"choices\":[{{\"mess").as_bytes());
    assert_eq!(result.unwrap(), Summary { format: "chat-completion", conversations: 2, skipped: 1 });
    assert_outline(conversation(&found, 1), "Assistant\n text \"Once upon a time\"");
}

#[test]
fn anthropic_requests_and_answers() {
    let (found, result) = imported(&fixture("anthropic-messages.json"));
    assert_eq!(result.unwrap(), Summary { format: "anthropic-messages", conversations: 1, skipped: 0 });
    assert_outline(
        conversation(&found, 0),
        r#"
        System
          text "SECRET system"
        User
          image   0x0  https://example.org/anvil.jpg
          file Weights  "anvil: 50 kg"
          text "How heavy?"
        Assistant
          reasoning None false "Look."
          reasoning None true ""
          call weigh toolu_1 {}
          result toolu_1 [text "50" ]
          call web_search srv_1 {"query":"anvil"}
          result srv_1! [code json "{\n  \"error_code\": \"unavailable\",\n  \"type\": \"web_search_tool_result_error\"\n}"]
          call bash srv_2 {"command":"ls"}
          result srv_2 [code  "a.txt\nwarned"]
          text "It weighs 50 kg[1](cite:1)."
    "#,
    );
    let answer = json!({ "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-x", "stop_reason": "max_tokens", "content": [{ "type": "text", "text": "An anvil" }] });
    let request: Value = serde_json::from_slice(&fixture("anthropic-messages.json")).unwrap();
    let (found, result) = imported(answer.to_string().as_bytes());
    assert_eq!(result.unwrap().format, "anthropic-messages");
    assert_eq!(conversation_id(conversation(&found, 0)), "anthropic-messages-msg_1");
    assert_outline(conversation(&found, 0), "Assistant claude-x cut off\n text \"An anvil\"");
    let (found, result) = imported(request["messages"].to_string().as_bytes());
    assert_eq!(result.unwrap(), Summary { format: "anthropic-messages", conversations: 1, skipped: 0 });
    assert_eq!(conversation(&found, 0).messages.len(), 2);
}

#[test]
fn conversations_of_one_log_need_not_show_which_api_it_was() {
    let plain = json!({ "messages": [{ "role": "user", "content": "Hi" }, { "role": "assistant", "content": "Hello" }] });
    let blocks: Value = serde_json::from_slice(&fixture("anthropic-messages.json")).unwrap();
    let strange = json!({ "neither": "nor" });
    for (lines, format) in [([&blocks, &plain, &strange], "anthropic-messages"), ([&plain, &blocks, &strange], "openai-chat")] {
        let (found, result) = imported(lines.map(Value::to_string).join("\n").as_bytes());
        assert_eq!(result.unwrap(), Summary { format, conversations: 2, skipped: 1 });
        assert!(report(&found)[2].contains("no conversation like the others"));
    }
}

/// What a host app has in its hands can be pushed as it is; bad fields are named where they stand.
#[test]
fn the_same_documents_can_be_pushed() {
    let limits = Limits::default();
    for file in ["openai-responses.json", "chat-completion.json", "anthropic-messages.json"] {
        let pushed = crate::conversation::push::parse(&fixture(file), &limits).unwrap();
        let (found, _) = imported(&fixture(file));
        assert_eq!(pushed.messages, conversation(&found, 0).messages, "{file}");
    }
    let refused = |document: Value| match crate::conversation::push::parse(document.to_string().as_bytes(), &limits) {
        Err(crate::conversation::push::Rejected::Invalid(errors)) => {
            errors.into_iter().map(|error| error.field).collect::<Vec<_>>()
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(
        refused(
            json!({ "model": "m", "input": [{ "role": "user", "content": [{ "type": "input_text" }] }, { "type": "reasoning", "summary": "no" }], "output": [
            { "type": "function_call", "call_id": 1 }, { "type": "function_call_output", "output": [{ "type": "input_text" }] }] })
        ),
        ["input[0].content[0].text", "input[1].summary", "output[0].call_id", "output[0].name", "output[1].output[0].text"]
    );
    assert_eq!(refused(json!({ "choices": [] })), ["choices"]);
    assert_eq!(refused(json!({ "choices": [{ "message": { "role": "wizard" } }] })), ["choices[0].message.role"]);
    assert_eq!(refused(json!({ "type": "message", "role": "assistant", "content": [{ "type": "text" }] })), ["content[0].text"]);
    assert_eq!(
        refused(json!({ "messages": [{ "type": "function_call" }, { "type": "text", "text": "a part" }] })),
        ["messages[0].name", "messages[1].role"]
    );
}
