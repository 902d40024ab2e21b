//! The grouped lookup: the database is asked for every request, and many requests are asked for at once.
//!
//! A request that arrives while a query is in flight waits for the *next* one, so its answer was read after it arrived: a revoke
//! that was acknowledged before holds. Queries run in tasks of their own, so a request that is cancelled can neither leave a
//! connection out of step nor get another's answer.

use super::{EmbedOrigins, Privacy, ShareId, ShortCode, access::Facts};
use crate::conversation::transcript::{Include, TranscriptHash};
use std::{collections::HashMap, str::FromStr, sync::Arc, time::Duration};
use tokio::{
    sync::{Mutex, mpsc, oneshot},
    time::Instant,
};
use tokio_postgres::{Client, Row, Statement};

/// The database did not answer in time, or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unavailable;

type Answer = Result<Option<Arc<Facts>>, Unavailable>;

struct Ask {
    code: ShortCode,
    since: Instant,
    answer: oneshot::Sender<Answer>,
}

/// Asks for share facts. Cheap to clone.
#[derive(Clone)]
pub struct Lookup {
    asks: mpsc::Sender<Ask>,
}

/// Codes in one query: beyond this the next worker takes the rest.
const BATCH: usize = 256;
/// Requests waiting for a lookup; beyond this the node says 503 rather than gather a backlog that nobody waits for.
const WAITING: usize = 16_384;
/// For one query, and for one request to be part of one.
const PATIENCE: Duration = Duration::from_secs(2);

// Expiry is judged here, by the database's clock at the statement's start, so that nodes cannot disagree. `offset 0` keeps the other
// conditions out of the way to the rows: they fit a partial index, and with few statistics PostgreSQL would read all of that.
const SQL: &str = "
    select s.id, s.code, s.privacy, s.password_hash is not null, s.epoch, s.revision,
           coalesce(s.transcript_hash, (select c.transcript_hash from conversation c where c.id = s.conversation_id)),
           s.include_tool_calls, s.include_reasoning, s.include_attachments, s.include_messages, s.embed_origins, s.created_at
      from (select * from share where code = any($1) offset 0) s
     where s.revoked_at is null and (s.expires_at is null or s.expires_at > statement_timestamp())";

// Planned once, and by index. Otherwise PostgreSQL plans each query with few codes anew, at several times the price of answering it,
// and a plan made while there were few shares reads them all when there are many.
const PLANNING: &str = "set plan_cache_mode = force_generic_plan; set enable_seqscan = off; set jit = off";

impl Lookup {
    /// Starts `workers` tasks, each with a connection of its own made by `connect` and made again when it breaks. They end when
    /// the last clone is dropped.
    pub fn start<C, F>(workers: usize, connect: C) -> Lookup
    where
        C: Fn() -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Option<Client>> + Send + 'static,
    {
        let (asks, queue) = mpsc::channel(WAITING);
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..workers {
            tokio::spawn(work(queue.clone(), connect.clone()));
        }
        Lookup { asks }
    }

    /// The share's facts as they stand after this call began; `None` if it is unknown, revoked or expired.
    ///
    /// # Errors
    /// [`Unavailable`] when the database did not answer within two seconds of being asked, could not be asked within two seconds, or
    /// too many are asking.
    pub async fn find(&self, code: ShortCode) -> Answer {
        let (answer, reply) = oneshot::channel();
        self.asks.try_send(Ask { code, since: Instant::now(), answer }).map_err(|_| Unavailable)?;
        // The workers keep the time, a timer a query instead of one a request.
        reply.await.unwrap_or(Err(Unavailable))
    }
}

async fn work<C, F>(queue: Arc<Mutex<mpsc::Receiver<Ask>>>, connect: C)
where
    C: Fn() -> F,
    F: Future<Output = Option<Client>>,
{
    let mut connection: Option<(Client, Statement)> = None;
    loop {
        let Some(mut batch) = gather(&queue).await else { return };
        // Whoever has gone is not asked for, and whoever has waited too long is told so by being dropped.
        batch.retain(|ask: &Ask| !ask.answer.is_closed() && ask.since.elapsed() < PATIENCE);
        if batch.is_empty() {
            continue;
        }
        let found = tokio::time::timeout(PATIENCE, answer(&mut connection, &connect, &batch)).await;
        let Ok(Some(found)) = found else {
            connection = None;
            batch.into_iter().for_each(|ask| drop(ask.answer.send(Err(Unavailable))));
            continue;
        };
        for ask in batch {
            let facts = found.get(&ask.code).cloned().transpose();
            // The asker may have gone; that is its affair.
            drop(ask.answer.send(facts));
        }
    }
}

/// The next batch; `None` when nobody is left to ask.
async fn gather(queue: &Mutex<mpsc::Receiver<Ask>>) -> Option<Vec<Ask>> {
    let mut queue = queue.lock().await;
    let mut batch = Vec::with_capacity(BATCH);
    batch.push(queue.recv().await?);
    // The first request wakes this task before the others that came with it have run. They ask first, so that one query, which costs
    // far more than a request, serves them all.
    tokio::task::yield_now().await;
    while batch.len() < BATCH
        && let Ok(ask) = queue.try_recv()
    {
        batch.push(ask);
    }
    Some(batch)
}

async fn answer<C, F>(
    connection: &mut Option<(Client, Statement)>,
    connect: &C,
    batch: &[Ask],
) -> Option<HashMap<ShortCode, Result<Arc<Facts>, Unavailable>>>
where
    C: Fn() -> F,
    F: Future<Output = Option<Client>>,
{
    if connection.as_ref().is_none_or(|(client, _)| client.is_closed()) {
        let client = connect().await?;
        client.batch_execute(PLANNING).await.ok()?;
        let statement = client.prepare(SQL).await.ok()?;
        *connection = Some((client, statement));
    }
    let (client, statement) = connection.as_ref()?;
    let mut codes: Vec<&str> = batch.iter().map(|ask| ask.code.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    let rows = client.query(statement, &[&codes]).await.ok()?;
    // A share that a newer node wrote and this one cannot read closes itself and no other.
    let found = rows.iter().filter_map(|row| {
        let code = ShortCode::from_str(row.get(1)).ok()?;
        Some((code, facts(code, row).map(Arc::new).ok_or(Unavailable)))
    });
    Some(found.collect())
}

fn facts(code: ShortCode, row: &Row) -> Option<Facts> {
    Some(Facts {
        id: ShareId::from_str(row.get(0)).ok()?,
        code,
        privacy: Privacy::from_str(row.get(2)).ok()?,
        has_password: row.get(3),
        epoch: row.get(4),
        revision: row.get(5),
        transcript: TranscriptHash(row.get::<_, Option<&[u8]>>(6)?.try_into().ok()?),
        include: include(row, 7),
        embed_origins: row.get::<_, Option<Vec<String>>>(11).map_or(EmbedOrigins::Any, EmbedOrigins::Only),
        created_at: row.get(12),
    })
}

/// Reads the four `include_*` columns from `first` on.
pub(super) fn include(row: &Row, first: usize) -> Include {
    let ranges: Option<Vec<i32>> = row.get(first + 3);
    let pair = |pair: &[i32]| (pair[0].unsigned_abs(), pair[1].unsigned_abs());
    Include {
        tool_calls: row.get(first),
        reasoning: row.get(first + 1),
        attachments: row.get(first + 2),
        messages: ranges.map(|flat| flat.chunks_exact(2).map(pair).collect()),
    }
}
