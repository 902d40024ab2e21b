//! Which result answers which tool call of a message.

use crate::conversation::Part;
use std::collections::{HashMap, VecDeque};

/// For every part that is a call, where its result stands: the first one left with its id, behind the call if there is one, or without
/// an id the very next part. Providers that number calls by the turn use the same ids again and again in one message.
pub(super) fn results(parts: &[Part]) -> Vec<Option<usize>> {
    let mut free: HashMap<&str, VecDeque<usize>> = HashMap::new();
    for (at, part) in parts.iter().enumerate() {
        if let Part::ToolResult { call_id: Some(id), .. } = part {
            free.entry(id).or_default().push_back(at);
        }
    }
    let of_call = |(at, part): (usize, &Part)| match part {
        Part::ToolCall { call_id: Some(id), .. } => {
            let left = free.get_mut(id.as_str())?;
            let behind = left.iter().position(|found| *found > at).unwrap_or_default();
            left.remove(behind)
        }
        Part::ToolCall { call_id: None, .. } => {
            Some(at + 1).filter(|next| matches!(parts.get(*next), Some(Part::ToolResult { call_id: None, .. })))
        }
        _ => None,
    };
    parts.iter().enumerate().map(of_call).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn call(id: &str) -> Part {
        Part::ToolCall { name: "f".into(), input: Value::Null, call_id: Some(id.to_owned()).filter(|id| !id.is_empty()) }
    }

    fn result(id: &str) -> Part {
        let call_id = Some(id.to_owned()).filter(|id| !id.is_empty());
        Part::ToolResult { output: Vec::new(), name: None, call_id, is_error: false }
    }

    #[test]
    fn an_id_used_again_finds_the_next_result() {
        let turns = [call("0"), result("0"), call("0"), call("1"), result("1"), result("0"), call("0")];
        assert_eq!(results(&turns), [Some(1), None, Some(5), Some(4), None, None, None]);
    }

    #[test]
    fn a_result_before_its_call_is_taken_where_none_is_behind() {
        let parts = [result("a"), call("a"), call("a"), result("a")];
        assert_eq!(results(&parts), [None, Some(3), Some(0), None]);
    }

    #[test]
    fn without_ids_only_neighbours_belong_together() {
        assert_eq!(results(&[call(""), result(""), call(""), call("x"), result("")]), [Some(1), None, None, None, None]);
    }
}
