//! Migrations: `migrations/V<n>__<name>.sql`, forward only, embedded in the program.

use tokio_postgres::{Client, Config};

use super::{Error, pool};

/// The advisory lock that lets any number of nodes start at once: the bytes of "vitrine".
const LOCK: i64 = 0x76_6974_7269_6e65;

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// What a migration did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Names of the migrations applied now, in order; empty when there was nothing to do.
    pub applied: Vec<String>,
    /// The schema's version afterwards.
    pub current: i32,
}

/// The newest schema version this program knows.
pub fn latest() -> i32 {
    embedded::migrations::runner().get_migrations().iter().map(refinery::Migration::version).max().unwrap_or(0)
}

/// The version of the database's schema, 0 where nothing was ever migrated.
pub async fn schema_version(client: &Client) -> Result<i32, Error> {
    let exists = client.query_one("select to_regclass('refinery_schema_history') is not null", &[]).await?;
    if !exists.get::<_, bool>(0) {
        return Ok(0);
    }
    let row = client.query_one("select coalesce(max(version), 0) from refinery_schema_history", &[]).await?;
    Ok(row.get(0))
}

/// How many versions the database's schema is behind this program; readiness waits for 0. A newer schema is an error.
pub async fn pending(client: &Client) -> Result<i32, Error> {
    behind(schema_version(client).await?, latest())
}

/// Applies what is missing. Nodes that start together wait for the first, then find nothing to do.
pub async fn migrate(config: &Config) -> Result<Report, Error> {
    let mut client = pool::connect(config).await?;
    if is_current(&mut client).await? {
        return Ok(Report { applied: Vec::new(), current: latest() });
    }
    // A lock of the session: it ends with this connection, whatever happens to this node.
    client.execute("select pg_advisory_lock($1)", &[&LOCK]).await?;
    pending(&client).await?;
    let report = embedded::migrations::runner().run_async(&mut client).await.map_err(Error::Migration)?;
    client.execute("select pg_advisory_unlock($1)", &[&LOCK]).await?;
    Ok(Report { applied: report.applied_migrations().iter().map(ToString::to_string).collect(), current: latest() })
}

/// Whether exactly the embedded migrations were applied. Asked before anything is locked or created, so that a node whose role may
/// not create tables can start once `vitrine migrate` has run under one that may.
async fn is_current(client: &mut Client) -> Result<bool, Error> {
    if pending(client).await? > 0 {
        return Ok(false);
    }
    let runner = embedded::migrations::runner();
    let mut known = runner.get_migrations().clone();
    known.sort();
    let applied = runner.get_applied_migrations_async(client).await.map_err(Error::Migration)?;
    Ok(applied == known)
}

fn behind(database: i32, program: i32) -> Result<i32, Error> {
    if database > program { Err(Error::NewerSchema { database, program }) } else { Ok(program - database) }
}
