//! Goals P1 to P4, P10 and P11: a hot share page beside a bare warp route and nginx that answer the same, and how long a start takes.
//! `cargo bench --bench serving`; needs wrk, nginx and two cores.
//!
//! Servers are measured on core 0, one after the other; load generator and PostgreSQL have core 1. Everything runs on loopback, is
//! started by this program and ends with it.

#[path = "../figures.rs"]
mod figures;

mod bare;
mod node;
mod owner;
mod page;
mod process;
mod wrk;

use figures::Figure;
use node::{Database, Room, api_key, free_address, node};
use owner::Owner;
use page::{Page, REQUEST_ID};
use process::{Core, Process, on};
use std::{error::Error, fs, path::Path, time::Instant};
use wrk::{Seen, wrk};

type Outcome<T> = Result<T, Box<dyn Error>>;

const ROUNDS: usize = 7;
const STARTS: usize = 5;
/// Brotli bytes of the hot page.
const HOT: usize = 10_000;
const SHARES: usize = 1_000;

/// What every request says, so that it pays for what a browser's pays for, the counted view included.
const BROWSER: [(&str, &str); 3] = [
    ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    ("Accept-Encoding", "br"),
    ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36"),
];

fn main() -> Outcome<()> {
    // The runtime a node has: as many workers as the process may use cores.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [mode, address, directory] if mode == "bare" => runtime.block_on(bare::serve(address, Path::new(directory))),
        _ => {
            let load = figures::load();
            let mut figures = runtime.block_on(starts())?;
            figures.extend(runtime.block_on(serving())?);
            Ok(figures::record(&load, &figures)?)
        }
    }
}

/// P11.
async fn starts() -> Outcome<Vec<Figure>> {
    let room = Room::new()?;
    let (mut first_runs, mut starts) = (Vec::new(), Vec::new());
    for run in 0..STARTS {
        let (address, data) = (free_address()?, room.0.join(format!("data-{run}")));
        let began = Instant::now();
        let mut keeper = Process::start(node(Core::Any, &address, &Database::Private(&data))?, &room.log())?;
        first_runs.push(keeper.first_200(&address, "/readyz", began)?.as_secs_f64());
        let (page, _) = Owner::new(&address, &api_key(&data)?)?.share_of_size(HOT).await?;

        let address = free_address()?;
        let began = Instant::now();
        let mut node = Process::start(node(Core::Any, &address, &Database::Of(&data))?, &room.log())?;
        starts.push(node.first_200(&address, &page, began)?.as_secs_f64() * 1e3);
    }
    let (start, first_run) = (median(starts), median(first_runs));
    let how = format!("process started → first 200, median of {STARTS}, both cores");
    Ok(vec![
        Figure {
            number: "P11a",
            what: "start, database up",
            goal: "≤ 300 ms",
            measured: format!("{start:.0} ms"),
            reached: start <= 300.0,
            how: format!("{how}; the 200 is a share page"),
        },
        Figure {
            number: "P11b",
            what: "very first run, private cluster created",
            goal: "≤ 3 s",
            measured: format!("{first_run:.2} s"),
            reached: first_run <= 3.0,
            how: format!("{how}; the 200 is `/readyz`"),
        },
    ])
}

/// P1 to P4 and P10.
async fn serving() -> Outcome<Vec<Figure>> {
    let room = Room::new()?;
    let (data, log) = (room.0.join("data"), room.log());
    // Whose PostgreSQL is on the client's core, as it inherits that.
    let address = free_address()?;
    let mut keeper = Process::start(node(Core::Client, &address, &Database::Private(&data))?, &log)?;
    keeper.first_200(&address, "/readyz", Instant::now())?;

    let address = free_address()?;
    let mut node = Process::start(node(Core::Server, &address, &Database::Of(&data))?, &log)?;
    node.first_200(&address, "/readyz", Instant::now())?;

    let owner = Owner::new(&address, &api_key(&data)?)?;
    // A card is drawn by a thread that has loaded its fonts: what comes before is no node at rest.
    let idle = owner.share_of_size(1).await?.0.replace("/s/", "/api/shares/") + "/og-image";
    Page::fetch(&format!("http://{address}{idle}")).await?;
    let idle = node.memory()?;

    let (path, turns) = owner.share_of_size(HOT).await?;
    let many = owner.share_many(SHARES, turns).await?;
    let (warm, kept) = (node.memory()?, mib(owner.kept(&many[0]).await? * SHARES));

    let page = Page::fetch(&format!("http://{address}{path}")).await?;
    page.save(&room.0, &path)?;
    let (bare_address, nginx_address) = (free_address()?, free_address()?);
    let mut bare = on(Core::Server, &std::env::current_exe()?.display().to_string());
    bare.arg("bare").arg(&bare_address).arg(&room.0);
    let mut bare = Process::start(bare, &log)?;
    let mut nginx = nginx(&room, &nginx_address, &page)?;
    for (address, server) in [(&bare_address, &mut bare), (&nginx_address, &mut nginx)] {
        server.first_200(address, &path, Instant::now())?;
        if Page::fetch(&format!("http://{address}{path}")).await? != page {
            return Err("the servers compared do not answer the same".into());
        }
    }

    let (hot, etag) = ([path], page.headers.get("etag").ok_or("the page has no ETag")?.as_str());
    let (mut of_bare, mut of_node, mut of_nginx, mut of_304, mut of_many) = (vec![], vec![], vec![], vec![], vec![]);
    for _ in 0..ROUNDS {
        of_bare.push(wrk(&bare_address, &hot, None)?);
        of_node.push(wrk(&address, &hot, None)?);
        of_nginx.push(wrk(&nginx_address, &hot, None)?);
        of_304.push(wrk(&address, &hot, Some(etag))?);
        of_many.push(wrk(&address, &many, None)?);
    }

    let p99 = median(of_node.iter().map(|seen| seen.p99).collect());
    let p50 = median(of_node.iter().map(|seen| seen.p50).collect());
    let how = format!(
        "wrk -t1 -c64, {ROUNDS} interleaved rounds, median of their ratios; server on core 0, wrk and PostgreSQL on core 1"
    );
    let figure = |number, what, goal, of: &[Seen], to: &[Seen], least: f64| {
        let (ratio, measured) = compare(of, to);
        Figure { number, what, goal, measured, reached: ratio >= least, how: how.clone() }
    };
    let mut p1 = figure(
        "P1",
        "hot share page, all checks, facts read from PostgreSQL for every request, against a bare warp route with the same bytes and headers",
        "≥ 0.80×; p99 ≤ 2 ms",
        &of_node,
        &of_bare,
        0.8,
    );
    p1.reached &= p99 <= 2.0;
    p1.measured += &format!("; p50 {p50:.2} ms, p99 {p99:.2} ms");
    p1.how = format!("{} bytes of brotli; the node allocates with mimalloc, the route with glibc; {how}", page.body.len());
    Ok(vec![
        p1,
        figure("P2", "the same against nginx sending the same bytes from a file", "≥ 0.9×", &of_node, &of_nginx, 0.9),
        figure("P3", "1,000 shares in rotation against P1", "≥ 0.9×", &of_many, &of_node, 0.9),
        figure("P4", "304 by If-None-Match against P1", "≥ 1.05×", &of_304, &of_node, 1.05),
        Figure {
            number: "P10",
            what: "memory: idle node / with 1,000 hot pages",
            goal: "≤ 40 MiB / ≤ 40 MiB + the bytes kept",
            measured: format!("{idle:.0} MiB / {warm:.0} MiB, of which pages {kept:.0} MiB"),
            reached: idle <= 40.0 && warm <= 40.0 + kept,
            how: "VmRSS of the node on one core, after a card was drawn; PostgreSQL not counted".to_owned(),
        },
    ])
}

/// The median of the ratios round by round, and how it reads.
fn compare(of: &[Seen], to: &[Seen]) -> (f64, String) {
    let ratio = median(of.iter().zip(to).map(|(of, to)| of.per_second / to.per_second).collect());
    let [of, to] = [of, to].map(|seen| median(seen.iter().map(|seen| seen.per_second).collect()));
    (ratio, format!("{ratio:.2}× ({of:.0} to {to:.0} requests/s)"))
}

fn mib(bytes: usize) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn nginx(room: &Room, address: &str, page: &Page) -> Outcome<Process> {
    let quoted = |(name, value): (&str, &str)| format!("        add_header {name} '{}';\n", value.replace('\'', "\\'"));
    let headers =
        page.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).filter(|(name, _)| *name != "content-type");
    let headers: String = headers.chain([REQUEST_ID]).map(quoted).collect();
    let content_type = page.headers.get("content-type").map_or("text/html", String::as_str);
    let conf = include_str!("nginx.conf")
        .replace("{directory}", &room.0.display().to_string())
        .replace("{address}", address)
        .replace("{content_type}", content_type)
        .replace("{headers}", &headers);
    let file = room.0.join("nginx.conf");
    fs::write(&file, conf)?;
    let mut command = on(Core::Server, "nginx");
    command.arg("-p").arg(&room.0).arg("-c").arg(&file);
    Process::start(command, &room.log())
}

/// The middle one.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
