//! The demonstration's blog: a page on another site that embeds two shares, as a stranger would.

use super::{accept, reply::Response};
use crate::{app::App, page};
use http::{HeaderValue, header};
use std::sync::Arc;
use tokio::{net::TcpListener, sync::watch};
use warp::Filter;

/// What the blog's post shows.
pub struct Post {
    /// The open share's URL.
    pub open: String,
    /// The locked share's URL.
    pub locked: String,
    /// What opens it.
    pub password: &'static str,
}

/// Serves the blog until `stop` says so.
pub async fn serve_blog(app: Arc<App>, listener: TcpListener, post: Post, stop: watch::Receiver<bool>) {
    let embed_js = format!("{}/embed.js", app.base);
    // The one thing a real blog would have of its own.
    let stylesheet = format!("{}{}", app.base, app.assets.demo_stylesheet());
    let html = page::host_demo(page::HostDemo {
        stylesheet: &stylesheet,
        embed_js: &embed_js,
        share: &post.open,
        locked: &post.locked,
        password: post.password,
    });
    let index = warp::get().and(warp::path::end()).map(move || {
        let mut response = Response::new(html.clone().into());
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        response
    });
    let nothing = warp::any().map(|| {
        let mut response = Response::new(Vec::new().into());
        *response.status_mut() = http::StatusCode::NOT_FOUND;
        response
    });
    let filter = index.or(nothing).unify().boxed();
    accept(filter, listener, u32::MAX, Vec::new(), stop).await;
}
