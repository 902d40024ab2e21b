//! A private PostgreSQL in the data directory, for those who bring no server: one Unix socket, no TCP, started and stopped with
//! the program that uses it.

/// Where the programs of PostgreSQL are.
mod binaries;
/// The directory that holds a cluster.
mod home;

use std::fs::{self, File, TryLockError};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Config, NoTls};

use self::binaries::Binaries;
use self::home::Home;
use super::Error;

/// How often a starting or stopping server is asked how far it is.
const POLL: Duration = Duration::from_millis(10);
/// How long `start` lets a command that has just opened the cluster finish, before it calls the directory taken.
const LOCK_PATIENCE: Duration = Duration::from_secs(2);
/// How long a server may take to start: a crash recovery reads at most `max_wal_size`.
const START_PATIENCE: Duration = Duration::from_secs(60);
/// How long a shutdown may take before it is left to finish by itself.
const STOP_PATIENCE: Duration = Duration::from_secs(10);

const SHELL: &str = "/bin/sh";

/// Starts PostgreSQL and shuts it down (SIGINT: at once, but in order) when standard input ends. Standard input is a pipe from
/// vitrine, so it ends when vitrine closes it and also when vitrine is killed: no server outlives its vitrine. A session
/// manager's signals to the whole group are not for this shell, which has to stay until PostgreSQL is gone.
const SUPERVISOR: &str = r#"
exec 3<&0
"$@" 3<&- </dev/null & postgres=$!
trap '' HUP INT TERM
{ read -r _; kill -INT $postgres; } <&3 & reader=$!
exec 3<&-
wait $postgres; status=$?
kill -KILL $reader 2>/dev/null; exit $status
"#;

/// A private cluster in use, ours or that of another vitrine which runs on the same data directory.
#[derive(Debug)]
pub struct Cluster {
    config: Config,
    hold: Hold,
}

/// What this process has to do with the running server.
#[derive(Debug)]
enum Hold {
    /// It runs for this process and ends with it.
    Serving(Running),
    /// A command started it because no server was running; commands that came later may have attached to it.
    Occasional(Running, Lock),
    /// Another process started it. The lock is shared among all that attached, so that an occasional one waits for them.
    Attached { _lock: Lock },
}

#[derive(Debug)]
struct Running {
    supervisor: Child,
    /// Kept until PostgreSQL is down.
    _lock: Lock,
}

impl Cluster {
    /// Starts the cluster of this data directory and makes it first where there is none. The directory is then taken: a second
    /// `start` is refused until this one is stopped.
    pub async fn start(data: &Path) -> Result<Self, Error> {
        let data = home::data_directory(data)?;
        let deadline = Instant::now() + LOCK_PATIENCE;
        let lock = Lock::open(&data, "lock")?;
        while !lock.try_exclusive()? {
            if Instant::now() > deadline {
                return Err(Error::DataInUse(data));
            }
            sleep(POLL).await;
        }
        let (config, running) = Running::start(&data, lock).await?;
        Ok(Self { config, hold: Hold::Serving(running) })
    }

    /// Uses the cluster of this data directory: the running one where a server has it open, else one started for the occasion.
    pub async fn attach_or_start(data: &Path) -> Result<Self, Error> {
        let data = home::data_directory(data)?;
        let deadline = Instant::now() + START_PATIENCE;
        loop {
            let (lock, attached) = (Lock::open(&data, "lock")?, Lock::open(&data, "lock.attached")?);
            if lock.try_exclusive()? {
                let (config, running) = Running::start(&data, lock).await?;
                return Ok(Self { config, hold: Hold::Occasional(running, attached) });
            }
            if let Some(home) = Home::find(&data)?
                && attached.try_shared()?
            {
                let config = home.config()?;
                if answers(&config).await? {
                    return Ok(Self { config, hold: Hold::Attached { _lock: attached } });
                }
            }
            if Instant::now() > deadline {
                return Err(Error::DataInUse(data));
            }
            sleep(POLL).await;
        }
    }

    /// How to connect.
    pub fn config(&self) -> Config {
        self.config.clone()
    }

    /// Shuts the cluster down in order, ending its connections; one that another process started is left alone, and one that others
    /// have attached to is kept up until they are done.
    pub async fn stop(self) -> Result<(), Error> {
        match self.hold {
            Hold::Attached { .. } => Ok(()),
            Hold::Serving(running) => running.stop().await,
            Hold::Occasional(running, attached) => {
                while !attached.try_exclusive()? {
                    sleep(POLL).await;
                }
                running.stop().await
            }
        }
    }
}

impl Running {
    async fn start(data: &Path, lock: Lock) -> Result<(Config, Self), Error> {
        let home = match Home::find(data)? {
            Some(home) => home,
            None => Home::create(data).await?,
        };
        let binaries = Binaries::of_major(home.major()?, &home.cluster()).await?;
        end_former_server(&home).await?;
        home.make_socket_directory()?;
        let config = home.config()?;
        let (supervisor, log) = spawn(&home, &binaries)?;
        let mut running = Self { supervisor, _lock: lock };
        wait_until_ready(&mut running.supervisor, &config, log, home.log()).await?;
        Ok((config, running))
    }

    async fn stop(mut self) -> Result<(), Error> {
        drop(self.supervisor.stdin.take());
        match timeout(STOP_PATIENCE, self.supervisor.wait()).await {
            Ok(ended) => ended.map(drop).map_err(Error::file(Path::new(SHELL))),
            Err(_) => {
                tracing::warn!("PostgreSQL takes long to shut down; it goes on by itself");
                Ok(())
            }
        }
    }
}

/// A lock file in the data directory. The kernel lets go of it when the process ends, however that happens.
#[derive(Debug)]
struct Lock {
    file: File,
    path: PathBuf,
}

impl Lock {
    fn open(data: &Path, name: &str) -> Result<Self, Error> {
        let path = data.join(name);
        let file = File::options().create(true).append(true).open(&path).map_err(Error::file(&path))?;
        Ok(Self { file, path })
    }

    fn try_exclusive(&self) -> Result<bool, Error> {
        self.taken(self.file.try_lock())
    }

    fn try_shared(&self) -> Result<bool, Error> {
        self.taken(self.file.try_lock_shared())
    }

    fn taken(&self, tried: Result<(), TryLockError>) -> Result<bool, Error> {
        match tried {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(source)) => Err(Error::file(&self.path)(source)),
        }
    }
}

/// Whether a server answers here and lets us in. Not yet up is `false`; a refusal that waiting will not cure is an error.
async fn answers(config: &Config) -> Result<bool, Error> {
    match config.connect(NoTls).await {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.code(), None | Some(&SqlState::CANNOT_CONNECT_NOW)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Starts the server, with its log open at the place where this run begins.
fn spawn(home: &Home, binaries: &Binaries) -> Result<(Child, File), Error> {
    let (log, for_output, for_errors) = home.open_log()?;
    let mut command = Command::new(SHELL);
    command.args(["-c", SUPERVISOR, "vitrine-postgres"]).arg(binaries.path("postgres")).arg("-D").arg(home.cluster());
    command.arg("-k").arg(home.socket_directory()).args(["-p", "5432", "-c", "listen_addresses="]);
    home.run_as_owner(&mut command);
    // A group of its own, so that Ctrl-C in the terminal reaches vitrine alone, which still needs the database to shut down well.
    command.process_group(0).stdin(Stdio::piped()).stdout(for_output).stderr(for_errors);
    let supervisor = command.spawn().map_err(Error::file(Path::new(SHELL)))?;
    Ok((supervisor, log))
}

async fn wait_until_ready(supervisor: &mut Child, config: &Config, mut log: File, log_path: PathBuf) -> Result<(), Error> {
    let deadline = Instant::now() + START_PATIENCE;
    while !answers(config).await? {
        if supervisor.try_wait().map_err(Error::file(Path::new(SHELL)))?.is_some() {
            let mut output = String::new();
            let _ = log.read_to_string(&mut output);
            return Err(Error::Program { name: "postgres", output: binaries::last_lines(&output) });
        }
        if Instant::now() > deadline {
            return Err(Error::NotReady { log: log_path });
        }
        sleep(POLL).await;
    }
    Ok(())
}

/// Sees to a server whose vitrine was killed: waits for what is left of it, and takes away what would keep the next from starting.
/// The caller holds the lock, so no living vitrine uses it.
async fn end_former_server(home: &Home) -> Result<(), Error> {
    let pid_file = home.cluster().join("postmaster.pid");
    // A server that was shut down in order has removed it.
    let Ok(text) = fs::read_to_string(&pid_file) else { return Ok(()) };
    // A postmaster takes SIGINT for a shutdown, a backend whose postmaster was killed for the end of its query, after which it goes.
    let mut signals = [(Duration::ZERO, Signal::SIGINT), (Duration::from_secs(20), Signal::SIGQUIT)].into_iter().peekable();
    let began = Instant::now();
    loop {
        let left = processes_of(&home.cluster());
        if left.is_empty() {
            break;
        }
        if let Some((_, signal)) = signals.next_if(|(after, _)| began.elapsed() >= *after) {
            tracing::info!(processes = left.len(), %signal, "a PostgreSQL of an earlier run is still there; ending it");
            for pid in left {
                let _ = kill(pid, signal);
            }
        }
        if began.elapsed() > START_PATIENCE {
            return Err(Error::NotReady { log: home.log() });
        }
        sleep(POLL).await;
    }
    // PostgreSQL copes with the file of a dead process. But after a restart of the container or the machine the number may belong
    // to any other process, perhaps ours, and PostgreSQL would take that one for a living server.
    if pid_of(&text).is_some_and(|pid| kill(pid, None) != Err(Errno::ESRCH)) {
        home::remove_if_there(&pid_file)?;
    }
    Ok(())
}

/// The first line; PostgreSQL writes a negative number there for a stand-alone backend, which is a person at work.
fn pid_of(postmaster_pid: &str) -> Option<Pid> {
    postmaster_pid.lines().next()?.trim().parse().ok().filter(|pid| *pid > 0).map(Pid::from_raw)
}

/// Postmaster and backends all work in the directory of their cluster. Where there is no /proc none are found, and should there be
/// any, the new server refuses to start beside them because of their shared memory.
fn processes_of(cluster: &Path) -> Vec<Pid> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter(|pid: &i32| {
        fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd == cluster)
            && fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim_end() == "postgres")
    })
    .map(Pid::from_raw)
    .collect()
}

#[cfg(test)]
pub(super) mod tests;
