//! Every URL, one row each.

use super::{
    assets, conversations, embed,
    error::Error,
    files,
    headers::{Cors, Surface},
    health, imports, oembed, og_image, owner_tokens,
    pattern::Pattern,
    reply::{Reply, Response},
    request::{self, Request},
    share_page, shares, twins, unlock,
};
use crate::{app::App, reader::address};
use futures_util::FutureExt;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use std::{net::SocketAddr, panic::AssertUnwindSafe, pin::Pin, sync::Arc, time::Duration};
use tokio::time::Instant;
use warp::{Filter, filters::BoxedFilter};

/// A handler: takes a request, answers or refuses.
type Handler = fn(Arc<App>, Request) -> Pin<Box<dyn Future<Output = Result<Reply, Error>> + Send>>;

/// What a handler may take, the thirty seconds of a slow body included. A database that hangs must not hold requests for ever.
const PATIENCE: Duration = Duration::from_secs(45);

/// A row of the table.
pub struct Route {
    /// A row of GET answers HEAD too.
    pub method: Method,
    /// Exact: no trailing slash, no suffix, nothing encoded that need not be.
    pub pattern: Pattern,
    /// Decides headers and the form of errors.
    pub surface: Surface,
    /// Whose scripts may read the answer.
    pub cors: Cors,
    handler: Handler,
    /// What the handler may take; none for one that goes by its own progress.
    patience: Option<Duration>,
}

impl Route {
    /// For a handler that bounds every wait itself: an upload takes as long as it comes.
    fn at_its_own_pace(self) -> Self {
        Route { patience: None, ..self }
    }
}

macro_rules! route {
    ($method:ident $pattern:literal, $surface:ident, $cors:ident, $handler:path) => {
        Route {
            method: Method::$method,
            pattern: Pattern::new($pattern),
            surface: Surface::$surface,
            cors: Cors::$cors,
            handler: |app, request| Box::pin($handler(app, request)),
            patience: Some(PATIENCE),
        }
    };
}

/// The table, the busiest first. `{code}`, `{shareId}` and `{conversationId}` match only what has their shape.
pub fn table() -> Vec<Route> {
    vec![
        // Readers.
        route!(GET "/s/{code}", Page, Same, share_page::show),
        route!(GET "/embed/{code}", Frame, Anyone, embed::show),
        route!(GET "/widget/{file}", Asset, Anyone, assets::hashed),
        route!(GET "/embed.js", Asset, Anyone, assets::loader),
        route!(GET "/s/{code}/files/{file}", File, Anyone, files::show),
        route!(GET "/oembed", Json, Anyone, oembed::show),
        route!(GET "/api/shares/{code}/og-image", Image, Anyone, og_image::show),
        route!(GET "/api/shares/{code}/og-image/{revision}.png", Image, Anyone, og_image::show),
        route!(GET "/s/{code}.md", Twin, Same, twins::markdown),
        route!(GET "/s/{code}.json", Twin, Same, twins::json),
        route!(POST "/s/{code}/unlock", Page, Same, unlock::form),
        route!(POST "/api/shares/{code}/unlock", Json, Anyone, unlock::json),
        // Owners.
        route!(GET "/api/conversations", Json, HostApps, conversations::list),
        route!(PUT "/api/conversations/{conversationId}", Json, HostApps, conversations::push),
        route!(GET "/api/conversations/{conversationId}", Json, HostApps, conversations::get),
        route!(DELETE "/api/conversations/{conversationId}", Json, HostApps, conversations::erase),
        route!(POST "/api/imports", Json, HostApps, imports::import).at_its_own_pace(),
        route!(POST "/api/owner-tokens", Json, HostApps, owner_tokens::mint_token),
        route!(GET "/api/shares", Json, HostApps, shares::list),
        route!(POST "/api/shares", Json, HostApps, shares::create),
        route!(GET "/api/shares/{code}/embed-code", Json, Anyone, shares::embed_code),
        route!(GET "/api/shares/{conversationId}", Json, HostApps, shares::of_conversation),
        route!(PATCH "/api/shares/{shareId}", Json, HostApps, shares::change),
        route!(DELETE "/api/shares/{shareId}", Json, HostApps, shares::revoke),
        // Operators.
        route!(GET "/healthz", Json, Same, health::alive),
        route!(GET "/readyz", Json, Same, health::ready),
    ]
}

/// What the accept loop puts into a request's extensions, because warp would hand it out as copies only.
#[derive(Clone, Debug)]
pub struct Arrived {
    /// The other end of the connection.
    pub peer: SocketAddr,
    /// After the `?`, as sent.
    pub query: String,
    /// All of them; the request itself has none left.
    pub headers: Arc<HeaderMap>,
}

/// The whole table as one filter. Each row is boxed, and the first comes first: a request pays only for the rows above its own.
pub fn filter(app: &Arc<App>) -> BoxedFilter<(Response,)> {
    let nothing = fallback(app.clone());
    table().into_iter().rev().fold(nothing, |rest, route| row(app.clone(), route).or(rest).unify().boxed())
}

fn row(app: Arc<App>, route: Route) -> BoxedFilter<(Response,)> {
    let route = Arc::new(route);
    let matching = route.clone();
    let params = warp::path::full().and(warp::method()).and_then(move |path: warp::path::FullPath, method: Method| {
        let fits = method == matching.method || (method == Method::HEAD && matching.method == Method::GET);
        let params = if fits { matching.pattern.matches(path.as_str()) } else { None };
        std::future::ready(params.ok_or_else(warp::reject::not_found))
    });
    params
        .and(warp::method())
        .and(warp::ext::get::<Arrived>())
        .and(warp::body::stream())
        .then(move |params, method, Arrived { peer, query, headers }, stream| {
            let client = address::client(peer.ip(), &headers, &app.trusted_proxies);
            let request = Request { method, params, query, headers, client, now: app.now(), body: request::body(stream) };
            answer(app.clone(), route.clone(), request)
        })
        .boxed()
}

async fn answer(app: Arc<App>, route: Arc<Route>, request: Request) -> Response {
    let (began, method) = (Instant::now(), request.method.clone());
    let origin = request.headers.get(header::ORIGIN).cloned();
    // A panic is a fault of one request; the connection and the node go on.
    let handled = AssertUnwindSafe((route.handler)(app.clone(), request)).catch_unwind();
    let answered = match route.patience {
        Some(patience) => tokio::time::timeout_at(began + patience, handled).await,
        None => Ok(handled.await),
    };
    let reply = match answered {
        Ok(Ok(Ok(reply))) => reply,
        Ok(Ok(Err(error))) => error.reply(&app, route.surface),
        Ok(Err(_)) => {
            tracing::error!(route = route.pattern.as_str(), "a handler panicked");
            Error::Internal.reply(&app, route.surface)
        }
        Err(_) => {
            tracing::error!(route = route.pattern.as_str(), "a handler took too long");
            Error::Unavailable.reply(&app, route.surface)
        }
    };
    let mut response = reply.finish(route.surface, route.cors);
    allow_host_app(&app, route.cors, origin, &mut response);
    log(&method, route.pattern.as_str(), &response, began);
    response
}

fn log(method: &Method, route: &str, response: &Response, began: Instant) {
    let status = response.status().as_u16();
    if status >= 500 {
        tracing::warn!(%method, route, status, millis = began.elapsed().as_millis() as u64, "answered");
    } else {
        tracing::debug!(%method, route, status, millis = began.elapsed().as_millis() as u64, "answered");
    }
}

/// CORS for the owner API: the configured origins, by name, never with credentials (the token travels in a header).
fn allow_host_app(app: &App, cors: Cors, origin: Option<HeaderValue>, response: &mut Response) {
    if cors != Cors::HostApps || app.app_origins.is_empty() {
        return;
    }
    response.headers_mut().append(header::VARY, HeaderValue::from_static("Origin"));
    let known = |origin: &HeaderValue| app.app_origins.iter().any(|known| known.as_bytes() == origin.as_bytes());
    if let Some(origin) = origin.filter(known) {
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        let exposed = HeaderValue::from_static("Location, Retry-After");
        response.headers_mut().insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
}

/// What no row took: a preflight, the wrong method, or nothing at all.
fn fallback(app: Arc<App>) -> BoxedFilter<(Response,)> {
    let table: Arc<[Route]> = table().into();
    warp::path::full()
        .and(warp::method())
        .and(warp::ext::get::<Arrived>())
        .then(move |path: warp::path::FullPath, method: Method, Arrived { headers, .. }| {
            let began = Instant::now();
            let rows: Vec<&Route> = table.iter().filter(|route| route.pattern.matches(path.as_str()).is_some()).collect();
            let response = refuse(&app, &rows, path.as_str(), &method, &headers);
            log(&method, rows.first().map_or("-", |row| row.pattern.as_str()), &response, began);
            std::future::ready(response)
        })
        .boxed()
}

fn refuse(app: &App, rows: &[&Route], path: &str, method: &Method, headers: &HeaderMap) -> Response {
    let Some(row) = rows.first() else { return Error::Absent.reply(app, guess(path)).finish(guess(path), Cors::Same) };
    let allow = allowed(rows);
    if method == Method::OPTIONS {
        return preflight(app, rows, &allow, headers);
    }
    Error::Method(allow).reply(app, row.surface).finish(row.surface, row.cors)
}

fn allowed(rows: &[&Route]) -> String {
    let mut names: Vec<&str> = rows.iter().map(|route| route.method.as_str()).collect();
    if names.contains(&"GET") {
        names.push("HEAD");
    }
    names.push("OPTIONS");
    names.dedup();
    names.join(", ")
}

fn preflight(app: &App, rows: &[&Route], allow: &str, headers: &HeaderMap) -> Response {
    let wanted = headers.get(header::ACCESS_CONTROL_REQUEST_METHOD).and_then(|name| name.to_str().ok());
    let Some(row) = rows.iter().find(|route| wanted.is_none_or(|name| name == route.method.as_str())).or(rows.first()) else {
        return Error::Absent.reply(app, Surface::Json).finish(Surface::Json, Cors::Same);
    };
    let mut reply = Reply::empty(StatusCode::NO_CONTENT);
    if let Ok(value) = HeaderValue::from_str(allow) {
        reply.header(header::ALLOW, value.clone());
        reply.header(header::ACCESS_CONTROL_ALLOW_METHODS, value);
    }
    let taken = HeaderValue::from_static(match row.cors {
        Cors::Anyone => "Authorization, Content-Type, Vitrine-Grant",
        Cors::HostApps => "Authorization, Content-Type",
        Cors::Same => "Content-Type",
    });
    reply.header(header::ACCESS_CONTROL_ALLOW_HEADERS, taken);
    reply.header(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("7200"));
    let mut response = reply.finish(row.surface, row.cors);
    allow_host_app(app, row.cors, headers.get(header::ORIGIN).cloned(), &mut response);
    response
}

/// The surface of a URL that does not exist, by where it would stand.
fn guess(path: &str) -> Surface {
    match path.split('/').nth(1) {
        Some("api" | "oembed") => Surface::Json,
        Some("embed") => Surface::Frame,
        Some("widget") => Surface::Asset,
        _ => Surface::Page,
    }
}
