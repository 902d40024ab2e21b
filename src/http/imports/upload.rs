//! An upload on its way into an unnamed file, which is gone with whoever holds it.

use crate::{
    app::App,
    http::{
        error::Error,
        request::{Body, Request},
    },
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use http::header;
use multer::Multipart;
use std::{
    fs::File,
    path::Path,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::Poll,
    time::Duration,
};
use tokio::io::AsyncWriteExt;

/// An upload may take as long as it comes, but no pause in it longer than this.
const IDLE: Duration = Duration::from_secs(30);
/// What a form may put around its file.
const FORM: u64 = 64 << 10;
/// Bytes of a form that are held in memory: a boundary or headers that never end.
const HELD: u64 = 256 << 10;

const TYPES: &str = "a file as it is (application/zip, application/json, application/x-ndjson, text/plain or application/octet-stream) \
                     or a form with one file (multipart/form-data)";

type Chunks = Pin<Box<dyn Stream<Item = Result<Bytes, Broken>> + Send>>;

/// How a request brings its file.
enum Form {
    Raw,
    Multipart { boundary: String },
}

/// Reads the request's file.
///
/// # Errors
/// A body of another type, over the limit (by what it declares, before it is read; or while it is read), with a pause too long, or
/// broken off; a form that is none or holds anything but one file; a full disk.
pub async fn receive(app: &App, request: Request) -> Result<File, Error> {
    if request.headers.contains_key(header::CONTENT_ENCODING) {
        return Err(Error::MediaType("sent without Content-Encoding"));
    }
    let form = form(request.header(header::CONTENT_TYPE))?;
    let limit = app.limits.import_bytes;
    let around = if matches!(form, Form::Raw) { 0 } else { FORM };
    let declared = request.header(header::CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    if declared.is_some_and(|length| length > limit + around) {
        return Err(Error::TooLarge(limit));
    }
    let mut file = Unnamed { file: unnamed(&app.data).await?, written: 0, limit };
    let mut chunks = patient(request.body);
    match form {
        Form::Raw => {
            while let Some(chunk) = chunks.next().await {
                file.write(&chunk?).await?;
            }
        }
        Form::Multipart { boundary } => multipart(chunks, boundary, &mut file).await?,
    }
    file.file.flush().await?;
    Ok(file.file.into_std().await)
}

fn form(content_type: Option<&str>) -> Result<Form, Error> {
    // RFC 9110 section 8.3: whoever does not say means bytes.
    let Some(content_type) = content_type else { return Ok(Form::Raw) };
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        "multipart/form-data" => match multer::parse_boundary(content_type) {
            Ok(boundary) => Ok(Form::Multipart { boundary }),
            Err(_) => Err(Error::Malformed("The form names no boundary.".to_owned())),
        },
        "application/zip"
        | "application/x-zip"
        | "application/x-zip-compressed"
        | "application/json"
        | "application/x-ndjson"
        | "application/jsonl"
        | "application/octet-stream"
        | "text/plain"
        | "text/markdown" => Ok(Form::Raw),
        _ => Err(Error::MediaType(TYPES)),
    }
}

/// A file without a name, in the data directory: where there is room for a database there is room for what goes into it.
async fn unnamed(data: &Path) -> Result<tokio::fs::File, Error> {
    let data = data.to_owned();
    let made = tokio::task::spawn_blocking(move || std::fs::create_dir_all(&data).and_then(|()| tempfile::tempfile_in(&data)));
    let file = made.await.map_err(|error| std::io::Error::other(error.to_string()))??;
    Ok(tokio::fs::File::from_std(file))
}

/// The file, and how much of it there may be.
struct Unnamed {
    file: tokio::fs::File,
    written: u64,
    limit: u64,
}

impl Unnamed {
    async fn write(&mut self, chunk: &[u8]) -> Result<(), Error> {
        self.written += chunk.len() as u64;
        if self.written > self.limit {
            return Err(Error::TooLarge(self.limit));
        }
        Ok(self.file.write_all(chunk).await?)
    }
}

/// The one file of a form.
async fn multipart(chunks: Chunks, boundary: String, file: &mut Unnamed) -> Result<(), Error> {
    let held = Arc::new(AtomicU64::new(0));
    let mut form = Multipart::new(metered(chunks, held.clone()), boundary);
    let mut found = false;
    while let Some(mut field) = form.next_field().await? {
        let name = field.name().unwrap_or("(no name)").to_owned();
        if field.file_name().is_none() {
            return Err(Error::field(&name, "is no file: a form holds one file and nothing else"));
        }
        if found {
            return Err(Error::field(&name, "is a second file: a form holds one"));
        }
        found = true;
        while let Some(chunk) = field.chunk().await? {
            held.store(0, Ordering::Relaxed);
            file.write(&chunk).await?;
        }
    }
    if found { Ok(()) } else { Err(Error::field("file", "is required: the form holds no file")) }
}

/// What keeps a body from being read.
#[derive(Debug)]
enum Broken {
    Idle,
    Off,
    /// Too much of a form that is no file.
    Form,
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Broken::Idle => "The body paused for too long.",
            Broken::Off => "The body broke off.",
            Broken::Form => "The form holds too much that is no file.",
        })
    }
}

impl std::error::Error for Broken {}

impl From<Broken> for Error {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Idle => Error::Timeout,
            Broken::Off | Broken::Form => Error::Malformed(broken.to_string()),
        }
    }
}

impl From<multer::Error> for Error {
    fn from(error: multer::Error) -> Self {
        match error {
            multer::Error::StreamReadFailed(cause) => match cause.downcast::<Broken>() {
                Ok(broken) => Error::from(*broken),
                Err(_) => Error::from(Broken::Off),
            },
            // Its other words quote what was sent.
            _ => Error::Malformed("The body is no complete form of the boundary it names.".to_owned()),
        }
    }
}

/// A body's chunks, ending with an error where none comes for too long.
fn patient(body: Body) -> Chunks {
    Box::pin(stream::unfold(Some(body), async |body| {
        let mut body = body?;
        match tokio::time::timeout(IDLE, body.next()).await {
            Ok(None) => None,
            Ok(Some(Ok(chunk))) => Some((Ok(chunk), Some(body))),
            Ok(Some(Err(_))) => Some((Err(Broken::Off), None)),
            Err(_) => Some((Err(Broken::Idle), None)),
        }
    }))
}

/// The same, one chunk a poll and with an end to what may come between two pieces of a file: multer takes in all there is, and looks
/// for a boundary or the end of headers however far it is.
fn metered(mut chunks: Chunks, held: Arc<AtomicU64>) -> impl Stream<Item = Result<Bytes, Broken>> + Send {
    let mut pause = false;
    stream::poll_fn(move |context| {
        if std::mem::take(&mut pause) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let polled = chunks.as_mut().poll_next(context);
        pause = polled.is_ready();
        if let Poll::Ready(Some(Ok(chunk))) = &polled {
            let length = chunk.len() as u64;
            if held.fetch_add(length, Ordering::Relaxed) + length > HELD {
                return Poll::Ready(Some(Err(Broken::Form)));
            }
        }
        polled
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_upload_may_be_slow_but_not_still() {
        let pauses = [20, 29, 20, 20, 20, 20, 31, 1];
        let body = stream::unfold(pauses.into_iter(), async |mut pauses| {
            tokio::time::sleep(Duration::from_secs(pauses.next()?)).await;
            Some((Ok(Bytes::from_static(b"x")), pauses))
        });
        let came: Vec<_> = patient(Box::pin(body)).collect().await;
        assert!(came.len() == 7 && came[..6].iter().all(Result::is_ok) && matches!(came[6], Err(Broken::Idle)), "{came:?}");
    }

    #[tokio::test]
    async fn a_full_disk_is_told() {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
        let mut file = Unnamed { file: tokio::fs::File::from_std(full), written: 0, limit: 100 };
        let written = match file.write(b"x").await {
            Ok(()) => file.file.flush().await.map_err(Error::from),
            Err(error) => Err(error),
        };
        assert!(matches!(&written, Err(error @ Error::Full) if error.status() == 507), "{written:?}");
    }
}
