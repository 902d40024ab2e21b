//! What an imported conversation is called from now on.

use super::{FORMATS, hex};
use crate::conversation::{Conversation, Part, transcript};
use sha2::{Digest, Sha256};

/// A name that stays the same when the file is imported again.
///
/// What a file says of itself chooses among the conversations of one owner only: the owner's name goes into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    prefix: &'static str,
    key: Key,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Key {
    /// The origin's own id.
    Origin(String),
    /// A hash of who says what: all that a conversation without an id has for certain. What is attached to it is not part of it, because
    /// a ZIP has bytes where the JSON out of it has names.
    Words([u8; 32]),
}

impl Name {
    /// Of a conversation as its format read it.
    pub(super) fn of(conversation: &Conversation) -> Self {
        let source = conversation.source.as_ref();
        let prefix = source.and_then(|source| FORMATS.iter().find(|format| format.name == source.format));
        let prefix = prefix.map_or("import", |format| format.name.strip_suffix("-export").unwrap_or(format.name));
        let id = source.and_then(|source| source.id.clone()).filter(|id| !id.trim().is_empty());
        let key = id.map_or_else(|| Key::Words(words(conversation)), Key::Origin);
        Name { prefix, key }
    }

    /// The conversation's id among those of this owner, or of none: at most 200 characters, all of them safe in a URL's path.
    pub fn among(&self, owner_id: Option<&str>) -> String {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~' | ':');
        let Name { prefix, key } = self;
        let key = match (key, owner_id) {
            (Key::Origin(id), None) if id.len() <= 150 && id.chars().all(plain) => return format!("{prefix}-{id}"),
            (Key::Origin(id), _) => id.as_bytes(),
            (Key::Words(hash), None) => return format!("{prefix}-{:.32}", hex(hash)),
            (Key::Words(hash), _) => hash.as_slice(),
        };
        // No owner's name holds a control character, so that no two pairs give the same bytes.
        let mut hash = Sha256::new();
        if let Some(owner_id) = owner_id {
            hash.update(owner_id);
            hash.update([0]);
        }
        hash.update(key);
        format!("{prefix}-{:.32}", hex(&hash.finalize()))
    }
}

fn words(conversation: &Conversation) -> [u8; 32] {
    let (mut hash, mut said) = (Sha256::new(), false);
    for message in &conversation.messages {
        // U+0000 stands in no text that is stored.
        hash.update([0, message.role as u8]);
        for part in &message.parts {
            if let Part::Text { text, .. } | Part::Code { code: text, .. } = part {
                hash.update([0]);
                hash.update(text.trim());
                said |= !text.trim().is_empty();
            }
        }
    }
    if said {
        return hash.finalize().into();
    }
    // Pictures alone: without them they would all be one.
    transcript::canonical(conversation).map(|(hash, _)| hash.0).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{Message, Role, Source};

    fn conversation(format: &str, id: Option<&str>, parts: Vec<Part>) -> Conversation {
        let source = Some(Source { format: format.to_owned(), id: id.map(str::to_owned), app: None });
        let messages = vec![Message { role: Role::User, parts, ..Message::default() }];
        Conversation { source, messages, ..Conversation::default() }
    }

    fn text(text: &str) -> Part {
        Part::Text { text: text.to_owned(), citations: vec![] }
    }

    fn picture(url: &str) -> Part {
        let url = Some(url.to_owned());
        Part::Image { url, mime: None, width: None, height: None, alt: None, name: None, blob: None }
    }

    #[test]
    fn each_owner_has_a_name_of_their_own_for_the_same_conversation() {
        let hostile = ["a", "a/../b", &"x".repeat(300), "ä"];
        for id in hostile.map(Some).into_iter().chain([None, Some("")]) {
            let name = Name::of(&conversation("claude-export", id, vec![text("hello")]));
            let ids = [None, Some("ann"), Some("bob")].map(|owner| name.among(owner));
            assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2], "{ids:?}");
            assert!(ids.iter().all(|id| id.starts_with("claude-") && id.len() < 200), "{ids:?}");
        }
        let among = |owner: &str, id: &str| Name::of(&conversation("canonical", Some(id), vec![])).among(Some(owner));
        assert_ne!(among("ann", "b-c"), among("ann-b", "c"));
    }

    #[test]
    fn a_file_does_not_choose_the_beginning_of_a_name() {
        for format in ["team", "../x", "", "openai"] {
            assert_eq!(Name::of(&conversation(format, Some("x"), vec![])).among(None), "import-x", "{format}");
        }
    }

    #[test]
    fn without_an_id_the_words_name_it_and_not_what_is_attached() {
        let name = |parts: Vec<Part>| Name::of(&conversation("openai-chat", None, parts)).among(None);
        let plain = name(vec![text("look"), picture("asset:file-1")]);
        assert_eq!(plain, name(vec![text("look"), picture("data:image/png;base64,AA")]));
        assert_eq!(plain, name(vec![text("look\n")]));
        assert_ne!(plain, name(vec![text("look"), text("here")]));
        assert_ne!(plain, name(vec![text("looks")]));
        assert_ne!(name(vec![picture("asset:file-1")]), name(vec![picture("asset:file-2")]), "where there are no words");
    }
}
