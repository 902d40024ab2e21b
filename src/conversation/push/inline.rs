//! Bytes that a pushed part carries: a `data:` URL, or base64 in a field of its own.

use super::Reader;
use crate::conversation::attachment::{OVER_A_LIMIT, Over};
use crate::conversation::blob::{Blob, from_base64, from_data_url, is_data_url};
use crate::conversation::{Part, pictures};
use serde::Deserialize;
use serde_json::Value;

/// Fields of a part that may carry bytes, and what stands in them.
pub(super) type Places<'a> = [(&'static str, &'a Value)];

impl Reader {
    /// The first of `places` that carries bytes; or the name of bytes that are stored already, which the store takes only of the host
    /// app that sent them: whoever knows a hash would else have what others sent.
    pub(super) fn inline(&mut self, part: &Value, places: &Places<'_>, prefix: &str) -> Option<Blob> {
        let carries = |field: &str, text: &str| {
            is_data_url(text) || matches!(field, "source.data" | "file_data" | "file.file_data" | "input_audio.data" | "result")
        };
        let found = places.iter().find_map(|(field, value)| Some((*field, value.as_str().filter(|text| carries(field, text))?)));
        let Some((field, text)) = found else {
            return self.stored(&part["blob"], prefix);
        };
        self.inline_bytes += text.len();
        let bytes = if is_data_url(text) { from_data_url(text) } else { from_base64(text) };
        let Some(bytes) = bytes else {
            self.refuse(format!("{prefix}{field}"), "must hold bytes in base64");
            return None;
        };
        let taken = self.allowance.take(bytes);
        taken.map_err(|over| self.refuse_over(format!("{prefix}{field}"), over)).ok()
    }

    /// Takes in the pictures that stand among the words of an answer.
    pub(super) fn pictures(&mut self, parts: &mut Vec<Part>, path: &str) {
        pictures::divide(parts, &mut |bytes| {
            // In base64, as they were sent.
            self.inline_bytes += bytes.len().div_ceil(3) * 4;
            self.allowance.take(bytes).map_err(|over| self.refuse_over(path.to_owned(), over)).ok()
        });
    }

    /// A lenient reader says it as an import does, because nobody reads its errors.
    fn refuse_over(&mut self, field: String, over: Over) {
        if self.lenient {
            self.unsupported.insert(OVER_A_LIMIT.to_owned());
        }
        self.refuse(field, over.rule());
    }

    fn stored(&mut self, name: &Value, prefix: &str) -> Option<Blob> {
        if name.is_null() {
            return None;
        }
        let rule = || "must be the name that Vitrine gave to bytes: 64 hexadecimal digits".to_owned();
        let blob = Blob::deserialize(name).map_err(|_| rule());
        let taken = blob.and_then(|blob| self.allowance.admit(blob).map_err(|over| over.rule()));
        taken.map_err(|rule| self.refuse(format!("{prefix}blob"), rule)).ok()
    }
}
