//! The program itself: `vitrine import`, `key`, `share` and `migrate`, by their exit codes and what they print.

use crate::harness::{Answers, CANARY, Service};
use reqwest::Method;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tokio_postgres::config::Host;
use vitrine::postgres::Config;

/// What a run of the program ended with.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// Standard output as JSON, a document a line.
    pub fn json(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
    }
}

/// Runs the program; of the environment it sees only what it is given here.
async fn vitrine(environment: &[(&str, &str)], arguments: &[&str]) -> Ran {
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_vitrine"));
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.envs(environment.iter().copied()).args(arguments);
    let output = command.output().await.expect("the program runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ran { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
}

/// On the database of a test.
pub async fn on(service: &Service, arguments: &[&str]) -> Ran {
    vitrine(&[("DATABASE_URL", &connection_string(&service.database))], arguments).await
}

/// How the program is told of a test's database.
pub fn connection_string(config: &Config) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"));
    let host = match &config.get_hosts()[0] {
        Host::Unix(path) => path.display().to_string(),
        Host::Tcp(name) => name.clone(),
    };
    let mut pairs = vec![format!("host={}", quoted(&host))];
    pairs.extend(config.get_ports().first().map(|port| format!("port={port}")));
    pairs.extend(config.get_user().map(|user| format!("user={}", quoted(user))));
    pairs.extend(config.get_password().map(|password| format!("password={}", quoted(&String::from_utf8_lossy(password)))));
    pairs.extend(config.get_dbname().map(|name| format!("dbname={}", quoted(name))));
    pairs.join(" ")
}

fn data(name: &str) -> String {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name).display().to_string()
}

/// A file of this test's own.
pub fn file(name: &str, bytes: impl AsRef<[u8]>) -> String {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("import");
    std::fs::create_dir_all(&directory).expect("a directory");
    let path = directory.join(name);
    std::fs::write(&path, bytes).expect("written");
    path.display().to_string()
}

#[tokio::test]
async fn exports_become_conversations_that_can_be_read_and_shared() {
    let service = Service::start().await;
    for (name, prefix) in [
        ("openai-export.json", "openai-"),
        ("claude-export.json", "claude-"),
        ("openai-chat.json", "openai-chat-"),
        ("canonical.json", ""),
        ("openai-responses.json", "openai-responses-"),
        ("anthropic-messages.json", "anthropic-messages-"),
        ("sharegpt.jsonl", "sharegpt-"),
        ("llm.json", "llm-"),
        ("codex.jsonl", "codex-"),
        ("claude-code.jsonl", "claude-code-"),
        ("sillytavern.jsonl", "sillytavern-"),
        ("transcript.md", "markdown-"),
    ] {
        let ran = on(&service, &["import", "--json", "--owner", "ann", &data(name)]).await;
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{name} {ran:?}");
        let rows = ran.json();
        let imported: Vec<&Value> = rows.iter().filter(|row| row["status"] == "imported").collect();
        assert!(!imported.is_empty(), "{name} {ran:?}");
        for row in imported {
            let id = row["conversationId"].as_str().expect("an id");
            assert!(id.starts_with(prefix), "{id}");
            let read = service.read(&format!("/api/conversations/{id}")).await;
            let read = read.json();
            assert_eq!(
                (&read["ownerId"], &read["title"], &read["messageCount"]),
                (&json!("ann"), &row["title"], &row["messageCount"])
            );
            let shared = service.api(Method::POST, "/api/shares").json(&json!({"conversationId": id})).answer().await.json();
            let page = service.node.get(&format!("/s/{}", shared["shortCode"].as_str().expect("a code"))).await;
            assert!(page.status == 200 && page.text().contains("id=\"m1\""), "{id}");
        }
        // The same file again is the same conversations, and a word for each that is skipped.
        let before = service.rows().await;
        let again = on(&service, &["import", &data(name), "--json", "--owner", "ann"]).await;
        assert_eq!((again.code, service.rows().await), (Some(0), before), "{name}");
        for row in again.json() {
            assert!(row["status"] == "unchanged" || (row["status"] == "skipped" && row["reason"].is_string()), "{row}");
        }
    }
}

#[tokio::test]
async fn what_to_know_about_a_conversation_is_told() {
    let service = Service::start().await;
    let ran = on(&service, &["import", "--json", &data("codex.jsonl"), &file("note.txt", "Just words")]).await;
    let rows = ran.json();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(rows[0]["warnings"].to_string().contains("One line of the file is broken"), "{rows:?}");
    assert!(rows[1]["warnings"].to_string().contains("in no known format"), "{rows:?}");
    // For people, too.
    let ran = on(&service, &["import", &data("codex.jsonl")]).await;
    assert!(ran.out.contains("read it before you share it") && !ran.out.contains("SECRET"), "{ran:?}");
    let ran = on(&service, &["import", "--json", &data("openai-chat.json")]).await;
    assert!(ran.json()[0].get("warnings").is_none(), "{ran:?}");
}

#[tokio::test]
async fn an_import_reports_each_conversation_and_stores_it_whole_or_not_at_all() {
    let service = Service::start().await;
    let good = |id: &str| json!({"vitrine": 1, "title": format!("Title {id}"), "source": {"format": "canonical", "id": id}, "messages": [{"role": "user", "content": "hello"}]});
    let bad = json!({"vitrine": 1, "title": "Broken", "messages": [{"role": "user", "content": format!("{CANARY} here")}, {"role": "robot", "content": CANARY}]});
    let empty = json!({"vitrine": 1, "title": "Empty", "model": CANARY, "messages": [{"role": "user", "content": " "}]});
    let mixed = file("mixed.json", json!([good("one"), bad, empty, good("two")]).to_string());
    let ran = on(&service, &["import", &mixed, "--json"]).await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let rows: Vec<_> =
        ran.json().iter().map(|row| (row["title"].clone(), row["status"].clone(), row["reason"].is_string())).collect();
    let row = |title: &str, status: &str| (json!(title), json!(status), status == "skipped");
    assert_eq!(
        rows,
        [row("Title one", "imported"), row("Broken", "skipped"), row("Empty", "skipped"), row("Title two", "imported")]
    );
    assert_eq!(service.rows().await["conversation"], 2);
    assert!(!service.stored().await.contains(CANARY), "nothing of what was skipped");

    // For people: a line each, and the sum.
    let plain = on(&service, &["import", &mixed]).await;
    let lines: Vec<&str> = plain.out.lines().collect();
    assert_eq!(lines.len(), 5, "{plain:?}");
    assert!(lines[0].starts_with("unchanged  Title one  [canonical-one, 1 message]"), "{}", lines[0]);
    assert!(lines[1].starts_with("skipped    Broken  (") && !lines[1].contains(CANARY), "{}", lines[1]);
    assert_eq!(lines[4], format!("{mixed}: canonical, 0 imported, 2 unchanged, 2 skipped"));

    let foreign = on(&service, &["import", &mixed, "--app", "another app", "--json"]).await;
    assert!(foreign.json().iter().filter(|row| row["status"] == "imported").count() == 2, "{foreign:?}");
    let listed = service.read("/api/conversations").await.json();
    assert_eq!(listed["conversations"].as_array().map(Vec::len), Some(2), "another app's are its own");
}

#[tokio::test]
async fn a_file_that_cannot_be_read_fails_by_name_and_the_others_are_imported() {
    let service = Service::start().await;
    let export = std::fs::read(data("openai-export.json")).expect("the export");
    let good = data("canonical.json");
    for (name, bytes, why) in [
        ("empty.json", Vec::new(), "format"),
        ("latin1.txt", b"caf\xe9".to_vec(), "format"),
        ("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), "format"),
        ("object.json", b"{\"hello\": 1}".to_vec(), "format"),
        ("nothing.json", b"[]".to_vec(), "no conversations"),
        ("cut.json", export[..export.len() - 20].to_vec(), "ends too early"),
        ("utf8.json", b"[{\"title\": \"\xff\", \"mapping\": {}}]".to_vec(), ""),
        ("deep.json", format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)).into_bytes(), ""),
        ("archive.zip", b"PK\x03\x04 no archive".to_vec(), ""),
    ] {
        let rows = service.rows().await["conversation"];
        let path = file(name, bytes);
        let ran = on(&service, &["import", &path, &good]).await;
        assert_eq!(ran.code, Some(1), "{name} {ran:?}");
        let complaint = ran.err.lines().find(|line| line.contains(&path)).unwrap_or_else(|| panic!("{name} is not named: {ran:?}"));
        assert!(complaint.starts_with("vitrine: ") && complaint.contains(why) && complaint.len() < 600, "{complaint}");
        assert!(ran.out.contains(&format!("{good}: canonical, ")), "{name}: the good one was imported {ran:?}");
        assert!(name == "cut.json" || service.rows().await["conversation"] <= rows + 3, "{name}");
    }
    for (path, why) in [("/nowhere/at/all.json", "No such file"), (env!("CARGO_MANIFEST_DIR"), "It is a directory.")] {
        let ran = on(&service, &["import", path]).await;
        let expected = format!("vitrine: {path}: ");
        assert!(ran.code == Some(1) && ran.err.starts_with(&expected) && ran.err.contains(why), "{ran:?}");
        assert!(ran.err.contains("Nothing was read."), "{ran:?}");
    }
}

#[tokio::test]
async fn a_file_that_ends_too_early_says_what_was_read_of_it() {
    let service = Service::start().await;
    let one = |id: &str| json!({"vitrine": 1, "title": id, "source": {"format": "canonical", "id": id}, "messages": [{"role": "user", "content": "hello"}]});
    let whole = json!([one("first"), {"vitrine": 1, "title": "none", "messages": []}, one("second"), one("third")]).to_string();
    let cut = file("early.json", &whole[..whole.len() - 20]);
    let damaged = file("late.json", format!("{whole} and more"));
    for (path, counts, why) in [
        (&cut, "2 imported, 0 unchanged, 1 skipped", "ends too early"),
        (&damaged, "1 imported, 2 unchanged, 1 skipped", "not valid JSON at byte"),
    ] {
        let ran = on(&service, &["import", path]).await;
        let complaint = ran.err.lines().next().unwrap_or_default();
        assert!(complaint.starts_with(&format!("vitrine: {path}: ")) && complaint.contains(why), "{ran:?}");
        assert!(complaint.ends_with(&format!(" Stopped after {counts}.")), "{ran:?}");
    }
    assert_eq!(service.rows().await["conversation"], 3, "what is whole stays");

    let brace = file("brace.json", "{");
    let ran = on(&service, &["import", &brace, &cut, "/nowhere/at/all.json", "--json"]).await;
    let rows = ran.json();
    let failed: Vec<(usize, &str, &str)> = rows
        .iter()
        .enumerate()
        .filter(|(_, row)| row["status"] == "failed")
        .map(|(at, row)| (at, row["file"].as_str().expect("a file"), row["reason"].as_str().expect("a reason")))
        .collect();
    assert_eq!(
        failed.iter().map(|(at, file, _)| (*at, *file)).collect::<Vec<_>>(),
        [(0, brace.as_str()), (4, cut.as_str()), (5, "/nowhere/at/all.json")]
    );
    assert!(failed[0].2.ends_with(" Nothing was read.") && !failed[0].2.contains("was read;"), "{failed:?}");
    assert!(failed[1].2.ends_with(" Stopped after 0 imported, 2 unchanged, 1 skipped."), "{failed:?}");
    assert_eq!(ran.code, Some(1));
}

#[tokio::test]
async fn a_zip64_is_imported_as_any_other_zip() {
    let service = Service::start().await;
    // Made with `zip -fz - -`, which does not know how much will come.
    let ran = on(&service, &["import", &data("zip64.zip"), "--json"]).await;
    assert_eq!((ran.code, ran.json()[0]["conversationId"].as_str()), (Some(0), Some("canonical-streamed")), "{ran:?}");
}

#[tokio::test]
async fn an_import_keeps_to_the_limits_of_the_installation() {
    let service = Service::start().await;
    let message = |length: usize| json!({"role": "user", "content": "x".repeat(length)});
    let reply = json!({"role": "assistant", "content": "y"});
    let long = file("long.json", json!([{"vitrine": 1, "title": "long", "messages": [message(1), reply, message(1)]}]).to_string());
    let large = file("large.json", json!([{"vitrine": 1, "title": "large", "messages": [message(1_600)]}]).to_string());
    let database = connection_string(&service.database);
    for (variable, value, path, why) in
        [("VITRINE_CONVERSATION_MESSAGES", "2", &long, "2 messages"), ("VITRINE_CONVERSATION_BYTES", "1500", &large, "1500 bytes")]
    {
        let ran = vitrine(&[("DATABASE_URL", &database), (variable, value)], &["import", path, "--json"]).await;
        let row = ran.json()[0].clone();
        assert!(row["status"] == "skipped" && row["reason"].as_str().is_some_and(|reason| reason.contains(why)), "{ran:?}");
        assert_eq!(on(&service, &["import", path, "--json"]).await.json()[0]["status"], "imported", "{path}");
    }
}

#[tokio::test]
async fn keys_are_made_listed_and_revoked() {
    let service = Service::start().await;
    let made = on(&service, &["key", "create", "back end", "--app", "chat", "--json"]).await;
    assert_eq!(made.code, Some(0), "{made:?}");
    let (key, id) = (made.json()[0]["key"].as_str().expect("a key").to_owned(), made.json()[0]["id"].clone());
    let plain = on(&service, &["key", "create", "by hand"]).await;
    assert!(plain.code == Some(0) && plain.out.starts_with("vk_") && plain.out.lines().count() == 1, "the key alone, for scripts");
    let works = async |key: &str| service.node.request(Method::GET, "/api/shares").bearer_auth(key).answer().await.status;
    assert_eq!((works(&key).await, works(plain.out.trim()).await), (200, 200));

    let listed = on(&service, &["key", "list", "--json"]).await;
    let keys = listed.json()[0].clone();
    let names: Vec<&Value> = keys.as_array().expect("a list").iter().map(|key| &key["name"]).collect();
    assert_eq!(names, ["by hand", "back end", "tests"]);
    assert!(!listed.out.contains(&key) && key.starts_with(keys[1]["prefix"].as_str().expect("a prefix")), "never shown again");
    assert!(!service.stored().await.contains(&key[12..]), "nor stored");

    let revoked = on(&service, &["key", "revoke", &id.to_string(), "--json"]).await;
    assert_eq!(revoked.json(), [json!({"revoked": id})]);
    assert_eq!((revoked.code, works(&key).await, works(plain.out.trim()).await), (Some(0), 401, 200), "{revoked:?}");
    let prefix = plain.out[..9].to_owned() + "…";
    assert_eq!((on(&service, &["key", "revoke", &prefix]).await.code, works(plain.out.trim()).await), (Some(0), 401));
    for nothing in [id.to_string().as_str(), "999999", "vk_nothing", "", "'; drop table api_key"] {
        let ran = on(&service, &["key", "revoke", nothing]).await;
        assert!(ran.code == Some(1) && ran.out.is_empty() && ran.err.starts_with("vitrine: "), "{nothing} {ran:?}");
    }
    assert_eq!(works(&service.key).await, 200);
}

#[tokio::test]
async fn an_operator_sees_and_revokes_shares() {
    let service = Service::start().await;
    let share = service.share("c1", json!({})).await;
    let other = service.share("c2", json!({"password": crate::harness::PASSWORD})).await;
    let listed = on(&service, &["share", "list", "--json"]).await.json()[0].clone();
    let ids: Vec<&Value> = listed.as_array().expect("a list").iter().map(|row| &row["settings"]["id"]).collect();
    assert_eq!(ids, [&json!(other.id), &json!(share.id)]);
    let plain = on(&service, &["share", "list", "--limit", "1"]).await;
    let columns: Vec<&str> = plain.out.trim_end().split('\t').collect();
    assert_eq!(columns[..5], [&other.id, &other.code, "default", "c2", "unlisted + password"]);
    let shown = on(&service, &["share", "show", &share.code]).await;
    assert!(shown.code == Some(0) && !shown.out.contains("argon2") && !shown.out.contains('{'), "{shown:?}");
    let line = |what: &str| shown.out.lines().find_map(|line| line.strip_prefix(what)).map(str::trim);
    assert_eq!([line("id"), line("conversation"), line("updates")], [Some(share.id.as_str()), Some("c1"), Some("frozen")]);
    assert_eq!([line("messages"), line("embedded"), line("ends")], [Some("all"), Some("anywhere"), Some("never")]);
    let shown = on(&service, &["share", "show", &other.code, "--json"]).await;
    assert_eq!(shown.json()[0]["settings"]["id"], json!(other.id), "{shown:?}");

    for (name, id) in [(&share.code, &share.id), (&other.id, &other.id)] {
        let revoked = on(&service, &["share", "revoke", name, "--json"]).await;
        assert_eq!((revoked.code, revoked.json()), (Some(0), vec![json!({"revoked": id})]));
        let again = on(&service, &["share", "revoke", name]).await;
        assert!(again.code == Some(1) && again.err.contains(name.as_str()), "{again:?}");
    }
    for share in [share, other] {
        service.assert_dead(&share, CANARY).await;
    }
}

#[tokio::test]
async fn misuse_ends_with_2_and_says_what_is_allowed() {
    let long = "x".repeat(201);
    let name = "1 to 200 characters without control characters";
    for (environment, arguments, said) in [
        (vec![], vec![], "Usage"),
        (vec![], vec!["imports"], "import"),
        (vec![], vec!["import"], "FILES"),
        (vec![], vec!["key", "create"], "NAME"),
        (vec![], vec!["migrate", "--force"], "--force"),
        (vec![], vec!["share", "list", "--limit", "0"], "from 1 to 10000"),
        (vec![("DATABASE_URL", "nonsense")], vec!["migrate"], "postgresql://"),
        (vec![("VITRINE_LISTEN", "here")], vec!["serve"], "VITRINE_LISTEN"),
        (vec![("VITRINE_LIMIT_READ", "many")], vec!["serve"], "300/100"),
        (vec![("VITRINE_CONVERSATION_MESSAGES", "0")], vec!["serve"], "from 1 to 100000"),
        (vec![("VITRINE_CONVERSATION_MESSAGES", "100001")], vec!["import", "x"], "from 1 to 100000"),
        (vec![("VITRINE_PASSWORD_CHARS", "many")], vec!["serve"], "from 1 to 200"),
        (vec![], vec!["key", "create", ""], name),
        (vec![], vec!["key", "create", "x", "--app", "a\u{7}b"], name),
        (vec![], vec!["import", "x", "--app", ""], name),
        (vec![], vec!["import", "x", "--owner", "a\nb"], name),
        (vec![], vec!["import", "x", "--owner", &long], name),
    ] {
        let ran = vitrine(&environment, &arguments).await;
        assert!(ran.code == Some(2) && ran.err.contains(said), "{environment:?} {arguments:?} {ran:?}");
    }
    let away = vitrine(&[("DATABASE_URL", "host=/nowhere user=nobody password=hunter2 dbname=x")], &["migrate"]).await;
    assert!(away.code == Some(1) && away.err.starts_with("vitrine: ") && !away.err.contains("hunter2"), "{away:?}");
    // One that cannot be read is not repeated either.
    let url = "postgres://nobody:hunter2@/x?host=/nowhere&";
    for (rest, code, said) in [
        ("sslmode=strict", 2, "verify-full"),
        ("sslrootcert=ca.pem", 2, "SSL_CERT_FILE"),
        ("passfile=x", 2, "passfile is none"),
        ("nonsense=1", 2, "postgresql://user@host"),
        ("sslmode=verify-full", 1, "database"),
    ] {
        for ran in [
            vitrine(&[("DATABASE_URL", &format!("{url}{rest}"))], &["migrate"]).await,
            vitrine(&[], &["migrate", "--database-url", &format!("{url}{rest}")]).await,
        ] {
            assert!(ran.code == Some(code) && ran.err.contains(said) && !ran.err.contains("hunter2"), "{rest}: {ran:?}");
        }
    }
    for flag in ["--help", "--version"] {
        assert_eq!(vitrine(&[], &[flag]).await.code, Some(0));
    }
}

#[tokio::test]
async fn a_private_database_is_made_once_and_kept() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("private-{}", std::process::id()));
    let place = directory.display().to_string();
    let run = async |arguments: &[&str]| vitrine(&[("VITRINE_DATA", &place)], arguments).await;
    let migrated = run(&["migrate", "--json"]).await;
    let report = migrated.json()[0].clone();
    assert!(migrated.code == Some(0) && report["applied"].as_array().is_some_and(|names| !names.is_empty()), "{migrated:?}");
    let again = run(&["migrate"]).await;
    assert_eq!(
        (again.code, again.out.trim()),
        (Some(0), format!("the schema is version {}", report["current"]).as_str()),
        "{again:?}"
    );
    let imported = run(&["import", &data("canonical.json"), "--json"]).await;
    let kept = run(&["import", &data("canonical.json"), "--json"]).await;
    assert_eq!((&imported.json()[0]["status"], &kept.json()[0]["status"]), (&json!("imported"), &json!("unchanged")));
    let cluster = directory.join("postgres/cluster");
    assert!(cluster.join("PG_VERSION").exists() && !cluster.join("postmaster.pid").exists(), "it ends with the command");
    // Where PostgreSQL's user cannot enter the build directory, `postgres` is a link to a place that it can.
    for path in [directory.join("postgres").canonicalize().expect("a place"), directory] {
        std::fs::remove_dir_all(path).expect("removed");
    }
}
