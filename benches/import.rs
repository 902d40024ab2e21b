//! Figure I1: what an import of a gigabyte takes. `cargo bench --bench import`; with a number behind `--` that many MiB, which are
//! printed and not recorded.
//!
//! The files are made here: conversations of one to ten thousand kB as ChatGPT exports them, as JSON, and with pictures as the ZIP; and
//! one conversation of all that one may have. `vitrine import` reads each into a database of its own.

mod figures;

use figures::Figure;
use serde_json::{Value, json};
use std::{
    error::Error,
    fs::{self, DirBuilder, File},
    io::{BufRead, BufReader, BufWriter, Write},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};
use zip::{ZipWriter, write::SimpleFileOptions};

type Outcome<T> = Result<T, Box<dyn Error>>;

const VITRINE: &str = env!("CARGO_BIN_EXE_vitrine");
const MIB: usize = 1 << 20;
/// Of the whole file; less than `VITRINE_IMPORT_BYTES` by what one conversation may add.
const SIZE: usize = 1012 * MIB;
/// What no import may take.
const MOST: f64 = 300.0;

#[expect(clippy::print_stdout, reason = "the figures are what a bench is for")]
fn main() -> Outcome<()> {
    let load = figures::load();
    let asked = std::env::args().skip(1).find_map(|argument| argument.parse::<usize>().ok());
    let size = asked.map_or(SIZE, |asked| asked * MIB);
    let room = Room::new()?;
    let mut measured = Vec::new();
    for (number, what, make) in [
        ("I1a", "ChatGPT export of 1 GiB, JSON", plain as fn(&Path, usize) -> Outcome<usize>),
        ("I1b", "the same with pictures, ZIP", packed),
        ("I1c", "one conversation of 10 MB and 96 MiB of pictures in base64", largest),
    ] {
        let file = room.0.join(number);
        let conversations = make(&file, size)?;
        let ran = import(&room, &file, conversations)?;
        fs::remove_file(&file)?;
        measured.push(Figure {
            number,
            what,
            goal: "≤ 300 MiB",
            measured: format!("{:.0} MiB in {:.0} s", ran.memory, ran.seconds),
            reached: ran.memory <= MOST,
            how: format!(
                "VmHWM of `vitrine import`, PostgreSQL not counted; file of {} MiB, conversations in it and imported: {conversations}",
                ran.bytes / MIB as u64
            ),
        });
    }
    if asked.is_none() {
        return Ok(figures::record(&load, &measured)?);
    }
    let print = |Figure { number, measured, how, .. }: &Figure| println!("{number}: {measured} ({how})");
    measured.iter().for_each(print);
    Ok(())
}

/// A directory for one run, which PostgreSQL's own user can enter; removed at the end.
struct Room(PathBuf);

impl Room {
    fn new() -> Outcome<Self> {
        let path = std::env::temp_dir().join(format!("vitrine-bench-{}", std::process::id()));
        DirBuilder::new().mode(0o755).create(&path)?;
        Ok(Room(path))
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What one import took.
struct Ran {
    /// In MiB.
    memory: f64,
    seconds: f64,
    bytes: u64,
}

/// Imports a file into a database of its own; every conversation of it must come in.
fn import(room: &Room, file: &Path, conversations: usize) -> Outcome<Ran> {
    let (data, rows) = (room.0.join("data"), room.0.join("rows"));
    let mut command = Command::new(VITRINE);
    command.args(["import", "--json"]).arg(file).env("VITRINE_DATA", &data).env_remove("DATABASE_URL");
    let began = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(File::create(&rows)?).spawn()?;
    let mut memory: f64 = 0.0;
    let status = loop {
        memory = memory.max(peak(child.id()).unwrap_or_default());
        if let Some(status) = child.try_wait()? {
            break status;
        }
        sleep(Duration::from_millis(20));
    };
    let seconds = began.elapsed().as_secs_f64();
    let imported =
        BufReader::new(File::open(&rows)?).lines().map_while(Result::ok).filter(|row| row.contains("\"imported\"")).count();
    if !status.success() || imported != conversations {
        return Err(format!("{imported} of {conversations} conversations were imported: {status}").into());
    }
    // Where PostgreSQL's user could not enter the directory, `postgres` would be a link out of it.
    if let Ok(postgres) = data.join("postgres").canonicalize() {
        fs::remove_dir_all(postgres)?;
    }
    let _ = fs::remove_dir_all(&data);
    Ok(Ran { memory, seconds, bytes: fs::metadata(file)?.len() })
}

/// The most memory that a running process has had, in MiB.
fn peak(process: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<f64>().ok()? / 1024.0)
}

/// The same numbers in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % most as u64).unwrap_or_default()
    }

    /// From one kB to ten thousand, as many of one order as of another.
    fn size(&mut self) -> usize {
        let order = 10.0 + self.below(1_000) as f64 / 1_000.0 * 13.2;
        order.exp2() as usize
    }
}

const WORDS: &[&str] = &[
    "the",
    "deploy",
    "rolls",
    "back",
    "when",
    "a",
    "release",
    "fails",
    "its",
    "health",
    "check;",
    "whoever",
    "watches",
    "sees",
    "it",
    "first",
    "in",
    "logs,",
    "then",
    "on",
    "dashboards",
    "and",
    "finally",
    "by",
    "customers",
    "`kubectl`",
    "größer",
    "→",
    "**bold**",
    "?\n\n",
];

fn text(numbers: &mut Numbers, bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 16);
    while text.len() < bytes {
        text.push_str(WORDS[numbers.below(WORDS.len())]);
        text.push(' ');
    }
    text
}

/// One conversation as ChatGPT exports it, of about so many bytes; its first message has a picture of each of these ids.
fn conversation(numbers: &mut Numbers, number: usize, bytes: usize, pictures: &[String]) -> Value {
    let mut nodes = serde_json::Map::new();
    let mut parent = Value::Null;
    let (mut written, mut at) = (0, 0);
    while written < bytes || at < 2 {
        let length = (200 + numbers.below(3_000)).min(bytes);
        let said = text(numbers, length);
        written += said.len() + 500;
        let id = format!("{number:08x}-0000-4000-8000-{at:012x}");
        let mut content = json!({"content_type": "text", "parts": [said]});
        if at == 0 && !pictures.is_empty() {
            let asset = |id: &String| json!({"content_type": "image_asset_pointer", "asset_pointer": format!("file-service://{id}"), "width": 3, "height": 2});
            let mut parts: Vec<Value> = pictures.iter().map(asset).collect();
            parts.push(content["parts"][0].take());
            content = json!({"content_type": "multimodal_text", "parts": parts});
        }
        let role = if at % 2 == 0 { "user" } else { "assistant" };
        let message = json!({"id": id, "author": {"role": role, "name": null, "metadata": {}}, "create_time": 1_700_000_000 + at,
            "update_time": null, "content": content, "status": "finished_successfully", "end_turn": true, "weight": 1.0,
            "metadata": {"model_slug": "gpt-5", "request_id": id, "timestamp_": "absolute"}, "recipient": "all"});
        nodes.insert(id.clone(), json!({"id": id, "message": message, "parent": parent, "children": []}));
        parent = json!(id);
        at += 1;
    }
    json!({"title": format!("Conversation {number}"), "create_time": 1_700_000_000, "mapping": nodes, "current_node": parent,
        "conversation_id": format!("{number:08x}-1111-4000-8000-000000000000")})
}

/// Writes conversations until there are about so many bytes; gives how many there are.
fn conversations(into: &mut impl Write, size: usize, mut pictures: impl FnMut(usize) -> Vec<String>) -> Outcome<usize> {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let (mut written, mut count) = (0, 0);
    while written < size {
        let most = numbers.size().min(size - written);
        let one = serde_json::to_vec(&conversation(&mut numbers, count, most, &pictures(count)))?;
        into.write_all(if count == 0 { b"[" } else { b"," })?;
        into.write_all(&one)?;
        written += one.len() + 1;
        count += 1;
    }
    into.write_all(b"]")?;
    Ok(count)
}

fn plain(file: &Path, size: usize) -> Outcome<usize> {
    let mut into = BufWriter::new(File::create(file)?);
    let count = conversations(&mut into, size, |_| vec![])?;
    into.flush()?;
    Ok(count)
}

/// A picture's head, and what no packing makes smaller.
fn picture(numbers: &mut Numbers, bytes: usize) -> Vec<u8> {
    let mut picture = b"GIF89a\x03\x00\x02\x00\x00\x00\x00".to_vec();
    while picture.len() < bytes {
        picture.extend_from_slice(&numbers.next().to_le_bytes());
    }
    picture
}

/// Half of it words, half pictures of 16 kB to 2 MB, which every third conversation has one to four of.
fn packed(file: &Path, size: usize) -> Outcome<usize> {
    let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
    let mut zip = ZipWriter::new(BufWriter::new(File::create(file)?));
    let (mut ids, mut written) = (Vec::new(), 0);
    while written < size / 2 {
        let id = format!("file-{:016x}", numbers.next());
        let bytes = (14.0 + numbers.below(1_000) as f64 / 1_000.0 * 7.0).exp2() as usize;
        zip.start_file(format!("{id}-picture.gif"), SimpleFileOptions::default())?;
        zip.write_all(&picture(&mut numbers, bytes))?;
        written += bytes;
        ids.push(id);
    }
    zip.start_file("conversations.json", SimpleFileOptions::default())?;
    let mut left = ids;
    let count = conversations(&mut zip, size / 2, |number| {
        let wanted = if number % 3 == 0 { 1 + number % 4 } else { 0 };
        left.split_off(left.len().saturating_sub(wanted))
    })?;
    zip.finish()?.flush()?;
    Ok(count)
}

/// All that one conversation may have.
fn largest(file: &Path, _: usize) -> Outcome<usize> {
    use base64::{Engine, prelude::BASE64_STANDARD};
    let mut numbers = Numbers(0x1234_5678_9abc_def1);
    let mut messages = Vec::new();
    for _ in 0..12 {
        let address = format!("data:image/gif;base64,{}", BASE64_STANDARD.encode(picture(&mut numbers, 8 * MIB - 64)));
        let said = text(&mut numbers, 800_000);
        messages.push(json!({"role": "user", "content": [{"type": "image_url", "image_url": {"url": address}}, {"type": "text", "text": said}]}));
    }
    let mut into = BufWriter::new(File::create(file)?);
    serde_json::to_writer(&mut into, &messages)?;
    into.flush()?;
    Ok(1)
}
