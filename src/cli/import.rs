//! `vitrine import FILE…`: a progress bar for people, and a line of report for every conversation.

use super::console::Console;
use crate::{
    config::LimitsConfig,
    conversation::{
        Limits,
        import::store::{Importing, Row, Status, Target},
    },
    postgres::Pool,
};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use std::{
    fmt,
    fs::File,
    io::{self, BufReader},
    path::{Path, PathBuf},
};

/// What to import, and for whom.
#[derive(Args)]
pub struct Arguments {
    /// Export files, session logs, messages or transcripts; the format is found by what they hold
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
        let file = BufReader::new(bar.wrap_read(file));
        let mut importing = Importing::start(file, self.limits, ());
        let target = Target { pool: self.pool, host_app: self.host_app, owner_id: self.owner };
        while let Some(row) = importing.next(target).await.map_err(|failure| failure.to_string())? {
            counts.add(row.status);
            bar.suspend(|| report(self.console, &row))?;
        }
        bar.finish_and_clear();
        if !self.console.is_json() {
            self.console.say(&format!("{}: {}, {counts}", path.display(), importing.summary().format));
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

/// A status as a word of a line.
fn word(status: Status) -> &'static str {
    match status {
        Status::Imported => "imported",
        Status::Unchanged => "unchanged",
        Status::Skipped => "skipped",
    }
}

fn report(console: &Console, row: &Row) -> Result<(), String> {
    if console.is_json() {
        return console.json(row);
    }
    let title = if row.title.is_empty() { "(no title)" } else { &row.title };
    let mut line = format!("{:<9}  {title}", word(row.status));
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
    for warning in &row.warnings {
        line.push_str(&format!("\n           {warning}"));
    }
    console.say(&line);
    Ok(())
}

fn messages(count: usize) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} message{plural}")
}
