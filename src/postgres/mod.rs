//! The one database: how it is reached ([`pool`]), run privately ([`embedded`]) and brought up to date ([`migrate`]).

/// A private PostgreSQL in the data directory.
pub mod embedded;
/// Bringing the schema up to date.
pub mod migrate;
/// Connections, with TLS where the server wants it.
pub mod pool;

pub use pool::Pool;
pub use tokio_postgres::Config;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why the database cannot be used; each displays as one sentence for the operator.
#[derive(Debug)]
pub enum Error {
    /// No PostgreSQL server is installed.
    NotInstalled,
    /// The cluster was made by a major version of PostgreSQL that is not installed.
    OtherVersionInstalled {
        /// Where the cluster is.
        cluster: PathBuf,
        /// The major version that made it.
        major: u32,
    },
    /// Another running vitrine holds the data directory.
    DataInUse(PathBuf),
    /// The cluster belongs to another system user.
    OtherOwner {
        /// Where the cluster is.
        cluster: PathBuf,
        /// The user id it belongs to.
        uid: u32,
    },
    /// Root runs the program and no unprivileged user exists to run PostgreSQL as.
    NoUnprivilegedUser,
    /// A file or directory could not be used.
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A program of PostgreSQL failed or ended early.
    Program {
        /// Its name.
        name: &'static str,
        /// What it wrote last.
        output: String,
    },
    /// The private server did not answer in time.
    NotReady {
        /// Where it logs.
        log: PathBuf,
    },
    /// TLS to the database cannot be set up.
    Tls(rustls::Error),
    /// Connecting took too long.
    ConnectTimeout,
    /// PostgreSQL, or the way to it, failed.
    Database(tokio_postgres::Error),
    /// The database was migrated by a newer program.
    NewerSchema {
        /// The version of the database's schema.
        database: i32,
        /// The newest version this program knows.
        program: i32,
    },
    /// A migration failed or differs from the one applied earlier.
    Migration(refinery::Error),
    /// No connection was to be had.
    Pool(deadpool_postgres::PoolError),
    /// A stored value is none that this program writes; names the column.
    Unreadable(&'static str),
    /// Bytes of this name are in no conversation of the host app that names them.
    UnknownBlob(String),
    /// The conversation is another owner's, and what was to replace it came from a file.
    OthersConversation,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInstalled => f.write_str(
                "PostgreSQL is not installed: `apt install postgresql` (on Debian), or set DATABASE_URL to use a server elsewhere",
            ),
            Self::OtherVersionInstalled { cluster, major } => write!(
                f,
                "{} was made by PostgreSQL {major}, which is not installed: `apt install postgresql-{major}`, or dump it there and restore it here",
                cluster.display()
            ),
            Self::DataInUse(data) => {
                write!(f, "another vitrine is running on {}: stop it, or give this one its own VITRINE_DATA", data.display())
            }
            Self::OtherOwner { cluster, uid } => {
                write!(f, "{} belongs to the user with id {uid}: run vitrine as that user or as root", cluster.display())
            }
            Self::NoUnprivilegedUser => {
                f.write_str("PostgreSQL refuses to run as root, and there is neither a user `postgres` nor `nobody` to run it as")
            }
            Self::File { path, source } => write!(f, "{}: {source}", path.display()),
            Self::Program { name, output } => write!(f, "{name} failed: {output}"),
            Self::NotReady { log } => write!(f, "PostgreSQL did not start in time, see {}", log.display()),
            Self::Tls(error) => write!(f, "TLS to the database cannot be set up: {error}"),
            Self::ConnectTimeout => f.write_str("the database did not answer in time"),
            Self::Database(error) => write_with_causes(f, "database", error),
            Self::NewerSchema { database, program } => write!(
                f,
                "the database's schema is version {database} and this program knows {program}: a newer vitrine has migrated it, run that one"
            ),
            Self::Migration(error) => write_with_causes(f, "migration", error),
            Self::Pool(error) => write_with_causes(f, "database", error),
            Self::UnknownBlob(name) => write!(f, "no conversation of this host app has an attachment {name}"),
            Self::OthersConversation => f.write_str("a conversation of this id is another owner's"),
            Self::Unreadable(column) => write!(f, "{column} holds a value that this program never writes"),
        }
    }
}

// No `source`: the sentence has the causes in it already.
impl std::error::Error for Error {}

/// `tokio_postgres` says no more than "db error" and leaves what happened to the cause.
fn write_with_causes(f: &mut fmt::Formatter<'_>, what: &str, error: &dyn std::error::Error) -> fmt::Result {
    write!(f, "{what}: {error}")?;
    let mut cause = error.source();
    while let Some(error) = cause {
        write!(f, ": {error}")?;
        cause = error.source();
    }
    Ok(())
}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error)
    }
}

impl From<deadpool_postgres::PoolError> for Error {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        Self::Pool(error)
    }
}

impl Error {
    /// Whether the database, or the way to it, is down, rather than unhappy with what it was asked.
    pub fn is_unreachable(&self) -> bool {
        match self {
            Self::ConnectTimeout | Self::Pool(_) => true,
            Self::Database(error) => {
                let broken = std::error::Error::source(error).is_some_and(|cause| cause.is::<io::Error>());
                // Classes 57 (an operator or a crash ended it) and 53 (out of connections or memory), PostgreSQL appendix A.
                let away = error.code().is_some_and(|code| ["57", "53"].iter().any(|class| code.code().starts_with(class)));
                error.is_closed() || broken || away
            }
            _ => false,
        }
    }

    fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File { path: path.to_owned(), source }
    }
}
