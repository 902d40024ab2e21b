//! `/api/conversations`: pushed, read, listed, erased.

use crate::{
    harness::{Answers, CANARY, PASSWORD, Service, conversation},
    owner_api::{assert_problem, bad_fields, encoded},
    raw,
};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::AsyncWriteExt;

fn said(text: &str) -> Value {
    json!({"title": text, "messages": [{"role": "user", "content": text}]})
}

async fn transcripts(service: &Service) -> i64 {
    service.rows().await["transcript"]
}

#[tokio::test]
async fn whatever_is_wrong_with_a_push_is_said_at_once() {
    let service = Service::start().await;
    let path = format!("/api/conversations/{}?ownerId=", "x".repeat(201));
    let answer = service.api(Method::PUT, &path).json(&json!({"title": 1, "messages": [{"role": "robot"}]})).answer().await;
    assert_eq!(bad_fields(&answer), ["conversationId", "ownerId", "title", "messages[0].role"]);
    let good = service.api(Method::PUT, &path).json(&conversation()).answer().await;
    assert_eq!(bad_fields(&good), ["conversationId", "ownerId"]);
    assert_eq!(service.sql("select 1 from conversation").await.len(), 0, "nothing is stored");
}

#[tokio::test]
async fn a_push_creates_then_updates_and_the_same_again_changes_nothing() {
    let service = Service::start().await;
    let push = async |document: &Value| service.put_document("c1", document).await;

    let created = push(&said("one")).await;
    assert_eq!(created.status, 201);
    let first = created.json();
    let names: Vec<&String> = first.as_object().expect("an object").keys().collect();
    assert_eq!(names, ["conversationId", "createdAt", "messageCount", "title", "updatedAt"]);
    assert_eq!((first["conversationId"].as_str(), first["messageCount"].as_i64()), (Some("c1"), Some(1)));

    let again = push(&said("one")).await;
    assert_eq!((again.status, again.json()), (200, first.clone()));

    let updated = push(&said("two")).await;
    assert_eq!(updated.status, 200);
    let second = updated.json();
    assert_eq!((&second["title"], &second["createdAt"]), (&json!("two"), &first["createdAt"]));
    assert_ne!(second["updatedAt"], first["updatedAt"]);

    let whole = service.read("/api/conversations/c1").await.json();
    assert_eq!(whole["conversation"]["messages"][0]["parts"], json!([{"type": "text", "text": "two"}]));
}

#[tokio::test]
async fn an_owner_is_named_once_and_stays_until_another_is_named() {
    let service = Service::start().await;
    let owner = async |query: &str| {
        let push = service.api(Method::PUT, &format!("/api/conversations/c1{query}")).json(&said("one"));
        push.answer().await.json()["ownerId"].clone()
    };
    assert_eq!(owner("?ownerId=ann").await, "ann");
    assert_eq!(owner("").await, "ann");
    assert_eq!(owner("?ownerId=b%C3%B6b%2F1").await, "böb/1");
    for bad in ["?ownerId=", "?ownerId=a%00b", &format!("?ownerId={}", "x".repeat(201))] {
        let answer = service.api(Method::PUT, &format!("/api/conversations/c1{bad}")).json(&said("two")).answer().await;
        assert_eq!((answer.status, bad_fields(&answer)), (422, vec!["ownerId".to_owned()]), "{bad}");
    }
    let kept = service.read("/api/conversations/c1").await.json();
    assert_eq!((&kept["ownerId"], &kept["title"]), (&json!("böb/1"), &json!("one")));
}

#[tokio::test]
async fn the_same_content_is_one_transcript_and_the_last_use_takes_it_away() {
    let service = Service::start().await;
    for id in ["c1", "c2"] {
        service.put_document(id, &said("one")).await;
    }
    let foreign = service.foreign_key().await;
    let pushed = service.node.put("/api/conversations/c1").bearer_auth(&foreign).json(&said("one")).answer().await;
    assert_eq!((pushed.status, transcripts(&service).await), (201, 1));

    service.put_document("c1", &said("two")).await;
    assert_eq!(transcripts(&service).await, 2);
    service.put_document("c2", &said("two")).await;
    assert_eq!(transcripts(&service).await, 2, "the other host app still has the first");
    let erased = service.node.request(Method::DELETE, "/api/conversations/c1").bearer_auth(&foreign).answer().await;
    assert_eq!((erased.status, transcripts(&service).await), (204, 1));
    let text = service.read("/api/conversations/c1").await.text();
    assert!(text.contains("two"), "another host app's erasure takes nothing of ours: {text}");
}

#[tokio::test]
async fn a_frozen_share_keeps_its_version_until_nobody_shows_it() {
    let service = Service::start().await;
    let share = service.share("c1", json!({})).await;
    for text in ["two", "three"] {
        service.put_document("c1", &said(text)).await;
    }
    assert_eq!(transcripts(&service).await, 2, "the shown and the newest");
    assert!(service.node.get(&share.page()).await.text().contains(CANARY));
    service.change(&share, json!({"publish": true})).await;
    assert_eq!(transcripts(&service).await, 1);
    service.put_document("c1", &said("four")).await;
    assert_eq!(transcripts(&service).await, 2);
    service.revoke(&share).await;
    assert_eq!(transcripts(&service).await, 1);
}

#[tokio::test]
async fn erasing_leaves_nothing_behind() {
    let service = Service::start().await;
    let share = service.share("c1", json!({"password": PASSWORD, "privacy": "unlisted"})).await;
    service.unlock(&share, PASSWORD).await;
    // A second version, so that the shown one is not the newest, and mailboxes on record.
    service.put_document("c1", &said(&format!("newer {CANARY}"))).await;
    service.change(&share, json!({"privacy": "private", "allowedEmails": [format!("{CANARY}@mail.example")]})).await;
    let stored = service.stored().await;
    assert!(stored.contains(&format!("Title {CANARY}")) && stored.contains(&format!("newer {CANARY}")), "{stored}");
    assert!(stored.contains("$argon2id$") && stored.contains("@mail.example"));

    let erase = async || service.api(Method::DELETE, "/api/conversations/c1").answer().await;
    let erased = erase().await;
    assert_eq!((erased.status, erased.body.len()), (204, 0));
    assert_problem(&erase().await, 404, "not_found");
    assert_problem(&service.read("/api/conversations/c1").await, 404, "not_found");
    assert_problem(&service.read("/api/shares/c1").await, 404, "not_found");
    assert_problem(&service.change(&share, json!({"expiresIn": null})).await, 404, "not_found");
    service.assert_dead(&share, CANARY).await;

    let (stored, rows) = (service.stored().await, service.rows().await);
    assert_eq!((rows["transcript"], rows["conversation"], rows["unlock_failure"]), (0, 0, 0));
    assert_eq!((rows["blob"], rows["transcript_blob"]), (0, 0));
    // The share's row stays, so that its code is never given out again.
    assert_eq!(rows["share"], 1);
    for gone in [CANARY, "$argon2id$", "mail.example", "c1,"] {
        assert!(!stored.contains(gone), "{gone}: {stored}");
    }
}

#[tokio::test]
async fn ids_are_the_host_apps_own_whatever_is_in_them() {
    let service = Service::start().await;
    let longest = "😀".repeat(200);
    for id in ["a/b/c", "ä ö", "日本語", "a%2Fb", "a?b#c&d", "a+b", " ", "o'; drop table share", "..x", "vk_key", &longest] {
        let pushed = service.put_document(id, &said("hello")).await;
        assert_eq!((pushed.status, &pushed.json()["conversationId"]), (201, &json!(id)), "{pushed:?}");
        let path = encoded(id);
        let read = service.read(&format!("/api/conversations/{path}")).await.json();
        assert_eq!((&read["conversationId"], &read["conversation"]["title"]), (&json!(id), &json!("hello")));

        let created = service.api(Method::POST, "/api/shares").json(&json!({"conversationId": id})).answer().await;
        assert_eq!((created.status, created.header("location")), (201, format!("/api/shares/{path}").as_str()), "{id}");
        let found = service.read(created.header("location")).await.json();
        assert_eq!(found, created.json()["settings"], "{id}");
        let page = service.node.get(&format!("/s/{}", created.json()["shortCode"].as_str().expect("a code"))).await;
        assert!(page.status == 200 && !page.everything().contains(&path), "{id} is in no public URL");

        let erased = service.api(Method::DELETE, &format!("/api/conversations/{path}")).answer().await;
        assert_eq!(erased.status, 204, "{id}");
    }
    for bad in ["x".repeat(201), "a\nb".to_owned(), "a\0b".to_owned(), "\u{85}".to_owned()] {
        let answer = service.put_document(&bad, &said("one")).await;
        assert_eq!((answer.status, bad_fields(&answer)), (422, vec!["conversationId".to_owned()]), "{bad:?}");
        assert_eq!(service.read(&format!("/api/conversations/{}", encoded(&bad))).await.status, 404);
    }
    assert_eq!(service.rows().await["conversation"], 0);
}

#[tokio::test]
async fn lists_page_newest_first_and_neither_skip_nor_repeat() {
    let service = Service::start().await;
    let ids: Vec<String> = (1..=7).map(|number| format!("c{number}")).collect();
    for id in &ids {
        service.put_document(id, &said(id)).await;
    }
    let listed = async |limit: u32| {
        let (mut all, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let page = service.read(&format!("/api/conversations?limit={limit}{cursor}")).await.json();
            let entries = page["conversations"].as_array().expect("a list").clone();
            assert!(entries.len() <= limit as usize && !page.to_string().contains("parts"), "entries, not conversations");
            all.extend(entries.iter().map(|entry| entry["conversationId"].as_str().expect("an id").to_owned()));
            pages += 1;
            match page["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return (all, pages),
            }
        }
    };
    let newest_first: Vec<String> = ids.iter().rev().cloned().collect();
    for (limit, pages) in [(1, 7), (3, 3), (7, 1), (100, 1)] {
        assert_eq!(listed(limit).await, (newest_first.clone(), pages), "{limit} a page");
    }
    // Ties are settled, so that the end of a page never falls between two that cannot be told apart.
    service.sql("update conversation set updated_at = '2026-01-01'").await;
    for limit in [1, 2, 3] {
        assert_eq!(listed(limit).await.0, newest_first, "{limit} a page, all of one instant");
    }
    service.put_document("c3", &said("newer")).await;
    assert_eq!(listed(3).await.0[0], "c3", "a new version comes to the front");

    let foreign = service.foreign_key().await;
    let seen = service.node.request(Method::GET, "/api/conversations").bearer_auth(&foreign).answer().await;
    assert_eq!(seen.json(), json!({"conversations": [], "nextCursor": null}));
}

#[tokio::test]
async fn lists_refuse_bad_limits_and_cursors_by_name() {
    let service = Service::start().await;
    service.share("c1", json!({})).await;
    for list in ["/api/conversations", "/api/shares"] {
        for (query, field) in [
            ("limit=0", "limit"),
            ("limit=101", "limit"),
            ("limit=-1", "limit"),
            ("limit=ten", "limit"),
            ("limit=99999999999", "limit"),
            ("cursor=", "cursor"),
            ("cursor=nonsense!", "cursor"),
            ("cursor=MQ", "cursor"),
            ("cursor=OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5LjE", "cursor"),
            ("cursor=MTcwMDAwMDAwMDAwMDAwMDAwMC4n", "cursor"),
        ] {
            let answer = service.read(&format!("{list}?{query}")).await;
            assert_problem(&answer, 422, "invalid");
            assert_eq!(bad_fields(&answer), [field], "{list}?{query}");
        }
        assert_eq!(service.read(&format!("{list}?limit=100&utm_source=x")).await.status, 200);
    }
    assert_eq!(
        service.read("/api/conversations?cursor=MTcwMDAwMDAwMDAwMDAwMDAwMC54").await.status,
        422,
        "a cursor of another list"
    );
}

#[tokio::test]
async fn answers_of_model_apis_are_pushed_as_they_are() {
    let service = Service::start().await;
    let response = json!({"object": "response", "model": "m", "output": [
        {"type": "reasoning", "summary": [], "encrypted_content": CANARY},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "from Responses", "annotations": []}]}]});
    let completion = json!({"choices": [{"message": {"role": "assistant", "content": "from Chat Completions"}}, {"message": {"role": "assistant", "content": CANARY}}]});
    let message = json!({"type": "message", "role": "assistant", "content": [{"type": "text", "text": "from Messages"}]});
    for (id, document, words) in
        [("r", &response, "from Responses"), ("c", &completion, "from Chat Completions"), ("m", &message, "from Messages")]
    {
        assert_eq!(service.put_document(id, document).await.status, 201, "{id}");
        let read = service.read(&format!("/api/conversations/{id}")).await.text();
        assert!(read.contains(words) && !read.contains(CANARY), "{id} {read}");
    }
    for (document, field) in [
        (json!({"output": [{"type": "function_call", "arguments": "{}"}]}), "output[0].name"),
        (json!({"choices": [{"message": {"content": "x"}}]}), "choices[0].message.role"),
        (json!({"type": "message", "role": "assistant", "content": [{"type": "tool_use"}]}), "content[0].name"),
    ] {
        let refused = service.put_document("bad", &document).await;
        assert_problem(&refused, 422, "invalid");
        assert_eq!(bad_fields(&refused), [field]);
    }
}

#[tokio::test]
async fn one_conversation_of_an_export_is_pushed_as_it_is() {
    let service = Service::start().await;
    let said = |id: &str, parent: Value, role: &str, text: &str| json!({"id": id, "parent": parent, "children": [], "message": {"author": {"role": role}, "content": {"content_type": "text", "parts": [text]}}});
    let export = json!({"title": "From ChatGPT", "current_node": "b", "mapping": {
        "a": said("a", json!(null), "user", "How?"), "b": said("b", json!("a"), "assistant", "So.")}});
    let answer = service.put_document("mine", &export).await;
    assert_eq!((answer.status, &answer.json()["title"], &answer.json()["messageCount"]), (201, &json!("From ChatGPT"), &json!(2)));
    assert_eq!(service.put_document("mine", &export).await.status, 200);
    let empty = service.put_document("mine", &json!({"title": "T", "mapping": {}})).await;
    assert_problem(&empty, 422, "invalid");
    assert_eq!(bad_fields(&empty), ["body"]);
}

#[tokio::test]
async fn large_pushes_that_do_not_come_keep_no_other_host_app_waiting() {
    let service = Service::start_with(&["--conversation-bytes=4KiB"]).await;
    let foreign = service.foreign_key().await;
    let mut stuck = Vec::new();
    for id in ["c1", "c2", "c3"] {
        let mut stream = raw::connect(&service.node).await;
        let head = format!(
            "PUT /api/conversations/{id} HTTP/1.1\r\nHost: v\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
             Content-Length: 100000\r\n\r\n",
            service.key
        );
        stream.write_all(head.as_bytes()).await.expect("sent");
        stream.write_all(&[b' '; 8 << 10]).await.expect("sent");
        stuck.push(stream);
    }
    // All of them are read as far as they may be.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let small = json!([{"role": "user", "content": "hello"}]);
    let attached = json!([{"role": "user", "content": [
        {"type": "file", "file": {"filename": "f", "file_data": format!("data:;base64,{}", "QUJD".repeat(3_000))}}]}]);
    for (key, document) in [(&foreign, &attached), (&service.key, &small)] {
        let push = service.node.put("/api/conversations/other").bearer_auth(key);
        // In chunks: nobody knows how much will come.
        let body = reqwest::Body::wrap_stream(futures_util::stream::iter([Ok::<_, std::io::Error>(document.to_string())]));
        let push = push.header("content-type", "application/json").body(body).answer();
        let answer = tokio::time::timeout(Duration::from_secs(10), push).await.expect("it does not wait");
        assert_eq!(answer.status, 201, "{answer:?}");
    }
}
