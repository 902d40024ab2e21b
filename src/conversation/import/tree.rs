//! Messages that name their parents, as most products store them. A share shows one path of theirs.

use serde_json::Value;
use std::collections::{HashMap, HashSet};
use time::OffsetDateTime;

/// Messages and what each of them answers.
pub(super) struct Tree<'a> {
    nodes: Vec<Node<'a>>,
    places: HashMap<&'a str, usize>,
}

/// A message's place in its conversation.
pub(super) struct Node<'a> {
    /// What its answers call it.
    pub(super) id: Option<&'a str>,
    /// What it answers; may name nothing that the file holds.
    pub(super) parent: Option<&'a str>,
    /// The message, or null for a node that only holds others together.
    pub(super) message: &'a Value,
}

impl<'a> Tree<'a> {
    pub(super) fn new(nodes: impl IntoIterator<Item = Node<'a>>) -> Self {
        let nodes: Vec<Node<'a>> = nodes.into_iter().collect();
        let places = nodes.iter().enumerate().filter_map(|(at, node)| Some((node.id?, at))).collect();
        Tree { nodes, places }
    }

    /// The messages from the first one to `leaf`, or to the newest that nobody answered where the file names no leaf that it holds.
    /// A file whose messages name no parents is one path already.
    pub(super) fn path(&self, leaf: Option<&str>, time: impl Fn(&Value) -> Option<OffsetDateTime>) -> Vec<&'a Value> {
        let answered: HashSet<&str> = self.nodes.iter().filter_map(|node| node.parent).collect();
        if !answered.iter().any(|id| self.places.contains_key(id)) {
            return self.all();
        }
        let mut next = leaf.and_then(|leaf| self.places.get(leaf).copied()).or_else(|| {
            let leaves = self.nodes.iter().enumerate().filter(|(_, node)| node.id.is_none_or(|id| !answered.contains(id)));
            // Of several that are as new, the last of the file.
            leaves.max_by_key(|(_, node)| time(node.message)).map(|(at, _)| at).or(self.nodes.len().checked_sub(1))
        });
        let mut path = Vec::new();
        let mut steps = 0;
        // Parents form a circle in damaged files.
        while let Some(node) = next.map(|at| &self.nodes[at]).filter(|_| steps < self.nodes.len()) {
            steps += 1;
            if !node.message.is_null() {
                path.push(node.message);
            }
            next = node.parent.and_then(|parent| self.places.get(parent).copied());
        }
        path.reverse();
        path
    }

    /// Every message in the file's order.
    pub(super) fn all(&self) -> Vec<&'a Value> {
        self.nodes.iter().map(|node| node.message).filter(|message| !message.is_null()).collect()
    }

    /// Messages on other branches than `path`.
    pub(super) fn beside(&self, path: &[&Value]) -> usize {
        self.nodes.iter().filter(|node| !node.message.is_null()).count().saturating_sub(path.len())
    }

    /// Whether every message hangs on one first message, so that no path leaves out what was said before it.
    pub(super) fn has_one_root(&self) -> bool {
        self.nodes.iter().filter(|node| node.parent.is_none_or(|parent| !self.places.contains_key(parent))).count() == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::json;
    use serde_json::json;

    fn path(nodes: &Value, leaf: Option<&str>) -> String {
        let nodes = nodes.as_array().unwrap().iter();
        let tree = Tree::new(nodes.map(|node| Node { id: node["id"].as_str(), parent: node["in"].as_str(), message: node }));
        let path = tree.path(leaf, |message| json::moment(&message["at"]));
        let ids: Vec<_> = path.iter().map(|message| message["id"].as_str().unwrap_or("?")).collect();
        format!("{} +{}", ids.join(""), tree.beside(&path))
    }

    #[test]
    fn the_leaf_named_else_the_newest_else_all() {
        let nodes = json!([{"id": "a", "in": "gone"}, {"id": "b", "in": "a", "at": 9}, {"id": "c", "in": "a", "at": 5}, {"id": "d", "in": "c", "at": 6}]);
        assert_eq!(path(&nodes, Some("d")), "acd +1");
        assert_eq!(path(&nodes, Some("nowhere")), "ab +2");
        assert_eq!(path(&nodes, None), "ab +2");
        assert_eq!(path(&json!([{"id": "a"}, {"id": "b", "in": "gone"}, {}]), None), "ab? +0");
        assert_eq!(path(&json!([{"id": "a", "in": "b"}, {"id": "b", "in": "a"}]), None), "ab +0");
        assert_eq!(path(&json!([{"id": "a", "in": "a"}]), None), "a +0");
        assert_eq!(path(&json!([]), Some("x")), " +0");
    }
}
