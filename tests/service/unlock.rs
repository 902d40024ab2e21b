//! Passwords: how often they may be guessed, what a right one gives, and when that ends (SECURITY R11 to R15, R20, R21).

use crate::harness::{Answer, Answers, CANARY, Node, PASSWORD, Service, Share, client};
use reqwest::Method;
use serde_json::json;
use time::Duration;

const WRONG: &str = "not the password";

/// Tries a password as a client at this address, behind the proxy that the tests' nodes trust.
async fn guess(node: &Node, share: &Share, password: &str, address: &str) -> Answer {
    let unlock = node.post(&format!("/api/shares/{}/unlock", share.code)).header("x-forwarded-for", address);
    unlock.json(&json!({ "password": password })).answer().await
}

async fn start(more: &[&str]) -> (Service, Share) {
    let mut arguments = vec!["--trusted-proxies=127.0.0.1", "--limit-read=1000000/1000000"];
    arguments.extend_from_slice(more);
    let service = Service::start_with(&arguments).await;
    let share = service.share("c1", json!({"password": PASSWORD})).await;
    (service, share)
}

/// The wait that a 429 asks for, in seconds.
fn wait(answer: &Answer) -> u64 {
    assert_eq!(answer.status, 429, "{answer:?}");
    assert!(!answer.everything().contains(CANARY));
    answer.header("retry-after").parse().expect("seconds")
}

#[tokio::test]
async fn a_right_password_gives_the_conversation_and_a_grant() {
    let (service, share) = start(&[]).await;
    let right = guess(&service.node, &share, PASSWORD, "192.0.2.1").await;
    assert_eq!((right.status, right.header("cache-control"), right.header("set-cookie")), (200, "no-store", ""));
    let document = right.json();
    assert_eq!(document.as_object().expect("an object").len(), 3);
    assert_eq!(document["conversation"]["title"], format!("Title {CANARY}"));
    assert!(document["grant"].as_str().expect("a grant").starts_with("v4.local.") && document["expiresAt"].is_string());
    for wrong in [WRONG, "", "correct horse batter", "correct horse battery ", "Correct horse battery"] {
        let answer = guess(&service.node, &share, wrong, "192.0.2.1").await;
        assert_eq!((answer.status, answer.json()["code"].as_str()), (401, Some("wrong_password")), "{wrong:?}");
        assert!(!answer.everything().contains(CANARY) && !answer.everything().contains("v4.local"));
    }
}

#[tokio::test]
async fn the_form_leads_to_the_place_that_was_asked_for() {
    let (service, share) = start(&[]).await;
    for (asked, kept) in [
        ("", ""),
        ("?page=2", "?page=2"),
        ("?message=7&utm=x", "?message=7"),
        ("?all", "?all"),
        ("?page=2%22%3E%0d%0aSet-Cookie:%20x", ""),
    ] {
        let page = service.node.get(&format!("{}{asked}", share.page())).await.text();
        let action = format!("{}/unlock{kept}", share.page());
        assert!(page.contains(&format!("action=\"{action}\"")), "{asked}: {page}");
        let wrong = service.node.post(&action).form(&[("password", WRONG)]).answer().await;
        assert!(wrong.status == 401 && wrong.text().contains(&format!("action=\"{action}\"")), "{asked}");
        let right = service.node.post(&action).form(&[("password", PASSWORD)]).answer().await;
        assert_eq!((right.status, right.header("location")), (303, format!("{}{kept}", share.page()).as_str()));
        service.sql("delete from unlock_failure").await;
    }
}

/// The owner changes the share between the lookup and the check: once, here by the very counting of the try.
#[tokio::test]
async fn a_change_while_a_password_is_checked_is_no_loss() {
    let (service, share) = start(&[]).await;
    let database = vitrine::postgres::pool::connect(&service.database).await.expect("a connection");
    let meddle = "
        create function meddle() returns trigger language plpgsql as $$ begin
            update share set epoch = epoch + 1, revision = revision + 1 where id = new.share_id and epoch = 1; return new;
        end $$;
        create trigger meddle before insert on unlock_failure for each row execute function meddle();
        update share set epoch = 1";
    database.batch_execute(meddle).await.expect("a trigger");
    assert_eq!(guess(&service.node, &share, PASSWORD, "192.0.2.1").await.status, 200);
    assert_eq!(service.sql("select epoch from share").await[0].get::<_, i32>(0), 2, "it was changed in between");
    let left: i32 = service.sql("select cardinality(tries) from unlock_failure").await[0].get(0);
    assert_eq!(left, 0, "and no try was lost");
}

#[tokio::test]
async fn five_wrong_passwords_a_minute_and_twenty_an_hour() {
    let (service, share) = start(&[]).await;
    for round in 0..4 {
        for _ in 0..5 {
            assert_eq!(guess(&service.node, &share, WRONG, "192.0.2.1").await.status, 401, "round {round}");
        }
        // The right one is not looked at either, by whichever door.
        let seconds = wait(&guess(&service.node, &share, PASSWORD, "192.0.2.1").await);
        assert!(if round < 3 { (1..=60).contains(&seconds) } else { (3000..=3600).contains(&seconds) }, "{round}: {seconds}");
        let form = service.node.post(&format!("{}/unlock", share.page())).header("x-forwarded-for", "192.0.2.1");
        let form = form.form(&[("password", PASSWORD)]).answer().await;
        wait(&form);
        assert!(form.header("set-cookie").is_empty());
        service.sql("update unlock_failure set tries = array(select t - interval '61 seconds' from unnest(tries) t)").await;
    }
    wait(&guess(&service.node, &share, PASSWORD, "192.0.2.1").await);
    // R15: nobody else is locked out.
    assert_eq!(guess(&service.node, &share, PASSWORD, "192.0.2.2").await.status, 200);
    service.sql("update unlock_failure set tries = array(select t - interval '1 hour' from unnest(tries) t)").await;
    assert_eq!(guess(&service.node, &share, PASSWORD, "192.0.2.1").await.status, 200);
}

#[tokio::test]
async fn a_right_password_is_not_counted() {
    let (service, share) = start(&[]).await;
    for turn in 0..25 {
        assert_eq!(guess(&service.node, &share, PASSWORD, "192.0.2.1").await.status, 200, "{turn}");
    }
    for _ in 0..4 {
        assert_eq!(guess(&service.node, &share, WRONG, "192.0.2.1").await.status, 401);
    }
    assert_eq!(guess(&service.node, &share, PASSWORD, "192.0.2.1").await.status, 200);
    assert_eq!(guess(&service.node, &share, WRONG, "192.0.2.1").await.status, 401, "the fifth");
    wait(&guess(&service.node, &share, WRONG, "192.0.2.1").await);
}

/// R14: counted first, then checked, over all nodes.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_guesses_at_once_on_two_nodes_check_five() {
    let (service, share) = start(&[]).await;
    let nodes = [service.another_node().await, service.another_node().await];
    let client = client();
    let guesses: Vec<_> = (0..50)
        .map(|number| {
            let url = format!("{}/api/shares/{}/unlock", nodes[number % 2].base, share.code);
            let body = json!({"password": format!("guess number {number}")});
            tokio::spawn(client.post(url).header("x-forwarded-for", "192.0.2.1").json(&body).answer())
        })
        .collect();
    let mut checked = 0;
    for guess in guesses {
        let answer = guess.await.expect("an answer");
        match answer.status {
            401 => checked += 1,
            // A node that is short of connections refuses too: nothing was checked.
            503 => {}
            _ => assert!((1..=60).contains(&wait(&answer))),
        }
    }
    while guess(&nodes[checked % 2], &share, WRONG, "192.0.2.1").await.status == 401 {
        checked += 1;
    }
    assert!(checked <= 5, "{checked} were checked");
    let counted: i32 = service.sql("select cardinality(tries) from unlock_failure").await[0].get(0);
    assert_eq!(counted, 5);
    for node in &nodes {
        wait(&guess(node, &share, PASSWORD, "192.0.2.1").await);
    }
}

#[tokio::test]
async fn many_clients_together_are_slowed_down_and_nobody_is_locked_out() {
    let (service, share) = start(&["--unlock-share-per-hour=3"]).await;
    for client in 1..=3 {
        assert_eq!(guess(&service.node, &share, WRONG, &format!("192.0.2.{client}")).await.status, 401);
    }
    let seconds = wait(&guess(&service.node, &share, PASSWORD, "192.0.2.9").await);
    assert!((1..=1200).contains(&seconds), "{seconds}");
    let blamed = service.sql("select 1 from unlock_failure where cardinality(tries) > 0").await.len();
    assert_eq!(blamed, 4, "who asks again and again uses up tries of its own, and leaves the slots to others");
    service.sql("update unlock_pace set due = due - interval '20 minutes'").await;
    for turn in 0..3 {
        assert_eq!(guess(&service.node, &share, PASSWORD, "192.0.2.9").await.status, 200, "{turn}: a slot has come");
    }
    let other = service.share("c2", json!({"password": PASSWORD})).await;
    assert_eq!(guess(&service.node, &other, WRONG, "192.0.2.1").await.status, 401, "another share has its own count");
}

/// What a grant opens: page, frame and twins, for one share. Returns whether it does.
async fn opens(service: &Service, share: &Share, grant: &str) -> bool {
    let mut open = Vec::new();
    for (path, status) in [("/s/{}", 200), ("/embed/{}", 200), ("/s/{}.md", 401), ("/s/{}.json", 401)] {
        let path = path.replace("{}", &share.code);
        for (name, value) in [("vitrine-grant", grant.to_owned()), ("cookie", format!("a=b; vitrine_grant={grant}"))] {
            let answer = service.node.request(Method::GET, &path).header(name, value).answer().await;
            let shown = answer.everything().contains(CANARY);
            assert_eq!(answer.status, if shown { 200 } else { status }, "{path}: {answer:?}");
            assert_eq!(answer.header("cache-control"), "no-store", "{path}");
            open.push(shown);
        }
    }
    assert!(open.iter().all(|shown| *shown == open[0]), "surfaces agree: {open:?}");
    open[0]
}

#[tokio::test]
async fn a_grant_opens_one_share_until_its_access_changes() {
    let (service, share) = start(&[]).await;
    let grant = service.unlock(&share, PASSWORD).await;
    assert!(opens(&service, &share, &grant).await);
    // Cards and oEmbed are what others show to everybody.
    for path in [format!("/api/shares/{}/og-image", share.code), format!("/oembed?url={}{}", service.node.base, share.page())] {
        let answer = service.node.request(Method::GET, &path).header("vitrine-grant", &grant).answer().await;
        assert!(answer.status == 200 && !answer.everything().contains(CANARY) && answer.header("etag").is_empty(), "{path}");
    }
    assert_eq!(service.change(&share, json!({"include": {"reasoning": true}, "expiresIn": 5})).await.status, 200);
    assert!(opens(&service, &share, &grant).await, "a change of other things ends nothing");
    for change in [json!({"password": PASSWORD}), json!({"password": "another password"}), json!({"privacy": "public"})] {
        let password = if change["privacy"].is_string() { "another password" } else { PASSWORD };
        let grant = service.unlock(&share, password).await;
        assert!(opens(&service, &share, &grant).await);
        assert_eq!(service.change(&share, change.clone()).await.status, 200);
        assert!(!opens(&service, &share, &grant).await, "{change}");
    }
}

#[tokio::test]
async fn a_grant_ends_after_twelve_hours_and_with_its_share() {
    let (service, share) = start(&[]).await;
    let grant = service.unlock(&share, PASSWORD).await;
    service.advance(Duration::hours(12) - Duration::seconds(1));
    assert!(opens(&service, &share, &grant).await);
    service.advance(Duration::seconds(1));
    assert!(!opens(&service, &share, &grant).await);
    let grant = service.unlock(&share, PASSWORD).await;
    assert_eq!(service.revoke(&share).await.status, 204);
    let page = service.node.request(Method::GET, &share.page()).header("vitrine-grant", &grant).answer().await;
    assert_eq!((page.status, page.everything().contains(CANARY)), (404, false));
}

#[tokio::test]
async fn nothing_but_this_shares_grant_opens_it() {
    let (service, share) = start(&[]).await;
    let other = service.share("c2", json!({"password": PASSWORD})).await;
    let private = service.share("c3", json!({"privacy": "private"})).await;
    let grant = service.unlock(&share, PASSWORD).await;
    let owner_token =
        service.node.post("/api/owner-tokens").bearer_auth(&service.key).json(&json!({"ownerId": "o"})).answer().await;
    let owner_token = owner_token.json()["ownerToken"].as_str().expect("a token").to_owned();
    let mut forged = vec![
        service.unlock(&other, PASSWORD).await,
        owner_token,
        service.key.clone(),
        String::new(),
        grant.replace("v4.local.", "v4.public."),
        grant.replace("v4.local.", "v3.local."),
        grant.rsplit_once('.').expect("a footer").0.to_owned(),
        grant[..grant.len() / 2].to_owned(),
        format!("{grant}{}", "A".repeat(20_000)),
        PASSWORD.to_owned(),
    ];
    for at in (9..grant.len()).step_by(7) {
        let letter = if grant.as_bytes()[at] == b'A' { "B" } else { "A" };
        forged.push(format!("{}{letter}{}", &grant[..at], &grant[at + 1..]));
    }
    for forgery in forged {
        assert!(!opens(&service, &share, &forgery).await, "{forgery}");
    }
    let page = service.node.request(Method::GET, &private.page()).header("vitrine-grant", &grant).answer().await;
    assert!(!page.everything().contains(CANARY));
    assert!(opens(&service, &share, &grant).await, "and it does");
}

/// R34: the form sets a cookie, so another site's page may not send it.
#[tokio::test]
async fn only_our_own_page_sends_the_form() {
    let (service, share) = start(&[]).await;
    let base = service.node.base.clone();
    for (name, value, status) in [
        ("sec-fetch-site", "cross-site", 403),
        ("sec-fetch-site", "same-site", 403),
        ("origin", "https://evil.example", 403),
        ("sec-fetch-site", "same-origin", 303),
        ("sec-fetch-site", "none", 303),
        ("origin", base.as_str(), 303),
        ("origin", "null", 303),
    ] {
        let form = service.node.post(&format!("{}/unlock", share.page())).header(name, value);
        let answer = form.form(&[("password", PASSWORD)]).answer().await;
        assert_eq!(answer.status, status, "{name}: {value}");
        let cookie = answer.header("set-cookie");
        assert_eq!(cookie.is_empty(), status == 403, "{name}: {value}");
        if status == 303 {
            assert!(cookie.starts_with("vitrine_grant=v4.local."), "{cookie}");
            assert!(cookie.ends_with(&format!("; Path={}; Max-Age=43200; HttpOnly; SameSite=Lax", share.page())), "{cookie}");
            assert_eq!(answer.header("location"), share.page(), "nothing in the URL");
        }
    }
}

#[tokio::test]
async fn long_bodies_and_long_passwords_are_refused_unhashed() {
    let (service, share) = start(&[]).await;
    let longest = "é".repeat(512);
    assert_eq!(service.change(&share, json!({ "password": longest })).await.status, 200);
    assert_eq!(guess(&service.node, &share, &longest, "192.0.2.1").await.status, 200);
    let counted = async || service.sql("select 1 from unlock_failure where cardinality(tries) > 0").await.len();
    for (bytes, status) in [(1025, 401), (4000, 401), (4096, 413), (1 << 20, 413)] {
        let answer = guess(&service.node, &share, &"x".repeat(bytes), "192.0.2.1").await;
        assert_eq!((answer.status, counted().await), (status, 0), "{bytes} bytes");
        let form = service.node.post(&format!("{}/unlock", share.page()));
        assert_eq!(form.form(&[("password", "x".repeat(bytes))]).answer().await.status, status, "{bytes} bytes in the form");
    }
    for (body, status) in
        [(json!({}), 422), (json!({"password": 1}), 422), (json!({"password": WRONG, "more": 1}), 422), (json!([]), 400)]
    {
        let answer = service.node.post(&format!("/api/shares/{}/unlock", share.code)).json(&body).answer().await;
        assert_eq!((answer.status, counted().await), (status, 0), "{body}");
    }
}

#[tokio::test]
async fn the_database_knows_no_password_no_grant_and_no_address() {
    let (service, share) = start(&[]).await;
    let address = "203.0.113.77";
    assert_eq!(guess(&service.node, &share, "a wrong secret", address).await.status, 401);
    let grant = service.unlock(&share, PASSWORD).await;
    assert!(opens(&service, &share, &grant).await);
    let tables =
        service.sql("select quote_ident(table_name::text) from information_schema.tables where table_schema = 'public'").await;
    assert!(tables.len() > 8);
    let mut dump = String::new();
    for table in &tables {
        let table: String = table.get(0);
        for row in service.sql(&format!("select t::text from {table} t")).await {
            dump.push_str(row.get(0));
        }
    }
    assert!(dump.contains("$argon2id$v=19$m=19456,t=2,p=1$"));
    let hex: String = address.split('.').map(|octet| format!("{:02x}", octet.parse::<u8>().expect("a byte"))).collect();
    for secret in [PASSWORD, "a wrong secret", &grant, &grant[9..40], address, &hex, &service.key] {
        assert!(!dump.contains(secret), "{secret}");
    }
}
