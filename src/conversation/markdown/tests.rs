//! What comes out, and above all what never does: every output here passes [`audit`], which knows each element and attribute that may
//! stand in a message.

use super::*;

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

/// Elements, and the attributes each may have beside `dir`.
const ALLOWED: &[(&str, &[&str])] = &[
    ("a", &["class", "href", "title", "rel", "role", "aria-label"]),
    ("b", &[]),
    ("blockquote", &[]),
    ("br", &[]),
    ("button", &["type", "class", "hidden"]),
    ("code", &[]),
    ("del", &[]),
    ("details", &[]),
    ("div", &["class", "tabindex", "role", "aria-label"]),
    ("em", &[]),
    ("figcaption", &[]),
    ("figure", &["class"]),
    ("h3", &[]),
    ("h4", &[]),
    ("h5", &[]),
    ("h6", &[]),
    ("hr", &[]),
    ("i", &[]),
    ("input", &["type", "disabled", "checked", "aria-label"]),
    ("kbd", &[]),
    ("li", &["id"]),
    ("mark", &[]),
    ("ol", &["start", "class"]),
    ("p", &["class"]),
    ("pre", &["class", "tabindex"]),
    ("s", &[]),
    ("span", &["class"]),
    ("strong", &[]),
    ("sub", &[]),
    ("summary", &[]),
    ("sup", &["class", "id"]),
    ("table", &[]),
    ("tbody", &[]),
    ("td", &["class"]),
    ("th", &["class", "scope"]),
    ("thead", &[]),
    ("tr", &[]),
    ("u", &[]),
    ("ul", &["class"]),
];
const VOID: &[&str] = &["br", "hr", "input"];
const CLASSES: &[&str] = &[
    "alert",
    "back",
    "caution",
    "center",
    "cite",
    "code",
    "copy",
    "ctl",
    "filename",
    "footnote",
    "footnotes",
    "important",
    "language",
    "left",
    "note",
    "plain",
    "remote-image",
    "right",
    "tasks",
    "tip",
    "title",
    "typed",
    "warning",
    "wide",
    "k",
    "s",
    "n",
    "c",
    "f",
    "t",
    "v",
    "m",
    "h",
    "i",
    "d",
];
/// What a paragraph may hold.
const PHRASING: &[&str] =
    &["a", "b", "br", "code", "del", "em", "i", "input", "kbd", "mark", "s", "span", "strong", "sub", "sup", "u"];

/// Reads HTML more strictly than any browser: lower-case names of the list, one space before each attribute, double quotes, every
/// element closed in order, no block in a paragraph, no link in a link, no address but ours and the three schemes.
fn audit(html: &str) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    let mut ids = std::collections::HashSet::new();
    let mut rest = html;
    while let Some(at) = rest.find(['<', '>']) {
        text_is_escaped(&rest[..at])?;
        let tag = rest[at..].strip_prefix('<').ok_or("a bare >")?;
        let end = tag.find('>').ok_or("a tag without end")?;
        let (tag, after) = (&tag[..end], &tag[end + 1..]);
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return Err(format!("</{name}> closes nothing"));
            }
            continue;
        }
        let (name, mut attributes) = tag.split_at(tag.find(' ').unwrap_or(tag.len()));
        let allowed = ALLOWED.iter().find(|(known, _)| *known == name).ok_or(format!("<{name}>"))?.1;
        if name == "a" && open.contains(&"a") {
            return Err("a link in a link".into());
        }
        let in_phrasing = open.last().is_some_and(|parent| *parent == "p" || parent.starts_with('h') || PHRASING.contains(parent));
        if in_phrasing && !PHRASING.contains(&name) {
            return Err(format!("<{name}> in <{}>", open[open.len() - 1]));
        }
        while let Some(attribute) = attributes.strip_prefix(' ') {
            let end = attribute.find([' ', '=']).unwrap_or(attribute.len());
            let key = &attribute[..end];
            if key != "dir" && !allowed.contains(&key) {
                return Err(format!("{key} on <{name}>"));
            }
            let mut value = "";
            attributes = &attribute[end..];
            if let Some(quoted) = attributes.strip_prefix("=\"") {
                value = &quoted[..quoted.find('"').ok_or("an open quote")?];
                attributes = &quoted[value.len() + 1..];
                text_is_escaped(value)?;
            }
            value_is_ours(key, value)?;
            if key == "id" && !ids.insert(value) {
                return Err(format!("id {value} twice"));
            }
        }
        if !attributes.is_empty() {
            return Err(format!("{attributes} in <{name}>"));
        }
        if name == "a" && tag.contains("href=\"http") && !tag.contains("rel=\"nofollow ugc noopener noreferrer\"") {
            return Err("a link without rel".into());
        }
        if name == "input" && !tag.contains(" disabled") {
            return Err("a live input".into());
        }
        if !VOID.contains(&name) {
            open.push(name);
        }
        if open.len() > 250 {
            return Err("too deep".into());
        }
    }
    text_is_escaped(rest)?;
    open.pop().map_or(Ok(()), |name| Err(format!("<{name}> stays open")))
}

fn text_is_escaped(text: &str) -> Result<(), String> {
    let known = |text: &str| ["amp;", "lt;", "gt;", "quot;"].iter().any(|name| text.starts_with(name));
    if let Some((at, _)) = text.match_indices('&').find(|&(at, _)| !known(&text[at + 1..])) {
        return Err(format!("a bare & at {:?}", &text[at..]));
    }
    match text
        .chars()
        .find(|c| c.is_control() && !matches!(c, '\n' | '\t') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
    {
        Some(c) => Err(format!("U+{:04X}", u32::from(c))),
        None => Ok(()),
    }
}

fn value_is_ours(key: &str, value: &str) -> Result<(), String> {
    let good = match key {
        "href" => ["http://", "https://", "mailto:", "#m7-fn"].iter().any(|start| value.starts_with(start)),
        "id" => value.starts_with("m7-fn"),
        "class" => value.split(' ').all(|class| CLASSES.contains(&class)),
        "dir" => ["auto", "ltr", "rtl"].contains(&value),
        "rel" => value == "nofollow ugc noopener noreferrer",
        "type" => ["button", "checkbox"].contains(&value),
        "role" => ["group", "doc-noteref", "doc-backlink"].contains(&value),
        "tabindex" | "start" => value.bytes().all(|byte| byte.is_ascii_digit()),
        "scope" => value == "col",
        "hidden" | "disabled" | "checked" => value.is_empty(),
        _ => true,
    };
    if good { Ok(()) } else { Err(format!("{key}={value}")) }
}

#[test]
fn the_audit_finds_what_it_should() {
    for html in [
        "<script>x</script>",
        "<p onclick=\"x\">y</p>",
        "<p>a<b>c</p></b>",
        "<p>",
        "</p>",
        "a < b",
        "a & b",
        "<a href=\"javascript:x\">y</a>",
        "<a href=\"https://a.example/\">y</a>",
        "<p id=\"x\">y</p>",
        "<p class=\"evil\">y</p>",
        "<p><div>x</div></p>",
        "<P>x</P>",
        "<p dir=auto>x</p>",
        "<input type=\"checkbox\">",
        "<li id=\"m7-fn1\"></li><li id=\"m7-fn1\"></li>",
        "\u{202e}",
    ] {
        assert!(audit(html).is_err(), "{html}");
    }
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
                &["<p dir=\"auto\">a <em>b</em> <strong>c</strong> <del>d</del> <code dir=\"ltr\">e&lt;f</code>\ng<br>h</p>"],
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
            ("line one\nline two", &["line one\nline two"], &["<br>"]),
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
            ("```mermaid\ngraph TD; A-->B;\n```", &[">mermaid</span>", "graph TD; A--&gt;B;"], &[]),
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
fn formulas_and_money_stay_as_written() {
    let money = "It costs $5 to $10, R$ 12,29/metro, $740 for $5 million; $PATH_A.";
    let formulas = [
        "\\(a_{1} * b_{2} * c\\)",
        "\\[ x*y*z \\\\ \\{1\\} \\]",
        "$E = mc^2$",
        "$$\\int_0^1 x\\,dx$$",
        "\\( alone",
        "\\[not math.",
        "$\\frac{1}{$ and \\(\\undefinedmacro{x}\\)",
    ];
    for text in formulas.into_iter().chain([money]) {
        let expected = text.replace('&', "&amp;");
        assert_eq!(rendered(text), format!("<p dir=\"auto\">{expected}</p>"));
    }
    check(
        &[
            ("**$1.50** and **$4**", &["<strong>$1.50</strong> and <strong>$4</strong>"], &[]),
            ("\\[\n+ a_1 &= b \\\\\n- c * d * e\n\\]", &["\\[\n+ a_1 &amp;= b \\\\\n- c * d * e\n\\]"], &["<ul", "<em"]),
            ("- in a list:\n  $$\n  y = 1\n  $$", &["$$\ny = 1\n$$"], &["<h"]),
            (
                "| $|x|$ | \\(a|b\\) |\n|---|---|\n| $|x_1|$ | \\(a|b\\) |",
                &["dir=\"auto\">$|x_1|$</td><td dir=\"auto\">\\(a|b\\)</td>"],
                &[],
            ),
            ("`\\(x\\)` and `$x_1$`", &[">\\(x\\)</code>", ">$x_1$</code>"], &[]),
        ],
        rendered,
    );
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
            ("a[](cite:1)", &[">1</a></sup>"], &[]),
            (
                "a[2](cite:bad) b[3](<cite:no url>)",
                &["<sup class=\"cite\">2</sup>", "<sup class=\"cite\">3</sup>"],
                &["<a", "javascript"],
            ),
            ("a[9](cite:unknown)", &["<p dir=\"auto\">a9</p>"], &["<a", "<sup"]),
            ("[a ![b](cite:1)](cite:1)", &["Image: b"], &[]),
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

#[test]
fn what_is_too_much_shows_as_its_source() {
    let too_much = |html: &str, text: &str| html.starts_with("<pre class=\"plain\"") && html.contains(text);
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
    assert!(html.starts_with("<pre class=\"plain\"") && html.contains("a &lt;b"), "{html}");
}

/// No stack is deep enough for recursion over what a message may nest.
#[test]
fn nesting_needs_no_stack() {
    let deep = [
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
        "[^a]: b\n\n",
        "[a]: b\n",
        "\u{202e}",
        "**。",
        "\t",
        "\r",
        "\0",
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
