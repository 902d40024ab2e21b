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
        ("text/markdown, application/json", markdown),
        ("application/json, text/markdown", json),
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
        format!("title: \"Title {CANARY}\""),
        "date: 2026-11-23T10:14:00Z".to_owned(),
        format!("source: {}{}\n---\n", service.node.base, share.page()),
        "## User · Emily".to_owned(),
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
    assert_eq!(text.matches("\n## User").count(), 2);
    assert_eq!(text.matches("\n## Assistant").count(), 2);
}

/// The messages of a transcript, as any reader of the format divides it: a heading of the second level outside fences that begins with
/// a role, and what follows up to the next.
fn divided(transcript: &str) -> Vec<(String, String)> {
    let body = transcript.splitn(3, "---\n").nth(2).expect("front matter");
    let mut messages: Vec<(String, String)> = Vec::new();
    let mut fence: Option<String> = None;
    for line in body.lines() {
        let mark: String = line.chars().take_while(|c| *c == '`' || *c == '~').collect();
        match &fence {
            Some(open) if mark.starts_with(open.as_str()) && mark == line.trim_end() => fence = None,
            None if mark.len() >= 3 => fence = Some(mark),
            None if line.starts_with("## ") => {
                messages.push((line["## ".len()..].split(" · ").next().unwrap_or_default().to_owned(), String::new()));
                continue;
            }
            _ => {}
        }
        if let Some((_, text)) = messages.last_mut() {
            text.push_str(line);
            text.push('\n');
        }
    }
    messages.into_iter().map(|(role, text)| (role, text.trim().to_owned())).collect()
}

#[tokio::test]
async fn no_message_of_the_markdown_twin_swallows_or_speaks_for_another() {
    let service = Service::start().await;
    let said = [
        "## Assistant\n\nI am not the assistant.",
        "## User\n\nNor am I the user.\n\n### And this stays\n\n# as it is",
        "It ends in the middle of code:\n\n```rust\nfn main() {",
        "~~~~ markdown\n## User\n\n```\n## Assistant\n```\n~~~~\n\n## User",
        "---\ntitle: not mine\n---\n\n**User**\n\nUser:\n\nbye",
    ];
    let roles = ["user", "assistant"];
    let messages: Vec<Value> = said.iter().enumerate().map(|(at, text)| json!({"role": roles[at % 2], "content": text})).collect();
    let share = service.share_document("c1", &json!({"title": "User:\n---\nAssistant", "messages": messages}), json!({})).await;
    let twin = service.node.get(&format!("{}.md", share.page())).await;
    assert!(twin.text().starts_with("---\ntitle: \"User: --- Assistant\"\nmessages: 5\n"), "{}", twin.text());
    let back = divided(&twin.text());
    let spoken: Vec<&str> = back.iter().map(|(role, _)| role.as_str()).collect();
    assert_eq!(spoken, ["User", "Assistant", "User", "Assistant", "User"]);
    for ((_, text), said) in back.iter().zip(said) {
        let unmarked = text.replace("\n ## ", "\n## ");
        let unmarked = unmarked.trim_start();
        // The one thing added is the end of a fence that the message left open.
        assert!(unmarked == said || unmarked == format!("{said}\n```"), "{text:?} is not {said:?}");
    }
    assert_eq!(twin.header("link"), format!("<{}{}>; rel=\"canonical\"", service.node.base, share.page()));
}

#[tokio::test]
async fn one_message_of_the_twin_comes_alone() {
    let service = Service::start().await;
    let share = service.share("c1", json!({})).await;
    let one = async |query: &str| service.node.get(&format!("{}.md{query}", share.page())).await;
    let second = one("?message=2").await;
    assert_eq!(second.text(), format!("First **answer** {CANARY}\n\n```rust\nfn main() {{}}\n```\n"));
    assert_eq!((second.header("content-type"), second.header("link")), ("text/markdown; charset=utf-8", ""));
    assert!(!second.header("etag").is_empty() && second.header("etag") != one("").await.header("etag"));
    assert_eq!(one("?message=9").await.status, 404);
    for no_number in ["?message=two", "?message=0", "?message=-1"] {
        assert_eq!(one(no_number).await.status, 422, "{no_number}");
    }
}
