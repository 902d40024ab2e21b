//! Bad input of every kind: a clear problem that names what is wrong, and nothing stored.

use crate::{
    harness::{Answer, Answers, CANARY, PASSWORD, Service, conversation},
    owner_api::{assert_problem, bad_fields},
};
use reqwest::{Body, Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const JSON: (&str, &str) = ("content-type", "application/json");

fn with_body(request: RequestBuilder, body: impl Into<Body>) -> RequestBuilder {
    request.header(JSON.0, JSON.1).body(body)
}

fn nested(levels: usize) -> String {
    format!("{}1{}", "[".repeat(levels), "]".repeat(levels))
}

/// Every route that takes JSON, by method and path.
fn json_routes(share: &str, locked: &str) -> Vec<(Method, String)> {
    vec![
        (Method::PUT, "/api/conversations/new".to_owned()),
        (Method::POST, "/api/owner-tokens".to_owned()),
        (Method::POST, "/api/shares".to_owned()),
        (Method::PATCH, format!("/api/shares/{share}")),
        (Method::POST, format!("/api/shares/{locked}/unlock")),
    ]
}

#[tokio::test]
async fn bodies_that_are_no_json_documents_are_refused_on_every_route() {
    let service = Service::start().await;
    let share = service.share("c1", json!({"password": PASSWORD})).await;
    let before = (service.rows().await, service.settings(&share).await);
    for (method, path) in json_routes(&share.id, &share.code) {
        for (name, body) in [
            ("empty", b"".to_vec()),
            ("white space", b" \n".to_vec()),
            ("cut off", br#"{"conversationId": "c1", "#.to_vec()),
            ("trailing", br#"{"conversationId": "c1"} {}"#.to_vec()),
            ("invalid UTF-8", b"{\"conversationId\": \"c\xff1\", \"password\": \"\xc3\x28\"}".to_vec()),
            ("UTF-16", b"\xff\xfe{\0}\0".to_vec()),
            ("a raw NUL", b"{\"conversationId\": \"c\x001\"}".to_vec()),
            ("a comment", b"// hello\n{}".to_vec()),
            ("not a number", br#"{"expiresIn": NaN}"#.to_vec()),
            ("deep nesting", format!(r#"{{"include": {}}}"#, nested(1000)).into_bytes()),
            ("deeper nesting", nested(1800).into_bytes()),
            ("a string", br#""c1""#.to_vec()),
            ("null", b"null".to_vec()),
        ] {
            let request = with_body(service.api(method.clone(), &path), body);
            let answer = request.answer().await;
            // A conversation may be any JSON by its syntax, so its document is what is wrong then.
            let is_conversation = method == Method::PUT && matches!(name, "a string" | "null");
            match is_conversation {
                true => assert_problem(&answer, 422, "invalid"),
                false => assert_problem(&answer, 400, "malformed"),
            }
            assert!(answer.json()["detail"].as_str().is_some_and(|detail| detail.len() < 300), "{name} {path}");
        }
        if method != Method::PUT {
            let answer = with_body(service.api(method.clone(), &path), "[]").answer().await;
            assert_problem(&answer, 400, "malformed");
            assert!(answer.text().contains("object"), "{}", answer.text());
        }
    }
    assert_eq!((service.rows().await, service.settings(&share).await), before);
}

#[tokio::test]
async fn other_media_types_and_compressed_bodies_are_refused_by_name() {
    let service = Service::start().await;
    let share = service.share("c1", json!({"password": PASSWORD})).await;
    let rows = service.rows().await;
    for (method, path) in json_routes(&share.id, &share.code) {
        let body = match method {
            Method::PUT => conversation().to_string(),
            _ => json!({"ownerId": "ann", "conversationId": "c1", "password": PASSWORD}).to_string(),
        };
        for media_type in ["", "text/plain", "text/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
            let request = service.api(method.clone(), &path).body(body.clone());
            let request = if media_type.is_empty() { request } else { request.header("content-type", media_type) };
            let answer = request.answer().await;
            assert_problem(&answer, 415, "unsupported_media_type");
            assert!(answer.text().contains("application/json"), "{media_type} {path} {}", answer.text());
        }
        for coding in ["gzip", "br", "zstd", "identity"] {
            let answer =
                with_body(service.api(method.clone(), &path), body.clone()).header("content-encoding", coding).answer().await;
            assert_problem(&answer, 415, "unsupported_media_type");
        }
    }
    assert_eq!(service.rows().await, rows);
    let taken = service.api(Method::PUT, "/api/conversations/c2").header("content-type", "Application/JSON; charset=utf-8");
    assert_eq!(taken.body(conversation().to_string()).answer().await.status, 201);
    let form = service.node.post(&format!("{}/unlock", share.page())).json(&json!({"password": PASSWORD})).answer().await;
    assert_eq!((form.status, form.header("content-type")), (415, "text/html; charset=utf-8"), "an error to a person is a page");
}

#[tokio::test]
async fn wrong_methods_are_told_the_right_ones() {
    let service = Service::start().await;
    let share = service.share("c1", json!({})).await;
    let (id, code) = (&share.id, &share.code);
    for (path, wrong, allow) in [
        ("/api/conversations".to_owned(), "POST", "GET, HEAD, OPTIONS"),
        ("/api/conversations/c1".to_owned(), "PATCH", "PUT, GET, DELETE, HEAD, OPTIONS"),
        ("/api/owner-tokens".to_owned(), "GET", "POST, OPTIONS"),
        ("/api/shares".to_owned(), "PUT", "GET, POST, HEAD, OPTIONS"),
        (format!("/api/shares/{id}"), "PUT", "GET, PATCH, DELETE, HEAD, OPTIONS"),
        (format!("/api/shares/{code}/unlock"), "GET", "POST, OPTIONS"),
        (format!("/api/shares/{code}/og-image"), "DELETE", "GET, HEAD, OPTIONS"),
        (format!("/s/{code}"), "DELETE", "GET, HEAD, OPTIONS"),
        (format!("/s/{code}.md"), "POST", "GET, HEAD, OPTIONS"),
        (format!("/s/{code}/unlock"), "GET", "POST, OPTIONS"),
        (format!("/embed/{code}"), "POST", "GET, HEAD, OPTIONS"),
        ("/oembed".to_owned(), "POST", "GET, HEAD, OPTIONS"),
        ("/embed.js".to_owned(), "PUT", "GET, HEAD, OPTIONS"),
    ] {
        let method: Method = wrong.parse().expect("a method");
        let answer = service.api(method, &path).answer().await;
        assert_eq!((answer.status, answer.header("allow")), (405, allow), "{wrong} {path}");
        if path.starts_with("/api") || path == "/oembed" {
            assert_problem(&answer, 405, "method_not_allowed");
        }
    }
    assert_eq!(service.settings(&share).await, share.settings);
}

#[tokio::test]
async fn a_bad_conversation_is_told_all_that_is_wrong_with_it_and_is_not_stored() {
    let service = Service::start().await;
    service.push("old").await;
    let (rows, old) = (service.rows().await, service.read("/api/conversations/old").await.json());
    let text = |text: &str| json!([{"role": "user", "content": text}]);
    for (document, fields) in [
        (json!({}), vec!["messages"]),
        (json!({"title": "T", "messages": {}}), vec!["messages"]),
        (json!({"messages": []}), vec!["messages"]),
        (json!([]), vec!["messages"]),
        (json!([{"role": "user", "content": "  "}]), vec!["messages"]),
        (json!([{"role": "robot", "content": "hello"}]), vec!["messages[0].role"]),
        (json!([{"content": "hello"}]), vec!["messages[0].role"]),
        (json!([{"role": "user", "content": 7}]), vec!["messages[0].content"]),
        (json!(["hello"]), vec!["messages[0]"]),
        (
            json!({"title": 1, "createdAt": "yesterday", "model": [], "messages": text("hello")}),
            vec!["title", "createdAt", "model"],
        ),
        (json!({"title": "x".repeat(501), "messages": text("hello")}), vec!["title"]),
        (json!({"title": "T", "messages": text("a\u{0}b")}), vec!["messages[0].content"]),
        (json!({"title": "a\u{0}b", "messages": text("hello")}), vec!["title"]),
        (json!([{"role": "user", "parts": [{"type": "text"}]}]), vec!["messages[0].parts[0].text"]),
        (json!({"messages": vec![json!({"role": "user", "content": "x"}); 2], "source": 5}), vec!["source"]),
    ] {
        for id in ["new", "old"] {
            let answer = service.put_document(id, &document).await;
            assert_problem(&answer, 422, "invalid");
            assert_eq!(bad_fields(&answer), fields, "{}", answer.text());
        }
    }
    let long: Vec<Value> =
        (0..5001).map(|number| json!({"role": if number % 2 == 0 { "user" } else { "assistant" }, "content": "x"})).collect();
    let answer = service.put_document("new", &json!(long)).await;
    assert_eq!((answer.status, bad_fields(&answer)), (422, vec!["messages".to_owned()]));
    for levels in [65, 500, 100_000] {
        let body = format!(r#"{{"messages": [{{"role": "user", "content": "hello", "more": {}}}]}}"#, nested(levels));
        let answer = with_body(service.api(Method::PUT, "/api/conversations/new"), body).answer().await;
        assert_problem(&answer, 400, "malformed");
        assert!(answer.text().contains("64 levels"), "{}", answer.text());
    }
    assert_eq!((service.rows().await, service.read("/api/conversations/old").await.json()), (rows, old));
    let unknown = json!({"messages": text("hello"), "colour": "red", "mapping": {"a": [1]}});
    assert_eq!(service.put_document("new", &unknown).await.status, 201, "other products' documents carry many fields");
}

/// Sends bytes as they are and reads to the end of the headers; whether the connection stays open is not waited for.
async fn raw(service: &Service, bytes: Vec<u8>) -> String {
    let mut stream = TcpStream::connect(service.node.base.trim_start_matches("http://")).await.expect("a connection");
    stream.write_all(&bytes).await.expect("sent");
    let mut answer = Vec::new();
    while !answer.windows(4).any(|window| window == b"\r\n\r\n") && stream.read_buf(&mut answer).await.expect("an answer") > 0 {}
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_body_over_its_limit_is_refused_before_it_is_read_whole() {
    // A push may be larger by what is attached to it, in base64.
    let service = Service::start_with(&["--attachments-bytes=1500"]).await;
    let share = service.share("c1", json!({"password": PASSWORD})).await;
    let before = (service.rows().await, service.settings(&share).await);
    for ((method, path), limit) in
        json_routes(&share.id, &share.code).into_iter().zip([(10 << 20) + 2000, 8 << 10, 256 << 10, 256 << 10, 4 << 10])
    {
        let head = |framing: &str| {
            format!(
                "{method} {path} HTTP/1.1\r\nHost: v\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n{framing}\r\n\r\n",
                service.key
            )
        };
        for declared in [limit + 1, 11 << 20, 1 << 50] {
            // Not one byte of the body is sent, and still there is an answer.
            for expect in ["", "\r\nExpect: 100-continue"] {
                let answer = raw(&service, head(&format!("Content-Length: {declared}{expect}")).into_bytes()).await;
                assert!(answer.starts_with("HTTP/1.1 413 "), "{method} {path} {declared}: {answer}");
            }
        }
        // In chunks the length is not known before; nor is the end ever sent.
        let mut chunked = head("Transfer-Encoding: chunked").into_bytes();
        chunked.extend(format!("{:x}\r\n", limit + 1).into_bytes());
        chunked.resize(chunked.len() + limit + 1, b' ');
        let answer = raw(&service, chunked).await;
        assert!(answer.starts_with("HTTP/1.1 413 "), "{method} {path} chunked: {answer}");
        // The limit itself is still read, and found to be no JSON.
        let answer = with_body(service.api(method.clone(), &path), vec![b' '; limit]).answer().await;
        assert_problem(&answer, 400, "malformed");
    }
    assert_eq!((service.rows().await, service.settings(&share).await), before);
}

#[tokio::test]
async fn a_conversation_of_the_largest_size_is_taken() {
    let service = Service::start_with(&["--conversation-bytes", "64KiB", "--conversation-messages", "3"]).await;
    let document = |messages: usize, bytes: usize| {
        let mut list = vec![json!({"role": "user", "content": "x"}); messages];
        for (number, message) in list.iter_mut().enumerate().skip(1).step_by(2) {
            *message = json!({"role": "assistant", "content": number.to_string()});
        }
        let empty = json!(list).to_string().len();
        list[0]["content"] = json!("x".repeat(bytes - empty + 1));
        json!(list).to_string()
    };
    let push = async |body: String| -> Answer { with_body(service.api(Method::PUT, "/api/conversations/c1"), body).answer().await };
    assert_problem(&push(document(3, (64 << 10) + 1)).await, 413, "too_large");
    let refused = push(document(4, 1000)).await;
    assert_eq!((refused.status, bad_fields(&refused)), (422, vec!["messages".to_owned()]));
    assert_eq!(service.rows().await["transcript"], 0);
    assert_eq!(push(document(3, 64 << 10)).await.status, 201);
}

#[tokio::test]
async fn bad_parameters_of_reader_surfaces_are_named() {
    let service = Service::start().await;
    let share = service.share("c1", json!({})).await;
    for (query, fields) in [
        ("theme=pink", vec!["theme"]),
        ("from=0", vec!["from"]),
        ("from=x&to=1.5&theme=", vec!["theme", "from", "to"]),
        ("to=-1", vec!["to"]),
        ("from=3&to=2", vec!["to"]),
    ] {
        let frame = service.node.get(&format!("/embed/{}?{query}", share.code)).await;
        assert!(frame.status == 422 && frame.header("content-type").starts_with("text/html"), "{query}");
        assert!(!frame.everything().contains(CANARY), "{query}");
        let code = service.node.get(&format!("/api/shares/{}/embed-code?{query}", share.code)).await;
        assert_problem(&code, 422, "invalid");
        assert_eq!(bad_fields(&code), fields, "{query}");
    }
    for query in ["width=0", "height=tall", "width=10001", "height=99999999999"] {
        let code = service.node.get(&format!("/api/shares/{}/embed-code?{query}", share.code)).await;
        assert_problem(&code, 422, "invalid");
    }
    for query in ["?fbclid=x&utm_source=y", "?theme=dark&theme=pink", "?"] {
        assert_eq!(service.node.get(&format!("/embed/{}{query}", share.code)).await.status, 200, "{query}");
    }
}
