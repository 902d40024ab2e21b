//! The database away: no content however warm the caches, and back by itself (SECURITY R39).

use crate::{
    harness::{Answers, CANARY, PASSWORD, Service, client},
    surfaces::SURFACES,
};
use reqwest::Method;
use serde_json::json;

/// Lets nobody into the test's database and ends who is in it; or lets everybody in again.
async fn away(service: &Service, away: bool) {
    let mut other = service.database.clone();
    let name = service.database.get_dbname().expect("a name").to_owned();
    other.dbname("template1");
    let client = vitrine::postgres::pool::connect(&other).await.expect("the cluster answers");
    client.batch_execute(&format!("alter database {name} allow_connections {}", !away)).await.expect("altered");
    if away {
        let end = format!("select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = '{name}'");
        client.query(&end, &[]).await.expect("ended");
    }
}

/// What a newer node wrote during an upgrade, say.
#[tokio::test]
async fn a_share_that_cannot_be_read_closes_itself_and_no_other() {
    let service = Service::start().await;
    let strange = service.share("c1", json!({})).await;
    let good = service.share("c2", json!({})).await;
    service.sql("alter table share drop constraint share_privacy_known").await;
    service.sql(&format!("update share set privacy = 'friends' where code = '{}'", strange.code)).await;
    let pages: Vec<_> = (0..64)
        .map(|turn| {
            let (node, share) = (&service.node, if turn % 2 == 0 { &strange } else { &good });
            async move { (turn, node.get(&share.page()).await) }
        })
        .collect();
    for (turn, page) in futures_util::future::join_all(pages).await {
        assert_eq!(page.status, if turn % 2 == 0 { 503 } else { 200 }, "{page:?}");
        assert_eq!(page.text().contains(CANARY), turn % 2 == 1);
    }
}

#[tokio::test]
async fn without_the_database_nothing_is_shown_and_afterwards_all_is() {
    let service = Service::start().await;
    let open = service.share("c1", json!({})).await;
    let locked = service.share("c2", json!({"password": PASSWORD})).await;
    let grant = service.unlock(&locked, PASSWORD).await;
    let client = client();
    let mut tags = Vec::new();
    for surface in SURFACES {
        let warm = surface.ask(&client, surface.method(), &service.node, &open.code).answer().await;
        assert!(warm.status < 400, "{surface:?}");
        tags.push(warm.header("etag").to_owned());
    }
    for round in 0..2 {
        away(&service, true).await;
        for (surface, tag) in SURFACES.iter().zip(&tags) {
            for code in [&open.code, &locked.code] {
                let ask = surface.ask(&client, surface.method(), &service.node, code).header("if-none-match", tag);
                let answer = ask.header("vitrine-grant", &grant).answer().await;
                assert_eq!(answer.status, 503, "{surface:?}: {answer:?}");
                assert_eq!((answer.header("retry-after"), answer.header("cache-control")), ("2", "no-store"), "{surface:?}");
                assert!(!answer.everything().contains(CANARY) && answer.header("etag").is_empty(), "{surface:?}");
            }
        }
        let unlock = service.node.post(&format!("/api/shares/{}/unlock", locked.code)).json(&json!({"password": PASSWORD}));
        assert_eq!(unlock.answer().await.status, 503, "nothing is checked that cannot be counted");
        let owner = service.node.request(Method::GET, "/api/shares").bearer_auth(&service.key).answer().await;
        assert_eq!((owner.status, owner.header("retry-after")), (503, "2"));
        assert_eq!((service.node.get("/healthz").await.status, service.node.get("/readyz").await.status), (200, 503));

        away(&service, false).await;
        assert_eq!(service.node.get("/readyz").await.status, 200, "round {round}");
        for surface in SURFACES {
            let answer = surface.ask(&client, surface.method(), &service.node, &open.code).answer().await;
            assert!(answer.status < 400, "round {round}: {surface:?}: {answer:?}");
            assert!(!surface.shows_text() || answer.text().contains(CANARY), "{surface:?}");
        }
    }
}
