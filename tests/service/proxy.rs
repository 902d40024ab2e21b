//! A way to the database that can be held: what the database answers waits until it is let go.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::{path::PathBuf, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy},
    net::{TcpListener, UnixStream},
    sync::watch,
};
use tokio_postgres::config::{Config, Host};

/// A TCP port that leads to the tests' Unix socket.
pub struct Proxy {
    /// The same database, through this proxy.
    pub database: Config,
    hold: watch::Sender<bool>,
    held: Arc<AtomicUsize>,
}

impl Proxy {
    /// Listens, and lets everything through.
    pub async fn start(database: &Config) -> Self {
        let [Host::Unix(folder)] = database.get_hosts() else { panic!("the tests' cluster has one socket") };
        let port = database.get_ports().first().copied().unwrap_or(5432);
        let socket = folder.join(format!(".s.PGSQL.{port}"));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let mut through = Config::new();
        through.host("127.0.0.1").port(listener.local_addr().expect("an address").port());
        through.dbname(database.get_dbname().expect("a name")).user(database.get_user().expect("a user"));
        if let Some(password) = database.get_password() {
            through.password(password);
        }
        let (hold, holding) = watch::channel(false);
        let held = Arc::new(AtomicUsize::new(0));
        tokio::spawn(serve(listener, socket, holding, held.clone()));
        Proxy { database: through, hold, held }
    }

    /// From now on nothing that the database answers arrives.
    pub fn hold(&self) {
        self.held.store(0, Ordering::SeqCst);
        self.hold.send_replace(true);
    }

    /// Whether so many answers are held within a time: then the database has done what they answer.
    pub async fn holds(&self, answers: usize, within: Duration) -> bool {
        let held = async {
            while self.held.load(Ordering::SeqCst) < answers {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(within, held).await.is_ok()
    }

    /// Lets everything through again, what was held first.
    pub fn let_go(&self) {
        self.hold.send_replace(false);
    }
}

async fn serve(listener: TcpListener, socket: PathBuf, holding: watch::Receiver<bool>, held: Arc<AtomicUsize>) {
    while let Ok((node, _)) = listener.accept().await {
        let database = UnixStream::connect(&socket).await.expect("the cluster's socket");
        let (mut from_node, mut to_node) = node.into_split();
        let (mut from_database, mut to_database) = database.into_split();
        tokio::spawn(async move { copy(&mut from_node, &mut to_database).await });
        let (mut holding, held) = (holding.clone(), held.clone());
        tokio::spawn(async move {
            let mut chunk = vec![0; 64 << 10];
            while let Ok(count @ 1..) = from_database.read(&mut chunk).await {
                if *holding.borrow() {
                    held.fetch_add(1, Ordering::SeqCst);
                }
                let open = holding.wait_for(|hold| !hold).await.is_ok();
                if !open || to_node.write_all(&chunk[..count]).await.is_err() {
                    return;
                }
            }
        });
    }
}
