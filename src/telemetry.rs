//! Logs: structured, on standard error, without secrets. Nothing logs a path, a query, a header or a body; a request is named by its
//! route's pattern and its id.

use crate::config::LogFormat;
use std::{
    fmt::{self, Display},
    io::IsTerminal,
};
use tracing::{Event, Subscriber};
use tracing_subscriber::{
    filter::LevelFilter,
    fmt::{
        FmtContext,
        format::{FormatEvent, FormatFields, Writer},
    },
    layer::SubscriberExt,
    registry::LookupSpan,
    util::SubscriberInitExt,
};

/// Starts logging; text on a terminal and JSON elsewhere, unless `format` says otherwise. A second call changes nothing.
pub fn start(format: Option<LogFormat>, level: tracing::Level) {
    let default = if std::io::stderr().is_terminal() { LogFormat::Text } else { LogFormat::Json };
    let level = LevelFilter::from_level(level);
    let ours = tracing_subscriber::filter::Targets::new().with_target("vitrine", level).with_default(LevelFilter::WARN);
    let registry = tracing_subscriber::registry().with(ours);
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    // Control characters in values arrive escaped: both formats write values with `Debug` or as JSON strings.
    let started = match format.unwrap_or(default) {
        LogFormat::Json => {
            let lines = OfRequest { json: true, lines: tracing_subscriber::fmt::format().json().flatten_event(true) };
            registry.with(layer.fmt_fields(tracing_subscriber::fmt::format::JsonFields::new()).event_format(lines)).try_init()
        }
        LogFormat::Text => {
            let colours = std::io::stderr().is_terminal();
            let lines = OfRequest { json: false, lines: tracing_subscriber::fmt::format().compact().with_target(false) };
            registry.with(layer.with_ansi(colours).event_format(lines)).try_init()
        }
    };
    drop(started);
}

/// Names one request in logs and in its answer.
#[derive(Clone, Copy, Debug)]
pub struct RequestId([u8; 16]);

impl RequestId {
    /// Another one.
    pub fn random() -> Self {
        let random: u64 = rand::random();
        RequestId(std::array::from_fn(|at| b"0123456789abcdef"[(random >> (4 * at)) as usize & 15]))
    }

    /// 16 hex digits.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.0).unwrap_or_default())
    }
}

tokio::task_local! {
    static REQUEST: RequestId;
}

/// Does `work`, and names the request in all that is logged meanwhile. A span would do the same for three percent of a hot page's
/// time, and nearly every request logs nothing.
pub fn of_request<F: Future>(id: RequestId, work: F) -> impl Future<Output = F::Output> {
    REQUEST.scope(id, work)
}

/// Goes on with `work` while the answer is sent, in a task that logs under the same request.
pub fn spawn<F>(work: F)
where
    F: Future<Output = ()> + Send + 'static,
{
    match REQUEST.try_with(|id| *id) {
        Ok(id) => tokio::spawn(of_request(id, work)),
        Err(_) => tokio::spawn(work),
    };
}

/// Writes the request's id into each line that one logs.
struct OfRequest<L> {
    json: bool,
    lines: L,
}

impl<S, N, L> FormatEvent<S, N> for OfRequest<L>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    L: FormatEvent<S, N>,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let Ok(id) = REQUEST.try_with(|id| *id) else { return self.lines.format_event(context, writer, event) };
        if !self.json {
            write!(writer, "{id} ")?;
            return self.lines.format_event(context, writer, event);
        }
        let mut line = String::new();
        self.lines.format_event(context, Writer::new(&mut line), event)?;
        write!(writer, "{{\"request\":\"{id}\",{}", line.strip_prefix('{').unwrap_or(&line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::{
        io,
        sync::{Arc, Mutex},
    };
    use tokio::sync::oneshot;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn what_a_request_logs_names_it_also_from_its_own_tasks() {
        let lines = Lines::default();
        let writer = lines.clone();
        let format = OfRequest { json: true, lines: tracing_subscriber::fmt::format().json().flatten_event(true) };
        let layer = tracing_subscriber::fmt::layer().with_writer(move || writer.clone());
        let layer = layer.fmt_fields(tracing_subscriber::fmt::format::JsonFields::new()).event_format(format);
        let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
        let (id, other) = (RequestId::random(), RequestId::random());
        tracing::info!("nobody's");
        of_request(id, async {
            tracing::info!(error = "a \"b\"\n{", "at once");
            let (done, ended) = oneshot::channel();
            spawn(async move {
                tracing::info!("later");
                done.send(()).unwrap();
            });
            ended.await.unwrap();
        })
        .await;
        of_request(other, async { tracing::info!("another's") }).await;
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let seen: Vec<_> = rows.iter().map(|row| (row["message"].as_str().unwrap(), row["request"].as_str())).collect();
        let [id, other] = [id, other].map(|id| id.to_string());
        let (id, other) = (Some(id.as_str()), Some(other.as_str()));
        assert_eq!(seen, [("nobody's", None), ("at once", id), ("later", id), ("another's", other)]);
        assert_eq!(rows[1]["error"], "a \"b\"\n{");
        assert!(id.is_some_and(|id| id.len() == 16) && id != other);
    }
}
