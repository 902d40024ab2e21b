//! `/s/{code}.md` and `.json`: the page for programs, with the same access.

use crate::harness::{Answers, CANARY, PASSWORD, PICTURE_FILE, Service, conversation};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn the_page_answers_in_the_form_that_is_asked_for() {
    let service = Service::start().await;
    let share = service.share("c1", json!({})).await;
    let (page, markdown, json) = ("text/html; charset=utf-8", "text/markdown; charset=utf-8", "application/json");
    for (accept, form) in [
        ("", page),
        ("*/*", page),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", page),
        ("text/markdown", markdown),
        ("text/markdown, text/html;q=0.9", markdown),
        ("text/html, text/markdown", page),
        ("text/markdown;q=0.5, */*;q=0.1", markdown),
        ("application/json", json),
        ("Application/JSON", json),
        ("application/json;q=0.9, text/markdown;q=0.8", json),
        ("text/markdown, application/json;q=0.5", markdown),
        ("application/json;q=0", page),
        ("image/png", page),
    ] {
        let request = service.node.request(Method::GET, &share.page());
        let request = if accept.is_empty() { request } else { request.header("accept", accept) };
        let answer = request.answer().await;
        assert_eq!((answer.status, answer.header("content-type")), (200, form), "{accept}");
        let vary = answer.header("vary").to_lowercase();
        assert!(vary.split(", ").any(|name| name == "accept") && vary.contains("accept-encoding"), "{accept}: {vary}");
    }
    // A twin's own address is always that twin.
    for (suffix, form) in [(".md", markdown), (".json", json)] {
        let answer =
            service.node.request(Method::GET, &format!("{}{suffix}", share.page())).header("accept", "text/html").answer().await;
        assert_eq!((answer.status, answer.header("content-type")), (200, form));
        assert_eq!(answer.header("x-robots-tag"), "noindex, nofollow, noarchive");
        let etag = answer.header("etag").to_owned();
        let asked = service.node.request(Method::GET, &format!("{}{suffix}", share.page())).header("if-none-match", etag);
        assert_eq!(asked.answer().await.status, 304);
    }
}

#[tokio::test]
async fn twins_have_the_access_of_their_page() {
    let service = Service::start().await;
    let locked = service.share("c1", json!({"password": PASSWORD})).await;
    let private = service.share("c2", json!({"privacy": "private"})).await;
    let open = service.share("c3", json!({})).await;
    let other = service.share("c4", json!({"password": PASSWORD})).await;
    let (grant, foreign) = (service.unlock(&locked, PASSWORD).await, service.unlock(&other, PASSWORD).await);
    let get = async |path: String, accept: &str, grant: &str| {
        service.node.request(Method::GET, &path).header("accept", accept).header("vitrine-grant", grant).answer().await
    };
    for (suffix, accept) in [(".md", "*/*"), (".json", "*/*"), ("", "text/markdown"), ("", "application/json")] {
        let path = |share: &crate::harness::Share| format!("{}{suffix}", share.page());
        for (share, grant, status) in [
            (&locked, "", 401),
            (&locked, "v4.local.nonsense", 401),
            (&locked, foreign.as_str(), 401),
            (&private, "", 401),
            (&private, grant.as_str(), 401),
        ] {
            let answer = get(path(share), accept, grant).await;
            assert_eq!((answer.status, answer.header("cache-control")), (status, "no-store"), "{suffix} {accept}");
            assert_eq!(answer.header("content-type"), "application/problem+json");
            assert!(!answer.everything().contains(CANARY) && answer.header("etag").is_empty(), "{suffix} {accept}");
        }
        let unlocked = get(path(&locked), accept, &grant).await;
        assert_eq!((unlocked.status, unlocked.header("cache-control")), (200, "no-store"));
        assert!(unlocked.text().contains(CANARY) && unlocked.header("etag").is_empty());
        assert_eq!(get(path(&open), accept, "").await.header("cache-control"), "public, no-cache");
    }
    service.change(&locked, json!({"password": "another password"})).await;
    service.revoke(&open).await;
    for suffix in [".md", ".json"] {
        let after = get(format!("{}{suffix}", locked.page()), "*/*", &grant).await;
        assert!(after.status == 401 && !after.everything().contains(CANARY), "a grant ends with its password");
        assert_eq!(get(format!("{}{suffix}", open.page()), "*/*", "").await.status, 404);
    }
}

/// The parts of each message, with its role.
fn said(document: &Value) -> Vec<(Value, Value)> {
    let messages = document["messages"].as_array().expect("messages").iter();
    messages.map(|message| (message["role"].clone(), message["parts"].clone())).collect()
}

#[tokio::test]
async fn the_json_twin_can_be_pushed_again_and_says_the_same() {
    let service = Service::start().await;
    let share = service.share("c1", json!({"include": {"toolCalls": true, "reasoning": true}})).await;
    let twin = service.node.get(&format!("{}.json", share.page())).await.json();
    assert_eq!((&twin["vitrine"], &twin["title"]), (&json!(1), &json!(format!("Title {CANARY}"))));
    // All but the system's message, whose number nobody has.
    let mut original = conversation();
    original["messages"][2]["parts"][0]["durationSec"] = json!(14.0);
    // Bytes have an address by now, and sides.
    let url = format!("{}{}/files/{PICTURE_FILE}", service.node.base, share.page());
    original["messages"][1]["parts"][1] =
        json!({"type": "image", "name": format!("{CANARY}.png"), "url": url, "mime": "image/png", "width": 3, "height": 2});
    let expected: Vec<_> = said(&original).into_iter().skip(1).collect();
    assert_eq!(said(&twin), expected);
    let numbers: Vec<_> = twin["messages"].as_array().expect("messages").iter().map(|message| message["number"].as_u64()).collect();
    assert_eq!(numbers, [Some(1), Some(2), Some(3), Some(4)]);

    let again = service.share_document("c2", &twin, json!({"include": {"toolCalls": true, "reasoning": true}})).await;
    let second = service.node.get(&format!("{}.json", again.page())).await.json();
    assert_eq!(second, twin, "word for word, numbers and times included");
}

#[tokio::test]
async fn the_markdown_twin_reads_as_a_transcript() {
    let service = Service::start().await;
    let share = service.share("c1", json!({"include": {"toolCalls": true, "reasoning": true}})).await;
    let text = service.node.get(&format!("{}.md", share.page())).await.text();
    let places: Vec<Option<usize>> = [
        format!("# Title {CANARY}"),
        format!("<{}{}>", service.node.base, share.page()),
        "## Emily".to_owned(),
        format!("First question {CANARY}"),
        format!("[Image: {CANARY}.png](<{}{}/files/{PICTURE_FILE}>)", service.node.base, share.page()),
        format!("> Reasoning {CANARY}"),
        format!("Tool {CANARY}"),
        format!("Result {CANARY}"),
        format!("First **answer** {CANARY}"),
        "```rust\nfn main() {}\n```".to_owned(),
        format!("Second question {CANARY}"),
        format!("Second answer {CANARY}"),
    ]
    .iter()
    .map(|words| text.find(words))
    .collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}\n{text}");
    assert!(!text.contains(&format!("System {CANARY}")));
}
