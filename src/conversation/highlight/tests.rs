//! Colours and labels of single languages, and code that is none.

use super::*;

/// The code's HTML alone.
pub(super) fn spans(code: &str, language: &str) -> String {
    let html = code_block(code, Some(language), None);
    let start = html.find("<code>").unwrap() + "<code>".len();
    html[start..].strip_suffix("</code></pre></figure>").unwrap().to_owned()
}

pub(super) fn text(html: &str) -> String {
    let mut text = String::new();
    for piece in html.split('<') {
        text.push_str(piece.split_once('>').map_or(piece, |(_, text)| text));
    }
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

#[test]
fn code_gets_short_classes_and_keeps_its_text() {
    for (language, code, expected) in [
        ("rust", "pub fn main() { let s = \"a<b\"; } // end\n", "<span class=\"k\">pub fn</span> <span class=\"f\">main</span>"),
        ("rust", "pub fn main() { let s = \"a<b\"; } // end\n", "<span class=\"s\">\"a&lt;b\"</span>"),
        ("rust", "// one\n// two\nlet x = 1;\n", "<span class=\"c\">// one\n// two</span>"),
        ("python", "def f(x):\n    return x and 1\n", "<span class=\"k\">return</span> x <span class=\"k\">and</span> "),
        ("js", "const a = `x${b + 1}y`;\n", "<span class=\"n\">1</span>"),
        ("ts", "const a: string = 'x';\n", "<span class=\"s\">'x'</span>"),
        ("bash", "for f in *; do echo \"$f\"; done # c\n", "<span class=\"c\"># c</span>"),
        ("json", "{\"a\": 1.5}\n", "<span class=\"n\">1.5</span>"),
        ("yml", "name: x # c\n", "<span class=\"v\">name</span>"),
        ("css", "a { color: red }\n", "<span class=\"v\">color</span>"),
        ("html", "<a href=\"x\">y</a>\n", "<span class=\"v\">href</span>"),
        ("diff", "@@ -1 +1 @@\n-old\n+new\n", "<span class=\"d\">-old</span>\n<span class=\"i\">+new</span>"),
    ] {
        let html = spans(code, language);
        assert!(html.contains(expected), "{language}: {html}");
        assert_eq!(text(&html), code, "{language}");
    }
}

#[test]
fn our_lexer_knows_the_ways_of_its_languages() {
    for (language, code, expected) in [
        ("rust", "fn f<'a>(c: &'a char) { x!('\\'', 'b'); }", "<span class=\"v\">'a</span>"),
        (
            "rust",
            "x!('\\n', r#\"a\"b\"#)",
            "<span class=\"f\">x</span>!(<span class=\"s\">'\\n'</span>, <span class=\"s\">r#\"a\"b\"#</span>)",
        ),
        (
            "rust",
            "#[derive(Debug)]\nstruct A;",
            "<span class=\"m\">#[derive(Debug)]</span>\n<span class=\"k\">struct</span> <span class=\"t\">A</span>;",
        ),
        ("rust", "/* a /* b */ c */ d", "<span class=\"c\">/* a /* b */ c */</span> d"),
        ("js", "a = b / c / d; e = /[/\"]+/g;", "a = b / c / d; e = <span class=\"s\">/[/\"]+/g</span>;"),
        ("js", "`a${f({b: `c`})}d` + 1", "<span class=\"s\">}d`</span> + <span class=\"n\">1</span>"),
        (
            "tsx",
            "return <Card title=\"x\">don't</Card>;",
            "&lt;<span class=\"k\">Card</span> title=<span class=\"s\">\"x\"</span>&gt;don't&lt;/<span class=\"k\">Card</span>&gt;;",
        ),
        ("python", "@cache\ndef f():\n    \"\"\"a\n    'b' \"\"\"", "<span class=\"s\">\"\"\"a\n    'b' \"\"\"</span>"),
        ("python", "x = 1_000.5e-3", "<span class=\"n\">1_000.5e-3</span>"),
        ("bash", "a=$# # c\necho \"x $y\" ${z:-1}#d", "<span class=\"v\">$#</span> <span class=\"c\"># c</span>"),
        ("bash", "apt-get update-now", "<span class=\"f\">apt-get</span> update-now"),
        ("json", "{\"a\" : \"b\"}", "<span class=\"v\">\"a\"</span> : <span class=\"s\">\"b\"</span>"),
        (
            "toml",
            "[a.b]\nc = \"d\" # e",
            "<span class=\"h\">[a.b]</span>\n<span class=\"v\">c</span> = <span class=\"s\">\"d\"</span> <span class=\"c\"># e</span>",
        ),
        ("yaml", "a-b: it's\nurl: http://x#y", "<span class=\"v\">a-b</span>: it's"),
        (
            "sql",
            "select COUNT(*) FROM t -- x",
            "<span class=\"k\">select</span> <span class=\"f\">COUNT</span>(*) <span class=\"k\">FROM</span> t <span class=\"c\">-- x</span>",
        ),
        (
            "c",
            "#include <a.h>\nint x;",
            "<span class=\"m\">#include</span> <span class=\"s\">&lt;a.h&gt;</span>\n<span class=\"t\">int</span> x;",
        ),
        (
            "html",
            "<!-- a --><script>let a = '</b>';</script><p>b",
            "<span class=\"k\">let</span> a = <span class=\"s\">'&lt;/b&gt;'</span>;&lt;/<span class=\"k\">script</span>&gt;&lt;<span class=\"k\">p</span>&gt;b",
        ),
        ("md", "# A\n\nb\n", "<span class=\"h\"># A</span>\n\nb\n"),
    ] {
        let html = spans(code, language);
        assert!(html.contains(expected), "{language}: {html}");
        assert_eq!(text(&html), code, "{language}");
    }
}

/// Whatever the code, all of it comes out again, in order.
#[test]
fn no_character_is_lost() {
    let pieces = [
        "\"",
        "'",
        "`",
        "\\",
        "/*",
        "*/",
        "//",
        "#",
        "${",
        "}",
        "{",
        "<",
        "</",
        ">",
        "a",
        "B",
        "é",
        "1",
        "e-",
        ".",
        "\n",
        " ",
        "r#",
        "b'",
        "[",
        "]",
        "#[",
        "@",
        "<script>",
        "</script>",
        "<!--",
        "-->",
        "\"\"\"",
        "'''",
        "--",
        "$",
        "=",
        ":",
        "!",
        "(",
        "0x",
        "日",
        "R\"(",
        "let",
        "/",
        "<style>",
        "#include",
    ];
    let mut state = 7_u64;
    let mut next = |bound: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % bound
    };
    for language in [
        "rust",
        "ts",
        "python",
        "powershell",
        "ruby",
        "php",
        "lua",
        "haskell",
        "scheme",
        "matlab",
        "vb",
        "asm",
        "mermaid",
        "elixir",
        "bash",
        "json",
        "yaml",
        "toml",
        "css",
        "sql",
        "go",
        "java",
        "kotlin",
        "c",
        "cpp",
        "c#",
        "swift",
        "docker",
        "diff",
        "md",
        "html",
    ] {
        for _ in 0..400 {
            let code: String = (0..1 + next(25)).map(|_| pieces[next(pieces.len())]).collect();
            assert_eq!(text(&spans(&code, language)), code, "{language}");
        }
    }
}

#[test]
fn an_unknown_language_is_plain_and_labelled() {
    let html = code_block("graph <TD>;", Some("unheard-of"), None);
    assert!(html.contains("<span class=\"language\">unheard-of</span>"), "{html}");
    assert!(html.contains("<code>graph &lt;TD&gt;;</code>"), "{html}");
}

#[test]
fn labels_are_escaped_and_cut() {
    let html = code_block("x", Some("<img src=x onerror=alert(1)>"), Some("\u{202e}<b>.rs"));
    assert!(html.contains("&lt;img src=x onerror=alert(1)&gt;") && html.contains("&lt;b&gt;.rs"), "{html}");
    assert!(!html.contains('\u{202e}'));
    assert!(code_block("x", Some(&"y".repeat(5_000)), None).len() < 500);
}

#[test]
fn what_reorders_code_is_marked() {
    let html = spans("let a = \"\u{202e}\"; // x\n", "rust");
    assert!(html.contains("<span class=\"ctl\">U+202E</span>") && !html.contains('\u{202e}'), "{html}");
}

#[test]
fn large_code_and_long_lines_stay_plain() {
    assert!(!spans(&"let a = 1;\n".repeat(5_001), "rust").contains("<span"));
    assert!(!spans(&format!("// {}", "x".repeat(200_001)), "rust").contains("<span"));
    let html = spans(&format!("(f \"x\")\n; {}\n(g \"y\")\n", "x".repeat(3_000)), "clojure");
    assert!(html.matches("<span class=\"s\">").count() == 2 && !html.contains("<span class=\"c\">"), "{html}");
}

#[test]
fn after_the_deadline_code_is_plain() {
    let mut html = String::new();
    push_code_block(&mut html, "(def a 1)\n", Some("clojure"), None, Instant::now());
    assert!(html.contains("<code>(def a 1)\n</code>"), "{html}");
}
