//! Blocks in which an answer sets off what was written for somebody: `:::writing{variant="email" subject="Hi"}`, the text, `:::`.

use crate::conversation::fences;

const OPEN: &str = ":::writing";

/// The text without the lines around its blocks. An e-mail's subject, which the page shows, stays.
pub(super) fn unwrapped(text: &str) -> String {
    if !text.contains(OPEN) {
        return text.to_owned();
    }
    let mut kept = String::with_capacity(text.len());
    let mut inside = false;
    for (line, fenced) in fences::lines(text) {
        let trimmed = line.trim();
        let about = trimmed.strip_prefix(OPEN).filter(|about| about.is_empty() || about.starts_with('{'));
        match (fenced, about) {
            (false, Some(about)) => {
                inside = true;
                if let Some(subject) = subject(about) {
                    kept.push_str(&format!("**{subject}**\n\n"));
                }
            }
            (false, None) if inside && trimmed == ":::" => inside = false,
            _ => kept.push_str(line),
        }
    }
    kept
}

fn subject(about: &str) -> Option<&str> {
    let (_, value) = about.split_once("subject=\"")?;
    value.split_once('"').map(|(subject, _)| subject.trim()).filter(|subject| !subject.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_block_is_its_text_and_its_subject() {
        let text = "Here:\n:::writing{variant=\"email\" id=\"48217\" subject=\"Hi\"}\nDear *you*\n```\n:::\n```\n:::\nFine?\n:::\n";
        assert_eq!(unwrapped(text), "Here:\n**Hi**\n\nDear *you*\n```\n:::\n```\nFine?\n:::\n");
        assert_eq!(unwrapped(":::writing{}\ncut off"), "cut off");
        for text in ["```\n:::writing{}\n:::\n```", ":::writings\n", "a :::writing{}"] {
            assert_eq!(unwrapped(text), text);
        }
    }
}
