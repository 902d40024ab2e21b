//! Every row of the table answers with the headers of its surface, well asked, refused and asked wrongly (SECURITY R7 to R9, R31, R34).

use crate::{
    harness::{Answer, Answers, PASSWORD, PICTURE_FILE, Service, Share, client},
    raw,
};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use vitrine::http::{
    headers::{Cors, Surface},
    routes::{Route, table},
};

/// Everything the table's rows are asked for.
struct House {
    service: Service,
    client: reqwest::Client,
    open: Share,
    locked: Share,
    stylesheet: String,
}

impl House {
    async fn start() -> Self {
        let service = Service::start_with(&[
            "--app-origins=https://chat.example",
            "--limit-unknown-code=1000/1000",
            "--limit-read=9999/9999",
        ])
        .await;
        let open = service.share("open", json!({})).await;
        let locked = service.share("locked", json!({"password": PASSWORD})).await;
        let page = service.node.get(&open.page()).await.text();
        let stylesheet = page.split('"').find(|text| text.starts_with("/widget/") && text.ends_with(".css"));
        House { stylesheet: stylesheet.expect("a stylesheet").to_owned(), client: client(), service, open, locked }
    }

    fn request(&self, method: &Method, path: &str) -> RequestBuilder {
        self.client.request(method.clone(), format!("{}{path}", self.service.node.base))
    }

    /// A request that the row answers with 2xx or 3xx.
    async fn well_asked(&self, route: &Route) -> RequestBuilder {
        let code = &self.open.code;
        let pattern = route.pattern.as_str();
        let path = match pattern {
            "/widget/{file}" => self.stylesheet.clone(),
            "/s/{code}/files/{file}" => format!("/s/{code}/files/{PICTURE_FILE}"),
            "/oembed" => format!("/oembed?url={}/s/{code}", self.service.node.base),
            "/api/shares/{shareId}" => format!("/api/shares/{}", self.fresh().await.id),
            // The row of GET: `{conversationId}` of a share and of a conversation.
            _ => pattern.replace("{code}", code).replace("{conversationId}", "open").replace("{revision}", "0a1b"),
        };
        let request = self.request(&route.method, &path);
        let request = if route.cors == Cors::HostApps { request.bearer_auth(&self.service.key) } else { request };
        match (route.method.as_str(), pattern) {
            ("POST", "/s/{code}/unlock") => request.form(&[("password", "whatever it was")]),
            ("POST", "/api/shares/{code}/unlock") => request.json(&json!({"password": "whatever it was"})),
            ("PUT", "/api/conversations/{conversationId}") => request.json(&crate::harness::conversation()),
            ("DELETE", "/api/conversations/{conversationId}") => {
                self.service.push("to be erased").await;
                self.request(&Method::DELETE, "/api/conversations/to%20be%20erased").bearer_auth(&self.service.key)
            }
            ("POST", "/api/imports") => request.json(&crate::harness::conversation()),
            ("POST", "/api/owner-tokens") => request.json(&json!({"ownerId": "emily"})),
            ("POST", "/api/shares") => {
                self.service.push("to be shared").await;
                request.json(&json!({"conversationId": "to be shared"}))
            }
            ("PATCH", "/api/shares/{shareId}") => request.json(&json!({"updates": "live"})),
            ("GET" | "DELETE", _) => request,
            (method, _) => panic!("say how {method} {pattern} is asked"),
        }
    }

    /// A share of its own, for what ends shares.
    async fn fresh(&self) -> Share {
        let id = format!("fresh-{}", rand::random::<u32>());
        self.service.share(&id, json!({})).await
    }

    /// A request that the row refuses: an unknown code or file, no credential; `None` where nothing is refused.
    fn refused(&self, route: &Route) -> Option<RequestBuilder> {
        let path = match route.pattern.as_str() {
            "/embed.js" | "/healthz" | "/readyz" => return None,
            "/oembed" => "/oembed".to_owned(),
            pattern => pattern
                .replace("{code}", "0123456789AB")
                .replace("{shareId}", "0123456789ABCDEFGHIJ")
                .replace("{conversationId}", "none")
                .replace("{file}", "none.js")
                .replace("{revision}", "0a1b"),
        };
        let request = self.request(&route.method, &path);
        Some(match (&route.method, route.surface) {
            (&Method::POST, Surface::Page) => request.form(&[("password", "x")]),
            (&Method::POST, _) => request.json(&json!({"password": "x"})),
            _ => request,
        })
    }
}

/// Who may keep a good answer for an open share.
fn cache_policy(route: &Route) -> &'static str {
    match (route.method.as_str(), route.pattern.as_str()) {
        ("GET", "/s/{code}" | "/s/{code}.md" | "/s/{code}.json" | "/embed/{code}" | "/oembed") => "public, no-cache",
        ("GET", "/s/{code}/files/{file}") => "public, no-cache",
        ("GET", "/api/shares/{code}/og-image" | "/api/shares/{code}/og-image/{revision}.png") => "public, no-cache",
        ("GET", "/widget/{file}") => "public, max-age=31536000, immutable",
        ("GET", "/embed.js") => "public, max-age=3600",
        _ => "no-store",
    }
}

/// What holds for every answer of a row, good or bad.
fn check(route: &Route, answer: &Answer, what: &str) {
    let header = |name: &str| answer.header(name);
    assert_eq!(header("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(header("x-robots-tag"), "noindex, nofollow, noarchive", "{what}");
    assert!(header("permissions-policy").contains("camera=()"), "{what}");
    assert_eq!(header("x-request-id").len(), 16, "{what}");
    assert_eq!((header("server"), header("x-powered-by"), header("access-control-allow-credentials")), ("", "", ""), "{what}");
    assert!(matches!(header("referrer-policy"), "no-referrer" | "strict-origin"), "{what}");

    let policy: Vec<&str> = header("content-security-policy").split("; ").collect();
    assert!(policy.contains(&"default-src 'none'") && policy.contains(&"base-uri 'none'"), "{what}: {policy:?}");
    assert!(
        !policy.iter().any(|line| line.contains("unsafe") || line.contains('*') || line.contains("data:")),
        "{what}: {policy:?}"
    );
    let framed = policy.iter().any(|line| line.starts_with("frame-ancestors"));
    let closed = policy.contains(&"frame-ancestors 'none'");
    let (frame_options, opener, embedder, sandbox) = (
        header("x-frame-options"),
        header("cross-origin-opener-policy"),
        header("cross-origin-embedder-policy"),
        policy.contains(&"sandbox"),
    );
    let found = (framed, closed, frame_options, opener, embedder, sandbox);
    let wanted = match route.surface {
        Surface::Page => (true, true, "DENY", "same-origin", "", false),
        Surface::Frame => (false, false, "", "", "require-corp", false),
        Surface::Json | Surface::Twin | Surface::Image | Surface::File | Surface::Asset => (true, true, "", "", "", true),
    };
    assert_eq!(found, wanted, "{what}");

    let (resource, origin) = match (route.surface, route.cors) {
        (Surface::Page | Surface::Twin, _) => ("same-origin", ""),
        (_, Cors::Anyone) => ("cross-origin", "*"),
        (_, Cors::Same | Cors::HostApps) => ("same-origin", ""),
    };
    assert_eq!((header("cross-origin-resource-policy"), header("access-control-allow-origin")), (resource, origin), "{what}");
}

#[tokio::test]
async fn every_route_well_asked() {
    let house = House::start().await;
    for route in table() {
        let what = format!("{} {}", route.method, route.pattern.as_str());
        let answer = house.well_asked(&route).await.answer().await;
        assert!((200..400).contains(&answer.status), "{what}: {answer:?}");
        check(&route, &answer, &what);
        assert_eq!(answer.header("cache-control"), cache_policy(&route), "{what}");
        let sets_cookie = !answer.header("set-cookie").is_empty();
        assert_eq!(sets_cookie, what == "POST /s/{code}/unlock", "{what}: {answer:?}");
    }
}

#[tokio::test]
async fn every_route_refusing() {
    let house = House::start().await;
    for route in table() {
        let what = format!("{} {} refused", route.method, route.pattern.as_str());
        let Some(request) = house.refused(&route) else { continue };
        let answer = request.answer().await;
        assert!(matches!(answer.status, 400 | 401 | 404), "{what}: {answer:?}");
        check(&route, &answer, &what);
        assert_eq!((answer.header("cache-control"), answer.header("set-cookie")), ("no-store", ""), "{what}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{what}");
        let page = matches!(route.surface, Surface::Page | Surface::Frame);
        let wanted = if page { "text/html; charset=utf-8" } else { "application/problem+json" };
        assert_eq!(answer.header("content-type"), wanted, "{what}");
        if !page {
            let problem: Value = answer.json();
            assert_eq!(problem["status"], answer.status, "{what}");
            assert!(["type", "title", "detail", "code"].iter().all(|field| problem[field].is_string()), "{what}: {problem}");
        }
    }
}

#[tokio::test]
async fn every_route_asked_with_a_wrong_method() {
    let house = House::start().await;
    let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"];
    for route in table() {
        let path = route
            .pattern
            .as_str()
            .replace("{code}", &house.open.code)
            .replace("{shareId}", "0123456789ABCDEFGHIJ")
            .replace("{conversationId}", "of ours")
            .replace("{file}", "x.js")
            .replace("{revision}", "0a1b");
        let rows: Vec<Route> = table().into_iter().filter(|row| row.pattern.matches(&path).is_some()).collect();
        let taken = |method: &str| rows.iter().any(|row| row.method == method || (row.method == "GET" && method == "HEAD"));
        for method in methods.iter().filter(|method| !taken(method)) {
            let what = format!("{method} {path}");
            let answer = house.request(&method.parse().expect("a method"), &path.replace(' ', "%20")).answer().await;
            assert_eq!(answer.status, 405, "{what}");
            check(&rows[0], &answer, &what);
            assert_eq!(answer.header("cache-control"), "no-store", "{what}");
            let mut allowed: Vec<&str> = answer.header("allow").split(", ").collect();
            let count = allowed.len();
            allowed.sort_unstable();
            allowed.dedup();
            assert_eq!(allowed.len(), count, "{what}: {}", answer.header("allow"));
            let named = methods.iter().filter(|method| taken(method)).chain(&["OPTIONS"]);
            assert!(named.clone().all(|method| allowed.contains(method)) && named.count() == count, "{what}: {allowed:?}");
        }
    }
}

#[tokio::test]
async fn only_the_page_of_an_open_public_share_may_be_listed() {
    let house = House::start().await;
    let listed = |answer: Answer| answer.status == 200 && answer.header("x-robots-tag").is_empty();
    let node = &house.service.node;
    let surfaces = |code: &str| {
        ["/s/{}", "/embed/{}", "/s/{}.md", "/s/{}.json", "/api/shares/{}/og-image", "/oembed?url={base}/s/{}"]
            .map(|path| path.replace("{}", code).replace("{base}", &node.base))
    };
    assert_eq!(house.service.change(&house.open, json!({"privacy": "public"})).await.status, 200);
    for (index, path) in surfaces(&house.open.code).iter().enumerate() {
        let answer = node.get(path).await;
        assert_eq!(answer.text().contains("name=\"robots\""), index == 1, "{path}: the tag says the same as the header");
        assert_eq!(listed(answer), index == 0, "{path}");
    }
    let as_twin = node.request(Method::GET, &house.open.page()).header("accept", "text/markdown").answer().await;
    assert!(!listed(as_twin), "a twin under the page's URL");
    assert_eq!(house.service.change(&house.open, json!({"password": PASSWORD})).await.status, 200);
    for path in surfaces(&house.open.code) {
        assert!(!listed(node.get(&path).await), "{path} with a password");
    }
}

/// R7: what is protected stays out of every cache also for those who may see it, and its address is told to nobody.
#[tokio::test]
async fn what_a_grant_opens_is_not_stored() {
    let house = House::start().await;
    let grant = house.service.unlock(&house.locked, PASSWORD).await;
    for path in ["/s/{}", "/embed/{}", "/s/{}.md", "/s/{}.json"] {
        let path = path.replace("{}", &house.locked.code);
        let answer = house.request(&Method::GET, &path).header("vitrine-grant", &grant).answer().await;
        assert!(answer.text().contains(crate::harness::CANARY), "{path}");
        let kept = ["cache-control", "etag", "set-cookie", "referrer-policy"].map(|name| answer.header(name));
        assert_eq!(kept, ["no-store", "", "", "no-referrer"], "{path}");
    }
}

#[tokio::test]
async fn only_restricted_frames_name_who_may_frame_them() {
    let house = House::start().await;
    let ancestors = async |path: String| {
        let answer = house.service.node.get(&path).await;
        let policy = answer.header("content-security-policy").to_owned();
        policy.split("; ").find_map(|line| line.strip_prefix("frame-ancestors ")).map(str::to_owned)
    };
    for (origins, wanted) in [
        (json!(null), None),
        (json!(["https://blog.example", "https://docs.example:8443"]), Some("https://blog.example https://docs.example:8443")),
        (json!([]), Some("'none'")),
    ] {
        for share in [&house.open, &house.locked] {
            assert_eq!(house.service.change(share, json!({"embedOrigins": origins})).await.status, 200);
            assert_eq!(ancestors(format!("/embed/{}", share.code)).await.as_deref(), wanted, "{origins}");
            assert_eq!(ancestors(share.page()).await.as_deref(), Some("'none'"), "{origins}");
        }
    }
}

#[tokio::test]
async fn host_apps_are_named_one_by_one() {
    let house = House::start().await;
    for (origin, allowed) in [("https://chat.example", "https://chat.example"), ("https://evil.example", ""), ("null", "")] {
        let list =
            house.request(&Method::GET, "/api/shares").bearer_auth(&house.service.key).header("origin", origin).answer().await;
        assert_eq!((list.status, list.header("access-control-allow-origin")), (200, allowed));
        assert!(list.header("vary").contains("Origin"));
        let preflight = house.request(&Method::OPTIONS, "/api/shares").header("origin", origin);
        let preflight = preflight.header("access-control-request-method", "POST").answer().await;
        assert_eq!((preflight.status, preflight.header("access-control-allow-origin")), (204, allowed));
        assert!(preflight.header("access-control-allow-headers").contains("Authorization"));
    }
    let frame = house.request(&Method::OPTIONS, &format!("/api/shares/{}/unlock", house.locked.code)).header("origin", "null");
    let frame = frame.header("access-control-request-method", "POST").answer().await;
    assert_eq!((frame.status, frame.header("access-control-allow-origin")), (204, "*"));
    assert!(frame.header("access-control-allow-headers").contains("Vitrine-Grant"));
}

/// R8: one path, exactly. Every trick is a 404 and never the share.
#[tokio::test]
async fn only_exact_paths() {
    let house = House::start().await;
    let code = &house.open.code;
    assert_eq!(raw::status(&raw::get(&house.service.node, &format!("/s/{code}?fbclid=1&x")).await), 200);
    for trick in [
        "/s/{}/",
        "//s/{}",
        "/s//{}",
        "/s/{}//",
        "/S/{}",
        "/s/{}.html",
        "/s/{}.MD",
        "/s/{}.md/",
        "/s/{}/.md",
        "/s/{}.md.json",
        "/s/{}%2emd",
        "/s/{}%2f",
        "/s/{}%00",
        "/s/{};x=1",
        "/s;/{}",
        "/s/./{}",
        "/s/../s/{}",
        "/s/%2e%2e/s/{}",
        "/x/../s/{}",
        "/%73/{}",
        "/s%2f{}",
        "/s/{}\\",
        "/s/{}%20",
        "/embed/{}/",
        "/embed/{}.html",
        "/embed/{}.md",
        "/embed/../s/{}",
        "/s/{}/unlock/x.css",
        "/s/{}/files",
        "/s/{}/files/",
        "/s/{}/files/cb8bf47ebada0f61b8fafc9e7df893cb",
        "/s/{}/files/cb8bf47ebada0f61b8fafc9e7df893cb.PNG",
        "/s/{}/files/cb8bf47ebada0f61b8fafc9e7df893cb.png/",
        "/s/{}/files/../files/cb8bf47ebada0f61b8fafc9e7df893cb.png",
        "/s/{}/files/cb8bf47ebada0f61b8fafc9e7df893cb.html",
        "/api/shares/{}/og-image/",
        "/api/shares/{}/og-image/a.css",
        "/api/shares/{}/og-image/a/b.png",
        "/api//shares/{}/og-image",
        "/widget/../s/{}",
        "/widget/..%2fs%2f{}",
    ] {
        let answer = raw::get(&house.service.node, &trick.replace("{}", code)).await;
        // hyper refuses a backslash itself.
        assert!(matches!(raw::status(&answer), 404 | 400), "{trick}: {answer}");
        assert!(!answer.contains(crate::harness::CANARY), "{trick}");
    }
}
