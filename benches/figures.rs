//! The one table of `benches/README.md`. Every bench writes its own rows between the markers and leaves the others' alone, unless
//! they were measured on another machine: then they go.

use std::{
    collections::BTreeMap,
    fs::{read_to_string, write},
    io::{Error, Result},
    thread::available_parallelism,
};
use time::OffsetDateTime;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/README.md");
const MARKERS: [&str; 2] = ["<!-- written by `make bench` -->\n", "<!-- until here -->"];
const HEAD: &str = "| # | what | goal | measured | reached | how | when |\n| --- | --- | --- | --- | --- | --- | --- |\n";

/// One row.
pub struct Figure {
    /// As GOALS counts them: `P1`.
    pub number: &'static str,
    /// What is measured.
    pub what: &'static str,
    /// What it should be.
    pub goal: &'static str,
    /// What it is.
    pub measured: String,
    /// Whether that is good enough.
    pub reached: bool,
    /// Against what, how often.
    pub how: String,
}

/// Load average of the last minute; read it before a bench makes its own.
pub fn load() -> String {
    let text = read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
}

/// Writes `figures` into the table and prints them. `load` is the machine's before the bench began.
#[expect(clippy::print_stdout, reason = "the figures are what a bench is for")]
pub fn record(load: &str, figures: &[Figure]) -> Result<()> {
    let text = read_to_string(FILE)?;
    let (before, rest) = text.split_once(MARKERS[0]).ok_or_else(|| Error::other("benches/README.md has lost its markers"))?;
    let (table, after) = rest.split_once(MARKERS[1]).ok_or_else(|| Error::other("benches/README.md has lost its markers"))?;
    let machine = machine();
    let kept = if table.contains(&machine) { table } else { "" };
    let kept = kept.lines().filter(|line| rank(line).0 < KINDS.len());
    let mut rows: BTreeMap<_, String> = kept.map(|line| (rank(line), line.to_owned())).collect();
    let when = format!("{}, load {load}", OffsetDateTime::now_utc().date());
    for Figure { number, what, goal, measured, reached, how } in figures {
        let reached = if *reached { "yes" } else { "**short**" };
        let row = format!("| {number} | {what} | {goal} | {measured} | {reached} | {how} | {when} |");
        println!("{row}");
        rows.insert(rank(&row), row);
    }
    let table: String = rows.into_values().map(|row| row + "\n").collect();
    write(FILE, format!("{before}{}{machine}\n\n{HEAD}{table}{}{after}", MARKERS[0], MARKERS[1]))
}

/// Pages, cards, imports, the widget.
const KINDS: &str = "PCIW";

/// In the order of [`KINDS`], P2 before P11; what is no row comes last.
fn rank(row: &str) -> (usize, u32, String) {
    let number = row.strip_prefix("| ").and_then(|row| row.split_whitespace().next()).unwrap_or_default();
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let kind = number.chars().next().filter(|_| !digits.is_empty()).and_then(|kind| KINDS.find(kind));
    (kind.unwrap_or(KINDS.len()), digits.parse().unwrap_or_default(), number.to_owned())
}

fn machine() -> String {
    let line = |file: &str, name: &str| {
        let text = read_to_string(file).unwrap_or_default();
        let value =
            text.lines().find_map(|line| line.strip_prefix(name)?.split_once(':').map(|(_, value)| value.trim().to_owned()));
        value.unwrap_or_default()
    };
    let cores = available_parallelism().map_or(1, usize::from);
    let memory: f64 = line("/proc/meminfo", "MemTotal").trim_end_matches(" kB").parse().unwrap_or_default();
    let kernel = read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let gibibytes = memory / f64::from(1 << 20);
    format!("{cores} cores of {}, {gibibytes:.1} GiB, Linux {}, release build.", line("/proc/cpuinfo", "model name"), kernel.trim())
}
