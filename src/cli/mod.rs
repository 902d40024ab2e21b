//! The commands: `serve`, `migrate`, `import`, `key`, `share`, `demo`. Exit codes: 0 done, 1 failed, 2 misused.

mod console;
mod demo;
mod import;
mod key;
mod serve;
mod share;

use crate::{
    config::{DatabaseConfig, LogFormat, ServeConfig},
    conversation::ConversationId,
    postgres::{self, Config, Pool, embedded::Cluster, migrate},
    telemetry,
};
use clap::{CommandFactory, Parser, Subcommand};
use console::Console;
use std::process::ExitCode;

/// Shares AI conversations: a link with access control, a page worth reading, a preview card and an embed.
#[derive(Parser)]
#[command(name = "vitrine", version, about)]
struct Arguments {
    #[command(flatten)]
    database: DatabaseConfig,
    /// Answer in JSON, for programs
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server
    Serve(Box<ServeConfig>),
    /// Bring the database's schema up to date, and end
    Migrate,
    /// Import conversations from export files
    Import(import::Arguments),
    /// API keys of host apps
    #[command(subcommand)]
    Key(key::Command),
    /// Shares, as an operator sees them
    #[command(subcommand)]
    Share(share::Command),
    /// Run the server with a conversation to look at, a locked one, and a blog that embeds them
    Demo(Box<ServeConfig>),
}

/// Parses the arguments and runs the one command they name.
pub fn run() -> ExitCode {
    // clap ends the program with 2, and a text that names the flag, the variable, the value and the rule, when it is misused.
    let arguments = Arguments::parse();
    // What may hold a password is looked at here, because clap's text would repeat it.
    if let Some(wrong) = arguments.database.database_url.as_ref().and_then(|url| url.config().err()) {
        Arguments::command().error(clap::error::ErrorKind::ValueValidation, wrong).exit();
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&format!("the runtime did not start: {error}")),
    };
    match runtime.block_on(dispatch(arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => failed(&message),
    }
}

/// The name of a host app, an owner or a key: under the same rule as the ids that host apps give.
fn name(text: &str) -> Result<String, String> {
    text.parse().map(|ConversationId(name)| name).map_err(|()| ConversationId::RULE.to_owned())
}

fn failed(message: &str) -> ExitCode {
    Console::new(false).complain(message);
    ExitCode::from(1)
}

async fn dispatch(arguments: Arguments) -> Result<(), String> {
    let console = Console::new(arguments.json);
    match arguments.command {
        Command::Serve(config) => {
            telemetry::start(config.log_format, config.log);
            serve::run(*config, &arguments.database, None).await
        }
        Command::Demo(config) => {
            telemetry::start(config.log_format, tracing::Level::WARN.max(config.log));
            demo::run(*config, &arguments.database, console).await
        }
        command => {
            telemetry::start(Some(LogFormat::Text), tracing::Level::WARN);
            // Commands may run beside a server on the same private cluster.
            let database = Database::open(&arguments.database, Opening::BesideAServer).await?;
            let result = match command {
                Command::Migrate => report_migration(&console, &database.report),
                Command::Import(arguments) => import::run(&database.pool()?, &console, arguments).await,
                Command::Key(command) => key::run(&database.pool()?, &console, command).await,
                Command::Share(command) => share::run(&database.pool()?, &console, command).await,
                Command::Serve(_) | Command::Demo(_) => Ok(()),
            };
            database.close().await;
            result
        }
    }
}

fn report_migration(console: &Console, report: &migrate::Report) -> Result<(), String> {
    let current = report.current;
    if console.is_json() {
        return console.json(&serde_json::json!({"applied": report.applied, "current": current}));
    }
    for name in &report.applied {
        console.say(&format!("applied {name}"));
    }
    console.say(&format!("the schema is version {current}"));
    Ok(())
}

/// Whether another vitrine may be running on the same data directory.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Opening {
    Alone,
    BesideAServer,
}

/// The database a command works on: migrated, and private where no URL was given.
struct Database {
    config: Config,
    cluster: Option<Cluster>,
    report: migrate::Report,
}

impl Database {
    async fn open(config: &DatabaseConfig, opening: Opening) -> Result<Self, String> {
        let cluster = match (&config.database_url, opening) {
            (Some(_), _) => None,
            (None, Opening::Alone) => Some(Cluster::start(&config.data).await.map_err(|error| error.to_string())?),
            (None, Opening::BesideAServer) => {
                Some(Cluster::attach_or_start(&config.data).await.map_err(|error| error.to_string())?)
            }
        };
        let database = match (&config.database_url, &cluster) {
            (Some(url), _) => url.config()?,
            (None, Some(cluster)) => cluster.config(),
            (None, None) => return Err("there is no database to use".to_owned()),
        };
        match migrate::migrate(&database).await {
            Ok(report) => Ok(Database { config: database, cluster, report }),
            Err(error) => {
                if let Some(cluster) = cluster {
                    drop(cluster.stop().await);
                }
                Err(error.to_string())
            }
        }
    }

    fn pool(&self) -> Result<Pool, String> {
        postgres::pool::pool(self.config.clone(), 4).map_err(|error| error.to_string())
    }

    async fn close(self) {
        let Some(cluster) = self.cluster else { return };
        if let Err(error) = cluster.stop().await {
            tracing::warn!(%error, "the private PostgreSQL did not stop cleanly");
        }
    }
}
