//! `GET /s/{code}/files/{file}`: the bytes of an attachment, with the same access as the page that shows it.

use super::{
    error::Error,
    gate,
    headers::CachePolicy,
    reply::{Piece, Reply},
    request::Request,
};
use crate::{
    app::App,
    cache::{Files, Key, Made},
    conversation::{
        attachment::{self, Attached},
        raster::Raster,
        store::{self, SLICE, Stored},
    },
    postgres::Pool,
    rate_limit::Action,
    share::access::Open,
    telemetry,
};
use bytes::Bytes;
use http::{HeaderValue, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::sync::Arc;
use tokio::sync::mpsc;

/// What a value of `filename*` may hold as it is (RFC 8187 section 3.2.1, the safe part of it).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');

/// A picture to be shown, or a file to be saved: what the share lets out, and nothing else of the conversation.
///
/// # Errors
/// 401 where the page would ask for something; 404 where there is no share, or it shows no such file.
pub async fn show(app: Arc<App>, request: Request) -> Result<Reply, Error> {
    let file: String = request.param(1)?;
    let action = Action::Attachment(request.client);
    let open = gate::opened(gate::ask_within(&app, &request, request.param(0)?, action).await?.0)?;
    let files = listed(&app, &open).await?;
    let attached = files.0.get(&file).ok_or(Error::Absent)?;
    let etag = HeaderValue::from_str(&format!("\"{file}\"")).map_err(std::io::Error::other)?;
    if open.is_open_to_all() && request.has(&etag) {
        let mut reply = Reply::new("application/octet-stream", Bytes::new()).with_etag(&etag, &request);
        reply.cache = CachePolicy::Revalidate;
        return Ok(reply);
    }
    let stored = store::attached(&app.pool, &open, attached.hash).await?.ok_or(Error::Unavailable)?;
    let mut reply = reply(&app.pool, attached, stored)?;
    if open.is_open_to_all() {
        reply.cache = CachePolicy::Revalidate;
        return Ok(reply.with_etag(&etag, &request));
    }
    reply.protected = true;
    Ok(reply)
}

/// The attachments that an open share shows, from memory or from its transcript.
async fn listed(app: &Arc<App>, open: &Open) -> Result<Arc<Files>, Error> {
    app.files
        .get_or_make(Key::new(Made::Files, open.facts()), async {
            let permit = app.renders.clone().acquire_owned().await.map_err(|_| Error::Unavailable)?;
            let shown = store::shown(&app.pool, open).await?.ok_or(Error::Unavailable)?;
            drop(permit);
            Ok(Files(attachment::files(&shown)))
        })
        .await
}

fn reply(pool: &Pool, attached: &Attached, stored: Stored) -> Result<Reply, Error> {
    // What is none of five kinds of picture has no type at all, whatever it was called: nothing runs as what it claims to be.
    let media_type = stored.raster.map_or("application/octet-stream", Raster::media_type);
    let name = stored.raster.map_or_else(|| attached.name.clone(), |raster| raster.named(&attached.name));
    let mut reply = if stored.size <= stored.start.len() as u64 {
        Reply::new(media_type, stored.start)
    } else {
        let length = HeaderValue::from(stored.size);
        let mut reply = Reply::stream(media_type, slices(pool.clone(), attached, stored));
        reply.header(header::CONTENT_LENGTH, length);
        reply
    };
    let value = disposition(stored_as(media_type), &name);
    reply.header(header::CONTENT_DISPOSITION, HeaderValue::from_str(&value).map_err(std::io::Error::other)?);
    Ok(reply)
}

fn stored_as(media_type: &str) -> &'static str {
    if media_type.starts_with("image/") { "inline" } else { "attachment" }
}

/// Both forms of the name (RFC 6266): in ASCII for programs that know no other, and whole.
fn disposition(kind: &str, name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '.' | '_') { c } else { '_' };
    let ascii: String = name.chars().map(plain).collect();
    format!("{kind}; filename=\"{ascii}\"; filename*=UTF-8''{}", utf8_percent_encode(name, ENCODED))
}

/// Reads the rest of an attachment as its reader takes it, one slice ahead.
fn slices(pool: Pool, attached: &Attached, stored: Stored) -> mpsc::Receiver<Piece> {
    let (sender, receiver) = mpsc::channel(1);
    let hash = attached.hash;
    telemetry::spawn(async move {
        let (mut slice, mut sent) = (stored.start, 0);
        loop {
            sent += slice.len() as u64;
            let short = slice.len() < SLICE && sent < stored.size;
            // Nobody listens when the reader has gone; the connection breaks when the attachment has.
            if short || sender.send(Piece::Bytes(slice.into())).await.is_err() {
                return;
            }
            if sent >= stored.size {
                return drop(sender.send(Piece::End).await);
            }
            slice = match store::slice(&pool, hash, sent).await {
                Ok(slice) => slice,
                Err(error) => {
                    tracing::error!(%error, "an attachment broke off");
                    return;
                }
            };
        }
    });
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_their_header() {
        assert_eq!(
            disposition("attachment", "Größe \"1\"; a\r\nb=.html"),
            "attachment; filename=\"Gr__e _1__ a__b_.html\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%221%22%3B%20a%0D%0Ab%3D.html"
        );
    }
}
