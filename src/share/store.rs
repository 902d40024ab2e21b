//! Shares in PostgreSQL, as their owners reach them. Readers go through [`super::lookup`].
//!
//! Locks are always taken conversation first, then share, then transcript, then blob, so that no two changes wait for each other.

use super::{
    EmbedOrigins, Privacy, ShareId, ShortCode, Updates,
    lookup::include,
    settings::{Change, Options, Settings, addresses_need_private},
};
use crate::{
    conversation::{
        FieldError,
        store::sweep,
        transcript::{Include, TranscriptHash},
    },
    owner::{Owner, store::MINE},
    postgres::{Error, Pool},
};
use deadpool_postgres::Transaction;
use std::str::FromStr;
use time::OffsetDateTime;
use tokio_postgres::{Row, types::ToSql};

/// What became of `POST /api/shares`.
pub enum Created {
    /// There it is.
    New(Box<Settings>),
    /// The conversation has one already.
    Exists(Box<Settings>),
    /// No such conversation, or not this owner's.
    NoConversation,
}

/// What became of `PATCH /api/shares/{shareId}`.
pub enum Changed {
    /// As it stands now.
    Done(Box<Settings>),
    /// Two fields do not go together.
    Refused(FieldError),
    /// No such share, or not this owner's.
    NoShare,
}

/// Which shares to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// All that are not revoked.
    #[default]
    Kept,
    /// Readers can reach them.
    Live,
    /// They ended by themselves and can be extended.
    Expired,
    /// They ended for good.
    Revoked,
}

const COLUMNS: &str = "s.id, s.code, c.external_id, s.privacy, s.password_hash is not null, s.allowed_emails, s.expires_at,
    s.transcript_hash is null, s.include_tool_calls, s.include_reasoning, s.include_attachments, s.include_messages, s.embed_origins,
    s.view_count, s.created_at, s.updated_at, s.revoked_at, s.revision, coalesce(s.transcript_hash, c.transcript_hash)";

fn settings(row: &Row) -> Result<Settings, Error> {
    let privacy = Privacy::from_str(row.get(3)).map_err(|()| Error::Unreadable("share.privacy"))?;
    let revoked_at: Option<OffsetDateTime> = row.get(16);
    Ok(Settings {
        id: ShareId::from_str(row.get(0)).map_err(|()| Error::Unreadable("share.id"))?,
        short_code: ShortCode::from_str(row.get(1)).map_err(|()| Error::Unreadable("share.code"))?,
        conversation_id: row.get(2),
        privacy,
        has_password: row.get(4),
        allowed_emails: (privacy == Privacy::Private && revoked_at.is_none()).then(|| row.get(5)),
        expires_at: row.get(6),
        updates: revoked_at.is_none().then(|| if row.get(7) { Updates::Live } else { Updates::Frozen }),
        include: include(row, 8),
        embed_origins: row.get(12),
        view_count: row.get(13),
        created_at: row.get(14),
        updated_at: row.get(15),
        revoked_at,
        revision: row.get(17),
        transcript: TranscriptHash(row.get::<_, &[u8]>(18).try_into().map_err(|_| Error::Unreadable("share.transcript_hash"))?),
    })
}

fn flat(include: &Include) -> Option<Vec<i32>> {
    let ranges = include.messages.as_ref()?;
    Some(ranges.iter().flat_map(|&(from, to)| [from.cast_signed(), to.cast_signed()]).collect())
}

fn origins(origins: &EmbedOrigins) -> Option<&[String]> {
    match origins {
        EmbedOrigins::Any => None,
        EmbedOrigins::Only(list) => Some(list),
    }
}

/// Creates a share in one transaction. `password_hash` is a PHC string.
///
/// # Errors
/// When the database fails.
pub async fn create(
    pool: &Pool,
    owner: &Owner,
    conversation_id: &str,
    options: &Options,
    password_hash: Option<&str>,
    code: &ShortCode,
) -> Result<Created, Error> {
    let mut client = pool.get().await?;
    let transaction = client.transaction().await?;
    let (app, user, limited_to) = owner.scope();
    // Locked: no push may replace the transcript between reading its name and referring to it, and what is done to the shares of one
    // conversation is done one after the other.
    let sql = format!("select c.id, c.transcript_hash from conversation c where {MINE} and c.external_id = $4 for no key update");
    let Some(row) = transaction.query_opt(&sql, &[&app, &user, &limited_to, &conversation_id]).await? else {
        return Ok(Created::NoConversation);
    };
    let (conversation, transcript): (i64, Vec<u8>) = (row.get(0), row.get(1));
    let frozen = (options.updates == Updates::Frozen).then_some(transcript);
    let seconds = options.expires_in.map(|duration| duration.as_seconds_f64());
    let id = ShareId::random();
    transaction
        .execute(
            "insert into share (id, host_app_id, conversation_id, code, privacy, password_hash, allowed_emails, expires_at,
                 transcript_hash, include_tool_calls, include_reasoning, include_attachments, include_messages, embed_origins)
             values ($1, $2, $3, $4, $5, $6, $7, now() + $8::float8 * interval '1 second', $9, $10, $11, $12, $13, $14)
             on conflict (conversation_id) where revoked_at is null do nothing",
            &[
                &id.as_str(),
                &app,
                &conversation,
                &code.as_str(),
                &options.privacy.as_str(),
                &password_hash,
                &options.allowed_emails,
                &seconds,
                &frozen,
                &options.include.tool_calls,
                &options.include.reasoning,
                &options.include.attachments,
                &flat(&options.include),
                &origins(&options.embed_origins),
            ],
        )
        .await?;
    let sql = format!(
        "select {COLUMNS} from share s join conversation c on c.id = s.conversation_id where c.id = $1 and s.revoked_at is null"
    );
    let found = Box::new(settings(&transaction.query_one(&sql, &[&conversation]).await?)?);
    transaction.commit().await?;
    Ok(if found.id == id { Created::New(found) } else { Created::Exists(found) })
}

/// The share of a conversation that is not revoked.
///
/// # Errors
/// When the database fails.
pub async fn of_conversation(pool: &Pool, owner: &Owner, conversation_id: &str) -> Result<Option<Settings>, Error> {
    one(pool, owner, "c.external_id = $4 and s.revoked_at is null", &conversation_id).await
}

/// The owner's own share by its code, whoever may read it.
///
/// # Errors
/// When the database fails.
pub async fn by_code(pool: &Pool, owner: &Owner, code: &ShortCode) -> Result<Option<Settings>, Error> {
    one(pool, owner, "s.code = $4 and s.revoked_at is null", &code.as_str()).await
}

async fn one(pool: &Pool, owner: &Owner, condition: &str, key: &(dyn ToSql + Sync)) -> Result<Option<Settings>, Error> {
    let (app, user, limited_to) = owner.scope();
    let sql = format!("select {COLUMNS} from share s join conversation c on c.id = s.conversation_id where {MINE} and {condition}");
    let row = pool.get().await?.query_opt(&sql, &[&app, &user, &limited_to, key]).await?;
    row.as_ref().map(settings).transpose()
}

/// Newest first, at most `limit`, those after `after` (when it was shared, and its id).
///
/// # Errors
/// When the database fails.
pub async fn list(
    pool: &Pool,
    owner: &Owner,
    conversation_id: Option<&str>,
    state: State,
    after: Option<(OffsetDateTime, String)>,
    limit: i64,
) -> Result<Vec<Settings>, Error> {
    let state = match state {
        State::Kept => "s.revoked_at is null",
        State::Live => "s.revoked_at is null and (s.expires_at is null or s.expires_at > now())",
        State::Expired => "s.revoked_at is null and s.expires_at <= now()",
        State::Revoked => "s.revoked_at is not null",
    };
    let (app, user, limited_to) = owner.scope();
    let (time, id) = after.unzip();
    let sql = format!(
        "select {COLUMNS} from share s join conversation c on c.id = s.conversation_id
          where {MINE} and {state} and s.host_app_id = $1 and ($4::text is null or c.external_id = $4)
            and ($5::timestamptz is null or (s.created_at, s.id) < ($5, $6))
          order by s.created_at desc, s.id desc limit $7"
    );
    let rows = pool.get().await?.query(&sql, &[&app, &user, &limited_to, &conversation_id, &time, &id, &limit]).await?;
    rows.iter().map(settings).collect()
}

/// Applies a change in one transaction; fields it does not name stay as they are. `password_hash` belongs to `change.password`.
///
/// # Errors
/// When the database fails.
pub async fn change(
    pool: &Pool,
    owner: &Owner,
    id: &ShareId,
    change: &Change,
    password_hash: Option<&str>,
) -> Result<Changed, Error> {
    let mut client = pool.get().await?;
    let transaction = client.transaction().await?;
    let Some((conversation, newest)) = lock_conversation(&transaction, owner, id).await? else { return Ok(Changed::NoShare) };
    let sql = format!(
        "select {COLUMNS}, s.transcript_hash, coalesce(s.expires_at <= now(), false) from share s join conversation c on c.id = s.conversation_id
          where s.id = $1 and c.id = $2 and s.revoked_at is null for update of s"
    );
    let Some(row) = transaction.query_opt(&sql, &[&id.as_str(), &conversation]).await? else { return Ok(Changed::NoShare) };
    let (before, shown): (Settings, Option<Vec<u8>>) = (settings(&row)?, row.get(19));

    let privacy = change.privacy.unwrap_or(before.privacy);
    if let Some(error) = addresses_need_private(change.allowed_emails.as_deref(), privacy) {
        return Ok(Changed::Refused(error));
    }
    let transcript = match (change.updates.or(before.updates).unwrap_or(Updates::Frozen), change.publish) {
        (Updates::Live, _) => None,
        (Updates::Frozen, true) => Some(newest),
        // A live share that is frozen keeps what its readers see at this moment.
        (Updates::Frozen, false) => Some(shown.clone().unwrap_or(newest)),
    };
    let include = change.include.clone().unwrap_or_default().on(&before.include);
    let emails_change = change.allowed_emails.as_ref().is_some_and(|new| *new != row.get::<_, Vec<String>>(5));
    // A share that had ended opens anew: what was proved before it ended is not proved any more.
    let had_ended: bool = row.get(20);
    let access_changes = privacy != before.privacy || change.password.is_some() || emails_change || had_ended;
    let seconds = change.expires_in.flatten().map(|duration| duration.as_seconds_f64());
    let new_origins = change.embed_origins.as_ref();
    transaction
        .execute(
            "update share set privacy = $2,
                 password_hash = case when $3 then $4 else password_hash end,
                 allowed_emails = coalesce($5, allowed_emails),
                 expires_at = case when $6 then now() + $7::float8 * interval '1 second' else expires_at end,
                 transcript_hash = $8, include_tool_calls = $9, include_reasoning = $10, include_attachments = $11, include_messages = $12,
                 embed_origins = case when $13 then $14 else embed_origins end,
                 revision = revision + 1, epoch = epoch + $15, updated_at = now()
              where id = $1",
            &[
                &id.as_str(),
                &privacy.as_str(),
                &change.password.is_some(),
                &password_hash,
                &change.allowed_emails,
                &change.expires_in.is_some(),
                &seconds,
                &transcript,
                &include.tool_calls,
                &include.reasoning,
                &include.attachments,
                &flat(&include),
                &new_origins.is_some(),
                &new_origins.and_then(origins),
                &i32::from(access_changes),
            ],
        )
        .await?;
    if change.password.is_some() {
        // They were tries at another password.
        transaction.execute("delete from unlock_failure where share_id = $1", &[&id.as_str()]).await?;
        transaction.execute("delete from unlock_pace where share_id = $1", &[&id.as_str()]).await?;
    }
    sweep(&transaction, &shown.into_iter().collect::<Vec<_>>()).await?;
    let sql = format!("select {COLUMNS} from share s join conversation c on c.id = s.conversation_id where s.id = $1");
    let after = settings(&transaction.query_one(&sql, &[&id.as_str()]).await?)?;
    transaction.commit().await?;
    Ok(Changed::Done(Box::new(after)))
}

async fn lock_conversation(client: &Transaction<'_>, owner: &Owner, id: &ShareId) -> Result<Option<(i64, Vec<u8>)>, Error> {
    let (app, user, limited_to) = owner.scope();
    let sql = format!(
        "select c.id, c.transcript_hash from conversation c
          where {MINE} and c.id = (select conversation_id from share where id = $4) for no key update of c"
    );
    let row = client.query_opt(&sql, &[&app, &user, &limited_to, &id.as_str()]).await?;
    Ok(row.map(|row| (row.get(0), row.get(1))))
}

/// Ends a share for good; false if there was none to end.
///
/// # Errors
/// When the database fails.
pub async fn revoke(pool: &Pool, owner: &Owner, id: &ShareId) -> Result<bool, Error> {
    let mut client = pool.get().await?;
    let transaction = client.transaction().await?;
    let Some((conversation, _)) = lock_conversation(&transaction, owner, id).await? else { return Ok(false) };
    let revoked = revoke_where(&transaction, "id = $1 and conversation_id = $2", &[&id.as_str(), &conversation]).await?;
    transaction.commit().await?;
    Ok(revoked > 0)
}

/// Revokes the shares that match and empties their rows; returns how many there were. The caller holds the conversation's lock.
///
/// # Errors
/// When the database fails.
pub async fn revoke_where(client: &Transaction<'_>, condition: &str, keys: &[&(dyn ToSql + Sync)]) -> Result<usize, Error> {
    // The old transcript's name is read from the row as it was before the update: `returning` would give the new one.
    let sql = format!("select id, transcript_hash from share where revoked_at is null and {condition} for update");
    let rows = client.query(&sql, keys).await?;
    let ids: Vec<&str> = rows.iter().map(|row| row.get(0)).collect();
    client
        .execute(
            "update share set revoked_at = now(), updated_at = now(), revision = revision + 1, epoch = epoch + 1,
                 password_hash = null, allowed_emails = '{}', transcript_hash = null
              where id = any($1)",
            &[&ids],
        )
        .await?;
    client.execute("delete from unlock_failure where share_id = any($1)", &[&ids]).await?;
    client.execute("delete from unlock_pace where share_id = any($1)", &[&ids]).await?;
    let transcripts: Vec<Vec<u8>> = rows.iter().filter_map(|row| row.get(1)).collect();
    sweep(client, &transcripts).await?;
    Ok(rows.len())
}

/// Shares that are not revoked, newest first, for an operator: the host app's row and name, and the settings.
///
/// # Errors
/// When the database fails.
pub async fn list_all(pool: &Pool, limit: i64) -> Result<Vec<(i64, String, Settings)>, Error> {
    let sql = format!(
        "select {COLUMNS}, a.id, a.name from share s join conversation c on c.id = s.conversation_id join host_app a on a.id = s.host_app_id
          where s.revoked_at is null order by s.created_at desc, s.id desc limit $1"
    );
    let rows = pool.get().await?.query(&sql, &[&limit]).await?;
    rows.iter().map(|row| Ok((row.get(19), row.get(20), settings(row)?))).collect()
}

/// One share by id or by code, for an operator.
///
/// # Errors
/// When the database fails.
pub async fn find_any(pool: &Pool, id_or_code: &str) -> Result<Option<(i64, String, Settings)>, Error> {
    let sql = format!(
        "select {COLUMNS}, a.id, a.name from share s join conversation c on c.id = s.conversation_id join host_app a on a.id = s.host_app_id
          where (s.id = $1 or s.code = $1) and s.revoked_at is null"
    );
    let row = pool.get().await?.query_opt(&sql, &[&id_or_code]).await?;
    row.map(|row| Ok((row.get(19), row.get(20), settings(&row)?))).transpose()
}

/// The PHC string to verify against, as long as the share's access is what the lookup saw (`epoch`).
///
/// # Errors
/// When the database fails.
pub async fn password_hash(pool: &Pool, id: &ShareId, epoch: i32) -> Result<Option<String>, Error> {
    let sql = "select password_hash from share where id = $1 and epoch = $2";
    Ok(pool.get().await?.query_opt(sql, &[&id.as_str(), &epoch]).await?.and_then(|row| row.get(0)))
}

/// Stores a stronger hash of the same password, unless the password has changed meanwhile.
///
/// # Errors
/// When the database fails.
pub async fn rehash(pool: &Pool, id: &ShareId, old: &str, new: &str) -> Result<(), Error> {
    let sql = "update share set password_hash = $3 where id = $1 and password_hash = $2";
    pool.get().await?.execute(sql, &[&id.as_str(), &old, &new]).await?;
    Ok(())
}

/// Adds gathered views in one transaction: rows of share, day, surface, host, count.
///
/// # Errors
/// When the database fails; nothing was added then.
pub async fn add_views(pool: &Pool, rows: &[(super::views::Key, u32)]) -> Result<(), Error> {
    let ids: Vec<&str> = rows.iter().map(|(key, _)| key.share.as_str()).collect();
    let days: Vec<time::Date> = rows.iter().map(|(key, _)| key.day).collect();
    let surfaces: Vec<&str> = rows.iter().map(|(key, _)| key.on.as_str()).collect();
    let hosts: Vec<&str> = rows.iter().map(|(key, _)| key.host.as_str()).collect();
    let counts: Vec<i64> = rows.iter().map(|(_, count)| i64::from(*count)).collect();
    // Ordered by key, so that two nodes flushing at once lock rows in the same order.
    let sql = "
        with given as (select * from unnest($1::text[], $2::date[], $3::text[], $4::text[], $5::bigint[]) as n (id, day, surface, host, views)),
             -- A client can invent hosts: past 200 a day, new ones count as nobody's.
             new as (
                 select id, day, surface, sum(views)::bigint as views,
                        case when host = '' or exists (select from share_view v
                                 where v.share_id = id and v.day = given.day and v.surface = given.surface and v.host = given.host)
                             or (select count(*) from share_view v where v.share_id = id and v.day = given.day) < 200
                             then host else '' end as host
                   from given group by 1, 2, 3, 5),
             total as (select id, sum(views) as views from new group by id order by id),
             counted as (
                 insert into share_view (share_id, day, surface, host, views) select id, day, surface, host, views from new order by 1, 2, 3, 4
                 on conflict (share_id, day, surface, host) do update set views = share_view.views + excluded.views),
             locked as (select s.id from share s where s.id = any($1) order by s.id for update)
        update share set view_count = view_count + total.views from total join locked on locked.id = total.id where share.id = total.id";
    let mut connection = pool.get().await?;
    let transaction = connection.transaction().await?;
    // Ends before the caller gives up and keeps the views: written later and then kept all the same, they would be counted twice.
    transaction.batch_execute("set local statement_timeout = '8s'").await?;
    transaction.execute(sql, &[&ids, &days, &surfaces, &hosts, &counts]).await?;
    Ok(transaction.commit().await?)
}
