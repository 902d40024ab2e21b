//! What guards passwords, counted in PostgreSQL so that all nodes count together (SECURITY R13, R14). A try is counted before it is
//! checked, in one statement that refuses it if there were too many; a right password takes its own count back.

use crate::{
    postgres::{Error, Pool},
    share::ShareId,
};

/// How many wrong passwords.
#[derive(Clone, Copy, Debug)]
pub struct Tries {
    /// Per share and client in a minute.
    pub per_minute: i64,
    /// Per share and client in an hour.
    pub per_hour: i64,
    /// Per share in an hour, all clients together; from then on one try each `hour / share_per_hour`.
    pub share_per_hour: i64,
}

/// Whether a password may be checked now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Yes, and it is counted.
    Granted,
    /// Not for so many seconds.
    Wait(u64),
}

/// Counts a try of this client (a pseudonym) at this share.
///
/// # Errors
/// When the database fails: then nothing may be checked.
pub async fn take_turn(pool: &Pool, share: &ShareId, client: &[u8], tries: Tries) -> Result<Turn, Error> {
    let connection = pool.get().await?;
    // The row is locked by the conflict, so concurrent tries see one another. Times of the last hour only, so it stays small.
    let count = connection
        .prepare_cached(
            "insert into unlock_failure as f (share_id, client, tries) values ($1, $2, array[clock_timestamp()])
             on conflict (share_id, client) do update
                set tries = array(select t from unnest(f.tries) t where t > clock_timestamp() - interval '1 hour') || clock_timestamp()
              where (select count(*) from unnest(f.tries) t where t > clock_timestamp() - interval '1 minute') < $3
                and (select count(*) from unnest(f.tries) t where t > clock_timestamp() - interval '1 hour') < $4
             returning 1",
        )
        .await?;
    let keys: &[&(dyn tokio_postgres::types::ToSql + Sync)] = &[&share.as_str(), &client, &tries.per_minute, &tries.per_hour];
    if connection.query_opt(&count, keys).await?.is_none() {
        // The oldest try that must leave a full window: the one `limit` places from the end.
        let sql = "select coalesce(ceil(extract(epoch from greatest(
                       tries[cardinality(tries) - $3::bigint::int + 1] + interval '1 minute',
                       tries[cardinality(tries) - $4::bigint::int + 1] + interval '1 hour') - clock_timestamp()))::bigint, 60)
                     from unlock_failure where share_id = $1 and client = $2";
        let seconds: i64 = connection.query_opt(sql, keys).await?.map_or(1, |row| row.get(0));
        return Ok(Turn::Wait(seconds.clamp(1, 3600).unsigned_abs()));
    }
    // A generic cell rate: `due` may run ahead of the clock by an hour's worth of tries and not more.
    let pace = connection
        .prepare_cached(
            "insert into unlock_pace as p (share_id, due) values ($1, clock_timestamp() + interval '1 hour' / $2::float8)
             on conflict (share_id) do update set due = greatest(p.due, clock_timestamp()) + interval '1 hour' / $2::float8
              where p.due <= clock_timestamp() + interval '1 hour' - interval '1 hour' / $2::float8
             returning 1",
        )
        .await?;
    let per_hour = tries.share_per_hour as f64;
    if connection.query_opt(&pace, &[&share.as_str(), &per_hour]).await?.is_none() {
        // The try stays counted against its client: whoever asks again and again uses up its own tries, and leaves the slots to others.
        return Ok(Turn::Wait((3600.0 / per_hour).ceil() as u64));
    }
    Ok(Turn::Granted)
}

/// Takes back the count of a try that turned out right.
///
/// # Errors
/// When the database fails; then the count stays, which is the safe side.
pub async fn give_back(pool: &Pool, share: &ShareId, client: &[u8], tries: Tries) -> Result<(), Error> {
    let connection = pool.get().await?;
    forget_try(&connection, share, client).await?;
    let sql = "update unlock_pace set due = due - interval '1 hour' / $2::float8 where share_id = $1";
    connection.execute(sql, &[&share.as_str(), &(tries.share_per_hour as f64)]).await?;
    Ok(())
}

async fn forget_try(connection: &deadpool_postgres::Client, share: &ShareId, client: &[u8]) -> Result<(), Error> {
    let sql = "update unlock_failure set tries = tries[1:cardinality(tries) - 1] where share_id = $1 and client = $2";
    connection.execute(sql, &[&share.as_str(), &client]).await?;
    Ok(())
}

/// Deletes counts that no longer matter.
///
/// # Errors
/// When the database fails.
pub async fn forget_old(pool: &Pool) -> Result<(), Error> {
    let connection = pool.get().await?;
    let sql = "delete from unlock_failure where not exists (select from unnest(tries) t where t > now() - interval '1 hour')";
    connection.execute(sql, &[]).await?;
    connection.execute("delete from unlock_pace where due < now()", &[]).await?;
    Ok(())
}
