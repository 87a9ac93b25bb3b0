-- Which folder belongs to this database, and which key each token was encrypted with.

-- One row, from the first run that writes on. The media folder has a file with the same library_id.
create table library_identity (
  id integer primary key check (id = 1),
  library_id uuid not null,
  created_at timestamp not null,
  -- The absolute folder below which the rows' file_path lie.
  media_dir text not null,
  -- The machine that used it last.
  host text not null,
  -- While rows are being moved: where to, and the last media item that was looked at.
  moving_to text,
  moved_through uuid
);

-- Which key a stored token was encrypted with: the beginning of the key's SHA-256.
create table token_keys (
  api_token_id uuid primary key references api_tokens (id) on delete cascade,
  -- SHA-256 of the stored token: what is said here is of no other one.
  token_hash text not null,
  fingerprint text not null,
  -- The machine that encrypted it; null where that is not known.
  host text
);
