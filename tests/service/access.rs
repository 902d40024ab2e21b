//! Every surface × every state of a share × every way to ask (SECURITY R2 to R5).

use crate::{
    harness::{Answer, Answers, CANARY, PASSWORD, Service, Share, client},
    surfaces::{Gate, Kind, SURFACES, Surface},
};
use reqwest::{Client, Method};
use serde_json::json;
use std::collections::HashMap;

/// Stands in host apps' ids, which are never public.
const HOST_ID: &str = "hostid-51c2e";
/// Stands in listed addresses, which are never public.
const MAILBOX: &str = "mailbox-9d0b4@example.org";

const STATES: &[(&str, Gate)] = &[
    ("public", Gate::Open),
    ("unlisted", Gate::Open),
    ("locked", Gate::Locked),
    ("private", Gate::SignIn),
    ("private with password", Gate::SignIn),
    ("expired", Gate::Absent),
    ("revoked", Gate::Absent),
    ("conversation deleted", Gate::Absent),
    ("unknown", Gate::Absent),
];

/// How a question is varied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Variant {
    Plain,
    Head,
    /// With the ETag that the share had while it was open.
    KnownTag,
    AnyTag,
    OddAccept,
    NoAccept,
}

const VARIANTS: &[Variant] =
    &[Variant::Plain, Variant::Head, Variant::KnownTag, Variant::AnyTag, Variant::OddAccept, Variant::NoAccept];

/// A share that was open to all, seen on every surface, and then brought into its state.
struct Case {
    name: &'static str,
    gate: Gate,
    share: Share,
    tags: HashMap<String, String>,
}

async fn case(service: &Service, client: &Client, name: &'static str, gate: Gate) -> Case {
    let id = format!("{HOST_ID}-{}", name.replace(' ', "-"));
    let mut share = service.share(&id, json!({})).await;
    let mut tags = tags(service, client, &share).await;
    let change = match name {
        "public" => json!({"privacy": "public"}),
        "locked" => json!({"password": PASSWORD}),
        "private" => json!({"privacy": "private", "allowedEmails": [MAILBOX]}),
        "private with password" => json!({"privacy": "private", "allowedEmails": [MAILBOX], "password": PASSWORD}),
        _ => json!({}),
    };
    assert_eq!(service.change(&share, change).await.status, 200);
    match name {
        "expired" => service.let_expire(&share).await,
        "revoked" => assert_eq!(service.revoke(&share).await.status, 204),
        "conversation deleted" => assert_eq!(service.erase(&id).await.status, 204),
        "unknown" => share.code = "0123456789AB".to_owned(),
        _ => {}
    }
    if gate == Gate::Open {
        tags = self::tags(service, client, &share).await;
    }
    Case { name, gate, share, tags }
}

/// The ETags of an open share's surfaces.
async fn tags(service: &Service, client: &Client, share: &Share) -> HashMap<String, String> {
    let mut tags = HashMap::new();
    for surface in SURFACES.iter().filter(|surface| surface.method() == Method::GET) {
        let answer = surface.ask(client, Method::GET, &service.node, &share.code).answer().await;
        assert_eq!(answer.status, 200, "{surface:?}");
        assert_ne!(
            answer.header("etag").is_empty(),
            matches!(surface.kind, Kind::Page | Kind::Frame | Kind::Twin | Kind::File | Kind::Card)
        );
        tags.insert(format!("{surface:?}"), answer.header("etag").to_owned());
    }
    tags
}

async fn ask(service: &Service, client: &Client, surface: &Surface, variant: Variant, case: &Case) -> Answer {
    let method = if variant == Variant::Head { Method::HEAD } else { surface.method() };
    let request = surface.ask(client, method, &service.node, &case.share.code);
    let tag = case.tags.get(&format!("{surface:?}")).map_or("", String::as_str);
    let request = match variant {
        Variant::Plain | Variant::Head => request,
        Variant::KnownTag => request.header("if-none-match", tag),
        Variant::AnyTag => request.header("if-none-match", "*"),
        Variant::OddAccept => request.header("accept", "image/png;q=x, ;;, */*;q=0, text/"),
        Variant::NoAccept => request.header("accept", ""),
    };
    request.answer().await
}

/// Everything that tells two answers apart, but what differs between any two.
fn fingerprint(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let mut headers: Vec<_> = answer.headers.iter().map(|(name, value)| (name.to_string(), format!("{value:?}"))).collect();
    headers.retain(|(name, _)| name != "date" && name != "x-request-id");
    headers.sort();
    (answer.status, headers, answer.text())
}

/// The status the table asks for; 304 only for an open share that has not changed.
fn expected(surface: &Surface, variant: Variant, case: &Case) -> u16 {
    let tag = case.tags.get(&format!("{surface:?}")).is_some_and(|tag| !tag.is_empty());
    let asks_again = matches!(variant, Variant::KnownTag | Variant::AnyTag);
    if case.gate == Gate::Open && asks_again && tag { 304 } else { surface.kind.status(case.gate) }
}

#[tokio::test]
async fn every_surface_obeys_in_every_state_however_it_is_asked() {
    let service = Service::start_with(&[
        "--limit-read=1000000/1000000",
        "--limit-unknown-code=1000000/1000000",
        "--unlock-per-minute=1000",
        "--unlock-per-hour=1000",
    ])
    .await;
    let client = client();
    let mut absent = HashMap::new();
    for &(name, gate) in STATES {
        let case = case(&service, &client, name, gate).await;
        for surface in SURFACES {
            for &variant in VARIANTS {
                if variant == Variant::Head && surface.method() != Method::GET {
                    continue;
                }
                let answer = ask(&service, &client, surface, variant, &case).await;
                let what = format!("{} {surface:?} {variant:?}: {}", case.name, answer.status);
                assert_eq!(answer.status, expected(surface, variant, &case), "{what}");
                check_content(&case, surface, variant, &answer, &what);
                if gate == Gate::Absent {
                    let first = absent.entry(format!("{surface:?} {variant:?}")).or_insert_with(|| fingerprint(&answer));
                    assert_eq!(*first, fingerprint(&answer), "{what}: absent shares differ");
                }
            }
        }
    }
}

fn check_content(case: &Case, surface: &Surface, variant: Variant, answer: &Answer, what: &str) {
    let everything = answer.everything();
    for secret in [HOST_ID, MAILBOX] {
        assert!(!everything.contains(secret), "{what}: {secret}");
    }
    let bodiless = variant == Variant::Head || answer.status == 304;
    assert!(!bodiless || answer.body.is_empty(), "{what}: a body");
    if surface.method() == Method::GET {
        assert!(answer.header("set-cookie").is_empty(), "{what}: a cookie on a read");
    }
    if case.gate == Gate::Open {
        if surface.shows_text() && !bodiless {
            assert!(answer.text().contains(CANARY), "{what}: no content");
        }
        return;
    }
    assert!(!everything.contains(CANARY), "{what}: content");
    assert_eq!((answer.header("cache-control"), answer.header("etag")), ("no-store", ""), "{what}");
    assert!(!everything.contains("5 messages"), "{what}: a count");
}

#[tokio::test]
async fn a_head_says_what_a_get_says() {
    let service = Service::start().await;
    let client = client();
    let share = service.share("c1", json!({})).await;
    for surface in SURFACES.iter().filter(|surface| surface.method() == Method::GET) {
        let get = surface.ask(&client, Method::GET, &service.node, &share.code).answer().await;
        let head = surface.ask(&client, Method::HEAD, &service.node, &share.code).answer().await;
        assert_eq!(fingerprint(&head).1, fingerprint(&get).1, "{surface:?}");
        assert_eq!(get.header("content-length"), get.body.len().to_string(), "{surface:?}");
    }
}

/// R4: what is protected tells nothing, not even by being different from another.
#[tokio::test]
async fn all_protected_shares_look_the_same() {
    let service = Service::start().await;
    let client = client();
    for settings in
        [json!({"password": PASSWORD}), json!({"privacy": "private"}), json!({"privacy": "private", "password": PASSWORD})]
    {
        let long = service.share("long", settings.clone()).await;
        let short = json!({"title": "Another", "messages": [{"role": "user", "parts": [{"type": "text", "text": "Only this"}]}]});
        let pushed = service.node.put("/api/conversations/short").bearer_auth(&service.key).json(&short).answer().await;
        assert!(pushed.status < 300, "{pushed:?}");
        let mut body = settings;
        body["conversationId"] = json!("short");
        let created = service.node.post("/api/shares").bearer_auth(&service.key).json(&body).answer().await.json();
        let code = created["shortCode"].as_str().expect("a code");
        for surface in SURFACES {
            let one = surface.ask(&client, surface.method(), &service.node, &long.code).answer().await;
            let other = surface.ask(&client, surface.method(), &service.node, code).answer().await;
            let neutral = |answer: &Answer, code: &str| format!("{:?}", fingerprint(answer)).replace(code, "{code}");
            assert_eq!(neutral(&one, &long.code), neutral(&other, code), "{surface:?}");
            assert!(surface.kind != Kind::Card || (one.body == other.body && one.body.starts_with(b"\x89PNG")), "{surface:?}");
        }
        assert_eq!((service.erase("long").await.status, service.erase("short").await.status), (204, 204));
    }
}

/// R35: what an answer links to is the configuration's, not the request's.
#[tokio::test]
async fn links_do_not_follow_the_host_header() {
    let service = Service::start().await;
    let client = client();
    let share = service.share("c1", json!({})).await;
    for surface in SURFACES {
        let request = surface.ask(&client, surface.method(), &service.node, &share.code);
        let forged = [("host", "evil.example"), ("x-forwarded-host", "evil.example"), ("forwarded", "host=evil.example")];
        let answer = forged.iter().fold(request, |request, (name, value)| request.header(*name, *value)).answer().await;
        assert_eq!(answer.status, surface.kind.status(Gate::Open), "{surface:?}");
        assert!(!answer.everything().contains("evil.example"), "{surface:?}");
    }
}
