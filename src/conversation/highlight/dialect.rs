//! What the lexer knows of each language.

mod everyday;
mod others;

use super::class::Class;
use std::collections::HashMap;
use std::sync::OnceLock;

/// One language, by the names that syntect's grammars have for it; one without a grammar by the names fences have for it.
pub(super) struct Dialect {
    pub(super) names: &'static [&'static str],
    /// Words by class, with spaces between.
    keywords: &'static str,
    types: &'static str,
    constants: &'static str,
    functions: &'static str,
    pub(super) line_comments: &'static [&'static str],
    pub(super) block_comment: Option<(&'static str, &'static str)>,
    /// Block comments hold block comments.
    pub(super) nested_comments: bool,
    pub(super) quotes: &'static [Quote],
    pub(super) habits: Habits,
}

/// How a string begins and ends.
pub(super) struct Quote {
    pub(super) open: &'static str,
    pub(super) close: &'static str,
    /// A backslash takes the next character along.
    pub(super) escapes: bool,
    /// The string may go on in the next line.
    pub(super) spans_lines: bool,
    /// `${` and `}` inside hold code.
    pub(super) holds_code: bool,
}

/// What sets a language apart, as far as colours go.
#[derive(Clone, Copy, Default)]
pub(super) struct Habits {
    /// Words are keywords in any case.
    pub(super) ignores_case: bool,
    /// `Capital` words are types, `CAPITALS` constants.
    pub(super) capital_types: bool,
    /// `word(` is a function.
    pub(super) calls: bool,
    /// `word!` is a macro, `'a` a lifetime, `#[…]` an attribute, `r#"…"#` a string.
    pub(super) rust: bool,
    /// `/…/` can be a regular expression, `<Word` a tag.
    pub(super) ecma: bool,
    /// `@word` is an annotation.
    pub(super) annotations: bool,
    /// A line that begins with `#` is for the preprocessor.
    pub(super) preprocessor: bool,
    /// `$word`, `${…}` and `-flag` mean something, and `#` is a comment only where a word could begin.
    pub(super) shell: bool,
    /// `$word` is a variable.
    pub(super) dollar_words: bool,
    /// Words go on after a hyphen and other signs: `set!`, `null?`.
    pub(super) hyphens: bool,
    /// A word or string before this byte is a key.
    pub(super) keys: Option<u8>,
    /// A line in `[…]` is a heading.
    pub(super) sections: bool,
    /// The first characters of a line say what all of it is.
    pub(super) lines: Option<fn(&str) -> Option<Class>>,
    /// Tags with attributes; scripts and styles in them.
    pub(super) markup: bool,
}

const NONE: Habits = Habits {
    ignores_case: false,
    capital_types: false,
    calls: false,
    rust: false,
    ecma: false,
    annotations: false,
    preprocessor: false,
    shell: false,
    dollar_words: false,
    hyphens: false,
    keys: None,
    sections: false,
    lines: None,
    markup: false,
};
const C_LIKE: Habits = Habits { capital_types: true, calls: true, annotations: true, ..NONE };

const fn quote(open: &'static str, close: &'static str) -> Quote {
    Quote { open, close, escapes: true, spans_lines: false, holds_code: false }
}

const fn long(quote: Quote) -> Quote {
    Quote { spans_lines: true, ..quote }
}

const fn raw(quote: Quote) -> Quote {
    Quote { escapes: false, ..quote }
}

const DOUBLE: Quote = quote("\"", "\"");
const SINGLE: Quote = quote("'", "'");
const TRIPLE: Quote = long(quote("\"\"\"", "\"\"\""));
const SLASHES: &[&str] = &["//"];
const HASH: &[&str] = &["#"];
const STARS: Option<(&str, &str)> = Some(("/*", "*/"));

const PLAIN: Dialect = Dialect {
    names: &[],
    keywords: "",
    types: "",
    constants: "",
    functions: "",
    line_comments: &[],
    block_comment: None,
    nested_comments: false,
    quotes: &[],
    habits: NONE,
};

/// The words of one language.
pub(super) type Words = HashMap<&'static str, Class>;

impl Dialect {
    /// The language for which syntect has a grammar of that name; where it has none, the language that fences call so.
    pub(super) fn of(grammar: &str) -> Option<(&'static Dialect, &'static Words)> {
        static BY_NAME: OnceLock<HashMap<&'static str, (&'static Dialect, Words)>> = OnceLock::new();
        let by_name = BY_NAME.get_or_init(|| {
            let named = |dialect: &'static Dialect| dialect.names.iter().map(move |&name| (name, (dialect, dialect.words())));
            everyday::DIALECTS.iter().chain(others::DIALECTS).flat_map(named).collect()
        });
        by_name.get(grammar).map(|(dialect, words)| (*dialect, words))
    }

    fn words(&self) -> Words {
        let classes = [
            (self.keywords, Class::Keyword),
            (self.types, Class::Type),
            (self.constants, Class::Number),
            (self.functions, Class::Function),
        ];
        classes.into_iter().flat_map(|(words, class)| words.split_whitespace().map(move |word| (word, class))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::highlight::language::Syntax;

    #[test]
    fn every_dialect_is_reached_by_its_names() {
        for dialect in everyday::DIALECTS.iter().chain(others::DIALECTS) {
            for name in dialect.names {
                let found = Syntax::find(Some(name), None);
                assert!(matches!(found, Some(Syntax::Ours(found, _)) if std::ptr::eq(found, dialect)), "{name}");
            }
        }
    }

    #[test]
    fn no_word_has_two_classes() {
        for dialect in everyday::DIALECTS.iter().chain(others::DIALECTS) {
            let words = [dialect.keywords, dialect.types, dialect.constants, dialect.functions].join(" ");
            assert_eq!(dialect.words().len(), words.split_whitespace().count(), "{:?}", dialect.names);
        }
    }
}
