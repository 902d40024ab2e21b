//! Requests that are broken off never leave another's answer behind (SECURITY R6: a pooled connection out of step showed people
//! each other's conversations in March 2023).
//!
//! Every share has a word of its own on every surface. Workers ask for them at random and break most requests off at a random moment.
//! The node keeps next to nothing in memory, so every answer is read from the database, rendered and compressed anew.

use crate::{
    harness::{Answers, PASSWORD, Service, client},
    surfaces::{Gate, Kind, SURFACES, Surface},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use reqwest::Method;
use serde_json::json;
use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::Poll,
};

const SHARES: usize = 24;
const WORKERS: u64 = 16;
const REQUESTS: usize = 250;

fn word(number: usize) -> String {
    format!("own-word-{number:03}-x")
}

/// Polls `future` at most so many times, then drops it.
async fn broken_off<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        // Woken again at once, so that the moment it ends does not depend on what it waits for.
        context.waker().wake_by_ref();
        future.as_mut().poll(context).map(Some)
    })
    .await
}

/// Whose word it shows, if any; a page with two is a crossing.
fn words(text: &str) -> Vec<usize> {
    (0..SHARES).filter(|number| text.contains(&word(*number))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn four_thousand_requests_broken_off_at_random_cross_nowhere() {
    let service = Service::start_with(&["--limit-read=1000000/1000000", "--cache-bytes=1024"]).await;
    let mut codes = Vec::new();
    for number in 0..SHARES {
        let id = format!("c{number}");
        let text = format!("{} {}", word(number), "and more ".repeat(number * 40));
        let message = json!({"role": "user", "parts": [{"type": "text", "text": text}]});
        let document = json!({"title": word(number), "messages": [message, message, message]});
        let pushed = service.node.put(&format!("/api/conversations/{id}")).bearer_auth(&service.key).json(&document).answer().await;
        assert_eq!(pushed.status, 201, "{pushed:?}");
        // Every fourth is locked and shows nothing.
        let password = if number % 4 == 3 { json!(PASSWORD) } else { json!(null) };
        let body = json!({"conversationId": id, "password": password});
        let created = service.node.post("/api/shares").bearer_auth(&service.key).json(&body).answer().await;
        codes.push(created.json()["shortCode"].as_str().expect("a code").to_owned());
    }
    let (codes, node) = (Arc::new(codes), Arc::new(service.another_node().await));
    let (whole, broken) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let asked: Arc<Vec<&Surface>> = Arc::new(
        SURFACES
            .iter()
            // These conversations have no picture.
            .filter(|surface| surface.method() == Method::GET && surface.kind != Kind::File)
            .collect(),
    );
    let workers: Vec<_> = (0..WORKERS)
        .map(|seed| {
            let (codes, node, asked, whole, broken) = (codes.clone(), node.clone(), asked.clone(), whole.clone(), broken.clone());
            tokio::spawn(async move {
                let mut random = StdRng::seed_from_u64(seed);
                let client = client();
                for _ in 0..REQUESTS {
                    let number = random.random_range(0..SHARES);
                    let surface = asked[random.random_range(0..asked.len())];
                    let gate = if number % 4 == 3 { Gate::Locked } else { Gate::Open };
                    let answer = surface.ask(&client, Method::GET, &node, &codes[number]).answer();
                    // A third is let through; the rest ends early, late or not at all.
                    let polls = if random.random_range(0..3) == 0 { usize::MAX } else { 1 << random.random_range(0..12) };
                    let Some(answer) = broken_off(answer, polls).await else {
                        broken.fetch_add(1, Ordering::Relaxed);
                        continue;
                    };
                    whole.fetch_add(1, Ordering::Relaxed);
                    assert_eq!(answer.status, surface.kind.status(gate), "{surface:?}: {answer:?}");
                    let own = gate == Gate::Open && surface.kind != Kind::Card;
                    assert_eq!(words(&answer.everything()), if own { vec![number] } else { vec![] }, "{surface:?} of {number}");
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.expect("no crossing");
    }
    let (whole, broken) = (whole.load(Ordering::Relaxed), broken.load(Ordering::Relaxed));
    assert!(whole > 500 && broken > 500, "{whole} answered, {broken} broken off");
}
