//! What handlers answer with, before its surface adds headers.

use super::{
    headers::{self, CachePolicy, Cors, Facts, Surface},
    request::Request,
};
use crate::{cache::Compressed, share::EmbedOrigins};
use bytes::Bytes;
use futures_util::stream::poll_fn;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use tokio::sync::mpsc;
use warp::Reply as _;

/// An answer.
#[derive(Debug)]
pub struct Reply {
    /// The status line; 200 unless said otherwise.
    pub status: StatusCode,
    /// Who may keep it; nobody unless said otherwise.
    pub cache: CachePolicy,
    /// Search engines may list it; no unless said otherwise.
    pub indexable: bool,
    /// Only readers who proved something see it.
    pub protected: bool,
    /// Who may frame it.
    pub embed_origins: EmbedOrigins,
    /// Other headers.
    headers: HeaderMap,
    /// The bytes.
    body: Body,
}

/// Bytes that are read while they are sent; the connection breaks where they end too early.
pub type Slices = mpsc::Receiver<Result<Bytes, std::convert::Infallible>>;

#[derive(Debug)]
enum Body {
    Whole(Bytes),
    Sliced(Slices),
}

/// A response of warp's.
pub type Response = warp::reply::Response;

impl Reply {
    /// A body of a media type.
    pub fn new(content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let mut reply = Reply::empty(StatusCode::OK);
        reply.header(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        reply.body = Body::Whole(body.into());
        reply
    }

    /// A body of so many bytes that is too large to be held in memory.
    pub fn sliced(content_type: &'static str, length: u64, slices: Slices) -> Self {
        let mut reply = Reply::new(content_type, Bytes::new());
        reply.header(header::CONTENT_LENGTH, HeaderValue::from(length));
        reply.body = Body::Sliced(slices);
        reply
    }

    /// No body.
    pub fn empty(status: StatusCode) -> Self {
        Reply {
            status,
            cache: CachePolicy::Never,
            indexable: false,
            protected: false,
            embed_origins: EmbedOrigins::Any,
            // With what the surface adds: growing on the way costs more than room.
            headers: HeaderMap::with_capacity(16),
            body: Body::Whole(Bytes::new()),
        }
    }

    /// A page.
    pub fn html(text: String) -> Self {
        Reply::new("text/html; charset=utf-8", text)
    }

    /// A JSON document.
    ///
    /// # Errors
    /// When `value` cannot be written as JSON.
    pub fn json(status: StatusCode, value: &impl Serialize) -> Result<Self, std::io::Error> {
        let mut reply = Reply::new("application/json", serde_json::to_vec(value)?);
        reply.status = status;
        Ok(reply)
    }

    /// The form of a text that the client accepts.
    pub fn compressed(content_type: &'static str, text: &Compressed, request: &Request) -> Self {
        Reply::encoded(content_type, [Some(&text.brotli), Some(&text.gzip)], &text.identity, request)
    }

    /// Brotli, gzip or neither; an empty form counts as absent.
    pub fn encoded(content_type: &'static str, [brotli, gzip]: [Option<&Bytes>; 2], identity: &Bytes, request: &Request) -> Self {
        let has = |form: Option<&Bytes>, name| form.filter(|bytes| !bytes.is_empty() && request.accepts_encoding(name)).cloned();
        let (body, encoding) = match (has(brotli, "br"), has(gzip, "gzip")) {
            (Some(body), _) => (body, Some("br")),
            (None, Some(body)) => (body, Some("gzip")),
            (None, None) => (identity.clone(), None),
        };
        let mut reply = Reply::new(content_type, body);
        if let Some(encoding) = encoding {
            reply.header(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        reply.header(header::VARY, HeaderValue::from_static("Accept-Encoding"));
        reply
    }

    /// Sets a header.
    pub fn header(&mut self, name: HeaderName, value: HeaderValue) {
        self.headers.insert(name, value);
    }

    /// Sets the ETag, and drops the body where the client has it already (RFC 9110 section 13.1.2).
    pub fn with_etag(mut self, etag: &HeaderValue, request: &Request) -> Self {
        if request.has(etag) {
            self.status = StatusCode::NOT_MODIFIED;
            self.body = Body::Whole(Bytes::new());
            self.headers.remove(header::CONTENT_TYPE);
            self.headers.remove(header::CONTENT_LENGTH);
            self.headers.remove(header::CONTENT_ENCODING);
        }
        self.headers.insert(header::ETAG, etag.clone());
        self
    }

    /// With the surface's headers, as warp sends it.
    pub fn finish(self, surface: Surface, cors: Cors) -> Response {
        let facts =
            Facts { cache: self.cache, indexable: self.indexable, embed_origins: self.embed_origins, protected: self.protected };
        let mut response = match self.body {
            Body::Whole(bytes) => Response::new(bytes.into()),
            Body::Sliced(mut slices) => warp::reply::stream(poll_fn(move |context| slices.poll_recv(context))).into_response(),
        };
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        headers::apply(response.headers_mut(), surface, cors, &facts);
        response
    }
}
