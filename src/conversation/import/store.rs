//! Conversations of a file into PostgreSQL, one at a time, each whole or not at all. Whatever reads and stores them runs at the pace of
//! whoever asks for the next one.

use super::{Found, ImportError, Outcome, Summary, conversation_id, import};
use crate::{
    conversation::{
        Limits,
        store::{Push, push},
        transcript::{Packed, pack},
    },
    postgres::{Error, Pool},
};
use serde::Serialize;
use std::{
    io::{self, Read, Seek},
    ops::ControlFlow,
    time::Duration,
};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

/// What became of one conversation (SPEC section 2, `POST /api/imports`).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// What it is called from now on; none when it was skipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<String>,
    /// May be empty.
    pub title: String,
    /// What was done about it.
    pub status: Status,
    /// All messages, the system's included.
    pub message_count: usize,
    /// Why it was skipped, as a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Types of content that notices stand for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unsupported: Vec<String>,
    /// Messages on other branches.
    #[serde(skip_serializing_if = "is_zero")]
    pub left_out: usize,
    /// What else whoever imports it should know, as sentences.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// What was done about one conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Stored, as a new conversation or a new version.
    Imported,
    /// It was the same already.
    Unchanged,
    /// Not stored.
    Skipped,
}

/// Why an import ended before its file did. What was reported before is stored.
#[derive(Debug)]
pub enum Failure {
    /// The file is to blame.
    File(ImportError),
    /// The database is.
    Database(Error),
}

/// As sentences.
impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::File(error) => error.fmt(f),
            Failure::Database(error) => write!(f, "{error}."),
        }
    }
}

/// Whose conversations they become.
#[derive(Clone, Copy)]
pub struct Target<'a> {
    /// Where they are stored.
    pub pool: &'a Pool,
    /// The host app's row.
    pub host_app: i64,
    /// In the host app's words; `None` leaves the owner as it was.
    pub owner_id: Option<&'a str>,
}

/// Read conversations that wait to be stored: a few, however large the file is.
const WAITING: usize = 4;
/// What storing one conversation may take. A database that hangs must not hold an import for ever.
const PATIENCE: Duration = Duration::from_secs(45);

/// A conversation on its way from the reading thread to the database.
enum Waiting {
    Whole { id: String, packed: Box<Packed>, unsupported: Vec<String>, left_out: usize, warnings: Vec<String> },
    Skipped { title: String, reason: String },
}

impl Waiting {
    fn has_attachments(&self) -> bool {
        matches!(self, Waiting::Whole { packed, .. } if !packed.blobs.is_empty())
    }
}

/// A running import. Dropped, it ends after the conversation at hand.
pub struct Importing {
    /// With each, what is let go once it is stored.
    receiver: mpsc::Receiver<(Waiting, oneshot::Sender<()>)>,
    reading: Option<JoinHandle<Result<Summary, ImportError>>>,
    summary: Summary,
}

impl Importing {
    /// Begins to read, on a thread where reading may block.
    pub fn start(mut file: impl Read + Seek + Send + 'static, limits: Limits) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        let reading = tokio::task::spawn_blocking(move || {
            import(&mut file, &limits, &mut |found| {
                let waiting = prepare(found);
                // Those with attachments wait until they are stored: memory holds one's at most.
                let waits = waiting.has_attachments();
                let (stored, storing) = oneshot::channel();
                if sender.blocking_send((waiting, stored)).is_err() {
                    return ControlFlow::Break(());
                }
                if waits {
                    drop(storing.blocking_recv());
                }
                ControlFlow::Continue(())
            })
        });
        Importing { receiver, reading: Some(reading), summary: Summary::default() }
    }

    /// Stores the next conversation and tells what became of it; `None` once the file has been read to its end.
    ///
    /// # Errors
    /// [`Failure`], after which there are no further conversations.
    pub async fn next(&mut self, target: Target<'_>) -> Result<Option<Row>, Failure> {
        if let Some((waiting, _stored)) = self.receiver.recv().await {
            let stored = tokio::time::timeout(PATIENCE, store(target, waiting)).await.unwrap_or(Err(Error::ConnectTimeout));
            return stored.map(Some).map_err(Failure::Database);
        }
        if let Some(reading) = self.reading.take() {
            let read = reading.await.unwrap_or_else(|error| Err(ImportError::Io(io::Error::other(error.to_string()))));
            self.summary = read.map_err(Failure::File)?;
        }
        Ok(None)
    }

    /// What the file held, once it has been read to its end.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }
}

fn prepare(found: Found) -> Waiting {
    match found.outcome {
        Outcome::Skipped { reason } => Waiting::Skipped { title: found.title, reason },
        Outcome::Conversation { conversation, unsupported, left_out, warnings } => match pack(&conversation) {
            Ok(packed) => {
                Waiting::Whole { id: conversation_id(&conversation), packed: Box::new(packed), unsupported, left_out, warnings }
            }
            Err(error) => Waiting::Skipped { title: found.title, reason: error.to_string() },
        },
    }
}

async fn store(Target { pool, host_app, owner_id }: Target<'_>, waiting: Waiting) -> Result<Row, Error> {
    match waiting {
        Waiting::Skipped { title, reason } => Ok(Row {
            conversation_id: None,
            title,
            status: Status::Skipped,
            message_count: 0,
            reason: Some(reason),
            unsupported: vec![],
            left_out: 0,
            warnings: vec![],
        }),
        Waiting::Whole { id, packed, unsupported, left_out, warnings } => {
            let (push, entry) = push(pool, host_app, &id, owner_id, &packed).await?;
            let status = if push == Push::Unchanged { Status::Unchanged } else { Status::Imported };
            let message_count = usize::try_from(entry.message_count).unwrap_or_default();
            let (conversation_id, title) = (Some(id), entry.title);
            Ok(Row { conversation_id, title, status, message_count, reason: None, unsupported, left_out, warnings })
        }
    }
}
