-- A transcript is immutable and named by the SHA-256 of its canonical JSON, so the same content pushed twice is stored once.
create table transcript (
  hash       bytea primary key constraint transcript_hash_length check (octet_length(hash) = 32),
  -- Canonical JSON, compressed with zstd.
  body       bytea not null,
  -- Bytes of the JSON before compression: what a reader must be ready to hold.
  json_size  integer not null,
  created_at timestamptz not null default now()
);
-- zstd has compressed it already; PostgreSQL trying again costs time and gains nothing.
alter table transcript alter column body set storage external;

create table conversation (
  id              bigint generated always as identity primary key,
  host_app_id     bigint not null references host_app,
  -- The host app's own id; unique there and never public.
  external_id     text not null,
  -- Whose it is, in the host app's words. Without one, only the API key and tokens minted for this conversation reach it.
  owner_id        text,
  title           text not null,
  message_count   integer not null,
  transcript_hash bytea not null references transcript,
  created_at      timestamptz not null default now(),
  updated_at      timestamptz not null default now(),
  constraint conversation_external_id_unique unique (host_app_id, external_id)
);
-- Lists are newest first; the id settles ties so that a cursor never skips or repeats.
create index conversation_newest on conversation (host_app_id, updated_at desc, id desc);
create index conversation_owner_newest on conversation (host_app_id, owner_id, updated_at desc, id desc);
-- Asked whenever a transcript may have lost its last use.
create index conversation_transcript on conversation (transcript_hash);
