//! Scripts and style sheets.

use super::{error::Error, headers::CachePolicy, reply::Reply, request::Request};
use crate::{app::App, asset::Asset};
use http::HeaderValue;
use std::sync::Arc;

/// `/widget/…`: the name changes with the content, so it may be kept for ever.
///
/// # Errors
/// 404 for a name that is not one of this build's.
pub async fn hashed(app: Arc<App>, request: Request) -> Result<Reply, Error> {
    let file: String = request.param(0)?;
    let asset = app.assets.get(&format!("/widget/{file}")).ok_or(Error::Absent)?;
    reply(asset, CachePolicy::Immutable, &request)
}

/// `/embed.js`: its name stands in other people's pages and cannot change.
///
/// # Errors
/// None.
pub async fn loader(app: Arc<App>, request: Request) -> Result<Reply, Error> {
    reply(app.assets.embed_js(), CachePolicy::Hour, &request)
}

fn reply(asset: &Asset, cache: CachePolicy, request: &Request) -> Result<Reply, Error> {
    let mut reply = Reply::encoded(asset.content_type, [asset.brotli.as_ref(), asset.gzip.as_ref()], &asset.identity, request);
    reply.cache = cache;
    Ok(reply.with_etag(&HeaderValue::from_str(&asset.etag).map_err(std::io::Error::other)?, request))
}
