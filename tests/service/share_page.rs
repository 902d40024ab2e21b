//! The page and its twins.

use crate::harness::{Answers, CANARY, PASSWORD, Service};
use reqwest::Method;
use serde_json::json;

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
