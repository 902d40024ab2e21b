//! Output within bounds, whatever the input: size, depth, time, and no markup from any mixture of pieces.

use super::*;

#[test]
fn what_is_too_much_shows_as_its_source() {
    let too_much = |html: &str, text: &str| {
        html.starts_with("<p class=\"notice\">") && html.contains("<pre class=\"plain\"") && html.contains(text)
    };
    let long = format!("**a** <b>{}", "x".repeat(MAX_BYTES));
    assert!(too_much(&rendered(&long), "**a** &lt;b&gt;x"));
    assert!(too_much(&typed(&long), "**a** &lt;b&gt;x"));
    for deep in
        [">".repeat(200) + "x", "*a **b ".repeat(200) + &"c** d* ".repeat(200), "<b>".repeat(150) + "x" + &"</b>".repeat(150)]
    {
        assert!(too_much(&rendered(&deep), "x") || too_much(&rendered(&deep), "*a **b"), "{deep}");
    }
    assert!(!too_much(&rendered(&(">".repeat(40) + "x")), ""));
    let growing = "[^a]".repeat(20_000) + "\n\n[^a]: x\n";
    assert!(too_much(&rendered(&growing), "[^a][^a]"));
}

#[test]
fn a_panic_shows_the_source() {
    let html = guarded("a <b", |_, _| panic!("on purpose"));
    assert!(html.contains("shown as it was written") && html.contains("a &lt;b</pre>"), "{html}");
}

/// No stack is deep enough for recursion over what a message may nest, and no time for looking at a run from each of its places.
#[test]
fn nesting_needs_no_stack_and_runs_no_second_look() {
    let deep = [
        "`".repeat(200_000),
        "~".repeat(200_000),
        "~a ".repeat(60_000),
        ">".repeat(200_000),
        "- ".repeat(100_000),
        "[".repeat(200_000),
        "*a **b ".repeat(30_000),
        "![".repeat(100_000) + &"](x)".repeat(15_000),
    ];
    let thread = std::thread::Builder::new().stack_size(256 * 1024);
    let lengths = thread.spawn(move || deep.map(|text| rendered(&text).len())).unwrap().join();
    assert!(lengths.is_ok());
}

/// Output grows no faster than input: twice the text, at most a little more than twice the HTML.
#[test]
fn output_is_linear_in_the_input() {
    for unit in [
        "> a\n",
        "- a\n",
        "1. a\n",
        "*a* ",
        "**a ",
        "[a](b) ",
        "[a](https://b.example) ",
        "![a](https://b.example) ",
        "`a` ",
        "\\(",
        "\\[a\\] ",
        "$a_1$ ",
        "$ ",
        "<b>",
        "<b>x</b>",
        "<i></b>",
        "<details>\n\n",
        "<!-- ",
        "<a b='",
        "https://a.example ",
        "www.a.example ",
        "a@b.example ",
        "|a|b|\n|-|-|\n",
        "|",
        "# a\n",
        "a\n=\n",
        "> [!NOTE]\n> a\n\n",
        "- [ ] a\n",
        "&amp;",
        "&",
        "```\n",
        "~~~rust\nfn\n",
        "    a\n\n",
        "~",
        "~a~ ",
        "a\n",
        "[^a]: b\n\n",
        "[a]: b\n",
        "\u{202e}",
        "**。",
        "\t",
        "\r",
        "\0",
        "$",
        "$$\n\n",
        "\\[\n\n",
        "\\(x` ",
        "\\(x\\) ",
        "$$x$$\n\n",
        "\\[\nx\n\n\\]\n",
        "$\\$",
        "- \\[",
        "[1](cite:1) ",
        "[x](cite:1) ",
    ] {
        for render in [rendered, typed] {
            let [small, large] = [300, 600].map(|count| render(&unit.repeat(count)).len());
            assert!(large <= small * 2 + small / 4 + 600, "{unit:?}: {small} → {large}");
            assert!(large <= unit.len() * 600 * MAX_GROWTH + GROWTH_FLOOR, "{unit:?}: {large}");
        }
    }
}

/// Pieces of markup in every order a small generator comes upon; the audit is the assertion.
#[test]
fn nothing_unsafe_comes_of_any_mixture() {
    let pieces = [
        "<b>",
        "</b>",
        "<details>",
        "</details>",
        "<summary>",
        "</summary>",
        "<script>",
        "\n",
        "\n\n",
        "*",
        "**",
        "`",
        "```\n",
        "[",
        "](",
        "](https://a.example)",
        ")",
        "![",
        "> ",
        "- ",
        "1. ",
        "- [ ] ",
        "# ",
        "|",
        "|-|-|\n",
        "x",
        " ",
        "<br>",
        "[^a]",
        "\n\n[^a]: ",
        "\\(",
        "\\)",
        "$",
        "https://a.example/",
        "javascript:x",
        "\"",
        "'",
        "&",
        "&lt;",
        "&#x202e;",
        "\u{202e}",
        "\0",
        "<!--",
        "-->",
        "<kbd>",
        "</kbd>",
        "    ",
        "~~",
        "[1](cite:1)",
        "> [!NOTE]\n",
        "ا",
        "。",
        "<a href=x>",
        "\\",
        "\r\n",
        "é",
        "$$",
        "\\[",
        "\\]",
        "x^2",
        "\\frac{1}{2}",
        "\\begin{cases}",
        "&",
        "\\\\",
        "\\operatorname{<b>}",
        "\\text{",
        "}",
        "{",
        "```math\n",
        "\u{f0000}",
        "&#xF0000;",
    ];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap() % bound
    };
    for _ in 0..4_000 {
        let text: String = (0..2 + next(30)).map(|_| pieces[next(pieces.len())]).collect();
        rendered(&text);
        typed(&text);
        plain(&text, 20);
    }
}

/// Processor time of this thread, so that other tests beside it do not count.
fn spent() -> Duration {
    let now = nix::time::clock_gettime(nix::time::ClockId::CLOCK_THREAD_CPUTIME_ID).unwrap();
    Duration::new(now.tv_sec().unsigned_abs(), u32::try_from(now.tv_nsec()).unwrap())
}

/// Twice the text takes at most three times as long, for patterns that some parser took squares of time for.
#[test]
fn time_is_linear_in_the_input() {
    let patterns: &[(&str, &str, &str)] = &[
        ("", "\\(", ""),
        ("", "\\[", ""),
        ("", "\\[\n\n", ""),
        ("", "$$\n\n", ""),
        ("", "$x ", ""),
        ("", "$ ", ""),
        ("", "$\\$", ""),
        ("", "$x$ ", ""),
        ("", "\\(x` ", ""),
        ("", "- \\[", ""),
        ("", "*a _b ", ""),
        ("", "**a ", ""),
        ("", "[", ""),
        ("", "](", ""),
        ("", "[a](", ""),
        ("", "![", ""),
        ("", "<b>", ""),
        ("", "<details>\n", ""),
        ("", "<!-- ", ""),
        ("", "<a b='", ""),
        ("", "`a``b```", ""),
        ("", "```md\n", ""),
        ("", "~~~\n```\n", ""),
        ("", "- a\n", ""),
        ("| a |\n|---|\n", "| `x|y` ", ""),
        ("", "|", ""),
        ("", "[^a]: b\n\n", ""),
        ("", "[a]: b\n", ""),
        ("", "https://a.example/(", ""),
        ("", "a@", ""),
        ("", "&", ""),
        ("", "\u{202e}", ""),
        ("```js\n", "`${", "\n```"),
        ("```rust\n", "/*", "\n```"),
        ("```py\n", "'", "\n```"),
        ("```powershell\n", "<#", "\n```"),
        ("```lua\n", "--[[", "\n```"),
        ("```html\n", "<a b=\"", "\n```"),
    ];
    let mut slow = Vec::new();
    for (start, unit, end) in patterns {
        let text = |bytes: usize| format!("{start}{}{end}", unit.repeat(bytes / unit.len()));
        let [small, large] = [text(30_000), text(60_000)];
        for render in [|text: &str| assistant(text, &Context::default()), |text: &str| user(text, &Context::default())] {
            let took = |text: &str| {
                let before = spent();
                render(text);
                spent() - before
            };
            // A busy machine can spoil one measure, not all of them. What takes less than a few milliseconds is not slow.
            let fine = (0..4).any(|_| {
                let (once, twice) = (took(&small), took(&large));
                twice < once * 3 || twice < Duration::from_millis(20)
            });
            if !fine {
                slow.push(*unit);
            }
        }
    }
    assert!(slow.is_empty(), "{slow:?}");
}
