use std::fmt::Write as _;
use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind, Seek, SeekFrom, Write as _};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, lchown, symlink};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use nix::fcntl::OFlag;
use nix::unistd::{Uid, User, geteuid};
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

use super::super::Error;
use super::binaries::{Binaries, last_lines};

/// Root writes in a directory that an unprivileged account owns: a link that this account put there must lead nowhere.
const NO_FOLLOW: i32 = OFlag::O_NOFOLLOW.bits();

/// Where a cluster lives whose unprivileged user cannot reach the data directory.
const ELSEWHERE: &str = "/var/lib/vitrine";

/// `sun_path` holds 104 bytes on macOS and 108 on Linux, the final NUL among them.
const SOCKET_PATH_MAX: usize = 103;

/// The role and the database of the program; not a superuser, so that not even SQL can reach files and programs.
const ROLE: &str = "vitrine";

/// Written into `postgresql.conf` once; the operator may change it there.
const SETTINGS: &str = "
# Vitrine: a small node
shared_buffers = 64MB
max_wal_size = 256MB
min_wal_size = 32MB
jit = off
log_checkpoints = off
# Neither statements nor the values in them belong in a log.
log_min_error_statement = panic
log_error_verbosity = terse
";

/// The user to run PostgreSQL as when root runs vitrine, since it refuses to be root.
#[derive(Debug, Clone, Copy)]
struct Account {
    uid: u32,
    gid: u32,
}

/// The directory of one cluster: `cluster/` is PostgreSQL's own, beside it are `password`, `log` and, if the path is short enough,
/// `socket/`. All of it belongs to the user that runs PostgreSQL and to nobody else.
#[derive(Debug)]
pub(super) struct Home {
    path: PathBuf,
    account: Option<Account>,
}

/// The data directory, made if it is missing, by its real path.
pub(super) fn data_directory(data: &Path) -> Result<PathBuf, Error> {
    fs::create_dir_all(data).map_err(Error::file(data))?;
    data.canonicalize().map_err(Error::file(data))
}

/// Removes a file that may have gone already.
pub(super) fn remove_if_there(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::file(path)(error)),
        _ => Ok(()),
    }
}

impl Home {
    /// The cluster made earlier, if any.
    pub(super) fn find(data: &Path) -> Result<Option<Self>, Error> {
        let link = data.join("postgres");
        match fs::symlink_metadata(&link) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::file(&link)(error)),
            Ok(_) => {}
        }
        // A link whose target is gone is an error here and not a fresh start: it once led to somebody's conversations.
        let path = link.canonicalize().map_err(Error::file(&link))?;
        let owner = fs::metadata(&path).map_err(Error::file(&path))?;
        let account = match geteuid() {
            me if me.is_root() => Some(Account { uid: owner.uid(), gid: owner.gid() }),
            me if me.as_raw() == owner.uid() => None,
            _ => return Err(Error::OtherOwner { cluster: path, uid: owner.uid() }),
        };
        Ok(Some(Self { path, account }))
    }

    /// Makes a cluster beside its place and moves it there when it is whole, so that an interrupted start leaves nothing half made.
    pub(super) async fn create(data: &Path) -> Result<Self, Error> {
        let binaries = Binaries::newest().await?;
        let account = if geteuid().is_root() { Some(unprivileged_account(data)?) } else { None };
        let link = data.join("postgres");
        let place = if reachable(account, data).await { link.clone() } else { place_elsewhere(data)? };
        if place.exists() {
            tracing::warn!(place = %place.display(), data = %data.display(), "found the database of an earlier data directory of this name; using it");
        } else {
            let staged = Self { path: place.with_extension("new"), account };
            staged.fill(&binaries).await?;
            fs::rename(&staged.path, &place).map_err(Error::file(&place))?;
        }
        if place != link {
            tracing::info!(place = %place.display(), "PostgreSQL's user cannot enter the data directory, so the database lies elsewhere");
            symlink(&place, &link).map_err(Error::file(&link))?;
        }
        Ok(Self { path: place, account })
    }

    /// PostgreSQL's own directory.
    pub(super) fn cluster(&self) -> PathBuf {
        self.path.join("cluster")
    }

    /// Where the server and its shutdowns report.
    pub(super) fn log(&self) -> PathBuf {
        self.path.join("log")
    }

    /// The major version of PostgreSQL that made the cluster.
    pub(super) fn major(&self) -> Result<u32, Error> {
        let path = self.cluster().join("PG_VERSION");
        let text = fs::read_to_string(&path).map_err(Error::file(&path))?;
        text.trim().parse().map_err(|_| Error::file(&path)(ErrorKind::InvalidData.into()))
    }

    /// How to connect.
    pub(super) fn config(&self) -> Result<Config, Error> {
        let path = self.path.join("password");
        let password = fs::read_to_string(&path).map_err(Error::file(&path))?;
        let mut config = Config::new();
        config.host_path(self.socket_directory()).user(ROLE).dbname(ROLE).password(password.trim());
        config.ssl_mode(SslMode::Disable).application_name("vitrine");
        Ok(config)
    }

    /// In the home, unless that makes the path longer than a socket's may be.
    pub(super) fn socket_directory(&self) -> PathBuf {
        let inside = self.path.join("socket");
        if inside.as_os_str().len() + "/.s.PGSQL.5432".len() <= SOCKET_PATH_MAX {
            return inside;
        }
        PathBuf::from(format!("/tmp/vitrine-{}", short_hash(&self.path)))
    }

    /// Makes the socket's directory and clears it of what a killed server left. The caller knows that none is running.
    pub(super) fn make_socket_directory(&self) -> Result<(), Error> {
        let directory = self.socket_directory();
        let owner = self.account.map_or(geteuid().as_raw(), |account| account.uid);
        match fs::symlink_metadata(&directory) {
            Err(_) => self.make_private(&directory),
            // In /tmp anybody might have been there first.
            Ok(found) if found.is_dir() && found.uid() == owner && found.permissions().mode() & 0o077 == 0 => {
                remove_if_there(&directory.join(".s.PGSQL.5432"))?;
                remove_if_there(&directory.join(".s.PGSQL.5432.lock"))
            }
            Ok(found) => Err(Error::OtherOwner { cluster: directory, uid: found.uid() }),
        }
    }

    /// The log, to read what comes from now on, and twice to write to. One that has grown is put aside first.
    pub(super) fn open_log(&self) -> Result<(File, File, File), Error> {
        const LARGE: u64 = 4 << 20;
        let path = self.log();
        let open = || -> io::Result<_> {
            if fs::metadata(&path).is_ok_and(|found| found.len() > LARGE) {
                fs::rename(&path, self.path.join("log.old"))?;
            }
            let output = File::options().create(true).append(true).mode(0o600).custom_flags(NO_FOLLOW).open(&path)?;
            self.give(&path)?;
            let errors = output.try_clone()?;
            let mut from_here = File::open(&path)?;
            from_here.seek(SeekFrom::End(0))?;
            Ok((from_here, output, errors))
        };
        open().map_err(Error::file(&path))
    }

    /// Lets a program run as the owner of the cluster, in a directory which that user can read.
    pub(super) fn run_as_owner(&self, command: &mut Command) {
        command.current_dir(&self.path);
        if let Some(Account { uid, gid }) = self.account {
            command.uid(uid).gid(gid);
        }
    }

    async fn fill(&self, binaries: &Binaries) -> Result<(), Error> {
        tracing::info!("making a private PostgreSQL cluster");
        match fs::remove_dir_all(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(Error::file(&self.path)(error)),
            _ => {}
        }
        self.make_private(&self.path)?;
        let mut initdb = Command::new(binaries.path("initdb"));
        initdb.arg("-D").arg(self.cluster()).args(["--locale=C.UTF-8", "--encoding=UTF8", "--data-checksums"]);
        initdb.args(["--auth-local=peer", "--auth-host=reject"]);
        self.run_to_end("initdb", initdb, "").await?;

        let password = random_password();
        let mut single = Command::new(binaries.path("postgres"));
        single.arg("--single").arg("-D").arg(self.cluster()).arg("postgres");
        let sql = format!("create role {ROLE} login createdb password '{password}';\ncreate database {ROLE} owner {ROLE};\n");
        self.run_to_end("postgres", single, &sql).await?;

        self.write_private("password", &password)?;
        self.write_private("cluster/pg_hba.conf", &format!("local all {ROLE} scram-sha-256\nlocal all all peer\n"))?;
        let settings = fs::read_to_string(self.cluster().join("postgresql.conf")).map_err(Error::file(&self.cluster()))?;
        self.write_private("cluster/postgresql.conf", &(settings + SETTINGS))
    }

    async fn run_to_end(&self, name: &'static str, mut command: Command, input: &str) -> Result<(), Error> {
        self.run_as_owner(&mut command);
        // English, so that what is repeated from it can be searched for.
        command.env("LC_ALL", "C.UTF-8").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let program = PathBuf::from(name);
        let mut child = command.spawn().map_err(Error::file(&program))?;
        if let Some(mut stdin) = child.stdin.take() {
            // One that has ended before it read everything says why in its output.
            let _ = stdin.write_all(input.as_bytes()).await;
        }
        let output = child.wait_with_output().await.map_err(Error::file(&program))?;
        let errors = String::from_utf8_lossy(&output.stderr);
        // `postgres --single` goes on after an error and ends well.
        if output.status.success() && !errors.contains("ERROR:") {
            return Ok(());
        }
        Err(Error::Program { name, output: last_lines(&errors) })
    }

    fn make_private(&self, directory: &Path) -> Result<(), Error> {
        DirBuilder::new().mode(0o700).create(directory).and_then(|()| self.give(directory)).map_err(Error::file(directory))
    }

    fn write_private(&self, name: &str, text: &str) -> Result<(), Error> {
        let path = self.path.join(name);
        let write = || -> io::Result<()> {
            let mut file =
                File::options().create(true).write(true).truncate(true).mode(0o600).custom_flags(NO_FOLLOW).open(&path)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            self.give(&path)
        };
        write().map_err(Error::file(&path))
    }

    fn give(&self, path: &Path) -> io::Result<()> {
        self.account.map_or(Ok(()), |Account { uid, gid }| lchown(path, Some(uid), Some(gid)))
    }
}

/// Whoever owns the data directory, else `postgres`, else `nobody`; initdb wants a user that has a name.
fn unprivileged_account(data: &Path) -> Result<Account, Error> {
    let owner = fs::metadata(data).map_err(Error::file(data))?.uid();
    let owner = (owner != 0).then(|| User::from_uid(Uid::from_raw(owner)).ok().flatten()).flatten();
    let named = |name| User::from_name(name).ok().flatten();
    let user = owner.or_else(|| named("postgres")).or_else(|| named("nobody")).ok_or(Error::NoUnprivilegedUser)?;
    Ok(Account { uid: user.uid.as_raw(), gid: user.gid.as_raw() })
}

/// Whether the account can enter the directory: below a /root with mode 0700 it cannot. Tried, because modes alone do not tell.
async fn reachable(account: Option<Account>, directory: &Path) -> bool {
    let Some(Account { uid, gid }) = account else { return true };
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "cd -- \"$1\"", "sh"]).arg(directory).current_dir("/").uid(uid).gid(gid);
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().await;
    status.is_ok_and(|status| status.success())
}

fn place_elsewhere(data: &Path) -> Result<PathBuf, Error> {
    let elsewhere = Path::new(ELSEWHERE);
    fs::create_dir_all(elsewhere).map_err(Error::file(elsewhere))?;
    Ok(elsewhere.join(short_hash(data)))
}

fn short_hash(path: &Path) -> String {
    hex(&Sha256::digest(path.as_os_str().as_bytes())[..8])
}

fn random_password() -> String {
    hex(&rand::random::<[u8; 32]>())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
