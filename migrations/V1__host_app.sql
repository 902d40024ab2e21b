-- Who pushes conversations, and the secrets that prove it.

create table host_app (
  id         bigint generated always as identity primary key,
  name       text not null constraint host_app_name_unique unique,
  created_at timestamptz not null default now()
);

create table api_key (
  id          bigint generated always as identity primary key,
  host_app_id bigint not null references host_app,
  -- What a person called it; keys of one app may share a name while they are being rotated.
  name        text not null,
  -- The first characters of the key, so that a person can tell keys apart; worth nothing to a thief.
  prefix      text not null,
  -- SHA-256 of the key. The key has 256 random bits, so a slow hash would add nothing.
  digest      bytea not null constraint api_key_digest_unique unique,
  created_at  timestamptz not null default now(),
  revoked_at  timestamptz
);

-- Keys for grants and owner tokens. The newest signs; all of them verify, so that a rotation ends nothing.
create table signing_key (
  id         bigint generated always as identity primary key,
  secret     bytea not null constraint signing_key_secret_length check (octet_length(secret) = 32),
  created_at timestamptz not null default now()
);
