//! `vitrine import FILE…`: a progress bar for people, and a line of report for every conversation.

use super::console::Console;
use crate::{
    config::LimitsConfig,
    conversation::{
        Limits,
        import::{self, Found, Outcome, conversation_id},
        store::{self, Push},
        transcript::{Packed, pack},
    },
    postgres::{self, Pool},
};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use serde_json::json;
use std::{
    fmt,
    fs::File,
    io::{self, BufReader},
    ops::ControlFlow,
    path::{Path, PathBuf},
};
use tokio::sync::{mpsc, oneshot};

/// What to import, and for whom.
#[derive(Args)]
pub struct Arguments {
    /// Export files: ChatGPT and Claude data exports, Vitrine's own JSON, OpenAI-style messages
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The host app the conversations belong to; made if it is new
    #[arg(long, default_value = "default", value_parser = super::name)]
    app: String,
    /// Whose they are, in the host app's words
    #[arg(long, value_parser = super::name)]
    owner: Option<String>,
    #[command(flatten)]
    limits: LimitsConfig,
}

/// What became of one conversation (SPEC section 2, `POST /api/imports`).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation_id: Option<String>,
    title: String,
    status: Status,
    message_count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unsupported: Vec<String>,
    #[serde(skip_serializing_if = "is_zero")]
    left_out: usize,
}

/// What was done about one conversation.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Imported,
    Unchanged,
    Skipped,
}

impl Status {
    fn as_str(self) -> &'static str {
        match self {
            Status::Imported => "imported",
            Status::Unchanged => "unchanged",
            Status::Skipped => "skipped",
        }
    }
}

/// How many conversations of a file met with what.
#[derive(Clone, Copy, Default)]
struct Counts {
    imported: usize,
    unchanged: usize,
    skipped: usize,
}

impl Counts {
    fn add(&mut self, status: Status) {
        match status {
            Status::Imported => self.imported += 1,
            Status::Unchanged => self.unchanged += 1,
            Status::Skipped => self.skipped += 1,
        }
    }

    /// How far a file was read that was not read to its end.
    fn stopped(self) -> String {
        match self.imported + self.unchanged + self.skipped {
            0 => "Nothing was read.".to_owned(),
            _ => format!("Stopped after {self}."),
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} imported, {} unchanged, {} skipped", self.imported, self.unchanged, self.skipped)
    }
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// Imports every file. A file that cannot be read does not keep the others from being imported.
pub async fn run(pool: &Pool, console: &Console, arguments: Arguments) -> Result<(), String> {
    let host_app = crate::owner::store::host_app(pool, &arguments.app).await.map_err(|error| error.to_string())?;
    let importer = Importer { pool, console, host_app, owner: arguments.owner.as_deref(), limits: arguments.limits.limits() };
    let mut failures = 0;
    for path in &arguments.files {
        let mut counts = Counts::default();
        if let Err(why) = importer.file(path, &mut counts).await {
            failures += 1;
            let (file, reason) = (path.display().to_string(), format!("{why} {}", counts.stopped()));
            if console.is_json() {
                console.json(&json!({"status": "failed", "reason": reason, "file": file}))?;
            }
            console.complain(&format!("{file}: {reason}"));
        }
    }
    match failures {
        0 => Ok(()),
        1 => Err("one file was not imported, or not to its end".to_owned()),
        several => Err(format!("{several} files were not imported, or not to their ends")),
    }
}

/// A conversation on its way from the reading thread to the database.
enum Read {
    Whole { id: String, packed: Box<Packed>, unsupported: Vec<String>, left_out: usize },
    Skipped { title: String, reason: String },
}

/// What is the same for every file.
struct Importer<'a> {
    pool: &'a Pool,
    console: &'a Console,
    host_app: i64,
    owner: Option<&'a str>,
    limits: Limits,
}

impl Importer<'_> {
    /// Imports a file and counts what is in it; the error is a sentence, and what was counted before it stays.
    async fn file(&self, path: &Path, counts: &mut Counts) -> Result<(), String> {
        let (file, size) = open(path).map_err(|error| format!("{error}."))?;
        let bar = if self.console.is_terminal() { ProgressBar::new(size) } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {bar:40} {bytes}/{total_bytes} {msg}") {
            bar.set_style(style);
        }
        // Reading is blocking and writing is not; between them wait a few conversations, however large the file is.
        let (sender, mut receiver) = mpsc::channel(4);
        let (progress, limits) = (bar.clone(), self.limits);
        let reading = tokio::task::spawn_blocking(move || {
            let mut file = BufReader::new(progress.wrap_read(file));
            import::import(&mut file, &limits, &mut |found| {
                let read = prepare(found);
                // Those with attachments wait until they are stored: memory holds one's at most.
                let waits = matches!(&read, Read::Whole { packed, .. } if !packed.blobs.is_empty());
                let (stored, storing) = oneshot::channel::<()>();
                if sender.blocking_send((read, stored)).is_err() {
                    return ControlFlow::Break(());
                }
                if waits {
                    drop(storing.blocking_recv());
                }
                ControlFlow::Continue(())
            })
        });
        // `stored` is let go at the end of each round, which is what the reading thread waits for.
        while let Some((read, _stored)) = receiver.recv().await {
            let row = store_one(self.pool, self.host_app, self.owner, read).await.map_err(|error| format!("{error}."))?;
            counts.add(row.status);
            bar.suspend(|| report(self.console, &row))?;
        }
        let summary = reading.await.map_err(|error| format!("{error}."))?;
        bar.finish_and_clear();
        let summary = summary.map_err(|error| error.to_string())?;
        if !self.console.is_json() {
            self.console.say(&format!("{}: {}, {counts}", path.display(), summary.format));
        }
        Ok(())
    }
}

fn open(path: &Path) -> io::Result<(File, u64)> {
    let file = File::open(path)?;
    let about = file.metadata()?;
    if about.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "It is a directory"));
    }
    Ok((file, about.len()))
}

fn prepare(found: Found) -> Read {
    match found.outcome {
        Outcome::Skipped { reason } => Read::Skipped { title: found.title, reason },
        Outcome::Conversation { conversation, unsupported, left_out } => match pack(&conversation) {
            Ok(packed) => Read::Whole { id: conversation_id(&conversation), packed: Box::new(packed), unsupported, left_out },
            Err(error) => Read::Skipped { title: found.title, reason: error.to_string() },
        },
    }
}

async fn store_one(pool: &Pool, host_app: i64, owner: Option<&str>, read: Read) -> Result<Row, postgres::Error> {
    match read {
        Read::Skipped { title, reason } => Ok(Row {
            conversation_id: None,
            title,
            status: Status::Skipped,
            message_count: 0,
            reason: Some(reason),
            unsupported: vec![],
            left_out: 0,
        }),
        Read::Whole { id, packed, unsupported, left_out } => {
            let (push, entry) = store::push(pool, host_app, &id, owner, &packed).await?;
            let status = if push == Push::Unchanged { Status::Unchanged } else { Status::Imported };
            let message_count = usize::try_from(entry.message_count).unwrap_or_default();
            Ok(Row { conversation_id: Some(id), title: entry.title, status, message_count, reason: None, unsupported, left_out })
        }
    }
}

fn report(console: &Console, row: &Row) -> Result<(), String> {
    if console.is_json() {
        return console.json(row);
    }
    let title = if row.title.is_empty() { "(no title)" } else { &row.title };
    let mut line = format!("{:<9}  {title}", row.status.as_str());
    match &row.conversation_id {
        Some(id) => line.push_str(&format!("  [{id}, {}]", messages(row.message_count))),
        None => line.push_str(&format!("  ({})", row.reason.as_deref().unwrap_or_default())),
    }
    if row.left_out > 0 {
        line.push_str(&format!("  {} on other branches left out", messages(row.left_out)));
    }
    if !row.unsupported.is_empty() {
        line.push_str(&format!("  shown as a notice: {}", row.unsupported.join(", ")));
    }
    console.say(&line);
    Ok(())
}

fn messages(count: usize) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} message{plural}")
}
