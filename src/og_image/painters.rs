//! The pool of drawing threads.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use bytes::Bytes;
use tokio::sync::oneshot;

use super::paint::Painter;
use super::{ACCENT, Card};

/// Why there is no picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaintError {
    /// Too many cards are waiting, or no drawing thread is left: ask again later.
    Busy,
    /// This card cannot be drawn, now or later.
    Failed,
}

struct Job {
    card: Card,
    reply: oneshot::Sender<Result<Bytes, PaintError>>,
}

/// A fixed pool of drawing threads. Fonts belong to a thread and take it 10 to 45 ms and 10 MB, so the threads are few and stay.
/// Dropping the pool ends them after the card in hand.
pub struct Painters {
    queue: SyncSender<Job>,
}

impl Painters {
    /// Starts `threads` drawing threads with at most `queue` cards waiting for them. Returns at once: the threads load their fonts
    /// while the caller goes on, and take cards as soon as they are warm.
    pub fn start(threads: usize, queue: usize) -> Painters {
        let (sender, receiver) = sync_channel(queue);
        let receiver = Arc::new(Mutex::new(receiver));
        for number in 0..threads {
            let receiver = Arc::clone(&receiver);
            // A thread the system refuses is missing like one that died: with none left the queue closes and cards are `Busy`.
            let _ = thread::Builder::new().name(format!("painter-{number}")).spawn(move || work(&receiver));
        }
        Painters { queue: sender }
    }

    /// Draws a card. Dropping the future leaves the card undrawn unless a thread has it in hand.
    pub async fn paint(&self, card: Card) -> Result<Bytes, PaintError> {
        let (reply, picture) = oneshot::channel();
        self.queue.try_send(Job { card, reply }).map_err(|error| match error {
            TrySendError::Full(_) | TrySendError::Disconnected(_) => PaintError::Busy,
        })?;
        picture.await.unwrap_or(Err(PaintError::Busy))
    }
}

fn work(queue: &Mutex<Receiver<Job>>) {
    let mut painter = None;
    for card in warming() {
        let _ = paint(&mut painter, &card);
    }
    loop {
        let Ok(Job { card, reply }) = queue.lock().unwrap_or_else(PoisonError::into_inner).recv() else { return };
        if !reply.is_closed() {
            // Whoever asked may have left meanwhile.
            let _ = reply.send(paint(&mut painter, &card).map(Bytes::from));
        }
    }
}

/// Paints with the thread's painter. After a panic its state is anybody's guess: the next card gets a new one, and the fonts, which
/// belong to the thread, stay warm.
fn paint(slot: &mut Option<Painter>, card: &Card) -> Result<Vec<u8>, PaintError> {
    catch_unwind(AssertUnwindSafe(|| {
        let mut painter = match slot.take() {
            Some(painter) => painter,
            None => Painter::new().map_err(|_| PaintError::Failed)?,
        };
        let picture = painter.paint(card).map_err(|_| PaintError::Failed)?;
        *slot = Some(painter);
        Ok(picture)
    }))
    .unwrap_or(Err(PaintError::Failed))
}

/// A card of each script, so that the first reader waits for no font.
pub fn warming() -> impl Iterator<Item = Card> {
    const LATIN: &str = "The quick brown fox jumps over the lazy dog, 0123456789 Größe Привет Καλημέρα";
    const WORDS: [&str; 8] = [
        LATIN,
        "漢字仮名交じり文をつくる",
        "简体中文的标题与摘要",
        "한국어 제목과 요약",
        "العنوان والملخص بالعربية ٠١٢٣٤٥٦٧٨٩",
        "כותרת ותקציר בעברית",
        "हिन्दी में शीर्षक, ชื่อเรื่องภาษาไทย",
        "🎉👩🏽‍💻🇺🇳❤️",
    ];
    WORDS.into_iter().map(|words| Card {
        brand: LATIN.to_owned(),
        mark: "V".to_owned(),
        accent: ACCENT,
        title: words.to_owned(),
        preview: words.to_owned(),
        foot_start: words.to_owned(),
        foot_end: LATIN.to_owned(),
    })
}
