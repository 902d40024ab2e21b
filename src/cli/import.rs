//! `vitrine import FILE…`: a progress bar for people, and a line of report for every conversation.

use super::console::Console;
use crate::{
    conversation::{
        Limits,
        import::{self, Found, Outcome, conversation_id},
        store::{self, Push},
        transcript::{Packed, pack},
    },
    postgres::Pool,
};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::{fs::File, io::BufReader, ops::ControlFlow, path::PathBuf};
use tokio::sync::mpsc;

/// What to import, and for whom.
#[derive(Args)]
pub struct Arguments {
    /// Export files: ChatGPT and Claude data exports, Vitrine's own JSON, OpenAI-style messages
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The host app the conversations belong to; made if it is new
    #[arg(long, default_value = "default")]
    app: String,
    /// Whose they are, in the host app's words
    #[arg(long)]
    owner: Option<String>,
}

/// What became of one conversation (SPEC section 2, `POST /api/imports`).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation_id: Option<String>,
    title: String,
    status: &'static str,
    message_count: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unsupported: Vec<String>,
    #[serde(skip_serializing_if = "is_zero")]
    left_out: usize,
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// Imports every file. A file that cannot be read does not keep the others from being imported.
pub async fn run(pool: &Pool, console: &Console, arguments: Arguments) -> Result<(), String> {
    let host_app = crate::owner::store::host_app(pool, &arguments.app).await.map_err(|error| error.to_string())?;
    let mut failures = 0;
    for path in &arguments.files {
        if let Err(message) = one(pool, console, host_app, arguments.owner.as_deref(), path).await {
            failures += 1;
            console.complain(&format!("{}: {message}", path.display()));
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

async fn one(pool: &Pool, console: &Console, host_app: i64, owner: Option<&str>, path: &PathBuf) -> Result<(), String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let size = file.metadata().map_err(|error| error.to_string())?.len();
    let bar = if console.is_terminal() { ProgressBar::new(size) } else { ProgressBar::hidden() };
    if let Ok(style) = ProgressStyle::with_template("{spinner} {bar:40} {bytes}/{total_bytes} {msg}") {
        bar.set_style(style);
    }
    // Reading is blocking and writing is not; between them wait a few conversations, however large the file is.
    let (sender, mut receiver) = mpsc::channel(4);
    let progress = bar.clone();
    let reading = tokio::task::spawn_blocking(move || {
        let mut file = BufReader::new(progress.wrap_read(file));
        import::import(&mut file, &Limits::default(), &mut |found| match sender.blocking_send(prepare(found)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        })
    });
    let mut counts = [0; 3];
    while let Some(read) = receiver.recv().await {
        let row = store_one(pool, host_app, owner, read).await?;
        counts[["imported", "unchanged", "skipped"].iter().position(|status| *status == row.status).unwrap_or(2)] += 1;
        bar.suspend(|| report(console, &row))?;
    }
    let summary = reading.await.map_err(|error| error.to_string())?;
    bar.finish_and_clear();
    let summary = summary.map_err(|error| error.to_string())?;
    if !console.is_json() {
        let [imported, unchanged, skipped] = counts;
        console.say(&format!(
            "{}: {}, {imported} imported, {unchanged} unchanged, {skipped} skipped",
            path.display(),
            summary.format
        ));
    }
    Ok(())
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

async fn store_one(pool: &Pool, host_app: i64, owner: Option<&str>, read: Read) -> Result<Row, String> {
    match read {
        Read::Skipped { title, reason } => Ok(Row {
            conversation_id: None,
            title,
            status: "skipped",
            message_count: 0,
            reason: Some(reason),
            unsupported: vec![],
            left_out: 0,
        }),
        Read::Whole { id, packed, unsupported, left_out } => {
            let (push, entry) = store::push(pool, host_app, &id, owner, &packed).await.map_err(|error| error.to_string())?;
            let status = if push == Push::Unchanged { "unchanged" } else { "imported" };
            let message_count = entry.message_count;
            Ok(Row { conversation_id: Some(id), title: entry.title, status, message_count, reason: None, unsupported, left_out })
        }
    }
}

fn report(console: &Console, row: &Row) -> Result<(), String> {
    if console.is_json() {
        return console.json(row);
    }
    let title = if row.title.is_empty() { "(no title)" } else { &row.title };
    let mut line = format!("{:<9}  {title}", row.status);
    match &row.conversation_id {
        Some(id) => line.push_str(&format!("  [{id}, {} messages]", row.message_count)),
        None => line.push_str(&format!("  ({})", row.reason.as_deref().unwrap_or_default())),
    }
    if row.left_out > 0 {
        line.push_str(&format!("  {} messages on other branches left out", row.left_out));
    }
    if !row.unsupported.is_empty() {
        line.push_str(&format!("  shown as a notice: {}", row.unsupported.join(", ")));
    }
    console.say(&line);
    Ok(())
}
