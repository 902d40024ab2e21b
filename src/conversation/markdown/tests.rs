//! What comes out, and above all what never does: every output here passes [`audit`], which knows each element and attribute that may
//! stand in a message.

mod audit;
mod bounds;
mod code;
mod hostile;

use super::*;
use audit::audit;

const PREFIX: &str = "m7-";

fn citations() -> Vec<Citation> {
    let citation = |id: &str, url: Option<&str>| Citation {
        id: id.into(),
        url: url.map(Into::into),
        title: Some("A \"b\" <c>".into()),
        ..Citation::default()
    };
    vec![citation("1", Some("https://one.example/")), citation("bad", Some("javascript:alert(1)")), citation("no url", None)]
}

fn rendered(text: &str) -> String {
    let html = assistant(text, &Context { id_prefix: PREFIX, citations: &citations() });
    audit(&html).unwrap_or_else(|fault| panic!("{fault}\nin {html}\nof {text}"));
    html
}

fn typed(text: &str) -> String {
    let html = user(text, &Context::default());
    audit(&html).unwrap_or_else(|fault| panic!("{fault}\nin {html}\nof {text}"));
    html
}

/// (Markdown, what its HTML holds, what it does not)
type Case = (&'static str, &'static [&'static str], &'static [&'static str]);

fn check(cases: &[Case], render: fn(&str) -> String) {
    for (text, holds, lacks) in cases {
        let html = render(text);
        for part in *holds {
            assert!(html.contains(part), "{text:?} gave {html}\nwithout {part}");
        }
        for part in *lacks {
            assert!(!html.contains(part), "{text:?} gave {html}\nwith {part}");
        }
    }
}

#[test]
fn columns_of_sentences_ask_for_room() {
    let table =
        format!("| a | b |\n|---|--:|\n| {} | {} |\n| short | `{}` |", "word ".repeat(13), "word ".repeat(6), "c".repeat(61));
    let html = rendered(&table);
    for cell in [
        "<td dir=\"auto\" class=\"long\">word",
        "class=\"right middling\">word",
        "<td dir=\"auto\">short",
        "class=\"right long\"><code",
    ] {
        assert!(html.contains(cell), "{cell}: {html}");
    }
}

#[test]
fn markdown_that_models_write() {
    check(
        &[
            (
                "# A\n\n## B\n\n### C\n\n#### D\n\n###### F",
                &[
                    "<h3 dir=\"auto\">A</h3><h4 dir=\"auto\">B</h4><h5 dir=\"auto\">C</h5><h6 dir=\"auto\">D</h6><h6 dir=\"auto\">F</h6>",
                ],
                &["<h1", "<h2"],
            ),
            (
                "### Deep\n\n## Shallow\n\n##### Skips\n\n## Back",
                &["<h3 dir=\"auto\">Deep</h3><h3 dir=\"auto\">Shallow</h3><h4 dir=\"auto\">Skips</h4><h3 dir=\"auto\">Back</h3>"],
                &["<h5", "<h6"],
            ),
            (
                "a *b* **c** ~~d~~ `e<f`\ng  \nh",
                &["<p dir=\"auto\">a <em>b</em> <strong>c</strong> <del>d</del> <code dir=\"ltr\">e&lt;f</code><br>\ng<br>h</p>"],
                &[],
            ),
            (
                "- a\n- b\n  - c",
                &[
                    "<ul dir=\"auto\"><li dir=\"auto\">a</li><li dir=\"auto\">b<ul dir=\"auto\"><li dir=\"auto\">c</li></ul></li></ul>",
                ],
                &["<p"],
            ),
            ("- a\n\n- b", &["<li dir=\"auto\"><p dir=\"auto\">a</p></li>"], &[]),
            ("3. a\n4. b", &["<ol start=\"3\" dir=\"auto\"><li"], &[]),
            (
                "- [x] a\n- [ ] b",
                &["<ul class=\"tasks\"", "disabled checked aria-label=\"Done\"> a", "disabled aria-label=\"To do\"> b"],
                &["[x]"],
            ),
            ("> a\n\n---", &["<blockquote dir=\"auto\"><p dir=\"auto\">a</p></blockquote><hr>"], &[]),
            (
                "> [!WARNING]\n> a",
                &["<div class=\"alert warning\"><p class=\"title\" dir=\"auto\">Warning</p><p dir=\"auto\">a</p></div>"],
                &["[!"],
            ),
            ("> [!TIP] My <b> title\n> a", &["<p class=\"title\" dir=\"auto\">My &lt;b&gt; title</p>"], &[]),
            (
                "| a | b |\n|:-:|--:|\n| `c|d` | e<br>f |",
                &[
                    "<div class=\"wide\" tabindex=\"0\" ",
                    "<thead><tr><th scope=\"col\" dir=\"auto\" class=\"center\">a</th>",
                    "</thead><tbody><tr>",
                    "<code dir=\"ltr\">c|d</code>",
                    "class=\"right\">e<br>f</td></tr></tbody></table></div>",
                ],
                &[],
            ),
            ("| a |\n|---|", &["</tr></thead></table></div>"], &["tbody"]),
            ("**この文は重要です。**但这句话并不重要。", &["<strong>この文は重要です。</strong>但"], &["**"]),
            ("**마크다운(Markdown)**을", &["<strong>마크다운(Markdown)</strong>을"], &[]),
            ("- استخدم الأمر\n- b", &["<ul dir=\"rtl\"><li dir=\"auto\">"], &[]),
            ("> - שלום", &["<blockquote dir=\"rtl\"><ul dir=\"rtl\">"], &[]),
            (
                "see https://example.com/a_(b), or a@b.example",
                &["href=\"https://example.com/a_(b)\"", ">https://example.com/a_(b)</a>,", "href=\"mailto:a@b.example\""],
                &[],
            ),
            (
                "[a](https://b.example \"t\\\"<\")",
                &["<a href=\"https://b.example/\" title=\"t&quot;&lt;\" rel=\"nofollow ugc noopener noreferrer\">a</a>"],
                &[],
            ),
            ("[](https://b.example)", &[">https://b.example</a>"], &[]),
            ("line one\nline two", &["line one<br>\nline two"], &[]),
            ("价格5~10元，100~200元，~~不~~", &["价格5~10元，100~200元，<del>不</del>"], &["<sub>"]),
        ],
        rendered,
    );
}

#[test]
fn fences() {
    check(
        &[
            (
                "```rust title=\"src/main.rs\"\nfn main() {}\n```",
                &[
                    "<span class=\"language\">rust</span><span class=\"filename\" dir=\"auto\">src/main.rs</span>",
                    "<span class=\"k\">fn</span>",
                    "<button type=\"button\" class=\"copy\" hidden>Copy</button>",
                ],
                &["title="],
            ),
            ("```js:app.js\nconsole.log(1)\n```", &[">js</span>", ">app.js</span>"], &[]),
            ("```diff\n-a\n+b\n```", &["<span class=\"d\">-a</span>\n<span class=\"i\">+b</span>"], &[]),
            ("```mermaid\ngraph TD; A-->B;\n```", &[">mermaid</span>", "<span class=\"t\">A</span>--&gt;"], &[]),
            ("```\na", &["<code>a</code>"], &[]),
            (
                "```markdown\n# Doc\n```bash\nls\n```\nend\n```\nafter",
                &["bash</span>", "end\n</code></pre></figure><p dir=\"auto\">after</p>"],
                &["</figure><figure"],
            ),
            ("    indented \\( code", &["indented \\( code"], &["\\\\"]),
            ("```\"><script>alert(1)</script>\nx\n```", &["&gt;&lt;script&gt;"], &["<script"]),
            ("``` x onload=alert(1) title=\"<img src=x>\"\nx\n```", &["&lt;img src=x&gt;"], &["<img"]),
            ("```x\n</code></pre><script>alert(1)</script>\n```", &["&lt;/code&gt;&lt;/pre&gt;&lt;script&gt;"], &["<script"]),
            ("a `x\u{202e}y` \u{2066}b", &["x<span class=\"ctl\">U+202E</span>y", "</code> b"], &[]),
        ],
        rendered,
    );
}

#[test]
fn formulas_are_typeset_and_money_stays_money() {
    let money = "It costs $5 to $10, R$ 12,29/metro, $740 for $5 million; $PATH_A. \\( alone, \\[not math.";
    assert_eq!(rendered(money), format!("<p dir=\"auto\">{money}</p>"));
    check(
        &[
            ("**$1.50** and **$4**", &["<strong>$1.50</strong> and <strong>$4</strong>"], &["<math"]),
            ("so $x$ is", &["so <math alttext=\"x\"><mi>x</mi></math> is"], &["$", "tabindex"]),
            ("\\(a_{1} * b\\)", &["<math alttext=\"a_{1} * b\"><msub>"], &["\\(", "<em"]),
            (
                "x $$y$$ z",
                &[
                    "x <span class=\"formula\" tabindex=\"0\" role=\"group\" aria-label=\"Formula\"><math display=\"block\" alttext=\"y\"><mi>y</mi></math></span> z",
                ],
                &["$"],
            ),
            (
                "\\[\n+ a_1 &= b \\\\\n- c * d * e\n\\]",
                &["<mtable", "alttext=\"+ a_1 &amp;= b \\\\\n- c * d * e\""],
                &["<ul", "<em"],
            ),
            (
                "- in a list:\n  $$\n  y = 1\n  $$",
                &["<li dir=\"auto\">in a list:<br>\n<span class=\"formula\"", "alttext=\"y = 1\""],
                &["<h", "$"],
            ),
            ("- a\n\n  $$\n  y\n\n  + 1\n  $$\n\n  b", &["alttext=\"y\n\n+ 1\""], &["$", "</ul><"]),
            ("> $$\n> x > 1\n> $$", &["alttext=\"x &gt; 1\""], &["$"]),
            (
                "| $|x|$ | \\(a|b\\) |\n|---|---|\n| $|x_1|$ | \\(a|b\\) |",
                &["alttext=\"|x|\"", "alttext=\"a|b\"", "alttext=\"|x_1|\""],
                &["$", "\\("],
            ),
            ("`\\(x\\)` and `$x_1$`", &[">\\(x\\)</code>", ">$x_1$</code>"], &["<math"]),
            ("```math\nx = 1\n```", &["<p><span class=\"formula\"", "alttext=\"x = 1\""], &["<figure"]),
            ("```math\n\\frac{1}{\n```", &["<figure class=\"code\">", ">math</span>", "\\frac{1}{"], &["<math"]),
            ("```latex\n$x$\n```", &["<figure class=\"code\">"], &["<math"]),
            ("# On $x$", &["<h3 dir=\"auto\">On <math"], &[]),
            ("**$x$** *\\(y\\)* [$z$](https://a.example)", &["<strong><math", "<em><math", ">z</mi></math></a>"], &["$"]),
            ("[$$z$$](https://a.example)", &["<math display=\"block\""], &["tabindex"]),
            ("[$x$]\n\n[$x$]: https://a.example", &["<a href=\"https://a.example/\"", "<math"], &["$"]),
            ("H<sub>$n$</sub>", &["<sub><math"], &[]),
            ("设$x$为**$y$**的", &["设<math", "<strong><math"], &["$"]),
            ("<details>\n<summary>On $x$</summary>\n\n$y$\n\n</details>", &["<summary dir=\"auto\">On <math"], &["$"]),
            ("\\(a + b + c + d + e + f + g + h + i + j + k + l + m\\)", &["<span class=\"formula line\" tabindex=\"0\""], &[]),
        ],
        rendered,
    );
}

#[test]
fn formulas_that_cannot_be_typeset_show_their_source() {
    check(
        &[
            (
                "$\\frac{1}{$ and \\(\\undefinedmacro{x}\\)",
                &[
                    "<code class=\"tex\" dir=\"ltr\">$\\frac{1}{$</code>",
                    "<code class=\"tex\" dir=\"ltr\">\\(\\undefinedmacro{x}\\)</code>",
                ],
                &["<math"],
            ),
            ("\\(\\operatorname{<img/src=x/onerror=alert(1)>}\\)", &["&lt;img/src=x"], &["<img"]),
            (
                "![$x$](https://a.example/$y$) [a](https://a.example/$z$ \"$t$\")",
                &["Image: $x$", "/$y$\"", "/$z$\" title=\"$t$\""],
                &[],
            ),
            ("> [!NOTE] On $x$\n> a", &[">On $x$</p>"], &[]),
            ("&#xF0000; $x$", &["</math> <math"], &[]),
        ],
        rendered,
    );
    let many = rendered(&"$x$ ".repeat(2_001));
    assert_eq!((many.matches("<math").count(), many.matches("<code class=\"tex\"").count()), (2_000, 1));
    let long = rendered(&format!("\\({}\\)", "x+".repeat(4_200)));
    assert!(!long.contains("<math") && long.contains("x+x+"), "{long}");
    let verbose = rendered(&format!("\\({}\\) and **bold**", "'".repeat(8_000)));
    assert!(verbose.contains("<strong>bold</strong>") && !verbose.contains("<math"));
}

#[test]
fn raw_html_shows_but_for_the_short_list() {
    check(
        &[
            (
                "H<sub>2</sub>O, line<br>break, <KBD>Ctrl</KBD>, <u>u</u>",
                &["H<sub>2</sub>O", "line<br>break", "<kbd>Ctrl</kbd>", "<u>u</u>"],
                &["&lt;"],
            ),
            ("<your_username>, Vec<String>, <button>", &["&lt;your_username&gt;, Vec&lt;String&gt;, &lt;button&gt;"], &[]),
            ("<b>not closed", &["&lt;b&gt;not closed"], &["<b>"]),
            ("<b class=x>a</b>", &["&lt;b class=x&gt;a&lt;/b&gt;"], &["<b"]),
            ("*<b>a*</b>", &["<em>&lt;b&gt;a</em>&lt;/b&gt;"], &[]),
            ("| a<b>b |\n|---|\n| c</b> |", &["&lt;b&gt;"], &["<b>"]),
            (
                "<details><summary>More <b>of</b> it</summary>\n\ninside **bold**\n\n</details>",
                &[
                    "<details dir=\"auto\"><summary dir=\"auto\">More <b>of</b> it</summary><p dir=\"auto\">inside <strong>bold</strong></p></details>",
                ],
                &["&lt;"],
            ),
            ("<details>\n\n- a\n\n</details>", &["<details dir=\"auto\"><summary>Details</summary><ul"], &[]),
            (
                "<details>\n<summary>a</summary>\nline one\n  line two\n</details>",
                &["</summary><p class=\"typed\" dir=\"auto\">line one<br>  line two</p></details>"],
                &[],
            ),
            ("- <details>\n\n  a", &["&lt;details&gt;"], &["<details"]),
            ("x <details><summary>y</summary></details>", &["x &lt;details&gt;"], &["<details"]),
            (
                "<div align=\"center\">\n  <img src=\"x\" onerror=\"alert(1)\">\n</div>",
                &["&lt;div align=\"center\"&gt;<br>  &lt;img src=\"x\" onerror=\"alert(1)\"&gt;<br>&lt;/div&gt;</p>"],
                &["<div", "<img"],
            ),
            ("<!-- a comment -->", &["&lt;!-- a comment --&gt;"], &["<!--"]),
            ("<script>\nalert(\"<b>x</b>\")\n</script>", &["&lt;b&gt;x&lt;/b&gt;"], &["<script", "<b>"]),
            ("<details><p onclick=x>\n\n</details>", &["&lt;p onclick=x&gt;"], &["<p onclick"]),
        ],
        rendered,
    );
}

#[test]
fn links_and_pictures_lead_only_where_they_may() {
    check(
        &[
            (
                "[x](javascript:alert(1)) [y](JaVaScRiPt:alert(1)) [z](java&#10;script:alert(1))",
                &["<p dir=\"auto\">x y z</p>"],
                &["<a"],
            ),
            ("[x](data:text/html,x) [y](vbscript:x) [z](//a.example) [w](/etc) [v](#m1) [u](file:///x)", &["x y z w v u"], &["<a"]),
            ("<javascript:alert(1)>", &["javascript:alert(1)"], &["<a"]),
            ("[x][r]\n\n[r]: javascript:alert(1) \"t\"", &["<p dir=\"auto\">x</p>"], &["<a"]),
            ("[x](https://a.example/\"onmouseover=alert(1))", &["href=\"https://a.example/%22onmouseover=alert(1)\""], &[]),
            ("[x](<https://a.example/\"><script>>)", &["&lt;script&gt;"], &["<script"]),
            (
                "![a *b*](https://i.example/x.png \"t\")",
                &[
                    "<a class=\"remote-image\" href=\"https://i.example/x.png\" title=\"t\" rel=\"nofollow ugc noopener noreferrer\">Image: a b — i.example</a>",
                ],
                &["<img"],
            ),
            ("![](https://i.example/x.png)", &[">Image — i.example</a>"], &[]),
            ("![x](data:image/png;base64,AAAA)", &["<span class=\"remote-image\">Image: x</span>"], &["data:"]),
            ("![<script>](javascript:alert(1))", &["Image: &lt;script&gt;"], &["javascript"]),
            (
                "[![a](https://i.example/x)](https://b.example)",
                &["href=\"https://b.example/\"", "<span class=\"remote-image\">Image: a — i.example</span></a>"],
                &[],
            ),
            ("![[a](https://b.example)](https://i.example/x)", &[">Image: a — i.example</a>"], &[]),
            ("[https://a.example](https://b.example)", &["href=\"https://b.example/\""], &["href=\"https://a"]),
            ("[\u{202e}gpj](https://b.example/%E2%80%AE)", &[">gpj</a>"], &[]),
            ("https://аpple.com", &["href=\"https://xn--pple-43d.com/\""], &[]),
            ("ftp://a.example and tel:1", &["ftp://a.example and tel:1"], &["<a"]),
        ],
        rendered,
    );
}

#[test]
fn citations_lead_to_what_was_cited() {
    check(
        &[
            (
                "a[1](cite:1)",
                &[
                    "a<sup class=\"cite\"><a href=\"https://one.example/\" title=\"A &quot;b&quot; &lt;c&gt;\" rel=\"nofollow ugc noopener noreferrer\">1</a></sup>",
                ],
                &[],
            ),
            ("a[](cite:1) b[【7】](cite:1)", &[">1</a></sup> b", " b<sup class=\"cite\"><a", ">1</a></sup></p>"], &["7"]),
            (
                "as [the *study*](cite:1) says",
                &["as the <em>study</em><sup class=\"cite\"><a href=\"https://one.example/\"", ">1</a></sup> says"],
                &[],
            ),
            (
                "a[2](cite:bad) b[3](<cite:no url>)",
                &["<sup class=\"cite\"><a href=\"#m7-source2\">2</a></sup>", "<a href=\"#m7-source3\">3</a>"],
                &["javascript"],
            ),
            ("a[9](cite:unknown)", &["<p dir=\"auto\">a9</p>"], &["<a", "<sup"]),
            ("[a ![b](cite:1)](cite:1)", &["Image: b"], &[]),
            ("*[](cite:1)*", &["<em><sup class=\"cite\">"], &[]),
        ],
        rendered,
    );
}

#[test]
fn footnotes_have_ids_of_ours() {
    check(
        &[
            (
                "a[^x] b[^x] c[^\"><script>]\n\n[^x]: The note.\n\n[^\"><script>]: Two",
                &[
                    "a<sup class=\"footnote\" id=\"m7-fnref1-1\"><a href=\"#m7-fn1\" role=\"doc-noteref\" aria-label=\"Footnote 1\">1</a></sup>",
                    "id=\"m7-fnref1-2\"",
                    "<div class=\"footnotes\"><ol dir=\"auto\"><li id=\"m7-fn1\" dir=\"auto\"><p dir=\"auto\">The note.</p>",
                    "<li id=\"m7-fn2\"",
                    "aria-label=\"Back to reference 2-1\"",
                ],
                &["<script"],
            ),
            ("a[^x]", &["a[^x]"], &["<sup"]),
            ("[a[^x]](https://b.example)\n\n[^x]: y", &["id=\"m7-fnref1-1\">1</sup></a>"], &[]),
            ("a[^x]\n\n[^x]: see [^x] and [^y]\n\n[^y]: b", &["id=\"m7-fn2\""], &[]),
        ],
        rendered,
    );
    let html = assistant("a[^x]\n\n[^x]: y", &Context { id_prefix: "\"><b", citations: &[] });
    assert!(!html.contains("\"><b"), "{html}");
}

#[test]
fn what_a_person_typed_stays_as_typed() {
    check(
        &[
            (
                "# no heading\n- no list\n1. none\n> nor quote\n**a** <b>c</b>",
                &[
                    "<p class=\"typed\" dir=\"auto\"># no heading<br>- no list<br>1. none<br>&gt; nor quote<br>**a** &lt;b&gt;c&lt;/b&gt;</p>",
                ],
                &[],
            ),
            ("a\n\n\n  b  c\r\n", &["<p class=\"typed\" dir=\"auto\">a</p><p class=\"typed\" dir=\"auto\">  b  c</p>"], &[]),
            (
                "look:\n```js\nlet a = `b`;\n```\nthen",
                &[
                    "look:</p><figure class=\"code\">",
                    ">js</span>",
                    "<span class=\"k\">let</span>",
                    "</figure><p class=\"typed\" dir=\"auto\">then</p>",
                ],
                &["```"],
            ),
            (
                "run `rm -rf <x>` or ``a`b`` and `open",
                &["<code dir=\"ltr\">rm -rf &lt;x&gt;</code>", "<code dir=\"ltr\">a`b</code>", "and `open"],
                &[],
            ),
            (
                "see https://a.example/x_(y)?z=1&w, (https://b.example). xhttps://c.example",
                &[
                    "<a href=\"https://a.example/x_(y)?z=1&amp;w\" rel=\"nofollow ugc noopener noreferrer\">https://a.example/x_(y)?z=1&amp;w</a>, (<a",
                    ">https://b.example</a>). xhttps://c.example",
                ],
                &[],
            ),
            (
                "[a <b>](https://b.example/(c)) [x](javascript:alert(1)) [y](z) a[0](b)",
                &[
                    "<a href=\"https://b.example/(c)\" rel=\"nofollow ugc noopener noreferrer\">a &lt;b&gt;</a> [x](javascript:alert(1)) [y](z) a[0](b)",
                ],
                &[],
            ),
            ("<https://a.example>", &["&lt;<a href=\"https://a.example/\"", "</a>&gt;"], &[]),
            ("```markdown\n```bash\nls\n```\n```\nend", &["</figure><p class=\"typed\" dir=\"auto\">end</p>"], &[]),
            ("it costs $5 \\( a_b_c", &["it costs $5 \\( a_b_c"], &[]),
            ("\u{202e}a\u{1b}[1m", &[">a␛[1m<"], &[]),
            ("", &[], &["<"]),
        ],
        typed,
    );
}

#[test]
fn plain_text_is_one_line() {
    for (text, max, expected) in [
        (
            "# Title\n\nSome **bold** `code`\nand [a link](https://a.example)[1](cite:1).\n\n- one\n- two",
            200,
            "Title Some bold code and a link. one two",
        ),
        ("a[^x] ![pic](https://b.example) H<sub>2</sub>O <br> <T>\n\n[^x]: y", 200, "a pic H2O <T>"),
        ("```rust\nfn  main() {}\n```\n\nafter", 200, "fn main() {} after"),
        ("| a | b |\n|---|---|\n| c | d |", 200, "a b c d"),
        ("<details><summary>More</summary>\n\nx\n\n</details>", 200, "More x"),
        ("5~10元，100~200元", 200, "5~10元，100~200元"),
        ("one two three", 8, "one two…"),
        ("one two three", 13, "one two three"),
        ("👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 2, "👩‍👩‍👧‍👦…"),
        ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
        ("\u{202e}ab\u{0}\u{7}c", 9, "abc"),
        ("$5 to $10 \\(x_1\\)", 99, "$5 to $10 \\(x_1\\)"),
        ("abc", 0, ""),
        ("", 5, ""),
    ] {
        assert_eq!(plain(text, max), expected, "{text}");
    }
    let marks = format!("a{} b", "\u{301}".repeat(3_000));
    assert!(plain(&marks, 10).len() < 100);
    let long = "word ".repeat(100_000);
    assert!(plain(&long, 120).ends_with('…'));
}
