create table share (
  -- Random, for owners only; readers know the code.
  id                  text collate "C" primary key,
  host_app_id         bigint not null references host_app,
  -- Null once the conversation has been erased: the row stays so that its code is never given out again.
  conversation_id     bigint references conversation on delete set null,
  code                text collate "C" not null constraint share_code_unique unique,
  privacy             text not null constraint share_privacy_known check (privacy in ('public', 'unlisted', 'private')),
  -- PHC string, argon2id.
  password_hash       text,
  allowed_emails      text[] not null default '{}',
  expires_at          timestamptz,
  -- The transcript a frozen share shows; null for a live one, which shows the conversation's newest.
  transcript_hash     bytea references transcript,
  include_tool_calls  boolean not null default false,
  include_reasoning   boolean not null default false,
  include_attachments boolean not null default true,
  -- Flat pairs from, to, from, to, …; null for all messages.
  include_messages    integer[],
  -- Null: anyone may frame it. Empty: nobody.
  embed_origins       text[],
  -- Counts every change; part of every cache key, so that no cache outlives a change.
  revision            integer not null default 1,
  -- Counts changes of access; a grant names the epoch it was given in and ends with it.
  epoch               integer not null default 1,
  view_count          bigint not null default 0,
  created_at          timestamptz not null default now(),
  updated_at          timestamptz not null default now(),
  revoked_at          timestamptz,
  -- Erasing and revoking leave nothing behind that a reader or a thief of the database could use.
  constraint share_revoked_is_empty check
    (revoked_at is null or (password_hash is null and transcript_hash is null and allowed_emails = '{}')),
  constraint share_erased_is_revoked check (revoked_at is not null or conversation_id is not null)
);
-- One share that is not revoked per conversation, also for two creates at the same instant.
create unique index share_one_per_conversation on share (conversation_id) where revoked_at is null;
create index share_conversation on share (conversation_id);
create index share_newest on share (host_app_id, created_at desc, id desc);
create index share_transcript on share (transcript_hash);

-- Views by day, surface and embedding site. No address, no cookie, no identifier.
create table share_view (
  share_id text collate "C" not null references share,
  day      date not null,
  surface  text not null constraint share_view_surface_known check (surface in ('page', 'embed')),
  -- The embedding site's host, empty for the page or where the browser does not say.
  host     text not null,
  views    bigint not null,
  primary key (share_id, day, surface, host)
);

-- Wrong passwords by share and client, the last twenty of the last hour. `client` is a keyed hash of the address.
create table unlock_failure (
  share_id text collate "C" not null references share,
  client   bytea not null,
  tries    timestamptz[] not null,
  primary key (share_id, client)
);

-- The pace of wrong passwords over all clients of a share: a generic cell rate, `due` being its theoretical arrival time.
create table unlock_pace (
  share_id text collate "C" primary key references share,
  due      timestamptz not null
);
