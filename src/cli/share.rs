//! `vitrine share list|show|revoke`: for operators, across host apps.

use super::console::Console;
use crate::{
    owner::{Owner, Reach},
    postgres::Pool,
    share::{Updates, settings::Settings, store},
};
use clap::Subcommand;
use serde_json::json;

/// What to do with shares.
#[derive(Subcommand)]
pub enum Command {
    /// Show shares that are not revoked, newest first
    List {
        /// At most so many
        #[arg(long, default_value_t = 100, value_parser = crate::config::whole::<i64>(1..=10_000))]
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
                vec![
                    settings.id.as_str().to_owned(),
                    settings.short_code.as_str().to_owned(),
                    app.clone(),
                    settings.conversation_id.clone(),
                    access(settings),
                    settings.view_count.to_string(),
                    ends(settings),
                ]
            };
            console.table(&["id", "code", "app", "conversation", "privacy", "views", "ends"], shares.iter().map(row).collect());
        }
        Command::Show { share } => {
            let (_, app, settings) = find(&share).await?;
            if console.is_json() {
                return console.json(&json!({"app": app, "settings": settings}));
            }
            for (what, value) in lines(&app, &settings) {
                console.say(&format!("{what:<14}{value}"));
            }
        }
        Command::Revoke { share } => {
            let (host_app, _, settings) = find(&share).await?;
            store::revoke(pool, &Owner { host_app, reach: Reach::HostApp }, &settings.id).await.map_err(said)?;
            if console.is_json() {
                return console.json(&json!({"revoked": settings.id}));
            }
            console.say("revoked");
        }
    }
    Ok(())
}

fn access(settings: &Settings) -> String {
    let lock = if settings.has_password { " + password" } else { "" };
    format!("{}{lock}", settings.privacy.as_str())
}

fn ends(settings: &Settings) -> String {
    settings.expires_at.map_or_else(|| "never".to_owned(), |at| at.to_string())
}

/// A share for people.
fn lines(app: &str, settings: &Settings) -> Vec<(&'static str, String)> {
    let include = &settings.include;
    let parts = [
        (true, "text"),
        (include.tool_calls, "tool calls"),
        (include.reasoning, "reasoning"),
        (include.attachments, "attachments"),
    ];
    let shows: Vec<&str> = parts.iter().filter(|(shown, _)| *shown).map(|(_, what)| *what).collect();
    let ranges = |ranges: &Vec<(u32, u32)>| ranges.iter().map(|(from, to)| format!("{from}-{to}")).collect::<Vec<_>>().join(", ");
    let embedded = match settings.embed_origins.as_deref() {
        None => "anywhere".to_owned(),
        Some([]) => "nowhere".to_owned(),
        Some(origins) => origins.join(", "),
    };
    let updates = match settings.updates {
        Some(Updates::Live) => "live",
        Some(Updates::Frozen) | None => "frozen",
    };
    let mut lines = vec![
        ("id", settings.id.as_str().to_owned()),
        ("code", settings.short_code.as_str().to_owned()),
        ("app", app.to_owned()),
        ("conversation", settings.conversation_id.clone()),
        ("privacy", access(settings)),
        ("updates", updates.to_owned()),
        ("messages", include.messages.as_ref().map_or_else(|| "all".to_owned(), ranges)),
        ("shows", shows.join(", ")),
        ("embedded", embedded),
        ("views", settings.view_count.to_string()),
        ("created", settings.created_at.to_string()),
        ("changed", settings.updated_at.to_string()),
        ("ends", ends(settings)),
    ];
    lines.extend(settings.allowed_emails.as_ref().map(|emails| ("readers", emails.join(", "))));
    lines
}
