//! Which grammar a fence's language or a file's name means.

use super::dialect::{Dialect, Words};
use std::collections::HashMap;
use std::sync::OnceLock;
use syntect::parsing::{SyntaxReference, SyntaxSet};

/// What colours a language: a lexer of ours, which is quick, or else a grammar of syntect's.
#[derive(Clone, Copy)]
pub(super) enum Syntax {
    Ours(&'static Dialect, &'static Words),
    Theirs(&'static SyntaxReference),
}

impl Syntax {
    /// For a language as somebody named it, else for a file of that name.
    pub(super) fn find(language: Option<&str>, filename: Option<&str>) -> Option<Syntax> {
        language.and_then(by_language).or_else(|| {
            let path = filename?;
            let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
            by_language(name).or_else(|| by_language(name.rsplit_once('.')?.1))
        })
    }
}

fn by_language(language: &str) -> Option<Syntax> {
    let name = language.trim().trim_start_matches('.').to_lowercase();
    let name = name.strip_prefix("language-").or(name.strip_prefix("lang-")).unwrap_or(&name);
    // `diff-js` is a diff first.
    let name = if name.starts_with("diff-") { "diff" } else { name };
    let grammar = Grammars::get().by_name(name);
    let ours = Dialect::of(grammar.map_or(name, |grammar| &grammar.name));
    ours.map(|(dialect, words)| Syntax::Ours(dialect, words)).or(grammar.map(Syntax::Theirs))
}

/// All grammars, and every name under which people ask for one.
pub(super) struct Grammars {
    pub(super) set: SyntaxSet,
    by_name: HashMap<String, usize>,
}

/// Names that models and people write and no grammar lists. The right side is a name or an extension that one does.
const ALIASES: &[(&str, &str)] = &[
    ("apache", "htaccess"),
    ("apacheconf", "htaccess"),
    ("ash", "bash"),
    ("c#", "cs"),
    ("c++", "cpp"),
    ("console", "bash"),
    ("cjs", "js"),
    ("conf", "ini"),
    ("csharp", "cs"),
    ("django", "jinja2"),
    ("docker", "dockerfile"),
    ("containerfile", "dockerfile"),
    ("dotenv", "env"),
    ("elisp", "lisp"),
    ("fs", "f#"),
    ("fsharp", "f#"),
    ("golang", "go"),
    ("gql", "graphql"),
    ("h", "c"),
    ("hcl", "tf"),
    ("ipython", "python"),
    ("javascriptreact", "tsx"),
    ("json5", "json"),
    ("jsonc", "json"),
    ("jsonl", "json"),
    ("jsx", "tsx"),
    ("ksh", "bash"),
    ("kt", "kotlin"),
    ("make", "makefile"),
    ("mdx", "md"),
    ("mjs", "js"),
    ("mysql", "sql"),
    ("node", "js"),
    ("objc", "m"),
    ("objective-c", "m"),
    ("patch", "diff"),
    ("pgsql", "sql"),
    ("plpgsql", "sql"),
    ("postgres", "sql"),
    ("postgresql", "sql"),
    ("proto3", "proto"),
    ("py3", "python"),
    ("pycon", "python"),
    ("python3", "python"),
    ("plsql", "sql"),
    ("regex", "re"),
    ("regexp", "re"),
    ("rs", "rust"),
    ("shell", "bash"),
    ("shell-session", "bash"),
    ("shellscript", "bash"),
    ("sh-session", "bash"),
    ("sqlite", "sql"),
    ("svg", "xml"),
    ("tsql", "sql"),
    ("terminal", "bash"),
    ("typescriptreact", "tsx"),
    ("vim", "viml"),
    ("viml", "vim"),
    ("xhtml", "html"),
];

impl Grammars {
    /// The one set of the process. The first call unpacks it, which takes some ten milliseconds.
    pub(super) fn get() -> &'static Grammars {
        static GRAMMARS: OnceLock<Grammars> = OnceLock::new();
        GRAMMARS.get_or_init(|| {
            let set = two_face::syntax::extra_newlines();
            let mut by_name = HashMap::new();
            for (index, syntax) in set.syntaxes().iter().enumerate().filter(|(_, syntax)| syntax.name != "Plain Text") {
                by_name.insert(syntax.name.to_lowercase(), index);
            }
            // Where two grammars claim an extension the later one has it, as in syntect's own lookup.
            for (index, syntax) in set.syntaxes().iter().enumerate().filter(|(_, syntax)| syntax.name != "Plain Text") {
                by_name.extend(syntax.file_extensions.iter().map(|extension| (extension.to_lowercase(), index)));
            }
            let aliases: Vec<_> = ALIASES.iter().filter_map(|&(alias, name)| Some((alias.into(), *by_name.get(name)?))).collect();
            by_name.extend(aliases);
            Grammars { set, by_name }
        })
    }

    fn by_name(&self, name: &str) -> Option<&SyntaxReference> {
        self.by_name.get(name).and_then(|&index| self.set.syntaxes().get(index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a language or file is highlighted as: the grammar's name, or the first of our dialect's.
    fn found(language: Option<&str>, path: Option<&str>) -> Option<&'static str> {
        Syntax::find(language, path).map(|syntax| match syntax {
            Syntax::Ours(dialect, _) => dialect.names[0],
            Syntax::Theirs(grammar) => grammar.name.as_str(),
        })
    }

    #[test]
    fn every_alias_names_a_grammar() {
        for (alias, name) in ALIASES {
            assert!(Grammars::get().by_name(alias).is_some(), "{alias} → {name}");
        }
    }

    #[test]
    fn common_names_find_their_language() {
        for (language, name) in [
            ("rust", "Rust"),
            ("RS", "Rust"),
            ("js", "JavaScript"),
            ("tsx", "JavaScript"),
            ("py", "Python"),
            ("zsh", "Bourne Again Shell (bash)"),
            ("hpp", "C++"),
            ("c", "C"),
            ("yml", "YAML"),
            ("Dockerfile", "Dockerfile"),
            ("diff", "Diff"),
            ("diff-js", "Diff"),
            ("language-ruby", "Ruby"),
            ("php", "PHP"),
            ("ps1", "powershell"),
            ("erlang", "Erlang"),
        ] {
            assert_eq!(found(Some(language), None), Some(name), "{language}");
        }
        assert_eq!(found(Some("unknown"), None), None);
        assert_eq!(found(Some("text"), None), None);
    }

    #[test]
    fn a_file_name_helps_where_no_language_is_given() {
        for (path, name) in [
            ("src/main.rs", Some("Rust")),
            ("deploy/Dockerfile", Some("Dockerfile")),
            ("C:\\x\\app.py", Some("Python")),
            ("README", None),
        ] {
            assert_eq!(found(None, Some(path)), name, "{path}");
        }
    }
}
