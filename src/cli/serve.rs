//! `vitrine serve`.

use super::{Database, Opening};
use crate::{
    app::App,
    config::{DatabaseConfig, ServeConfig},
    http,
};
use std::{path::PathBuf, pin::Pin, sync::Arc};
use time::OffsetDateTime;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
};

/// Runs beside the server once it answers, until the server stops.
pub type Beside =
    Box<dyn FnOnce(Arc<App>, watch::Receiver<bool>) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> + Send>;

/// Runs the server until it is told to stop (SIGINT, SIGTERM).
///
/// # Errors
/// A sentence for the operator.
pub async fn run(config: ServeConfig, database: &DatabaseConfig, beside: Option<Beside>) -> Result<(), String> {
    // What is wrong with the settings is said before anything is started.
    config.base()?;
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|error| format!("VITRINE_LISTEN: {} cannot be used: {error}", config.listen))?;
    let data = database.data.clone();
    let database = Database::open(database, Opening::Alone).await?;
    let result = listen(&config, &database, data, listener, beside).await;
    database.close().await;
    result
}

async fn listen(
    config: &ServeConfig,
    database: &Database,
    data: PathBuf,
    listener: TcpListener,
    beside: Option<Beside>,
) -> Result<(), String> {
    let app = App::new(config, database.config.clone(), data, Arc::new(OffsetDateTime::now_utc)).await?;
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        told_to_stop().await;
        stop.send_replace(true);
        // Whoever asks twice does not want to wait.
        told_to_stop().await;
        std::process::exit(1);
    });
    tracing::info!(listen = %config.listen, base = app.base, "serving");
    let serving = tokio::spawn(http::serve(app.clone(), listener, config.connections_per_client, stopped.clone()));
    if let Some(beside) = beside {
        beside(app, stopped).await?;
    }
    serving.await.map_err(|error| error.to_string())?;
    tracing::info!("stopped");
    Ok(())
}

async fn told_to_stop() {
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
