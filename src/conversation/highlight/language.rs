//! Which grammar a fence's language or a file's name means.

use std::collections::HashMap;
use std::sync::OnceLock;
use syntect::parsing::{SyntaxReference, SyntaxSet};

/// All grammars, and every name under which people ask for one.
pub(super) struct Grammars {
    pub(super) set: SyntaxSet,
    by_name: HashMap<String, usize>,
}

/// Names that models and people write and no grammar lists. The right side is a name or an extension that one does.
const ALIASES: &[(&str, &str)] = &[
    ("ash", "bash"),
    ("c#", "cs"),
    ("c++", "cpp"),
    ("console", "bash"),
    ("cjs", "js"),
    ("csharp", "cs"),
    ("docker", "dockerfile"),
    ("containerfile", "dockerfile"),
    ("dotenv", "env"),
    ("elisp", "lisp"),
    ("f#", "fs"),
    ("fsharp", "fs"),
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
    ("rs", "rust"),
    ("shell", "bash"),
    ("shell-session", "bash"),
    ("shellscript", "bash"),
    ("sh-session", "bash"),
    ("sqlite", "sql"),
    ("svg", "xml"),
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

    /// The grammar for a language as somebody named it, else for a file of that name.
    pub(super) fn find(&self, language: Option<&str>, filename: Option<&str>) -> Option<&SyntaxReference> {
        self.by_language(language.unwrap_or("")).or_else(|| self.by_filename(filename?))
    }

    fn by_language(&self, language: &str) -> Option<&SyntaxReference> {
        let name = language.trim().trim_start_matches('.').to_lowercase();
        let name = name.strip_prefix("language-").or(name.strip_prefix("lang-")).unwrap_or(&name);
        self.by_name.get(name).and_then(|&index| self.set.syntaxes().get(index))
    }

    fn by_filename(&self, path: &str) -> Option<&SyntaxReference> {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
        self.by_language(name).or_else(|| self.by_language(name.rsplit_once('.')?.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_alias_names_a_grammar() {
        for (alias, name) in ALIASES {
            assert!(Grammars::get().by_language(alias).is_some(), "{alias} → {name}");
        }
    }

    #[test]
    fn common_names_find_their_grammar() {
        let name = |language| Grammars::get().find(Some(language), None).map(|syntax| syntax.name.as_str());
        for (language, grammar) in [
            ("rust", "Rust"),
            ("RS", "Rust"),
            ("js", "JavaScript"),
            ("javascript", "JavaScript"),
            ("ts", "TypeScript"),
            ("tsx", "TypeScriptReact"),
            ("py", "Python"),
            ("sh", "Bourne Again Shell (bash)"),
            ("bash", "Bourne Again Shell (bash)"),
            ("zsh", "Bourne Again Shell (bash)"),
            ("cpp", "C++"),
            ("c", "C"),
            ("hpp", "C++"),
            ("java", "Java"),
            ("go", "Go"),
            ("yml", "YAML"),
            ("toml", "TOML"),
            ("json", "JSON"),
            ("html", "HTML"),
            ("css", "CSS"),
            ("sql", "SQL"),
            ("Dockerfile", "Dockerfile"),
            ("diff", "Diff"),
            ("language-ruby", "Ruby"),
            ("php", "PHP"),
            ("swift", "Swift"),
        ] {
            assert_eq!(name(language), Some(grammar), "{language}");
        }
        assert_eq!(name("mermaid"), None);
        assert_eq!(name("text"), None);
    }

    #[test]
    fn a_file_name_helps_where_no_language_is_given() {
        let name = |path| Grammars::get().find(None, Some(path)).map(|syntax| syntax.name.as_str());
        assert_eq!(name("src/main.rs"), Some("Rust"));
        assert_eq!(name("deploy/Dockerfile"), Some("Dockerfile"));
        assert_eq!(name("C:\\x\\app.py"), Some("Python"));
        assert_eq!(name("README"), None);
    }
}
