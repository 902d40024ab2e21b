//! `POST /api/imports`: what is stored, what is told while it runs, and what happens when it does not end well.

use crate::{
    harness::{Answer, Answers, CANARY, Service, client},
    owner_api::{assert_problem, bad_fields},
    raw,
};
use futures_util::StreamExt;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::io::{Cursor, Write};
use tokio::{
    io::AsyncWriteExt,
    time::{Duration, Instant},
};
use vitrine::postgres;
use zip::{ZipWriter, write::SimpleFileOptions};

/// One conversation of an export of ours.
fn one(id: &str) -> Value {
    json!({"vitrine": 1, "title": format!("Title {id}"), "source": {"format": "canonical", "id": id}, "messages": [{"role": "user", "content": format!("{CANARY} {id}")}]})
}

fn export(ids: &[&str]) -> String {
    json!(ids.iter().map(|id| one(id)).collect::<Vec<_>>()).to_string()
}

fn zipped(name: &str, text: &str) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file(name, SimpleFileOptions::default()).expect("an entry");
    writer.write_all(text.as_bytes()).expect("written");
    writer.finish().expect("an archive").into_inner()
}

/// A form of these parts: a name, a file's name, the bytes.
fn form(parts: &[(&str, Option<&str>, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, file, bytes) in parts {
        let file = file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
        let head = format!("--bound\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\nContent-Type: text/html\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--bound--\r\n");
    body
}

const FORM: &str = "multipart/form-data; boundary=bound";

impl Service {
    fn import(&self, content_type: &str, body: impl Into<reqwest::Body>) -> RequestBuilder {
        self.api(Method::POST, "/api/imports").header("content-type", content_type).body(body)
    }

    async fn stored_ids(&self) -> Vec<String> {
        let rows = self.sql("select external_id from conversation order by external_id").await;
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// Holds a conversation's row, so that whoever stores it waits.
    async fn held(&self, id: &str) -> tokio_postgres::Client {
        let client = postgres::pool::connect(&self.database).await.expect("a connection");
        let app = "select id from host_app where name = 'default'";
        client
            .batch_execute(&format!(
                "begin; insert into transcript (hash, body, json_size) values (decode(repeat('00', 32), 'hex'), '', 0);
                 insert into conversation (host_app_id, external_id, title, message_count, transcript_hash)
                 values (({app}), '{id}', '', 0, decode(repeat('00', 32), 'hex'))"
            ))
            .await
            .expect("held");
        client
    }

    /// Waits until no import of the tests' key runs.
    async fn imports_are_over(&self) {
        let key: i64 = self.sql("select id from api_key order by id limit 1").await[0].get(0);
        let limits = &self.node.app.rate_limits;
        loop {
            let places = (limits.begin_import(key), limits.begin_import(key));
            if let (Ok(_), Ok(_)) = places {
                return;
            }
            tokio::task::yield_now().await;
        }
    }
}

fn rows(answer: &Answer) -> Vec<Value> {
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/x-ndjson"), "{answer:?}");
    assert_eq!(answer.header("cache-control"), "no-store");
    let text = answer.text();
    assert!(text.is_empty() || text.ends_with('\n'), "{text}");
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

fn said(rows: &[Value]) -> Vec<String> {
    let word = |row: &Value, key: &str| row[key].as_str().unwrap_or("-").to_owned();
    rows.iter().map(|row| format!("{} {}", word(row, "status"), word(row, "conversationId"))).collect()
}

#[tokio::test]
async fn a_file_is_imported_raw_zipped_or_in_a_form_and_only_once() {
    let service = Service::start().await;
    let mut bad = one("bad");
    bad["messages"][0]["role"] = json!("robot");
    let text = json!([one("a"), bad, one("b")]).to_string();
    let answer = service.import("application/json", text.clone()).answer().await;
    let first = rows(&answer);
    assert_eq!(said(&first), ["imported canonical-a", "skipped -", "imported canonical-b"]);
    assert_eq!(first[0], json!({"conversationId": "canonical-a", "title": "Title a", "status": "imported", "messageCount": 1}));
    assert!(
        first[1]["reason"].as_str().is_some_and(|reason| reason.contains("role")) && first[1]["title"] == "Title bad",
        "{first:?}"
    );
    assert!(!answer.text().contains(CANARY), "a report is no content");
    let read = service.read("/api/conversations/canonical-b").await.json();
    assert!(read["conversation"].to_string().contains(&format!("{CANARY} b")) && read["ownerId"].is_null(), "{read}");
    let (before, bytes) = (service.rows().await, zipped("conversations.json", &text));
    for (content_type, body) in [
        ("application/zip", bytes.clone()),
        ("application/octet-stream", bytes.clone()),
        (FORM, form(&[("file", Some("export.zip"), &bytes)])),
        ("multipart/form-data; boundary=\"bound\"", form(&[("anything", Some(""), text.as_bytes())])),
        ("text/plain; charset=utf-8", text.clone().into_bytes()),
    ] {
        let again = rows(&service.import(content_type, body).answer().await);
        assert_eq!(said(&again), ["unchanged canonical-a", "skipped -", "unchanged canonical-b"], "{content_type}");
    }
    assert_eq!(service.rows().await, before);
}

#[tokio::test]
async fn other_products_files_come_in_by_the_same_door() {
    let service = Service::start().await;
    for (name, count) in [("open-webui.json", 3), ("grok-export.json", 2), ("librechat.json", 1), ("gemini-cli.json", 1)] {
        let file = std::fs::read(format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"))).expect("a fixture");
        let rows = rows(&service.import("application/json", file).answer().await);
        let imported: Vec<&Value> = rows.iter().filter(|row| row["status"] == "imported").collect();
        assert_eq!(imported.len(), count, "{name}: {rows:?}");
        for row in imported {
            let id = row["conversationId"].as_str().expect("an id");
            let share = service.api(Method::POST, "/api/shares").json(&json!({"conversationId": id})).answer().await.json();
            let page = service.node.get(&format!("/s/{}", share["shortCode"].as_str().expect("a code"))).await;
            assert!(page.status == 200 && page.text().contains("id=\"m1\"") && !page.text().contains("SECRET"), "{id}");
        }
    }
    let rows = rows(
        &service
            .import(
                "application/json",
                std::fs::read(format!("{}/tests/data/open-webui.json", env!("CARGO_MANIFEST_DIR"))).expect("a fixture"),
            )
            .answer()
            .await,
    );
    assert_eq!((&rows[0]["leftOut"], &rows[1]["unsupported"]), (&json!(1), &json!(["hologram"])));
}

#[tokio::test]
async fn only_an_api_key_imports_and_only_for_its_own_app() {
    let service = Service::start().await;
    let before = service.rows().await;
    let token = service.owner_token(json!({"ownerId": "ann"})).await;
    for (credential, status, code) in
        [("", 401, "unauthorized"), ("vk_wrong", 401, "unauthorized"), (token.as_str(), 403, "forbidden")]
    {
        let request = service.node.post("/api/imports").header("content-type", "application/json").body(export(&["a"]));
        let request = if credential.is_empty() { request } else { request.bearer_auth(credential) };
        assert_problem(&request.answer().await, status, code);
    }
    for owner in ["", "%00", "a%0Ab", &"x".repeat(201)] {
        let refused = service.api(Method::POST, &format!("/api/imports?ownerId={owner}")).body(export(&["a"])).answer().await;
        assert_eq!((refused.status, bad_fields(&refused)), (422, vec!["ownerId".to_owned()]));
    }
    assert_eq!(service.rows().await, before);
    let answer = service.import("application/json", export(&["a"])).answer().await;
    assert_eq!(said(&rows(&answer)), ["imported canonical-a"]);
    let answer = service.api(Method::POST, "/api/imports").body(export(&["a"])).answer().await;
    assert_eq!(said(&rows(&answer)), ["unchanged canonical-a"], "no type is bytes");
    let foreign = service.foreign_key().await;
    let answer = service.node.post("/api/imports").bearer_auth(&foreign).body(export(&["a"])).answer().await;
    assert_eq!(said(&rows(&answer)), ["imported canonical-a"], "another app's is its own");
}

/// What one import for an owner told.
async fn imported_for(service: &Service, owner: &str, file: &str) -> Vec<Value> {
    rows(&service.api(Method::POST, &format!("/api/imports?ownerId={owner}")).body(file.to_owned()).answer().await)
}

fn id(row: &Value) -> String {
    row["conversationId"].as_str().unwrap_or_else(|| panic!("no id: {row}")).to_owned()
}

#[tokio::test]
async fn two_owners_import_the_same_file_and_each_keeps_theirs() {
    let service = Service::start().await;
    let file = export(&["a", "b"]);
    let ann = imported_for(&service, "ann", &file).await;
    let bob = imported_for(&service, "bob", &file).await;
    let nobody = rows(&service.import("application/json", file.clone()).answer().await);
    for told in [&ann, &bob, &nobody] {
        assert!(told.iter().all(|row| row["status"] == "imported"), "{told:?}");
    }
    assert_eq!(service.stored_ids().await.len(), 6);
    for (owner, told) in [(json!("ann"), &ann), (json!("bob"), &bob), (json!(null), &nobody)] {
        for row in told {
            let read = service.read(&format!("/api/conversations/{}", id(row))).await.json();
            assert_eq!(read["ownerId"], owner, "{read}");
        }
    }
    let before = service.rows().await;
    for (owner, first) in [("ann", &ann), ("bob", &bob)] {
        let again = imported_for(&service, owner, &file).await;
        let same = |(again, first): (&Value, &Value)| again["status"] == "unchanged" && id(again) == id(first);
        assert!(again.iter().zip(first).all(same), "{again:?}");
    }
    assert_eq!(service.rows().await, before);
}

#[tokio::test]
async fn a_file_replaces_no_conversation_of_another_owner_whatever_it_names() {
    let service = Service::start().await;
    let changed = |id: &str| {
        let mut other = one(id);
        other["messages"][0]["content"] = json!("something else");
        json!([other]).to_string()
    };
    // What bob's file will be called is ann's already: pushed by the host app, which names what it likes.
    let theirs = id(&imported_for(&service, "bob", &export(&["a"])).await[0]);
    let push = async |id: &str, owner: &str| {
        let answer = service.api(Method::PUT, &format!("/api/conversations/{id}{owner}")).json(&one("pushed")).answer().await;
        assert!(matches!(answer.status, 200 | 201), "{answer:?}");
    };
    push(&theirs, "?ownerId=ann").await;
    push("canonical-b", "?ownerId=ann").await;
    let before = service.stored().await;
    let mine = async |owner: &str, id: &str| match owner {
        "" => rows(&service.import("application/json", changed(id)).answer().await),
        owner => imported_for(&service, owner, &changed(id)).await,
    };
    for (owner, id) in [("bob", "a"), ("", "b")] {
        let told = mine(owner, id).await;
        let reason = told[0]["reason"].as_str().unwrap_or_default();
        assert!(told.len() == 1 && told[0]["status"] == "skipped" && reason.contains("another owner"), "{owner} {told:?}");
        assert_eq!(told[0]["title"], format!("Title {id}"));
    }
    // Nor does a file give an owner to what has none.
    let hers = id(&imported_for(&service, "ann", &export(&["c"])).await[0]);
    service.erase(&hers).await;
    push(&hers, "").await;
    assert_eq!(mine("ann", "c").await[0]["status"], "skipped");
    service.erase(&hers).await;
    assert_eq!(service.stored().await, before, "nothing of it was stored");
    // The host app moves what it names itself.
    push(&theirs, "?ownerId=bob").await;
    assert_eq!(service.read(&format!("/api/conversations/{theirs}")).await.json()["ownerId"], "bob");
    assert_eq!(mine("bob", "a").await[0]["status"], "imported");
}

#[tokio::test]
async fn a_second_conversation_of_one_id_does_not_replace_the_first() {
    let service = Service::start().await;
    let (mut longer, mut renamed) = (one("a"), one("b"));
    longer["messages"].as_array_mut().expect("messages").push(json!({"role": "assistant", "content": "more"}));
    renamed["title"] = json!("Renamed");
    let file = json!([one("a"), one("b"), longer, one("a"), renamed]).to_string();
    let first = rows(&service.import("application/json", file.clone()).answer().await);
    let told = ["imported canonical-a", "imported canonical-b", "skipped -", "unchanged canonical-a", "skipped -"];
    assert_eq!(said(&first), told);
    assert!(first[2]["reason"].as_str().is_some_and(|reason| reason.contains("same id")) && first[4]["title"] == "Renamed");
    let before = (service.rows().await, service.stored().await);
    let again = rows(&service.import("application/json", file).answer().await);
    assert_eq!(said(&again), told.map(|row| row.replace("imported", "unchanged")));
    assert_eq!((service.rows().await, service.stored().await), before);
    assert_eq!(service.read("/api/conversations/canonical-a").await.json()["messageCount"], 1, "the first");
}

#[tokio::test]
async fn what_is_no_file_or_no_export_is_a_problem_and_stores_nothing() {
    let service = Service::start().await;
    let before = service.rows().await;
    let (text, zip) = (export(&["a"]), zipped("conversations.json", &export(&["a"])));
    let file = ("file", Some("a.json"), text.as_bytes());
    for (content_type, body, status, code) in [
        ("application/x-www-form-urlencoded", text.clone().into_bytes(), 415, "unsupported_media_type"),
        ("image/png", text.clone().into_bytes(), 415, "unsupported_media_type"),
        ("multipart/mixed; boundary=bound", form(&[file]), 415, "unsupported_media_type"),
        ("multipart/form-data", form(&[file]), 400, "malformed"),
        ("multipart/form-data; boundary=other", form(&[file]), 400, "malformed"),
        (FORM, form(&[file])[..100].to_vec(), 400, "malformed"),
        (FORM, vec![], 400, "malformed"),
        (FORM, vec![b'-'; 300 << 10], 400, "malformed"),
        (FORM, [b"--bound\r\nContent-Disposition: form-data; name=\"".to_vec(), vec![b'x'; 300 << 10]].concat(), 400, "malformed"),
        ("application/zip", zip[..zip.len() - 10].to_vec(), 400, "damaged"),
        ("application/zip", b"PK\x03\x04 no archive".to_vec(), 400, "damaged"),
        ("application/zip", zipped("a.png", "no conversation"), 400, "unknown_format"),
        ("application/json", b"{\"hello\": 1}".to_vec(), 400, "unknown_format"),
        ("application/json", b"[]".to_vec(), 400, "no_conversations"),
        ("application/json", b"[{\"vitrine\"".to_vec(), 400, "truncated"),
        ("application/octet-stream", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), 400, "unknown_format"),
    ] {
        let answer = service.import(content_type, body).answer().await;
        assert_problem(&answer, status, code);
        assert!(!answer.text().contains(CANARY), "{answer:?}");
    }
    for (parts, field) in [
        (vec![("ownerId", None, &b"ann"[..]), file], "ownerId"),
        (vec![file, ("colour", None, b"red")], "colour"),
        (vec![file, ("other", Some("b.json"), text.as_bytes())], "other"),
        (vec![], "file"),
    ] {
        let answer = service.import(FORM, form(&parts)).answer().await;
        // A form without any part is no form by its grammar either.
        assert!(
            answer.status == 422 && bad_fields(&answer) == [field] || parts.is_empty() && answer.status == 400,
            "{field}: {answer:?}"
        );
    }
    let packed = service.import("application/json", text).header("content-encoding", "gzip").answer().await;
    assert_problem(&packed, 415, "unsupported_media_type");
    assert_eq!(service.rows().await, before);
}

#[tokio::test]
async fn a_file_over_the_limit_is_refused_before_it_is_read_whole() {
    let service = Service::start_with(&["--import-bytes=64KiB"]).await;
    let large = json!([one("a"), {"padding": "x".repeat(64 << 10)}]).to_string();
    let head = |kind: &str, framing: &str| {
        format!(
            "POST /api/imports HTTP/1.1\r\nHost: v\r\nAuthorization: Bearer {}\r\nContent-Type: {kind}\r\n{framing}\r\n\r\n",
            service.key
        )
    };
    for (kind, declared) in [("application/json", (64_u64 << 10) + 1), (FORM, 1 << 20), ("application/zip", 1 << 50)] {
        // Not one byte of the body is sent.
        let mut stream = raw::connect(&service.node).await;
        stream.write_all(head(kind, &format!("Content-Length: {declared}")).as_bytes()).await.expect("sent");
        let answer = raw::until(&mut stream, "\r\n\r\n").await;
        assert_eq!(raw::status(&answer), 413, "{answer}");
    }
    let mut stream = raw::connect(&service.node).await;
    let mut chunked = head("application/json", "Transfer-Encoding: chunked").into_bytes();
    chunked.extend(format!("{:x}\r\n{large}", large.len()).into_bytes());
    stream.write_all(&chunked).await.expect("sent");
    assert_eq!(raw::status(&raw::until(&mut stream, "\r\n\r\n").await), 413, "while it is read");
    let answer = service.import(FORM, form(&[("file", Some("a"), large.as_bytes())])).answer().await;
    assert_problem(&answer, 413, "too_large");
    assert_eq!(service.rows().await["conversation"], 0);
    let mut small = export(&["a"]);
    small.push_str(&" ".repeat((64 << 10) - small.len()));
    assert_eq!(said(&rows(&service.import("application/json", small.clone()).answer().await)), ["imported canonical-a"]);
    let answer = service.import(FORM, form(&[("file", Some("a"), small.as_bytes())])).answer().await;
    assert_eq!(said(&rows(&answer)), ["unchanged canonical-a"], "the limit itself, however it comes");
}

#[tokio::test]
async fn rows_arrive_while_the_import_runs() {
    let service = Service::start().await;
    let held = service.held("canonical-c").await;
    let response = service.import("application/json", export(&["a", "b", "c", "d"])).send().await.expect("an answer");
    let mut chunks = response.bytes_stream();
    let mut text = String::new();
    while text.lines().count() < 2 {
        text.push_str(&String::from_utf8_lossy(&chunks.next().await.expect("a row").expect("a chunk")));
    }
    assert!(!text.contains("canonical-c"), "which waits");
    assert_eq!(service.stored_ids().await, ["canonical-a", "canonical-b"], "what is told of is stored");
    held.batch_execute("rollback").await.expect("let go");
    while let Some(chunk) = chunks.next().await {
        text.push_str(&String::from_utf8_lossy(&chunk.expect("a chunk")));
    }
    let ends: Vec<&str> = text.lines().filter_map(|line| line.split('"').nth(3)).collect();
    assert_eq!(ends, ["canonical-a", "canonical-b", "canonical-c", "canonical-d"]);
}

#[tokio::test]
async fn a_file_that_breaks_off_says_so_at_the_end_and_a_second_run_completes_it() {
    let service = Service::start().await;
    let whole = export(&["a", "b", "c"]);
    for (file, code) in
        [(whole[..whole.len() - 10].to_owned(), "truncated"), (format!("{} and more", export(&["a", "b"])), "damaged")]
    {
        let rows = rows(&service.import("application/json", file).answer().await);
        let last = &rows[2];
        assert_eq!((rows.len(), &last["status"], &last["code"]), (3, &json!("failed"), &json!(code)), "{rows:?}");
        assert!(last["detail"].as_str().is_some_and(|detail| detail.ends_with('.')) && last["conversationId"].is_null(), "{last}");
        assert_eq!(service.stored_ids().await, ["canonical-a", "canonical-b"]);
    }
    let again = rows(&service.import("application/json", whole).answer().await);
    assert_eq!(said(&again), ["unchanged canonical-a", "unchanged canonical-b", "imported canonical-c"]);
}

#[tokio::test]
async fn a_client_that_goes_away_ends_the_import_after_the_conversation_at_hand() {
    let service = Service::start().await;
    let ids: Vec<String> = (0..2_000).map(|number| format!("{number:04}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let held = service.held("canonical-0001").await;
    let response = service.import("application/json", export(&ids)).send().await.expect("an answer");
    let mut chunks = response.bytes_stream();
    chunks.next().await.expect("a row").expect("a chunk");
    drop(chunks);
    held.batch_execute("rollback").await.expect("let go");
    service.imports_are_over().await;
    let stored = service.stored_ids().await;
    assert!((1..2_000).contains(&stored.len()), "{}", stored.len());
    for id in &stored {
        let read = service.read(&format!("/api/conversations/{id}")).await.json();
        assert!(read["conversation"].to_string().contains(CANARY), "{id} is whole");
    }
    let again = rows(&service.import("application/json", export(&ids)).answer().await);
    let unchanged = again.iter().filter(|row| row["status"] == "unchanged").count();
    assert_eq!((again.len(), unchanged, service.stored_ids().await.len()), (2_000, stored.len(), 2_000));
}

#[tokio::test]
async fn a_key_runs_two_imports_at_once() {
    let service = Service::start().await;
    let held = service.held("canonical-b").await;
    let begin = async || service.import("application/json", export(&["a", "b"])).send().await.expect("an answer");
    // Each has told of its first conversation and waits for the second.
    let running = [begin().await, begin().await];
    let refused = service.import("application/json", export(&["a"])).answer().await;
    assert_problem(&refused, 429, "too_many_requests");
    assert_eq!(refused.header("retry-after"), "10");
    let foreign = service.foreign_key().await;
    let other = service.node.post("/api/imports").bearer_auth(&foreign).body(export(&["a"])).answer().await;
    assert_eq!(other.status, 200, "another key");
    held.batch_execute("rollback").await.expect("let go");
    for response in running {
        assert!(response.text().await.expect("the rest").contains("canonical-b"));
    }
    service.imports_are_over().await;
    assert_eq!(service.import("application/json", export(&["a"])).answer().await.status, 200);
}

#[tokio::test]
async fn a_database_that_goes_away_is_the_last_row() {
    let service = Service::start().await;
    let held = service.held("canonical-b").await;
    let response = service.import("application/json", export(&["a", "b", "c"])).send().await.expect("an answer");
    let mut chunks = response.bytes_stream();
    let mut text = String::from_utf8_lossy(&chunks.next().await.expect("a row").expect("a chunk")).into_owned();
    let ended =
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    while service.sql(ended).await.is_empty() {}
    while let Some(chunk) = chunks.next().await {
        text.push_str(&String::from_utf8_lossy(&chunk.expect("a chunk")));
    }
    let last: Value = serde_json::from_str(text.lines().last().expect("a row")).expect("JSON");
    assert_eq!((&last["status"], &last["code"], text.lines().count()), (&json!("failed"), &json!("unavailable"), 2), "{text}");
    held.batch_execute("rollback").await.expect("let go");
    assert_eq!(service.stored_ids().await, ["canonical-a"]);
}

/// On a clock that jumps whenever everybody waits: nothing that needs the database may be asked while it does.
#[tokio::test]
async fn an_upload_that_stands_still_is_given_up() {
    let service = Service::start().await;
    let mut still = raw::connect(&service.node).await;
    let head = format!(
        "POST /api/imports HTTP/1.1\r\nHost: v\r\nAuthorization: Bearer {}\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n",
        service.key
    );
    still.write_all(head.as_bytes()).await.expect("sent");
    // The handler asks for the body: the key has been looked up.
    raw::until(&mut still, "100 Continue\r\n\r\n").await;
    still.write_all(b"[").await.expect("sent");
    tokio::time::pause();
    let began = Instant::now();
    let answer = raw::rest(&mut still).await;
    let waited = began.elapsed();
    tokio::time::resume();
    assert_eq!(raw::status(&answer), 408, "{answer}");
    assert!((Duration::from_secs(29)..Duration::from_secs(40)).contains(&waited), "{waited:?}");
    service.imports_are_over().await;
}

#[tokio::test]
async fn an_upload_leaves_nothing_in_the_directory() {
    let service = Service::start().await;
    let directory = service.node.app.data.clone();
    let kept = client();
    for body in [export(&["a"]), "[{".to_owned()] {
        kept.post(format!("{}/api/imports", service.node.base)).bearer_auth(&service.key).body(body).answer().await;
    }
    // Other tests upload into it at the same time; none of them leaves a name either.
    assert_eq!(std::fs::read_dir(directory).expect("the directory").count(), 0);
}
