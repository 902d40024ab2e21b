//! The judge of all output: a reader of HTML that knows each element and attribute which may stand in a message, and nothing else.

/// Elements, and the attributes each may have beside `dir`.
const ALLOWED: &[(&str, &[&str])] = &[
    ("a", &["class", "href", "title", "rel", "role", "aria-label"]),
    ("b", &[]),
    ("blockquote", &[]),
    ("br", &[]),
    ("button", &["type", "class", "hidden", "aria-pressed"]),
    ("code", &["class"]),
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
    ("math", &["display", "alttext"]),
    ("ol", &["start", "class"]),
    ("p", &["class"]),
    ("pre", &["class", "tabindex", "role", "aria-label"]),
    ("s", &[]),
    ("span", &["class", "tabindex", "role", "aria-label"]),
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
/// Elements of formulas, which stand in `math` and in each other alone.
const MATHML: &[&str] = &[
    "mfrac",
    "mi",
    "mmultiscripts",
    "mn",
    "mo",
    "mover",
    "mpadded",
    "mphantom",
    "mprescripts",
    "mroot",
    "mrow",
    "mspace",
    "msqrt",
    "msub",
    "msubsup",
    "msup",
    "mtable",
    "mtd",
    "mtext",
    "mtr",
    "munder",
    "munderover",
];
const OF_MATHML: &[&str] = &[
    "accent",
    "accentunder",
    "class",
    "displaystyle",
    "form",
    "height",
    "largeop",
    "linethickness",
    "lspace",
    "mathvariant",
    "maxsize",
    "minsize",
    "movablelimits",
    "rspace",
    "scriptlevel",
    "stretchy",
    "symmetric",
    "width",
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
    "formula",
    "important",
    "language",
    "left",
    "line",
    "long",
    "middling",
    "note",
    "notice",
    "plain",
    "remote-image",
    "right",
    "tasks",
    "tex",
    "tip",
    "title",
    "typed",
    "warning",
    "wide",
    "wrap",
    // In formulas.
    "l",
    "r",
    "pl",
    "pr",
    "pt",
    "g",
    "bl",
    "br",
    "bt",
    "neg",
    "boxed",
    "struck",
    "red",
    "orange",
    "green",
    "blue",
    "violet",
    // In code.
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
    &["a", "b", "br", "code", "del", "em", "i", "input", "kbd", "mark", "math", "s", "span", "strong", "sub", "sup", "u"];

/// Reads HTML more strictly than any browser: lower-case names of the list, one space before each attribute, double quotes, every
/// element closed in order, no block in a paragraph, no link in a link, no address but ours and the three schemes.
pub(super) fn audit(html: &str) -> Result<(), String> {
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
        let parent = open.last().copied().unwrap_or_default();
        let in_math = parent == "math" || MATHML.contains(&parent);
        let allowed = match (in_math, MATHML.contains(&name)) {
            (true, true) if !matches!(parent, "mi" | "mn" | "mo" | "mtext" | "mspace") => OF_MATHML,
            (true, false) if parent == "mtext" && ["b", "i", "em", "s", "u", "code"].contains(&name) => &[],
            (false, false) => ALLOWED.iter().find(|(known, _)| *known == name).ok_or(format!("<{name}>"))?.1,
            _ => return Err(format!("<{name}> in <{parent}>")),
        };
        if name == "a" && open.contains(&"a") {
            return Err("a link in a link".into());
        }
        let in_phrasing = parent == "p" || parent.starts_with('h') || PHRASING.contains(&parent);
        if in_phrasing && !in_math && !PHRASING.contains(&name) {
            return Err(format!("<{name}> in <{parent}>"));
        }
        if name == "span" && tag.contains("tabindex") && open.contains(&"a") {
            return Err("a stop of the keyboard in a link".into());
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
        "href" => ["http://", "https://", "mailto:", "#m7-fn", "#m7-source"].iter().any(|start| value.starts_with(start)),
        "id" => value.starts_with("m7-fn"),
        "class" => value.split(' ').all(|class| CLASSES.contains(&class)),
        "dir" => ["auto", "ltr", "rtl"].contains(&value),
        "rel" => value == "nofollow ugc noopener noreferrer",
        "type" => ["button", "checkbox"].contains(&value),
        "role" => ["group", "region", "doc-noteref", "doc-backlink"].contains(&value),
        "tabindex" => value == "0",
        "start" => value.bytes().all(|byte| byte.is_ascii_digit()),
        "display" => value == "block",
        "aria-pressed" => value == "false",
        "accent" | "accentunder" | "displaystyle" | "largeop" | "movablelimits" | "stretchy" | "symmetric" => {
            ["true", "false"].contains(&value)
        }
        "lspace" | "rspace" | "width" | "height" | "minsize" | "maxsize" | "linethickness" | "scriptlevel" => {
            value.len() < 16 && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-%".contains(&byte))
        }
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
        "<math><p>x</p></math>",
        "<math><mi><mi>x</mi></mi></math>",
        "<mi>x</mi>",
        "<p><mi>x</mi></p>",
        "<math onload=\"x\"></math>",
        "<math><mtext><a href=\"#m7-fn1\">x</a></mtext></math>",
        "<math><mrow href=\"#m7-fn1\"></mrow></math>",
        "<math><mo lspace=\"calc(1)\">x</mo></math>",
        "<a href=\"#m7-fn1\"><span tabindex=\"0\">x</span></a>",
        "<span tabindex=\"1\">x</span>",
        "<li id=\"m7-fn1\"></li><li id=\"m7-fn1\"></li>",
        "\u{202e}",
    ] {
        assert!(audit(html).is_err(), "{html}");
    }
}
