//! Everything a handler needs, built once.

use crate::{
    asset::Assets,
    cache::{Cards, FileLists, Pages},
    config::ServeConfig,
    conversation::{self, Limits},
    og_image::Painters,
    page::Brand,
    postgres::{self, Config, Pool},
    rate_limit::{RateLimits, Turns},
    reader::{self, address::ClientAddress, password::Hasher, store::Tries},
    share::{
        ViewedOn,
        access::Facts,
        lookup::Lookup,
        settings::Rules,
        store::add_views,
        views::{Key, Views},
    },
    token::Keys,
};
use ipnet::IpNet;
use std::{path::PathBuf, sync::Arc, time::Duration};
use time::OffsetDateTime;
use tokio::sync::{Semaphore, watch};
use url::Url;

/// The time, as an argument: the system's clock, or whatever a test says.
pub type Clock = Arc<dyn Fn() -> OffsetDateTime + Send + Sync>;

/// A node. Nothing in it outlives a restart or differs between nodes but caches, and those are keyed by content.
pub struct App {
    /// What links begin with, without a trailing slash.
    pub base: String,
    /// The same, parsed.
    pub base_url: Url,
    /// The operator's look.
    pub brand: Brand,
    /// Scripts and style sheets.
    pub assets: Assets,
    /// Changes whenever a page rendered from the same content would differ: part of every ETag.
    pub build: [u8; 16],
    /// Connections to the database.
    pub pool: Pool,
    /// Share facts, asked for on every request.
    pub lookup: Lookup,
    /// Signing keys.
    pub keys: Keys,
    /// Passwords.
    pub hasher: Hasher,
    /// How many wrong passwords.
    pub tries: Tries,
    /// Quotas.
    pub rate_limits: RateLimits,
    /// Drawing threads.
    pub painters: Painters,
    /// Rendered pages.
    pub pages: Pages,
    /// Drawn cards.
    pub cards: Cards,
    /// Which attachments shares show.
    pub files: FileLists,
    /// The one card of all protected shares.
    pub neutral_card: tokio::sync::OnceCell<bytes::Bytes>,
    /// Renders at once: as many as cores, so that a cold page does not starve warm ones.
    pub renders: Arc<Semaphore>,
    /// Pushes at once that are larger than a conversation without attachments may be.
    pub large_pushes: Turns,
    /// Views that are not written yet.
    pub views: Views,
    /// The operator's part of the share rules.
    pub rules: Rules,
    /// Bounds on one conversation.
    pub limits: Limits,
    /// Length of new short codes.
    pub code_length: usize,
    /// Host apps whose pages may call the owner API.
    pub app_origins: Vec<String>,
    /// Proxies whose forwarded headers count.
    pub trusted_proxies: Vec<IpNet>,
    /// Where uploads wait, unnamed, while they are imported; made when it is needed.
    pub data: PathBuf,
    /// The time.
    pub clock: Clock,
}

/// Connections of a node's pool; the lookup workers have their own.
const POOL: usize = 16;
/// So that one slow answer does not hold up all. On a single core they would only halve each other's batches.
const LOOKUP_WORKERS: usize = 2;
const LARGE_PUSHES: usize = 2;
const VIEWS_EVERY: Duration = Duration::from_secs(1);
/// A database that hangs must not keep a node from what else it has to do.
const WRITE_PATIENCE: Duration = Duration::from_secs(10);
const TIDY_EVERY: Duration = Duration::from_secs(300);

impl App {
    /// Builds a node on a migrated database, with a directory of its own.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub async fn new(config: &ServeConfig, database: Config, data: PathBuf, clock: Clock) -> Result<Arc<App>, String> {
        let base_url = config.base()?;
        let pool = postgres::pool::pool(database.clone(), POOL).map_err(|error| error.to_string())?;
        let keys = crate::owner::store::signing_keys(&pool).await.map_err(|error| error.to_string())?;
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let hasher = Hasher::new(config.argon2_kib, config.argon2_passes, cores).map_err(|error| error.to_string())?;
        let lookup = Lookup::start(LOOKUP_WORKERS.min(cores), move || {
            let database = database.clone();
            async move { postgres::pool::connect(&database).await.ok() }
        });
        let brand = config.brand();
        let assets = Assets::new(&brand);
        let base = base_url.origin().ascii_serialization();
        Ok(Arc::new(App {
            build: build(&crate::config::program(), &base, &brand, &assets, config.allow_public),
            base,
            base_url,
            assets,
            brand,
            pool,
            lookup,
            keys,
            hasher,
            tries: config.tries(),
            rate_limits: RateLimits::new(config.rates()),
            painters: Painters::start(cores.min(2), 64),
            pages: Pages::new(config.cache_bytes / 4 * 3),
            cards: Cards::new(config.cache_bytes / 16 * 3),
            files: FileLists::new(config.cache_bytes / 16),
            neutral_card: tokio::sync::OnceCell::new(),
            renders: Arc::new(Semaphore::new(cores)),
            large_pushes: Turns::new(LARGE_PUSHES),
            views: Views::default(),
            rules: config.rules(),
            limits: config.limits.limits(),
            code_length: config.code_length.into(),
            app_origins: config.app_origins.clone(),
            trusted_proxies: config.trusted_proxies.clone(),
            data,
            clock,
        }))
    }

    /// The time.
    pub fn now(&self) -> OffsetDateTime {
        (self.clock)()
    }

    /// A share's URL.
    pub fn share_url(&self, code: &crate::share::ShortCode) -> String {
        format!("{}/s/{}", self.base, code.as_str())
    }

    /// Stands for a client in the database without naming it.
    pub fn pseudonym(&self, client: ClientAddress) -> Vec<u8> {
        self.keys.pseudonym(&client.octets())
    }

    /// Counts a view of an open share.
    pub fn count_view(&self, facts: &Facts, now: OffsetDateTime, on: ViewedOn, host: String) {
        self.views.count(Key { share: facts.id, day: now.date(), on, host });
    }

    /// Writes the gathered views, or keeps them for the next time.
    pub async fn flush_views(&self) {
        let rows = self.views.take();
        if rows.is_empty() {
            return;
        }
        match tokio::time::timeout(WRITE_PATIENCE, add_views(&self.pool, &rows)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::warn!(%error, "views could not be written and are kept");
                self.views.put_back(rows);
            }
            Err(_) => {
                tracing::warn!("views could not be written in time and are kept");
                self.views.put_back(rows);
            }
        }
    }

    /// Runs what a node does besides answering, until `stop` says so.
    pub async fn tend(self: Arc<Self>, stop: watch::Receiver<bool>) {
        let views = every(VIEWS_EVERY, stop.clone(), || self.flush_views());
        tokio::join!(views, every(TIDY_EVERY, stop, || self.tidy()));
    }

    async fn tidy(&self) {
        self.rate_limits.forget_idle();
        let tidied = async {
            conversation::store::sweep_leftovers(&self.pool).await?;
            reader::store::forget_old(&self.pool).await
        };
        match tokio::time::timeout(WRITE_PATIENCE, tidied).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "tidying failed"),
            Err(_) => tracing::warn!("tidying took too long"),
        }
    }
}

/// Does `work` again and again until `stop` says so, and never stops in the middle: views that were taken and not yet written would be
/// lost.
async fn every<F: Future<Output = ()>>(period: Duration, mut stop: watch::Receiver<bool>, work: impl Fn() -> F) {
    let mut turn = tokio::time::interval(period);
    loop {
        tokio::select! {
            () = async { drop(stop.wait_for(|stop| *stop).await) } => return,
            _ = turn.tick() => work().await,
        }
    }
}

fn build(program: &str, base: &str, brand: &Brand, assets: &Assets, allow_public: bool) -> [u8; 16] {
    use sha2::{Digest, Sha256};
    let chrome = assets.chrome(brand);
    let parts = [
        program,
        base,
        &brand.name,
        &brand.url,
        &brand.mark,
        chrome.stylesheet,
        chrome.script,
        chrome.frame_stylesheet,
        chrome.frame_script,
        chrome.math_font,
        chrome.unlock_script,
        chrome.icon,
        if allow_public { "public" } else { "" },
    ];
    let digest = Sha256::digest(parts.join("\0"));
    std::array::from_fn(|index| digest[index])
}
