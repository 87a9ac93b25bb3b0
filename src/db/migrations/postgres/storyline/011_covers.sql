-- The stored covers of videos: without a record, a cover that was deleted cannot be told from one that never came.
create table instagram_covers (
  instagram_media_id text not null primary key references instagram_items (instagram_media_id) on delete cascade,
  file_name text not null,
  file_size bigint not null,
  -- SHA-256; null for a cover of an earlier version until it is read for the first time.
  file_hash text
);
