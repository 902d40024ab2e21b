//! Real clusters in directories of their own, below /tmp so that PostgreSQL's user can enter when root runs the tests.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::os::unix::process::CommandExt;
use std::sync::atomic::{AtomicU32, Ordering};

use nix::unistd::geteuid;
use tokio_postgres::config::Host;

use super::*;
use crate::postgres::pool;

/// A data directory that goes away with its test.
pub(in crate::postgres) struct Data(pub(in crate::postgres) PathBuf);

impl Data {
    pub(in crate::postgres) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        Self(PathBuf::from(format!("/tmp/vitrine-test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))))
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Marks the process that `killed` is to kill, and says on which directory it works.
const VICTIM: &str = "VITRINE_TEST_VICTIM";

async fn answer(config: &Config, sql: &str) -> String {
    pool::connect(config).await.unwrap().query_one(sql, &[]).await.unwrap().get(0)
}

async fn run(config: &Config, sql: &str) {
    pool::connect(config).await.unwrap().batch_execute(sql).await.unwrap();
}

fn postmaster(data: &Data) -> Pid {
    let home = data.0.canonicalize().unwrap().join("postgres").canonicalize().unwrap();
    pid_of(&fs::read_to_string(home.join("cluster/postmaster.pid")).unwrap()).unwrap()
}

fn is_alive(pid: Pid) -> bool {
    // A zombie has no working directory.
    fs::read_link(format!("/proc/{pid}/cwd")).is_ok()
}

#[tokio::test]
async fn what_was_stored_is_there_after_a_restart_and_well_guarded() {
    let data = Data::new();
    let cluster = Cluster::start(&data.0).await.unwrap();
    run(&cluster.config(), "create table kept as select 'still here' as text").await;
    let pid = postmaster(&data);
    cluster.stop().await.unwrap();
    assert!(!is_alive(pid), "stop returns when PostgreSQL is gone");

    let cluster = Cluster::start(&data.0).await.unwrap();
    assert_eq!(answer(&cluster.config(), "select text from kept").await, "still here");
    assert_eq!(answer(&cluster.config(), "show server_encoding").await, "UTF8");
    assert_eq!(answer(&cluster.config(), "show listen_addresses").await, "");
    assert_eq!(answer(&cluster.config(), "show is_superuser").await, "off");
    let owner = fs::metadata(format!("/proc/{}", postmaster(&data))).unwrap().uid();
    assert!(owner != 0, "PostgreSQL never runs as root");

    let mut config = cluster.config();
    config.password("guess");
    let error = pool::connect(&config).await.unwrap_err();
    assert!(error.to_string().contains("password authentication failed"), "{error}");
    let mode = fs::metadata(data.0.join("postgres/password")).unwrap().mode();
    assert_eq!(mode & 0o777, 0o600);
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_second_server_is_refused_and_a_command_attaches() {
    let data = Data::new();
    let server = Cluster::start(&data.0).await.unwrap();
    let error = Cluster::start(&data.0).await.unwrap_err();
    assert!(matches!(error, Error::DataInUse(_)), "{error}");
    assert!(error.to_string().contains("another vitrine"));

    let command = Cluster::attach_or_start(&data.0).await.unwrap();
    assert_eq!(answer(&command.config(), "select 'in'").await, "in");
    command.stop().await.unwrap();
    assert_eq!(answer(&server.config(), "select 'still up'").await, "still up");
    server.stop().await.unwrap();
}

#[tokio::test]
async fn commands_at_once_share_the_cluster_that_the_first_makes() {
    let data = Data::new();
    let commands = (0..6).map(|_| {
        let path = data.0.clone();
        tokio::spawn(async move {
            let cluster = Cluster::attach_or_start(&path).await.unwrap();
            let said = answer(&cluster.config(), "select 'hello'").await;
            cluster.stop().await.unwrap();
            said
        })
    });
    for command in commands.collect::<Vec<_>>() {
        assert_eq!(command.await.unwrap(), "hello");
    }
}

#[tokio::test]
async fn a_start_waits_for_the_shutdown_of_a_dropped_cluster() {
    let data = Data::new();
    let cluster = Cluster::start(&data.0).await.unwrap();
    run(&cluster.config(), "create table kept as select 'still here' as text").await;
    drop(cluster);
    let cluster = Cluster::start(&data.0).await.unwrap();
    assert_eq!(answer(&cluster.config(), "select text from kept").await, "still here");
    cluster.stop().await.unwrap();
}

/// Not a test of its own: the process that `a_killed_server_takes_postgres_along` kills.
#[tokio::test]
async fn victim() {
    let Ok(data) = std::env::var(VICTIM) else { return };
    let cluster = Cluster::start(Path::new(&data)).await.unwrap();
    run(&cluster.config(), "create table kept as select 'committed' as text").await;
    println!("ready");
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn a_killed_server_takes_postgres_along_and_the_next_recovers() {
    let data = Data::new();
    let mut victim = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "postgres::embedded::tests::victim", "--nocapture"])
        .env(VICTIM, &data.0)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(victim.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("ready")));
    let pid = postmaster(&data);
    victim.kill().unwrap();
    victim.wait().unwrap();

    while is_alive(pid) {
        sleep(POLL).await;
    }
    let cluster = Cluster::start(&data.0).await.unwrap();
    assert_eq!(answer(&cluster.config(), "select text from kept").await, "committed");
    cluster.stop().await.unwrap();
}

/// Kills the supervisor, so that nobody tells PostgreSQL to end.
fn orphan(cluster: Cluster) {
    let Hold::Serving(Running { supervisor, .. }) = &cluster.hold else { panic!("not started by us") };
    let shell = supervisor.id().unwrap();
    let children = fs::read_to_string(format!("/proc/{shell}/task/{shell}/children")).unwrap();
    let reader = children
        .split_whitespace()
        .map(|pid| Pid::from_raw(pid.parse().unwrap()))
        .find(|pid| fs::read_to_string(format!("/proc/{pid}/comm")).unwrap().trim() == "sh");
    kill(Pid::from_raw(shell.try_into().unwrap()), Signal::SIGKILL).unwrap();
    kill(reader.unwrap(), Signal::SIGKILL).unwrap();
}

#[tokio::test]
async fn a_postmaster_left_behind_is_ended_first() {
    let data = Data::new();
    let cluster = Cluster::start(&data.0).await.unwrap();
    run(&cluster.config(), "create table kept as select 'committed' as text").await;
    let pid = postmaster(&data);
    orphan(cluster);
    assert!(is_alive(pid));
    let cluster = Cluster::start(&data.0).await.unwrap();
    assert!(!is_alive(pid));
    assert_eq!(answer(&cluster.config(), "select text from kept").await, "committed");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn backends_left_behind_are_ended_first() {
    let data = Data::new();
    let cluster = Cluster::start(&data.0).await.unwrap();
    let busy = pool::connect(&cluster.config()).await.unwrap();
    let backend: i32 = busy.query_one("select pg_backend_pid()", &[]).await.unwrap().get(0);
    let query = tokio::spawn(async move { busy.batch_execute("select count(*) from generate_series(1, 1e9)").await });
    let state = format!("select state from pg_stat_activity where pid = {backend}");
    while answer(&cluster.config(), &state).await != "active" {
        sleep(POLL).await;
    }
    let pid = postmaster(&data);
    orphan(cluster);
    kill(pid, Signal::SIGKILL).unwrap();
    assert!(is_alive(Pid::from_raw(backend)));

    Cluster::start(&data.0).await.unwrap().stop().await.unwrap();
    assert!(!is_alive(Pid::from_raw(backend)));
    assert!(query.await.unwrap().is_err());
}

#[tokio::test]
async fn a_pid_file_that_names_somebody_else_is_no_obstacle() {
    let data = Data::new();
    let cluster = Cluster::start(&data.0).await.unwrap();
    let pid = postmaster(&data);
    orphan(cluster);
    kill(pid, Signal::SIGKILL).unwrap();
    while is_alive(pid) {
        sleep(POLL).await;
    }
    // After a restart of the machine, an innocent process of PostgreSQL's user has its number.
    let owner = fs::metadata(data.0.join("postgres")).unwrap();
    let mut innocent = std::process::Command::new("sleep");
    if geteuid().is_root() {
        innocent.uid(owner.uid()).gid(owner.gid());
    }
    let mut innocent = innocent.arg("1000").spawn().unwrap();
    for file in ["cluster/postmaster.pid", "socket/.s.PGSQL.5432.lock"] {
        let path = data.0.join("postgres").join(file);
        let stale = fs::read_to_string(&path).unwrap();
        fs::write(&path, stale.replacen(&pid.to_string(), &innocent.id().to_string(), 1)).unwrap();
    }
    let started = Cluster::start(&data.0).await;
    assert_eq!(innocent.try_wait().unwrap(), None, "it was left alone");
    innocent.kill().unwrap();
    innocent.wait().unwrap();
    started.unwrap().stop().await.unwrap();
}

#[tokio::test]
async fn a_long_path_has_its_socket_elsewhere() {
    let data = Data::new();
    let deep = data.0.join("d".repeat(100));
    let cluster = Cluster::start(&deep).await.unwrap();
    assert_eq!(answer(&cluster.config(), "select 'short enough'").await, "short enough");
    let config = cluster.config();
    let [Host::Unix(directory)] = config.get_hosts() else { panic!("not one socket: {config:?}") };
    assert!(directory.starts_with("/tmp") && !directory.starts_with(&data.0));
    assert_eq!(fs::metadata(directory).unwrap().mode() & 0o777, 0o700);
    cluster.stop().await.unwrap();
    fs::remove_dir_all(directory).unwrap();
}

#[tokio::test]
async fn a_directory_which_postgres_cannot_enter_is_linked_to_one_it_can() {
    if !geteuid().is_root() {
        // Everybody else runs PostgreSQL as themselves.
        return;
    }
    let data = Data::new();
    fs::DirBuilder::new().mode(0o700).create(&data.0).unwrap();
    let inside = data.0.join("data");
    for text in ["first", "second"] {
        let cluster = Cluster::start(&inside).await.unwrap();
        assert_eq!(answer(&cluster.config(), &format!("select '{text}'")).await, text);
        cluster.stop().await.unwrap();
    }
    let place = inside.join("postgres").canonicalize().unwrap();
    assert!(place.starts_with("/var/lib/vitrine"), "{}", place.display());
    fs::remove_dir_all(&place).unwrap();
    let error = Cluster::start(&inside).await.unwrap_err();
    assert!(matches!(error, Error::File { .. }), "a lost database is not silently replaced by an empty one: {error}");
}

#[tokio::test]
async fn an_interrupted_first_start_leaves_nothing_in_the_way() {
    let data = Data::new();
    let half = data.0.join("postgres.new/cluster");
    fs::create_dir_all(&half).unwrap();
    fs::write(half.join("PG_VERSION"), "15").unwrap();
    let cluster = Cluster::start(&data.0).await.unwrap();
    assert_eq!(answer(&cluster.config(), "select 'whole'").await, "whole");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn what_keeps_it_from_starting_is_said() {
    let data = Data::new();
    Cluster::start(&data.0).await.unwrap().stop().await.unwrap();
    let cluster = data.0.join("postgres/cluster");
    let settings = fs::read_to_string(cluster.join("postgresql.conf")).unwrap();
    fs::write(cluster.join("postgresql.conf"), settings + "shared_buffers = lots").unwrap();
    let error = Cluster::start(&data.0).await.unwrap_err().to_string();
    assert!(error.contains("shared_buffers"), "{error}");

    fs::write(cluster.join("PG_VERSION"), "9\n").unwrap();
    let error = Cluster::start(&data.0).await.unwrap_err().to_string();
    assert!(error.contains("PostgreSQL 9") && error.contains("postgresql-9"), "{error}");
}
