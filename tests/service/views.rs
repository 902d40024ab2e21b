//! A view is content shown to a person, once (SPEC section 7, SECURITY R38).

use crate::harness::{Answer, Answers, BROWSER, CANARY, Node, PASSWORD, Service, Share, client};
use reqwest::{Method, header::HeaderMap};
use serde_json::json;
use std::sync::Arc;
use time::Duration;

/// Stops a node, which writes what it has counted.
async fn stop(node: &mut Node) {
    node.stop.send_replace(true);
    (&mut node.serving).await.expect("stopped");
}

/// What was written: surface, host and views, by day.
async fn written(service: &Service) -> Vec<(String, String, i64)> {
    let rows = service.sql("select surface, host, views from share_view order by share_id, day, surface, host").await;
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}

/// The total that the owner sees.
async fn total(service: &Service, share: &Share) -> i64 {
    service.sql(&format!("select view_count from share where id = '{}'", share.id)).await[0].get(0)
}

async fn view(node: &Node, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut map = HeaderMap::new();
    map.insert("user-agent", BROWSER.parse().expect("text"));
    for (name, value) in headers {
        map.insert(reqwest::header::HeaderName::try_from(*name).expect("a name"), value.parse().expect("text"));
    }
    node.request(method, path).headers(map).answer().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_views_at_once_on_two_nodes_count_a_thousand() {
    let mut service = Service::start().await;
    let share = service.share("c1", json!({})).await;
    let mut other = service.another_node().await;
    let client = Arc::new(client());
    let views: Vec<_> = (0..20)
        .map(|worker: usize| {
            let (client, page) = (client.clone(), [&service.node, &other][worker % 2].base.clone() + &share.page());
            tokio::spawn(async move {
                for _ in 0..50 {
                    assert_eq!(client.get(&page).header("user-agent", BROWSER).answer().await.status, 200);
                }
            })
        })
        .collect();
    for worker in views {
        worker.await.expect("shown");
    }
    stop(&mut other).await;
    stop(&mut service.node).await;
    assert_eq!(total(&service, &share).await, 1000);
    assert_eq!(written(&service).await, [("page".to_owned(), String::new(), 1000)]);
}

#[tokio::test]
async fn only_content_shown_to_a_person_counts() {
    let mut service = Service::start().await;
    let open = service.share("c1", json!({})).await;
    let locked = service.share("c2", json!({"password": PASSWORD})).await;
    let grant = service.unlock(&locked, PASSWORD).await;
    let node = &service.node;
    let (page, frame) = (open.page(), format!("/embed/{}", open.code));
    let etag = node.get(&page).await.header("etag").to_owned();
    let agents = [
        "",
        "Mozilla/5.0 (compatible; Googlebot/2.1)",
        "Slackbot-LinkExpanding 1.0",
        "facebookexternalhit/1.1",
        "Twitterbot/1.0",
        "Discordbot/2.0",
        "WhatsApp/2.23",
        "TelegramBot (like TwitterBot)",
        "curl/8.5.0",
        "Iframely/1.3",
        "LinkedInBot/1.0",
    ];
    for path in [&page, &frame] {
        view(node, Method::HEAD, path, &[]).await;
        for purpose in [("sec-purpose", "prefetch"), ("sec-purpose", "prefetch;prerender"), ("purpose", "prefetch")] {
            view(node, Method::GET, path, &[purpose]).await;
        }
        for agent in agents {
            view(node, Method::GET, path, &[("user-agent", agent)]).await;
        }
    }
    for path in [
        format!("{page}.md"),
        format!("{page}.json"),
        format!("/oembed?url={}{page}", node.base),
        format!("/api/shares/{}/og-image", open.code),
        format!("/api/shares/{}/embed-code", open.code),
        locked.page(),
        format!("/embed/{}", locked.code),
        "/s/0123456789AB".to_owned(),
    ] {
        view(node, Method::GET, &path, &[]).await;
    }
    view(node, Method::GET, &page, &[("accept", "text/markdown")]).await;
    let unlock = node.post(&format!("/api/shares/{}/unlock", locked.code)).header("user-agent", BROWSER);
    assert_eq!(unlock.json(&json!({"password": "not the password"})).answer().await.status, 401);
    // Counted when the password was right, not again when the frame shows what it got.
    let shown = view(node, Method::GET, &format!("/embed/{}", locked.code), &[("vitrine-grant", &grant)]).await;
    assert!(shown.text().contains(CANARY));
    let counted_before = total(&service, &locked).await;

    assert_eq!(view(&service.node, Method::GET, &page, &[("if-none-match", &etag)]).await.status, 304);
    stop(&mut service.node).await;
    assert_eq!(
        (total(&service, &open).await, total(&service, &locked).await, counted_before),
        (1, 0, 0),
        "{:?}",
        written(&service).await
    );
}

#[tokio::test]
async fn turning_the_pages_of_a_long_conversation_is_one_view() {
    let mut service = Service::start().await;
    let messages: Vec<_> = (0..300).map(|number| json!({"role": "user", "content": format!("{number}")})).collect();
    let share = service.share_document("c1", &json!({"title": "Long", "messages": messages}), json!({})).await;
    let (node, page) = (&service.node, share.page());
    let on_site = [("sec-fetch-site", "same-origin")];
    view(node, Method::GET, &page, &[("sec-fetch-site", "cross-site")]).await;
    for query in ["?page=2", "?page=3", "?page=1", "?all", "?message=250", "?page=2"] {
        view(node, Method::GET, &format!("{page}{query}"), &on_site).await;
    }
    view(node, Method::GET, &format!("{page}?message=250"), &[("accept", "text/markdown")]).await;
    // A link to a message opens a sheet for somebody who was not here before; the redirect on the way is nobody's view.
    view(node, Method::GET, &format!("{page}?message=250"), &[("sec-fetch-site", "none")]).await;
    view(node, Method::GET, &format!("{page}?page=3"), &[("sec-fetch-site", "none")]).await;
    view(node, Method::GET, &format!("{page}?page=2"), &[]).await;
    stop(&mut service.node).await;
    assert_eq!(total(&service, &share).await, 3);
}

#[tokio::test]
async fn views_are_kept_by_day_surface_and_host() {
    let mut service = Service::start().await;
    let open = service.share("c1", json!({})).await;
    let locked = service.share("c2", json!({"password": PASSWORD})).await;
    let frame = format!("/embed/{}", open.code);
    let own = format!("{}/s/x", service.node.base);
    for referrer in
        ["https://blog.example/post?secret=1", "https://BLOG.example:8443/", "https://docs.example/", &own, "rubbish", ""]
    {
        assert_eq!(view(&service.node, Method::GET, &frame, &[("referer", referrer)]).await.status, 200);
    }
    assert_eq!(view(&service.node, Method::GET, &open.page(), &[("referer", "https://search.example/q")]).await.status, 200);
    let unlock = service.node.post(&format!("/api/shares/{}/unlock", locked.code)).header("user-agent", BROWSER);
    assert_eq!(unlock.json(&json!({"password": PASSWORD})).answer().await.status, 200);
    service.advance(Duration::days(1));
    assert_eq!(view(&service.node, Method::GET, &open.page(), &[]).await.status, 200);
    stop(&mut service.node).await;

    let mut rows = written(&service).await;
    rows.sort();
    let row = |surface: &str, host: &str, views| (surface.to_owned(), host.to_owned(), views);
    let wanted = [
        row("embed", "", 1),
        row("embed", "", 3),
        row("embed", "blog.example", 2),
        row("embed", "docs.example", 1),
        row("page", "", 1),
        row("page", "", 1),
    ];
    assert_eq!(rows, wanted);
    assert_eq!((total(&service, &open).await, total(&service, &locked).await), (8, 1));
    let days: i64 = service.sql("select count(distinct day) from share_view").await[0].get(0);
    assert_eq!(days, 2);
}

/// Stopping in the middle of a flush loses nothing: here it waits for a connection while the node is told to stop.
#[tokio::test]
async fn a_stop_in_the_middle_of_a_flush_loses_no_view() {
    let mut service = Service::start().await;
    let share = service.share("c1", json!({})).await;
    let pool = service.node.app.pool.clone();
    assert_eq!(service.node.get(&share.page()).await.status, 200, "warm: the page needs no connection of the pool now");
    let mut all = Vec::new();
    for _ in 0..pool.status().max_size {
        all.push(pool.get().await.expect("a connection"));
    }
    assert_eq!(view(&service.node, Method::GET, &share.page(), &[]).await.status, 200);
    let flushing = async {
        while pool.status().waiting == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), flushing).await.expect("a flush within a minute");
    service.node.stop.send_replace(true);
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    drop(all);
    stop(&mut service.node).await;
    assert_eq!(total(&service, &share).await, 1);
}
