//! Host apps, their API keys and the signing keys in PostgreSQL.

use super::{Owner, Reach, api_key::ApiKey};
use crate::{
    postgres::{Error, Pool},
    token::Keys,
};
use rand::Rng;
use serde::Serialize;
use time::OffsetDateTime;

/// The condition of every query on a conversation `c` that an owner makes; `$1` to `$3` are [`Owner::scope`].
pub const MINE: &str = "c.host_app_id = $1 and ($2::text is null or c.owner_id = $2 or (c.owner_id is null and c.external_id = $3))
    and ($3::text is null or c.external_id = $3)";

/// An API key as operators see it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Listed {
    /// For `vitrine key revoke`.
    pub id: i64,
    /// The host app it belongs to.
    pub app: String,
    /// What a person called it.
    pub name: String,
    /// Its first characters.
    pub prefix: String,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    pub revoked_at: Option<OffsetDateTime>,
}

/// The row of the host app of this name, which is made if it is new.
///
/// # Errors
/// When the database fails.
pub async fn host_app(pool: &Pool, name: &str) -> Result<i64, Error> {
    let sql = "insert into host_app (name) values ($1) on conflict (name) do update set name = excluded.name returning id";
    Ok(pool.get().await?.query_one(sql, &[&name]).await?.get(0))
}

/// Makes a key for the host app of this name, which is made too if it is new.
///
/// # Errors
/// When the database fails.
pub async fn create_key(pool: &Pool, app: &str, name: &str) -> Result<(ApiKey, Listed), Error> {
    let key = ApiKey::random();
    let host_app = host_app(pool, app).await?;
    let sql = "insert into api_key (host_app_id, name, prefix, digest) values ($1, $2, $3, $4) returning id, created_at";
    let row = pool.get().await?.query_one(sql, &[&host_app, &name, &key.prefix(), &key.digest().as_slice()]).await?;
    let prefix = key.prefix().to_owned();
    let listed =
        Listed { id: row.get(0), app: app.to_owned(), name: name.to_owned(), prefix, created_at: row.get(1), revoked_at: None };
    Ok((key, listed))
}

/// Makes a key in place of those of the same app and name.
///
/// # Errors
/// When the database fails.
pub async fn replace_key(pool: &Pool, app: &str, name: &str) -> Result<(ApiKey, Listed), Error> {
    let sql = "update api_key k set revoked_at = now() from host_app a
                where a.id = k.host_app_id and a.name = $1 and k.name = $2 and k.revoked_at is null";
    pool.get().await?.execute(sql, &[&app, &name]).await?;
    create_key(pool, app, name).await
}

/// All keys, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list_keys(pool: &Pool) -> Result<Vec<Listed>, Error> {
    let sql = "select k.id, a.name, k.name, k.prefix, k.created_at, k.revoked_at
                 from api_key k join host_app a on a.id = k.host_app_id order by k.id desc";
    let listed = |row: &tokio_postgres::Row| Listed {
        id: row.get(0),
        app: row.get(1),
        name: row.get(2),
        prefix: row.get(3),
        created_at: row.get(4),
        revoked_at: row.get(5),
    };
    Ok(pool.get().await?.query(sql, &[]).await?.iter().map(listed).collect())
}

/// Ends a key by its id or its first characters, and gives its id; `None` if that names none, or several.
///
/// # Errors
/// When the database fails.
pub async fn revoke_key(pool: &Pool, id_or_prefix: &str) -> Result<Option<i64>, Error> {
    let sql = "
        with named as (select id from api_key where (id::text = $1 or prefix = $1) and revoked_at is null)
        update api_key set revoked_at = now() where id in (select id from named) and (select count(*) from named) = 1
        returning id";
    Ok(pool.get().await?.query_opt(sql, &[&id_or_prefix]).await?.map(|row| row.get(0)))
}

/// Whose key this is, with the key's row; `None` if it is unknown or revoked.
///
/// # Errors
/// When the database fails.
pub async fn find_key(pool: &Pool, key: &ApiKey) -> Result<Option<(Owner, i64)>, Error> {
    let client = pool.get().await?;
    let statement = client.prepare_cached("select host_app_id, id from api_key where digest = $1 and revoked_at is null").await?;
    let row = client.query_opt(&statement, &[&key.digest().as_slice()]).await?;
    Ok(row.map(|row| (Owner { host_app: row.get(0), reach: Reach::HostApp }, row.get(1))))
}

/// Whether the key of this row still stands.
///
/// # Errors
/// When the database fails.
pub async fn key_stands(pool: &Pool, id: i64) -> Result<bool, Error> {
    let client = pool.get().await?;
    let statement = client.prepare_cached("select from api_key where id = $1 and revoked_at is null").await?;
    Ok(client.query_opt(&statement, &[&id]).await?.is_some())
}

/// The installation's signing keys; the first node that asks makes the first one.
///
/// # Errors
/// When the database fails.
pub async fn signing_keys(pool: &Pool) -> Result<Keys, Error> {
    let mut secret = [0u8; 32];
    rand::rng().fill_bytes(&mut secret);
    let mut client = pool.get().await?;
    let transaction = client.transaction().await?;
    // Nodes that start together must end with the same first key.
    transaction.batch_execute("lock table signing_key in share row exclusive mode").await?;
    transaction
        .execute("insert into signing_key (secret) select $1 where not exists (select from signing_key)", &[&secret.as_slice()])
        .await?;
    let rows = transaction.query("select id, secret from signing_key order by id", &[]).await?;
    transaction.commit().await?;
    let keys: Option<Vec<_>> =
        rows.iter().map(|row| Some((row.get::<_, i64>(0), <[u8; 32]>::try_from(row.get::<_, &[u8]>(1)).ok()?))).collect();
    keys.and_then(Keys::new).ok_or(Error::Unreadable("signing_key.secret"))
}
