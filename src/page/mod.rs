//! HTML pages: pure functions of data, sailfish templates beside them. No page holds an inline script or style, asks another host for
//! anything, or needs a script to be read.

mod accent;
mod document;
mod excerpt;
mod host_demo;
mod icon;
mod messages;
mod outline;
mod pager;
mod pairs;
mod part;
mod sheet;
mod tongue;
mod twin;
mod words;

pub use accent::Tones;
pub(crate) use accent::hex;
pub use host_demo::{HostDemo, host_demo};
pub use sheet::{Sheet, sheets};
pub use twin::{markdown_twin, message_markdown};
pub use words::date;

use crate::{conversation::transcript::Shown, embed::Theme};
use messages::Addresses;
use outline::Outline;
use pager::Pager;
use sailfish::TemplateSimple;
use sheet::Turn;
use tongue::Tongue;

/// Whose pages these are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brand {
    /// The product readers know, "ChatApp".
    pub name: String,
    /// Where "Try ChatApp" leads; without it the page makes no such offer.
    pub url: String,
    /// One grapheme, drawn on the accent colour.
    pub mark: String,
    /// The operator's colour, as given; [`Tones`] makes it readable.
    pub accent: [u8; 3],
}

/// What every page of one server shares: the brand and the addresses of its hashed assets.
#[derive(Clone, Copy, Debug)]
pub struct Chrome<'a> {
    /// Name, link, mark and colour.
    pub brand: &'a Brand,
    /// Style sheet of the share page.
    pub stylesheet: &'a str,
    /// Style sheet of pages that are a card alone: the gate, errors.
    pub lone_stylesheet: &'a str,
    /// Script of the share page.
    pub script: &'a str,
    /// Style sheet of framed pages.
    pub frame_stylesheet: &'a str,
    /// Script of framed pages.
    pub frame_script: &'a str,
    /// Script that opens a locked share inside its frame.
    pub unlock_script: &'a str,
    /// Formulas' font, which pages that hold some ask for at once: a browser that knows of it early lays them out once.
    pub math_font: &'a str,
    /// The mark as an SVG icon.
    pub icon: &'a str,
}

/// What the `<head>` of a share's page says about it (INTEROP section 6). A protected page gets a neutral one from its caller.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    /// The conversation's title.
    pub title: &'a str,
    /// The first words, as plain text.
    pub description: &'a str,
    /// The canonical share URL.
    pub url: &'a str,
    /// The preview card, 1200×630 PNG.
    pub image: &'a str,
    /// What the card says, in words.
    pub image_alt: &'a str,
    /// oEmbed discovery, JSON then XML; none where /oembed would not answer 200.
    pub oembed: Option<(&'a str, &'a str)>,
    /// Whether the Markdown and JSON twins may be read.
    pub twins: bool,
    /// Whether search engines may list the page.
    pub indexable: bool,
}

/// What stands between a reader and a protected share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate<'a> {
    /// A password opens it.
    Password {
        /// Where the password goes: a form's action on the page, a path for `fetch` in a frame.
        action: &'a str,
        /// Why the last try failed.
        refused: Option<Refused>,
    },
    /// Only people its owner invited may read it.
    SignIn,
}

/// Why a password did not open a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It is not the password.
    Wrong,
    /// Too many tries.
    TooMany {
        /// Seconds until the next one counts.
        wait: u64,
    },
    /// The server was too busy to check it.
    Busy,
}

impl Refused {
    fn text(self) -> String {
        match self {
            Refused::Wrong => "That password is not right. Please try again.".to_owned(),
            Refused::TooMany { wait } => {
                let wait = u32::try_from(wait.max(1)).map_or(None, |wait| words::duration(f64::from(wait)));
                format!("Too many tries. Please wait {} and try again.", wait.as_deref().unwrap_or("a while"))
            }
            Refused::Busy => "The password could not be checked just now. Please try again in a moment.".to_owned(),
        }
    }
}

/// The share page, or the sheet of it that is asked for; none where the conversation has no such sheet.
pub fn share(chrome: &Chrome<'_>, head: &Head<'_>, shown: &Shown, sheet: Sheet) -> Option<String> {
    let (turns, sheets, at) = match sheet {
        Sheet::Number(number) => {
            let turns = sheet::turns(shown);
            let sheets = sheet::divide(&turns);
            (turns, sheets, usize::try_from(number).ok()?.checked_sub(1)?)
        }
        Sheet::Whole => (sheet::whole(shown), std::iter::once(0..shown.messages.len()).collect(), 0),
    };
    let here = sheets.get(at)?.clone();
    let addresses =
        Addresses { code: head.url.rsplit('/').next().unwrap_or_default(), sheet: if sheets.len() > 1 { at + 1 } else { 0 } };
    let pager = (sheets.len() > 1).then(|| Pager::new(&turns, &sheets, at, &addresses));
    let mut meta = Meta::new(chrome, head, head.indexable);
    if let Some(pager) = &pager {
        meta.turn_to(pager, at + 1);
    }
    let began = messages::began(shown);
    let models = messages::models(shown);
    let tongue = tongue::of(shown);
    let is_long = sheets.len() > 1 || messages::is_long(turns.len());
    let everything = (sheet != Sheet::Whole).then_some("?all");
    let messages = messages::html(shown, &turns, here.clone(), is_long, Some(&addresses), everything);
    Some(render(Share {
        chrome,
        has_formulas: has_formulas(&messages),
        meta,
        title: words::marked(title(shown)),
        bar_title: words::cut(title(shown), 200, usize::MAX),
        count: words::count(shown.messages.len(), "message"),
        date: began.map(|at| (words::machine_time(at), date(at))),
        models: if models.len() > 3 { words::count(models.len(), "model") } else { words::line(&models.join(", ")) },
        lang: tongue.attribute(),
        tongue,
        outline: Outline::new(&turns, &sheets, here, &addresses),
        pager,
        messages,
    }))
}

/// The compact viewer for iframes. `open` is where its link to the whole conversation leads: some hosts follow it only to the frame's
/// own host, so the caller chooses (INTEROP 0.5). Of a conversation on several sheets a frame shows the first and leads on from there.
pub fn frame(chrome: &Chrome<'_>, head: &Head<'_>, shown: &Shown, theme: Theme, open: &str) -> String {
    let turns = sheet::turns(shown);
    let here = sheet::divide(&turns).swap_remove(0);
    let is_long = messages::is_long(here.len());
    let everything = format!("{open}?all");
    let messages = messages::html(shown, &turns, here.clone(), is_long, None, Some(&everything));
    render(Frame {
        chrome,
        has_formulas: has_formulas(&messages),
        meta: Meta::new(chrome, head, false),
        theme: theme.as_str(),
        open,
        dir: tongue::of(shown).dir,
        title: words::marked(title(shown)),
        count: words::count(shown.messages.len(), "message"),
        rest: rest_of(&turns[here.end..]),
        messages: opening_elsewhere(&messages),
    })
}

/// Where a frame's conversation goes on, as the end of the page's address, and how much is left.
fn rest_of(turns: &[Turn<'_>]) -> Option<(String, String)> {
    let left = turns.iter().filter(|turn| turn.piece == 0).count();
    let more = words::count(left, "more message");
    Some(match turns.first()? {
        first if first.piece == 0 => (format!("?message={0}#m{0}", first.number), more),
        _ if left == 0 => ("?page=2".to_owned(), "the rest of this message".to_owned()),
        _ => ("?page=2".to_owned(), format!("the rest of this message and {more}")),
    })
}

/// Whether formulas' font is wanted. What people wrote is escaped, so this is an element of ours.
fn has_formulas(html: &str) -> bool {
    html.contains("<math ")
}

/// The page in front of a protected share. The form posts like any other and needs no script.
pub fn gate(chrome: &Chrome<'_>, head: &Head<'_>, gate: Gate<'_>) -> String {
    render(GatePage { chrome, meta: Meta::new(chrome, head, false), card: GateCard::new(gate) })
}

/// The same in a frame, where sandboxes kill forms: an input and a button that unlock.js drives, and a link to the page for the rest.
pub fn frame_gate(chrome: &Chrome<'_>, head: &Head<'_>, gate: Gate<'_>, theme: Theme) -> String {
    render(FrameGate {
        chrome,
        meta: Meta::new(chrome, head, false),
        theme: theme.as_str(),
        open: head.url,
        card: GateCard::new(gate),
    })
}

/// A small neutral card in a frame: a share that is gone, a server that is busy.
pub fn frame_notice(chrome: &Chrome<'_>, heading: &str, text: &str, theme: Theme) -> String {
    render(FrameNotice { chrome, theme: theme.as_str(), heading, text })
}

/// An error, to a person.
pub fn message(chrome: &Chrome<'_>, status: u16, heading: &str, text: &str) -> String {
    render(ErrorPage { chrome, status, heading, text })
}

#[derive(TemplateSimple)]
#[template(path = "share.stpl")]
struct Share<'a> {
    chrome: &'a Chrome<'a>,
    has_formulas: bool,
    meta: Meta<'a>,
    title: String,
    bar_title: String,
    count: String,
    date: Option<(String, String)>,
    models: String,
    lang: String,
    tongue: Tongue,
    outline: Option<Outline>,
    pager: Option<Pager>,
    messages: String,
}

#[derive(TemplateSimple)]
#[template(path = "frame.stpl")]
struct Frame<'a> {
    chrome: &'a Chrome<'a>,
    has_formulas: bool,
    meta: Meta<'a>,
    theme: &'static str,
    open: &'a str,
    dir: &'static str,
    title: String,
    count: String,
    /// Where it goes on, and how much is left.
    rest: Option<(String, String)>,
    messages: String,
}

#[derive(TemplateSimple)]
#[template(path = "gate.stpl")]
struct GatePage<'a> {
    chrome: &'a Chrome<'a>,
    meta: Meta<'a>,
    card: GateCard<'a>,
}

#[derive(TemplateSimple)]
#[template(path = "frame_gate.stpl")]
struct FrameGate<'a> {
    chrome: &'a Chrome<'a>,
    meta: Meta<'a>,
    theme: &'static str,
    open: &'a str,
    card: GateCard<'a>,
}

#[derive(TemplateSimple)]
#[template(path = "frame_notice.stpl")]
struct FrameNotice<'a> {
    chrome: &'a Chrome<'a>,
    theme: &'static str,
    heading: &'a str,
    text: &'a str,
}

#[derive(TemplateSimple)]
#[template(path = "error.stpl")]
struct ErrorPage<'a> {
    chrome: &'a Chrome<'a>,
    status: u16,
    heading: &'a str,
    text: &'a str,
}

/// The words of a gate.
struct GateCard<'a> {
    icon: &'static str,
    heading: &'static str,
    text: &'static str,
    action: Option<&'a str>,
    trouble: String,
}

impl<'a> GateCard<'a> {
    fn new(gate: Gate<'a>) -> Self {
        match gate {
            Gate::Password { action, refused } => GateCard {
                icon: icon::LOCK,
                heading: "Password required",
                text: "This conversation is password protected.",
                action: Some(action),
                trouble: refused.map(Refused::text).unwrap_or_default(),
            },
            Gate::SignIn => GateCard {
                icon: icon::PERSON_LOCK,
                heading: "This conversation is private",
                text: "Only people its owner has invited can read it. Signing in by e-mail is not possible here yet.",
                action: None,
                trouble: String::new(),
            },
        }
    }
}

/// A head made fit for its slots: one line each, without tricks, short enough that no consumer cuts where it hurts, and so bounded in
/// escaped bytes that the whole head stays under the 8 KB some of them read.
struct Meta<'a> {
    head: &'a Head<'a>,
    brand: String,
    title: String,
    short_title: String,
    description: String,
    image_alt: String,
    canonical: String,
    previous: Option<String>,
    next: Option<String>,
    indexable: bool,
}

impl<'a> Meta<'a> {
    fn new(chrome: &Chrome<'_>, head: &'a Head<'a>, indexable: bool) -> Self {
        Meta {
            head,
            // Discord shows no card at all for a site name over 253 bytes.
            brand: words::cut(&chrome.brand.name, 60, 240),
            title: words::cut(head.title, 200, 600),
            short_title: words::cut(head.title, 70, 280),
            description: words::cut(head.description, 200, 600),
            image_alt: words::cut(head.image_alt, 200, 400),
            canonical: head.url.to_owned(),
            previous: None,
            next: None,
            indexable,
        }
    }

    /// Each sheet is a page of its own to those who list pages; cards and embeds are the whole conversation's.
    fn turn_to(&mut self, pager: &Pager, number: usize) {
        let address = |(href, _): &(String, String)| href.clone();
        self.previous = pager.previous.as_ref().map(address);
        self.next = pager.next.as_ref().map(address);
        if number > 1 {
            self.canonical = format!("{}?page={number}", self.head.url);
            self.title = format!("{} · {}", words::cut(self.head.title, 170, 500), pager.place);
        }
    }
}

/// How every link to a foreign place ends. Text cannot look like it: an angle bracket in text is always escaped.
const LINK_OUT: &str = " rel=\"nofollow ugc noopener noreferrer\">";

/// Links in a frame open beside the host's page; otherwise they would take the frame away.
fn opening_elsewhere(html: &str) -> String {
    html.replace(LINK_OUT, &format!(" target=\"_blank\"{LINK_OUT}"))
}

fn title(shown: &Shown) -> &str {
    match shown.title.trim() {
        "" => "Shared conversation",
        title => title,
    }
}

/// Rendering into memory fails only where a value's own `Render` does, and only texts and numbers are rendered here.
fn render(template: impl TemplateSimple) -> String {
    template.render_once().unwrap_or_default()
}

#[cfg(test)]
mod tests;
