//! What tests of the owner API have in common: calls with a credential, every reader surface of a share, and what is stored.

use crate::harness::{Answer, Answers, Service, Share};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use std::collections::BTreeMap;
use vitrine::conversation::transcript::{canonical, unpack};

/// Text as one segment of a path or one value of a query.
pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

impl Service {
    /// A request with the API key.
    pub fn api(&self, method: Method, path: &str) -> RequestBuilder {
        self.node.request(method, path).bearer_auth(&self.key)
    }

    /// The answer to a GET with the API key.
    pub async fn read(&self, path: &str) -> Answer {
        self.api(Method::GET, path).answer().await
    }

    /// An owner token for these fields.
    pub async fn owner_token(&self, fields: Value) -> String {
        let answer = self.api(Method::POST, "/api/owner-tokens").json(&fields).answer().await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.json()["ownerToken"].as_str().expect("a token").to_owned()
    }

    /// Pushes a document under an id.
    pub async fn put_document(&self, id: &str, document: &Value) -> Answer {
        self.api(Method::PUT, &format!("/api/conversations/{}", encoded(id))).json(document).answer().await
    }

    /// Pushes a document and shares it.
    pub async fn share_document(&self, id: &str, document: &Value, mut settings: Value) -> Share {
        assert_eq!(self.put_document(id, document).await.status, 201);
        settings["conversationId"] = id.into();
        let answer = self.api(Method::POST, "/api/shares").json(&settings).answer().await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let settings = answer.json()["settings"].clone();
        let text = |name: &str| settings[name].as_str().unwrap_or_default().to_owned();
        Share { id: text("id"), code: text("shortCode"), settings }
    }

    /// A share's settings as its owner sees them.
    pub async fn settings(&self, share: &Share) -> Value {
        let id = share.settings["conversationId"].as_str().expect("an id");
        let answer = self.read(&format!("/api/shares/{}", encoded(id))).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    /// Every surface that a reader or a consumer reaches with the code alone.
    pub async fn surfaces(&self, share: &Share) -> Vec<(String, Answer)> {
        let (code, url) = (&share.code, encoded(&format!("{}/s/{}", self.node.base, share.code)));
        let mut answers = Vec::new();
        for path in [
            format!("/s/{code}"),
            format!("/s/{code}.md"),
            format!("/s/{code}.json"),
            format!("/embed/{code}"),
            format!("/oembed?url={url}"),
            format!("/oembed?url={url}&format=xml"),
            format!("/api/shares/{code}/og-image"),
            format!("/api/shares/{code}/og-image/card.png"),
            format!("/api/shares/{code}/embed-code"),
        ] {
            let answer = self.node.get(&path).await;
            answers.push((path, answer));
        }
        answers
    }

    /// Asserts that a share is dead: every surface says 404, and nothing but that.
    pub async fn assert_dead(&self, share: &Share, secret: &str) {
        let mut answers = self.surfaces(share).await;
        for path in [format!("/api/shares/{}/unlock", share.code), format!("/s/{}/unlock", share.code)] {
            let request = self.node.post(&path);
            let request = match path.starts_with("/api") {
                true => request.json(&serde_json::json!({"password": crate::harness::PASSWORD})),
                false => request.form(&[("password", crate::harness::PASSWORD)]),
            };
            answers.push((path, request.answer().await));
        }
        for (path, answer) in answers {
            assert_eq!(answer.status, 404, "{path}");
            assert!(!answer.everything().contains(secret), "{path} {answer:?}");
        }
    }

    /// How many rows each table has.
    pub async fn rows(&self) -> BTreeMap<String, i64> {
        let mut rows = BTreeMap::new();
        for table in self.tables().await {
            rows.insert(table.clone(), self.sql(&format!("select count(*) from {table}")).await[0].get(0));
        }
        rows
    }

    /// Every row of every table as text, transcripts unpacked: whatever a thief of the database could read.
    pub async fn stored(&self) -> String {
        let mut text = String::new();
        for table in self.tables().await {
            for row in self.sql(&format!("select t::text from {table} t")).await {
                text.push_str(&format!("{table}: {}\n", row.get::<_, String>(0)));
            }
        }
        for row in self.sql("select body, json_size from transcript").await {
            let conversation = unpack(row.get(0), row.get(1)).expect("a transcript");
            text.push_str(&String::from_utf8_lossy(&canonical(&conversation).expect("JSON").1));
        }
        text
    }

    async fn tables(&self) -> Vec<String> {
        let sql = "select tablename::text from pg_tables where schemaname = 'public' order by 1";
        self.sql(sql).await.iter().map(|row| row.get(0)).collect()
    }
}

/// The names of the fields that a 422 complains of.
pub fn bad_fields(answer: &Answer) -> Vec<String> {
    let problem = answer.json();
    let names = problem["errors"].as_array().map(Vec::as_slice).unwrap_or_default().iter();
    names.map(|error| error["field"].as_str().unwrap_or_default().to_owned()).collect()
}

/// Asserts that an answer is a problem document (RFC 9457) of this status and code.
pub fn assert_problem(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.header("content-type"), "application/problem+json", "{answer:?}");
    assert_eq!(answer.header("cache-control"), "no-store", "{answer:?}");
    let problem = answer.json();
    assert_eq!((problem["status"].as_u64(), problem["code"].as_str()), (Some(status.into()), Some(code)), "{problem}");
    for text in ["type", "title", "detail"] {
        assert!(problem[text].as_str().is_some_and(|text| !text.is_empty()), "{text}: {problem}");
    }
}
