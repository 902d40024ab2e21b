//! Conversations of a file into PostgreSQL, one at a time, each whole or not at all. Whatever reads and stores them runs at the pace of
//! whoever asks for the next one.

use super::{
    Found, ImportError, Name, Outcome, Summary, import,
    seen::Seen,
    stop::{Stop, Stoppable},
};
use crate::{
    conversation::{
        Limits,
        store::{self, Entry, Push},
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

impl Row {
    fn skipped(title: String, reason: String) -> Self {
        Row {
            conversation_id: None,
            title,
            status: Status::Skipped,
            message_count: 0,
            reason: Some(reason),
            unsupported: vec![],
            left_out: 0,
            warnings: vec![],
        }
    }

    fn stored(id: String, push: Push, entry: Entry, Notes { unsupported, left_out, warnings }: Notes) -> Self {
        Row {
            conversation_id: Some(id),
            title: entry.title,
            status: if push == Push::Unchanged { Status::Unchanged } else { Status::Imported },
            message_count: usize::try_from(entry.message_count).unwrap_or_default(),
            reason: None,
            unsupported,
            left_out,
            warnings,
        }
    }
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
    /// In the host app's words.
    pub owner_id: Option<&'a str>,
}

/// Read conversations that wait to be stored: a few, however large the file is.
const WAITING: usize = 4;
/// What storing one conversation may take. A database that hangs must not hold an import for ever.
const PATIENCE: Duration = Duration::from_secs(45);

/// A conversation on its way from the reading thread to the database.
enum Waiting {
    Whole(Whole),
    Skipped { title: String, reason: String },
}

struct Whole {
    title: String,
    name: Name,
    packed: Box<Packed>,
    notes: Notes,
}

/// What its row says besides.
struct Notes {
    unsupported: Vec<String>,
    left_out: usize,
    warnings: Vec<String>,
}

impl Waiting {
    fn has_attachments(&self) -> bool {
        matches!(self, Waiting::Whole(Whole { packed, .. }) if !packed.blobs.is_empty())
    }
}

/// What is told of a conversation whose id an earlier one of the file has.
const DOUBLE: &str = "The file holds another conversation of the same id, which differs from this one; the first was taken.";
/// What is told of a conversation whose id is taken.
const OTHERS: &str = "A conversation of this id is here already and belongs to another owner.";

/// A running import. Dropped, it ends after the conversation at hand.
pub struct Importing {
    /// With each, what is let go once it is stored.
    receiver: mpsc::Receiver<(Waiting, oneshot::Sender<()>)>,
    reading: Option<JoinHandle<Result<Summary, ImportError>>>,
    summary: Summary,
    seen: Seen,
    stop: Stop,
}

impl Drop for Importing {
    fn drop(&mut self) {
        self.stop.tell();
    }
}

impl Importing {
    /// Begins to read, on a thread where reading may block. It holds `place` until it reads no more.
    pub fn start(file: impl Read + Seek + Send + 'static, limits: Limits, place: impl Send + 'static) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        let stop = Stop::default();
        let mut file = Stoppable { file, stop: stop.clone() };
        let reading = tokio::task::spawn_blocking(move || {
            let _place = place;
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
        Importing { receiver, reading: Some(reading), summary: Summary::default(), seen: Seen::default(), stop }
    }

    /// Stores the next conversation and tells what became of it; `None` once the file has been read to its end.
    ///
    /// # Errors
    /// [`Failure`], after which there are no further conversations.
    pub async fn next(&mut self, target: Target<'_>) -> Result<Option<Row>, Failure> {
        if let Some((waiting, _stored)) = self.receiver.recv().await {
            return self.settle(target, waiting).await.map(Some);
        }
        if let Some(reading) = self.reading.take() {
            let read = reading.await.unwrap_or_else(|error| Err(ImportError::Io(io::Error::other(error.to_string()))));
            self.summary = read.map_err(Failure::File)?;
        }
        Ok(None)
    }

    async fn settle(&mut self, target: Target<'_>, waiting: Waiting) -> Result<Row, Failure> {
        let Whole { title, name, packed, notes } = match waiting {
            Waiting::Whole(whole) => whole,
            Waiting::Skipped { title, reason } => return Ok(Row::skipped(title, reason)),
        };
        let id = name.among(target.owner_id);
        if !self.seen.is_first(&id, &packed).map_err(Failure::File)? {
            return Ok(Row::skipped(title, DOUBLE.to_owned()));
        }
        let storing = store::import(target.pool, target.host_app, &id, target.owner_id, &packed);
        match tokio::time::timeout(PATIENCE, storing).await.unwrap_or(Err(Error::ConnectTimeout)) {
            Ok((push, entry)) => Ok(Row::stored(id, push, entry, notes)),
            Err(Error::OthersConversation) => Ok(Row::skipped(title, OTHERS.to_owned())),
            Err(error) => Err(Failure::Database(error)),
        }
    }

    /// What the file held, once it has been read to its end.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }
}

fn prepare(found: Found) -> Waiting {
    let title = found.title;
    match found.outcome {
        Outcome::Skipped { reason } => Waiting::Skipped { title, reason },
        Outcome::Conversation { conversation, name, unsupported, left_out, warnings } => match pack(&conversation) {
            Ok(packed) => {
                let notes = Notes { unsupported, left_out, warnings };
                Waiting::Whole(Whole { title, name, packed: Box::new(packed), notes })
            }
            Err(error) => Waiting::Skipped { title, reason: error.to_string() },
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{io::SeekFrom, sync::Arc};

    /// An array whose first element never comes.
    struct Endless;

    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            buffer.fill(b'[');
            buffer[1..].fill(b' ');
            Ok(buffer.len())
        }
    }

    impl Seek for Endless {
        fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
            Ok(0)
        }
    }

    #[tokio::test]
    async fn nobody_waits_for_the_end_of_a_file_that_nobody_wants() {
        let place = Arc::new(());
        let importing = Importing::start(Endless, Limits::default(), place.clone());
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(Arc::strong_count(&place), 2, "the place is held while the file is read");
        drop(importing);
        let given_back = async {
            while Arc::strong_count(&place) > 1 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), given_back).await.expect("the reading ends");
    }
}
