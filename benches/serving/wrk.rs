//! The load generator.

use crate::{
    BROWSER, Outcome,
    process::{Core, on},
};

const SECONDS: &str = "4s";
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/serving/wrk.lua");

/// What it saw.
pub struct Seen {
    /// Answers a second.
    pub per_second: f64,
    /// Median latency, milliseconds.
    pub p50: f64,
    /// 99th percentile.
    pub p99: f64,
}

/// 64 connections of one thread ask for `paths` in turn, as fast as answers come. One failure fails the run.
pub fn wrk(address: &str, paths: &[String], etag: Option<&str>) -> Outcome<Seen> {
    let mut command = on(Core::Client, "wrk");
    command.args(["-t1", "-c64", "-d", SECONDS, "--latency", "-s", SCRIPT]);
    for (name, value) in BROWSER.into_iter().chain(etag.map(|etag| ("If-None-Match", etag))) {
        command.args(["-H", &format!("{name}: {value}")]);
    }
    let [path, rest @ ..] = paths else { return Err("no path to ask for".into()) };
    command.arg(format!("http://{address}{path}"));
    if !rest.is_empty() {
        command.arg("--").args(paths);
    }
    let output = command.output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|line| line.strip_prefix("figures "));
    let numbers: Vec<f64> = line.unwrap_or_default().split(' ').filter_map(|number| number.parse().ok()).collect();
    match numbers[..] {
        [requests, microseconds, p50, p99, 0.0] if requests > 0.0 => {
            Ok(Seen { per_second: requests / microseconds * 1e6, p50: p50 / 1e3, p99: p99 / 1e3 })
        }
        _ => Err(format!("wrk at {address}{path}: {text}{}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}
