//! `POST /api/owner-tokens`.

use super::{conversations::checked_owner_id, credential::host_app, error::Error, reply::Reply, request::Request};
use crate::{
    app::App,
    conversation::{ConversationId, FieldError},
    owner::token::{MINUTES, mint},
};
use http::StatusCode;
use serde_json::{Value, json};
use std::sync::Arc;
use time::{Duration, format_description::well_known::Rfc3339};

/// Bytes of a request: two ids of 200 characters fit, be every one of them an escaped surrogate pair.
const BODY: u64 = 8 << 10;

/// Mints a token for a user of the host app.
///
/// # Errors
/// Names every bad field.
pub async fn mint_token(app: Arc<App>, mut request: Request) -> Result<Reply, Error> {
    let credential = host_app(&app, &request).await?;
    let mut body = request.object(BODY).await?;
    let mut errors = Vec::new();
    let owner_id = match body.remove("ownerId") {
        Some(Value::String(owner_id)) if checked_owner_id(&owner_id).is_ok() => owner_id,
        _ => {
            errors.push(FieldError::new("ownerId", format!("is required and {}", ConversationId::RULE)));
            String::new()
        }
    };
    let conversation_id = match body.remove("conversationId") {
        None | Some(Value::Null) => None,
        Some(Value::String(id)) if id.parse::<ConversationId>().is_ok() => Some(id),
        Some(_) => {
            errors.push(FieldError::new("conversationId", ConversationId::RULE));
            None
        }
    };
    let (default, longest) = MINUTES;
    let minutes = body.remove("expiresIn").map_or(Some(default as f64), |value| value.as_f64());
    let minutes = minutes.filter(|minutes| *minutes > 0.0 && *minutes <= longest as f64).unwrap_or_else(|| {
        errors.push(FieldError::new("expiresIn", format!("is minutes, above 0 and at most {longest}")));
        0.0
    });
    errors.extend(body.keys().map(|name| FieldError::new(name, "is not a field of this request")));
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    let life = Duration::seconds_f64(minutes * 60.0);
    let (token, expires_at) = mint(&app.keys, credential, &owner_id, conversation_id.as_deref(), life, app.now())?;
    let expires_at = expires_at.format(&Rfc3339).map_err(std::io::Error::other)?;
    Reply::json(StatusCode::CREATED, &json!({"ownerToken": token, "expiresAt": expires_at})).map_err(Error::from)
}
