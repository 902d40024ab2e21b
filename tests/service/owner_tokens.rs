//! Credentials: API keys, owner tokens, and every management route with every one of them.

use crate::{
    harness::{Answer, Answers, CANARY, PASSWORD, Service, Share, conversation},
    owner_api::{assert_problem, bad_fields},
};
use reqwest::Method;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

async fn call(service: &Service, method: &Method, path: &str, bearer: &str, body: Option<&Value>) -> Answer {
    let request = service.node.request(method.clone(), path);
    let request = if bearer.is_empty() { request } else { request.header("authorization", bearer) };
    match body {
        Some(body) => request.json(body).answer().await,
        None => request.answer().await,
    }
}

/// The status of a GET of `c1` with this token.
async fn reads(service: &Service, token: &str) -> u16 {
    call(service, &Method::GET, "/api/conversations/c1", &format!("Bearer {token}"), None).await.status
}

async fn push_of(service: &Service, id: &str, owner: &str) {
    let path = format!("/api/conversations/{id}?ownerId={owner}");
    assert_eq!(service.api(Method::PUT, &path).json(&conversation()).answer().await.status, 201);
}

/// Every management route on Ann's conversation `c1` and its locked share, with what each credential gets. In order: Ann's token,
/// Ann's token for another conversation, Bob's token, another host app's key.
fn routes(share: &str, code: &str) -> Vec<(Method, String, Option<Value>, [u16; 4])> {
    let conversation = Some(conversation());
    let create = Some(json!({"conversationId": "c1"}));
    let row = |method: Method, path: &str, body: &Option<Value>, statuses| (method, path.to_owned(), body.clone(), statuses);
    vec![
        row(Method::GET, "/api/conversations", &None, [200, 200, 200, 200]),
        row(Method::PUT, "/api/conversations/c1", &conversation, [403, 403, 403, 201]),
        row(Method::GET, "/api/conversations/c1", &None, [200, 404, 404, 200]),
        row(Method::DELETE, "/api/conversations/c1", &None, [403, 403, 403, 204]),
        row(Method::GET, "/api/conversations/c1", &None, [200, 404, 404, 404]),
        row(Method::POST, "/api/owner-tokens", &Some(json!({"ownerId": "ann"})), [403, 403, 403, 201]),
        row(Method::GET, "/api/shares", &None, [200, 200, 200, 200]),
        row(Method::POST, "/api/shares", &create, [409, 404, 404, 404]),
        row(Method::GET, "/api/shares/c1", &None, [200, 404, 404, 404]),
        row(Method::GET, &format!("/api/shares/{code}/embed-code"), &None, [200, 404, 404, 404]),
        row(Method::PATCH, &format!("/api/shares/{share}"), &Some(json!({"privacy": "unlisted"})), [200, 404, 404, 404]),
        row(Method::DELETE, &format!("/api/shares/{share}"), &None, [204, 404, 404, 404]),
    ]
}

#[tokio::test]
async fn every_route_with_every_credential() {
    let service = Service::start().await;
    push_of(&service, "c1", "ann").await;
    push_of(&service, "c2", "ann").await;
    let body = json!({"conversationId": "c1", "password": PASSWORD, "privacy": "unlisted"});
    let settings = service.api(Method::POST, "/api/shares").json(&body).answer().await.json()["settings"].clone();
    let (share, code) = (settings["id"].as_str().expect("an id"), settings["shortCode"].as_str().expect("a code"));

    let expired = service.owner_token(json!({"ownerId": "ann", "expiresIn": 1})).await;
    service.advance(Duration::minutes(1));
    let ann = service.owner_token(json!({"ownerId": "ann"})).await;
    let elsewhere = service.owner_token(json!({"ownerId": "ann", "conversationId": "c2"})).await;
    let bob = service.owner_token(json!({"ownerId": "bob"})).await;
    let foreign = service.foreign_key().await;
    let key = &service.key;
    let nobody = [
        String::new(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        format!("Basic {key}"),
        key.clone(),
        format!("Bearer {}", &key[..key.len() - 1]),
        format!("Bearer {key}A"),
        format!("Bearer vk_{}", "A".repeat(43)),
        format!("Bearer {expired}"),
        format!("Bearer {}", &ann[..ann.len() - 1]),
        "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4ifQ.".to_owned(),
        "Bearer v4.local.AAAA".to_owned(),
    ];
    let before = (service.rows().await, service.settings_of("c1").await);
    for (method, path, body, [_, others @ ..]) in routes(share, code) {
        for bearer in &nobody {
            let answer = call(&service, &method, &path, bearer, body.as_ref()).await;
            assert_problem(&answer, 401, "unauthorized");
            assert_eq!(answer.header("www-authenticate"), "Bearer", "{method} {path} {bearer}");
        }
        for (credential, status) in [(&elsewhere, others[0]), (&bob, others[1]), (&foreign, others[2])] {
            let answer = call(&service, &method, &path, &format!("Bearer {credential}"), body.as_ref()).await;
            assert_eq!(answer.status, status, "{method} {path} {}", answer.text());
            let listed = status == 200 && matches!(path.as_str(), "/api/conversations" | "/api/shares");
            assert!(!listed || !answer.text().contains("\"c1\""), "{method} {path}: not theirs to see");
        }
    }
    assert_eq!((service.rows().await, service.settings_of("c1").await), before, "nobody else changed anything");
    assert_eq!(service.read("/api/conversations/c1").await.json()["ownerId"], "ann");

    for (method, path, body, [own, ..]) in routes(share, code) {
        let answer = call(&service, &method, &path, &format!("bearer {ann}"), body.as_ref()).await;
        assert_eq!(answer.status, own, "{method} {path} {}", answer.text());
    }
}

impl Service {
    async fn settings_of(&self, conversation: &str) -> Value {
        self.read(&format!("/api/shares/{conversation}")).await.json()
    }
}

#[tokio::test]
async fn a_token_reaches_its_owners_conversations_and_no_others() {
    let service = Service::start().await;
    for (id, owner) in [("a1", "ann"), ("a2", "ann"), ("b1", "bob")] {
        push_of(&service, id, owner).await;
    }
    service.push("nobodys").await;
    for id in ["a1", "b1", "nobodys"] {
        service.api(Method::POST, "/api/shares").json(&json!({"conversationId": id})).answer().await;
    }
    for (fields, conversations, shares) in [
        (json!({"ownerId": "ann"}), json!(["a2", "a1"]), json!(["a1"])),
        (json!({"ownerId": "ann", "conversationId": "a1"}), json!(["a1"]), json!(["a1"])),
        (json!({"ownerId": "ann", "conversationId": "b1"}), json!([]), json!([])),
        (json!({"ownerId": "bob", "conversationId": null}), json!(["b1"]), json!(["b1"])),
        // The host app vouches for this one, and nobody else owns it.
        (json!({"ownerId": "carl", "conversationId": "nobodys"}), json!(["nobodys"]), json!(["nobodys"])),
        (json!({"ownerId": "carl"}), json!([]), json!([])),
        (json!({"ownerId": "ann", "conversationId": "never pushed"}), json!([]), json!([])),
    ] {
        let token = service.owner_token(fields.clone()).await;
        for (list, expected) in [("conversations", &conversations), ("shares", &shares)] {
            let answer = call(&service, &Method::GET, &format!("/api/{list}"), &format!("Bearer {token}"), None).await.json();
            let ids: Value = answer[list].as_array().expect("a list").iter().map(|entry| entry["conversationId"].clone()).collect();
            assert_eq!(ids, *expected, "{fields} {list}");
        }
        for id in ["a1", "a2", "b1", "nobodys"] {
            let reached = conversations.as_array().is_some_and(|ids| ids.contains(&json!(id)));
            let answer = call(&service, &Method::GET, &format!("/api/conversations/{id}"), &format!("Bearer {token}"), None).await;
            assert_eq!(answer.status, if reached { 200 } else { 404 }, "{fields} {id}");
        }
    }
}

#[tokio::test]
async fn a_token_ends_with_its_time_and_with_the_key_that_minted_it() {
    let service = Service::start().await;
    push_of(&service, "c1", "ann").await;
    for (fields, minutes) in [
        (json!({"ownerId": "ann"}), 15.0),
        (json!({"ownerId": "ann", "expiresIn": 720}), 720.0),
        (json!({"ownerId": "ann", "expiresIn": 0.5}), 0.5),
    ] {
        let now = service.node.app.now();
        let answer = service.api(Method::POST, "/api/owner-tokens").json(&fields).answer().await.json();
        let life = Duration::seconds_f64(minutes * 60.0);
        let expires_at = answer["expiresAt"].as_str().and_then(|at| OffsetDateTime::parse(at, &Rfc3339).ok());
        assert_eq!(expires_at, Some(now + life), "{fields}");
        let token = answer["ownerToken"].as_str().expect("a token");
        service.advance(life - Duration::seconds(1));
        assert_eq!(reads(&service, token).await, 200, "{fields}: a second before its end");
        service.advance(Duration::seconds(1));
        assert_eq!(reads(&service, token).await, 401, "{fields}: at its end");
    }

    let token = service.owner_token(json!({"ownerId": "ann"})).await;
    let other_key = vitrine::owner::store::create_key(&service.node.app.pool, "default", "second").await.expect("a key").0;
    let minted = service.node.post("/api/owner-tokens").bearer_auth(other_key.reveal()).json(&json!({"ownerId": "ann"}));
    let kept = minted.answer().await.json()["ownerToken"].as_str().expect("a token").to_owned();
    assert_eq!((reads(&service, &token).await, reads(&service, &kept).await), (200, 200));
    let node = service.another_node().await;
    service.sql("update api_key set revoked_at = now() where name = 'tests'").await;
    assert_eq!((reads(&service, &token).await, reads(&service, &service.key).await), (401, 401));
    assert_eq!((reads(&service, &kept).await, reads(&service, other_key.reveal()).await), (200, 200));
    let elsewhere = node.request(Method::GET, "/api/conversations/c1").bearer_auth(&token).answer().await;
    assert_eq!(elsewhere.status, 401, "on every node");
}

#[tokio::test]
async fn minting_names_every_bad_field() {
    let service = Service::start().await;
    for (fields, bad) in [
        (json!({}), vec!["ownerId"]),
        (json!({"ownerId": ""}), vec!["ownerId"]),
        (json!({"ownerId": "a\u{0}"}), vec!["ownerId"]),
        (json!({"ownerId": "x".repeat(201)}), vec!["ownerId"]),
        (json!({"ownerId": "ann", "expiresIn": 0}), vec!["expiresIn"]),
        (json!({"ownerId": "ann", "expiresIn": 720.1}), vec!["expiresIn"]),
        (json!({"ownerId": "ann", "expiresIn": "15"}), vec!["expiresIn"]),
        (
            json!({"ownerId": 1, "conversationId": "", "expiresIn": -1, "scope": "all"}),
            vec!["ownerId", "conversationId", "expiresIn", "scope"],
        ),
    ] {
        let answer = service.api(Method::POST, "/api/owner-tokens").json(&fields).answer().await;
        assert_problem(&answer, 422, "invalid");
        assert_eq!(bad_fields(&answer), bad, "{fields}");
    }
}

#[tokio::test]
async fn the_longest_ids_make_tokens_that_work() {
    let service = Service::start().await;
    let id = "😀".repeat(200);
    let path = format!("/api/conversations/{0}", crate::owner_api::encoded(&id));
    assert_eq!(service.api(Method::PUT, &path).json(&conversation()).answer().await.status, 201);
    for fields in [json!({"ownerId": id, "conversationId": id}), json!({"ownerId": "\u{e000}".repeat(200), "conversationId": id})] {
        let token = service.owner_token(fields).await;
        assert_eq!(call(&service, &Method::GET, &path, &format!("Bearer {token}"), None).await.status, 200);
    }
}

#[tokio::test]
async fn a_grant_is_no_owner_token_and_an_owner_token_no_grant() {
    let service = Service::start().await;
    let share = service.share("c1", json!({"password": PASSWORD})).await;
    let grant = service.unlock(&share, PASSWORD).await;
    assert_eq!(reads(&service, &grant).await, 401);
    for credential in [service.owner_token(json!({"ownerId": "ann", "conversationId": "c1"})).await, service.key.clone()] {
        let request = service.node.request(Method::GET, &format!("{}.json", share.page()));
        let answer = request.header("vitrine-grant", &credential).answer().await;
        assert_eq!(answer.status, 401);
    }
}

#[tokio::test]
async fn owners_open_what_they_share_and_nobody_elses() {
    let service = Service::start().await;
    let locked = service.share("c1", json!({"password": PASSWORD})).await;
    let private = service.share("c2", json!({"privacy": "private", "password": PASSWORD})).await;
    let own = service.owner_token(json!({"ownerId": "ann", "conversationId": "c1"})).await;
    let foreign = service.foreign_key().await;
    let opens = async |share: &Share, credential: &str| {
        let mut statuses = Vec::new();
        for path in [share.page(), format!("{}.json", share.page()), format!("/embed/{}", share.code)] {
            let request = service.node.request(Method::GET, &path).header("user-agent", crate::harness::BROWSER);
            let answer = request.bearer_auth(credential).answer().await;
            assert_eq!(answer.header("cache-control"), "no-store");
            statuses.push((answer.status, answer.everything().contains(CANARY)));
        }
        statuses
    };
    for (share, credential) in [(&locked, &service.key), (&private, &service.key), (&locked, &own)] {
        assert_eq!(opens(share, credential).await, [(200, true); 3]);
    }
    for (share, credential) in [(&locked, &foreign), (&private, &foreign), (&private, &own)] {
        assert_eq!(opens(share, credential).await, [(200, false), (401, false), (200, false)]);
    }
    service.node.app.flush_views().await;
    assert!(service.sql("select from share_view").await.is_empty(), "owners are not counted");
}

#[tokio::test]
async fn what_a_proxys_own_password_sends_along_is_no_credential() {
    let service = Service::start().await;
    let open = service.share("c1", json!({})).await;
    let locked = service.share("c2", json!({"password": PASSWORD})).await;
    let grant = service.unlock(&locked, PASSWORD).await;
    service.sql("delete from share_view").await;
    for (share, grant, statuses) in [(&open, "", [200; 3]), (&locked, "", [200, 401, 200]), (&locked, grant.as_str(), [200; 3])] {
        for (path, status) in
            [share.page(), format!("{}.json", share.page()), format!("/embed/{}", share.code)].into_iter().zip(statuses)
        {
            let request = service.node.request(Method::GET, &path).header("authorization", "Basic YW5uOnNlY3JldA==");
            let request = if grant.is_empty() { request } else { request.header("vitrine-grant", grant) };
            let request = request.header("user-agent", crate::harness::BROWSER);
            assert_eq!(request.answer().await.status, status, "{path}");
        }
    }
    service.node.app.flush_views().await;
    let counted = service.sql("select surface, sum(views)::bigint from share_view group by 1 order by 1").await;
    let counted: Vec<(String, i64)> = counted.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(counted, [("embed".to_owned(), 1), ("page".to_owned(), 2)], "nor does it make readers owners");
}

#[tokio::test]
async fn a_bearer_that_is_nobodys_stands_between_no_reader_and_a_share() {
    let service = Service::start_with(&["--limit-read", "1000000/1000000"]).await;
    let open = service.share("c1", json!({})).await;
    let locked = service.share("c2", json!({"password": PASSWORD})).await;
    let grant = service.unlock(&locked, PASSWORD).await;
    let ended = service.owner_token(json!({"ownerId": "alice", "expiresIn": 1})).await;
    service.advance(Duration::minutes(2));
    let strangers = ["eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2ln", &format!("vk_{:0>43}", 1), ended.as_str()].map(str::to_owned);
    service.sql("delete from share_view").await;
    for stranger in &strangers {
        for (share, grant, statuses) in [(&open, "", [200; 3]), (&locked, "", [200, 401, 200]), (&locked, grant.as_str(), [200; 3])]
        {
            for (path, status) in
                [share.page(), format!("{}.json", share.page()), format!("/embed/{}", share.code)].into_iter().zip(statuses)
            {
                let request = service.node.request(Method::GET, &path).bearer_auth(stranger);
                let request = if grant.is_empty() { request } else { request.header("vitrine-grant", grant) };
                let answer = request.header("user-agent", crate::harness::BROWSER).answer().await;
                assert_eq!(answer.status, status, "{stranger} {path} {answer:?}");
                assert!(share.code == open.code || !grant.is_empty() || !answer.everything().contains(CANARY), "{path}");
            }
        }
    }
    // More often than a guesser may.
    for turn in 0..40 {
        let answer = service.node.request(Method::GET, &open.page()).bearer_auth(&strangers[turn % 3]).answer().await;
        assert_eq!(answer.status, 200, "{turn}");
    }
    service.node.app.flush_views().await;
    let counted: i64 = service.sql("select sum(views)::bigint from share_view").await[0].get(0);
    assert_eq!(counted, 3, "who shows a token of somebody else's is a reader: once each for page, frame and the unlocked page");
}

/// A grant lives for hours, and a key can be revoked in between.
#[tokio::test]
async fn an_owners_credential_is_traded_for_no_grant() {
    let service = Service::start().await;
    let private = service.share("c1", json!({"privacy": "private"})).await;
    let both = service.share("c2", json!({"privacy": "private", "password": PASSWORD})).await;
    let minted = service.owner_token(json!({"ownerId": "alice"})).await;
    for bearer in [&service.key, &minted] {
        for share in [&private, &both] {
            let json = service.node.post(&format!("/api/shares/{}/unlock", share.code)).bearer_auth(bearer);
            let json = json.json(&json!({"password": PASSWORD})).answer().await;
            let form = service.node.post(&format!("{}/unlock", share.page())).bearer_auth(bearer);
            let form = form.form(&[("password", PASSWORD)]).answer().await;
            for answer in [json, form] {
                assert_eq!((answer.status, answer.header("set-cookie")), (401, ""), "{answer:?}");
                assert!(!answer.everything().contains("v4.local.") && !answer.everything().contains(CANARY));
            }
        }
    }
    let shown = service.node.request(Method::GET, &private.page()).bearer_auth(&service.key).answer().await;
    assert!(shown.status == 200 && shown.text().contains(CANARY), "the owner still sees it");
}

#[tokio::test]
async fn guessing_credentials_is_refused_before_the_database_is_asked() {
    let service = Service::start_with(&["--limit-unknown-code", "1/3"]).await;
    service.push("c1").await;
    let mut statuses = Vec::new();
    for number in 0..5 {
        statuses.push(reads(&service, &format!("vk_{:0>43}", number)).await);
    }
    assert_eq!(statuses, [401, 401, 401, 429, 429]);
    let refused = call(&service, &Method::GET, "/api/conversations", "Bearer v4.local.x", None).await;
    assert_problem(&refused, 429, "too_many_requests");
    assert!(refused.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds >= 1));
    // What has held before goes on; what nobody has seen yet waits, because to know that it is good would take the database.
    assert_eq!(reads(&service, &service.key).await, 200);
    assert_eq!(reads(&service, &service.foreign_key().await).await, 429);
}
