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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::postgres::embedded::Cluster;
    use crate::postgres::embedded::tests::Data;

    /// The macro does not notice a new file in the folder until something else has the crate compiled again.
    #[test]
    fn every_migration_of_the_folder_is_embedded() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let mut expected: Vec<_> = files
            .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
            .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        let mut found: Vec<_> = embedded::migrations::runner().get_migrations().iter().map(ToString::to_string).collect();
        expected.sort();
        found.sort();
        assert_eq!(found, expected, "touch src/postgres/migrate.rs");
    }

    #[tokio::test]
    async fn ten_nodes_that_start_together_migrate_once() {
        let data = Data::new();
        let cluster = Cluster::start(&data.0).await.unwrap();
        let client = pool::connect(&cluster.config()).await.unwrap();
        assert_eq!(pending(&client).await.unwrap(), latest());

        let nodes: Vec<_> = (0..10)
            .map(|_| {
                let config = cluster.config();
                tokio::spawn(async move { migrate(&config).await.unwrap() })
            })
            .collect();
        let mut applied = Vec::new();
        for node in nodes {
            let report = node.await.unwrap();
            assert_eq!(report.current, latest());
            applied.extend(report.applied);
        }
        assert_eq!(applied.len(), embedded::migrations::runner().get_migrations().len(), "{applied:?}");
        assert_eq!(pending(&client).await.unwrap(), 0);
        assert_eq!(migrate(&cluster.config()).await.unwrap(), Report { applied: Vec::new(), current: latest() });
        drop(client);
        cluster.stop().await.unwrap();
    }

    #[tokio::test]
    async fn a_newer_or_different_database_is_refused() {
        let data = Data::new();
        let cluster = Cluster::start(&data.0).await.unwrap();
        migrate(&cluster.config()).await.unwrap();
        let client = pool::connect(&cluster.config()).await.unwrap();

        let copy =
            "insert into refinery_schema_history select 4711, 'later', applied_on, checksum from refinery_schema_history limit 1";
        client.execute(copy, &[]).await.unwrap();
        let error = migrate(&cluster.config()).await.unwrap_err().to_string();
        assert!(error.contains("4711") && error.contains(&latest().to_string()), "{error}");
        assert!(matches!(pending(&client).await, Err(Error::NewerSchema { database: 4711, .. })));

        client.batch_execute("delete from refinery_schema_history where version = 4711").await.unwrap();
        client.batch_execute("update refinery_schema_history set checksum = '1' where version = 1").await.unwrap();
        let error = migrate(&cluster.config()).await.unwrap_err();
        assert!(matches!(error, Error::Migration(_)), "a migration edited after it was applied: {error}");
        drop(client);
        cluster.stop().await.unwrap();
    }
}
