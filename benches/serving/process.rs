//! Programs that run for the bench and end with it.

use crate::{BROWSER, Outcome};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::{
    fs::{self, File},
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

/// A running program, told to end when dropped.
pub struct Process(Child);

/// Where a program runs.
#[derive(Clone, Copy)]
pub enum Core {
    /// The one that is measured.
    Server,
    /// Where load generator and database are.
    Client,
    /// Either.
    Any,
}

/// The command, on its core.
pub fn on(core: Core, program: &str) -> Command {
    let mask = match core {
        Core::Server => "0",
        Core::Client => "1",
        Core::Any => "0,1",
    };
    let mut command = Command::new("taskset");
    command.args(["-c", mask, program]);
    command
}

impl Process {
    /// Starts it, its words going to `log`.
    pub fn start(mut command: Command, log: &Path) -> Outcome<Self> {
        let log = File::options().create(true).append(true).open(log)?;
        let child = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn();
        Ok(Process(child.map_err(|error| format!("{:?}: {error}", command.get_args()))?))
    }

    /// Waits for the first 200 at `path`, and says how long that took since `began`.
    pub fn first_200(&mut self, address: &str, path: &str, began: Instant) -> Outcome<Duration> {
        loop {
            match status(address, path) {
                Ok(200) => return Ok(began.elapsed()),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => {}
                Err(error) => return Err(error.into()),
            }
            if let Some(status) = self.0.try_wait()? {
                return Err(format!("a server ended before it answered: {status}").into());
            }
            if began.elapsed() > Duration::from_secs(60) {
                return Err(format!("no answer at {address} within a minute").into());
            }
            sleep(Duration::from_millis(1));
        }
    }

    /// Resident memory, in MiB.
    pub fn memory(&self) -> Outcome<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
        Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let Ok(pid) = i32::try_from(self.0.id()) else { return };
        // It may have gone already; that is what is wanted.
        let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(20) {
            if !matches!(self.0.try_wait(), Ok(None)) {
                return;
            }
            sleep(Duration::from_millis(5));
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn status(address: &str, path: &str) -> std::io::Result<u16> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let headers: String = BROWSER.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}\r\n").as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let line = String::from_utf8_lossy(answer.split(|byte| *byte == b'\r').next().unwrap_or_default()).into_owned();
    Ok(line.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_default())
}
