-- What was found of files on the disk when they were last looked at.

-- A row only while a media item's file is not as it was stored.
create table media_file_states (
  media_item_id uuid primary key references media_items (id) on delete cascade,
  state text not null check (state in ('missing', 'altered')),
  noted_at timestamp not null
);

-- The last look at the files of an account (its id) or of the whole library ('library').
create table file_checks (
  scope text not null primary key,
  kind text not null check (kind in ('run', 'verify')),
  checked_at timestamp not null,
  files integer not null,
  missing integer not null,
  altered integer not null
);
