//! The few HTML tags a message may use: without attributes, and only where they balance. All else of HTML is text.

/// A tag of the short list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    Sub,
    Sup,
    Kbd,
    Mark,
    Underline,
    Bold,
    Italic,
    Strike,
    Details,
    Summary,
}

impl Tag {
    const ALL: [(&'static str, Tag); 10] = [
        ("sub", Tag::Sub),
        ("sup", Tag::Sup),
        ("kbd", Tag::Kbd),
        ("mark", Tag::Mark),
        ("u", Tag::Underline),
        ("b", Tag::Bold),
        ("i", Tag::Italic),
        ("s", Tag::Strike),
        ("details", Tag::Details),
        ("summary", Tag::Summary),
    ];

    /// Details and summary, which hold blocks or stand among them.
    pub(super) fn is_block(self) -> bool {
        matches!(self, Tag::Details | Tag::Summary)
    }

    pub(super) fn opening(self) -> &'static str {
        match self {
            Tag::Sub => "<sub>",
            Tag::Sup => "<sup>",
            Tag::Kbd => "<kbd>",
            Tag::Mark => "<mark>",
            Tag::Underline => "<u>",
            Tag::Bold => "<b>",
            Tag::Italic => "<i>",
            Tag::Strike => "<s>",
            Tag::Details => "<details dir=\"auto\">",
            Tag::Summary => "<summary dir=\"auto\">",
        }
    }

    pub(super) fn closing(self) -> &'static str {
        match self {
            Tag::Sub => "</sub>",
            Tag::Sup => "</sup>",
            Tag::Kbd => "</kbd>",
            Tag::Mark => "</mark>",
            Tag::Underline => "</u>",
            Tag::Bold => "</b>",
            Tag::Italic => "</i>",
            Tag::Strike => "</s>",
            Tag::Details => "</details>",
            Tag::Summary => "</summary>",
        }
    }
}

/// What a stretch of raw HTML is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Text(&'a str),
    Break,
    /// With its source, for the case that it does not balance.
    Open(Tag, &'a str),
    Close(Tag, &'a str),
}

impl<'a> Token<'a> {
    /// Reads one tag that is the whole of `source`.
    pub(super) fn read(source: &'a str) -> Token<'a> {
        let Some(inside) = source.strip_prefix('<').and_then(|source| source.strip_suffix('>')) else { return Token::Text(source) };
        let (is_close, name) = inside.strip_prefix('/').map_or((false, inside), |name| (true, name));
        if !is_close && name.trim_end_matches(['/', ' ']).eq_ignore_ascii_case("br") {
            return Token::Break;
        }
        match Tag::ALL.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            Some(&(_, tag)) if is_close => Token::Close(tag, source),
            Some(&(_, tag)) => Token::Open(tag, source),
            None => Token::Text(source),
        }
    }

    /// Splits raw HTML at the tags of the list.
    pub(super) fn split(html: &'a str) -> Vec<Token<'a>> {
        const LONGEST_TAG: usize = "</summary>".len();
        let mut tokens = Vec::new();
        let mut text = 0;
        for (at, _) in html.match_indices('<') {
            let close = html.as_bytes()[at..].iter().take(LONGEST_TAG).position(|&byte| byte == b'>');
            let Some(end) = close.map(|close| at + close + 1) else { continue };
            let token = Token::read(&html[at..end]);
            if !matches!(token, Token::Text(_)) {
                if text < at {
                    tokens.push(Token::Text(&html[text..at]));
                }
                tokens.push(token);
                text = end;
            }
        }
        if text < html.len() {
            tokens.push(Token::Text(&html[text..]));
        }
        tokens
    }

    /// Whether nothing of it shows.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self, Token::Text(text) if text.trim().is_empty())
    }
}

/// What becomes of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// It shows as its source.
    Text,
    /// It balances.
    Tag,
    /// These details balance, but have no summary to click on.
    DetailsAlone,
}

/// What becomes of the tokens of one parent's children.
///
/// `stretches` are the children, in order: raw HTML as its tokens, anything else as `None`. Among `inline` children tags of the list
/// may hold other children, but details and summary may not stand there. Among blocks only details may.
pub(super) fn balance(stretches: &[Option<Vec<Token<'_>>>], inline: bool) -> Vec<Vec<Use>> {
    let mut pairs = Pairs::default();
    for (stretch, tokens) in stretches.iter().enumerate() {
        let Some(tokens) = tokens else {
            pairs.summary_fits = None;
            continue;
        };
        for (index, token) in tokens.iter().enumerate() {
            match *token {
                Token::Open(tag, _) if !(inline && tag.is_block()) => pairs.open(tag, (stretch, index)),
                Token::Close(tag, _) => pairs.close(tag, (stretch, index)),
                _ => {}
            }
            match token {
                Token::Open(Tag::Details, _) => pairs.summary_fits = Some((stretch, index)),
                _ if token.is_blank() => {}
                _ => pairs.summary_fits = None,
            }
        }
        if !inline {
            pairs.drop_above_details();
        }
    }
    let mut uses: Vec<Vec<Use>> = stretches.iter().map(|tokens| vec![Use::Text; tokens.as_ref().map_or(0, Vec::len)]).collect();
    for pair in &pairs.found {
        uses[pair.open.0][pair.open.1] = if pair.tag == Tag::Details { Use::DetailsAlone } else { Use::Tag };
        uses[pair.close.0][pair.close.1] = Use::Tag;
    }
    for pair in &pairs.found {
        if let Some(details) = pair.details {
            if uses[details.0][details.1] == Use::Text {
                uses[pair.open.0][pair.open.1] = Use::Text;
                uses[pair.close.0][pair.close.1] = Use::Text;
            } else {
                uses[details.0][details.1] = Use::Tag;
            }
        }
    }
    uses
}

/// A token: its stretch and its place there.
type Place = (usize, usize);

/// An opening tag that waits for its end.
struct Open {
    tag: Tag,
    at: Place,
    details: Option<Place>,
}

struct Pair {
    tag: Tag,
    open: Place,
    close: Place,
    /// Of a summary: the details it stands in, without which it is nothing.
    details: Option<Place>,
}

#[derive(Default)]
struct Pairs {
    /// Details, then at most one summary, then inline tags: nothing else nests in valid HTML.
    open: Vec<Open>,
    /// How many of each tag are open, so that a closing tag without an opening one costs no search.
    counts: [usize; Tag::ALL.len()],
    found: Vec<Pair>,
    /// The details that have just begun; only there a summary can stand.
    summary_fits: Option<Place>,
}

impl Pairs {
    fn open(&mut self, tag: Tag, at: Place) {
        let details = match tag {
            Tag::Details => {
                self.drop_above_details();
                None
            }
            Tag::Summary if self.summary_fits.is_none() => return,
            Tag::Summary => self.summary_fits,
            _ => None,
        };
        self.counts[tag as usize] += 1;
        self.open.push(Open { tag, at, details });
    }

    fn close(&mut self, tag: Tag, at: Place) {
        while self.counts[tag as usize] > 0 {
            // An inline tag does not reach out of the details or summary it stands in.
            let Some(last) = self.open.pop_if(|last| last.tag == tag || tag.is_block() || !last.tag.is_block()) else { return };
            self.counts[last.tag as usize] -= 1;
            if last.tag == tag {
                self.found.push(Pair { tag, open: last.at, close: at, details: last.details });
                return;
            }
        }
    }

    fn drop_above_details(&mut self) {
        while let Some(dropped) = self.open.pop_if(|last| last.tag != Tag::Details) {
            self.counts[dropped.tag as usize] -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The children joined, `[tag]` for every tag that balances.
    fn shown(children: &[Option<&str>], inline: bool) -> String {
        let stretches: Vec<_> = children.iter().map(|html| html.map(Token::split)).collect();
        let uses = balance(&stretches, inline);
        let mut shown = String::new();
        for (tokens, uses) in stretches.iter().zip(uses) {
            let Some(tokens) = tokens else {
                shown.push('…');
                continue;
            };
            for (token, used) in tokens.iter().zip(uses) {
                shown.push_str(&match (*token, used) {
                    (Token::Open(tag, _), Use::Tag) => {
                        tag.opening().replace('<', "[").replace(" dir=\"auto\">", "]").replace('>', "]")
                    }
                    (Token::Close(tag, _), Use::Tag) => tag.closing().replace('<', "[").replace('>', "]"),
                    (Token::Open(..), Use::DetailsAlone) => "[details!]".to_owned(),
                    (Token::Open(_, source) | Token::Close(_, source) | Token::Text(source), _) => source.to_owned(),
                    (Token::Break, _) => "[br]".to_owned(),
                });
            }
        }
        shown
    }

    #[test]
    fn only_bare_tags_of_the_list_are_tags() {
        for html in ["<b onclick=x>", "<bb>", "< b>", "<b\n>", "<img>", "<script>", "<!-- <b -->", "<a>", "<b", "</b x>"] {
            assert_eq!(Token::split(html), [Token::Text(html)], "{html}");
        }
        assert_eq!(Token::split("<BR/>x<Kbd>"), [Token::Break, Token::Text("x"), Token::Open(Tag::Kbd, "<Kbd>")]);
    }

    #[test]
    fn inline_tags_balance_or_show() {
        for (html, expected) in [
            ("<b>x</b>", "[b]x[/b]"),
            ("<b>x", "<b>x"),
            ("x</b>", "x</b>"),
            ("<b><i>x</b></i>", "[b]<i>x[/b]</i>"),
            ("<b><b>x</b>", "<b>[b]x[/b]"),
            ("<details><summary>x</summary></details>", "<details><summary>x</summary></details>"),
        ] {
            assert_eq!(shown(&[Some(html)], true), expected);
        }
        assert_eq!(shown(&[Some("<b>"), None, Some("</b>")], true), "[b]…[/b]");
    }

    #[test]
    fn details_span_blocks_and_nothing_else_does() {
        let blocks = |children: &[Option<&str>]| shown(children, false);
        assert_eq!(
            blocks(&[Some("<details>\n<summary><b>x</b></summary>\n"), None, Some("</details>")]),
            "[details]\n[summary][b]x[/b][/summary]\n…[/details]"
        );
        assert_eq!(
            blocks(&[Some("<details>"), Some("<summary>x</summary>"), Some("</details>")]),
            "[details][summary]x[/summary][/details]"
        );
        assert_eq!(
            blocks(&[Some("<details>"), None, Some("<summary>x</summary></details>")]),
            "[details!]…<summary>x</summary>[/details]"
        );
        assert_eq!(blocks(&[Some("<details><summary>x</summary>"), None]), "<details><summary>x</summary>…");
        assert_eq!(
            blocks(&[Some("<details><summary>x"), None, Some("</summary></details>")]),
            "[details!]<summary>x…</summary>[/details]"
        );
        assert_eq!(blocks(&[Some("<b>"), None, Some("</b>")]), "<b>…</b>");
        assert_eq!(blocks(&[Some("<b><details>x</details></b>")]), "<b>[details!]x[/details]</b>");
        assert_eq!(blocks(&[Some("<details><b>x</details></b>")]), "[details!]<b>x[/details]</b>");
        assert_eq!(
            blocks(&[Some("<details><summary><details></summary></details>")]),
            "<details><summary>[details!]</summary>[/details]"
        );
        assert_eq!(blocks(&[Some("<summary>x</summary>")]), "<summary>x</summary>");
    }
}
