//! `GET /api/shares/{code}/og-image`: the preview card, drawn per share.

use super::{
    error::Error,
    gate,
    headers::CachePolicy,
    reply::Reply,
    request::Request,
    share_page::{NEUTRAL_TEXT, NEUTRAL_TITLE, page_title, preview},
};
use crate::{
    app::App,
    cache::{Drawn, Key, Made},
    conversation::{store, transcript::Shown},
    og_image::Card,
    page::date,
    share::{
        Privacy, ShortCode,
        access::{Access, Facts, Open},
        settings::Settings,
    },
};
use http::HeaderValue;
use std::sync::Arc;

/// The card as anybody may see it: of the conversation where it is open to all, else the neutral one. Cards are what consumers show
/// to everybody, so grants do not count here.
///
/// # Errors
/// An absent share, a full drawing queue, and those of the gate.
pub async fn show(app: Arc<App>, request: Request) -> Result<Reply, Error> {
    match gate::ask_as_nobody(&app, &request, request.param(0)?).await?.0 {
        Access::Absent => Err(Error::Absent),
        Access::Open(open) => {
            let drawn = drawn(&app, &open).await?;
            let mut reply = Reply::new("image/png", drawn.png.clone());
            reply.cache = CachePolicy::Revalidate;
            Ok(reply.with_etag(&drawn.etag, &request))
        }
        Access::Locked | Access::SignIn => {
            let mut reply = Reply::new("image/png", app.neutral_card().await?);
            reply.protected = true;
            Ok(reply)
        }
    }
}

async fn drawn(app: &Arc<App>, open: &Open) -> Result<Arc<Drawn>, Error> {
    let key = Key::new(Made::Card, open.facts());
    app.cards
        .get_or_make(key.clone(), async {
            let etag = format!("\"{}\"", key.digest(&app.build));
            let permit = app.renders.clone().acquire_owned().await.map_err(|_| Error::Unavailable)?;
            let shown = store::shown(&app.pool, open).await?.ok_or(Error::Unavailable)?;
            drop(permit);
            let png = app.painters.paint(card(app, open.facts(), &shown)).await?;
            Ok(Drawn { png, etag: HeaderValue::from_str(&etag).map_err(std::io::Error::other)? })
        })
        .await
}

fn card(app: &App, facts: &Facts, shown: &Shown) -> Card {
    let messages = match shown.messages.len() {
        1 => "1 message".to_owned(),
        count => format!("{count} messages"),
    };
    Card {
        title: page_title(shown),
        preview: preview(shown, 120),
        foot_start: messages,
        foot_end: date(shown.created_at.unwrap_or(facts.created_at)),
        ..app.plain_card()
    }
}

impl App {
    /// The brand on an otherwise empty card.
    fn plain_card(&self) -> Card {
        Card {
            brand: self.brand.name.clone(),
            mark: self.brand.mark.clone(),
            accent: self.brand.accent,
            title: String::new(),
            preview: String::new(),
            foot_start: String::new(),
            foot_end: String::new(),
        }
    }

    /// The card of every protected share: the same bytes for all of them, drawn once.
    async fn neutral_card(&self) -> Result<bytes::Bytes, Error> {
        let card = Card { title: NEUTRAL_TITLE.to_owned(), preview: NEUTRAL_TEXT.to_owned(), ..self.plain_card() };
        Ok(self.neutral_card.get_or_try_init(|| self.painters.paint(card)).await?.clone())
    }
}

/// The advertised URL: it ends in `.png`, and changes when the card does.
pub fn url(app: &App, facts: &Facts, open_to_all: bool) -> String {
    if open_to_all { advertised(app, &facts.code, &Key::new(Made::Card, facts)) } else { neutral_url(app, &facts.code) }
}

/// The same, for the share's owner.
pub fn owners_url(app: &App, settings: &Settings) -> String {
    if settings.has_password || settings.privacy == Privacy::Private {
        return neutral_url(app, &settings.short_code);
    }
    advertised(app, &settings.short_code, &Key::of(Made::Card, &settings.id, settings.revision, settings.transcript))
}

fn advertised(app: &App, code: &ShortCode, key: &Key) -> String {
    format!("{}/api/shares/{}/og-image/{}.png", app.base, code.as_str(), key.digest(&app.build))
}

/// The same for a protected share: its file name tells nothing.
pub fn neutral_url(app: &App, code: &ShortCode) -> String {
    format!("{}/api/shares/{}/og-image/card.png", app.base, code.as_str())
}
