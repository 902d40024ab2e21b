//! `GET /s/{code}.md` and `.json`: the page for machines, with the same access.

use super::{
    error::Error,
    gate,
    reply::Reply,
    request::Request,
    share_page::{render, reply},
};
use crate::{
    app::App,
    cache::{Made, Rendered},
    conversation::{attachment::forget_hashes, transcript::Shown},
    page,
    share::access::Open,
};
use serde_json::{Value, json};
use std::sync::Arc;

/// The Markdown twin's media type (RFC 7763).
pub const MARKDOWN: &str = "text/markdown";
/// The JSON twin's.
pub const JSON: &str = "application/json";

/// The transcript as Markdown; with `?message=12` that message alone, for pasting.
///
/// # Errors
/// 401 where the page would ask for something, 404 where there is no share or no such message, 422 for what is no number.
pub async fn markdown(app: Arc<App>, request: Request) -> Result<Reply, Error> {
    let mut parameters = request.parameters();
    let message = parameters.number("message", u32::MAX);
    let message = parameters.finish(message)?;
    let open = open(&app, &request).await?;
    let url = app.share_url(&open.facts().code);
    let rendered = match message {
        Some(number) => {
            let said = move |shown: &Shown| page::message_markdown(shown, number).map(|text| (text, None));
            render(&app, &open, Made::Message(number), said).await?
        }
        None => {
            let canonical = format!("<{url}>; rel=\"canonical\"");
            let twin = move |shown: &Shown| Some((page::markdown_twin(shown, &url), Some(canonical)));
            render(&app, &open, Made::Markdown, twin).await?
        }
    };
    Ok(reply("text/markdown; charset=utf-8", &rendered, &request, &open))
}

/// The canonical model, as the reader may see it.
///
/// # Errors
/// Those of [`markdown`].
pub async fn json(app: Arc<App>, request: Request) -> Result<Reply, Error> {
    let open = open(&app, &request).await?;
    let rendered = rendered(&app, &open).await?;
    Ok(reply("application/json", &rendered, &request, &open))
}

/// The JSON twin's text.
///
/// # Errors
/// Those of [`render`].
pub async fn rendered(app: &Arc<App>, open: &Open) -> Result<Arc<Rendered>, Error> {
    render(app, open, Made::Json, |shown| Some((document(shown).to_string(), None))).await
}

/// The canonical document (FORMATS section 1), which can be imported again.
fn document(shown: &Shown) -> Value {
    let mut shown = shown.clone();
    forget_hashes(&mut shown);
    let mut document = json!(shown);
    document["vitrine"] = 1.into();
    document
}

async fn open(app: &App, request: &Request) -> Result<Open, Error> {
    gate::opened(gate::ask(app, request, request.param(0)?).await?.0)
}
