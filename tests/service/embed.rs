//! `/embed/{code}` and the embed code: what authors paste, and what a frame shows.

use crate::{
    harness::{Answers, BROWSER, CANARY, PASSWORD, Service},
    owner_api::{assert_problem, encoded},
};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn a_frame_shows_the_conversation_without_script_and_names_its_page() {
    let service = Service::start().await;
    let share = service.share("c1", json!({})).await;
    let frame = service.node.get(&format!("/embed/{}", share.code)).await;
    let html = frame.text();
    assert_eq!((frame.status, frame.header("content-type")), (200, "text/html; charset=utf-8"));
    for shown in ["First question", "<strong>answer</strong>", "Second answer", &format!("{}{}", service.node.base, share.page())] {
        assert!(html.contains(shown), "{shown}");
    }
    assert!(!html.contains("<form") && !html.contains("style=") && !html.contains("onclick"), "inert without script");
    // What a sandboxed frame, an isolated host and Iframely's validators ask for (INTEROP sections 5 and 9).
    let policy = frame.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'") && !policy.contains("frame-ancestors") && !policy.contains("unsafe"),
        "{policy}"
    );
    for (name, value) in [
        ("x-frame-options", ""),
        ("set-cookie", ""),
        ("access-control-allow-origin", "*"),
        ("cross-origin-resource-policy", "cross-origin"),
        ("referrer-policy", "no-referrer"),
        ("x-robots-tag", "noindex, nofollow, noarchive"),
        ("cache-control", "public, no-cache"),
    ] {
        assert_eq!(frame.header(name), value, "{name}");
    }
    let head = service.node.request(Method::HEAD, &format!("/embed/{}", share.code)).answer().await;
    assert_eq!((head.status, head.header("etag"), head.body.len()), (200, frame.header("etag"), 0));
    let asked = service.node.request(Method::GET, &format!("/embed/{}", share.code)).header("if-none-match", frame.header("etag"));
    assert_eq!(asked.answer().await.status, 304);
}

#[tokio::test]
async fn a_frame_shows_the_messages_it_is_asked_for_and_no_others() {
    let service = Service::start().await;
    let messages: Vec<_> = (1..=6)
        .map(|number| json!({"role": if number % 2 == 1 { "user" } else { "assistant" }, "content": format!("Text number{number}.")}))
        .collect();
    let document = json!({"title": "T", "messages": messages});
    let share = service.share_document("c1", &document, json!({"include": {"messages": [[1, 5]]}})).await;
    for (query, shown) in [
        ("", &[1, 2, 3, 4, 5][..]),
        ("?from=2&to=3", &[2, 3]),
        ("?from=4", &[4, 5]),
        ("?to=1", &[1]),
        ("?from=5&to=99", &[5]),
        ("?theme=dark&from=3&to=3&utm_source=x", &[3]),
        ("?from=6&to=6", &[]),
    ] {
        let html = service.node.get(&format!("/embed/{}{query}", share.code)).await.text();
        let body = html.split("<body").nth(1).expect("a body");
        for number in 1..=6 {
            assert_eq!(body.contains(&format!("Text number{number}.")), shown.contains(&number), "{query} {number}");
        }
        assert!(!html.contains("number6"), "not shared, so nowhere: {query}");
    }
    let etag = async |query: &str| service.node.get(&format!("/embed/{}{query}", share.code)).await.header("etag").to_owned();
    assert_ne!(etag("?from=2").await, etag("?from=3").await);
    assert_ne!(etag("?theme=dark").await, etag("?theme=light").await);
    assert_eq!(etag("?theme=auto").await, etag("").await);
}

#[tokio::test]
async fn a_protected_frame_says_nothing_and_a_missing_one_is_a_small_page() {
    let service = Service::start().await;
    let locked = service.share("c1", json!({"password": PASSWORD})).await;
    let private = service.share("c2", json!({"privacy": "private", "allowedEmails": [format!("{CANARY}@mail.example")]})).await;
    let both = service.share("c3", json!({"privacy": "private", "password": PASSWORD})).await;
    let mut frames = Vec::new();
    for (share, asks) in [(&locked, true), (&private, false), (&both, false)] {
        let frame = service.node.get(&format!("/embed/{}", share.code)).await;
        assert_eq!((frame.status, frame.header("cache-control"), frame.header("etag")), (200, "no-store", ""));
        assert!(!frame.everything().contains(CANARY));
        let html = frame.text().replace(&share.code, "CODE");
        assert_eq!(html.contains("password"), asks, "{html}");
        // For a private share it would lead to a 401, which some consumers show as an error.
        assert_eq!(html.contains("oembed"), asks);
        frames.push(html);
    }
    assert_eq!(frames[1], frames[2], "a private share is not told to have a password before the mailbox is proved");
    let grant = service.unlock(&locked, PASSWORD).await;
    let opened =
        service.node.request(Method::GET, &format!("/embed/{}", locked.code)).header("vitrine-grant", grant).answer().await;
    assert!(opened.text().contains(CANARY) && opened.header("cache-control") == "no-store");

    service.revoke(&locked).await;
    let gone = service.node.get(&format!("/embed/{}", locked.code)).await;
    let never = service.node.get(&format!("/embed/{}", "A".repeat(12))).await;
    assert_eq!((gone.status, gone.header("content-type"), &gone.body), (404, "text/html; charset=utf-8", &never.body));
    assert!(gone.header("x-frame-options").is_empty() && !gone.text().contains("oembed"), "a frame can show it");
}

#[tokio::test]
async fn an_embed_code_is_ready_to_paste() {
    let service = Service::start().await;
    let document = json!({"title": "[A] *b* <c> & \"d\" 'e'", "messages": [{"role": "user", "content": "hello"}]});
    let share = service.share_document("c1", &document, json!({})).await;
    let (base, code) = (&service.node.base, &share.code);
    let ask = async |query: &str| service.node.get(&format!("/api/shares/{code}/embed-code{query}")).await.json();

    let plain = ask("").await;
    assert_eq!(
        plain,
        json!({
            "iframe": format!("<iframe src=\"{base}/embed/{code}\" width=\"600\" height=\"480\" title=\"[A] *b*  c  &amp; ”d” ’e’\" \
                frameborder=\"0\" loading=\"lazy\" allow=\"clipboard-write\"></iframe>"),
            "loader": format!("<vitrine-embed src=\"{base}/s/{code}\" style=\"display:block;min-height:480px\"><a href=\"{base}/s/{code}\">\
                [A] *b* &lt;c&gt; &amp; &quot;d&quot; 'e'</a></vitrine-embed>\n<script async src=\"{base}/embed.js\"></script>"),
            "oembedUrl": share.settings["oembedUrl"],
            "markdown": format!("[\\[A\\] \\*b\\* \\<c\\> & \"d\" 'e']({base}/s/{code})"),
        })
    );
    let chosen = ask("?theme=dark&from=2&to=5&width=320&height=900&fbclid=x").await;
    let iframe = chosen["iframe"].as_str().expect("text");
    let src = format!("<iframe src=\"{base}/embed/{code}?theme=dark&amp;from=2&amp;to=5\" width=\"320\" height=\"900\" ");
    assert!(iframe.starts_with(&src), "{iframe}");
    let loader = chosen["loader"].as_str().expect("text");
    assert!(
        loader.starts_with(&format!("<vitrine-embed src=\"{base}/s/{code}\" style=\"display:block;min-height:900px\" theme=\"dark\" from=\"2\" to=\"5\" height=\"900\">")),
        "{loader}"
    );
    for path in ["/embed.js", plain["oembedUrl"].as_str().and_then(|url| url.strip_prefix(base.as_str())).expect("ours")] {
        assert_eq!(service.node.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_protected_shares_embed_code_is_its_owners_and_neutral() {
    let service = Service::start().await;
    for settings in [json!({"password": PASSWORD}), json!({"privacy": "private"})] {
        let id = if settings["privacy"].is_null() { "c1" } else { "c2" };
        let share = service.share(id, settings).await;
        let path = format!("/api/shares/{}/embed-code", share.code);
        assert_problem(&service.node.get(&path).await, 401, "unauthorized");
        let own = service.read(&path).await;
        assert!(own.status == 200 && own.text().contains("Shared conversation") && !own.everything().contains(CANARY));
        service.revoke(&share).await;
        assert_problem(&service.read(&path).await, 404, "not_found");
    }
}

#[tokio::test]
async fn views_in_frames_are_counted_by_the_hosts_they_are_in() {
    let service = Service::start().await;
    let share = service.share("c1", json!({})).await;
    let view = async |path: &str, agent: &str, headers: &[(&str, &str)]| {
        let mut request = service.node.request(Method::GET, path).header("user-agent", agent);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.answer().await.status
    };
    let frame = format!("/embed/{}", share.code);
    for _ in 0..2 {
        assert_eq!(view(&frame, BROWSER, &[("referer", "https://Blog.Example/a/secret/path?q=1")]).await, 200);
    }
    view(&frame, BROWSER, &[]).await;
    view(&share.page(), BROWSER, &[]).await;
    view(&frame, BROWSER, &[("sec-purpose", "prefetch")]).await;
    view(&frame, "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", &[]).await;
    view(&format!("{}.json", share.page()), BROWSER, &[]).await;
    view(&format!("/oembed?url={}", encoded(&format!("{}{}", service.node.base, share.page()))), BROWSER, &[]).await;
    service.node.app.flush_views().await;
    let rows = service.sql("select surface, host, views from share_view order by 1, 2").await;
    let counted: Vec<(String, String, i64)> = rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect();
    let row = |surface: &str, host: &str, views| (surface.to_owned(), host.to_owned(), views);
    assert_eq!(counted, [row("embed", "", 1), row("embed", "blog.example", 2), row("page", "", 1)]);
    assert_eq!(service.settings(&share).await["viewCount"], 4);
}
