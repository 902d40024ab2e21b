//! Conversations, transcripts and the bytes of attachments in PostgreSQL.
//!
//! Locks are always taken conversation first, then share, then transcript, then blob; blobs among themselves in the order of their
//! names, so that no two changes wait for each other.

use super::{
    Conversation,
    attachment::About,
    blob::{Blob, BlobHash},
    raster::Raster,
    transcript::{Packed, Shown, TranscriptHash, select, unpack},
};
use crate::{
    owner::{Owner, store::MINE},
    postgres::{Error, Pool},
    share::{access::Open, store::revoke_where},
};
use deadpool_postgres::Transaction;
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use time::OffsetDateTime;
use tokio_postgres::{Row, types::ToSql};

/// A conversation as lists and answers to pushes show it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// The host app's id.
    pub conversation_id: String,
    /// Whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<String>,
    /// May be empty.
    pub title: String,
    /// All messages, the system's included.
    pub message_count: i32,
    /// First push.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// Last push that changed something.
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
    /// The row, which settles ties in lists.
    #[serde(skip)]
    pub row: i64,
}

/// What a push did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Push {
    /// There was none of this id.
    Created,
    /// It has a new version now.
    Updated,
    /// It was the same already.
    Unchanged,
}

const COLUMNS: &str = "c.external_id, c.owner_id, c.title, c.message_count, c.created_at, c.updated_at, c.id";

fn entry(row: &Row) -> Entry {
    Entry {
        conversation_id: row.get(0),
        owner_id: row.get(1),
        title: row.get(2),
        message_count: row.get(3),
        created_at: row.get(4),
        updated_at: row.get(5),
        row: row.get(6),
    }
}

/// Stores a conversation or its new version in one transaction. `owner_id` `None` leaves the owner as it was; another moves the
/// conversation: the host app names the id itself, and whose its conversations are is its own affair.
///
/// # Errors
/// When the database fails, or a part names bytes that this host app has not sent; nothing was stored then.
pub async fn push(pool: &Pool, host_app: i64, id: &str, owner_id: Option<&str>, packed: &Packed) -> Result<(Push, Entry), Error> {
    put(pool, host_app, id, owner_id, packed, NamedBy::HostApp).await
}

/// The same under an id that a file chose: it replaces no conversation of another owner, nor gives one to anybody.
///
/// # Errors
/// [`Error::OthersConversation`], and as [`push`].
pub async fn import(pool: &Pool, host_app: i64, id: &str, owner_id: Option<&str>, packed: &Packed) -> Result<(Push, Entry), Error> {
    put(pool, host_app, id, owner_id, packed, NamedBy::File).await
}

/// Who chose a conversation's id.
#[derive(Clone, Copy, PartialEq, Eq)]
enum NamedBy {
    /// Whose its conversations are is its own affair.
    HostApp,
    /// Whoever wrote it may have written anybody's.
    File,
}

async fn put(
    pool: &Pool,
    host_app: i64,
    id: &str,
    owner_id: Option<&str>,
    packed: &Packed,
    named_by: NamedBy,
) -> Result<(Push, Entry), Error> {
    let mut client = pool.get().await?;
    let transaction = client.transaction().await?;
    let before = "select transcript_hash from conversation where host_app_id = $1 and external_id = $2 for update";
    let before = transaction.query_opt(before, &[&host_app, &id]).await?;
    let old: Option<Vec<u8>> = before.as_ref().map(|row| row.get(0));
    // The update that changes nothing locks the row, so that no sweep removes it before this transaction refers to it.
    own(&transaction, host_app, &packed.blobs).await?;
    let row = transaction
        .query_one(
            // Only a row that was there before has been written by another transaction than this.
            "insert into transcript (hash, body, json_size) values ($1, $2, $3)
             on conflict (hash) do update set json_size = excluded.json_size returning xmax = 0",
            &[&packed.hash.0.as_slice(), &packed.body, &packed.json_size],
        )
        .await?;
    // A transcript that is there holds on to its blobs.
    if row.get(0) {
        keep(&transaction, packed.hash, &packed.blobs).await?;
    }
    let sql = format!(
        "insert into conversation as c (host_app_id, external_id, owner_id, title, message_count, transcript_hash)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (host_app_id, external_id) do update
            set owner_id = coalesce(excluded.owner_id, c.owner_id), title = excluded.title, message_count = excluded.message_count,
                transcript_hash = excluded.transcript_hash,
                updated_at = case when c.transcript_hash = excluded.transcript_hash then c.updated_at else now() end
          where $7 or c.owner_id is not distinct from excluded.owner_id
         returning {COLUMNS}"
    );
    let hash = packed.hash.0.as_slice();
    let moves_owners = named_by == NamedBy::HostApp;
    let values: [&(dyn ToSql + Sync); 7] = [&host_app, &id, &owner_id, &packed.title, &packed.message_count, &hash, &moves_owners];
    let row = transaction.query_opt(&sql, &values).await?.ok_or(Error::OthersConversation)?;
    let push = match &old {
        None => Push::Created,
        Some(old) if old == hash => Push::Unchanged,
        Some(_) => Push::Updated,
    };
    if push == Push::Updated {
        sweep(&transaction, &old.into_iter().collect::<Vec<_>>()).await?;
    }
    transaction.commit().await?;
    Ok((push, entry(&row)))
}

/// Whether a host app has a conversation, or a share, that names these bytes; `$2` is the host app.
const OWN: &str = "(exists (select from transcript_blob r join conversation c on c.transcript_hash = r.transcript_hash
                             where r.blob_hash = named.hash and c.host_app_id = $2)
                 or exists (select from transcript_blob r join share s on s.transcript_hash = r.transcript_hash
                             where r.blob_hash = named.hash and s.host_app_id = $2))";

fn hashes(blobs: impl Iterator<Item = BlobHash>) -> Vec<Vec<u8>> {
    blobs.map(|hash| hash.0.to_vec()).collect()
}

/// What bytes are that a host app names instead of sending them.
///
/// # Errors
/// When the database fails, or the host app has not sent all of them.
pub async fn described(pool: &Pool, host_app: i64, named: &[BlobHash]) -> Result<HashMap<BlobHash, About>, Error> {
    let sql = format!(
        "select named.hash, b.media_type, b.width, b.height, b.size
           from unnest($1::bytea[]) as named (hash) join blob b on b.hash = named.hash where {OWN}"
    );
    let rows = pool.get().await?.query(&sql, &[&hashes(named.iter().copied()), &host_app]).await?;
    let known = rows.iter().map(|row| {
        let side = |at: usize| row.get::<_, Option<i32>>(at).map(i32::unsigned_abs);
        let raster = row.get::<_, Option<&str>>(1).and_then(Raster::of_media_type);
        let picture = raster.zip(side(2).zip(side(3))).map(|(raster, (width, height))| (raster, width, height));
        let hash = row.get::<_, &[u8]>(0).try_into().map_err(|_| Error::Unreadable("blob.hash"))?;
        Ok((BlobHash(hash), About { picture, size: row.get::<_, i32>(4).unsigned_abs().into() }))
    });
    let known = known.collect::<Result<HashMap<_, _>, Error>>()?;
    match named.iter().find(|hash| !known.contains_key(hash)) {
        Some(unknown) => Err(Error::UnknownBlob(format!("{unknown:?}"))),
        None => Ok(known),
    }
}

/// Bytes that were named instead of sent must be in a conversation of the same host app, or its name would open what another sent.
async fn own(client: &Transaction<'_>, host_app: i64, blobs: &[Blob]) -> Result<(), Error> {
    let named = hashes(blobs.iter().filter(|blob| blob.held().is_none()).map(Blob::hash));
    if named.is_empty() {
        return Ok(());
    }
    let sql = format!("select encode(hash, 'hex') from unnest($1::bytea[]) as named (hash) where not {OWN} limit 1");
    match client.query_opt(&sql, &[&named, &host_app]).await? {
        Some(row) => Err(Error::UnknownBlob(row.get(0))),
        None => Ok(()),
    }
}

/// Stores the bytes that a new transcript names, those that are not there yet.
async fn keep(client: &Transaction<'_>, TranscriptHash(transcript): TranscriptHash, blobs: &[Blob]) -> Result<(), Error> {
    if blobs.is_empty() {
        return Ok(());
    }
    let hashes = hashes(blobs.iter().map(Blob::hash));
    // Locked, so that no sweep takes away before the commit what is found here.
    let known = client.query("select hash from blob where hash = any($1) order by hash for key share", &[&hashes]).await?;
    let known: HashSet<&[u8]> = known.iter().map(|row| row.get(0)).collect();
    for (blob, hash) in blobs.iter().zip(&hashes).filter(|(_, hash)| !known.contains(hash.as_slice())) {
        // A sweep may have taken it away since it was asked for.
        let Some(held) = blob.held() else { return Err(Error::UnknownBlob(format!("{:?}", blob.hash()))) };
        let (media_type, width, height) = match held.picture {
            Some((raster, width, height)) => (Some(raster.media_type()), Some(width.cast_signed()), Some(height.cast_signed())),
            None => (None, None, None),
        };
        let size = i32::try_from(held.bytes.len()).unwrap_or(i32::MAX);
        client
            .execute(
                "insert into blob (hash, media_type, width, height, size, bytes) values ($1, $2, $3, $4, $5, $6)
                 on conflict (hash) do update set size = excluded.size",
                &[hash, &media_type, &width, &height, &size, &held.bytes.as_ref()],
            )
            .await?;
    }
    let sql = "insert into transcript_blob (transcript_hash, blob_hash) select $1, unnest($2::bytea[])";
    client.execute(sql, &[&transcript.as_slice(), &hashes]).await?;
    Ok(())
}

/// Deletes those of `hashes` that no conversation and no share refers to any more, and the blobs that only they named.
///
/// # Errors
/// When the database fails.
pub async fn sweep(client: &Transaction<'_>, hashes: &[Vec<u8>]) -> Result<(), Error> {
    if hashes.is_empty() {
        return Ok(());
    }
    // Locked first and judged in a second statement, which sees what was committed while the lock was waited for. A row that
    // somebody else holds is about to be used or swept by them.
    let locked = client.query("select hash from transcript where hash = any($1) for update skip locked", &[&hashes]).await?;
    let locked: Vec<&[u8]> = locked.iter().map(|row| row.get(0)).collect();
    let named = "select distinct blob_hash from transcript_blob where transcript_hash = any($1)";
    let blobs: Vec<Vec<u8>> = client.query(named, &[&locked]).await?.iter().map(|row| row.get(0)).collect();
    client
        .execute(
            "delete from transcript t where t.hash = any($1)
                and not exists (select from conversation c where c.transcript_hash = t.hash)
                and not exists (select from share s where s.transcript_hash = t.hash)",
            &[&locked],
        )
        .await?;
    sweep_blobs(client, &blobs).await
}

/// Deletes those of `hashes` that no transcript names any more, in the same two steps.
async fn sweep_blobs(client: &Transaction<'_>, hashes: &[Vec<u8>]) -> Result<(), Error> {
    if hashes.is_empty() {
        return Ok(());
    }
    let sql = "select hash from blob where hash = any($1) order by hash for update skip locked";
    let locked = client.query(sql, &[&hashes]).await?;
    let locked: Vec<&[u8]> = locked.iter().map(|row| row.get(0)).collect();
    let sql = "delete from blob b where b.hash = any($1) and not exists (select from transcript_blob r where r.blob_hash = b.hash)";
    client.execute(sql, &[&locked]).await?;
    Ok(())
}

/// Sweeps what a failed or racing transaction may have left over; run now and then.
///
/// # Errors
/// When the database fails.
pub async fn sweep_leftovers(pool: &Pool) -> Result<(), Error> {
    let client = pool.get().await?;
    let sql = "select t.hash from transcript t where t.created_at < now() - interval '1 hour'
                  and not exists (select from conversation c where c.transcript_hash = t.hash)
                  and not exists (select from share s where s.transcript_hash = t.hash) limit 1000";
    let hashes: Vec<Vec<u8>> = client.query(sql, &[]).await?.iter().map(|row| row.get(0)).collect();
    let sql = "select b.hash from blob b where b.created_at < now() - interval '1 hour'
                  and not exists (select from transcript_blob r where r.blob_hash = b.hash) limit 1000";
    let blobs: Vec<Vec<u8>> = client.query(sql, &[]).await?.iter().map(|row| row.get(0)).collect();
    drop(client);
    let mut client = pool.get().await?;
    let transaction = client.transaction().await?;
    sweep(&transaction, &hashes).await?;
    sweep_blobs(&transaction, &blobs).await?;
    Ok(transaction.commit().await?)
}

/// A conversation of this owner's, whole.
///
/// # Errors
/// When the database fails.
pub async fn get(pool: &Pool, owner: &Owner, id: &str) -> Result<Option<(Entry, Conversation)>, Error> {
    let (app, user, limited_to) = owner.scope();
    let sql = format!(
        "select {COLUMNS}, t.body, t.json_size from conversation c join transcript t on t.hash = c.transcript_hash
          where {MINE} and c.external_id = $4"
    );
    let row = pool.get().await?.query_opt(&sql, &[&app, &user, &limited_to, &id]).await?;
    row.map(|row| Ok((entry(&row), unpack(row.get(7), row.get(8)).ok_or(Error::Unreadable("transcript.body"))?))).transpose()
}

/// Newest first, at most `limit`, those after `after` (the last entry's time and row).
///
/// # Errors
/// When the database fails.
pub async fn list(pool: &Pool, owner: &Owner, after: Option<(OffsetDateTime, i64)>, limit: i64) -> Result<Vec<Entry>, Error> {
    let (app, user, limited_to) = owner.scope();
    let (time, row) = after.unzip();
    let sql = format!(
        "select {COLUMNS} from conversation c where {MINE} and ($4::timestamptz is null or (c.updated_at, c.id) < ($4, $5))
          order by c.updated_at desc, c.id desc limit $6"
    );
    let rows = pool.get().await?.query(&sql, &[&app, &user, &limited_to, &time, &row, &limit]).await?;
    Ok(rows.iter().map(entry).collect())
}

/// Erases a conversation: its shares are revoked, its transcripts deleted. False if there was none.
///
/// # Errors
/// When the database fails; nothing was erased then.
pub async fn erase(pool: &Pool, host_app: i64, id: &str) -> Result<bool, Error> {
    let mut client = pool.get().await?;
    let transaction = client.transaction().await?;
    let sql = "select id, transcript_hash from conversation where host_app_id = $1 and external_id = $2 for update";
    let Some(row) = transaction.query_opt(sql, &[&host_app, &id]).await? else { return Ok(false) };
    let (conversation, transcript): (i64, Vec<u8>) = (row.get(0), row.get(1));
    revoke_where(&transaction, "conversation_id = $1", &[&conversation]).await?;
    transaction.execute("delete from conversation where id = $1", &[&conversation]).await?;
    sweep(&transaction, &[transcript]).await?;
    transaction.commit().await?;
    Ok(true)
}

/// What an open share shows. There is no other way to a reader's content, and only [`crate::share::access::decide`] makes an [`Open`].
/// `None` if a change took the transcript away between the decision and now.
///
/// # Errors
/// When the database fails.
pub async fn shown(pool: &Pool, open: &Open) -> Result<Option<Shown>, Error> {
    let TranscriptHash(hash) = open.facts().transcript;
    let sql = "select body, json_size from transcript where hash = $1";
    let Some(row) = pool.get().await?.query_opt(sql, &[&hash.as_slice()]).await? else { return Ok(None) };
    let (body, json_size): (Vec<u8>, i32) = (row.get(0), row.get(1));
    let include = open.facts().include.clone();
    // A large transcript takes milliseconds to unpack; the async threads have requests to answer.
    let shown = tokio::task::spawn_blocking(move || unpack(&body, json_size).map(|conversation| select(conversation, &include)));
    Ok(Some(shown.await.ok().flatten().ok_or(Error::Unreadable("transcript.body"))?))
}

/// What is known of an attachment's bytes before they are all read.
pub struct Stored {
    /// `None` for a file that is not shown but downloaded.
    pub raster: Option<Raster>,
    /// Bytes of all of it.
    pub size: u64,
    /// Its beginning: [`SLICE`] bytes, or all.
    pub start: Vec<u8>,
}

/// Bytes of an attachment read at once: whoever reads slowly makes a node hold this much and no more.
pub const SLICE: usize = 256 << 10;

/// The beginning of an attachment that an open share shows. `None` if a change took it away between the decision and now.
///
/// # Errors
/// When the database fails.
pub async fn attached(pool: &Pool, _: &Open, BlobHash(hash): BlobHash) -> Result<Option<Stored>, Error> {
    let sql = "select media_type, size, substring(bytes from 1 for $2) from blob where hash = $1";
    let row = pool.get().await?.query_opt(sql, &[&hash.as_slice(), &(SLICE as i32)]).await?;
    Ok(row.map(|row| Stored {
        raster: row.get::<_, Option<&str>>(0).and_then(Raster::of_media_type),
        size: row.get::<_, i32>(1).unsigned_abs().into(),
        start: row.get(2),
    }))
}

/// The slice of an attachment that begins behind so many bytes; empty at the end, or when the attachment is gone.
///
/// # Errors
/// When the database fails.
pub async fn slice(pool: &Pool, BlobHash(hash): BlobHash, behind: u64) -> Result<Vec<u8>, Error> {
    let sql = "select substring(bytes from $2 for $3) from blob where hash = $1";
    let from = i32::try_from(behind + 1).unwrap_or(i32::MAX);
    let row = pool.get().await?.query_opt(sql, &[&hash.as_slice(), &from, &(SLICE as i32)]).await?;
    Ok(row.map(|row| row.get(0)).unwrap_or_default())
}
