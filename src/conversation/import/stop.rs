//! A file whose reader can be told to stop, wherever in it he is.

use std::{
    io::{self, Read, Seek, SeekFrom},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// Told when nobody waits for the file's conversations any more.
#[derive(Clone, Default)]
pub(super) struct Stop(Arc<AtomicBool>);

impl Stop {
    pub(super) fn tell(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_told(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A file that cannot be read any more once it was told to stop.
pub(super) struct Stoppable<F> {
    pub(super) file: F,
    pub(super) stop: Stop,
}

impl<F: Read> Read for Stoppable<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stop.is_told() {
            // Of no kind that is taken for the file's own trouble, or tried again.
            return Err(io::Error::other("nobody waits for this file any more"));
        }
        self.file.read(buffer)
    }
}

impl<F: Seek> Seek for Stoppable<F> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}
