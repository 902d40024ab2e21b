//! What handlers answer with, before its surface adds headers.

use super::{
    headers::{self, CachePolicy, Cors, Facts, Surface},
    request::Request,
};
use crate::{cache::Compressed, share::EmbedOrigins};
use bytes::Bytes;
use futures_util::{Stream, stream};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use std::io;
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
    /// Other headers, each name once.
    headers: Vec<(HeaderName, HeaderValue)>,
    /// The bytes.
    body: Body,
}

/// The bytes of an answer.
#[derive(Debug)]
enum Body {
    Whole(Bytes),
    Stream(mpsc::Receiver<Piece>),
}

/// A piece of an answer that is sent while it is made.
#[derive(Debug)]
pub enum Piece {
    /// Bytes, sent at once.
    Bytes(Bytes),
    /// The answer is whole. Without it the connection breaks off, so that half an answer is never taken for all of it.
    End,
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

    /// No body.
    pub fn empty(status: StatusCode) -> Self {
        Reply {
            status,
            cache: CachePolicy::Never,
            indexable: false,
            protected: false,
            embed_origins: EmbedOrigins::Any,
            headers: Vec::with_capacity(8),
            body: Body::Whole(Bytes::new()),
        }
    }

    /// A body that is sent as its pieces are made. When the client goes away the channel closes.
    pub fn stream(content_type: &'static str, pieces: mpsc::Receiver<Piece>) -> Self {
        let mut reply = Reply::new(content_type, Bytes::new());
        reply.body = Body::Stream(pieces);
        reply
    }

    /// A page.
    pub fn html(text: String) -> Self {
        Reply::new("text/html; charset=utf-8", text)
    }

    /// A JSON document.
    ///
    /// # Errors
    /// When `value` cannot be written as JSON.
    pub fn json(status: StatusCode, value: &impl Serialize) -> Result<Self, io::Error> {
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
        let brotli = has(brotli, "br").map(|body| (body, Some("br")));
        let packed = brotli.or_else(|| has(gzip, "gzip").map(|body| (body, Some("gzip"))));
        let (body, encoding) = packed.unwrap_or_else(|| (identity.clone(), None));
        let mut reply = Reply::new(content_type, body);
        if let Some(encoding) = encoding {
            reply.header(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        reply.header(header::VARY, HeaderValue::from_static("Accept-Encoding"));
        reply
    }

    /// Sets a header.
    pub fn header(&mut self, name: HeaderName, value: HeaderValue) {
        self.without(&name);
        self.headers.push((name, value));
    }

    fn without(&mut self, name: &HeaderName) {
        self.headers.retain(|(other, _)| other != name);
    }

    /// Sets the ETag, and drops the body where the client has it already (RFC 9110 section 13.1.2).
    pub fn with_etag(mut self, etag: &HeaderValue, request: &Request) -> Self {
        if request.has(etag) {
            self.status = StatusCode::NOT_MODIFIED;
            self.body = Body::Whole(Bytes::new());
            self.without(&header::CONTENT_TYPE);
            self.without(&header::CONTENT_LENGTH);
            self.without(&header::CONTENT_ENCODING);
        }
        self.header(header::ETAG, etag.clone());
        self
    }

    /// With the surface's headers, as warp sends it.
    pub fn finish(self, surface: Surface, cors: Cors) -> Response {
        let facts =
            Facts { cache: self.cache, indexable: self.indexable, embed_origins: self.embed_origins, protected: self.protected };
        let mut response = match self.body {
            Body::Whole(bytes) => Response::new(bytes.into()),
            Body::Stream(pieces) => warp::reply::stream(chunks(pieces)).into_response(),
        };
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        *headers = headers::of(surface, cors, &facts);
        // One more for the request's id: growing once is dear enough.
        headers.reserve(self.headers.len() + 1);
        headers.extend(self.headers);
        response
    }
}

fn chunks(mut pieces: mpsc::Receiver<Piece>) -> impl Stream<Item = Result<Bytes, io::Error>> + Send + Sync {
    stream::poll_fn(move |context| {
        pieces.poll_recv(context).map(|piece| match piece {
            Some(Piece::Bytes(bytes)) => Some(Ok(bytes)),
            Some(Piece::End) => None,
            None => Some(Err(io::Error::other("the answer broke off"))),
        })
    })
}
