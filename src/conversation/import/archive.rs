//! Exports as ZIP files. Names of entries mean nothing to conversations: each entry is looked into, and those of one format are read.

use super::assets::{Entries, Shared};
use super::choice::{self, Recognised};
use super::report::Report;
use super::sniff::{Kind, Sniffed, sniff, sniff_text};
use super::{FORMATS, Found, ImportError, Summary, broken_read};
use crate::conversation::{Limits, text};
use std::fmt::Display;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use zip::ZipArchive;
use zip::read::{ArchiveOffset, Config};
use zip::result::ZipError;

/// An entry may unpack to this much whatever its packed size, and beyond it to [`RATIO`] times that size. JSON packs to a tenth,
/// repetitive JSON to a hundredth; a bomb to a thousandth.
const UNSUSPICIOUS: u64 = 32 << 20;
const RATIO: u64 = 300;
/// Bytes of an archive's directory, of which `ZipArchive` holds all. A name and what belongs to it take a hundred; an entry may claim
/// 192 KiB.
const DIRECTORY: u64 = 32 << 20;

/// Whether a file begins as a ZIP does.
pub(super) fn is_zip(magic: [u8; 4]) -> bool {
    // The second is an archive without entries.
    matches!(&magic, b"PK\x03\x04" | b"PK\x05\x06")
}

/// Reads the conversations of the first format that an entry is in.
pub(super) fn import(
    file: &mut (impl Read + Seek),
    limits: &Limits,
    each: &mut dyn FnMut(Found) -> ControlFlow<()>,
) -> Result<Summary, ImportError> {
    // Before `ZipArchive` reads the whole directory into memory.
    if declared_entries(file)? > limits.zip_entries as u64 {
        return Err(ImportError::TooLarge(format!("The ZIP lists more than {} entries.", limits.zip_entries)));
    }
    // The file begins with the archive. Looking for other beginnings, the reader could also find other end records.
    let config = Config { archive_offset: ArchiveOffset::Known(0) };
    let file = Shared::new(file, DIRECTORY).map_err(ImportError::Io)?;
    let mut archive = ZipArchive::with_config(config, file.clone()).map_err(|error| match error {
        ZipError::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => {
            ImportError::TooLarge(format!("The ZIP's directory is larger than {}, or damaged.", text::size(DIRECTORY)))
        }
        error => damaged(error),
    })?;
    file.lift_limit();
    let Look { recognised, verdict, mut trouble } = look(&mut archive, limits)?;
    let Some(format) = choice::format(&recognised) else { return Err(trouble.drain(..).next().map_or(verdict, |(_, why)| why)) };
    let watch = file.watch();
    let assets = Entries::new(archive.clone(), limits.unpacked_bytes, watch.clone());
    let mut report = Report::new(format, limits, Box::new(assets), each);
    let mut unpacked = 0;
    for &Recognised { at, kind, .. } in recognised.iter().filter(|entry| entry.kind.format == format) {
        if report.stopped {
            break;
        }
        let before = unpacked;
        loop {
            let entry = archive.by_index(at).map_err(damaged)?;
            if !report.read(Metered::new(entry, &mut unpacked, limits.unpacked_bytes), kind)? {
                break;
            }
            unpacked = before;
        }
    }
    for (name, reason) in choice::left_out(&recognised, format, &watch.taken.borrow()) {
        if !report.stopped {
            report.skip(Some(name), reason);
        }
    }
    // Conversations may be missing, and silence would say that none are. A broken picture has been told of with its conversation.
    let untold = trouble.into_iter().find(|(at, _)| !watch.taken.borrow().contains(at));
    untold.map_or(Ok(report.summary), |(_, why)| Err(why))
}

/// The most entries that any end record of the archive declares, because `ZipArchive` takes an earlier one where the last is bad.
fn declared_entries(file: &mut (impl Read + Seek)) -> Result<u64, ImportError> {
    /// More than the end records and the longest comment take.
    const TAIL: u64 = 1 << 17;
    const LOCATOR: usize = 20;
    let length = file.seek(SeekFrom::End(0)).map_err(ImportError::Io)?;
    let tail = read_at(file, length.saturating_sub(TAIL), TAIL)?;
    let (mut most, mut found) = (0, false);
    for at in (0..tail.len()).filter(|at| tail[*at..].starts_with(b"PK\x05\x06")) {
        found = true;
        let entries = number(&tail[at..], 10, 2);
        let locator = &tail[at.saturating_sub(LOCATOR)..at];
        let place = number(locator, 8, 8);
        if locator.starts_with(b"PK\x06\x07") && place < length {
            most = most.max(zip64_entries(file, place)?);
            if entries == u64::from(u16::MAX) {
                continue;
            }
        }
        most = most.max(entries);
    }
    // `ZipArchive` would look for one through all of the file.
    if found { Ok(most) } else { Err(ImportError::Damaged(cut("there is no directory at its end"))) }
}

/// What the ZIP64 end record at this place declares; nothing if there is none, which `ZipArchive` sees too.
fn zip64_entries(file: &mut (impl Read + Seek), place: u64) -> Result<u64, ImportError> {
    const RECORD: u64 = 56;
    let record = read_at(file, place, RECORD)?;
    if !record.starts_with(b"PK\x06\x06") {
        return Ok(0);
    }
    // Its length may be any; `ZipArchive` would ask for as much memory. It does not count its first twelve bytes.
    if number(&record, 4, 8) != RECORD - 12 {
        return Err(ImportError::Damaged("The ZIP's end record is longer than any export's.".to_owned()));
    }
    Ok(number(&record, 32, 8))
}

fn read_at(file: &mut (impl Read + Seek), place: u64, most: u64) -> Result<Vec<u8>, ImportError> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(place)).and_then(|_| file.by_ref().take(most).read_to_end(&mut bytes)).map_err(ImportError::Io)?;
    Ok(bytes)
}

/// The little-endian number of so many bytes at this place; zero where there are none.
fn number(bytes: &[u8], place: usize, length: usize) -> u64 {
    bytes.iter().skip(place).take(length).rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// What the entries of an archive are.
struct Look {
    recognised: Vec<Recognised>,
    /// Why there are none, where there are none.
    verdict: ImportError,
    /// The entries that could not be looked into, and why.
    trouble: Vec<(usize, ImportError)>,
}

fn look<R: Read + Seek>(archive: &mut ZipArchive<R>, limits: &Limits) -> Result<Look, ImportError> {
    let mut look = Look { recognised: Vec::new(), verdict: ImportError::UnknownFormat, trouble: Vec::new() };
    let mut unpacked = 0;
    for at in 0..archive.len() {
        match look_into(archive, at, &mut unpacked, limits) {
            Ok(Sniffed::Kind(kind)) => {
                let entry = archive.by_index(at).map_err(damaged)?;
                let name = entry.name().map(|name| name.into_owned()).unwrap_or_default();
                let bytes = entry.size();
                look.recognised.push(Recognised { at, kind, name, bytes });
            }
            Ok(Sniffed::None(verdict @ (ImportError::Empty | ImportError::TooLarge(_)))) => look.verdict = verdict,
            Ok(Sniffed::None(_) | Sniffed::NoJson) => {}
            Err(why) if unpacked > limits.unpacked_bytes || matches!(why, ImportError::Io(_)) => return Err(why),
            // An entry that is broken or encrypted is no reason to leave the others.
            Err(why) => look.trouble.push((at, why)),
        }
    }
    Ok(look)
}

fn look_into<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    at: usize,
    unpacked: &mut u64,
    limits: &Limits,
) -> Result<Sniffed, ImportError> {
    let entry = archive.by_index(at).map_err(damaged)?;
    let sniffed = sniff(Metered::new(entry, unpacked, limits.unpacked_bytes), limits)?;
    if !matches!(sniffed, Sniffed::NoJson) {
        return Ok(sniffed);
    }
    let entry = archive.by_index(at).map_err(damaged)?;
    let kind = sniff_text(Metered::new(entry, unpacked, limits.unpacked_bytes), limits);
    // Just any text is a conversation only when somebody chose that very file.
    let chosen = |kind: &Kind| kind.format + 1 < FORMATS.len();
    Ok(kind.ok().flatten().filter(chosen).map_or(Sniffed::NoJson, Sniffed::Kind))
}

fn damaged(error: ZipError) -> ImportError {
    match error {
        ZipError::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => broken_read(error),
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => ImportError::Encrypted,
        error => ImportError::Damaged(cut(error)),
    }
}

fn cut(why: impl Display) -> String {
    format!("The ZIP is damaged or not complete ({why}). Download it again.")
}

/// Counts what an entry and the whole archive unpack to, and refuses a bomb before it is unpacked.
pub(super) struct Metered<'a, R> {
    reader: R,
    packed: u64,
    read: u64,
    unpacked: &'a mut u64,
    most: u64,
}

impl<'a, R: Read> Metered<'a, zip::read::ZipFile<'a, R>> {
    pub(super) fn new(entry: zip::read::ZipFile<'a, R>, unpacked: &'a mut u64, most: u64) -> Self {
        Metered { packed: entry.compressed_size(), reader: entry, read: 0, unpacked, most }
    }
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.read += read as u64;
        *self.unpacked += read as u64;
        if *self.unpacked > self.most {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                format!("The ZIP unpacks to more than {}.", text::size(self.most)),
            ));
        }
        if self.read > UNSUSPICIOUS && self.read / RATIO > self.packed {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "The ZIP unpacks to far more than any export does."));
        }
        Ok(read)
    }
}
