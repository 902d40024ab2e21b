//! What commands print: tables for people at a terminal, plain lines elsewhere, JSON when asked.

use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;
use std::io::{IsTerminal, Write};

/// Standard output and standard error.
#[derive(Clone, Copy)]
pub struct Console {
    json: bool,
    terminal: bool,
}

impl Console {
    /// As the `--json` flag and the terminal say.
    pub fn new(json: bool) -> Self {
        Console { json, terminal: std::io::stdout().is_terminal() }
    }

    /// JSON was asked for.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// A person is watching.
    pub fn is_terminal(&self) -> bool {
        self.terminal && !self.json
    }

    /// A line. A reader that has gone is no reason to fail.
    pub fn say(&self, line: &str) {
        drop(writeln!(std::io::stdout().lock(), "{line}"));
    }

    /// A line on standard error.
    pub fn complain(&self, message: &str) {
        drop(writeln!(std::io::stderr().lock(), "vitrine: {message}"));
    }

    /// A JSON document on a line of its own.
    pub fn json(&self, value: &impl Serialize) -> Result<(), String> {
        self.say(&serde_json::to_string(value).map_err(|error| error.to_string())?);
        Ok(())
    }

    /// Rows under headings; plain lines separated by tabs when nobody is watching.
    pub fn table(&self, headings: &[&str], rows: Vec<Vec<String>>) {
        if !self.terminal {
            rows.iter().for_each(|row| self.say(&row.join("\t")));
            return;
        }
        let mut table = Table::new();
        table.load_style(presets::UTF8_HORIZONTAL_ONLY);
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_header(headings.to_vec());
        table.add_rows(rows);
        self.say(&table.to_string());
    }
}
