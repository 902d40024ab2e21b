//! A database and nodes for a test, and what tests say to them.

use clap::Parser;
use reqwest::{Method, RequestBuilder, header::HeaderMap};
use serde_json::{Value, json};
use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    time::Duration,
};
use time::OffsetDateTime;
use tokio::{net::TcpListener, sync::watch};
use vitrine::{
    app::App,
    config::ServeConfig,
    owner,
    postgres::{self, Config, embedded::Cluster, migrate},
};

/// The password that protected shares of the tests have.
pub const PASSWORD: &str = "correct horse battery";
/// Stands in every message of the tests' conversations and nowhere else: where it appears, content has been shown.
pub const CANARY: &str = "canary-7f3a9";
/// A picture of three pixels by two, which stands in the tests' conversations.
pub const PICTURE: &str = "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAEElEQVR42mOwbvoGQQxwFgBhpgozTRr2VgAAAABJRU5ErkJggg==";
/// What its URLs end in: half of its SHA-256.
pub const PICTURE_FILE: &str = "cb8bf47ebada0f61b8fafc9e7df893cb.png";
/// A browser's user agent, for what counts as a view.
pub const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";

/// The private cluster all tests of this process share. It ends with the process: its supervisor sees the pipe close.
fn cluster() -> &'static Config {
    static CLUSTER: OnceLock<Config> = OnceLock::new();
    CLUSTER.get_or_init(|| {
        let (sender, receiver) = mpsc::channel();
        // The cluster lives in a runtime that outlives every test's own.
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async move {
                let data = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("service");
                let cluster = loop {
                    match Cluster::start(&data).await {
                        Ok(cluster) => break cluster,
                        // Another run of these tests has it; this one comes after.
                        Err(postgres::Error::DataInUse(_)) => tokio::time::sleep(Duration::from_millis(200)).await,
                        Err(error) => panic!("the tests' PostgreSQL: {error}"),
                    }
                };
                prepare(&cluster.config()).await;
                sender.send(cluster.config()).expect("somebody waits");
                std::future::pending::<()>().await;
                drop(cluster);
            });
        });
        receiver.recv().expect("the cluster started")
    })
}

/// Makes the template, and drops what an earlier run left.
async fn prepare(config: &Config) {
    let client = postgres::pool::connect(config).await.expect("the cluster answers");
    let old =
        client.query("select datname from pg_database where datname ~ '^(test_|template_vitrine$)'", &[]).await.expect("a list");
    for row in old {
        let name: String = row.get(0);
        client.batch_execute(&format!("drop database \"{name}\" with (force)")).await.expect("dropped");
    }
    client.batch_execute("create database template_vitrine").await.expect("created");
    migrate::migrate(&named(config, "template_vitrine")).await.expect("migrated");
}

fn named(config: &Config, database: &str) -> Config {
    let mut config = config.clone();
    config.dbname(database);
    config
}

/// A database, one node or more, an API key, and a clock that stands still until told otherwise.
pub struct Service {
    /// Of this test alone.
    pub database: Config,
    /// The first node.
    pub node: Node,
    /// Of the host app `default`.
    pub key: String,
    clock: Arc<Mutex<OffsetDateTime>>,
    arguments: Vec<String>,
}

/// A running node.
pub struct Node {
    /// `http://127.0.0.1:PORT`
    pub base: String,
    /// What its handlers see.
    pub app: Arc<App>,
    /// Tells it to stop.
    pub stop: watch::Sender<bool>,
    /// Ends when it has stopped.
    pub serving: tokio::task::JoinHandle<()>,
}

#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    serve: ServeConfig,
}

impl Service {
    /// With settings under which no test meets a quota it does not ask for.
    pub async fn start() -> Self {
        Self::start_with(&["--limit-read", "1000000/1000000", "--limit-unknown-code", "1000000/1000000"]).await
    }

    /// With the flags of `vitrine serve`.
    pub async fn start_with(arguments: &[&str]) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let config = tokio::task::spawn_blocking(cluster).await.expect("a cluster");
        let client = postgres::pool::connect(config).await.expect("the cluster answers");
        client.batch_execute(&format!("create database {name} template template_vitrine")).await.expect("a database");
        let database = named(config, &name);
        let clock = Arc::new(Mutex::new(OffsetDateTime::now_utc()));
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        let node = node(&database, &clock, &arguments).await;
        let (key, _) = owner::store::create_key(&node.app.pool, "default", "tests").await.expect("a key");
        Service { database, node, key: key.reveal().to_owned(), clock, arguments }
    }

    /// Another node on the same database.
    pub async fn another_node(&self) -> Node {
        node(&self.database, &self.clock, &self.arguments).await
    }

    /// Moves the nodes' clock, which tokens and grants go by. Shares expire by the database's.
    pub fn advance(&self, by: time::Duration) {
        *self.clock.lock().unwrap() += by;
    }

    /// A key of another host app.
    pub async fn foreign_key(&self) -> String {
        let (key, _) = owner::store::create_key(&self.node.app.pool, "another app", "tests").await.expect("a key");
        key.reveal().to_owned()
    }

    /// Runs SQL in the test's database.
    pub async fn sql(&self, sql: &str) -> Vec<tokio_postgres::Row> {
        postgres::pool::connect(&self.database).await.expect("a connection").query(sql, &[]).await.expect("good SQL")
    }

    /// Pushes a conversation whose title, texts, tool call, reasoning and system message hold the canary.
    pub async fn push(&self, id: &str) {
        let answer = self.node.put(&format!("/api/conversations/{id}")).bearer_auth(&self.key).json(&conversation()).answer().await;
        assert!(matches!(answer.status, 200 | 201), "{answer:?}");
    }

    /// Pushes a conversation and shares it; `settings` are the fields besides `conversationId`.
    pub async fn share(&self, id: &str, settings: Value) -> Share {
        self.push(id).await;
        let mut body = settings;
        body["conversationId"] = json!(id);
        let answer = self.node.post("/api/shares").bearer_auth(&self.key).json(&body).answer().await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let settings = answer.json()["settings"].clone();
        let text = |name: &str| settings[name].as_str().unwrap_or_default().to_owned();
        Share { id: text("id"), code: text("shortCode"), settings }
    }

    /// Changes a share.
    pub async fn change(&self, share: &Share, change: Value) -> Answer {
        self.node.request(Method::PATCH, &format!("/api/shares/{}", share.id)).bearer_auth(&self.key).json(&change).answer().await
    }

    /// Revokes a share.
    pub async fn revoke(&self, share: &Share) -> Answer {
        self.node.request(Method::DELETE, &format!("/api/shares/{}", share.id)).bearer_auth(&self.key).answer().await
    }

    /// Unlocks a share with a password; gives the grant.
    pub async fn unlock(&self, share: &Share, password: &str) -> String {
        let unlock = self.node.post(&format!("/api/shares/{}/unlock", share.code));
        let answer = unlock.json(&json!({ "password": password })).answer().await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["grant"].as_str().expect("a grant").to_owned()
    }
}

async fn node(database: &Config, clock: &Arc<Mutex<OffsetDateTime>>, arguments: &[String]) -> Node {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let mut whole = vec!["vitrine".to_owned(), "--base-url".to_owned(), base.clone()];
    whole.extend_from_slice(arguments);
    let config = Arguments::parse_from(whole).serve;
    let clock = clock.clone();
    let now = Arc::new(move || *clock.lock().expect("the clock"));
    let data = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("uploads");
    let app = App::new(&config, database.clone(), data, now).await.unwrap_or_else(|error| panic!("a node: {error}"));
    let (stop, stopped) = watch::channel(false);
    let serving = tokio::spawn(vitrine::http::serve(app.clone(), listener, config.connections_per_client, stopped));
    Node { base, app, stop, serving }
}

impl Node {
    /// A request to this node; redirects are not followed.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        client().request(method, format!("{}{path}", self.base))
    }

    /// GET
    pub async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path).answer().await
    }

    /// POST
    pub fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    /// PUT
    pub fn put(&self, path: &str) -> RequestBuilder {
        self.request(Method::PUT, path)
    }
}

/// A share that a test made.
#[derive(Clone, Debug)]
pub struct Share {
    /// For its owner.
    pub id: String,
    /// In its URLs.
    pub code: String,
    /// As the server answered.
    pub settings: Value,
}

impl Share {
    /// The page's path.
    pub fn page(&self) -> String {
        format!("/s/{}", self.code)
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status line's number.
    pub status: u16,
    /// All of them.
    pub headers: HeaderMap,
    /// All of it.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// A header's text, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Everything a reader could find content in: headers and body.
    pub fn everything(&self) -> String {
        format!("{:?}{}", self.headers, self.text())
    }
}

/// Sends, and reads to the end.
pub trait Answers {
    /// What came back.
    async fn answer(self) -> Answer;
}

impl Answers for RequestBuilder {
    async fn answer(self) -> Answer {
        let response = self.send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await.expect("a whole body").to_vec();
        Answer { status, headers, body }
    }
}

/// Five messages: system, question with a picture, answer with reasoning and a tool call, question, answer.
pub fn conversation() -> Value {
    json!({
        "vitrine": 1,
        "title": format!("Title {CANARY}"),
        "createdAt": "2026-11-23T10:14:00Z",
        "model": format!("model-{CANARY}"),
        "messages": [
            {"role": "system", "parts": [{"type": "text", "text": format!("System {CANARY}")}]},
            {"role": "user", "author": "Emily", "parts": [
                {"type": "text", "text": format!("First question {CANARY}")},
                {"type": "image", "name": format!("{CANARY}.png"), "url": format!("data:image/png;base64,{PICTURE}")}]},
            {"role": "assistant", "parts": [
                {"type": "reasoning", "text": format!("Reasoning {CANARY}"), "durationSec": 14},
                {"type": "tool_call", "name": "search", "input": {"query": format!("Tool {CANARY}")}, "callId": "1"},
                {"type": "tool_result", "callId": "1", "output": [{"type": "text", "text": format!("Result {CANARY}")}]},
                {"type": "text", "text": format!("First **answer** {CANARY}\n\n```rust\nfn main() {{}}\n```")}]},
            {"role": "user", "parts": [{"type": "text", "text": format!("Second question {CANARY}")}]},
            {"role": "assistant", "parts": [{"type": "text", "text": format!("Second answer {CANARY}")}]},
        ],
    })
}

/// A client that follows no redirects; one that is kept keeps its connections. Whoever waits for ever is told after a minute.
pub fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(Duration::from_secs(60))
        .build()
        .expect("a client")
}

impl Service {
    /// Shortens a share's life by the API until it is over, which the database's clock decides, and returns when it has.
    pub async fn let_expire(&self, share: &Share) {
        let changed = self.change(share, json!({"expiresIn": 1e-9})).await;
        assert_eq!(changed.status, 200, "{changed:?}");
        let database = postgres::pool::connect(&self.database).await.expect("a connection");
        let past = "select expires_at < statement_timestamp() from share where id = $1";
        while !database.query_one(past, &[&share.id]).await.expect("the share").get::<_, bool>(0) {}
    }

    /// Another node, which reaches the test's database another way.
    pub async fn node_on(&self, database: &Config) -> Node {
        node(database, &self.clock, &self.arguments).await
    }

    /// Deletes a conversation.
    pub async fn erase(&self, id: &str) -> Answer {
        self.node.request(Method::DELETE, &format!("/api/conversations/{id}")).bearer_auth(&self.key).answer().await
    }
}
