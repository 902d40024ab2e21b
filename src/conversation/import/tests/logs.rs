//! Logs and data sets: rows and lines of one conversation or of many.

use super::*;

#[test]
fn llm_rows_become_conversations() {
    let (found, result) = imported(&fixture("llm.json"));
    assert_eq!(result.unwrap(), Summary { format: "llm", conversations: 2, skipped: 2 });
    assert_eq!(
        report(&found),
        [
            "Alone: 2 messages, 0 left out, []",
            "Conversation 2: It is no conversation like the others in the file.",
            "Anvils by llm: 5 messages, 0 left out, []",
            "Conversation 4: It holds no messages.",
        ]
    );
    let read = conversation(&found, 2);
    assert_eq!(conversation_id(read), "llm-01kconv1");
    assert_outline(
        read,
        r#"
        System
          text "Be brief."
        User
          file stock.txt  "stock list"
          image shelf.png image/png 0x0
          file list.pdf application/pdf ""
          text "How many anvils?"
        Assistant gpt-4o-mini
          call count call_1 {"what":"anvil"}
          result call_1 [text "11" ]
          reasoning None false "Count them."
          text "Eleven anvils."
        User
          text "Sure?"
        Assistant other
          text "Sure."
    "#,
    );
}
