//! The HTTP side: [`routes`] is the table of every URL, [`serve`] the accept loop before it, and every other file a noun.

pub mod assets;

pub mod conversations;
pub mod credential;
pub mod demo;
pub mod embed;
pub mod error;
pub mod files;
pub mod gate;
pub mod headers;
pub mod health;
pub mod imports;
pub mod oembed;
pub mod og_image;
pub mod owner_tokens;
pub mod pattern;
pub mod reply;
pub mod request;
pub mod routes;
pub mod share_page;
pub mod shares;
pub mod twins;
pub mod unlock;

use crate::{
    app::App,
    reader::address::ClientAddress,
    telemetry::{RequestId, of_request},
};
use headers::{Cors, Surface};
use http::{HeaderName, HeaderValue, StatusCode};
use hyper::{body::Incoming, server::conn::http1, service::Service};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use ipnet::IpNet;
use reply::Reply;
use routes::Arrived;
use socket2::SockRef;
use std::{
    collections::HashMap,
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};
use warp::filters::BoxedFilter;

/// From a connection's silence, or a request's first byte, to the end of its headers.
const HEADERS: Duration = Duration::from_secs(10);
/// Sent bytes that a client does not take.
const UNREAD: Duration = Duration::from_secs(30);
/// From the wish to stop until connections are cut.
const FAREWELL: Duration = Duration::from_secs(10);
/// Bytes of a request's line and headers.
const HEAD: usize = 32 << 10;

/// Serves the whole table on `listener` until `stop` says so, and tends the node meanwhile.
pub async fn serve(app: Arc<App>, listener: TcpListener, per_client: u32, stop: watch::Receiver<bool>) {
    let tending = tokio::spawn(app.clone().tend(stop.clone()));
    accept(routes::filter(&app), listener, per_client, app.trusted_proxies.clone(), stop).await;
    let written = async {
        drop(tending.await);
        app.flush_views().await;
    };
    if tokio::time::timeout(FAREWELL, written).await.is_err() {
        tracing::warn!("the last views could not be written");
    }
}

/// Answers with `filter` until `stop` says so; then lets open requests finish for ten seconds. `per_client` bounds the connections of
/// one address; `trusted` proxies hold everybody's and are not bounded. A cap on all connections together would make slow clients
/// starve good ones.
///
/// warp's own server has neither timer nor cap nor a bounded farewell (GOALS, traps).
async fn accept(
    filter: BoxedFilter<(reply::Response,)>,
    listener: TcpListener,
    per_client: u32,
    trusted: Vec<IpNet>,
    stop: watch::Receiver<bool>,
) {
    let clients = Arc::new(Clients { limit: per_client, trusted, open: Mutex::default() });
    let mut connections = JoinSet::new();
    let mut stopping = stop.clone();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = told(&mut stopping) => break,
            Some(_) = connections.join_next() => continue,
        };
        match accepted {
            Ok((stream, peer)) => {
                if let Some(place) = Place::take(&clients, peer.ip()) {
                    connections.spawn(connection(stream, peer, filter.clone(), stop.clone(), place));
                }
            }
            // Out of file descriptors, most likely: the connection stays in the backlog until one is free.
            Err(error) => {
                tracing::warn!(%error, "accept");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
    let finished = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(FAREWELL, finished).await.is_err() {
        tracing::warn!("requests were cut off by the shutdown");
    }
}

/// Waits until `stop` says so, or nobody is left to say it.
async fn told(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    filter: BoxedFilter<(reply::Response,)>,
    mut stop: watch::Receiver<bool>,
    place: Place,
) {
    // Answers are written whole, so nothing is gained by waiting for more.
    drop(stream.set_nodelay(true));
    // Covers a client that stops reading, its window closed.
    drop(SockRef::from(&stream).set_tcp_user_timeout(Some(UNREAD)));
    let warp = TowerToHyperService::new(warp::service(filter));
    let service = hyper::service::service_fn(move |request| one(warp.clone(), peer, request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .max_buf_size(HEAD)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        biased;
        ended = connection.as_mut() => ended,
        () = told(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "connection");
    }
    drop(place);
}

async fn one(
    warp: impl Service<hyper::Request<Incoming>, Response = reply::Response, Error = Infallible>,
    peer: SocketAddr,
    mut request: hyper::Request<Incoming>,
) -> Result<reply::Response, Infallible> {
    let id = RequestId::random();
    // `CONNECT host:port` and `OPTIONS *` name no path, and warp's filters would panic looking for one.
    if !request.uri().path().starts_with('/') {
        let refused = Reply::empty(StatusCode::BAD_REQUEST).finish(Surface::Json, Cors::Same);
        return Ok(with_id(refused, id));
    }
    let query = request.uri().query().unwrap_or_default().to_owned();
    let headers = Arc::new(std::mem::take(request.headers_mut()));
    request.extensions_mut().insert(Arrived { peer, query, headers });
    // What goes wrong on the way is logged where it happens, and named by this id.
    Ok(with_id(of_request(id, warp.call(request)).await?, id))
}

fn with_id(mut response: reply::Response, id: RequestId) -> reply::Response {
    if let Ok(value) = HeaderValue::from_bytes(id.as_bytes()) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), value);
    }
    response
}

/// Open connections by client.
struct Clients {
    limit: u32,
    trusted: Vec<IpNet>,
    open: Mutex<HashMap<ClientAddress, u32>>,
}

/// One connection's place among its client's; given back when dropped.
struct Place {
    clients: Arc<Clients>,
    client: ClientAddress,
}

impl Place {
    fn take(clients: &Arc<Clients>, address: IpAddr) -> Option<Self> {
        let address = address.to_canonical();
        let trusted = clients.trusted.iter().any(|net| net.contains(&address));
        let mut open = clients.open.lock().unwrap_or_else(PoisonError::into_inner);
        let client = ClientAddress::new(address);
        let count = open.entry(client).or_default();
        if *count >= clients.limit && !trusted {
            return None;
        }
        *count += 1;
        Some(Place { clients: clients.clone(), client })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.clients.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.client);
            }
        }
    }
}
