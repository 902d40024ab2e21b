//! The pool of drawing threads.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use bytes::Bytes;
use tokio::sync::oneshot;

use super::samples::samples;
use super::{Card, Painter};

/// Why there is no picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaintError {
    /// Too many cards are waiting, or no drawing thread is left: ask again later.
    Busy,
    /// This card cannot be drawn, now or later.
    Failed,
}

impl fmt::Display for PaintError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            PaintError::Busy => "too many preview cards are waiting to be drawn",
            PaintError::Failed => "the preview card could not be drawn",
        })
    }
}

impl std::error::Error for PaintError {}

/// A fixed pool of drawing threads. Fonts belong to a thread and cost it 10 to 45 ms and 10 MB, so the threads are few and stay.
/// Dropping the pool ends them once the cards already waiting are done.
pub struct Painters {
    queue: SyncSender<Job>,
}

struct Job {
    card: Card,
    reply: oneshot::Sender<Result<Bytes, PaintError>>,
}

impl Painters {
    /// Starts `threads` drawing threads with at most `queue` cards waiting for them. Returns at once: the threads load their fonts
    /// while the caller goes on, and take cards as soon as they are warm.
    pub fn start(threads: usize, queue: usize) -> Painters {
        Painters::with(threads, queue, || {
            let mut painter = Painter::new().ok()?;
            for (_, card) in samples() {
                painter.paint(&card).ok()?;
            }
            Some(move |card: &Card| painter.paint(card).ok())
        })
    }

    /// Draws a card. Dropping the future leaves the card undrawn unless a thread has it in hand already.
    pub async fn paint(&self, card: Card) -> Result<Bytes, PaintError> {
        let (reply, picture) = oneshot::channel();
        self.queue.try_send(Job { card, reply }).map_err(|_| PaintError::Busy)?;
        picture.await.unwrap_or(Err(PaintError::Busy))
    }

    /// `prepare` runs inside each thread, because what it returns may not leave it.
    fn with<D>(threads: usize, queue: usize, prepare: impl Fn() -> Option<D> + Clone + Send + 'static) -> Painters
    where
        D: FnMut(&Card) -> Option<Vec<u8>>,
    {
        let (sender, receiver) = sync_channel(queue);
        let receiver = Arc::new(Mutex::new(receiver));
        for number in 0..threads {
            let (receiver, prepare) = (Arc::clone(&receiver), prepare.clone());
            // A thread the system refuses is one less; with none at all the queue is closed and every card is `Busy`.
            let _ = thread::Builder::new().name(format!("painter-{number}")).spawn(move || work(&receiver, prepare));
        }
        Painters { queue: sender }
    }
}

/// Draws card after card until the pool is dropped. A panic costs its card and what the thread had prepared, whose state is anybody's
/// guess then; the next card prepares anew, which is quick because the loaded fonts stay with the thread.
fn work<D: FnMut(&Card) -> Option<Vec<u8>>>(queue: &Mutex<Receiver<Job>>, prepare: impl Fn() -> Option<D>) {
    let mut prepared = catch_unwind(AssertUnwindSafe(&prepare)).ok().flatten();
    loop {
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Job { card, reply }) = job else { return };
        if reply.is_closed() {
            continue;
        }
        let draw = prepared.take();
        let picture = catch_unwind(AssertUnwindSafe(|| {
            let mut draw = draw.or_else(&prepare)?;
            let picture = draw(&card);
            prepared = Some(draw);
            picture
        }));
        let picture = picture.unwrap_or(None);
        // Whoever asked may have left meanwhile.
        let _ = reply.send(picture.map(Bytes::from).ok_or(PaintError::Failed));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn titled(title: &str) -> Card {
        Card { title: title.to_owned(), ..samples().swap_remove(0).1 }
    }

    #[tokio::test]
    async fn a_panic_costs_its_card_only() {
        let painters = Painters::with(1, 4, || {
            Some(|card: &Card| {
                assert_ne!(card.title, "hopeless");
                Some(card.title.clone().into_bytes())
            })
        });
        assert_eq!(painters.paint(titled("hopeless")).await, Err(PaintError::Failed));
        assert_eq!(painters.paint(titled("fine")).await, Ok(Bytes::from("fine")));
    }

    #[tokio::test]
    async fn a_full_queue_is_busy() {
        let (started, has_started) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let released = Arc::new(Mutex::new(released));
        let painters = Painters::with(1, 1, move || {
            let (started, released) = (started.clone(), Arc::clone(&released));
            Some(move |_: &Card| {
                started.send(()).unwrap();
                released.lock().unwrap().recv().unwrap();
                Some(Vec::new())
            })
        });
        let painters = Arc::new(painters);
        let ask = || {
            let painters = Arc::clone(&painters);
            tokio::spawn(async move { painters.paint(titled("any")).await })
        };
        let drawing = ask();
        tokio::task::yield_now().await;
        has_started.recv().unwrap();
        let waiting = ask();
        tokio::task::yield_now().await;
        assert_eq!(painters.paint(titled("one too many")).await, Err(PaintError::Busy));
        release.send(()).unwrap();
        release.send(()).unwrap();
        assert_eq!((drawing.await.unwrap(), waiting.await.unwrap()), (Ok(Bytes::new()), Ok(Bytes::new())));
    }

    #[tokio::test]
    async fn a_pool_without_threads_is_busy() {
        assert_eq!(Painters::with(0, 4, || Some(|_: &Card| None)).paint(titled("any")).await, Err(PaintError::Busy));
    }

    #[tokio::test]
    async fn two_threads_draw_the_same_bytes() {
        let [one, other] = [Painters::start(1, 1), Painters::start(1, 1)];
        for (name, card) in samples() {
            let pictures = tokio::join!(one.paint(card.clone()), other.paint(card));
            assert!(pictures.0.is_ok() && pictures.0 == pictures.1, "{name}");
        }
    }
}
