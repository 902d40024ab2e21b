//! `/api/shares`: what owners create, read, change and revoke.

use super::{
    conversations::NO_CONVERSATION,
    credential::{Paging, owner},
    error::Error,
    gate, og_image,
    reply::Reply,
    request::Request,
    share_page::{NEUTRAL_TITLE, title},
};
use crate::{
    app::App,
    conversation::ConversationId,
    embed, oembed,
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

/// No screen is wider, no frame need be higher.
const MAX_PIXELS: u32 = 10_000;
const NO_SHARE: &str = "There is no such share.";
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
        Created::NoConversation => Err(Error::Missing(NO_CONVERSATION)),
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
    let ConversationId(id) = request.param(0).map_err(|_| Error::Missing(NO_SHARE))?;
    let settings = store::of_conversation(&app.pool, &owner, &id).await?.ok_or(Error::Missing(NO_SHARE))?;
    Reply::json(StatusCode::OK, &whole(&app, &settings)).map_err(Error::from)
}

/// Newest first.
///
/// # Errors
/// Names a bad parameter.
pub async fn list(app: Arc<App>, request: Request) -> Result<Reply, Error> {
    let (owner, _) = owner(&app, &request).await?;
    let mut parameters = request.parameters();
    let paging = Paging::read(&mut parameters);
    let state = parameters.take("state", "is live, expired or revoked", |text| match text {
        "live" => Some(State::Live),
        "expired" => Some(State::Expired),
        "revoked" => Some(State::Revoked),
        _ => None,
    });
    let id = parameters.take("conversationId", ConversationId::RULE, |id| id.parse::<ConversationId>().ok());
    let (state, id) = parameters.finish((state.unwrap_or_default(), id.map(|ConversationId(id)| id)))?;
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
    let id: ShareId = request.param(0).map_err(|_| Error::Missing(NO_SHARE))?;
    let change = Change::parse(request.object(BODY).await?, app.rules).map_err(Error::Invalid)?;
    let password_hash = match change.password.clone().flatten() {
        Some(password) => Some(app.hasher.hash(password).await?),
        None => None,
    };
    match store::change(&app.pool, &owner, &id, &change, password_hash.as_deref()).await? {
        Changed::NoShare => Err(Error::Missing(NO_SHARE)),
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
    let id: ShareId = request.param(0).map_err(|_| Error::Missing(NO_SHARE))?;
    if !store::revoke(&app.pool, &owner, &id).await? {
        return Err(Error::Missing(NO_SHARE));
    }
    tracing::info!(share = id.as_str(), "share revoked");
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}

/// Every way to embed a share, for `theme, from, to, width, height`: anybody's to ask for open shares, the owner's for all.
///
/// # Errors
/// Names a bad parameter; 401 for a protected share without the owner's credential.
pub async fn embed_code(app: Arc<App>, request: Request) -> Result<Reply, Error> {
    let mut parameters = request.parameters();
    let view = super::embed::view(&mut parameters);
    let size = ["width", "height"].map(|name| parameters.number(name, MAX_PIXELS));
    let (view, size) = parameters.finish((view, size))?;
    let code: ShortCode = request.param(0)?;
    let title = match gate::ask_as_nobody(&app, &request, code).await?.0 {
        Access::Absent => return Err(Error::Absent),
        Access::Open(open) => title(&app, &open).await?,
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
        "ogImageUrl": og_image::owners_url(app, settings),
    })
}
