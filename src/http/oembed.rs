//! `GET /oembed`.

use super::{
    error::Error,
    gate,
    headers::CachePolicy,
    og_image,
    reply::Reply,
    request::Request,
    share_page::{NEUTRAL_TITLE, title},
};
use crate::{
    app::App,
    oembed::{self, Document, Format, THUMBNAIL},
    share::{
        ShortCode,
        access::{Access, Facts},
    },
};
use std::sync::Arc;

/// The document for a share that anybody may at least ask to open.
///
/// # Errors
/// 400 without `url`, 404 for what is no share of ours, 401 for a private one, 501 for another format. None of the bodies looks like
/// oEmbed: their `type` is no oEmbed type.
pub async fn show(app: Arc<App>, request: Request) -> Result<Reply, Error> {
    let asked = asked(&app, &request).map_err(|error| gate::turn_away(&app, &request, error))?;
    let Asked { format, code, bounds: (max_width, max_height) } = asked;
    let (access, facts) = gate::ask_as_nobody(&app, &request, code).await?;
    let facts = facts.ok_or(Error::Absent)?;
    let (title, card) = match access {
        Access::Absent => return Err(Error::Absent),
        Access::SignIn => return Err(Error::SignIn),
        Access::Locked => (NEUTRAL_TITLE.to_owned(), og_image::neutral_url(&app, &code)),
        Access::Open(open) => (title(&app, &open).await?, card(&app, &facts)),
    };
    let fits = max_width.is_none_or(|width| width >= THUMBNAIL.width) && max_height.is_none_or(|height| height >= THUMBNAIL.height);
    let size = oembed::size(max_width, max_height);
    let provider_url = if app.brand.url.is_empty() { &app.base } else { &app.brand.url };
    let provider = (app.brand.name.as_str(), provider_url.as_str());
    let document = Document::new(&app.base, &code, size, &title, provider, fits.then_some(card.as_str()));
    let content_type = match format {
        Format::Json => "application/json; charset=utf-8",
        Format::Xml => "text/xml; charset=utf-8",
    };
    let mut reply = Reply::new(content_type, document.write(format));
    // What a locked share shows is the same for everybody, but nothing of it is kept, so that unlocking it later shows at once.
    reply.cache = if facts.has_password { CachePolicy::Never } else { CachePolicy::Revalidate };
    Ok(reply)
}

/// What the query asks for.
struct Asked {
    format: Format,
    code: ShortCode,
    bounds: (Option<u32>, Option<u32>),
}

fn asked(app: &App, request: &Request) -> Result<Asked, Error> {
    let format = match request.query("format").as_deref() {
        None | Some("json") => Format::Json,
        Some("xml") => Format::Xml,
        Some(_) => return Err(Error::NotImplemented),
    };
    let pasted = request.query("url").ok_or_else(|| Error::Malformed("The parameter url is required.".to_owned()))?;
    let mut parameters = request.parameters();
    let bounds = (parameters.number("maxwidth", u32::MAX), parameters.number("maxheight", u32::MAX));
    let bounds = parameters.finish(bounds)?;
    let code = oembed::share_code(&app.base_url, &pasted).ok_or(Error::Absent)?;
    Ok(Asked { format, code, bounds })
}

fn card(app: &App, facts: &Facts) -> String {
    og_image::url(app, facts, true)
}
