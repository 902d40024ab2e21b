//! Conversations and shares, made as a host app makes them.

use crate::{Outcome, page::Page};
use serde_json::{Value, json};
use std::time::Duration;

/// A host app with its API key.
#[derive(Clone)]
pub struct Owner {
    client: reqwest::Client,
    base: String,
    key: String,
}

impl Owner {
    /// A client of the node at `address`.
    pub fn new(address: &str, key: &str) -> Outcome<Self> {
        let client = reqwest::Client::builder().timeout(Duration::from_secs(30)).build()?;
        Ok(Owner { client, base: format!("http://{address}"), key: key.to_owned() })
    }

    /// Pushes a conversation and shares it with anybody; returns the path of its page.
    pub async fn share(&self, id: &str, conversation: &Value) -> Outcome<String> {
        let put = self.client.put(format!("{}/api/conversations/{id}", self.base)).json(conversation);
        put.bearer_auth(&self.key).send().await?.error_for_status()?;
        let post =
            self.client.post(format!("{}/api/shares", self.base)).json(&json!({"conversationId": id, "privacy": "unlisted"}));
        let answer: Value = post.bearer_auth(&self.key).send().await?.error_for_status()?.json().await?;
        let code = answer["shortCode"].as_str().ok_or("the answer to a share names no code")?;
        Ok(format!("/s/{code}"))
    }

    /// Shares the shortest conversation whose page has `bytes` of brotli; returns its turns too.
    pub async fn share_of_size(&self, bytes: usize) -> Outcome<(String, usize)> {
        for turns in 1..1000 {
            let path = self.share(&format!("hot-{bytes}-{turns}"), &conversation(turns, turns)).await?;
            if Page::fetch(&format!("{}{path}", self.base)).await?.body.len() >= bytes {
                return Ok((path, turns));
            }
        }
        Err(format!("no page reaches {bytes} bytes").into())
    }

    /// Shares `count` conversations of `turns` turns, and looks at each page once.
    pub async fn share_many(&self, count: usize, turns: usize) -> Outcome<Vec<String>> {
        let mut paths = Vec::with_capacity(count);
        // A few at once, or most of the time would be spent waiting for commits.
        for numbers in (0..count).collect::<Vec<_>>().chunks(8) {
            let some = numbers.iter().map(|&number| async move {
                let path = self.share(&format!("many-{number}"), &conversation(turns, 10_000 + number)).await?;
                Page::fetch(&format!("{}{path}", self.base)).await?;
                Outcome::Ok(path)
            });
            paths.extend(futures_util::future::try_join_all(some).await?);
        }
        Ok(paths)
    }

    /// Bytes of a page in the three forms a node keeps.
    pub async fn kept(&self, path: &str) -> Outcome<usize> {
        let mut bytes = 0;
        for encoding in ["identity", "gzip", "br"] {
            let answer = self.client.get(format!("{}{path}", self.base)).header("Accept-Encoding", encoding).send().await?;
            bytes += answer.error_for_status()?.bytes().await?.len();
        }
        Ok(bytes)
    }
}

/// Questions and answers of made-up words, different for every `seed`: prose compresses like prose, unlike one sentence repeated.
fn conversation(turns: usize, seed: usize) -> Value {
    let mut words = Words(seed as u64 + 1);
    let messages: Vec<Value> = (0..turns)
        .flat_map(|turn| {
            let question = format!("{}?", words.sentence(12));
            let answer = format!(
                "{}.\n\n- **{}**: {}\n- `{}`\n\n```rust\nlet {} = {}({turn});\n```\n\n{}.",
                words.sentence(30),
                words.sentence(2),
                words.sentence(8),
                words.sentence(1),
                words.sentence(1),
                words.sentence(1),
                words.sentence(20)
            );
            [json!({"role": "user", "content": question}), json!({"role": "assistant", "content": answer})]
        })
        .collect();
    json!({"title": words.sentence(5), "messages": messages})
}

/// Words of one to three syllables.
struct Words(u64);

impl Words {
    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        // Knuth's MMIX generator; the upper bits are the random ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        from[(self.0 >> 33) as usize % from.len()]
    }

    fn sentence(&mut self, length: usize) -> String {
        const SYLLABLES: [&str; 24] = [
            "ba", "con", "de", "er", "fin", "gra", "ho", "in", "jo", "ka", "lum", "mi", "no", "or", "pre", "qui", "ra", "sto",
            "ti", "un", "ver", "wan", "xe", "zo",
        ];
        const ENDS: [&str; 4] = ["", "n", "s", "ly"];
        let word = |words: &mut Self| {
            let syllables = 1 + words.pick(&["", "x", "xx", "x"]).len();
            (0..syllables).map(|_| words.pick(&SYLLABLES)).collect::<String>() + words.pick(&ENDS)
        };
        (0..length).map(|_| word(self)).collect::<Vec<_>>().join(" ")
    }
}
