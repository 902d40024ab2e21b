//! The program as a server: what it refuses to start with, what its demonstration prints, and what its log must not say.

use crate::{
    harness::{Answer, Answers, CANARY, PASSWORD, Service, client},
    import::connection_string,
};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use reqwest::Method;
use serde_json::json;
use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::Stdio,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

/// The program, with nothing of this process' environment but the path.
fn program(arguments: &[&str], environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vitrine"));
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.envs(environment.iter().copied()).args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// A port that was free a moment ago, and whose neighbour was too.
fn free_port() -> u16 {
    loop {
        let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
        if port < u16::MAX && TcpListener::bind(("127.0.0.1", port + 1)).is_ok() {
            return port;
        }
    }
}

fn room(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()))
}

/// Ends it as Ctrl-C does.
async fn stop(mut child: Child) {
    let id = child.id().and_then(|id| i32::try_from(id).ok()).expect("it runs");
    kill(Pid::from_raw(id), Signal::SIGINT).expect("told");
    assert_eq!(child.wait().await.expect("it ended").code(), Some(0));
}

#[tokio::test]
async fn beyond_loopback_it_wants_to_know_what_links_say() {
    let data = room("nowhere");
    let environment = [("VITRINE_LISTEN", "0.0.0.0:0"), ("VITRINE_DATA", data.to_str().expect("text"))];
    let output = program(&["serve"], &environment).output().await.expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(1) && said.contains("VITRINE_BASE_URL is required"), "{said}");
    assert!(!data.exists(), "and has not begun anything");
}

/// The four things that a demonstration prints.
async fn printed(lines: &mut Lines<BufReader<ChildStdout>>) -> [String; 4] {
    let names = ["A shared conversation", "A locked one", "A blog that embeds both", "An API key"];
    let mut found = [const { String::new() }; 4];
    while found[3].is_empty() {
        let line = lines.next_line().await.expect("text").expect("all four are printed");
        for (name, place) in names.iter().zip(&mut found) {
            if let Some(rest) = line.trim().strip_prefix(name) {
                *place = rest.trim().to_owned();
            }
        }
    }
    found
}

#[tokio::test]
async fn the_demonstration_prints_links_that_work_and_the_same_ones_again() {
    let (data, port) = (room("demo"), free_port());
    let listen = format!("127.0.0.1:{port}");
    let environment = [("VITRINE_DATA", data.to_str().expect("text")), ("VITRINE_LISTEN", listen.as_str())];
    let mut before: Option<[String; 4]> = None;
    for _ in 0..2 {
        let mut child = program(&["demo"], &environment).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it runs");
        let mut lines = BufReader::new(child.stdout.take().expect("its words")).lines();
        let links = printed(&mut lines).await;
        let [open, locked, blog, key] = &links;
        let (locked_page, password) = locked.split_once("password:").expect("a password");
        let (locked_page, password) = (locked_page.trim(), password.trim());
        let get = async |url: &str| client().get(url).answer().await;
        let page = get(open).await;
        assert!(page.status == 200 && page.text().contains("<main"), "{page:?}");
        assert!(get(locked_page).await.text().contains("type=\"password\""));
        let unlocked = client().post(format!("{locked_page}/unlock")).form(&[("password", password)]).answer().await;
        assert_eq!(unlocked.status, 303, "{unlocked:?}");
        // The blog has another name, for browsers; here the address does.
        let post = get(&blog.replace("localhost", "127.0.0.1")).await;
        assert!(post.status == 200 && post.text().contains(open.rsplit('/').next().expect("a code")), "{post:?}");
        let list = client().get(format!("http://{listen}/api/shares")).bearer_auth(key).answer().await;
        assert_eq!((list.status, list.json()["shares"].as_array().map(Vec::len)), (200, Some(2)), "{list:?}");
        stop(child).await;
        if let Some(before) = before.replace(links.clone()) {
            assert_eq!(before[..3], links[..3], "run again, it leads to the same");
        }
    }
    for path in [data.join("postgres").canonicalize().expect("a place"), data] {
        std::fs::remove_dir_all(path).expect("removed");
    }
}

/// SECURITY R41, with everything logged that can be.
#[tokio::test]
async fn its_log_holds_no_secret() {
    let service = Service::start().await;
    let (database, port) = (connection_string(&service.database), free_port());
    let base = format!("http://127.0.0.1:{port}");
    let log = room("log");
    let file = std::fs::File::create(&log).expect("a log");
    let listen = format!("127.0.0.1:{port}");
    let environment = [("DATABASE_URL", database.as_str()), ("VITRINE_LISTEN", &listen), ("VITRINE_LOG", "trace")];
    let mut serving = program(&["serve"], &environment);
    let child = serving.stdout(file.try_clone().expect("a file")).stderr(file).spawn().expect("it runs");
    let browser = client();
    while browser.get(format!("{base}/readyz")).send().await.is_err() {
        assert!(!std::fs::read_to_string(&log).expect("a log").contains("vitrine: "), "it started");
        tokio::task::yield_now().await;
    }

    let address = "ann.the.reader@mail.example";
    let settings = json!({"password": PASSWORD});
    let locked = service.share("c1", settings).await;
    let private = service.share("c2", json!({"privacy": "private", "allowedEmails": [address]})).await;
    let grant = service.unlock(&locked, PASSWORD).await;
    let token = service.owner_token(json!({"ownerId": "emily"})).await;
    let ask = async |method: Method, path: &str, body: serde_json::Value| -> Answer {
        let request = browser.request(method, format!("{base}{path}")).bearer_auth(&service.key);
        request.header("cookie", format!("vitrine_grant={grant}")).header("vitrine-grant", &grant).json(&body).answer().await
    };
    let unlock = format!("/api/shares/{}/unlock", locked.code);
    let mut statuses = Vec::new();
    for (method, path, body) in [
        (Method::POST, unlock.as_str(), json!({"password": PASSWORD})),
        (Method::POST, &unlock, json!({"password": "a wrong secret\r\nlevel=ERROR forged"})),
        (Method::POST, &unlock, json!({"password": 7, "a wrong secret": 1})),
        (Method::GET, &locked.page(), json!({})),
        (Method::GET, &format!("/embed/{}?x=a-wrong-secret", locked.code), json!({})),
        (Method::GET, &format!("/oembed?url={base}{}", private.page()), json!({})),
        (Method::GET, &format!("/api/shares/{}/og-image", locked.code), json!({})),
        (Method::PUT, "/api/conversations/c3", json!({"title": CANARY, "messages": [{"role": "user", "content": CANARY}]})),
        (Method::PUT, "/api/conversations/c4", json!({"title": 1, "messages": [{"role": CANARY}]})),
        (Method::PATCH, &format!("/api/shares/{}", private.id), json!({"allowedEmails": [address, "no address"]})),
        (Method::DELETE, &format!("/api/shares/{}", private.id), json!({})),
        (Method::GET, "/a-wrong-secret", json!({})),
    ] {
        statuses.push(ask(method, path, body).await.status);
    }
    assert_eq!(statuses, [200, 401, 422, 200, 200, 401, 200, 201, 422, 422, 204, 404]);
    browser.get(format!("{base}/api/shares")).bearer_auth(&token).answer().await;
    stop(child).await;

    let said = std::fs::read_to_string(&log).expect("a log");
    assert!(said.lines().count() > 12 && said.contains("unlocked") && said.contains("unlock failed"), "{said}");
    let password_of_database = service.database.get_password().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let secrets = [PASSWORD, "a wrong secret", "a-wrong-secret", &service.key, &service.key[9..], &token, &grant, address, CANARY];
    let secrets = secrets.into_iter().chain([locked.code.as_str(), &private.code, "forged"]).chain(password_of_database.as_deref());
    for secret in secrets {
        assert!(!said.contains(secret), "{secret} stands in the log: {said}");
    }
    std::fs::remove_file(log).expect("removed");
}
