//! Messages of more parts than one may have, which agents write in one go.

use super::{Limits, Message, Part, Status};

/// How many times as many parts are read.
const TIMES: usize = 20;

/// Parts of one message of a file that are read; what has more is refused.
pub(super) fn most(limits: &Limits) -> usize {
    limits.parts.saturating_mul(TIMES)
}

/// The message as several of half as many parts as one may have, because each call may still get its result. A result that it has
/// stays with its call. Before folding, which looks through whole messages.
pub(super) fn divided(message: Message, most: usize) -> Vec<Message> {
    if message.parts.len() <= most {
        return vec![message];
    }
    let Message { role, author, model, created_at, status, parts } = message;
    let mut pieces: Vec<Vec<Part>> = vec![vec![]];
    for part in parts {
        let last = pieces.last().map_or(0, Vec::len);
        let is_full = last >= most / 2 && !matches!(part, Part::ToolResult { .. });
        if last > 0 && (is_full || last >= most) {
            pieces.push(vec![]);
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push(part);
        }
    }
    let whole = |parts| Message { role, author: author.clone(), model: model.clone(), created_at, status: Status::Complete, parts };
    let mut messages: Vec<Message> = pieces.into_iter().map(whole).collect();
    if let Some(last) = messages.last_mut() {
        last.status = status;
    }
    messages
}
