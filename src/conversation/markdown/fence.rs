//! Fenced code as lines show it: what opens, what closes, and what an info string says.

/// A line that can open or close fenced code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fence<'a> {
    /// `` ` `` or `~`.
    pub(crate) mark: u8,
    /// How many of them.
    pub(crate) length: usize,
    /// Bytes before the marks.
    pub(crate) indent: usize,
    /// What follows them, trimmed.
    pub(crate) info: &'a str,
}

impl<'a> Fence<'a> {
    /// Reads a line, `indent` bytes of which belong to what it stands in.
    pub(super) fn read(line: &'a str, indent: usize) -> Option<Fence<'a>> {
        let rest = line.get(indent..)?;
        let mark = *rest.as_bytes().first()?;
        let length = rest.bytes().take_while(|&byte| byte == mark).count();
        let info = rest.get(length..)?.trim();
        let opens = length >= 3 && (mark == b'~' || mark == b'`' && !info.contains('`'));
        opens.then_some(Fence { mark, length, indent, info })
    }

    /// A fence at the margin: at most three spaces before it.
    pub(super) fn at_margin(line: &'a str) -> Option<Fence<'a>> {
        let indent = line.bytes().take_while(|&byte| byte == b' ').count();
        if indent < 4 { Fence::read(line, indent) } else { None }
    }

    /// Whether this one ends the code that `open` began.
    pub(crate) fn closes(&self, open: &Fence<'_>) -> bool {
        self.mark == open.mark && self.length >= open.length && self.info.is_empty()
    }

    /// Markdown in a fence often holds fences of the same length: models nest without counting.
    pub(super) fn holds_markdown(&self) -> bool {
        let language = Info::parse(self.info).language;
        language.is_some_and(|language| ["md", "markdown", "mdx"].iter().any(|name| language.eq_ignore_ascii_case(name)))
    }
}

/// Where the code of a fence ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct End {
    /// The closing line; `None` where the text ends first.
    pub(crate) line: Option<usize>,
    /// The longest fence inside that would have ended the code too early; 0 where none would.
    pub(crate) longest: usize,
}

/// Finds the end of the code that `open` begins, among the lines after it. `read` reads a line as a fence, as far as it is one where
/// `open` stands.
///
/// `nested_scans` bounds the searches through nested fences that found no end, for each of them may read all of the text.
pub(super) fn end<'a>(
    lines: &[&'a str],
    open: &Fence<'_>,
    nested_scans: &mut usize,
    read: impl Fn(&'a str) -> Option<Fence<'a>>,
) -> End {
    end_among(lines.iter().copied(), open, nested_scans, read)
}

/// The same among lines that are looked at no further than they have to be.
pub(crate) fn end_among<'a>(
    lines: impl Iterator<Item = &'a str> + Clone,
    open: &Fence<'_>,
    nested_scans: &mut usize,
    read: impl Fn(&'a str) -> Option<Fence<'a>>,
) -> End {
    if open.holds_markdown() && *nested_scans > 0 {
        let (mut depth, mut longest) = (0_usize, 0);
        for (number, line) in lines.clone().enumerate() {
            let Some(fence) = read(line).filter(|fence| fence.mark == open.mark && fence.length >= open.length) else { continue };
            if !fence.info.is_empty() {
                depth += 1;
            } else if depth > 0 {
                depth -= 1;
            } else {
                return End { line: Some(number), longest };
            }
            longest = longest.max(fence.length);
        }
        *nested_scans -= 1;
    }
    let line = { lines }.position(|line| read(line).is_some_and(|fence| fence.closes(open)));
    End { line, longest: 0 }
}

/// What an info string says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Info<'a> {
    /// The language.
    pub(super) language: Option<&'a str>,
    /// The file, from `title="a.rs"`, `filename=a.rs`, `js:app.js`, `12:30:src/a.ts` or a bare `src/a.ts`.
    pub(super) filename: Option<&'a str>,
}

impl<'a> Info<'a> {
    pub(super) fn parse(info: &'a str) -> Info<'a> {
        let info = info.trim();
        let (word, rest) = info.split_once(char::is_whitespace).unwrap_or((info, ""));
        let named = ["title=", "filename=", "file=", "name="].iter().find_map(|key| attribute(rest, key));
        let word = word.trim_start_matches('{').trim_end_matches('}');
        // `rust{1,3}` and `rust,ignore` name lines and flags after the language.
        let bare = word.split(['{', ',']).next().unwrap_or(word);
        let (language, file) = match word.split_once(':') {
            Some((from, file)) if from.bytes().all(|byte| byte.is_ascii_digit()) => {
                (None, file.split_once(':').map_or(Some(file), |(_, file)| Some(file)))
            }
            Some((language, file)) if !language.is_empty() && !file.is_empty() => (Some(language), Some(file)),
            _ if bare.contains('/') => (None, Some(word)),
            _ => (Some(bare), None),
        };
        let some = |text: &&str| !text.is_empty();
        Info { language: language.filter(some), filename: named.or(file).filter(some) }
    }
}

/// The value after `key`, in quotes or up to the next space.
fn attribute<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let value = text.match_indices(key).find(|&(at, _)| at == 0 || text[..at].ends_with(char::is_whitespace))?;
    let value = &text[value.0 + key.len()..];
    match value.chars().next()? {
        quote @ ('"' | '\'') => value[1..].split(quote).next(),
        _ => value.split(char::is_whitespace).next(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn info_strings() {
        for (info, language, filename) in [
            ("rust", Some("rust"), None),
            ("", None, None),
            ("rust title=\"src/main.rs\"", Some("rust"), Some("src/main.rs")),
            ("rust title='my file.rs' {1,3}", Some("rust"), Some("my file.rs")),
            ("ts filename=a.ts", Some("ts"), Some("a.ts")),
            ("js:app.js", Some("js"), Some("app.js")),
            ("12:30:src/a.ts", None, Some("src/a.ts")),
            ("src/a.ts", None, Some("src/a.ts")),
            ("rust,ignore", Some("rust"), None),
            ("js{1,3}", Some("js"), None),
            ("{python}", Some("python"), None),
            ("c++", Some("c++"), None),
            ("subtitle=x", Some("subtitle=x"), None),
            ("js subtitle=x title=", Some("js"), None),
        ] {
            assert_eq!(Info::parse(info), Info { language, filename }, "{info}");
        }
    }

    #[test]
    fn fences() {
        assert_eq!(Fence::at_margin("  ```rust\n"), Some(Fence { mark: b'`', length: 3, indent: 2, info: "rust" }));
        assert_eq!(Fence::at_margin("    ```\n"), None);
        assert_eq!(Fence::at_margin("``x\n"), None);
        assert_eq!(Fence::at_margin("```a`b\n"), None);
        assert!(Fence::at_margin("~~~ a`b\n").is_some());
        let open = Fence::at_margin("~~~~").unwrap();
        assert!(Fence::at_margin("~~~~~ ").unwrap().closes(&open));
        assert!(!Fence::at_margin("~~~").unwrap().closes(&open));
        assert!(!Fence::at_margin("````").unwrap().closes(&open));
    }
}
