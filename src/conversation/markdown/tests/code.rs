//! Fences: labels, names, colours, buttons, and formulas' own.

use super::*;

#[test]
fn a_block_of_code_has_its_label_and_buttons_and_scrolls_by_itself() {
    check(
        &[
            (
                "```rust\nlet a = 1;\n```",
                &[
                    "<figure class=\"code\"><figcaption><span class=\"language\">rust</span>",
                    "<button type=\"button\" class=\"wrap\" aria-pressed=\"false\" hidden>Wrap</button>",
                    "<button type=\"button\" class=\"copy\" hidden>Copy</button></figcaption>",
                    "<pre dir=\"ltr\" tabindex=\"0\" role=\"group\" aria-label=\"Code: rust\"><code>",
                ],
                &["style="],
            ),
            ("```\nx\n```", &["aria-label=\"Code\"><code>x"], &[]),
            ("```js:src/\"a\".js\nx\n```", &["aria-label=\"Code: src/&quot;a&quot;.js\"", ">src/\"a\".js</span>"], &[]),
            (
                "```diff-rust\n@@ -1 +1 @@\n-a\n-b\n+c\n d\n```",
                &["<span class=\"m\">@@", "<span class=\"d\">-a\n-b</span>\n<span class=\"i\">+c</span>\n d"],
                &[],
            ),
            (
                "```diff\n--- a/x.sql\n+++ b/x.sql\n--- a comment goes\n+++x\n```",
                &["<span class=\"h\">--- a/x.sql\n+++ b/x.sql</span>"],
                &[],
            ),
            ("- a\n\n  ```py\n  x = 1\n  ```", &["<code>x = <span class=\"n\">1</span>"], &[]),
            ("```rust\nfn cut(", &["<span class=\"k\">fn</span> <span class=\"f\">cut</span>("], &["```"]),
            ("````md\n```js\nx\n```\n````\nafter", &["```js", "</figure><p dir=\"auto\">after</p>"], &[]),
            ("~~~~python title='a b.py'\nx\n~~~\ny\n~~~~", &[">a b.py</span>", "~~~\ny"], &[]),
        ],
        rendered,
    );
}
