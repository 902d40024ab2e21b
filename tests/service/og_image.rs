//! The preview card: of the conversation where it is open to all, else the same neutral picture for every share.

use crate::{
    harness::{Answer, Answers, CANARY, PASSWORD, Service, Share},
    owner_api::assert_problem,
};
use reqwest::Method;
use serde_json::json;

async fn card(service: &Service, share: &Share) -> Answer {
    let answer = service.node.get(&format!("/api/shares/{}/og-image", share.code)).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "image/png"));
    assert_eq!(size(&answer.body), (1200, 630));
    answer
}

/// From the header chunk of a PNG (<https://www.w3.org/TR/png-3/#11IHDR>), which is first; the picture ends with IEND.
fn size(png: &[u8]) -> (u32, u32) {
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n") && &png[12..16] == b"IHDR" && png.ends_with(b"IEND\xaeB`\x82"), "a whole PNG");
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().expect("four bytes"));
    (number(16), number(20))
}

/// The advertised URL's path: what the page names as its picture.
async fn advertised(service: &Service, share: &Share) -> String {
    let html = service.node.get(&share.page()).await.text();
    let url = html.split("property=\"og:image\" content=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("og:image");
    url.strip_prefix(&service.node.base).expect("an absolute URL of ours").to_owned()
}

#[tokio::test]
async fn an_open_card_shows_its_conversation_and_can_be_kept_to_ask_again() {
    let service = Service::start().await;
    let one = service.share("c1", json!({})).await;
    let document = json!({"title": "Another", "messages": [{"role": "user", "content": "else"}]});
    let two = service.share_document("c2", &document, json!({})).await;
    let (first, second) = (card(&service, &one).await, card(&service, &two).await);
    assert!(first.body != second.body, "each its own");
    assert!(first.body.len() < 300_000, "WhatsApp takes no more: {}", first.body.len());
    assert_eq!((first.header("cache-control"), first.header("access-control-allow-origin")), ("public, no-cache", "*"));
    assert_eq!(first.header("cross-origin-resource-policy"), "cross-origin");

    let etag = first.header("etag").to_owned();
    assert!(etag.starts_with('"') && etag.ends_with('"') && etag != second.header("etag"), "{etag}");
    let path = format!("/api/shares/{}/og-image", one.code);
    for (sent, status) in [(etag.as_str(), 304), ("*", 304), ("\"x\", W/\"y\"", 200), (second.header("etag"), 200)] {
        let asked = service.node.request(Method::GET, &path).header("if-none-match", sent).answer().await;
        assert_eq!((asked.status, asked.body.is_empty()), (status, status == 304), "{sent}");
        assert_eq!(asked.header("etag"), etag);
    }
    for address in [path, advertised(&service, &one).await] {
        let head = service.node.request(Method::HEAD, &address).answer().await;
        assert_eq!((head.status, head.header("content-type"), head.body.len()), (200, "image/png", 0));
        assert_eq!((head.header("content-length"), head.header("etag")), (first.body.len().to_string().as_str(), etag.as_str()));
        let get = service.node.get(&address).await;
        assert!(get.body == first.body, "{address}");
    }
}

#[tokio::test]
async fn the_advertised_url_ends_in_png_and_changes_with_the_card() {
    let service = Service::start().await;
    let share = service.share("c1", json!({})).await;
    let before = advertised(&service, &share).await;
    assert!(before.ends_with(".png") && !before.contains(CANARY), "{before}");
    assert_eq!(advertised(&service, &share).await, before, "and not without reason");
    let old = card(&service, &share).await;
    let document = json!({"title": "A new title", "messages": [{"role": "user", "content": "new"}]});
    service.put_document("c1", &document).await;
    assert_eq!(advertised(&service, &share).await, before, "a frozen share waits");
    service.change(&share, json!({"publish": true})).await;
    let after = advertised(&service, &share).await;
    assert_ne!(after, before);
    // An address from before the change is answered with today's card: it must not show what is not shown any more.
    let new = card(&service, &share).await;
    assert!(new.body != old.body && service.node.get(&before).await.body == new.body);
    let asked = service.node.request(Method::GET, &after).header("if-none-match", old.header("etag")).answer().await;
    assert_eq!(asked.status, 200);
}

#[tokio::test]
async fn protected_cards_are_all_the_same_bytes() {
    let service = Service::start().await;
    let document = json!({"title": "Another", "messages": [{"role": "user", "content": "else"}]});
    let open = card(&service, &service.share("c0", json!({})).await).await;
    let shares = [
        service.share("c1", json!({"password": PASSWORD})).await,
        service.share_document("c2", &document, json!({"password": "another password", "privacy": "public"})).await,
        service.share("c3", json!({"privacy": "private", "allowedEmails": ["ann@example.org"]})).await,
        service.share("c4", json!({"privacy": "private", "password": PASSWORD})).await,
    ];
    let grant = service.unlock(&shares[0], PASSWORD).await;
    let mut seen = Vec::new();
    for share in &shares {
        for path in [format!("/api/shares/{}/og-image", share.code), advertised(&service, share).await] {
            let request = service.node.request(Method::GET, &path).header("vitrine-grant", &grant);
            let answer = request.header("if-none-match", "*").answer().await;
            assert_eq!((answer.status, answer.header("cache-control"), answer.header("etag")), (200, "no-store", ""));
            assert!(!answer.everything().contains(CANARY) && size(&answer.body) == (1200, 630));
            let mut headers: Vec<(String, String)> = answer
                .headers
                .iter()
                .filter(|(name, _)| !matches!(name.as_str(), "date" | "x-request-id"))
                .map(|(name, value)| (name.to_string(), format!("{value:?}")))
                .collect();
            headers.sort();
            seen.push((headers, answer.body));
        }
    }
    assert!(seen.iter().all(|answer| *answer == seen[0]), "headers and bytes tell them apart by nothing");
    assert!(seen[0].1 != open.body);
    let names: Vec<String> = {
        let mut names = Vec::new();
        for share in &shares {
            names.push(advertised(&service, share).await.rsplit('/').next().expect("a file name").to_owned());
        }
        names
    };
    assert!(names.iter().all(|name| name == "card.png"), "{names:?}");
}

#[tokio::test]
async fn a_card_follows_its_share_at_once() {
    let service = Service::start().await;
    let share = service.share("c1", json!({})).await;
    let open = card(&service, &share).await;
    let path = advertised(&service, &share).await;
    service.change(&share, json!({"password": PASSWORD})).await;
    let locked = service.node.request(Method::GET, &path).header("if-none-match", open.header("etag")).answer().await;
    assert!(locked.status == 200 && locked.body != open.body, "not even a 304 for what was open");
    service.change(&share, json!({"password": null})).await;
    assert!(card(&service, &share).await.body == open.body);
    service.revoke(&share).await;
    for path in [path, format!("/api/shares/{}/og-image", share.code)] {
        let gone = service.node.request(Method::GET, &path).header("if-none-match", open.header("etag")).answer().await;
        assert_problem(&gone, 404, "not_found");
        assert_eq!(service.node.request(Method::HEAD, &path).answer().await.status, 404);
    }
}
