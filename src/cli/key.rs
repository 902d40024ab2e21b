//! `vitrine key create|list|revoke`.

use super::console::Console;
use crate::{owner::store, postgres::Pool};
use clap::Subcommand;
use serde_json::json;

/// What to do with API keys.
#[derive(Subcommand)]
pub enum Command {
    /// Make a key; it is shown this once
    Create {
        /// What to call the key, such as "production"
        #[arg(value_parser = super::name)]
        name: String,
        /// The host app it belongs to; made if it is new
        #[arg(long, default_value = "default", value_parser = super::name)]
        app: String,
    },
    /// Show all keys, newest first
    List,
    /// End a key, and every owner token minted with it
    Revoke {
        /// Its id or its first characters, as `list` shows them
        key: String,
    },
}

/// Runs the command.
pub async fn run(pool: &Pool, console: &Console, command: Command) -> Result<(), String> {
    let said = |error: crate::postgres::Error| error.to_string();
    match command {
        Command::Create { name, app } => {
            let (key, listed) = store::create_key(pool, &app, &name).await.map_err(said)?;
            if console.is_json() {
                return console.json(&json!({"key": key.reveal(), "id": listed.id, "app": app, "name": name}));
            }
            console.say(key.reveal());
            if console.is_terminal() {
                console.say("Keep it well: it is stored nowhere and cannot be shown again.");
            }
        }
        Command::List => {
            let keys = store::list_keys(pool).await.map_err(said)?;
            if console.is_json() {
                return console.json(&keys);
            }
            let row = |key: &store::Listed| {
                let state = if key.revoked_at.is_some() { "revoked" } else { "valid" };
                vec![
                    key.id.to_string(),
                    key.app.clone(),
                    key.name.clone(),
                    format!("{}…", key.prefix),
                    key.created_at.date().to_string(),
                    state.to_owned(),
                ]
            };
            console.table(&["id", "app", "name", "key", "created", "state"], keys.iter().map(row).collect());
        }
        Command::Revoke { key } => {
            let Some(id) = store::revoke_key(pool, key.trim_end_matches('…')).await.map_err(said)? else {
                return Err(format!("{key} names no valid key, or several; `vitrine key list` shows them"));
            };
            if console.is_json() {
                return console.json(&json!({"revoked": id}));
            }
            console.say("revoked");
        }
    }
    Ok(())
}
