use super::*;

fn assert_markdown(html: &str, expected: &str) {
    let markdown = to_markdown(html);
    assert!(markdown == expected, "{html}\nbecame\n{markdown}\nand not\n{expected}");
}

#[test]
fn paragraphs_headings_breaks_and_rules() {
    assert_markdown("<p>One\n  two</p>\n<p>Three<br>four</p>", "One two\n\nThree  \nfour");
    assert_markdown("<h2>A <em>b</em><br>c</h2>text<hr/>more", "## A *b* c\n\ntext\n\n---\n\nmore");
    assert_markdown("plain &lt;b&gt; &amp;amp; text", "plain \\<b> \\&amp; text");
    assert_markdown("", "");
}

#[test]
fn marks_stand_close_to_their_words() {
    assert_markdown("a<strong> b </strong>c <b></b><i>d</i>.", "a **b** c *d*.");
    assert_markdown("<b>one<i>two</i></b><del>x</del>", "**one*two***~~x~~");
    assert_markdown(
        "<a href=\"https://e.org/a?b&amp;c\">link <b>x</b></a> <a href='javascript:alert(1)'>bad</a>",
        "[link **x**](<https://e.org/a?b&c>) bad",
    );
    assert_markdown(
        "<img src=https://e.org/a.png alt=\"a ] cat\"> <img src='data:x' alt='gone'>",
        "![a  cat](<https://e.org/a.png>) gone",
    );
}

#[test]
fn code_is_kept_to_the_letter() {
    assert_markdown("use <code>a &lt; `b`</code>", "use `` a < `b` ``");
    assert_markdown(
        "<p>x</p><pre><code class=\"hljs language-rust\">fn main() {\n    *a_b\n}\n</code></pre><p>y</p>",
        "x\n\n```rust\nfn main() {\n    *a_b\n}\n```\n\ny",
    );
    // The page's own words around it.
    assert_markdown(
        "<pre><div><div><span>python</span><button>Copy code</button></div><div><code class=\"hljs language-python\">x=1\ny</code></div></div></pre>",
        "```python\nx=1\ny\n```",
    );
    assert_markdown("<pre><code>a</code>\n<code>b</code></pre>", "```\na\nb\n```");
    assert_markdown("<pre>```\n<b>in</b></pre>", "````\n```\nin\n````");
}

#[test]
fn lists_and_quotes_nest() {
    assert_markdown("<ul><li>a</li><li><p>b</p><ol start=3><li>c<li>d</ol></li></ul><p>e</p>", "- a\n- b\n  3. c\n  4. d\n\ne");
    assert_markdown("<blockquote><p>a</p><p>b</p></blockquote><p>c</p>", "> a\n>\n> b\n\nc");
    assert_markdown("<ol><li><pre>x\ny</pre></li><li></li></ol>", "1. ```\n   x\n   y\n   ```\n2.");
}

#[test]
fn tables_keep_their_cells() {
    assert_markdown(
        "<p>t</p><table><thead><tr><th>a</th><th>b|c</th></tr></thead><tbody><tr><td>1</td><td><p>x</p><p><b>y</b></p></td></tr></tbody></table>z",
        "t\n\n| a | b\\|c |\n| --- | --- |\n| 1 | x<br>**y** |\n\nz",
    );
    assert_markdown("<table><tr><td>only</table>", "| only |\n| --- |");
}

#[test]
fn words_are_no_markdown_by_accident() {
    for (html, expected) in [
        ("<p># no heading</p>", "\\# no heading"),
        ("<p>1. no list</p><p>- none</p><p>2024 is</p>", "1\\. no list\n\n\\- none\n\n2024 is"),
        ("*a* `b` ~~c~~ snake_case _d_", "\\*a\\* \\`b\\` \\~\\~c\\~\\~ snake_case \\_d_"),
        ("[a](https://e.org) C:\\d \\*", "[a\\](https://e.org) C:\\d \\\\\\*"),
        ("$x_{1} = \\frac{a}{b}$ and \\(y\\)", "$x_{1} = \\frac{a}{b}$ and \\(y\\)"),
    ] {
        assert_markdown(html, expected);
    }
}

#[test]
fn what_html_does_or_loads_is_left_out() {
    let html = "a<script>alert(1)</script><style>b{}</style><!-- c --><iframe src=x>d</iframe><svg onload=x><p>e</p></svg><p onclick=\"alert('>')\">f</p><!doctype html>";
    assert_markdown(html, "a\n\nf");
    assert_markdown("1 < 2 <3 </ 4> <", "1 \\< 2 \\<3 \\<");
}

#[test]
fn floods_stay_linear_and_end() {
    for flood in
        ["<", "<b>", "</b>", "<li>", "<blockquote>", "<a href=", "<pre>", "<table><tr><td>", "<!--", "&", "*", "<p>x", "<code>`"]
    {
        let html = flood.repeat(20_000);
        assert!(to_markdown(&html).len() < html.len() * 200, "{flood}");
    }
}
