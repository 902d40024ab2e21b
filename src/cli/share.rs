//! `vitrine share list|show|revoke`: for operators, across host apps.

use super::console::Console;
use crate::{
    owner::{Owner, Reach},
    postgres::Pool,
    share::{settings::Settings, store},
};
use clap::Subcommand;
use serde_json::json;

/// What to do with shares.
#[derive(Subcommand)]
pub enum Command {
    /// Show shares that are not revoked, newest first
    List {
        /// At most so many
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(i64).range(1..=10_000))]
        limit: i64,
    },
    /// Show one
    Show {
        /// Its id or its short code
        share: String,
    },
    /// End one for good
    Revoke {
        /// Its id or its short code
        share: String,
    },
}

/// Runs the command.
pub async fn run(pool: &Pool, console: &Console, command: Command) -> Result<(), String> {
    let said = |error: crate::postgres::Error| error.to_string();
    let find = async |share: &str| {
        let found = store::find_any(pool, share).await.map_err(said)?;
        found.ok_or_else(|| format!("{share} is neither the id nor the code of a share that is not revoked"))
    };
    match command {
        Command::List { limit } => {
            let shares = store::list_all(pool, limit).await.map_err(said)?;
            if console.is_json() {
                let rows: Vec<_> = shares.iter().map(|(_, app, settings)| json!({"app": app, "settings": settings})).collect();
                return console.json(&rows);
            }
            let row = |(_, app, settings): &(i64, String, Settings)| {
                let ends = settings.expires_at.map_or_else(|| "never".to_owned(), |at| at.to_string());
                let lock = if settings.has_password { " + password" } else { "" };
                vec![
                    settings.id.as_str().to_owned(),
                    settings.short_code.as_str().to_owned(),
                    app.clone(),
                    settings.conversation_id.clone(),
                    format!("{}{lock}", settings.privacy.as_str()),
                    settings.view_count.to_string(),
                    ends,
                ]
            };
            console.table(&["id", "code", "app", "conversation", "privacy", "views", "ends"], shares.iter().map(row).collect());
        }
        Command::Show { share } => {
            let (_, app, settings) = find(&share).await?;
            let text =
                serde_json::to_string_pretty(&json!({"app": app, "settings": settings})).map_err(|error| error.to_string())?;
            console.say(&text);
        }
        Command::Revoke { share } => {
            let (host_app, _, settings) = find(&share).await?;
            store::revoke(pool, &Owner { host_app, reach: Reach::HostApp }, &settings.id).await.map_err(said)?;
            console.say("revoked");
        }
    }
    Ok(())
}
