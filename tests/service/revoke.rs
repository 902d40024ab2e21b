//! The proof of the grouped lookup (SECURITY R5): whatever ends or closes a share holds, once it has been acknowledged, for every
//! request that begins after, on every node, however warm its caches and whatever ETag it names.
//!
//! Once under load: workers ask two nodes for a share on every surface without pause. In their midst the share is ended. A worker
//! notes before it asks whether the end was acknowledged by then; if so, its answer must be the ended share's. And once in slow
//! motion, with the worst moment made to last: a lookup has read the share but its answer is on the way when the share ends.

use crate::{
    harness::{Answer, Answers, CANARY, Node, PASSWORD, Service, Share, client},
    proxy::Proxy,
    surfaces::{Gate, Kind, SURFACES, Surface},
};
use reqwest::{Client, Method};
use serde_json::json;
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::sync::Notify;

/// How hard two nodes are asked meanwhile.
#[derive(Clone, Copy)]
struct Load {
    /// In flight at once.
    workers: usize,
    /// Asked by each before the share may end, and again after.
    rounds: usize,
}

/// Two thousand readers at once.
const CROWD: Load = Load { workers: 2000, rounds: 3 };
/// Each of a few asks for every surface several times over.
const FEW: Load = Load { workers: 64, rounds: 24 };

/// What workers share.
struct Run {
    load: Load,
    nodes: [Node; 2],
    share: Share,
    gate: Gate,
    /// ETags by surface, from when the share was open.
    tags: HashMap<String, String>,
    /// Answers with content so far.
    shown: AtomicUsize,
    /// Told when there are enough of them.
    enough: Notify,
    /// Requests that began after the acknowledgement and were answered.
    refused: AtomicUsize,
    acknowledged: AtomicBool,
}

fn surfaces() -> Vec<&'static Surface> {
    SURFACES.iter().filter(|surface| !matches!(surface.kind, Kind::Unlock | Kind::Form)).collect()
}

/// Content, or leave to show content that was kept.
fn is_content(surface: &Surface, answer: &Answer) -> bool {
    let picture = surface.kind == Kind::Card && !answer.header("etag").is_empty();
    answer.status == 304 || answer.everything().contains(CANARY) || picture
}

async fn worker(run: Arc<Run>, number: usize) {
    let client = client();
    let surfaces = surfaces();
    let (mut before, mut after) = (0, 0);
    for turn in number.. {
        let surface = surfaces[turn % surfaces.len()];
        let node = &run.nodes[turn / surfaces.len() % 2];
        let request = surface.ask(&client, Method::GET, node, &run.share.code);
        let tag = run.tags.get(&format!("{surface:?}{}", node.base)).filter(|tag| !tag.is_empty() && turn % 3 == 0);
        let request = tag.iter().fold(request, |request, tag| request.header("if-none-match", *tag));

        let late = run.acknowledged.load(Ordering::SeqCst);
        let answer = request.answer().await;
        let content = is_content(surface, &answer);
        if late {
            assert!(!content, "{surface:?} was shown after the end: {answer:?}");
            assert_eq!(answer.status, surface.kind.status(run.gate), "{surface:?}: {answer:?}");
            run.refused.fetch_add(1, Ordering::SeqCst);
            after += 1;
        } else {
            before += 1;
            if content && run.shown.fetch_add(1, Ordering::SeqCst) == run.load.workers * run.load.rounds / 2 {
                run.enough.notify_one();
            }
        }
        // The end comes when everybody has begun; until then nobody stops.
        if after >= run.load.rounds {
            return;
        }
        assert!(before < 1000 * run.load.rounds, "the end never came");
    }
}

/// Asks for every surface on every node, so that all caches are warm, and keeps the ETags.
async fn warm(nodes: &[Node], share: &Share) -> HashMap<String, String> {
    let client: Client = client();
    let mut tags = HashMap::new();
    for node in nodes {
        for surface in surfaces() {
            let answer = surface.ask(&client, Method::GET, node, &share.code).answer().await;
            assert!(is_content(surface, &answer), "{surface:?}: {answer:?}");
            tags.insert(format!("{surface:?}{}", node.base), answer.header("etag").to_owned());
        }
    }
    tags
}

/// Runs the proof: `end` returns when the end was acknowledged, and what readers meet from then on is `gate`.
async fn holds_at_once(load: Load, gate: Gate, end: impl AsyncFnOnce(&Service, &Share)) {
    // All of them come from one address.
    let quotas = ["--limit-read=1000000/1000000", "--limit-attachment=1000000/1000000", "--limit-unknown-code=1000000/1000000"];
    let service = Service::start_with(&[&quotas[..], &["--connections-per-client=10000"]].concat()).await;
    let share = service.share("c1", json!({})).await;
    let nodes = [service.another_node().await, service.another_node().await];
    let tags = warm(&nodes, &share).await;
    let run = Arc::new(Run {
        load,
        nodes,
        share: share.clone(),
        gate,
        tags,
        shown: AtomicUsize::new(0),
        enough: Notify::new(),
        refused: AtomicUsize::new(0),
        acknowledged: AtomicBool::new(false),
    });
    let workers: Vec<_> = (0..load.workers).map(|number| tokio::spawn(worker(run.clone(), number))).collect();
    run.enough.notified().await;
    end(&service, &share).await;
    run.acknowledged.store(true, Ordering::SeqCst);
    for worker in workers {
        worker.await.expect("nothing was shown after the end");
    }
    assert!(run.refused.load(Ordering::SeqCst) >= load.workers * load.rounds);
}

/// The same in slow motion. A node's lookup has read the open share, and its answer is held on the way; the share ends; requests
/// begin; only then does the answer arrive. It is right for the request that asked for it and for no other.
async fn holds_while_an_older_answer_is_on_its_way(gate: Gate, end: impl AsyncFnOnce(&Service, &Share)) {
    let service = Service::start().await;
    let share = service.share("c1", json!({})).await;
    let proxy = Proxy::start(&service.database).await;
    let node = service.node_on(&proxy.database).await;
    let tags = warm(std::slice::from_ref(&node), &share).await;
    let ask = |surface: &'static Surface| {
        let tag = tags.iter().find(|(name, tag)| name.starts_with(&format!("{surface:?}")) && !tag.is_empty());
        let request = surface.ask(&client(), Method::GET, &node, &share.code);
        tokio::spawn(tag.iter().fold(request, |request, (_, tag)| request.header("if-none-match", *tag)).answer())
    };

    proxy.hold();
    let early = ask(&SURFACES[0]);
    assert!(proxy.holds(1, Duration::from_secs(30)).await, "the early request asks the database");
    end(&service, &share).await;
    let late: Vec<_> = surfaces().into_iter().map(|surface| (surface, ask(surface))).collect();
    // The other lookup worker has asked for the first of them. A lookup that wrongly waits for the older answer never asks.
    proxy.holds(2, Duration::from_secs(1)).await;
    proxy.let_go();

    let early = early.await.expect("an answer");
    assert!(is_content(&SURFACES[0], &early), "the early request was asked for in time: {early:?}");
    for (surface, answer) in late {
        let answer = answer.await.expect("an answer");
        assert!(!is_content(surface, &answer), "{surface:?} was shown after the end: {answer:?}");
        assert_eq!(answer.status, surface.kind.status(gate), "{surface:?}: {answer:?}");
    }
}

async fn revoke(service: &Service, share: &Share) {
    assert_eq!(service.revoke(share).await.status, 204);
}

async fn erase(service: &Service, _: &Share) {
    assert_eq!(service.erase("c1").await.status, 204);
}

async fn expire(service: &Service, share: &Share) {
    service.let_expire(share).await;
}

async fn lock(service: &Service, share: &Share) {
    assert_eq!(service.change(share, json!({"password": PASSWORD})).await.status, 200);
}

async fn restrict(service: &Service, share: &Share) {
    assert_eq!(service.change(share, json!({"privacy": "private"})).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_revoke_holds_at_once() {
    holds_at_once(FEW, Gate::Absent, revoke).await;
}

/// Two ends of each connection are files of this process.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_revoke_holds_at_once_for_thousands_in_flight() {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let (files, most) = getrlimit(Resource::RLIMIT_NOFILE).expect("a limit");
    let wanted = (8192.max(files)).min(most);
    setrlimit(Resource::RLIMIT_NOFILE, wanted, most).expect("a higher limit");
    holds_at_once(CROWD, Gate::Absent, revoke).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_deleted_conversation_is_gone_at_once() {
    holds_at_once(FEW, Gate::Absent, erase).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_expired_share_is_gone_at_once() {
    holds_at_once(FEW, Gate::Absent, expire).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_password_holds_at_once() {
    holds_at_once(FEW, Gate::Locked, lock).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_stricter_privacy_holds_at_once() {
    holds_at_once(FEW, Gate::SignIn, restrict).await;
}

#[tokio::test]
async fn every_end_holds_while_an_older_answer_is_on_its_way() {
    holds_while_an_older_answer_is_on_its_way(Gate::Absent, revoke).await;
    holds_while_an_older_answer_is_on_its_way(Gate::Absent, erase).await;
    holds_while_an_older_answer_is_on_its_way(Gate::Absent, expire).await;
    holds_while_an_older_answer_is_on_its_way(Gate::Locked, lock).await;
    holds_while_an_older_answer_is_on_its_way(Gate::SignIn, restrict).await;
}
