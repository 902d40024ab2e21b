//! `/api/shares`: created, changed, listed, revoked; every field of SPEC section 3 with its rules.

use crate::{
    harness::{Answer, Answers, CANARY, PASSWORD, Service},
    owner_api::{assert_problem, bad_fields},
};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashSet};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

async fn create(service: &Service, body: &Value) -> Answer {
    service.api(Method::POST, "/api/shares").json(body).answer().await
}

fn moment(value: &Value) -> OffsetDateTime {
    OffsetDateTime::parse(value.as_str().expect("a time"), &Rfc3339).expect("RFC 3339")
}

/// The names of the fields in which two settings differ.
fn differences(one: &Value, other: &Value) -> BTreeSet<String> {
    let names = |value: &Value| value.as_object().expect("settings").keys().cloned().collect::<BTreeSet<String>>();
    names(one).union(&names(other)).filter(|name| one[name.as_str()] != other[name.as_str()]).cloned().collect()
}

fn set<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.map(str::to_owned).into()
}

#[tokio::test]
async fn a_new_share_has_the_defaults_and_all_its_urls() {
    let service = Service::start().await;
    service.push("c1").await;
    let answer = create(&service, &json!({"conversationId": "c1"})).await;
    assert_eq!((answer.status, answer.header("location")), (201, "/api/shares/c1"));
    let body = answer.json();
    let (code, base, settings) = (body["shortCode"].as_str().expect("a code"), &service.node.base, &body["settings"]);
    assert!(code.len() == 12 && code.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{code}");
    assert_eq!((&body["success"], &body["shareUrl"]), (&json!(true), &json!(format!("{base}/s/{code}"))));
    let url = crate::owner_api::encoded(&format!("{base}/s/{code}")).replace("%2D", "-").replace("%2E", ".");
    assert_eq!(
        settings,
        &json!({
            "id": settings["id"], "createdAt": settings["createdAt"], "updatedAt": settings["createdAt"],
            "conversationId": "c1", "shortCode": code, "privacy": "unlisted", "hasPassword": false, "updates": "frozen",
            "include": {"toolCalls": false, "reasoning": false, "attachments": true}, "viewCount": 0,
            "shareUrl": format!("{base}/s/{code}"), "embedUrl": format!("{base}/embed/{code}"),
            "oembedUrl": format!("{base}/oembed?url={url}&format=json"),
            "ogImageUrl": settings["ogImageUrl"],
        })
    );
    assert_eq!(service.read("/api/shares/c1").await.json(), *settings);
    let card = settings["ogImageUrl"].as_str().expect("a URL");
    assert!(card.starts_with(&format!("{base}/api/shares/{code}/og-image/")) && card.ends_with(".png"), "{card}");
    for url in ["shareUrl", "embedUrl", "oembedUrl", "ogImageUrl"] {
        let path = settings[url].as_str().and_then(|url| url.strip_prefix(base.as_str())).expect("a URL of ours");
        assert_eq!(service.node.get(path).await.status, 200, "{url}");
    }
}

#[tokio::test]
async fn a_change_of_one_field_leaves_all_others_as_they_were() {
    let service = Service::start().await;
    let everything = json!({
        "privacy": "private", "password": PASSWORD, "expiresIn": 48, "allowedEmails": ["Ann@Example.org", "bob@example.org"],
        "updates": "live", "include": {"toolCalls": true, "reasoning": true, "attachments": false, "messages": [[1, 2], [4, 4]]},
        "embedOrigins": ["https://blog.example", "https://*.docs.example"]});
    let share = service.share("c1", everything.clone()).await;
    assert_eq!(share.settings["allowedEmails"], json!(["ann@example.org", "bob@example.org"]));
    assert_eq!(share.settings["embedOrigins"], json!(["https://*.docs.example", "https://blog.example"]));
    assert_eq!((&share.settings["include"], &share.settings["updates"]), (&everything["include"], &json!("live")));
    assert_eq!(share.settings["hasPassword"], true);
    assert_eq!(moment(&share.settings["expiresAt"]) - moment(&share.settings["createdAt"]), time::Duration::hours(48));

    let hash = async || -> Option<String> { service.sql("select password_hash from share").await[0].get(0) };
    for (change, changed, rehashed) in [
        (json!({}), set([]), false),
        (json!({"password": ""}), set([]), false),
        (json!({"publish": true}), set([]), false),
        (json!({"password": "another password"}), set([]), true),
        (json!({"privacy": "private"}), set([]), false),
        (json!({"allowedEmails": ["carl@example.org"]}), set(["allowedEmails"]), false),
        (json!({"updates": "frozen"}), set(["updates"]), false),
        (json!({"include": {"attachments": true}}), set(["include"]), false),
        (json!({"embedOrigins": []}), set(["embedOrigins"]), false),
        (json!({"embedOrigins": null}), set(["embedOrigins"]), false),
        (json!({"expiresIn": 0.5}), set(["expiresAt"]), false),
        (json!({"expiresIn": null}), set(["expiresAt"]), false),
        (json!({"password": null}), set(["hasPassword"]), true),
        // The addresses stay with the share, out of sight, for the day it becomes private again.
        (json!({"privacy": "public"}), set(["privacy", "allowedEmails"]), false),
        (json!({"privacy": "private"}), set(["privacy", "allowedEmails"]), false),
    ] {
        let (before, hash_before) = (service.settings(&share).await, hash().await);
        let answer = service.change(&share, change.clone()).await;
        assert_eq!(answer.status, 200, "{change}: {}", answer.text());
        let after = answer.json();
        assert_eq!(after, service.settings(&share).await, "{change}: what was said is what is stored");
        let mut differ = differences(&before, &after);
        // The card's address changes with whatever it may show.
        differ.remove("ogImageUrl");
        assert!(differ.remove("updatedAt"), "{change}");
        assert_eq!((differ, hash().await != hash_before), (changed, rehashed), "{change}");
    }
    let end = service.settings(&share).await;
    // Of `include` too only what was named has changed: hidden messages do not come to light by the way.
    let include = json!({"toolCalls": true, "reasoning": true, "attachments": true, "messages": [[1, 2], [4, 4]]});
    assert_eq!(end["include"], include);
    assert_eq!((&end["allowedEmails"], end.get("expiresAt"), end.get("embedOrigins")), (&json!(["carl@example.org"]), None, None));
}

#[tokio::test]
async fn every_bad_field_is_named_at_once_and_nothing_is_stored_or_changed() {
    let service = Service::start().await;
    let bad = json!({
        "privacy": "secret", "password": "1234567", "expiresIn": 0, "allowedEmails": ["Ann <ann@example.org>"], "updates": true,
        "include": {"tools": true}, "embedOrigins": ["https://a.example/path"], "colour": "red"});
    let names = ["privacy", "password", "expiresIn", "allowedEmails", "updates", "include.tools", "embedOrigins", "colour"];
    service.push("c0").await;
    let rows = service.rows().await;

    let mut body = bad.clone();
    body["conversationId"] = json!("c\u{0}0");
    let created = create(&service, &body).await;
    assert_problem(&created, 422, "invalid");
    assert_eq!(bad_fields(&created).into_iter().collect::<BTreeSet<_>>(), &set(names) | &set(["conversationId"]));
    assert_eq!(service.rows().await, rows);

    let share = service.share("c1", json!({})).await;
    let mut body = bad;
    body["publish"] = json!("yes");
    let changed = service.change(&share, body).await;
    assert_problem(&changed, 422, "invalid");
    assert_eq!(bad_fields(&changed).into_iter().collect::<BTreeSet<_>>(), &set(names) | &set(["publish"]));
    // One bad field keeps the good ones from being applied too.
    assert_eq!(service.change(&share, json!({"privacy": "public", "expiresIn": -1})).await.status, 422);
    assert_eq!(service.settings(&share).await, share.settings);
}

#[tokio::test]
async fn the_edges_of_every_rule_hold_on_create_and_on_change() {
    let service = Service::start().await;
    let share = service.share("c1", json!({"privacy": "private"})).await;
    for (field, good, bad) in [
        ("privacy", json!("private"), json!("Private")),
        ("password", json!("ÄÖÜäöüß€"), json!("ÄÖÜäöüß")),
        ("password", json!("x".repeat(1024)), json!("€".repeat(342))),
        ("expiresIn", json!(87_600), json!(87_600.01)),
        ("expiresIn", json!(0.000_001), json!(-0.000_001)),
        ("expiresIn", json!(null), json!("24")),
        ("allowedEmails", json!([]), json!(["ann@example.org\r\nBcc: x@example.org"])),
        ("allowedEmails", emails(500), emails(501)),
        ("updates", json!("live"), json!("Frozen")),
        ("include", json!({"messages": [[1, 1], [2, 2_147_483_647]]}), json!({"messages": [[2, 1]]})),
        ("include", json!({}), json!({"messages": [[0, 1]]})),
        ("include", json!({"messages": null}), json!({"messages": []})),
        ("include", json!({"reasoning": true}), json!({"reasoning": "true"})),
        ("embedOrigins", json!([]), json!("https://a.example")),
        ("embedOrigins", json!(["http://localhost:3000"]), json!(["*"])),
        ("embedOrigins", json!(["https://*.a.example"]), json!(["*://a.example"])),
        ("embedOrigins", json!(["HTTPS://A.example:443"]), json!(["https://a.example https://b.example"])),
        ("embedOrigins", json!(vec!["https://a.example"; 50]), json!(vec!["https://a.example"; 51])),
    ] {
        let body = |value: &Value| json!({"conversationId": "c1", "privacy": "private", field: value});
        // The share exists, so a create that is well formed comes as far as the conflict.
        let created = create(&service, &body(&good)).await;
        assert_eq!(created.status, 409, "{field} {good} {}", created.text());
        let changed = service.change(&share, json!({field: good})).await;
        assert_eq!(changed.status, 200, "{field} {good} {}", changed.text());
        let inner = bad.as_object().and_then(|object| object.keys().next());
        let named = inner.map_or_else(|| field.to_owned(), |inner| format!("{field}.{inner}"));
        for refused in [create(&service, &body(&bad)).await, service.change(&share, json!({field: bad})).await] {
            assert_eq!((refused.status, bad_fields(&refused)), (422, vec![named.clone()]), "{field} {bad}");
            // Values end up in nobody's log by way of an error.
            assert!(!refused.text().contains("Bcc") && !refused.text().contains("ÄÖÜ"), "{}", refused.text());
        }
    }
}

fn emails(count: usize) -> Value {
    (0..count).map(|number| format!("a{number}@example.org")).collect()
}

#[tokio::test]
async fn addresses_go_only_with_private() {
    let service = Service::start().await;
    service.push("c0").await;
    let some = json!(["ann@example.org"]);
    let refused = create(&service, &json!({"conversationId": "c0", "allowedEmails": some})).await;
    assert_eq!((refused.status, bad_fields(&refused)), (422, vec!["allowedEmails".to_owned()]));
    let share = service.share("c1", json!({})).await;
    let refused = service.change(&share, json!({"allowedEmails": some})).await;
    assert_eq!((refused.status, bad_fields(&refused)), (422, vec!["allowedEmails".to_owned()]));
    assert_eq!(service.change(&share, json!({"allowedEmails": some, "privacy": "private"})).await.status, 200);
    assert_eq!(service.change(&share, json!({"allowedEmails": [], "privacy": "unlisted"})).await.status, 200);
}

#[tokio::test]
async fn the_operator_may_ask_for_longer_passwords_and_forbid_public() {
    let service = Service::start_with(&["--allow-public", "false", "--password-chars", "12", "--code-length", "20"]).await;
    let share = service.share("c1", json!({})).await;
    assert_eq!(share.code.len(), 20);
    let refused = service.change(&share, json!({"privacy": "public", "password": "elevenchars"})).await;
    assert_eq!((refused.status, bad_fields(&refused)), (422, vec!["privacy".to_owned(), "password".to_owned()]));
    assert_eq!(service.change(&share, json!({"password": "twelve chars"})).await.status, 200);
}

#[tokio::test]
async fn one_live_share_a_conversation_also_for_twenty_at_the_same_instant() {
    let service = Service::start().await;
    service.push("c1").await;
    let other = service.another_node().await;
    let tasks: Vec<_> = (0..20)
        .map(|number| {
            let node = if number % 2 == 0 { &service.node } else { &other };
            let body = json!({"conversationId": "c1", "expiresIn": number + 1});
            let request = node.post("/api/shares").bearer_auth(&service.key).json(&body);
            tokio::spawn(async move {
                loop {
                    // A busy machine may be short of connections for a moment; whoever is told so comes again.
                    let answer = request.try_clone().expect("a body in memory").answer().await;
                    if answer.status != 503 {
                        return answer;
                    }
                }
            })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.expect("an answer"));
    }
    let (created, exists): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 201);
    assert_eq!((created.len(), exists.len()), (1, 19));
    let settings = created[0].json()["settings"].clone();
    for answer in &exists {
        assert_problem(answer, 409, "share_exists");
        let existing = &answer.json()["settings"];
        assert_eq!((&existing["id"], &existing["expiresAt"]), (&settings["id"], &settings["expiresAt"]));
        assert!(existing["shareUrl"].as_str().is_some_and(|url| url.ends_with(settings["shortCode"].as_str().expect("a code"))));
    }
    assert_eq!(service.rows().await["share"], 1);
}

#[tokio::test]
async fn revoking_is_final() {
    let service = Service::start().await;
    let mut codes = HashSet::new();
    for _ in 0..3 {
        let share = service.share("c1", json!({"password": PASSWORD})).await;
        assert!(codes.insert(share.code.clone()), "a code is never given out again");
        let revoked = service.revoke(&share).await;
        assert_eq!((revoked.status, revoked.body.len()), (204, 0));
        assert_problem(&service.revoke(&share).await, 404, "not_found");
        for change in [json!({"expiresIn": 1}), json!({"publish": true}), json!({})] {
            assert_problem(&service.change(&share, change).await, 404, "not_found");
        }
        assert_problem(&service.read("/api/shares/c1").await, 404, "not_found");
        service.assert_dead(&share, CANARY).await;
    }
    let revoked = service.read("/api/shares?state=revoked").await.json();
    assert_eq!(revoked["shares"].as_array().map(Vec::len), Some(3));
    assert!(!service.stored().await.contains("$argon2id$"), "what a thief could use is gone");
    // The conversation can be shared anew, and that does not wake the dead.
    let again = service.share("c1", json!({})).await;
    assert_eq!(service.node.get(&again.page()).await.status, 200);
    for code in codes {
        assert_eq!(service.node.get(&format!("/s/{code}")).await.status, 404);
    }
}

#[tokio::test]
async fn an_expired_share_is_absent_to_readers_and_its_owner_can_extend_it() {
    let service = Service::start().await;
    let share = service.share("c1", json!({"expiresIn": 1})).await;
    assert_eq!(service.node.get(&share.page()).await.status, 200);
    service.let_expire(&share).await;
    service.assert_dead(&share, CANARY).await;
    let ids = async |query: &str| -> Vec<String> {
        let list = service.read(&format!("/api/shares{query}")).await.json();
        let shares = list["shares"].as_array().expect("a list").iter();
        shares.map(|share| share["id"].as_str().expect("an id").to_owned()).collect()
    };
    assert_eq!(ids("?state=expired").await, std::slice::from_ref(&share.id));
    assert_eq!((ids("").await.len(), ids("?state=live").await.len(), ids("?state=revoked").await.len()), (1, 0, 0));
    // It still is the conversation's share: a second one must not appear beside it.
    assert_problem(&create(&service, &json!({"conversationId": "c1"})).await, 409, "share_exists");
    // A change of something else does not wake it.
    assert_eq!(service.change(&share, json!({"privacy": "public"})).await.status, 200);
    service.assert_dead(&share, CANARY).await;
    for extension in [json!({"expiresIn": 2}), json!({"expiresIn": null})] {
        service.let_expire(&share).await;
        assert_eq!(service.change(&share, extension.clone()).await.status, 200);
        assert_eq!(service.node.get(&share.page()).await.status, 200, "{extension}");
        assert_eq!((ids("?state=live").await.len(), ids("?state=expired").await.len()), (1, 0));
    }
}

#[tokio::test]
async fn lists_filter_and_page_without_skipping_or_repeating() {
    let service = Service::start().await;
    let mut newest_first = Vec::new();
    for number in 1..=5 {
        newest_first.insert(0, service.share(&format!("c{number}"), json!({})).await.id);
    }
    let gone = service.share("gone", json!({})).await;
    service.revoke(&gone).await;
    let listed = async |query: &str| {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = service.read(&format!("/api/shares?{query}{cursor}")).await.json();
            let shares = page["shares"].as_array().expect("a list").iter();
            all.extend(shares.map(|share| share["id"].as_str().expect("an id").to_owned()));
            let Some(next) = page["nextCursor"].as_str() else { return all };
            cursor = format!("&cursor={next}");
        }
    };
    for query in ["limit=1", "limit=2", "limit=5", "state=live&limit=3"] {
        assert_eq!(listed(query).await, newest_first, "{query}");
    }
    service.sql("update share set created_at = '2026-01-01'").await;
    let mut by_id = newest_first.clone();
    by_id.sort_by(|one, other| other.cmp(one));
    assert_eq!(listed("limit=2").await, by_id, "all of one instant");
    assert_eq!(listed("state=revoked").await, [gone.id]);
    assert_eq!(listed("conversationId=c5").await, newest_first[..1]);
    assert_eq!(listed("conversationId=c5&state=expired").await.len() + listed("conversationId=nothing").await.len(), 0);
    for (query, field) in [
        ("state=dead", "state"),
        ("state=", "state"),
        ("conversationId=", "conversationId"),
        ("conversationId=%00", "conversationId"),
    ] {
        let answer = service.read(&format!("/api/shares?{query}")).await;
        assert_eq!((answer.status, bad_fields(&answer)), (422, vec![field.to_owned()]), "{query}");
    }
    let foreign = service.foreign_key().await;
    for state in ["", "?state=live", "?state=revoked", "?state=expired"] {
        let seen = service.node.request(Method::GET, &format!("/api/shares{state}")).bearer_auth(&foreign).answer().await;
        assert_eq!(seen.json(), json!({"shares": [], "nextCursor": null}), "{state}");
    }
}
