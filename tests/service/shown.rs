//! What a share lets out: which version, which parts, and on which surface.

use crate::harness::{Answers, PASSWORD, Service, Share};
use reqwest::Method;
use serde_json::{Value, json};

/// Every kind of content, each with a word of its own.
fn every_kind() -> Value {
    json!({"title": "Wtitle", "model": "Wmodel", "messages": [
        {"role": "system", "parts": [{"type": "text", "text": "Wsystem"}]},
        {"role": "user", "author": "Wauthor", "parts": [
            {"type": "text", "text": "Wfirst"},
            {"type": "file", "name": "Wfile.txt", "text": "Wfiletext"}]},
        {"role": "assistant", "parts": [
            {"type": "reasoning", "text": "Wreasoning"},
            {"type": "tool_call", "name": "Wtool", "input": {"q": "Winput"}, "callId": "1"},
            {"type": "tool_result", "callId": "1", "output": [
                {"type": "text", "text": "Woutput"},
                {"type": "image", "name": "Wshot.png", "alt": "Wshotalt"}]},
            {"type": "text", "text": "Wsecond"},
            {"type": "image", "name": "Wimage.png", "alt": "Walt"}]},
        {"role": "user", "parts": [{"type": "text", "text": "Wthird"}]},
        {"role": "assistant", "parts": [{"type": "reasoning", "text": "Wonlythought"}]},
        {"role": "user", "parts": [{"type": "text", "text": "Wfifth"}]},
    ]})
}

const TOOLS: [&str; 3] = ["Wtool", "Winput", "Woutput"];
const THOUGHTS: [&str; 2] = ["Wreasoning", "Wonlythought"];
const ATTACHMENTS: [&str; 4] = ["Wfile.txt", "Wfiletext", "Wimage.png", "Walt"];
const TEXTS: [&str; 4] = ["Wfirst", "Wsecond", "Wthird", "Wfifth"];

/// Everything that a reader of an open share gets to see, by surface.
async fn seen(service: &Service, share: &Share) -> Vec<(String, String)> {
    let mut seen: Vec<(String, String)> = Vec::new();
    for (path, answer) in service.surfaces(share).await {
        assert_eq!(answer.status, 200, "{path}");
        seen.push((path, answer.everything()));
    }
    for accept in ["text/markdown", "application/json"] {
        let answer = service.node.request(Method::GET, &share.page()).header("accept", accept).answer().await;
        seen.push((format!("Accept: {accept}"), answer.everything()));
    }
    seen
}

#[tokio::test]
async fn what_is_left_out_is_on_no_surface_and_what_is_included_is() {
    let service = Service::start().await;
    let share = service.share_document("c1", &every_kind(), json!({})).await;
    let shot = ["Wshot.png", "Wshotalt"];
    for (include, words) in [
        (json!({}), [&TEXTS[..], &ATTACHMENTS].concat()),
        (json!({"attachments": false}), TEXTS.to_vec()),
        (json!({"attachments": false, "toolCalls": true}), [&TEXTS[..], &TOOLS].concat()),
        (json!({"toolCalls": true}), [&TEXTS[..], &ATTACHMENTS, &TOOLS, &shot].concat()),
        (json!({"attachments": false, "reasoning": true}), [&TEXTS[..], &THOUGHTS].concat()),
        (json!({"reasoning": true, "toolCalls": true}), [&TEXTS[..], &ATTACHMENTS, &TOOLS, &THOUGHTS, &shot].concat()),
        (json!({"attachments": false, "messages": [[2, 2], [5, 99]]}), vec!["Wsecond", "Wfifth"]),
        (json!({"reasoning": true, "messages": [[3, 4]]}), vec!["Wthird", "Wonlythought"]),
        (json!({"messages": [[4, 4]]}), vec![]),
        (json!({"messages": [[77, 99]]}), vec![]),
    ] {
        // What is not named would stay as the last round left it.
        let mut whole = json!({"toolCalls": false, "reasoning": false, "attachments": true, "messages": null});
        include.as_object().into_iter().flatten().for_each(|(name, value)| whole[name] = value.clone());
        assert_eq!(service.change(&share, json!({"include": whole})).await.status, 200);
        let all = [&TEXTS[..], &ATTACHMENTS, &TOOLS, &THOUGHTS, &shot, &["Wsystem", "Wauthor"]].concat();
        for (surface, text) in seen(&service, &share).await {
            let transcript = ["/s/", "/embed/", "Accept"].iter().any(|start| surface.starts_with(start));
            for word in &all {
                let wanted = words.contains(word) || (*word == "Wauthor" && words.contains(&"Wfirst"));
                let found = text.contains(word);
                // The head and the card may quote only what is shown; transcripts show all of it, but for pictures' names.
                assert!(wanted || !found, "{word} got out: {surface} {include}");
                let quiet = matches!(*word, "Walt" | "Wshotalt" | "Wimage.png" | "Wshot.png" | "Wfiletext");
                assert!(found || !wanted || !transcript || quiet, "{word} is missing: {surface} {include}");
            }
        }
    }
}

#[tokio::test]
async fn unlocking_gives_what_is_included_and_no_more() {
    let service = Service::start().await;
    let settings = json!({"password": PASSWORD, "include": {"messages": [[1, 2]], "attachments": false}});
    let code = service.share_document("c1", &every_kind(), settings).await.code;
    let unlock = service.node.post(&format!("/api/shares/{code}/unlock")).json(&json!({"password": PASSWORD})).answer().await;
    let grant = unlock.json()["grant"].as_str().expect("a grant").to_owned();
    let with_grant = |path: String| service.node.request(Method::GET, &path).header("vitrine-grant", &grant).answer();
    for (surface, text) in [
        ("unlock", unlock.everything()),
        ("page", with_grant(format!("/s/{code}")).await.everything()),
        ("Markdown", with_grant(format!("/s/{code}.md")).await.everything()),
        ("JSON", with_grant(format!("/s/{code}.json")).await.everything()),
        ("embed", with_grant(format!("/embed/{code}")).await.everything()),
    ] {
        assert!(text.contains("Wfirst") && text.contains("Wsecond"), "{surface}");
        for word in [&TOOLS[..], &THOUGHTS, &ATTACHMENTS, &["Wthird", "Wfifth", "Wsystem"]].concat() {
            assert!(!text.contains(word), "{word}: {surface}");
        }
    }
}

#[tokio::test]
async fn the_card_is_drawn_from_what_is_shown_alone() {
    let service = Service::start().await;
    let document = |hidden: &str, title: &str| {
        json!({"title": title, "createdAt": "2026-01-02T03:04:05Z", "messages": [
            {"role": "system", "content": hidden}, {"role": "user", "content": hidden}, {"role": "assistant", "content": "shown"}]})
    };
    let mut cards = Vec::new();
    for (id, hidden, title) in [("c1", "this", "one"), ("c2", "something quite different", "one"), ("c3", "this", "two")] {
        let share = service.share_document(id, &document(hidden, title), json!({"include": {"messages": [[2, 2]]}})).await;
        cards.push(service.node.get(&format!("/api/shares/{}/og-image", share.code)).await.body);
    }
    assert!(cards[0] == cards[1], "a hidden message left its mark");
    assert!(cards[0] != cards[2], "the title is on it");
}

fn version(number: u32) -> Value {
    json!({"title": format!("Title v{number}v"), "messages": [{"role": "user", "content": format!("Text v{number}v")}]})
}

/// The version that readers see, the same on every surface.
async fn seen_version(service: &Service, share: &Share) -> u32 {
    let seen = seen(service, share).await;
    let versions = (1..=9).filter(|number| seen.iter().any(|(_, text)| text.contains(&format!("v{number}v"))));
    let versions: Vec<u32> = versions.collect();
    assert_eq!(versions.len(), 1, "{versions:?}");
    let named = seen.iter().filter(|(_, text)| text.contains(&format!("v{}v", versions[0]))).count();
    assert!(named >= 8, "page, embed, twins twice, oEmbed twice and embed code say it: {named}");
    versions[0]
}

#[tokio::test]
async fn frozen_shares_wait_for_their_owner_and_live_ones_do_not() {
    let service = Service::start().await;
    let share = service.share_document("c1", &version(1), json!({})).await;
    assert_eq!(seen_version(&service, &share).await, 1);
    for (number, change, shown) in [
        (2, json!({}), 1),
        (2, json!({"publish": false}), 1),
        (2, json!({"privacy": "public"}), 1),
        (2, json!({"updates": "frozen"}), 1),
        (2, json!({"publish": true}), 2),
        (3, json!({"expiresIn": 5}), 2),
        (3, json!({"updates": "live"}), 3),
        (4, json!({}), 4),
        // What its readers see at that moment is what stays.
        (4, json!({"updates": "frozen"}), 4),
        (5, json!({}), 4),
        (6, json!({"updates": "live", "publish": true}), 6),
        (7, json!({"publish": true}), 7),
        (8, json!({"updates": "frozen", "publish": true}), 8),
        (9, json!({"include": {"toolCalls": true}}), 8),
    ] {
        service.put_document("c1", &version(number)).await;
        assert_eq!(service.change(&share, change.clone()).await.status, 200);
        assert_eq!(seen_version(&service, &share).await, shown, "after v{number} and {change}");
    }
    // A live share follows a push with no change in between, on a node that has the old page in memory.
    service.change(&share, json!({"updates": "live"})).await;
    assert_eq!(seen_version(&service, &share).await, 9);
    let etag = service.node.get(&share.page()).await.header("etag").to_owned();
    service.put_document("c1", &version(1)).await;
    assert_eq!(seen_version(&service, &share).await, 1);
    let asked = service.node.request(Method::GET, &share.page()).header("if-none-match", etag).answer().await;
    assert_eq!(asked.status, 200, "an ETag of the older version holds no more");
}

#[tokio::test]
async fn embed_origins_are_frame_ancestors_and_nothing_else() {
    let service = Service::start().await;
    let share = service.share("c1", json!({})).await;
    for (origins, ancestors) in [
        (json!(null), None),
        (json!([]), Some("frame-ancestors 'none'")),
        (json!(["https://blog.example"]), Some("frame-ancestors https://blog.example")),
        (
            json!(["https://*.docs.example", "HTTP://LocalHost:3000"]),
            Some("frame-ancestors http://localhost:3000 https://*.docs.example"),
        ),
    ] {
        assert_eq!(service.change(&share, json!({"embedOrigins": origins})).await.status, 200);
        for locked in [json!(null), json!(PASSWORD)] {
            service.change(&share, json!({"password": locked})).await;
            let frame = service.node.get(&format!("/embed/{}", share.code)).await;
            let policy = frame.header("content-security-policy");
            let directives: Vec<&str> = policy.split("; ").filter(|line| line.starts_with("frame-ancestors")).collect();
            assert_eq!((frame.status, directives), (200, ancestors.into_iter().collect()), "{origins} {policy}");
            assert_eq!(frame.header("x-frame-options"), "", "it would stand against the policy");
            let page = service.node.get(&share.page()).await;
            assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"), "the page is never framed");
        }
    }
}
