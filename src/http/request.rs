//! A request as handlers see it.

use super::error::Error;
use crate::{conversation::FieldError, reader::address::ClientAddress};
use bytes::{Buf, Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use http::{HeaderMap, HeaderValue, Method, header};
use serde_json::{Map, Value};
use std::{borrow::Cow, pin::Pin, sync::Arc, time::Duration};
use time::OffsetDateTime;

/// A body must be here by then, or the request is given up.
const BODY_DEADLINE: Duration = Duration::from_secs(30);

/// The body's chunks.
pub type Body = Pin<Box<dyn Stream<Item = Result<Bytes, warp::Error>> + Send + Sync>>;

/// One request whose path matched a route.
pub struct Request {
    /// GET, HEAD, POST, …
    pub method: Method,
    /// What stood in the pattern's braces, decoded, in order.
    pub params: Vec<String>,
    /// After the `?`, as sent.
    pub query: String,
    /// All of them.
    pub headers: Arc<HeaderMap>,
    /// Where it comes from.
    pub client: ClientAddress,
    /// When it arrived.
    pub now: OffsetDateTime,
    /// Not read yet.
    pub body: Body,
}

/// Chunks of any buffer as a [`Body`].
pub fn body(stream: impl Stream<Item = Result<impl Buf, warp::Error>> + Send + Sync + 'static) -> Body {
    Box::pin(stream.map(|chunk| chunk.map(|mut chunk| chunk.copy_to_bytes(chunk.remaining()))))
}

impl Request {
    /// The parameter at this place of the pattern, parsed; the pattern has checked its shape, so a failure is an absent thing.
    ///
    /// # Errors
    /// [`Error::Absent`].
    pub fn param<T: std::str::FromStr>(&self, index: usize) -> Result<T, Error> {
        self.params.get(index).and_then(|text| text.parse().ok()).ok_or(Error::Absent)
    }

    /// A header's text; of a repeated one the first.
    pub fn header(&self, name: impl header::AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// A query parameter, decoded; of a repeated one the first. Unknown ones are ignored, because links collect them.
    pub fn query(&self, name: &str) -> Option<Cow<'_, str>> {
        url::form_urlencoded::parse(self.query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// Reads query parameters that have rules.
    pub fn parameters(&self) -> Parameters<'_> {
        Parameters { request: self, errors: Vec::new() }
    }

    /// A cookie's value.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let lines = self.headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        lines.flat_map(|line| line.split(';')).find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
    }

    /// Whether the client takes this content coding (RFC 9110 section 12.5.3).
    pub fn accepts_encoding(&self, coding: &str) -> bool {
        let Some(accepted) = self.header(header::ACCEPT_ENCODING) else { return false };
        quality_of(accepted, coding).or_else(|| quality_of(accepted, "*")).is_some_and(|quality| quality > 0.0)
    }

    /// Whether the client would rather have one of `wanted` than HTML (RFC 9110 section 12.5.1); of equals the one it names first.
    pub fn prefers<'a>(&self, wanted: &[&'a str]) -> Option<&'a str> {
        let accepted = self.header(header::ACCEPT)?;
        let exact = |name: &str| quality_of(accepted, name);
        let named = wanted.iter().filter_map(|name| Some((*name, exact(name)?, element_of(accepted, name)?.0)));
        let (best, quality, _) = named.max_by(|one, other| one.1.total_cmp(&other.1).then(other.2.cmp(&one.2)))?;
        let html = exact("text/html").or_else(|| exact("text/*")).or_else(|| exact("*/*")).unwrap_or(0.0);
        (quality > html).then_some(best)
    }

    /// Whether `If-None-Match` names this ETag, compared weakly.
    pub fn has(&self, etag: &HeaderValue) -> bool {
        let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
        let mut lines = self.headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok()).peekable();
        let Some(etag) = lines.peek().and_then(|_| etag.to_str().ok()).map(opaque) else { return false };
        lines.flat_map(|line| line.split(',')).any(|tag| tag.trim() == "*" || opaque(tag) == etag)
    }

    /// Whether a browser sent this from another site's page. Requests that say nothing come from no browser of this decade.
    pub fn is_cross_site(&self, base: &str) -> bool {
        match self.header("sec-fetch-site") {
            Some(site) => !matches!(site, "same-origin" | "none"),
            // `null` is what a form on a page with no-referrer sends, so it says nothing about the site.
            None => self.header(header::ORIGIN).is_some_and(|origin| origin != base && origin != "null"),
        }
    }

    /// The whole body.
    ///
    /// # Errors
    /// Over `limit` bytes (by what it declares, before it is read; or while it is read), too slow, compressed, or broken off.
    pub async fn bytes(&mut self, limit: u64) -> Result<Bytes, Error> {
        Ok(self.bytes_in_turn(limit, limit, async { Ok(()) }).await?.0)
    }

    /// The same. Once more than `small` bytes are here, nothing further is read before the request's `turn`, which comes with the body.
    ///
    /// # Errors
    /// Those of [`Request::bytes`], and the turn's.
    pub async fn bytes_in_turn<T>(
        &mut self,
        small: u64,
        limit: u64,
        turn: impl Future<Output = Result<T, Error>>,
    ) -> Result<(Bytes, Option<T>), Error> {
        if self.headers.contains_key(header::CONTENT_ENCODING) {
            return Err(Error::MediaType("sent without Content-Encoding"));
        }
        let declared = self.header(header::CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
        if declared.is_some_and(|length| length > limit) {
            return Err(Error::TooLarge(limit));
        }
        let mut whole = BytesMut::new();
        if self.read_beyond(small, limit, &mut whole).await? {
            let turn = turn.await?;
            self.read_beyond(limit, limit, &mut whole).await?;
            return Ok((whole.freeze(), Some(turn)));
        }
        Ok((whole.freeze(), None))
    }

    /// Reads until there is more than `enough`, which is true, or to the end.
    async fn read_beyond(&mut self, enough: u64, limit: u64, whole: &mut BytesMut) -> Result<bool, Error> {
        let read = async {
            while let Some(chunk) = self.body.next().await {
                let chunk = chunk.map_err(|_| Error::Malformed("The body broke off.".to_owned()))?;
                let length = (whole.len() + chunk.len()) as u64;
                if length > limit {
                    return Err(Error::TooLarge(limit));
                }
                whole.extend_from_slice(&chunk);
                if length > enough {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        tokio::time::timeout(BODY_DEADLINE, read).await.map_err(|_| Error::Timeout)?
    }

    /// The body of a media type.
    ///
    /// # Errors
    /// Those of [`Request::bytes`], and another media type.
    pub async fn bytes_of(&mut self, media_type: &'static str, limit: u64) -> Result<Bytes, Error> {
        self.is_of(media_type)?;
        self.bytes(limit).await
    }

    /// Whether the body is of a media type.
    ///
    /// # Errors
    /// Names it where it is of another.
    pub fn is_of(&self, media_type: &'static str) -> Result<(), Error> {
        let sent = self.header(header::CONTENT_TYPE).unwrap_or_default();
        let sent = sent.split(';').next().unwrap_or_default().trim();
        if !sent.eq_ignore_ascii_case(media_type) {
            return Err(Error::MediaType(media_type));
        }
        Ok(())
    }

    /// A JSON object.
    ///
    /// # Errors
    /// Those of [`Request::bytes_of`], invalid UTF-8 or JSON, or anything but an object.
    pub async fn object(&mut self, limit: u64) -> Result<Map<String, Value>, Error> {
        let bytes = self.bytes_of("application/json", limit).await?;
        let text = std::str::from_utf8(&bytes).map_err(|_| Error::Malformed("The body is not UTF-8.".to_owned()))?;
        match serde_json::from_str(text) {
            Ok(Value::Object(map)) => Ok(map),
            Ok(_) => Err(Error::Malformed("The body must be a JSON object.".to_owned())),
            Err(error) => Err(Error::Malformed(format!("The body is not JSON: {error}."))),
        }
    }
}

/// Reads query parameters one by one and names all bad ones at the end.
pub struct Parameters<'r> {
    request: &'r Request,
    errors: Vec<FieldError>,
}

impl Parameters<'_> {
    /// A parameter that `parse` understands, or that breaks `rule`.
    pub fn take<T>(&mut self, name: &str, rule: &str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let parsed = parse(&self.request.query(name)?);
        if parsed.is_none() {
            self.errors.push(FieldError::new(name, rule));
        }
        parsed
    }

    /// A whole number from 1 to `most`.
    pub fn number(&mut self, name: &str, most: u32) -> Option<u32> {
        let rule =
            if most == u32::MAX { "is a whole number from 1 on".to_owned() } else { format!("is a whole number from 1 to {most}") };
        self.take(name, &rule, |text| text.parse().ok().filter(|number| (1..=most).contains(number)))
    }

    /// Says what else is wrong.
    pub fn refuse(&mut self, name: &str, rule: &str) {
        self.errors.push(FieldError::new(name, rule));
    }

    /// What was read, if nothing was wrong.
    ///
    /// # Errors
    /// Names every bad parameter.
    pub fn finish<T>(self, value: T) -> Result<T, Error> {
        if self.errors.is_empty() { Ok(value) } else { Err(Error::Invalid(self.errors)) }
    }
}

/// The quality of the first element of this name, 1 where none is given.
fn quality_of(list: &str, name: &str) -> Option<f32> {
    let (_, element) = element_of(list, name)?;
    let mut parameters = element.split(|byte| *byte == b';').skip(1).map(<[u8]>::trim_ascii);
    let quality = parameters.find_map(|parameter| parameter.strip_prefix(b"q=").or_else(|| parameter.strip_prefix(b"Q=")));
    Some(quality.map_or(1.0, |text| std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).unwrap_or(0.0)))
}

/// The element of a list that has this name, and its place there.
fn element_of<'a>(list: &'a str, name: &str) -> Option<(usize, &'a [u8])> {
    // Bytes, not characters: these lists are short, and each page reads them several times over.
    list.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii).enumerate().find(|(_, element)| {
        let (start, rest) = element.split_at_checked(name.len()).unwrap_or_default();
        start.eq_ignore_ascii_case(name.as_bytes()) && matches!(rest.trim_ascii_start(), [] | [b';', ..])
    })
}
