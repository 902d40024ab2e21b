//! Logs: structured, on standard error, without secrets. Nothing logs a path, a query, a header or a body; a request is named by its
//! route's pattern and its id.

use crate::config::LogFormat;
use std::io::IsTerminal;
use tracing_subscriber::{filter::LevelFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// Starts logging; text on a terminal and JSON elsewhere, unless `format` says otherwise. A second call changes nothing.
pub fn start(format: Option<LogFormat>, level: tracing::Level) {
    let default = if std::io::stderr().is_terminal() { LogFormat::Text } else { LogFormat::Json };
    let level = LevelFilter::from_level(level);
    let ours = tracing_subscriber::filter::Targets::new().with_target("vitrine", level).with_default(LevelFilter::WARN);
    let registry = tracing_subscriber::registry().with(ours);
    // Control characters in values arrive escaped: both formats write values with `Debug` or as JSON strings.
    let started = match format.unwrap_or(default) {
        LogFormat::Json => registry.with(fmt::layer().json().flatten_event(true).with_writer(std::io::stderr)).try_init(),
        LogFormat::Text => {
            let colours = std::io::stderr().is_terminal();
            registry.with(fmt::layer().compact().with_target(false).with_ansi(colours).with_writer(std::io::stderr)).try_init()
        }
    };
    drop(started);
}
