//! Goals W1 to W6: what a browser is sent, and what Lighthouse says of it. `cargo bench --bench browser`; needs Chromium, Node and what
//! `npm ci` brings into `benches/browser`.

#[path = "../figures.rs"]
mod figures;
#[path = "../serving/node.rs"]
#[expect(dead_code, reason = "the other bench that shares it uses more of it")]
mod node;
#[path = "../serving/owner.rs"]
#[expect(dead_code, reason = "the other bench that shares it uses more of it")]
mod owner;
#[path = "../serving/page.rs"]
#[expect(dead_code, reason = "the other bench that shares it uses more of it")]
mod page;
#[path = "../serving/process.rs"]
#[expect(dead_code, reason = "the other bench that shares it uses more of it")]
mod process;

use figures::Figure;
use node::{Database, Room, api_key, free_address, node};
use owner::Owner;
use process::{Core, Process};
use serde::Deserialize;
use std::{collections::BTreeSet, error::Error, process::Command, time::Instant};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// As Chromium calls itself, so that it is sent what Chromium is.
const BROWSER: [(&str, &str); 3] = [
    ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    ("Accept-Encoding", "br"),
    ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36"),
];

/// What `measure.js` found out about a page.
#[derive(Deserialize)]
struct Seen {
    scores: [u32; 3],
    shift: f64,
    requests: usize,
    foreign: usize,
    failed: Vec<String>,
}

#[derive(Deserialize)]
struct Measured {
    share: Seen,
    fixed: Seen,
    free: Seen,
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let load = figures::load();
    let room = Room::new()?;
    let (address, data) = (free_address()?, room.0.join("data"));
    let mut serving = Process::start(node(Core::Any, &address, &Database::Private(&data))?, &room.log())?;
    serving.first_200(&address, "/readyz", Instant::now())?;
    let (path, _) = Owner::new(&address, &api_key(&data)?)?.share_of_size(10_000).await?;
    let base = format!("http://{address}");
    let frame = path.replace("/s/", "/embed/");
    let mut figures = sizes(&base, &path, &frame).await?;
    figures.extend(browsers(&format!("{base}{path}"))?);
    Ok(figures::record(&load, &figures)?)
}

/// Brotli bytes of what stands at a URL.
async fn bytes(url: &str) -> Outcome<usize> {
    let request = reqwest::Client::new().get(url).header("Accept-Encoding", "br");
    Ok(request.send().await?.error_for_status()?.bytes().await?.len())
}

/// Brotli bytes of a page's files that end so.
async fn files(base: &str, path: &str, ending: &str) -> Outcome<usize> {
    let html = reqwest::get(format!("{base}{path}")).await?.text().await?;
    let mut sum = 0;
    for file in html.split('"').filter(|text| text.starts_with("/widget/") && text.ends_with(ending)) {
        sum += bytes(&format!("{base}{file}")).await?;
    }
    Ok(sum)
}

/// W1, W2, W4.
async fn sizes(base: &str, page: &str, frame: &str) -> Outcome<Vec<Figure>> {
    let how = || "as sent with `Accept-Encoding: br`".to_owned();
    let kb = |bytes: usize| format!("{:.2} kB", bytes as f64 / 1e3);
    let loader = bytes(&format!("{base}/embed.js")).await?;
    let (of_page, of_frame) = (files(base, page, ".js").await?, files(base, frame, ".js").await?);
    let css = files(base, page, ".css").await?;
    Ok(vec![
        Figure {
            number: "W1",
            what: "`embed.js`",
            goal: "≤ 2.0 kB brotli",
            measured: kb(loader),
            reached: loader <= 2_000,
            how: how(),
        },
        Figure {
            number: "W2",
            what: "script of the share page / of the frame",
            goal: "≤ 2.5 kB / ≤ 1.5 kB brotli",
            measured: format!("{} / {}", kb(of_page), kb(of_frame)),
            reached: of_page <= 2_500 && of_frame <= 1_500,
            how: how() + "; reading needs none",
        },
        Figure {
            number: "W4",
            what: "CSS of a page",
            goal: "≤ 6 kB brotli",
            measured: kb(css),
            reached: css <= 6_000,
            how: how() + "; a page with formulas brings their font besides, 133 kB",
        },
    ])
}

/// W5, W6.
fn browsers(share: &str) -> Outcome<Vec<Figure>> {
    let chromium = std::env::var("CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".to_owned());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/browser/measure.js");
    let output = Command::new("node").args([script, &chromium, share]).output()?;
    let Measured { share, fixed, free } =
        serde_json::from_slice(&output.stdout).map_err(|_| String::from_utf8_lossy(&output.stderr).into_owned())?;
    let scores = |seen: &Seen| seen.scores.map(|score| score.to_string()).join(" / ");
    let failed: BTreeSet<&str> = [&fixed, &free].into_iter().flat_map(|seen| &seen.failed).map(String::as_str).collect();
    let failed: Vec<&str> = failed.into_iter().collect();
    let how = || "Lighthouse 12.8.2 in Debian's Chromium, simulated slow 4G".to_owned();
    Ok(vec![
        Figure {
            number: "W5a",
            what: "Lighthouse (phone), share page: performance / accessibility / best practices",
            goal: "100 / 100 / 100",
            measured: scores(&share),
            reached: share.scores == [100; 3],
            how: how(),
        },
        Figure {
            number: "W5b",
            what: "the same of another site's page with an embed, and its layout shift",
            goal: "100 / 100 / 100; 0 with the height attribute, ≤ 0.02 without",
            measured: format!(
                "{}; {:.3} with, {:.3} without; not passed: {}",
                scores(&fixed),
                fixed.shift,
                free.shift,
                failed.join(", ")
            ),
            reached: fixed.scores == [100; 3] && fixed.shift == 0.0 && free.shift <= 0.02,
            how: how(),
        },
        Figure {
            number: "W6",
            what: "requests to open a share page, cold",
            goal: "≤ 5, all to its own origin",
            measured: format!("{}, {} of them to others", share.requests, share.foreign),
            reached: share.requests <= 5 && share.foreign == 0,
            how: "as Lighthouse's browser makes them".to_owned(),
        },
    ])
}
