//! The house itself: who imports whom, and where each dependency lives (ARCHITECTURE.md, the map).

use std::{fs, path::Path};

/// Import order. A module imports only from those before it.
const ORDER: &[&str] = &[
    "conversation",
    "share",
    "token",
    "reader",
    "owner",
    "rate_limit",
    "embed",
    "oembed",
    "og_image",
    "page",
    "asset",
    "cache",
    "postgres",
    "store",
    "config",
    "telemetry",
    "app",
    "http",
    "cli",
];

/// A dependency as code names it, and the only places that may.
const HOMES: &[(&str, &[&str])] = &[
    ("warp", &["http/"]),
    ("hyper", &["http/"]),
    ("multer", &["http/"]),
    ("hyper_util", &["http/"]),
    ("tokio_postgres", &["postgres/", "/store.rs", "share/lookup.rs"]),
    ("deadpool_postgres", &["postgres/", "/store.rs", "share/lookup.rs"]),
    ("refinery", &["postgres/"]),
    ("cairo", &["og_image/"]),
    ("pango", &["og_image/"]),
    ("pangocairo", &["og_image/"]),
    ("png", &["og_image/"]),
    ("sailfish", &["page/"]),
    ("argon2", &["reader/password.rs"]),
    ("governor", &["rate_limit.rs"]),
    ("pasetors", &["token.rs"]),
    ("comrak", &["conversation/markdown/"]),
    ("math_core", &["conversation/markdown/math/"]),
    ("syntect", &["conversation/highlight/"]),
    ("imagesize", &["conversation/raster.rs"]),
];

/// A source file: its path below `src/`, and its code without comments and tests.
struct Source {
    path: String,
    code: String,
}

impl Source {
    fn is_test(&self) -> bool {
        self.path.contains("tests.rs") || self.path.contains("/tests/")
    }

    /// Its name in [`ORDER`], if it has one.
    fn module(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or_default().trim_end_matches(".rs");
        if self.path.ends_with("/store.rs") { "store" } else { first }
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("text");
                let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
                let code: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
                let path = path.strip_prefix(&root).expect("below src").to_string_lossy().into_owned();
                sources.push(Source { path, code: code.join("\n") });
            }
        }
    }
    assert!(sources.len() > 80, "the sources were found");
    sources
}

/// The first names after `crate::`, in groups too: `crate::{app::App, share::access}` names app and share.
fn imports(code: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        // `$crate` and `other_crate::` are not ours.
        if code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == '$') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => paths.push(rest.to_owned()),
            Some(group) => paths.extend(outermost(group).split(',').map(str::to_owned)),
        }
    }
    let name = |path: &String| path.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    paths.iter().map(name).filter(|name| !name.is_empty()).collect()
}

/// A group without the groups in it, up to its closing brace.
fn outermost(group: &str) -> String {
    let mut depth = 0;
    let within = group.chars().take_while(|letter| {
        depth += i32::from(*letter == '{') - i32::from(*letter == '}');
        depth >= 0
    });
    let mut nested = 0;
    let letters: Vec<char> = within.collect();
    let kept = letters.iter().filter(|letter| {
        nested += i32::from(**letter == '{') - i32::from(**letter == '}');
        nested == 0 && **letter != '}'
    });
    kept.collect()
}

fn place(module: &str) -> Option<usize> {
    ORDER.iter().position(|known| *known == module)
}

#[test]
fn imports_are_read_right() {
    assert_eq!(imports("use crate::app::App; crate::share::x()"), ["app", "share"]);
    let group = "use crate::{\n    app::App,\n    share::{ShareId, access::{Access}},\n    page,\n};\nuse std::{a, b};";
    assert_eq!(imports(group), ["app", "share", "page"]);
    assert_eq!(imports("use other_crate::thing; $crate::x"), Vec::<String>::new());
}

#[test]
fn modules_import_only_from_their_left() {
    let mut wrong = Vec::new();
    for source in sources() {
        let Some(own) = place(source.module()) else {
            assert!(matches!(source.path.as_str(), "lib.rs" | "main.rs"), "{}: not in the order", source.path);
            continue;
        };
        let folder = source.path.split('/').next().unwrap_or_default();
        for name in imports(&source.code) {
            let theirs = place(&name).unwrap_or_else(|| panic!("{}: crate::{name} is not in the order", source.path));
            if name == folder || theirs <= own || (source.is_test() && name == "postgres") {
                continue;
            }
            wrong.push(format!("{} imports {name}", source.path));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_map_is_in_the_order() {
    let map = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).expect("src/lib.rs");
    let listed: Vec<&str> = map.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let order: Vec<&str> = ORDER.iter().copied().filter(|module| *module != "store").collect();
    assert_eq!(listed, order);
}

#[test]
fn each_dependency_has_one_home() {
    for source in sources() {
        for (name, homes) in HOMES {
            let at_home = homes.iter().any(|home| {
                let folder = home.ends_with('/') && source.path.starts_with(home);
                folder || source.path == *home || (home.starts_with('/') && source.path.ends_with(home))
            });
            let named = source.code.match_indices(&format!("{name}::")).any(|(at, _)| {
                let before = source.code[..at].chars().next_back();
                before.is_none_or(|before| !before.is_alphanumeric() && before != '_' && before != ':')
            });
            assert!(at_home || !named, "{} names {name}, whose home is {homes:?}", source.path);
        }
        let environment = source.code.contains("std::env") || source.code.contains("env::var");
        let allowed = source.path == "config.rs" || source.is_test();
        assert!(allowed || !environment, "{} reads the environment", source.path);
        assert!(source.path == "config.rs" || !source.code.contains("env ="), "{} names a variable", source.path);
    }
}

#[test]
fn nothing_is_called_a_helper_and_nothing_is_left_to_do() {
    for source in sources() {
        for name in ["utils", "util", "helpers", "common", "manager", "service", "misc"] {
            let part = |part: &str| part == name || part.strip_suffix(".rs") == Some(name);
            assert!(!source.path.split('/').any(part), "{}", source.path);
        }
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(&source.path)).expect("text");
        for word in ["#[allow", "#![allow", "TODO", "FIXME", "XXX", "HACK", "todo!", "unimplemented!"] {
            assert!(!text.contains(word), "{}: {word}", source.path);
        }
    }
}
