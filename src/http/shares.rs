//! `/api/shares`: what owners create, read, change and revoke.

use super::{
    credential::{Paging, owner},
    error::Error,
    gate,
    reply::Reply,
    request::Request,
    share_page::{NEUTRAL_TITLE, page_title},
};
use crate::{
    app::App,
    conversation::{ConversationId, store as conversations},
    embed::{self, DEFAULT_SIZE, Size},
    oembed,
    share::{
        ShareId, ShortCode,
        access::Access,
        settings::{Change, New, Settings},
        store::{self, Changed, Created, State},
    },
};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use std::sync::Arc;

/// Bytes of a create or change: 500 addresses and 50 origins fit.
const BODY: u64 = 256 << 10;

/// Creates a share.
///
/// # Errors
/// Names every bad field; 404 for a conversation that was never pushed, 409 with the settings of a share it has already.
pub async fn create(app: Arc<App>, mut request: Request) -> Result<Reply, Error> {
    let (owner, _) = owner(&app, &request).await?;
    let new = New::parse(request.object(BODY).await?, app.rules).map_err(Error::Invalid)?;
    let password_hash = match new.options.password.clone() {
        Some(password) => Some(app.hasher.hash(password).await?),
        None => None,
    };
    let code = ShortCode::random(app.code_length);
    match store::create(&app.pool, &owner, &new.conversation_id, &new.options, password_hash.as_deref(), &code).await? {
        Created::NoConversation => Err(Error::Absent),
        Created::Exists(settings) => Err(Error::share_exists(&settings, urls(&app, &settings))),
        Created::New(settings) => {
            tracing::info!(share = settings.id.as_str(), privacy = settings.privacy.as_str(), "shared");
            let url = app.share_url(&settings.short_code);
            let answer =
                json!({"success": true, "shareUrl": url, "shortCode": settings.short_code, "settings": whole(&app, &settings)});
            let mut reply = Reply::json(StatusCode::CREATED, &answer)?;
            let location = format!(
                "/api/shares/{}",
                percent_encoding::utf8_percent_encode(&settings.conversation_id, percent_encoding::NON_ALPHANUMERIC)
            );
            reply.header(header::LOCATION, HeaderValue::from_str(&location).map_err(std::io::Error::other)?);
            Ok(reply)
        }
    }
}

/// The share of a conversation.
///
/// # Errors
/// 404 where there is none.
pub async fn of_conversation(app: Arc<App>, request: Request) -> Result<Reply, Error> {
    let (owner, _) = owner(&app, &request).await?;
    let ConversationId(id) = request.param(0)?;
    let settings = store::of_conversation(&app.pool, &owner, &id).await?.ok_or(Error::Absent)?;
    Reply::json(StatusCode::OK, &whole(&app, &settings)).map_err(Error::from)
}

/// Newest first.
///
/// # Errors
/// Names a bad parameter.
pub async fn list(app: Arc<App>, request: Request) -> Result<Reply, Error> {
    let (owner, _) = owner(&app, &request).await?;
    let paging = Paging::read(&request)?;
    let state = match request.query("state").as_deref() {
        None => State::Kept,
        Some("live") => State::Live,
        Some("expired") => State::Expired,
        Some("revoked") => State::Revoked,
        Some(_) => return Err(Error::field("state", "is live, expired or revoked")),
    };
    let id = request.query("conversationId");
    if id.as_ref().is_some_and(|id| id.parse::<ConversationId>().is_err()) {
        return Err(Error::field("conversationId", ConversationId::RULE));
    }
    let rows = store::list(&app.pool, &owner, id.as_deref(), state, paging.after.clone(), paging.limit as i64 + 1).await?;
    let (shares, next) = paging.split(rows, |settings| (settings.created_at, settings.id.as_str().to_owned()));
    let shares: Vec<Value> = shares.iter().map(|settings| whole(&app, settings)).collect();
    Reply::json(StatusCode::OK, &json!({"shares": shares, "nextCursor": next})).map_err(Error::from)
}

/// Changes the fields that are named, and no other.
///
/// # Errors
/// Names every bad field; 404 for a share that is not this owner's.
pub async fn change(app: Arc<App>, mut request: Request) -> Result<Reply, Error> {
    let (owner, _) = owner(&app, &request).await?;
    let id: ShareId = request.param(0)?;
    let change = Change::parse(request.object(BODY).await?, app.rules).map_err(Error::Invalid)?;
    let password_hash = match change.password.clone().flatten() {
        Some(password) => Some(app.hasher.hash(password).await?),
        None => None,
    };
    match store::change(&app.pool, &owner, &id, &change, password_hash.as_deref()).await? {
        Changed::NoShare => Err(Error::Absent),
        Changed::Refused(error) => Err(Error::Invalid(vec![error])),
        Changed::Done(settings) => {
            tracing::info!(share = settings.id.as_str(), privacy = settings.privacy.as_str(), "share changed");
            Reply::json(StatusCode::OK, &whole(&app, &settings)).map_err(Error::from)
        }
    }
}

/// Ends a share for good.
///
/// # Errors
/// 404 if there is none to end.
pub async fn revoke(app: Arc<App>, request: Request) -> Result<Reply, Error> {
    let (owner, _) = owner(&app, &request).await?;
    let id: ShareId = request.param(0)?;
    if !store::revoke(&app.pool, &owner, &id).await? {
        return Err(Error::Absent);
    }
    tracing::info!(share = id.as_str(), "share revoked");
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}

/// Every way to embed a share, for `theme, from, to, width, height`: anybody's to ask for open shares, the owner's for all.
///
/// # Errors
/// Names a bad parameter; 401 for a protected share without the owner's credential.
pub async fn embed_code(app: Arc<App>, request: Request) -> Result<Reply, Error> {
    let view = super::embed::view(&request)?;
    let size = Size {
        width: request.query_number("width")?.unwrap_or(DEFAULT_SIZE.width),
        height: request.query_number("height")?.unwrap_or(DEFAULT_SIZE.height),
    };
    let code: ShortCode = request.param(0)?;
    let title = match gate::ask_as_nobody(&app, &request, code.clone()).await?.0 {
        Access::Absent => return Err(Error::Absent),
        Access::Open(open) => page_title(&conversations::shown(&app.pool, &open).await?.ok_or(Error::Absent)?),
        Access::Locked | Access::SignIn => {
            let (owner, _) = owner(&app, &request).await?;
            store::by_code(&app.pool, &owner, &code).await?.ok_or(Error::Absent)?;
            NEUTRAL_TITLE.to_owned()
        }
    };
    let oembed_url = oembed::endpoint(&app.base, &app.share_url(&code), oembed::Format::Json);
    Reply::json(StatusCode::OK, &embed::code(&app.base, &code, view, size, &title, oembed_url)).map_err(Error::from)
}

/// Settings with their URLs.
fn whole(app: &App, settings: &Settings) -> Value {
    let mut value = json!(settings);
    if let (Value::Object(into), Value::Object(urls)) = (&mut value, urls(app, settings)) {
        into.extend(urls);
    }
    value
}

fn urls(app: &App, settings: &Settings) -> Value {
    let url = app.share_url(&settings.short_code);
    json!({
        "shareUrl": url,
        "embedUrl": embed::url(&app.base, &settings.short_code, embed::View::default()),
        "oembedUrl": oembed::endpoint(&app.base, &url, oembed::Format::Json),
        "ogImageUrl": format!("{}/api/shares/{}/og-image", app.base, settings.short_code.as_str()),
    })
}
