//! What lies in an archive beside the conversations: pictures and files, named by the origin's ids.

use super::archive::Metered;
use crate::conversation::attachment::{Asset, Assets};
use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;
use zip::ZipArchive;

/// One file read in several places by turns.
pub(super) struct Shared<'a, F> {
    /// With the place it is at.
    file: Rc<RefCell<(&'a mut F, u64)>>,
    at: u64,
    /// Bytes that may still be read before it counts as too much.
    left: Rc<Cell<u64>>,
    watch: Watch,
}

/// What happened to an archive, for all who read in it.
#[derive(Clone, Default)]
pub(super) struct Watch {
    /// The file itself could not be read: nothing in it is to blame.
    failed: Rc<Cell<bool>>,
    /// Entries that went with a conversation.
    pub(super) taken: Rc<RefCell<HashSet<usize>>>,
}

impl<'a, F: Seek> Shared<'a, F> {
    /// Of the file so many bytes may be read, until the limit is lifted.
    pub(super) fn new(file: &'a mut F, most: u64) -> io::Result<Self> {
        file.rewind()?;
        Ok(Shared { file: Rc::new(RefCell::new((file, 0))), at: 0, left: Rc::new(Cell::new(most)), watch: Watch::default() })
    }

    pub(super) fn watch(&self) -> Watch {
        self.watch.clone()
    }

    /// For all places it is read in.
    pub(super) fn lift_limit(&self) {
        self.left.set(u64::MAX);
    }
}

impl<F> Clone for Shared<'_, F> {
    fn clone(&self) -> Self {
        Shared { file: self.file.clone(), at: self.at, left: self.left.clone(), watch: self.watch.clone() }
    }
}

impl<F: Read + Seek> Read for Shared<'_, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (file, at) = &mut *self.file.borrow_mut();
        if *at != self.at {
            *at = file.seek(SeekFrom::Start(self.at))?;
        }
        let read = file.read(buffer).inspect_err(|_| self.watch.failed.set(true))?;
        *at += read as u64;
        self.at = *at;
        let left = self.left.get().checked_sub(read as u64);
        self.left.set(left.unwrap_or_default());
        left.map(|_| read).ok_or_else(|| io::Error::from(io::ErrorKind::FileTooLarge))
    }
}

impl<F: Read + Seek> Seek for Shared<'_, F> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = match to {
            // The file itself is moved by the next read.
            SeekFrom::Start(at) => at,
            SeekFrom::Current(by) => self.at.checked_add_signed(by).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?,
            SeekFrom::End(_) => {
                let (file, at) = &mut *self.file.borrow_mut();
                *at = file.seek(to)?;
                *at
            }
        };
        Ok(self.at)
    }
}

/// The entries of an archive by the last segment of their names.
pub(super) struct Entries<R> {
    archive: ZipArchive<R>,
    names: Vec<(String, usize)>,
    unpacked: u64,
    most: u64,
    watch: Watch,
}

/// Shorter ids begin too many names.
const SHORTEST: usize = 8;

impl<R: Read + Seek> Entries<R> {
    /// `most` is what they may unpack to, all together.
    pub(super) fn new(archive: ZipArchive<R>, most: u64, watch: Watch) -> Self {
        let base = |at: usize| {
            let name = archive.name_for_index(at)?.ok()?;
            let mut segments = name.rsplit('/');
            let base = segments.next().filter(|base| !base.is_empty())?;
            // Grok keeps each in a directory of its own.
            let named = if base == "content" { segments.next().unwrap_or(base) } else { base };
            Some((named.to_owned(), at))
        };
        let mut names: Vec<_> = (0..archive.len()).filter_map(base).collect();
        names.sort_unstable();
        Entries { archive, names, unpacked: 0, most, watch }
    }

    /// The entry whose name is the id, or begins with it: `file-AbC` is `file-AbC-photo.jpeg`, and never `file-AbCd.png`.
    fn find(&self, id: &str) -> Option<usize> {
        let from = self.names.partition_point(|(name, _)| name.as_str() < id);
        let mut candidates = self.names[from..].iter().map_while(|(name, at)| Some((name.strip_prefix(id)?, *at)));
        let fits = |rest: &str| rest.is_empty() || (id.len() >= SHORTEST && rest.starts_with(['-', '.', '_']));
        candidates.find(|(rest, _)| fits(rest)).map(|(_, at)| at)
    }
}

impl<R: Read + Seek> Assets for Entries<R> {
    fn read(&mut self, id: &str, most: usize) -> io::Result<Asset> {
        let Some(at) = self.find(id) else { return Ok(Asset::Missing) };
        self.watch.taken.borrow_mut().insert(at);
        self.unpack(at, most).or_else(|error| match error.kind() {
            _ if self.watch.failed.get() => Err(error),
            io::ErrorKind::FileTooLarge => Ok(Asset::TooLarge),
            // Broken or encrypted: the conversation is worth having without it.
            _ => Ok(Asset::Damaged),
        })
    }
}

impl<R: Read + Seek> Entries<R> {
    fn unpack(&mut self, at: usize, most: usize) -> io::Result<Asset> {
        let entry = self.archive.by_index(at)?;
        if entry.size() > most as u64 {
            return Ok(Asset::TooLarge);
        }
        let mut bytes = Vec::new();
        let metered = Metered::new(entry, &mut self.unpacked, self.most);
        Ok(match metered.take(most as u64 + 1).read_to_end(&mut bytes)? {
            0 => Asset::Missing,
            read if read > most => Asset::TooLarge,
            _ => Asset::Bytes(bytes),
        })
    }
}
