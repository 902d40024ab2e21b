-- The bytes of attachments, once each, whoever sent them.
create table blob (
  -- SHA-256 of the bytes.
  hash       bytea primary key constraint blob_hash_length check (octet_length(hash) = 32),
  -- What the bytes are, never what somebody called them: null for all but the five kinds of picture that pages show.
  media_type text constraint blob_media_type_known
               check (media_type in ('image/png', 'image/jpeg', 'image/webp', 'image/gif', 'image/avif')),
  width      integer,
  height     integer,
  size       integer not null constraint blob_size_right check (size = octet_length(bytes)),
  bytes      bytea not null,
  created_at timestamptz not null default now(),
  constraint blob_picture_has_sides check ((media_type is null) = (width is null) and (width is null) = (height is null))
);
-- Pictures are compressed already; and of what is not compressed a slice is read without the rest.
alter table blob alter column bytes set storage external;

-- Which transcripts name which bytes. A transcript never changes, so neither do its rows here; a blob goes with the last of them.
create table transcript_blob (
  transcript_hash bytea not null references transcript on delete cascade,
  blob_hash       bytea not null constraint transcript_blob_known references blob,
  primary key (transcript_hash, blob_hash)
);
-- Asked whenever a blob may have lost its last use.
create index transcript_blob_blob on transcript_blob (blob_hash);
