//! `GET /embed/{code}`: the compact viewer for frames.

use super::{
    error::Error,
    gate, og_image,
    reply::Reply,
    request::{Parameters, Request},
    share_page::{description, discovery, is_person, neutral_head, page_title, render, reply, unchanged},
};
use crate::{
    app::App,
    cache::Made,
    embed::View,
    page::{self, Gate},
    share::{
        ViewedOn,
        access::{Access, Open},
    },
};
use http::{Method, header};
use std::sync::Arc;
use url::Url;

/// The conversation, the password box, a link to the page for sign-in, or a small neutral card.
///
/// # Errors
/// An absent share, a bad range, and those of the gate.
pub async fn show(app: Arc<App>, request: Request) -> Result<Reply, Error> {
    let mut parameters = request.parameters();
    let view = view(&mut parameters);
    let view = parameters.finish(view).map_err(|error| gate::turn_away(&app, &request, error))?;
    let (access, facts) = gate::ask(&app, &request, request.param(0)?).await?;
    let facts = facts.ok_or(Error::Absent)?;
    let url = app.share_url(&facts.code);
    let chrome = app.assets.chrome(&app.brand);
    let card = og_image::neutral_url(&app, &facts.code);
    let neutral = neutral_head(&url, &card);
    let mut reply = match access {
        Access::Absent => return Err(Error::Absent),
        Access::Open(open) => opened(&app, &request, open, view).await?,
        Access::Locked => {
            let unlock = format!("/api/shares/{}/unlock", facts.code.as_str());
            let discovery = discovery(&app, &url);
            let neutral = page::Head { oembed: Some((&discovery[0], &discovery[1])), ..neutral };
            Reply::html(page::frame_gate(&chrome, &neutral, Gate::Password { action: &unlock, refused: None }, view.theme))
        }
        // A mailbox is proved on the page, where a reader can see whom they tell their address.
        Access::SignIn => Reply::html(page::frame_gate(&chrome, &neutral, Gate::SignIn, view.theme)),
    };
    reply.protected = true;
    reply.embed_origins = facts.embed_origins.clone();
    Ok(reply)
}

async fn opened(app: &Arc<App>, request: &Request, open: Open, view: View) -> Result<Reply, Error> {
    // A frame that shows a grant was counted when the password was right.
    if request.method == Method::GET && is_person(request) && !request.headers.contains_key(gate::GRANT_HEADER) {
        app.count_view(open.facts(), request.now, ViewedOn::Embed, embedding_host(app, request));
    }
    if let Some(reply) = unchanged(app, request, &open, Made::Frame(view))? {
        return Ok(reply);
    }
    let (maker, facts, to_all) = (app.clone(), open.facts().clone(), open.is_open_to_all());
    let rendered = render(app, &open, Made::Frame(view), move |shown| {
        let url = maker.share_url(&facts.code);
        let discovery = discovery(&maker, &url);
        let head = page::Head {
            title: &page_title(shown),
            description: &description(shown),
            url: &url,
            image: &og_image::url(&maker, &facts, to_all),
            image_alt: &page_title(shown),
            // People paste a frame's address too.
            oembed: to_all.then_some((&discovery[0], &discovery[1])),
            twins: false,
            indexable: false,
        };
        let mut shown = shown.clone();
        shown.messages.retain(|message| message.number >= view.from.unwrap_or(0) && message.number <= view.to.unwrap_or(u32::MAX));
        let chrome = maker.assets.chrome(&maker.brand);
        if shown.messages.is_empty() {
            let text = "None of this conversation's messages has the numbers that were asked for.";
            return Some((page::frame_notice(&chrome, "Nothing to show", text, view.theme), None));
        }
        Some((page::frame(&chrome, &head, &shown, view.theme, &url), None))
    })
    .await?;
    Ok(reply("text/html; charset=utf-8", &rendered, request, &open))
}

/// How the frame is asked to show the share.
pub fn view(parameters: &mut Parameters<'_>) -> View {
    let theme = parameters.take("theme", "is auto, light or dark", |text| text.parse().ok()).unwrap_or_default();
    let (from, to) = (parameters.number("from", u32::MAX), parameters.number("to", u32::MAX));
    if from.zip(to).is_some_and(|(from, to)| to < from) {
        parameters.refuse("to", "is not before from");
    }
    // The first message is where everything starts.
    View { theme, from: from.filter(|from| *from > 1), to }
}

/// The host of the page that frames us, as far as its browser says; our own counts as nobody's.
fn embedding_host(app: &App, request: &Request) -> String {
    let referrer = request.header(header::REFERER).and_then(|text| Url::parse(text).ok());
    let host = referrer.filter(|url| url.host() != app.base_url.host()).and_then(|url| url.host_str().map(str::to_lowercase));
    host.filter(|host| host.len() <= 253).unwrap_or_default()
}
