//! Attachments: pushed and imported, stored once, served to whom the share lets see them and to nobody else.

use crate::{
    harness::{Answer, Answers, BROWSER, CANARY, PASSWORD, PICTURE, PICTURE_FILE, Service, Share},
    import::{file, on},
    owner_api::{assert_problem, bad_fields},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use reqwest::Method;
use serde_json::{Value, json};
use std::io::Write;
use zip::write::SimpleFileOptions;

const SVG: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>";
const HTML: &str = "<!doctype html><script>alert(1)</script>";

fn data_url(media_type: &str, bytes: impl AsRef<[u8]>) -> String {
    format!("data:{media_type};base64,{}", BASE64_STANDARD.encode(bytes))
}

/// A GIF's head: another picture for every width.
fn gif(width: u16) -> Vec<u8> {
    [b"GIF89a".as_slice(), &width.to_le_bytes(), &[2, 0, 0, 0, 0, b';']].concat()
}

fn said(parts: Value) -> Value {
    json!({"title": "T", "messages": [{"role": "user", "parts": parts}]})
}

fn image(name: &str, bytes: impl AsRef<[u8]>) -> Value {
    json!({"type": "image", "name": name, "url": data_url("image/png", bytes)})
}

/// The addresses of attachments in a page or a twin, in order, without repetitions.
fn files(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for (at, _) in text.match_indices("/files/") {
        let start = text[..at].rfind("/s/").expect("a share's path");
        let end = text[at..].find(['"', '>', ')']).expect("an end") + at;
        let path = text[start..end].to_owned();
        if !found.contains(&path) {
            found.push(path);
        }
    }
    found
}

impl Service {
    async fn shown_files(&self, share: &Share) -> Vec<String> {
        let page = self.node.get(&share.page()).await;
        assert_eq!(page.status, 200, "{page:?}");
        files(&page.text())
    }

    async fn blobs(&self) -> (i64, i64) {
        let rows = self.rows().await;
        (rows["blob"], rows["transcript_blob"])
    }
}

#[tokio::test]
async fn a_pushed_picture_is_shown_with_its_sides_and_served() {
    let service = Service::start().await;
    let share = service.share("c1", json!({})).await;
    let path = format!("{}/files/{PICTURE_FILE}", share.page());
    let page = service.node.get(&share.page()).await.text();
    let markup = format!(
        "<a href=\"{path}\" rel=\"nofollow ugc noopener noreferrer\"><img src=\"{path}\" width=\"3\" height=\"2\" alt=\"{CANARY}.png\" loading=\"lazy\" decoding=\"async\"></a>"
    );
    assert!(page.contains(&markup), "{page}");
    let frame = service.node.get(&format!("/embed/{}", share.code)).await;
    assert!(frame.text().contains(&format!("<img src=\"{path}\" width=\"3\" height=\"2\"")));
    assert!(frame.text().contains(&format!("<a href=\"{path}\" target=\"_blank\"")), "it opens beside the host's page");

    let got = service.node.get(&path).await;
    assert_eq!((got.status, &got.body), (200, &BASE64_STANDARD.decode(PICTURE).expect("base64")));
    assert_eq!(got.header("content-type"), "image/png");
    assert_eq!(got.header("content-disposition"), format!("inline; filename=\"{CANARY}.png\"; filename*=UTF-8''{CANARY}.png"));
    let policy = got.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; ") && policy.ends_with("; sandbox"), "{policy}");
    assert_eq!((got.header("cache-control"), got.header("x-content-type-options")), ("public, no-cache", "nosniff"));
    assert_eq!(got.header("cross-origin-resource-policy"), "cross-origin", "a sandboxed frame is of no origin");

    let head = service.node.request(Method::HEAD, &path).answer().await;
    assert_eq!((head.status, head.header("content-length"), head.body.len()), (200, "73", 0));
    let again = service.node.request(Method::GET, &path).header("if-none-match", got.header("etag")).answer().await;
    assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, got.header("etag")));
    let other = service.node.request(Method::GET, &path).header("if-none-match", "\"other\"").answer().await;
    assert_eq!(other.status, 200);

    // Looking at a picture is no view, and its hash is nobody's business.
    let seen = service.node.request(Method::GET, &path).header("user-agent", BROWSER).answer().await;
    service.node.app.flush_views().await;
    let views: i64 = service.sql("select view_count from share").await[0].get(0);
    assert_eq!((seen.status, views), (200, 0));
    for twin in ["", ".md", ".json"] {
        let text = service.node.get(&format!("{}{twin}", share.page())).await.text();
        assert!(
            !text.contains("cb8bf47ebada0f61b8fafc9e7df893cb2") && !text.contains("\"blob\"") && !text.contains(PICTURE),
            "{twin}"
        );
        assert!(text.contains(&path), "{twin}");
    }
}

#[tokio::test]
async fn what_vendors_send_inline_is_taken_in() {
    let service = Service::start().await;
    let bytes = |number: u16| BASE64_STANDARD.encode(gif(number));
    let document = json!([
        {"role": "user", "content": [
            {"type": "image_url", "image_url": {"url": data_url("image/png", gif(1))}},
            {"type": "input_image", "image_url": data_url("image/png", gif(2))},
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": bytes(3)}},
            {"type": "document", "title": "notes.pdf", "source": {"type": "base64", "media_type": "application/pdf", "data": BASE64_STANDARD.encode("%PDF-1.7")}},
            {"type": "file", "file": {"filename": "table.csv", "file_data": data_url("text/csv", "a,b")}},
            {"type": "input_audio", "input_audio": {"format": "mp3", "data": BASE64_STANDARD.encode("ID3")}},
            {"type": "image_url", "image_url": {"url": "https://pictures.example/x.png"}}]},
        {"role": "assistant", "content": "![remote](https://pictures.example/y.png)", "images": [{"type": "image_url", "image_url": {"url": data_url("", gif(4))}}]},
    ]);
    let share = service.share_document("c1", &document, json!({})).await;
    let page = service.node.get(&share.page()).await.text();
    for width in 1..=4 {
        assert!(page.contains(&format!("width=\"{width}\" height=\"2\"")), "{width}: {page}");
    }
    assert_eq!(page.matches("<img ").count(), 4, "remote ones are links");
    assert!(page.contains("Image: remote — pictures.example") && page.contains(">pictures.example</a>"), "{page}");
    assert!(!page.contains("src=\"https://"));
    let mut seen = Vec::new();
    for path in files(&page) {
        let answer = service.node.get(&path).await;
        assert_eq!(answer.status, 200, "{path}");
        seen.push((answer.header("content-type").to_owned(), answer.header("content-disposition").to_owned()));
    }
    let kinds: Vec<&str> = seen.iter().map(|(kind, _)| kind.as_str()).collect();
    let (gif, file) = ("image/gif", "application/octet-stream");
    assert_eq!(kinds, [gif, gif, gif, file, file, file, gif]);
    for (at, name) in [(3, "notes.pdf"), (4, "table.csv"), (5, "audio.mp3")] {
        assert_eq!(seen[at].1, format!("attachment; filename=\"{name}\"; filename*=UTF-8''{name}"));
        assert!(page.contains(name), "{name}");
    }
    assert_eq!(page.matches(">Download</a>").count(), 3);
    assert!(page.contains("8 B"), "a file says how large it is");
}

#[tokio::test]
async fn what_claims_to_be_a_picture_and_is_none_is_only_downloaded() {
    let service = Service::start().await;
    let parts = json!([
        image("drawing.png", SVG),
        image("page.png", HTML),
        {"type": "image", "mime": "image/svg+xml", "url": data_url("image/svg+xml", SVG.replace("1", "2"))},
        {"type": "file", "name": "index.html", "mime": "text/html", "url": data_url("text/html", HTML.replace("1", "2"))},
        {"type": "file", "name": "photo.txt", "url": data_url("text/plain", gif(7))},
    ]);
    let share = service.share_document("c1", &said(parts), json!({})).await;
    let page = service.node.get(&share.page()).await.text();
    assert_eq!(page.matches("<img ").count(), 1, "the one that is a picture, whatever it is called: {page}");
    let files = files(&page);
    assert_eq!(files.len(), 5);
    for path in &files {
        let answer = service.node.get(path).await;
        let (kind, disposition) = (answer.header("content-type"), answer.header("content-disposition"));
        if path.ends_with(".gif") {
            assert_eq!((kind, disposition), ("image/gif", "inline; filename=\"photo.gif\"; filename*=UTF-8''photo.gif"));
            continue;
        }
        assert!(
            path.ends_with(".bin") && kind == "application/octet-stream" && disposition.starts_with("attachment; "),
            "{answer:?}"
        );
        assert!(answer.header("content-security-policy").ends_with("; sandbox"));
        // Nobody talks a file into another type.
        for wrong in ["png", "svg", "html"] {
            assert_eq!(service.node.get(&path.replace(".bin", &format!(".{wrong}"))).await.status, 404);
        }
    }
}

#[tokio::test]
async fn only_what_the_share_shows_is_served() {
    let service = Service::start().await;
    let document = json!({"title": "T", "messages": [
        {"role": "system", "parts": [image("system.gif", gif(1))]},
        {"role": "user", "parts": [image("first.gif", gif(2)), {"type": "text", "text": "one"}]},
        {"role": "assistant", "parts": [
            {"type": "tool_call", "name": "draw", "input": {}, "callId": "1"},
            {"type": "tool_result", "callId": "1", "output": [image("tool.gif", gif(3))]},
            {"type": "text", "text": "two"}, image("second.gif", gif(4))]},
    ]});
    let all = json!({"toolCalls": true, "attachments": true, "messages": null});
    let share = service.share_document("c1", &document, json!({"include": {"toolCalls": true}})).await;
    let everything = service.shown_files(&share).await;
    assert_eq!(everything.len(), 3, "never the system's");
    let served = async |share: &Share| {
        let mut statuses = Vec::new();
        for path in &everything {
            statuses.push(service.node.get(path).await.status);
        }
        // In the order of the page: the first, what the tool drew, the second.
        assert_eq!(service.shown_files(share).await.len(), statuses.iter().filter(|status| **status == 200).count());
        statuses
    };
    assert_eq!(served(&share).await, [200, 200, 200]);
    for (include, expected) in [
        (json!({"toolCalls": false}), [200, 404, 200]),
        (json!({"messages": [[2, 2]]}), [404, 200, 200]),
        (json!({"messages": [[1, 1]]}), [200, 404, 404]),
        (json!({"attachments": false}), [404, 404, 404]),
        (json!({}), [200, 200, 200]),
    ] {
        let mut whole = all.clone();
        include.as_object().into_iter().flatten().for_each(|(name, value)| whole[name] = value.clone());
        assert_eq!(service.change(&share, json!({"include": whole})).await.status, 200);
        assert_eq!(served(&share).await, expected, "{include}");
    }
    let tagged = service.node.get(&everything[0]).await;
    service.change(&share, json!({"include": {"attachments": false}})).await;
    let kept = service.node.request(Method::GET, &everything[0]).header("if-none-match", tagged.header("etag")).answer().await;
    assert_eq!(kept.status, 404, "not even to whom has it");

    // Another share has none of them, and a code that is none says the same.
    let other = service.share("c2", json!({})).await;
    for path in &everything {
        assert_eq!(service.node.get(&path.replace(&share.code, &other.code)).await.status, 404);
        assert_eq!(service.node.get(&path.replace(&share.code, "0123456789AB")).await.status, 404);
    }
    // A frame of some messages shows theirs.
    service.change(&share, json!({"include": all})).await;
    let frame = service.node.get(&format!("/embed/{}?from=2", share.code)).await.text();
    assert_eq!(files(&frame), everything[1..]);
}

#[tokio::test]
async fn a_revoke_and_a_new_version_hold_at_once() {
    let service = Service::start().await;
    let share = service.share_document("c1", &said(json!([image("a.gif", gif(1))])), json!({})).await;
    let other = service.another_node().await;
    let path = service.shown_files(&share).await.remove(0);
    let tag = service.node.get(&path).await.header("etag").to_owned();
    assert_eq!(other.get(&path).await.status, 200);
    // Frozen: a newer version changes nothing, until it is published.
    service.put_document("c1", &said(json!([image("b.gif", gif(2))]))).await;
    assert_eq!((service.node.get(&path).await.status, service.blobs().await), (200, (2, 2)));
    service.change(&share, json!({"publish": true})).await;
    let newer = service.shown_files(&share).await.remove(0);
    for node in [&service.node, &other] {
        assert_eq!((node.get(&path).await.status, node.get(&newer).await.status), (404, 200));
    }
    assert_eq!(service.blobs().await, (1, 1), "the old one went with its transcript");
    assert_eq!(service.revoke(&share).await.status, 204);
    for node in [&service.node, &other] {
        for tag in [tag.as_str(), "*"] {
            let answer = node.request(Method::GET, &newer).header("if-none-match", tag).answer().await;
            assert_problem(&answer, 404, "not_found");
        }
    }
}

#[tokio::test]
async fn a_protected_share_serves_with_a_grant_only() {
    let service = Service::start().await;
    let share = service.share("c1", json!({"password": PASSWORD})).await;
    let other = service.share("c2", json!({"password": PASSWORD})).await;
    let path = format!("{}/files/{PICTURE_FILE}", share.page());
    let none = path.replace(PICTURE_FILE, &PICTURE_FILE.replace('c', "0"));
    let (there, absent) = (service.node.get(&path).await, service.node.get(&none).await);
    for answer in [&there, &absent] {
        assert_problem(answer, 401, "locked");
        assert!(!answer.everything().contains(CANARY) && answer.header("etag").is_empty());
    }
    assert_eq!(there.body, absent.body, "whether there is such a file is not told");

    let grant = service.unlock(&share, PASSWORD).await;
    let foreign = service.unlock(&other, PASSWORD).await;
    let with = async |header: &str, value: &str, path: &str| -> Answer {
        service.node.request(Method::GET, path).header(header, value).answer().await
    };
    for opened in [
        // A frame's script, which has no origin, and the page's cookie.
        service.node.request(Method::GET, &path).header("vitrine-grant", &grant).header("origin", "null").answer().await,
        with("cookie", &format!("vitrine_grant={grant}"), &path).await,
    ] {
        assert_eq!((opened.status, opened.body.len(), opened.header("content-type")), (200, 73, "image/png"), "{opened:?}");
        let kept = ["cache-control", "etag", "set-cookie", "referrer-policy"].map(|name| opened.header(name));
        assert_eq!(kept, ["no-store", "", "", "no-referrer"]);
        assert_eq!(opened.header("cross-origin-resource-policy"), "same-origin", "no neighbour learns who may read it");
        assert_eq!(opened.header("access-control-allow-origin"), "*");
    }
    assert_eq!(with("vitrine-grant", &foreign, &path).await.status, 401);
    assert_eq!(with("vitrine-grant", &grant, &none).await.status, 404);
    let preflight = service.node.request(Method::OPTIONS, &path).header("origin", "null");
    let preflight = preflight.header("access-control-request-method", "GET").answer().await;
    assert!(preflight.header("access-control-allow-headers").contains("Vitrine-Grant"), "{preflight:?}");
    // The cookie that a form sets is sent below the page.
    let form = service.node.post(&format!("{}/unlock", share.page())).form(&[("password", PASSWORD)]).answer().await;
    assert!(form.header("set-cookie").contains(&format!("Path={};", share.page())), "{form:?}");
    service.change(&share, json!({"password": "another password"})).await;
    assert_eq!(with("vitrine-grant", &grant, &path).await.status, 401);

    let private = service.share("c3", json!({"privacy": "private", "allowedEmails": ["a@b.example"]})).await;
    let path = format!("{}/files/{PICTURE_FILE}", private.page());
    assert_problem(&service.node.get(&path).await, 401, "sign_in_required");
    assert_eq!(with("authorization", &format!("Bearer {}", service.key), &path).await.status, 200, "its owner needs neither");
}

#[tokio::test]
async fn the_same_bytes_are_stored_once_and_go_with_their_last_use() {
    let service = Service::start().await;
    let erase = async |key: &str, id: &str| {
        let path = format!("/api/conversations/{id}");
        service.node.request(Method::DELETE, &path).bearer_auth(key).answer().await.status
    };
    let both = said(json!([image("a.gif", gif(1)), image("b.gif", gif(2)), image("again.gif", gif(1))]));
    let one = said(json!([image("c.gif", gif(1))]));
    for (id, document) in [("c1", &both), ("c2", &one), ("c3", &both)] {
        assert_eq!(service.put_document(id, document).await.status, 201);
    }
    let foreign = service.foreign_key().await;
    let theirs = service.node.put("/api/conversations/c1").bearer_auth(&foreign).json(&one).answer().await;
    assert_eq!((theirs.status, service.blobs().await), (201, (2, 3)), "two transcripts, two pictures");
    assert_eq!(service.put_document("c1", &both).await.status, 200);
    assert_eq!(service.blobs().await, (2, 3));
    assert_eq!((erase(&service.key, "c1").await, service.blobs().await), (204, (2, 3)));
    assert_eq!((erase(&service.key, "c3").await, service.blobs().await), (204, (1, 1)));
    let share = service.share_document("c4", &one, json!({})).await;
    assert_eq!((erase(&service.key, "c2").await, erase(&foreign, "c1").await), (204, 204));
    assert_eq!(service.blobs().await, (1, 1), "c4 has it still");
    let path = service.shown_files(&share).await.remove(0);
    assert_eq!(service.node.get(&path).await.status, 200);
    assert_eq!((erase(&service.key, "c4").await, service.blobs().await), (204, (0, 0)));
    assert_eq!(service.node.get(&path).await.status, 404);
}

#[tokio::test]
async fn pushes_and_erasures_at_once_keep_what_is_used_and_nothing_else() {
    let service = Service::start().await;
    let document = |number: usize| said(json!([image("same.gif", gif(1)), {"type": "text", "text": number.to_string()}]));
    service.put_document("kept", &document(99)).await;
    for round in 0..4 {
        let pushes = (0..8).map(|number| async move { number });
        let (service, document) = (&service, &document);
        futures_util::future::join_all(pushes.map(|number| async move {
            let number: usize = number.await;
            let id = format!("c{number}");
            let pushed = service.put_document(&id, &document(number + round * 8)).await;
            assert!(matches!(pushed.status, 200 | 201), "{pushed:?}");
            if number.is_multiple_of(2) {
                assert_eq!(service.erase(&id).await.status, 204);
            }
        }))
        .await;
        let rows = service.rows().await;
        assert_eq!((rows["conversation"], rows["blob"], rows["transcript_blob"]), (5, 1, 5), "round {round}");
    }
}

#[tokio::test]
async fn bytes_are_named_only_by_the_host_app_that_sent_them() {
    let service = Service::start().await;
    let foreign = service.foreign_key().await;
    service
        .put_document("c1", &said(json!([image("a.gif", gif(1)), {"type": "file", "name": "b.txt", "url": "data:,hello"}])))
        .await;
    // What the API gives can be pushed again, by whom it gave it to.
    let given = service.read("/api/conversations/c1").await.json()["conversation"].clone();
    assert_eq!(given["messages"][0]["parts"][0]["blob"].as_str().map(str::len), Some(64));
    assert_eq!(
        service.put_document("c1", &given).await.json()["updatedAt"],
        service.read("/api/conversations/c1").await.json()["updatedAt"]
    );
    let mut longer = given.clone();
    longer["messages"].as_array_mut().expect("messages").push(json!({"role": "assistant", "content": "more"}));
    let share = service.share_document("c2", &longer, json!({})).await;
    assert_eq!(service.shown_files(&share).await.len(), 2);
    for path in service.shown_files(&share).await {
        assert_eq!(service.node.get(&path).await.status, 200);
    }
    // By nobody else: neither with the very same words, nor alone.
    for document in [&given, &longer, &said(json!([given["messages"][0]["parts"][1]]))] {
        let theirs = service.node.put("/api/conversations/c1").bearer_auth(&foreign).json(document).answer().await;
        assert_problem(&theirs, 422, "invalid");
        assert_eq!(bad_fields(&theirs), ["blob"]);
    }
    let list = service.node.request(Method::GET, "/api/conversations").bearer_auth(&foreign).answer().await.json();
    assert_eq!(list["conversations"], json!([]), "nothing was stored");
    for bad in [json!("b1"), json!(7), json!("0".repeat(64))] {
        let answer = service.put_document("c3", &said(json!([{"type": "image", "name": "x", "blob": bad}]))).await;
        assert_eq!(answer.status, 422, "{bad}");
        assert!(bad_fields(&answer)[0].ends_with("blob"), "{answer:?}");
    }
}

#[tokio::test]
async fn a_part_that_only_names_its_bytes_becomes_what_they_are() {
    let service = Service::start().await;
    service
        .put_document("c1", &said(json!([image("a.gif", gif(9)), {"type": "file", "name": "b.txt", "url": "data:,hello"}])))
        .await;
    let parts = service.read("/api/conversations/c1").await.json()["conversation"]["messages"][0]["parts"].clone();
    let (picture, file) = (&parts[0]["blob"], &parts[1]["blob"]);
    let parts = json!([
        {"type": "image", "blob": picture},
        {"type": "image", "blob": picture, "mime": "text/html", "width": 4000, "height": 1},
        {"type": "image", "name": "b.png", "mime": "image/png", "width": 5, "height": 5, "blob": file},
        {"type": "file", "name": "c.txt", "blob": picture},
    ]);
    let share = service.share_document("c2", &said(parts), json!({})).await;
    let page = service.node.get(&share.page()).await.text();
    assert_eq!(page.matches("<img ").count(), 3, "{page}");
    assert_eq!(page.matches("width=\"9\" height=\"2\"").count(), 3, "the sides it has: {page}");
    assert_eq!(page.matches(">Download</a>").count(), 1);
    for path in files(&page) {
        let answer = service.node.get(&path).await;
        let kind = if path.ends_with(".gif") { "image/gif" } else { "application/octet-stream" };
        assert_eq!((answer.status, answer.header("content-type")), (200, kind), "{path}");
    }
}

#[tokio::test]
async fn bytes_that_are_only_named_count_as_much_as_others() {
    let service = Service::start_with(&["--attachments-bytes=3KiB"]).await;
    let file = |name: &str, first: u8, length: usize| {
        let bytes = [vec![first], vec![0; length - 1]].concat();
        json!({"type": "file", "name": name, "url": data_url("", bytes)})
    };
    let mut names = Vec::new();
    for (id, first) in [("c1", 1), ("c2", 2)] {
        service.put_document(id, &said(json!([file("f", first, 2048)]))).await;
        let given = service.read(&format!("/api/conversations/{id}")).await.json();
        names.push(json!({"type": "file", "name": "f", "blob": given["conversation"]["messages"][0]["parts"][0]["blob"]}));
    }
    for parts in [json!([names[0], names[1]]), json!([names[0], file("g", 3, 1025)])] {
        let answer = service.put_document("c3", &said(parts)).await;
        assert_problem(&answer, 422, "invalid");
        assert!(bad_fields(&answer) == ["blob"] && answer.text().contains("together hold at most 3 KiB"), "{answer:?}");
    }
    let good = json!([names[0], names[0], file("g", 3, 1024)]);
    assert_eq!(service.put_document("c3", &said(good)).await.status, 201);
}

#[tokio::test]
async fn bytes_that_go_while_they_are_named_are_unknown_and_no_fault_of_ours() {
    let service = Service::start().await;
    service.put_document("c1", &said(json!([image("a.gif", gif(1))]))).await;
    let mut given = service.read("/api/conversations/c1").await.json()["conversation"].clone();
    given["title"] = json!("Another");
    let sweeping = vitrine::postgres::pool::connect(&service.database).await.expect("a connection");
    sweeping.batch_execute("begin; delete from transcript_blob; delete from blob").await.expect("swept");
    let pushing = async { service.put_document("c2", &given).await };
    let swept = async {
        // Until the push waits for the blob.
        let waits = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
        while service.sql(waits).await.is_empty() {}
        sweeping.batch_execute("commit").await.expect("committed");
    };
    let (answer, ()) = tokio::join!(pushing, swept);
    assert_problem(&answer, 422, "invalid");
    assert_eq!(bad_fields(&answer), ["blob"]);
    assert_eq!(service.rows().await["conversation"], 1, "nothing was stored");
}

#[tokio::test]
async fn what_is_over_a_limit_is_named_and_nothing_is_stored() {
    let service = Service::start_with(&["--attachment-bytes=2KiB", "--attachments-bytes=3KiB", "--conversation-bytes=4KiB"]).await;
    let bytes = |length: usize, first: u8| {
        let mut bytes = vec![0; length];
        bytes[0] = first;
        bytes
    };
    let part = |length, first| json!({"type": "file", "name": "f", "url": data_url("", bytes(length, first))});
    for (parts, fields, rule) in [
        (json!([part(2048, 1), part(2049, 2)]), vec!["messages[0].parts[1].url"], "at most 2 KiB"),
        (json!([part(2048, 1), part(1024, 2), part(1, 3)]), vec!["messages[0].parts[2].url"], "together hold at most 3 KiB"),
        (json!([{"type": "file", "file": {"file_data": "%%%"}}]), vec!["messages[0].parts[0].file.file_data"], "base64"),
        (
            json!([{"type": "image", "source": {"type": "base64", "data": "a b c !"}}]),
            vec!["messages[0].parts[0].source.data"],
            "base64",
        ),
    ] {
        let answer = service.put_document("c1", &said(parts)).await;
        assert_problem(&answer, 422, "invalid");
        assert_eq!(bad_fields(&answer), fields);
        assert!(answer.text().contains(rule), "{answer:?}");
    }
    // Words have their own limit, whatever is attached.
    let mut words = said(json!([part(2048, 1)]));
    words["messages"][0]["parts"][0]["text"] = json!("x".repeat(4096));
    assert_problem(&service.put_document("c1", &words).await, 413, "too_large");
    assert_eq!((service.blobs().await, service.rows().await["conversation"]), ((0, 0), 0));
    let good = said(json!([part(2048, 1), part(1024, 2), part(2048, 1)]));
    assert_eq!((service.put_document("c1", &good).await.status, service.blobs().await), (201, (2, 2)));

    let service = Service::start().await;
    let many = |count: u16| said((0..count).map(|number| image("x", gif(number + 1))).collect());
    let answer = service.put_document("c1", &many(201)).await;
    assert_eq!((answer.status, bad_fields(&answer)), (422, vec!["messages[0].parts[200].url".to_owned()]));
    let share = service.share_document("c1", &many(200), json!({})).await;
    let files = service.shown_files(&share).await;
    assert_eq!(files.len(), 200);
}

/// A page of two hundred pictures may be read twice in a row by one client, and then some.
#[tokio::test]
async fn pictures_have_a_quota_of_their_own() {
    let service = Service::start_with(&["--limit-read=1/2", "--limit-attachment=1/5"]).await;
    let share = service.share("c1", json!({})).await;
    let path = format!("{}/files/{PICTURE_FILE}", share.page());
    for _ in 0..5 {
        assert_eq!(service.node.get(&path).await.status, 200);
    }
    let refused = service.node.get(&path).await;
    assert_problem(&refused, 429, "too_many_requests");
    assert!(!refused.header("retry-after").is_empty());
    assert_eq!(service.node.get(&share.page()).await.status, 200, "the page is counted apart");

    let service = Service::start().await;
    let share = service.share("c1", json!({})).await;
    let (client, url) = (crate::harness::client(), format!("{}{}/files/{PICTURE_FILE}", service.node.base, share.page()));
    for number in 0..400 {
        assert_eq!(client.get(&url).answer().await.status, 200, "{number}");
    }
    // Guessed codes are counted with all the others.
    let service = Service::start_with(&["--limit-unknown-code=1/3"]).await;
    let share = service.share("c1", json!({})).await;
    for _ in 0..3 {
        assert_eq!(service.node.get(&format!("/s/0123456789AB/files/{PICTURE_FILE}")).await.status, 404);
    }
    for path in [format!("/s/0123456789AB/files/{PICTURE_FILE}"), format!("{}/files/{PICTURE_FILE}", share.page()), share.page()] {
        assert_eq!(service.node.get(&path).await.status, 429, "{path}");
    }
}

/// A file is read in slices while it is sent.
#[tokio::test]
async fn a_large_file_arrives_whole() {
    let service = Service::start().await;
    let bytes = |length: usize| (0..length).map(|at| (at * 7 / 13) as u8).collect::<Vec<u8>>();
    let lengths = [(256 << 10) - 1, 256 << 10, (256 << 10) + 1, 512 << 10, 3_000_001];
    let parts: Vec<Value> = lengths
        .iter()
        .map(|length| json!({"type": "file", "name": format!("{length}.bin"), "url": data_url("", bytes(*length))}))
        .collect();
    let share = service.share_document("c1", &said(json!(parts)), json!({})).await;
    for (path, length) in service.shown_files(&share).await.iter().zip(lengths) {
        let got = service.node.get(path).await;
        assert_eq!((got.status, got.header("content-length")), (200, length.to_string().as_str()));
        assert!(got.body == bytes(length), "{length}");
        let head = service.node.request(Method::HEAD, path).answer().await;
        assert_eq!((head.status, head.header("content-length"), head.body.len()), (200, length.to_string().as_str(), 0));
        let kept = service.node.request(Method::GET, path).header("if-none-match", got.header("etag")).answer().await;
        assert_eq!((kept.status, kept.body.len()), (304, 0));
    }
}

fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        zip.start_file(*name, SimpleFileOptions::default()).expect("an entry");
        zip.write_all(bytes).expect("written");
    }
    zip.finish().expect("an archive").into_inner()
}

/// A ChatGPT conversation of one message with these pieces.
fn chat(id: &str, pieces: Value, attachments: Value) -> Value {
    json!({"title": format!("Chat {id}"), "conversation_id": id, "current_node": "b", "mapping": {
        "a": {"id": "a", "message": null, "children": ["b"]},
        "b": {"id": "b", "parent": "a", "children": [], "message": {
            "author": {"role": "user"}, "metadata": {"attachments": attachments},
            "content": {"content_type": "multimodal_text", "parts": pieces}}}}})
}

#[tokio::test]
async fn an_archives_assets_come_with_their_conversations() {
    let service = Service::start().await;
    let pointer = |pointer: &str| json!({"content_type": "image_asset_pointer", "asset_pointer": pointer, "width": 9, "height": 9});
    let first = chat(
        "one",
        json!([
            pointer("file-service://file-AbCdEfGh1"),
            pointer("sediment://file_00ab00ab#p_1"),
            pointer("file-service://file-NotThere1"),
            "look"
        ]),
        json!([
            {"id": "file-AbCdEfGh1", "name": "holiday.jpeg", "mime_type": "image/jpeg"},
            {"id": "file-Table0001", "name": "table.csv", "mime_type": "text/csv", "size": 3},
            {"id": "file-Drawing01", "name": "logo.svg", "mime_type": "image/svg+xml"}]),
    );
    let second = chat("two", json!([pointer("file-service://file-AbCdEfGh1"), "again"]), json!([]));
    let large = vec![1; (10 << 20) + 1];
    let third = chat("three", json!([pointer("file-service://file-TooLarge1"), "big"]), json!([]));
    let bytes = archive(&[
        ("export/file-AbCdEfGh1-holiday.jpeg", &gif(5)),
        ("export/file-AbCdEfGh12.png", &gif(9)),
        ("export/deep/er/file_00ab00ab-shot.png", &gif(6)),
        ("file-Table0001-table.csv", b"a,b"),
        ("file-Drawing01-logo.svg", SVG.as_bytes()),
        ("file-TooLarge1.png", &large),
        ("export/conversations.json", json!([first, second, third, {"title": "Broken", "mapping": {}}]).to_string().as_bytes()),
    ]);
    let path = file("assets.zip", &bytes);
    let ran = on(&service, &["import", &path, "--json"]).await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let rows: Vec<(Value, Value)> = ran.json().iter().map(|row| (row["status"].clone(), row["unsupported"].clone())).collect();
    let imported = json!("imported");
    assert_eq!(rows[..2], [(imported.clone(), Value::Null), (imported.clone(), Value::Null)]);
    assert_eq!(rows[2], (imported, json!(["attachments over a limit"])), "named, and its words are here");
    assert_eq!(rows[3].0, json!("skipped"));
    assert_eq!(service.blobs().await, (4, 5), "one picture in two conversations");

    let shared = service.api(Method::POST, "/api/shares").json(&json!({"conversationId": "openai-one"})).answer().await.json();
    let code = shared["shortCode"].as_str().expect("a code");
    let page = service.node.get(&format!("/s/{code}")).await.text();
    let mut seen = Vec::new();
    for path in files(&page) {
        let answer = service.node.get(&path).await;
        assert_eq!(answer.status, 200);
        let name = answer.header("content-disposition").split('"').nth(1).unwrap_or_default().to_owned();
        seen.push((name, answer.header("content-type").to_owned(), answer.body));
    }
    seen.sort();
    let octets = "application/octet-stream";
    let row = |name: &str, kind: &str, bytes: &[u8]| (name.to_owned(), kind.to_owned(), bytes.to_vec());
    let shot = seen.iter().find(|(name, ..)| name.ends_with(".gif")).expect("the one without a name").0.clone();
    let mut expected = vec![
        row(&shot, "image/gif", &gif(6)),
        row("holiday.gif", "image/gif", &gif(5)),
        row("logo.svg", octets, SVG.as_bytes()),
        row("table.csv", octets, b"a,b"),
    ];
    expected.sort();
    assert_eq!(seen, expected);
    assert!(page.contains("width=\"5\" height=\"2\"") && page.contains("width=\"6\" height=\"2\""), "{page}");
    assert!(page.contains("9 × 9"), "the one that is not there has its place still");

    // Again, and nothing changes; without the assets it is another version, with names in their places.
    let again = on(&service, &["import", &path, "--json"]).await;
    assert!(again.json()[..3].iter().all(|row| row["status"] == "unchanged"), "{again:?}");
    assert_eq!(service.blobs().await, (4, 5));
    for id in ["one", "two", "three"] {
        assert_eq!(service.erase(&format!("openai-{id}")).await.status, 204);
    }
    assert_eq!(service.blobs().await, (0, 0));
}

#[tokio::test]
async fn an_upload_brings_its_pictures_too() {
    let service = Service::start().await;
    let pointer = json!({"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-AbCdEfGh1"});
    let conversations = json!([chat("one", json!([pointer, "look"]), json!([]))]).to_string();
    let takeout =
        json!([{"header": "Gemini Apps", "title": "Prompted look", "time": "2026-01-05T10:00:00.000Z", "products": ["Gemini Apps"],
        "attachedFiles": ["shot-1.gif"], "safeHtmlItem": [{"html": "<p>A picture.</p>"}]}])
        .to_string();
    let archives = [
        archive(&[("file-AbCdEfGh1-holiday.jpeg", &gif(5)), ("conversations.json", conversations.as_bytes())]),
        archive(&[("Takeout/shot-1.gif", &gif(6)), ("Takeout/shot-1.gif.txt", b"no"), ("Takeout/a.json", takeout.as_bytes())]),
    ];
    for (kept, bytes) in (1..).zip(archives) {
        let answer = service.api(Method::POST, "/api/imports").header("content-type", "application/zip").body(bytes).answer().await;
        assert!(answer.status == 200 && answer.text().contains("\"imported\""), "{answer:?}");
        assert_eq!(service.blobs().await, (kept, kept), "{answer:?}");
    }
}
