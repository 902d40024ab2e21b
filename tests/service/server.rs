//! The accept loop: slow, greedy and lying clients, and the way a node stops (SECURITY R36, R37, R40).
//!
//! Deadlines are tested on a clock that jumps whenever everybody waits, so ten seconds take none. Nothing that needs the database
//! may be asked while it does.

use crate::{
    harness::{Answers, CANARY, PASSWORD, Service},
    raw,
};
use reqwest::Method;
use serde_json::json;
use time::OffsetDateTime;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::{Duration, Instant},
};

#[tokio::test]
async fn slow_and_silent_headers_are_cut_after_ten_seconds() {
    let service = Service::start().await;
    let share = service.share("c1", json!({})).await;
    let kept_alive = format!("GET {} HTTP/1.1\r\nHost: v\r\n\r\n", share.page());
    for begun in ["", "GET", "GET /healthz HTTP/1.1\r\nHost: v\r\nX-Slow: a", kept_alive.as_str()] {
        let mut stream = raw::connect(&service.node).await;
        stream.write_all(begun.as_bytes()).await.expect("sent");
        if begun == kept_alive {
            raw::until(&mut stream, "</html>").await;
        }
        tokio::time::pause();
        let began = Instant::now();
        let rest = raw::rest(&mut stream).await;
        let waited = began.elapsed();
        tokio::time::resume();
        assert!((Duration::from_secs(9)..Duration::from_secs(12)).contains(&waited), "{begun:?}: {waited:?}");
        assert!(rest.is_empty() || raw::status(&rest) == 408, "{begun:?}: {rest}");
    }
}

#[tokio::test]
async fn a_drip_of_headers_gains_no_time() {
    let service = Service::start().await;
    let mut stream = raw::connect(&service.node).await;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: v\r\n").await.expect("sent");
    tokio::time::pause();
    let began = Instant::now();
    let (mut reader, mut writer) = stream.split();
    let drip = async {
        while writer.write_all(b"X-Drip: a\r\n").await.is_ok() {
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        std::future::pending::<()>().await;
    };
    let mut end = [0; 1024];
    let cut = async { while reader.read(&mut end).await.is_ok_and(|count| count > 0) {} };
    tokio::select! {
        () = cut => {}
        () = drip => {}
    }
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_slow_body_is_a_408_after_thirty_seconds() {
    let service = Service::start().await;
    for (path, kind) in
        [("/s/0123456789AB/unlock", "application/x-www-form-urlencoded"), ("/api/shares/0123456789AB/unlock", "application/json")]
    {
        let mut stream = raw::connect(&service.node).await;
        let head = format!("POST {path} HTTP/1.1\r\nHost: v\r\nContent-Type: {kind}\r\nContent-Length: 100\r\n\r\n{{");
        stream.write_all(head.as_bytes()).await.expect("sent");
        tokio::time::pause();
        let began = Instant::now();
        let answer = raw::rest(&mut stream).await;
        let waited = began.elapsed();
        tokio::time::resume();
        assert_eq!(raw::status(&answer), 408, "{path}: {answer}");
        assert!((Duration::from_secs(29)..Duration::from_secs(45)).contains(&waited), "{path}: {waited:?}");
        assert!(answer.contains("cache-control: no-store"), "{answer}");
    }
}

#[tokio::test]
async fn huge_headers_are_refused() {
    let service = Service::start().await;
    for head in [
        format!("X-Long: {}\r\n", "a".repeat(128 << 10)),
        (0..200).map(|number| format!("X-{number}: a\r\n")).collect(),
        format!("Cookie: {}\r\n", "vitrine_grant=a; ".repeat(8000)),
    ] {
        let answer = raw::exchange(&service.node, format!("GET /healthz HTTP/1.1\r\nHost: v\r\n{head}\r\n")).await;
        assert!(matches!(raw::status(&answer), 431 | 0), "{answer}");
    }
    let long = raw::exchange(&service.node, format!("GET /s/{} HTTP/1.1\r\nHost: v\r\n\r\n", "a".repeat(128 << 10))).await;
    assert!(matches!(raw::status(&long), 414 | 431 | 0), "{long}");
    assert_eq!(service.node.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn requests_whose_end_is_unclear_are_refused() {
    let service = Service::start().await;
    let share = service.share("c1", json!({})).await;
    let post = format!("POST /api/shares/{}/unlock HTTP/1.1\r\nHost: v\r\nContent-Type: application/json\r\n", share.code);
    for (name, rest) in [
        ("two lengths", "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x"),
        ("a list of lengths", "Content-Length: 2, 3\r\n\r\n{}x"),
        ("no number", "Content-Length: two\r\n\r\n{}"),
        ("a sign", "Content-Length: +2\r\n\r\n{}"),
        ("below nothing", "Content-Length: -1\r\n\r\n"),
        ("beyond counting", "Content-Length: 99999999999999999999999\r\n\r\n{}"),
        ("chunks not last", "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
        ("unknown coding", "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
        ("no chunk size", "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"),
        ("negative chunk", "Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n"),
        ("huge chunk", "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}\r\n0\r\n\r\n"),
        ("chunk too short", "Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n"),
        ("space before colon", "Content-Length : 2\r\n\r\n{}"),
        ("folded line", "X-A: a\r\n Content-Length: 2\r\n\r\n{}"),
        ("NUL", "X-A: a\0b\r\nContent-Length: 2\r\n\r\n{}"),
    ] {
        let answer =
            raw::exchange(&service.node, format!("{post}{rest}GET /healthz HTTP/1.1\r\nHost: v\r\nConnection: close\r\n\r\n"))
                .await;
        assert_eq!(raw::status(&answer), 400, "{name}: {answer}");
        assert!(!answer.contains("alive") && !answer.contains(CANARY), "{name}: what follows was taken for a request");
    }
    for head in [
        "GET /healthz HTTP/1.1 \r\n\r\n",
        "GET  /healthz HTTP/1.1\r\n\r\n",
        "GET /healthz HTTP/3.0\r\n\r\n",
        "\u{16}\u{3}\u{1}",
        "G\0T / HTTP/1.1\r\n\r\n",
    ] {
        let mut stream = raw::connect(&service.node).await;
        stream.write_all(head.as_bytes()).await.expect("sent");
        stream.shutdown().await.expect("shut");
        assert!(matches!(raw::status(&raw::rest(&mut stream).await), 400 | 0), "{head:?}");
    }
}

/// Transfer-Encoding beside Content-Length: whoever goes by the other header sees a second request in the body or after it. The
/// connection ends with the first answer, so there is none.
#[tokio::test]
async fn nothing_is_smuggled() {
    let service = Service::start().await;
    let share = service.share("c1", json!({})).await;
    let post = format!("POST /api/shares/{}/unlock HTTP/1.1\r\nHost: v\r\nContent-Type: application/json\r\n", share.code);
    let hidden = "GET /healthz HTTP/1.1\r\nHost: v\r\n\r\n";
    for headers in [
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n",
    ] {
        let answer = raw::exchange(&service.node, format!("{post}{headers}\r\n0\r\n\r\n{hidden}")).await;
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{headers}: {answer}");
        assert!(answer.contains("connection: close") && !answer.contains("alive\""), "{headers}: {answer}");
    }
}

#[tokio::test]
async fn one_address_has_so_many_connections() {
    let service = Service::start_with(&["--connections-per-client=3"]).await;
    let get = b"GET /healthz HTTP/1.1\r\nHost: v\r\n\r\n";
    let mut open = Vec::new();
    for _ in 0..3 {
        let mut stream = raw::connect(&service.node).await;
        stream.write_all(get).await.expect("sent");
        raw::until(&mut stream, "alive\"}").await;
        open.push(stream);
    }
    let mut fourth = raw::connect(&service.node).await;
    drop(fourth.write_all(get).await);
    assert_eq!(raw::rest(&mut fourth).await, "", "closed without a word");
    for stream in &mut open {
        stream.write_all(get).await.expect("sent");
        raw::until(stream, "alive\"}").await;
    }
    open.pop();
    // The place is free as soon as the server has seen the connection go.
    while raw::status(&raw::get(&service.node, "/healthz").await) != 200 {}

    let behind = Service::start_with(&["--connections-per-client=3", "--trusted-proxies=127.0.0.1"]).await;
    let mut all = Vec::new();
    for _ in 0..10 {
        let mut stream = raw::connect(&behind.node).await;
        stream.write_all(get).await.expect("sent");
        raw::until(&mut stream, "alive\"}").await;
        all.push(stream);
    }
}

#[tokio::test]
async fn a_connection_serves_many_requests_in_order() {
    let service = Service::start().await;
    let share = service.share("c1", json!({})).await;
    let paths =
        ["/healthz".to_owned(), share.page(), "/s/short".to_owned(), format!("{}.json", share.page()), "/healthz".to_owned()];
    let requests: Vec<String> = paths.iter().map(|path| format!("GET {path} HTTP/1.1\r\nHost: v\r\n\r\n")).collect();
    let last = "HEAD /healthz HTTP/1.1\r\nHost: v\r\nConnection: close\r\n\r\n";
    let answers = raw::exchange(&service.node, requests.concat() + last).await;
    let statuses: Vec<u16> = answers.split("HTTP/1.1 ").skip(1).map(|answer| answer[..3].parse().expect("a status")).collect();
    assert_eq!(statuses, [200, 200, 404, 200, 200, 200]);
    let old = raw::exchange(&service.node, "GET /healthz HTTP/1.0\r\n\r\n").await;
    assert_eq!(raw::status(&old), 200, "and closes by itself");
}

#[tokio::test]
async fn stopping_lets_a_request_in_flight_finish() {
    let mut service = Service::start().await;
    let share = service.share("c1", json!({"password": PASSWORD})).await;
    let body = json!({"password": PASSWORD}).to_string();
    let mut stream = raw::connect(&service.node).await;
    let head = format!(
        "POST /api/shares/{}/unlock HTTP/1.1\r\nHost: v\r\nContent-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        share.code,
        body.len()
    );
    stream.write_all(head.as_bytes()).await.expect("sent");
    let mut idle = raw::connect(&service.node).await;
    // The handler has begun: it asks for the body.
    raw::until(&mut stream, "100 Continue\r\n\r\n").await;
    service.node.stop.send_replace(true);
    assert_eq!(raw::rest(&mut idle).await, "", "idle connections are closed");
    stream.write_all(body.as_bytes()).await.expect("sent");
    let answer = raw::rest(&mut stream).await;
    assert!(raw::status(&answer) == 200 && answer.contains(CANARY) && answer.contains("connection: close"), "{answer}");
    (&mut service.node.serving).await.expect("stopped");
    let address = service.node.base.trim_start_matches("http://");
    assert!(tokio::net::TcpStream::connect(address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn stopping_does_not_wait_for_ever() {
    let mut service = Service::start().await;
    let mut stream = raw::connect(&service.node).await;
    let head = "POST /api/shares/0123456789AB/unlock HTTP/1.1\r\nHost: v\r\nContent-Type: application/json\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n";
    stream.write_all(head.as_bytes()).await.expect("sent");
    raw::until(&mut stream, "100 Continue\r\n\r\n").await;
    service.node.stop.send_replace(true);
    tokio::time::pause();
    let began = Instant::now();
    (&mut service.node.serving).await.expect("stopped");
    let waited = began.elapsed();
    assert!((Duration::from_secs(9)..Duration::from_secs(15)).contains(&waited), "{waited:?}");
}

/// R40. No request is known to make a handler panic, so the clock does: at the end of time a grant's end cannot be computed.
#[tokio::test]
async fn a_panic_is_a_500_and_the_connection_lives() {
    let service = Service::start().await;
    let share = service.share("c1", json!({"password": PASSWORD})).await;
    let end = time::PrimitiveDateTime::MAX.assume_utc() - Duration::from_secs(3600);
    let client = crate::harness::client();
    let url = format!("{}/api/shares/{}/unlock", service.node.base, share.code);
    let unlock = || client.request(Method::POST, &url).json(&json!({"password": PASSWORD})).answer();
    service.advance(end - OffsetDateTime::now_utc());
    let panicked = unlock().await;
    assert_eq!((panicked.status, panicked.json()["code"].as_str()), (500, Some("internal")));
    assert!(!panicked.everything().contains(CANARY) && !panicked.everything().contains("resulting value"));
    assert_eq!(panicked.header("cache-control"), "no-store");
    service.advance(OffsetDateTime::now_utc() - end);
    assert_eq!(unlock().await.status, 200);
}
