//! Nodes to measure, each in a room of its own.

use crate::{
    Outcome,
    process::{Core, on},
};
use serde_json::Value;
use std::{
    fs::{self, DirBuilder},
    net::TcpListener,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    process::Command,
};

const VITRINE: &str = env!("CARGO_BIN_EXE_vitrine");

/// A directory for one run, which PostgreSQL's own user can enter; removed at the end.
pub struct Room(pub PathBuf);

impl Room {
    /// An empty one.
    pub fn new() -> Outcome<Self> {
        let path = std::env::temp_dir().join(format!("vitrine-bench-{}", std::process::id()));
        DirBuilder::new().mode(0o755).create(&path)?;
        Ok(Room(path))
    }

    /// Where what runs in it writes.
    pub fn log(&self) -> PathBuf {
        self.0.join("log")
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Which database a node is on.
pub enum Database<'a> {
    /// One of its own, in this directory.
    Private(&'a Path),
    /// That of a node which has it privately.
    Of(&'a Path),
}

/// A node as it is run.
pub fn node(core: Core, address: &str, database: &Database<'_>) -> Outcome<Command> {
    let mut command = on(core, VITRINE);
    command.arg("serve").env("VITRINE_LISTEN", address).env("VITRINE_LOG", "warn").env_remove("DATABASE_URL");
    // Room for all pages.
    command.env("VITRINE_CACHE_BYTES", "256MiB");
    // One client makes all of the load.
    command.env("VITRINE_LIMIT_READ", "4000000000/1000000000").env("VITRINE_LIMIT_MANAGE", "4000000000/1000000000");
    match database {
        Database::Private(data) => command.env("VITRINE_DATA", data),
        Database::Of(data) => {
            let postgres = data.join("postgres").canonicalize()?;
            let password = fs::read_to_string(postgres.join("password"))?;
            let socket = postgres.join("socket");
            let url = format!("host={} user=vitrine dbname=vitrine sslmode=disable password={}", socket.display(), password.trim());
            command.env("DATABASE_URL", url)
        }
    };
    Ok(command)
}

/// A key for the private database in this directory.
pub fn api_key(data: &Path) -> Outcome<String> {
    let output = Command::new(VITRINE)
        .args(["key", "create", "bench", "--json"])
        .env("VITRINE_DATA", data)
        .env_remove("DATABASE_URL")
        .output()?;
    let answer: Value = serde_json::from_slice(&output.stdout).map_err(|_| String::from_utf8_lossy(&output.stderr).into_owned())?;
    Ok(answer["key"].as_str().ok_or("no key was made")?.to_owned())
}

/// An address that was free a moment ago.
pub fn free_address() -> Outcome<String> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}
