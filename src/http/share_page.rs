//! `GET /s/{code}`: the page, of a long conversation a sheet of it; and what page, frame and twins have in common.

use super::{
    credential,
    error::Error,
    gate,
    headers::{CachePolicy, Surface},
    og_image,
    reply::Reply,
    request::Request,
    twins,
};
use crate::{
    app::App,
    cache::{Compressed, Key, Made, Rendered},
    conversation::{attachment, markdown, store, transcript::Shown},
    oembed::{self, Format},
    page::{self, Gate, Refused, Sheet},
    share::{
        ShortCode, ViewedOn,
        access::{Access, Open},
        views,
    },
};
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use std::sync::Arc;

/// A browser that fetches a page nobody looks at yet says so (<https://wicg.github.io/nav-speculation/prefetch.html>); the second is
/// what it was called before.
const SEC_PURPOSE: HeaderName = HeaderName::from_static("sec-purpose");
const PURPOSE: HeaderName = HeaderName::from_static("purpose");

/// What protected shares are called everywhere.
pub const NEUTRAL_TITLE: &str = "Shared conversation";
/// What is said of them.
pub const NEUTRAL_TEXT: &str = "This conversation is protected.";

/// What the page's address asks for besides the share.
enum Asked {
    /// Nothing: the beginning.
    Start,
    /// `?page=2`, `?all`
    Sheet(Sheet),
    /// `?message=12`: the sheet that has it, wherever that is today.
    Message(u32),
}

impl Asked {
    /// What is not a number asks for nothing: links collect parameters.
    fn of(request: &Request) -> Asked {
        let number = |name| request.query(name).and_then(|text| text.parse().ok());
        match (number("message"), number("page")) {
            (Some(number), _) => Asked::Message(number),
            (None, Some(number)) => Asked::Sheet(Sheet::Number(number)),
            (None, None) if request.query("all").is_some() => Asked::Sheet(Sheet::Whole),
            (None, None) => Asked::Start,
        }
    }
}

/// The part of a request's query that says which place of the conversation it asks for: what a locked page's form keeps.
pub fn place(request: &Request) -> String {
    match Asked::of(request) {
        Asked::Start => String::new(),
        Asked::Sheet(Sheet::Number(number)) => format!("?page={number}"),
        Asked::Sheet(Sheet::Whole) => "?all".to_owned(),
        Asked::Message(number) => format!("?message={number}"),
    }
}

/// The page, the unlock form or the sign-in page; or, by `Accept`, a twin.
///
/// # Errors
/// An absent share, and those of the gate.
pub async fn show(app: Arc<App>, request: Request) -> Result<Reply, Error> {
    if let Some(twin) = request.prefers(&[twins::MARKDOWN, twins::JSON]) {
        let twin = match twin {
            twins::JSON => Box::pin(twins::json(app.clone(), request)).await,
            _ => Box::pin(twins::markdown(app.clone(), request)).await,
        };
        // Whoever asks for a document for programs is told what is wrong in one too.
        let mut reply = twin.unwrap_or_else(|error| error.reply(&app, Surface::Twin));
        reply.header(header::VARY, HeaderValue::from_static("Accept, Accept-Encoding"));
        return Ok(reply);
    }
    let code: ShortCode = request.param(0)?;
    let (access, _) = gate::ask(&app, &request, code).await?;
    match access {
        Access::Open(open) => opened(&app, &request, open).await,
        Access::Absent => Err(Error::Absent),
        Access::Locked => Ok(locked(&app, &request, &code, None)),
        Access::SignIn => Ok(sign_in(&app, &code)),
    }
}

async fn opened(app: &Arc<App>, request: &Request, open: Open) -> Result<Reply, Error> {
    let asked = Asked::of(request);
    // Whoever turns the pages, or has a script turn them, was counted when the first one opened.
    let turns_pages = !matches!(asked, Asked::Start) && request.header("sec-fetch-site") == Some("same-origin");
    if request.method == Method::GET && is_person(request) && !turns_pages && !matches!(asked, Asked::Message(_)) {
        app.count_view(open.facts(), request.now, ViewedOn::Page, String::new());
    }
    let sheet = match asked {
        Asked::Start => Sheet::Number(1),
        Asked::Sheet(sheet) => sheet,
        Asked::Message(number) => return Box::pin(place_of(app, &open, number)).await,
    };
    match sheet_of(app, request, &open, sheet).await {
        // The conversation was longer when this link was made.
        Err(Error::Absent) => moved(app, &open, ""),
        answer => answer,
    }
}

/// Leads to a message on its sheet; where there is no such message, to the beginning.
async fn place_of(app: &Arc<App>, open: &Open, number: u32) -> Result<Reply, Error> {
    let sheets = |shown: &Shown| serde_json::to_string(&page::sheets(shown)).ok().map(|text| (text, None));
    let rendered = render(app, open, Made::Sheets, sheets).await?;
    let sheets: Vec<Vec<u32>> = serde_json::from_slice(&rendered.text.identity).map_err(std::io::Error::other)?;
    match sheets.iter().position(|numbers| numbers.binary_search(&number).is_ok()) {
        None => moved(app, open, ""),
        Some(0) => moved(app, open, &format!("#m{number}")),
        Some(at) => moved(app, open, &format!("?page={}#m{number}", at + 1)),
    }
}

fn moved(app: &App, open: &Open, place: &str) -> Result<Reply, Error> {
    let mut reply = Reply::empty(StatusCode::FOUND);
    let location = format!("{}{place}", app.share_url(&open.facts().code));
    reply.header(header::LOCATION, HeaderValue::from_str(&location).map_err(std::io::Error::other)?);
    reply.protected = !open.is_open_to_all();
    Ok(reply)
}

/// An operator who says no takes back also what was made public before.
fn indexable(app: &App, open: &Open) -> bool {
    app.rules.allow_public && open.is_indexable()
}

async fn sheet_of(app: &Arc<App>, request: &Request, open: &Open, sheet: Sheet) -> Result<Reply, Error> {
    if let Some(mut reply) = unchanged(app, request, open, Made::Page(sheet))? {
        reply.indexable = indexable(app, open);
        return Ok(reply);
    }
    let (maker, facts) = (app.clone(), open.facts().clone());
    let (indexable, to_all) = (indexable(app, open), open.is_open_to_all());
    let rendered = render(app, open, Made::Page(sheet), move |shown| {
        let url = maker.share_url(&facts.code);
        let discovery = discovery(&maker, &url);
        let head = page::Head {
            title: &page_title(shown),
            description: &description(shown),
            url: &url,
            image: &og_image::url(&maker, &facts, to_all),
            image_alt: &image_alt(shown),
            // A consumer that finds the link and then gets a 401 shows an error, so protected pages have none.
            oembed: to_all.then_some((discovery[0].as_str(), discovery[1].as_str())),
            // A cookie bound to the page's path does not reach its twins.
            twins: to_all,
            indexable,
        };
        let html = page::share(&maker.assets.chrome(&maker.brand), &head, shown, sheet)?;
        let link = to_all.then(|| {
            let twins = [alternate(&format!("{url}.md"), "text/markdown"), alternate(&format!("{url}.json"), "application/json")];
            format!("{}, {}", twins.join(", "), oembed_links(&discovery))
        });
        Some((html, link))
    })
    .await?;
    let mut reply = reply("text/html; charset=utf-8", &rendered, request, open);
    reply.header(header::VARY, HeaderValue::from_static("Accept, Accept-Encoding"));
    reply.indexable = indexable;
    Ok(reply)
}

/// Where a consumer asks about a share, as JSON and as XML.
pub fn discovery(app: &App, share_url: &str) -> [String; 2] {
    [Format::Json, Format::Xml].map(|format| oembed::endpoint(&app.base, share_url, format))
}

/// A `Link` header's value (RFC 8288).
fn alternate(url: &str, media_type: &str) -> String {
    format!("<{url}>; rel=\"alternate\"; type=\"{media_type}\"")
}

fn oembed_links([json, xml]: &[String; 2]) -> String {
    format!("{}, {}", alternate(json, "application/json+oembed"), alternate(xml, "text/xml+oembed"))
}

/// The unlock form, and why the last try failed.
pub fn locked(app: &App, request: &Request, code: &ShortCode, refused: Option<Refused>) -> Reply {
    // Below the host that the page was asked at, which may be another name of ours: the policy lets a form go nowhere else.
    let action = format!("/s/{}/unlock{}", code.as_str(), place(request));
    let discovery = discovery(app, &app.share_url(code));
    let mut reply = gate_page(app, code, Gate::Password { action: &action, refused }, Some((&discovery[0], &discovery[1])));
    if let Ok(link) = HeaderValue::from_str(&oembed_links(&discovery)) {
        reply.header(header::LINK, link);
    }
    reply.status = match refused {
        None => StatusCode::OK,
        Some(Refused::Wrong) => StatusCode::UNAUTHORIZED,
        Some(Refused::TooMany { .. }) => StatusCode::TOO_MANY_REQUESTS,
        Some(Refused::Busy) => StatusCode::SERVICE_UNAVAILABLE,
    };
    let wait = match refused {
        Some(Refused::TooMany { wait }) => Some(wait),
        Some(Refused::Busy) => Some(2),
        Some(Refused::Wrong) | None => None,
    };
    if let Some(wait) = wait {
        reply.header(header::RETRY_AFTER, HeaderValue::from(wait));
    }
    reply
}

/// The sign-in page. A consumer that asked oEmbed about it would get a 401, so nothing leads there.
pub fn sign_in(app: &App, code: &ShortCode) -> Reply {
    gate_page(app, code, Gate::SignIn, None)
}

fn gate_page(app: &App, code: &ShortCode, gate: Gate<'_>, discovery: Option<(&str, &str)>) -> Reply {
    let (url, card) = (app.share_url(code), og_image::neutral_url(app, code));
    let head = page::Head { oembed: discovery, ..neutral_head(&url, &card) };
    let mut reply = Reply::html(page::gate(&app.assets.chrome(&app.brand), &head, gate));
    reply.protected = true;
    reply
}

/// What the head of a protected share's page or frame says.
pub fn neutral_head<'a>(url: &'a str, card: &'a str) -> page::Head<'a> {
    page::Head {
        title: NEUTRAL_TITLE,
        description: NEUTRAL_TEXT,
        url,
        image: card,
        image_alt: NEUTRAL_TITLE,
        oembed: None,
        twins: false,
        indexable: false,
    }
}

/// What was made from an open share, from memory or anew: loaded, rendered and compressed off the async threads, as many at once as
/// there are cores.
///
/// # Errors
/// [`Error::Absent`] where `make` makes nothing, which is not kept. When the database fails, or when a push took the transcript away
/// since the decision: then asking again helps.
pub async fn render(
    app: &Arc<App>,
    open: &Open,
    made: Made,
    make: impl FnOnce(&Shown) -> Option<(String, Option<String>)> + Send + 'static,
) -> Result<Arc<Rendered>, Error> {
    let key = Key::new(made, open.facts());
    if let Some(kept) = app.pages.get(&key) {
        return Ok(kept);
    }
    // Boxed, here and in what leads here: every request carries the room of all that it may have to wait for.
    let making = app.pages.get_or_make(key.clone(), async {
        let etag = etag(app, &key)?;
        // The permit comes before the content, so that those who wait for it hold nothing.
        let permit = app.renders.clone().acquire_owned().await.map_err(|_| Error::Unavailable)?;
        let mut shown = store::shown(&app.pool, open).await?.ok_or(Error::Unavailable)?;
        let share = app.share_url(&open.facts().code);
        attachment::address(&mut shown, if made.is_page() { share.strip_prefix(&app.base).unwrap_or(&share) } else { &share });
        let rendered = tokio::task::spawn_blocking(move || {
            let made = make(&shown).map(|(text, link)| (Compressed::new(text), link));
            drop(permit);
            made
        });
        let rendered = rendered.await.map_err(|error| std::io::Error::other(error.to_string()))?;
        let (text, link) = rendered.ok_or(Error::Absent)?;
        let link = link.map(|link| HeaderValue::from_str(&link).map_err(std::io::Error::other)).transpose()?;
        Ok(Rendered { text, etag, link })
    });
    Box::pin(making).await
}

/// The answer to a client that has what would be made already: nothing is loaded and nothing rendered for it.
///
/// # Errors
/// None that happens.
pub fn unchanged(app: &App, request: &Request, open: &Open, made: Made) -> Result<Option<Reply>, Error> {
    if !open.is_open_to_all() || !request.headers.contains_key(header::IF_NONE_MATCH) {
        return Ok(None);
    }
    let etag = etag(app, &Key::new(made, open.facts()))?;
    if !request.has(&etag) {
        return Ok(None);
    }
    let mut reply = Reply::empty(StatusCode::NOT_MODIFIED);
    reply.cache = CachePolicy::Revalidate;
    reply.header(header::ETAG, etag);
    let vary = if matches!(made, Made::Page(_)) { "Accept, Accept-Encoding" } else { "Accept-Encoding" };
    reply.header(header::VARY, HeaderValue::from_static(vary));
    Ok(Some(reply))
}

fn etag(app: &App, key: &Key) -> Result<HeaderValue, Error> {
    HeaderValue::from_str(&format!("W/\"{}\"", key.digest(&app.build))).map_err(|error| std::io::Error::other(error).into())
}

/// The title, of which consumers ask more often than they read the rest.
///
/// # Errors
/// Those of [`render`].
pub async fn title(app: &Arc<App>, open: &Open) -> Result<String, Error> {
    let rendered = render(app, open, Made::Title, |shown| Some((page_title(shown), None))).await?;
    Ok(String::from_utf8_lossy(&rendered.text.identity).into_owned())
}

/// The rendered text with its ETag and links; kept by nobody where the share is protected.
pub fn reply(content_type: &'static str, rendered: &Rendered, request: &Request, open: &Open) -> Reply {
    let mut reply = Reply::compressed(content_type, &rendered.text, request);
    if let Some(link) = &rendered.link {
        reply.header(header::LINK, link.clone());
    }
    if !open.is_open_to_all() {
        reply.protected = true;
        return reply;
    }
    reply.cache = CachePolicy::Revalidate;
    reply.with_etag(&rendered.etag, request)
}

/// Whether this request shows the content to a person (SPEC section 7).
pub fn is_person(request: &Request) -> bool {
    !credential::is_owners(request)
        && views::is_person(request.header(header::USER_AGENT), request.header(SEC_PURPOSE).or_else(|| request.header(PURPOSE)))
}

/// A title for where one is required.
pub fn page_title(shown: &Shown) -> String {
    if shown.title.trim().is_empty() { NEUTRAL_TITLE.to_owned() } else { shown.title.clone() }
}

/// The first words of the conversation, as plain text.
pub fn description(shown: &Shown) -> String {
    preview(shown, 160)
}

/// The first message that has text, cut to so many graphemes.
pub fn preview(shown: &Shown, graphemes: usize) -> String {
    use crate::conversation::Part;
    let texts = shown.messages.iter().flat_map(|message| &message.message.parts).filter_map(|part| match part {
        Part::Text { text, .. } => Some(markdown::plain(text, graphemes)),
        Part::Code { code, .. } => {
            Some(code.split_whitespace().take(graphemes / 2).collect::<Vec<_>>().join(" ").chars().take(graphemes).collect())
        }
        _ => None,
    });
    texts.into_iter().find(|text| !text.is_empty()).unwrap_or_else(|| "A shared conversation.".to_owned())
}

fn image_alt(shown: &Shown) -> String {
    format!("Preview card: {}", page_title(shown))
}
