//! What can go wrong with a request, and how each surface says it.

use super::{
    headers::{CachePolicy, Surface},
    reply::Reply,
};
use crate::{
    app::App,
    conversation::{
        FieldError,
        import::{ImportError, store::Failure},
    },
    embed::Theme,
    og_image::PaintError,
    page,
    rate_limit::TooMany,
    share::settings::Settings,
};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use std::io::ErrorKind;

/// Everything a handler may refuse with. Nothing in it is secret, and [`Error::Internal`] says nothing at all.
#[derive(Debug)]
pub enum Error {
    /// The request is not what this URL takes.
    Malformed(String),
    /// Every bad field at once.
    Invalid(Vec<FieldError>),
    /// No credential, or one that does not hold.
    Unauthorized,
    /// The share asks for its password first.
    Locked,
    /// The share is for people whose mailbox is proved.
    SignIn,
    /// A password was tried that is not the share's.
    WrongPassword,
    /// The credential holds and does not reach this far, or the request comes from another site.
    Forbidden(&'static str),
    /// There is no such share for this reader; unknown, expired and revoked alike.
    Absent,
    /// There is no such thing of this owner's; what is missing.
    Missing(&'static str),
    /// Not with this method; `Allow`'s value.
    Method(String),
    /// The conversation has a share already.
    ShareExists(Box<Value>),
    /// The body came too slowly.
    Timeout,
    /// Over this many bytes.
    TooLarge(u64),
    /// Not this media type; what is taken instead.
    MediaType(&'static str),
    /// Too often.
    TooMany(TooMany),
    /// oEmbed in a format that does not exist.
    NotImplemented,
    /// A file from which nothing can be imported, or nothing further.
    File(ImportError),
    /// The disk is full.
    Full,
    /// The database or a queue cannot serve this now.
    Unavailable,
    /// A fault of ours, logged where it happened.
    Internal,
}

impl From<TooMany> for Error {
    fn from(too_many: TooMany) -> Self {
        Error::TooMany(too_many)
    }
}

impl From<crate::share::lookup::Unavailable> for Error {
    fn from(_: crate::share::lookup::Unavailable) -> Self {
        Error::Unavailable
    }
}

impl From<crate::reader::password::Busy> for Error {
    fn from(_: crate::reader::password::Busy) -> Self {
        Error::Unavailable
    }
}

impl From<PaintError> for Error {
    fn from(error: PaintError) -> Self {
        match error {
            PaintError::Busy => Error::Unavailable,
            PaintError::Failed => {
                tracing::error!("a card could not be drawn");
                Error::Internal
            }
        }
    }
}

/// A database that cannot be reached is a 503; one that answers with an error is our fault.
impl From<crate::postgres::Error> for Error {
    fn from(error: crate::postgres::Error) -> Self {
        if let crate::postgres::Error::UnknownBlob(name) = error {
            let rule = format!("{name} names nothing that this host app has sent: send the bytes as a data: URL in url");
            return Error::field("blob", &rule);
        }
        let away = error.is_unreachable();
        tracing::error!(%error, away, "database");
        if away { Error::Unavailable } else { Error::Internal }
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        if matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge) {
            tracing::error!(%error, "the disk is full");
            return Error::Full;
        }
        tracing::error!(%error, "internal");
        Error::Internal
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Database(error) => error.into(),
            Failure::File(ImportError::Io(error)) => error.into(),
            Failure::File(error) => Error::File(error),
        }
    }
}

impl Error {
    /// One field and its rule.
    pub fn field(field: &str, message: &str) -> Self {
        Error::Invalid(vec![FieldError::new(field, message)])
    }

    /// A share that exists already, as its owner sees it.
    pub fn share_exists(settings: &Settings, urls: Value) -> Self {
        let mut value = json!(settings);
        if let (Value::Object(into), Value::Object(urls)) = (&mut value, urls) {
            into.extend(urls);
        }
        Error::ShareExists(Box::new(value))
    }

    /// The status line.
    pub fn status(&self) -> StatusCode {
        match self {
            Error::Malformed(_) => StatusCode::BAD_REQUEST,
            Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Error::Unauthorized | Error::Locked | Error::SignIn | Error::WrongPassword => StatusCode::UNAUTHORIZED,
            Error::Forbidden(_) => StatusCode::FORBIDDEN,
            Error::Absent | Error::Missing(_) => StatusCode::NOT_FOUND,
            Error::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Error::ShareExists(_) => StatusCode::CONFLICT,
            Error::Timeout => StatusCode::REQUEST_TIMEOUT,
            Error::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Error::MediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Error::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Error::NotImplemented => StatusCode::NOT_IMPLEMENTED,
            Error::File(ImportError::TooLarge(_)) => StatusCode::PAYLOAD_TOO_LARGE,
            Error::File(ImportError::Io(_)) => StatusCode::INTERNAL_SERVER_ERROR,
            Error::File(_) => StatusCode::BAD_REQUEST,
            Error::Full => StatusCode::INSUFFICIENT_STORAGE,
            Error::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Error::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What machines tell errors apart by; never changes its meaning.
    fn code(&self) -> &'static str {
        match self {
            Error::Malformed(_) => "malformed",
            Error::Invalid(_) => "invalid",
            Error::Unauthorized => "unauthorized",
            Error::Locked => "locked",
            Error::WrongPassword => "wrong_password",
            Error::Forbidden(_) => "forbidden",
            Error::SignIn => "sign_in_required",
            Error::Absent | Error::Missing(_) => "not_found",
            Error::Method(_) => "method_not_allowed",
            Error::ShareExists(_) => "share_exists",
            Error::Timeout => "timeout",
            Error::TooLarge(_) | Error::File(ImportError::TooLarge(_)) => "too_large",
            Error::MediaType(_) => "unsupported_media_type",
            Error::TooMany(_) => "too_many_requests",
            Error::NotImplemented => "not_implemented",
            Error::File(ImportError::UnknownFormat) => "unknown_format",
            Error::File(ImportError::Empty) => "no_conversations",
            Error::File(ImportError::Truncated) => "truncated",
            Error::File(ImportError::Damaged(_)) => "damaged",
            Error::File(ImportError::Encrypted) => "encrypted",
            Error::Full => "storage_full",
            Error::Unavailable => "unavailable",
            Error::Internal | Error::File(ImportError::Io(_)) => "internal",
        }
    }

    fn detail(&self) -> String {
        match self {
            Error::Malformed(detail) => detail.clone(),
            Error::Invalid(errors) => {
                let named: Vec<String> = errors.iter().map(|error| format!("{} {}", error.field, error.message)).collect();
                named.join("; ")
            }
            Error::Unauthorized => "An API key or owner token is required: Authorization: Bearer …".to_owned(),
            Error::Locked => "This conversation is protected: unlock it first.".to_owned(),
            Error::WrongPassword => "That password is not right.".to_owned(),
            Error::Forbidden(detail) => (*detail).to_owned(),
            Error::SignIn => "This conversation is private: only people its owner has invited can read it.".to_owned(),
            Error::Absent => "There is nothing here.".to_owned(),
            Error::Missing(what) => (*what).to_owned(),
            Error::Method(allow) => format!("This URL takes {allow}."),
            Error::ShareExists(_) => "This conversation is shared already; change that share or revoke it.".to_owned(),
            Error::Timeout => "The request's body did not arrive in time.".to_owned(),
            Error::TooLarge(limit) => format!("The body is over {limit} bytes."),
            Error::MediaType(wanted) => format!("The body must be {wanted}."),
            Error::TooMany(too_many) => format!("Too many requests; try again in {} s.", too_many.retry_after),
            Error::NotImplemented => "The formats are json and xml.".to_owned(),
            Error::Unavailable => "This service cannot answer at the moment; try again shortly.".to_owned(),
            Error::File(error) if !matches!(error, ImportError::Io(_)) => error.to_string(),
            Error::Full => "The disk is full here; nothing was stored. Tell the operator, and try again later.".to_owned(),
            Error::Internal | Error::File(_) => "Something went wrong here. It has been logged.".to_owned(),
        }
    }

    /// For people: a heading and a sentence.
    fn words(&self) -> (&'static str, String) {
        match self {
            Error::Absent => {
                ("Nothing here", "This link leads nowhere: it was never made, was taken back, or has expired.".to_owned())
            }
            Error::TooMany(too_many) => {
                ("A little slower, please", format!("Too many requests. Try again in {} seconds.", too_many.retry_after))
            }
            Error::Unavailable => ("Back in a moment", "This page cannot be shown right now. Try again shortly.".to_owned()),
            Error::Internal => ("Something went wrong", "The fault is ours. It has been logged.".to_owned()),
            Error::Method(_) => ("That does not work here", "This address does not take that kind of request.".to_owned()),
            Error::Missing(_)
            | Error::SignIn
            | Error::Malformed(_)
            | Error::Invalid(_)
            | Error::Unauthorized
            | Error::Locked
            | Error::WrongPassword
            | Error::Forbidden(_)
            | Error::ShareExists(_)
            | Error::Timeout
            | Error::TooLarge(_)
            | Error::MediaType(_)
            | Error::File(_)
            | Error::Full
            | Error::NotImplemented => ("That did not work", self.detail()),
        }
    }

    fn problem(&self) -> Value {
        let status = self.status();
        let title = status.canonical_reason().unwrap_or("Error");
        let mut problem =
            json!({"type": "about:blank", "title": title, "status": status.as_u16(), "code": self.code(), "detail": self.detail()});
        match self {
            Error::Invalid(errors) => problem["errors"] = json!(errors),
            Error::ShareExists(settings) => problem["settings"] = (**settings).clone(),
            _ => {}
        }
        problem
    }

    /// As the last row of an answer whose status line has been sent.
    pub fn row(&self) -> Value {
        json!({"status": "failed", "code": self.code(), "detail": self.detail()})
    }

    /// The answer in the surface's own form, never cached.
    pub fn reply(&self, app: &App, surface: Surface) -> Reply {
        let chrome = app.assets.chrome(&app.brand);
        let (heading, text) = self.words();
        let mut reply = match surface {
            Surface::Page => Reply::html(page::message(&chrome, self.status().as_u16(), heading, &text)),
            Surface::Frame => Reply::html(page::frame_notice(&chrome, heading, &text, Theme::Auto)),
            Surface::Json | Surface::Twin | Surface::Image | Surface::File | Surface::Asset => {
                Reply::new("application/problem+json", self.problem().to_string())
            }
        };
        reply.status = self.status();
        reply.cache = CachePolicy::Never;
        match self {
            Error::TooMany(TooMany { retry_after }) => reply.header(header::RETRY_AFTER, HeaderValue::from(*retry_after)),
            Error::Unavailable => reply.header(header::RETRY_AFTER, HeaderValue::from(2)),
            Error::Unauthorized => reply.header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")),
            Error::Locked | Error::WrongPassword => {
                reply.header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Vitrine-Grant"))
            }
            Error::Method(allow) => {
                if let Ok(value) = HeaderValue::from_str(allow) {
                    reply.header(header::ALLOW, value);
                }
            }
            _ => {}
        }
        reply
    }
}
