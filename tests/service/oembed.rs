//! `/oembed`: one document in two writings, and errors that no consumer takes for one.

use crate::{
    harness::{Answer, CANARY, PASSWORD, Service, Share},
    owner_api::{assert_problem, encoded},
};
use serde_json::{Value, json};

const OEMBED_TYPES: [&str; 4] = ["photo", "video", "link", "rich"];

async fn ask(service: &Service, pasted: &str, more: &str) -> Answer {
    service.node.get(&format!("/oembed?url={}{more}", encoded(pasted))).await
}

fn page(service: &Service, share: &Share) -> String {
    format!("{}/s/{}", service.node.base, share.code)
}

/// An XML document of one level as the JSON object that says the same; every value is text there.
fn from_xml(xml: &str) -> Value {
    let body =
        xml.strip_prefix("<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?>\n<oembed>").expect("the declaration");
    let mut rest = body.strip_suffix("</oembed>").expect("the root");
    let mut object = json!({});
    while !rest.is_empty() {
        let (name, tail) = rest.strip_prefix('<').and_then(|rest| rest.split_once('>')).expect("a start tag");
        let (text, tail) = tail.split_once(&format!("</{name}>")).expect("an end tag");
        assert!(!text.contains(['<', '>']), "{name} is text only");
        object[name] = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").into();
        rest = tail;
    }
    object
}

#[tokio::test]
async fn an_open_share_is_rich_and_json_and_xml_say_the_same() {
    let service = Service::start_with(&["--brand-name", "A & <B>"]).await;
    let title = "It's <b>\"bold\"</b> & 'more' ünïcode 😀 ]]> \u{1}";
    let document = json!({"title": title, "messages": [{"role": "user", "content": "hello"}]});
    let share = service.share_document("c1", &document, json!({})).await;
    let json = ask(&service, &page(&service, &share), "").await;
    assert_eq!((json.status, json.header("content-type")), (200, "application/json; charset=utf-8"));
    assert_eq!(json.header("access-control-allow-origin"), "*");
    let answer = json.json();
    let html = answer["html"].as_str().expect("text");
    assert_eq!(
        answer,
        json!({
            "version": "1.0", "type": "rich", "title": answer["title"], "provider_name": "A & <B>",
            "provider_url": service.node.base, "cache_age": 3600, "html": html, "width": 600, "height": 480,
            "thumbnail_url": answer["thumbnail_url"], "thumbnail_width": 1200, "thumbnail_height": 630,
        })
    );
    assert!(answer["title"].as_str().is_some_and(|title| title.starts_with("It's <b>\"bold\"</b> & 'more' ünïcode 😀")));
    assert_one_empty_iframe(html, &format!("{}/embed/{}", service.node.base, share.code), 600, 480);
    let thumbnail = answer["thumbnail_url"].as_str().and_then(|url| url.strip_prefix(&service.node.base)).expect("ours");
    assert!(thumbnail.ends_with(".png") && service.node.get(thumbnail).await.header("content-type") == "image/png");

    let explicit = ask(&service, &page(&service, &share), "&format=json&unknown=1&dnt=1").await;
    assert_eq!(explicit.json(), answer);
    let xml = ask(&service, &page(&service, &share), "&format=xml").await;
    assert_eq!((xml.status, xml.header("content-type")), (200, "text/xml; charset=utf-8"));
    let said = from_xml(&xml.text());
    let texts = answer.as_object().expect("an object").iter();
    let as_text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), |text| text.replace('\u{1}', ""));
    let texts: serde_json::Map<String, Value> = texts.map(|(key, value)| (key.clone(), as_text(value).into())).collect();
    assert_eq!(said, Value::Object(texts));
}

/// INTEROP sections 0 and 11: nothing before, in or after it; every attribute quoted; nothing that a consumer drops it for.
fn assert_one_empty_iframe(html: &str, src: &str, width: u32, height: u32) {
    let start = format!("<iframe src=\"{src}\" width=\"{width}\" height=\"{height}\" title=\"");
    let end = "\" frameborder=\"0\" loading=\"lazy\" allow=\"clipboard-write\"></iframe>";
    let title = html.strip_prefix(&start).and_then(|rest| rest.strip_suffix(end)).unwrap_or_else(|| panic!("{html}"));
    assert!(!title.contains(['<', '>', '"', '\'', '\n']), "{title}");
    for dropped in ["wp-embedded-content", "style=", "scrolling", "class=", "#"] {
        assert!(!html.contains(dropped), "{dropped}");
    }
}

#[tokio::test]
async fn the_frame_keeps_to_the_consumers_bounds() {
    let service = Service::start().await;
    let share = service.share("c1", json!({})).await;
    let src = format!("{}/embed/{}", service.node.base, share.code);
    for (bounds, width, height, thumbnail) in [
        ("&maxwidth=500&maxheight=750", 500, 480, false),
        ("&maxwidth=1200&maxheight=630", 600, 480, true),
        ("&maxwidth=1199", 600, 480, false),
        ("&maxheight=629", 600, 480, false),
        ("&maxheight=100", 600, 100, false),
        ("&maxwidth=1", 1, 480, false),
        ("&maxwidth=4294967295", 600, 480, true),
    ] {
        for format in ["json", "xml"] {
            let answer = ask(&service, &page(&service, &share), &format!("{bounds}&format={format}")).await;
            assert_eq!(answer.status, 200, "{bounds}");
            let said = if format == "xml" { from_xml(&answer.text()) } else { answer.json() };
            let number = |name: &str| said[name].as_str().map_or(said[name].as_u64(), |text| text.parse().ok());
            assert_eq!((number("width"), number("height")), (Some(width), Some(height)), "{bounds}");
            assert_one_empty_iframe(said["html"].as_str().expect("text"), &src, width as u32, height as u32);
            for name in ["thumbnail_url", "thumbnail_width", "thumbnail_height"] {
                assert_eq!(said.get(name).is_some(), thumbnail, "{name} {bounds}");
            }
        }
    }
    for bounds in ["&maxwidth=0", "&maxwidth=wide", "&maxheight=-1", "&maxheight=1.5"] {
        let refused = ask(&service, &page(&service, &share), bounds).await;
        assert_problem(&refused, 422, "invalid");
        assert!(!OEMBED_TYPES.contains(&refused.json()["type"].as_str().expect("a type")), "{bounds}");
    }
}

#[tokio::test]
async fn every_spelling_that_authors_paste_is_understood_and_no_others() {
    let service = Service::start().await;
    let share = service.share("c1", json!({})).await;
    let (base, code) = (&service.node.base, &share.code);
    let host = base.trim_start_matches("http://");
    for pasted in [
        format!("{base}/s/{code}"),
        format!("{base}/s/{code}/"),
        format!("{base}/s/{code}?utm_source=news&fbclid=x"),
        format!("{base}/s/{code}#message-3"),
        format!("{base}/s/{code}?a=b#m3"),
        format!("{base}/embed/{code}"),
        format!("{base}/embed/{code}?theme=dark&from=2"),
        format!("https://{host}/s/{code}"),
        format!("HTTP://{host}/s/{code}"),
        format!("  {base}/s/{code}\n"),
    ] {
        let answer = ask(&service, &pasted, "").await;
        assert_eq!(answer.status, 200, "{pasted}");
        // Whatever was pasted, the frame is the share's own and carries nothing over.
        assert_one_empty_iframe(answer.json()["html"].as_str().expect("text"), &format!("{base}/embed/{code}"), 600, 480);
    }
    for pasted in [
        format!("http://evil.example/s/{code}"),
        format!("http://{host}.evil.example/s/{code}"),
        format!("http://{host}@evil.example/s/{code}"),
        format!("http://user:password@{host}/s/{code}"),
        format!("http://127.0.0.1:1/s/{code}"),
        format!("{base}/s/{code}/x"),
        format!("{base}/s/{code}.md"),
        format!("{base}/x/{code}"),
        format!("{base}/s/{}", "A".repeat(12)),
        format!("{base}/s/{}%{:x}", &code[..11], code.as_bytes()[11]),
        format!("{base}/oembed?url={}", encoded(&format!("{base}/s/{code}"))),
        format!("ftp://{host}/s/{code}"),
        format!("/s/{code}"),
        code.clone(),
        String::new(),
        "x".repeat(5000),
    ] {
        let answer = ask(&service, &pasted, "").await;
        assert_problem(&answer, 404, "not_found");
        assert!(!answer.everything().contains(CANARY), "{pasted}");
    }
}

#[tokio::test]
async fn every_status_has_a_body_that_is_no_oembed() {
    let service = Service::start().await;
    let private = service.share("c1", json!({"privacy": "private", "allowedEmails": ["ann@example.org"]})).await;
    let both = service.share("c2", json!({"privacy": "private", "password": PASSWORD})).await;
    let revoked = service.share("c3", json!({})).await;
    service.revoke(&revoked).await;
    let expired = service.share("c4", json!({"expiresIn": 1})).await;
    service.let_expire(&expired).await;
    let open = service.share("c5", json!({})).await;
    let url = |share: &Share| format!("/oembed?url={}", encoded(&page(&service, share)));
    for (path, status, code) in [
        ("/oembed".to_owned(), 400, "malformed"),
        ("/oembed?format=xml&maxwidth=5".to_owned(), 400, "malformed"),
        (url(&private), 401, "sign_in_required"),
        (url(&both), 401, "sign_in_required"),
        (url(&private) + "&format=xml", 401, "sign_in_required"),
        (url(&revoked), 404, "not_found"),
        (url(&expired), 404, "not_found"),
        (url(&open) + "&format=yaml", 501, "not_implemented"),
        (url(&open) + "&format=", 501, "not_implemented"),
        (url(&open) + "&format=JSON", 501, "not_implemented"),
        (url(&private) + "&format=yaml", 501, "not_implemented"),
    ] {
        let answer = service.node.get(&path).await;
        assert_problem(&answer, status, code);
        let problem = answer.json();
        assert!(!OEMBED_TYPES.contains(&problem["type"].as_str().expect("a type")) && problem.get("html").is_none(), "{path}");
        assert!(!answer.everything().contains(CANARY), "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
    }
}

#[tokio::test]
async fn too_many_questions_get_a_429_that_says_when_to_come_again() {
    let service = Service::start_with(&["--limit-read", "1/3"]).await;
    let share = service.share("c1", json!({})).await;
    for status in [200, 200, 200, 429] {
        let answer = ask(&service, &page(&service, &share), "").await;
        assert_eq!(answer.status, status);
        if status == 429 {
            assert_problem(&answer, 429, "too_many_requests");
            assert!(answer.header("retry-after").parse::<u64>().is_ok_and(|seconds| (1..=61).contains(&seconds)));
            assert!(!answer.everything().contains(CANARY));
        }
    }
}

#[tokio::test]
async fn a_locked_share_is_rich_and_neutral_with_a_grant_too() {
    let service = Service::start().await;
    let share = service.share("c1", json!({"password": PASSWORD})).await;
    let grant = service.unlock(&share, PASSWORD).await;
    for more in ["", "&format=xml"] {
        let path = format!("/oembed?url={}{more}", encoded(&page(&service, &share)));
        let request = service.node.request(reqwest::Method::GET, &path).header("vitrine-grant", &grant);
        for answer in [service.node.get(&path).await, crate::harness::Answers::answer(request).await] {
            assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"));
            assert!(!answer.everything().contains(CANARY), "what consumers show to everybody is what anybody may see");
            let said = if more.is_empty() { answer.json() } else { from_xml(&answer.text()) };
            assert_eq!((&said["type"], &said["title"]), (&json!("rich"), &json!("Shared conversation")));
            assert!(said["thumbnail_url"].as_str().is_some_and(|url| url.ends_with("/og-image/card.png")));
        }
    }
}
