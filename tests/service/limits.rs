//! Quotas (SPEC section 6): who is counted by what, and what the one refused is told.

use crate::{
    harness::{Answer, Answers, CANARY, Node, Service, Share, client},
    surfaces::{Kind, SURFACES},
};
use reqwest::{Client, Method};
use serde_json::json;

/// More tries than any quota here stands while the tests run.
const ENOUGH: usize = 5000;

fn refused(answer: &Answer, what: &str) {
    assert_eq!(answer.status, 429, "{what}: {answer:?}");
    let seconds: u64 = answer.header("retry-after").parse().expect("seconds");
    assert!((1..=60).contains(&seconds), "{what}: {seconds}");
    assert_eq!(answer.header("cache-control"), "no-store", "{what}");
    assert!(!answer.everything().contains(CANARY), "{what}");
}

async fn page(client: &Client, node: &Node, code: &str, forwarded: &str) -> Answer {
    client.get(format!("{}/s/{code}", node.base)).header("x-forwarded-for", forwarded).answer().await
}

/// Asks until refused; returns how many were answered before.
async fn until_refused(client: &Client, node: &Node, code: &str, forwarded: &str, status: u16) -> usize {
    for count in 0..ENOUGH {
        let answer = page(client, node, code, forwarded).await;
        if answer.status != status {
            refused(&answer, "page");
            return count;
        }
    }
    panic!("never refused");
}

#[tokio::test]
async fn a_hundred_at_once_then_a_pace() {
    let service = Service::start_with(&["--trusted-proxies=127.0.0.1"]).await;
    let share = service.share("c1", json!({})).await;
    let client = client();
    let answered = until_refused(&client, &service.node, &share.code, "192.0.2.1", 200).await;
    assert!(answered >= 100, "{answered}");
    assert_eq!(page(&client, &service.node, &share.code, "192.0.2.2").await.status, 200, "another client");
    assert_eq!(page(&client, &service.node, &share.code, "2001:db8::1").await.status, 200);
}

#[tokio::test]
async fn every_surface_is_limited_by_one_count() {
    let service = Service::start_with(&["--limit-read=1/1"]).await;
    let share = service.share("c1", json!({})).await;
    let client = client();
    let first = SURFACES[0].ask(&client, Method::GET, &service.node, &share.code).answer().await;
    assert_eq!(first.status, 200);
    // Attachments have a count of their own.
    for surface in SURFACES.iter().filter(|surface| surface.kind != Kind::File) {
        for code in [share.code.as_str(), "0123456789AB"] {
            let answer = surface.ask(&client, surface.method(), &service.node, code).answer().await;
            refused(&answer, &format!("{surface:?}"));
        }
    }
}

/// Also of what names no share, or nothing at all.
#[tokio::test]
async fn what_leads_nowhere_is_counted_too() {
    for path in
        ["/oembed?url=https%3A%2F%2Felsewhere.example%2Fs%2Fx", "/oembed", "/oembed?format=yaml", "/embed/0123456789AB?from=x"]
    {
        let service = Service::start_with(&["--limit-read=1/1"]).await;
        let first = service.node.get(path).await.status;
        assert!(matches!(first, 400 | 404 | 422 | 501), "{path}: {first}");
        refused(&service.node.get(path).await, path);
    }
}

/// Once a client guesses codes, every code is refused it: a hit must not show by its not being refused.
#[tokio::test]
async fn who_guesses_codes_is_refused_every_code() {
    let service = Service::start_with(&[
        "--trusted-proxies=127.0.0.1",
        "--limit-read=1000000/1000000",
        // The default lets a guesser try again after two seconds, which a busy machine takes to ask for all surfaces.
        "--limit-unknown-code=1/30",
    ])
    .await;
    let share = service.share("c1", json!({})).await;
    let gone = service.share("c2", json!({})).await;
    assert_eq!(service.revoke(&gone).await.status, 204);
    let client = client();
    // A revoked code counts like one that never was.
    let guessed = until_refused(&client, &service.node, &gone.code, "192.0.2.1", 404).await;
    assert!(guessed >= 30, "{guessed}");
    for surface in SURFACES {
        let hit = surface.ask(&client, surface.method(), &service.node, &share.code).header("x-forwarded-for", "192.0.2.1");
        refused(&hit.answer().await, &format!("{surface:?}"));
        let other = surface.ask(&client, surface.method(), &service.node, &share.code).header("x-forwarded-for", "192.0.2.2");
        assert!(other.answer().await.status < 400, "{surface:?}: another client");
    }
}

/// R16: without a trusted proxy, no header makes a new client of an old one.
#[tokio::test]
async fn forwarded_headers_count_only_from_trusted_proxies() {
    for trusted in [&[][..], &["--trusted-proxies=192.0.2.0/24"]] {
        let service = Service::start_with(&[trusted, &["--limit-read=1/3"]].concat()).await;
        let share = service.share("c1", json!({})).await;
        let client = client();
        let mut statuses = Vec::new();
        for number in 1..=5 {
            let forwarded = format!("198.51.100.{number}");
            let request = client.get(format!("{}{}", service.node.base, share.page())).header("x-forwarded-for", &forwarded);
            let request = request.header("x-real-ip", &forwarded).header("forwarded", format!("for={forwarded}"));
            statuses.push(request.answer().await.status);
        }
        assert_eq!(statuses, [200, 200, 200, 429, 429], "{trusted:?}");
    }
    let service = Service::start_with(&["--trusted-proxies=127.0.0.1", "--limit-read=1/3"]).await;
    let share = service.share("c1", json!({})).await;
    let client = client();
    // The client chose the left part, the proxy added the right one.
    for (number, status) in [(1, 200), (2, 200), (3, 200), (4, 429)] {
        let answer = page(&client, &service.node, &share.code, &format!("6.6.6.{number}, 198.51.100.1")).await;
        assert_eq!(answer.status, status, "{number}");
    }
    assert_eq!(page(&client, &service.node, &share.code, "198.51.100.2").await.status, 200);
}

async fn list(service: &Service, key: &str) -> Answer {
    service.node.request(Method::GET, "/api/shares").bearer_auth(key).answer().await
}

#[tokio::test]
async fn api_keys_have_quotas_of_their_own() {
    let service = Service::start_with(&["--limit-manage=1/4"]).await;
    let other = service.foreign_key().await;
    let minted = service.node.post("/api/owner-tokens").bearer_auth(&service.key).json(&json!({"ownerId": "emily"})).answer().await;
    let token = minted.json()["ownerToken"].as_str().expect("a token").to_owned();
    // A token counts for the key it was minted with.
    for status in [200, 200, 200] {
        assert_eq!(list(&service, &token).await.status, status);
    }
    refused(&list(&service, &token).await, "the token");
    refused(&list(&service, &service.key).await, "the key");
    assert_eq!(list(&service, &other).await.status, 200, "another key");
}

#[tokio::test]
async fn guessing_keys_is_refused() {
    let service = Service::start_with(&["--limit-unknown-code=1/5"]).await;
    let wrong = format!("{}x", &service.key[..service.key.len() - 1]);
    assert_eq!(list(&service, &service.key).await.status, 200);
    for _ in 0..5 {
        assert_eq!(list(&service, &wrong).await.status, 401);
    }
    refused(&list(&service, &wrong).await, "a sixth");
    assert_eq!(list(&service, &service.key).await.status, 200, "who has a key goes on");
}

/// Quotas are for readers and owners: an operator's balancer may ask as often as it likes.
#[tokio::test]
async fn health_is_not_limited() {
    let service = Service::start_with(&["--limit-read=1/1"]).await;
    let share: Share = service.share("c1", json!({})).await;
    assert_eq!(service.node.get(&share.page()).await.status, 200);
    refused(&service.node.get(&share.page()).await, "page");
    for path in ["/healthz", "/readyz", "/embed.js"] {
        assert_eq!(service.node.get(path).await.status, 200, "{path}");
    }
}
