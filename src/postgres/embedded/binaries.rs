use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use super::Error;

/// Where Debian puts each major version of the server: `<major>/bin`.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The programs of one installed PostgreSQL.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Binaries {
    major: u32,
    /// Empty for what `PATH` finds.
    directory: PathBuf,
}

impl Binaries {
    /// The PostgreSQL for a new cluster: that in `PATH`, else the newest of Debian's.
    pub(super) async fn newest() -> Result<Self, Error> {
        installed().await.into_iter().next().ok_or(Error::NotInstalled)
    }

    /// The PostgreSQL for an existing cluster: no other major version can read its files.
    pub(super) async fn of_major(major: u32, cluster: &Path) -> Result<Self, Error> {
        let installed = installed().await;
        if installed.is_empty() {
            return Err(Error::NotInstalled);
        }
        let fitting = installed.into_iter().find(|binaries| binaries.major == major);
        fitting.ok_or_else(|| Error::OtherVersionInstalled { cluster: cluster.to_owned(), major })
    }

    pub(super) fn path(&self, program: &str) -> PathBuf {
        self.directory.join(program)
    }
}

async fn installed() -> Vec<Binaries> {
    let in_path = in_path().await.map(|major| Binaries { major, directory: PathBuf::new() });
    in_path.into_iter().chain(in_directory(Path::new(DEBIAN))).collect()
}

/// Newest first.
fn in_directory(root: &Path) -> Vec<Binaries> {
    let Ok(entries) = fs::read_dir(root) else { return Vec::new() };
    let mut found: Vec<_> = entries
        .filter_map(|entry| {
            let directory = entry.ok()?.path().join("bin");
            let major = directory.parent()?.file_name().and_then(OsStr::to_str)?.parse().ok()?;
            // The client package puts a `bin` here too, without a server.
            (directory.join("postgres").exists() && directory.join("initdb").exists()).then_some(Binaries { major, directory })
        })
        .collect();
    found.sort_by_key(|binaries| std::cmp::Reverse(binaries.major));
    found
}

async fn in_path() -> Option<u32> {
    let output = Command::new("postgres").arg("--version").stdin(Stdio::null()).stderr(Stdio::null()).output().await.ok()?;
    major_of(&String::from_utf8_lossy(&output.stdout))
}

/// From `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`, also `17beta1` and the like.
fn major_of(version: &str) -> Option<u32> {
    let number = version.split_once("(PostgreSQL) ")?.1;
    number[..number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len())].parse().ok()
}

/// What is worth repeating of a program's output, in one line.
pub(super) fn last_lines(output: &str) -> String {
    let lines: Vec<_> = output.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(3)..].join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_without_postgresql_is_told_what_to_install() {
        assert!(in_directory(Path::new("/nonexistent")).is_empty());
        let said = Error::NotInstalled.to_string();
        assert!(said.contains("apt install postgresql") && said.contains("DATABASE_URL") && !said.contains('\n'), "{said}");
    }

    #[test]
    fn versions_are_read() {
        assert_eq!(major_of("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major_of("postgres (PostgreSQL) 19beta1\n"), Some(19));
        assert_eq!(major_of("postgres (PostgreSQL) 17"), Some(17));
        assert_eq!(major_of("something else 17"), None);
    }

    #[test]
    fn the_newest_server_comes_first_and_clients_do_not_count() {
        let root = std::env::temp_dir().join(format!("vitrine-binaries-{}", std::process::id()));
        for (major, programs) in [("9", &["postgres", "initdb"][..]), ("15", &["postgres", "initdb"]), ("17", &["psql"])] {
            let bin = root.join(major).join("bin");
            fs::create_dir_all(&bin).unwrap();
            programs.iter().for_each(|program| fs::write(bin.join(program), "").unwrap());
        }
        let majors: Vec<_> = in_directory(&root).iter().map(|binaries| binaries.major).collect();
        fs::remove_dir_all(&root).unwrap();
        assert_eq!(majors, [15, 9]);
    }
}
