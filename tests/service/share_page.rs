//! The page and its twins.

use crate::harness::{Answer, Answers, CANARY, PASSWORD, Service};
use reqwest::Method;
use serde_json::{Value, json};

/// An operator's no holds for what was made public before it, too.
#[tokio::test]
async fn where_nothing_may_be_public_nothing_is_indexed() {
    for (allowed, robots) in [("true", ""), ("false", "noindex, nofollow, noarchive")] {
        let service = Service::start_with(&[&format!("--allow-public={allowed}")]).await;
        let share = service.share("c1", json!({})).await;
        service.sql("update share set privacy = 'public'").await;
        let page = service.node.get(&share.page()).await;
        assert_eq!((page.status, page.header("x-robots-tag")), (200, robots));
        assert_eq!(page.text().contains("noindex"), allowed == "false");
        let again = service.node.request(Method::GET, &share.page()).header("if-none-match", page.header("etag")).answer().await;
        assert_eq!((again.status, again.header("x-robots-tag")), (304, robots));
    }
}

#[tokio::test]
async fn a_pushed_conversation_becomes_a_page() {
    let service = Service::start().await;
    let share = service.share("c1", json!({})).await;
    let page = service.node.get(&share.page()).await;
    assert_eq!(page.status, 200);
    let html = page.text();
    for shown in ["First question", "<strong>answer</strong>", "Second answer", "id=\"m4\""] {
        assert!(html.contains(shown), "{shown}");
    }
    // System messages never leave; tool calls and reasoning only when included.
    for hidden in ["System", "Reasoning", "Tool", "Result"] {
        assert!(!html.contains(&format!("{hidden} {CANARY}")), "{hidden}");
    }
}

#[tokio::test]
async fn a_locked_page_opens_with_its_password_and_says_nothing_before() {
    let service = Service::start().await;
    let share = service.share("c1", json!({"password": PASSWORD})).await;
    let page = service.node.get(&share.page()).await;
    assert_eq!((page.status, page.header("cache-control")), (200, "no-store"));
    assert!(!page.everything().contains(CANARY));

    let form = |password: &str| service.node.post(&format!("{}/unlock", share.page())).form(&[("password", password)]);
    let wrong = form("not the password").answer().await;
    assert_eq!(wrong.status, 401);
    assert!(!wrong.everything().contains(CANARY) && wrong.header("set-cookie").is_empty());
    let right = form(PASSWORD).answer().await;
    assert_eq!((right.status, right.header("location")), (303, share.page().as_str()));
    let cookie = right.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
    let opened = service.node.request(Method::GET, &share.page()).header("cookie", cookie).answer().await;
    assert!(opened.text().contains(CANARY) && opened.header("cache-control") == "no-store");
}

/// A conversation of so many messages, `word-N-end` in the Nth.
fn long(count: usize) -> Value {
    let messages = (1..=count).map(|number| {
        let role = if number % 2 == 1 { "user" } else { "assistant" };
        json!({"role": role, "content": format!("word-{number}-end {CANARY}")})
    });
    json!({"title": "Long", "messages": messages.collect::<Vec<_>>()})
}

/// The numbers of the messages on a page, by their anchors.
fn anchors(page: &Answer) -> Vec<u32> {
    let html = page.text();
    let articles = html.split("<article ").skip(1).filter_map(|rest| rest.split("id=\"m").nth(1)?.split('"').next()?.parse().ok());
    articles.collect()
}

/// Where a pager's link leads.
fn link(page: &Answer, rel: &str) -> Option<String> {
    let html = page.text();
    let (_, rest) = html.split_once(&format!("<a rel=\"{rel}\" href=\""))?;
    rest.split('"').next().map(str::to_owned)
}

#[tokio::test]
async fn five_thousand_messages_are_read_to_the_last_by_plain_links() {
    let service = Service::start().await;
    let share = service.share_document("c1", &long(5000), json!({})).await;
    let (mut seen, mut path, mut etags) = (Vec::new(), share.page(), std::collections::HashSet::new());
    loop {
        let page = service.node.get(&path).await;
        assert_eq!((page.status, page.header("cache-control")), (200, "public, no-cache"), "{path}");
        assert!(page.body.len() < 400_000, "{path}: {} bytes", page.body.len());
        assert!(etags.insert(page.header("etag").to_owned()), "{path} has another sheet's ETag");
        let again = service.node.request(Method::GET, &path).header("if-none-match", page.header("etag")).answer().await;
        assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
        seen.extend(anchors(&page));
        match link(&page, "next") {
            Some(next) => path = format!("{}{next}", share.page()),
            None => break,
        }
    }
    assert_eq!(seen, (1..=5000).collect::<Vec<_>>());
    // And back again.
    let last = service.node.get(&path).await;
    assert!(last.text().contains("word-5000-end") && !last.text().contains("word-4900-end"), "the last one alone");
    let before = service.node.get(&format!("{}{}", share.page(), link(&last, "prev").expect("a way back"))).await;
    assert_eq!(anchors(&before), (4801..=4900).collect::<Vec<_>>());
    let whole = service.node.get(&format!("{}?all", share.page())).await;
    assert_eq!(anchors(&whole).len(), 5000);
}

#[tokio::test]
async fn a_message_is_found_wherever_it_stands() {
    let service = Service::start().await;
    let mut document = long(300);
    document["messages"][149] = json!({"role": "system", "content": "between"});
    let some = json!({"include": {"messages": [[1, 120], [140, 290]]}});
    let share = service.share_document("c1", &document, some).await;
    let page = format!("{}{}", service.node.base, share.page());
    for (asked, leads) in [
        ("?message=1", "#m1"),
        ("?message=100", "#m100"),
        ("?message=101", "?page=2#m101"),
        ("?message=290", "?page=3#m290"),
        // Not shown, or not there: no anchor that a script would look for again.
        ("?message=130", ""),
        ("?message=291", ""),
        ("?message=4000000000", ""),
        ("?message=0", ""),
        ("?page=4", ""),
        ("?page=0", ""),
        ("?page=4294967295", ""),
    ] {
        let answer = service.node.get(&format!("{}{asked}", share.page())).await;
        assert_eq!((answer.status, answer.header("location")), (302, format!("{page}{leads}").as_str()), "{asked}");
        assert!(!answer.everything().contains(CANARY), "{asked}");
    }
    // Links collect parameters, and what is no number is nobody's page.
    for strange in ["?utm_source=x", "?page=two", "?page=-1", "?message=", "?page=1"] {
        let answer = service.node.get(&format!("{}{strange}", share.page())).await;
        assert_eq!((answer.status, anchors(&answer).first()), (200, Some(&1)), "{strange}");
    }
}

#[tokio::test]
async fn every_sheet_of_a_protected_share_stands_behind_the_same_gate() {
    let service = Service::start().await;
    let locked = service.share_document("c1", &long(300), json!({"password": PASSWORD})).await;
    let private = service.share_document("c2", &long(300), json!({"privacy": "private"})).await;
    let grant = service.unlock(&locked, PASSWORD).await;
    let get =
        async |path: String, grant: &str| service.node.request(Method::GET, &path).header("vitrine-grant", grant).answer().await;
    for query in ["?page=1", "?page=2", "?page=9", "?all", "?message=150", "?message=999"] {
        for share in [&locked, &private] {
            let neutral = get(share.page(), "").await;
            let answer = get(format!("{}{query}", share.page()), "").await;
            assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"), "{query}");
            // Where the form leads is what was asked for, said back.
            let said = answer.text().replace(&format!("/unlock{query}"), "/unlock");
            assert_eq!(said, neutral.text(), "{query} tells nothing of what is behind the gate, lengths included");
        }
        let opened = get(format!("{}{query}", locked.page()), &grant).await;
        assert!(opened.header("cache-control") == "no-store" && opened.header("etag").is_empty(), "{query}");
        assert_eq!(get(format!("{}{query}", private.page()), &grant).await.header("location"), "");
    }
    assert!(get(format!("{}?page=2", locked.page()), &grant).await.text().contains("word-150-end"));
    let markdown = async |grant: &str| {
        let request = service.node.request(Method::GET, &format!("{}?message=150", locked.page()));
        request.header("accept", "text/markdown").header("vitrine-grant", grant).answer().await
    };
    assert_eq!(markdown("").await.status, 401);
    assert_eq!(markdown(&grant).await.text(), format!("word-150-end {CANARY}\n"));
    service.revoke(&locked).await;
    for query in ["?page=2", "?all", "?message=150"] {
        assert_eq!(get(format!("{}{query}", locked.page()), &grant).await.status, 404, "{query}");
    }
}

#[tokio::test]
async fn a_shared_range_is_divided_by_what_it_shows() {
    let service = Service::start().await;
    let share = service.share_document("c1", &long(300), json!({"include": {"messages": [[201, 300]]}})).await;
    let page = service.node.get(&share.page()).await;
    assert_eq!(anchors(&page), (201..=300).collect::<Vec<_>>());
    assert_eq!((link(&page, "next"), link(&page, "prev")), (None, None));
    assert!(!page.text().contains("word-200-end") && !page.text().contains("Page 1 of"));
    service.change(&share, json!({"include": {"messages": [[101, 300]]}})).await;
    let second = service.node.get(&format!("{}?page=2", share.page())).await;
    assert_eq!(anchors(&second), (201..=300).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_a_sheet_only_begins_is_whole_behind_its_link_and_behind_the_gate() {
    let service = Service::start().await;
    let output = format!("{}output-end", "a line of a log\n".repeat(200_000));
    let document = json!({"messages": [
        {"role": "user", "content": format!("{}pasted-end", "a pasted line\n".repeat(40_000))},
        {"role": "assistant", "parts": [
            {"type": "tool_call", "name": "read", "input": {}, "callId": "a"},
            {"type": "tool_result", "callId": "a", "output": [{"type": "text", "text": output}]},
            {"type": "text", "text": "Here it is."},
        ]},
    ]});
    let settings = json!({"password": PASSWORD, "include": {"toolCalls": true}});
    let share = service.share_document("c1", &document, settings).await;
    let grant = service.unlock(&share, PASSWORD).await;
    let get = async |path: &str| service.node.request(Method::GET, path).header("vitrine-grant", &grant).answer().await;
    let (mut path, mut read) = (share.page(), String::new());
    loop {
        let page = get(&path).await;
        assert!(page.status == 200 && page.text().len() < 400_000, "{} bytes", page.text().len());
        read.push_str(&page.text());
        match link(&page, "next") {
            Some(next) => path = format!("{}{next}", share.page()),
            None => break,
        }
    }
    assert!(read.contains("pasted-end") && read.contains("Here it is.") && !read.contains("output-end"));
    let (_, link) = read.split_once("<p class=\"cut\">").expect("a card that says it is only begun");
    let link = link.split_once("href=\"").and_then(|(_, rest)| rest.split('#').next()).expect("a link");
    assert!(get(&format!("{}{link}", share.page())).await.text().contains("output-end"));
    assert_eq!(get(&format!("{}?message=2", share.page())).await.header("location").rsplit('#').next(), Some("m2"));
}
