//! `/healthz` and `/readyz`.

use super::{error::Error, reply::Reply, request::Request};
use crate::{app::App, postgres::migrate};
use http::StatusCode;
use serde_json::json;
use std::sync::Arc;

/// The process answers.
///
/// # Errors
/// None.
pub async fn alive(_: Arc<App>, _: Request) -> Result<Reply, Error> {
    Reply::json(StatusCode::OK, &json!({"status": "alive"})).map_err(Error::from)
}

/// The node can serve: the database answers and its schema is this program's.
///
/// # Errors
/// 503 while it cannot.
pub async fn ready(app: Arc<App>, _: Request) -> Result<Reply, Error> {
    let client = app.pool.get().await.map_err(|_| Error::Unavailable)?;
    let schema = tokio::time::timeout(std::time::Duration::from_secs(2), migrate::schema_version(&client)).await;
    match schema {
        Ok(Ok(version)) if version == migrate::latest() => {
            Reply::json(StatusCode::OK, &json!({"status": "ready"})).map_err(Error::from)
        }
        _ => Err(Error::Unavailable),
    }
}
