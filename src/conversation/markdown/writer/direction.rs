//! Which way a container reads.

use comrak::nodes::{Node, NodeValue};

/// How far to look for the first letter that has a direction.
const MAX_NODES: usize = 64;
const MAX_CHARS: usize = 200;

/// Whether the first letter inside belongs to a script written from right to left (rule P2 of the Unicode Bidirectional Algorithm).
pub(super) fn is_right_to_left(container: Node<'_>) -> bool {
    let direction = container.descendants().take(MAX_NODES).find_map(|node| match &node.data().value {
        NodeValue::Text(text) => text.chars().take(MAX_CHARS).find(|c| c.is_alphabetic()).map(is_right_to_left_letter),
        _ => None,
    });
    direction == Some(true)
}

/// The blocks Unicode reserves for Hebrew, Arabic, Syriac, Thaana, N'Ko and their kin.
fn is_right_to_left_letter(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}
