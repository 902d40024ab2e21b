//! What P1 is measured against: one warp route that answers a page's bytes and headers, and knows nothing else.

use crate::{Outcome, page::Page};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use std::{path::Path, sync::Arc};
use tokio::net::TcpListener;
use warp::{Filter, reply::Response};

/// Serves the page saved in `directory` at `/s/{anything}`, for ever.
///
/// The accept loop is hyper's own example and nothing more: no timer, no cap, no request id. It costs no more than `warp::serve`,
/// which does the same with a detour for HTTP/2, and needs no feature of warp's that the product does without.
pub async fn serve(address: &str, directory: &Path) -> Outcome<()> {
    let page = Page::load(directory)?;
    let mut headers = HeaderMap::new();
    for (name, value) in &page.headers {
        headers.insert(name.parse::<HeaderName>()?, HeaderValue::from_str(value)?);
    }
    let (body, headers) = (Bytes::from(page.body), Arc::new(headers));
    let route = warp::get().and(warp::path!("s" / String)).map(move |_| {
        let mut response = Response::new(body.clone().into());
        response.headers_mut().clone_from(&headers);
        response
    });
    let listener = TcpListener::bind(address).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let service = TowerToHyperService::new(warp::service(route.clone()));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}
