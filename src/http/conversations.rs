//! `/api/conversations`: what host apps push, read and erase.

use super::{
    credential::{Paging, host_app, owner},
    error::Error,
    reply::Reply,
    request::Request,
};
use crate::{
    app::App,
    conversation::{ConversationId, FieldError, attachment, import, push, store, transcript},
};
use http::StatusCode;
use serde_json::json;
use std::sync::Arc;

/// Longest owner id, in characters.
pub const OWNER_ID_CHARS: usize = 200;

/// What is missing when a conversation is not this owner's, or nobody's.
pub const NO_CONVERSATION: &str = "No conversation of this id has been pushed.";

/// Creates a conversation or its new version. `?ownerId=` says whose it is; without it the owner stays as it was.
///
/// # Errors
/// Names every bad field; nothing is stored then.
pub async fn push(app: Arc<App>, mut request: Request) -> Result<Reply, Error> {
    let (host_app, key) = host_app(&app, &request).await?;
    let (id, owner_id) = (request.param(0), request.query("ownerId").map(|owner_id| checked_owner_id(&owner_id)).transpose());
    let mut wrong = Vec::new();
    if id.is_err() {
        wrong.push(FieldError::new("conversationId", ConversationId::RULE));
    }
    if owner_id.is_err() {
        wrong.push(FieldError::new("ownerId", ConversationId::RULE));
    }
    let limits = app.limits;
    request.is_of("application/json")?;
    // Large ones wait for each other: what is attached is held in memory until it is stored. Whoever only says that much will come
    // keeps nobody waiting.
    let turn = async { app.large_pushes.take(key).await.map_err(|_| Error::Unavailable) };
    let (body, turn) = request.bytes_in_turn(limits.conversation_bytes as u64, limits.push_bytes() as u64, turn).await?;
    // Parsing, hashing and compressing ten mebibytes takes a while; the async threads have requests to answer.
    let parsed = tokio::task::spawn_blocking(move || import::pushed(&body, &limits));
    let mut conversation = match parsed.await.map_err(|error| std::io::Error::other(error.to_string()))? {
        Ok(conversation) => conversation,
        Err(push::Rejected::Malformed(detail)) => return Err(Error::Malformed(detail)),
        Err(push::Rejected::Invalid(errors)) => return Err(Error::Invalid([wrong, errors].concat())),
        Err(push::Rejected::TooLarge(limit)) => return Err(Error::TooLarge(limit as u64)),
    };
    let (Ok(ConversationId(id)), Ok(owner_id)) = (id, owner_id) else { return Err(Error::Invalid(wrong)) };
    let named = attachment::named(&conversation);
    if !named.is_empty() {
        let stored = store::described(&app.pool, host_app, &named).await?;
        attachment::settle(&mut conversation, &stored, &limits).map_err(|over| Error::field("blob", &over.rule()))?;
    }
    let packed = tokio::task::spawn_blocking(move || transcript::pack(&conversation));
    let packed = packed.await.map_err(|error| std::io::Error::other(error.to_string()))??;
    let (push, entry) = store::push(&app.pool, host_app, &id, owner_id.as_deref(), &packed).await?;
    drop(turn);
    let status = if push == store::Push::Created { StatusCode::CREATED } else { StatusCode::OK };
    Reply::json(status, &entry).map_err(Error::from)
}

/// An owner id as parameters and tokens carry it.
///
/// # Errors
/// Names the rule.
pub fn checked_owner_id(owner_id: &str) -> Result<String, Error> {
    let good = (1..=OWNER_ID_CHARS).contains(&owner_id.chars().count()) && !owner_id.chars().any(char::is_control);
    if good { Ok(owner_id.to_owned()) } else { Err(Error::field("ownerId", ConversationId::RULE)) }
}

/// One conversation, whole.
///
/// # Errors
/// 404 for one that is not this owner's.
pub async fn get(app: Arc<App>, request: Request) -> Result<Reply, Error> {
    let (owner, _) = owner(&app, &request).await?;
    let ConversationId(id) = request.param(0).map_err(|_| Error::Missing(NO_CONVERSATION))?;
    let (entry, conversation) = store::get(&app.pool, &owner, &id).await?.ok_or(Error::Missing(NO_CONVERSATION))?;
    let mut answer = json!(entry);
    answer["conversation"] = json!(conversation);
    Reply::json(StatusCode::OK, &answer).map_err(Error::from)
}

/// Newest first.
///
/// # Errors
/// Names a bad parameter.
pub async fn list(app: Arc<App>, request: Request) -> Result<Reply, Error> {
    let (owner, _) = owner(&app, &request).await?;
    let mut parameters = request.parameters();
    let paging = Paging::read(&mut parameters);
    let after = paging.after.as_ref().map(|(time, row)| (*time, row.parse()));
    if after.as_ref().is_some_and(|(_, row)| row.is_err()) {
        parameters.refuse("cursor", "is not one of ours");
    }
    let after = parameters.finish(after.and_then(|(time, row)| Some((time, row.ok()?))))?;
    let rows = store::list(&app.pool, &owner, after, paging.limit as i64 + 1).await?;
    let (conversations, next) = paging.split(rows, |entry| (entry.updated_at, entry.row.to_string()));
    Reply::json(StatusCode::OK, &json!({"conversations": conversations, "nextCursor": next})).map_err(Error::from)
}

/// Erases a conversation and revokes its shares.
///
/// # Errors
/// 404 if there is none.
pub async fn erase(app: Arc<App>, request: Request) -> Result<Reply, Error> {
    let (host_app, _) = host_app(&app, &request).await?;
    let ConversationId(id) = request.param(0).map_err(|_| Error::Missing(NO_CONVERSATION))?;
    if store::erase(&app.pool, host_app, &id).await? {
        Ok(Reply::empty(StatusCode::NO_CONTENT))
    } else {
        Err(Error::Missing(NO_CONVERSATION))
    }
}
