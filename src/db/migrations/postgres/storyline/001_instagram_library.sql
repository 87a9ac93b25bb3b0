-- What Instagram says of each post and item, what is proven complete, and who is at work.
-- No reference of ours ever forbids the removal of a media item, a run or an account.

create table storyline_migrations (
  id integer primary key,
  name text not null,
  checksum text not null,
  applied_at timestamp not null default (now() at time zone 'utc')
);

create table instagram_posts (
  instagram_media_id text primary key,
  account_id uuid references instagram_accounts (id) on delete set null,
  source text not null check (source in ('feed', 'stories', 'collaborations')),
  media_type text not null,
  product_type text,
  caption text,
  permalink text,
  shortcode text,
  username text,
  posted_at timestamp,
  like_count integer,
  comments_count integer,
  is_shared_to_feed boolean,
  item_count integer not null default 0,
  first_seen_at timestamp not null default (now() at time zone 'utc'),
  last_seen_at timestamp not null default (now() at time zone 'utc')
);
create index idx_instagram_posts_posted_at on instagram_posts (posted_at desc, instagram_media_id);
create index idx_instagram_posts_account on instagram_posts (account_id, posted_at);

create table instagram_items (
  instagram_media_id text primary key,
  post_id text not null references instagram_posts (instagram_media_id) on delete cascade,
  position integer not null,
  media_type text not null,
  alt_text text,
  posted_at timestamp,
  media_item_id uuid references media_items (id) on delete set null,
  is_poster boolean not null default false,
  run_id uuid references service_runs (id) on delete set null,
  failure text,
  failure_type text,
  failure_count integer not null default 0,
  failed_at timestamp
);
create index idx_instagram_items_post on instagram_items (post_id);
create index idx_instagram_items_media_item on instagram_items (media_item_id);
create index idx_instagram_items_run on instagram_items (run_id);
create index idx_instagram_items_failed_at on instagram_items (failed_at) where failed_at is not null;

create table backfill_intervals (
  id uuid primary key default gen_random_uuid(),
  account_id uuid not null references instagram_accounts (id) on delete cascade,
  oldest_at timestamp,
  newest_at timestamp not null
);
create index idx_backfill_intervals_account on backfill_intervals (account_id);

create table backfill_locks (
  account_id uuid primary key references instagram_accounts (id) on delete cascade,
  run_id uuid,
  holder text not null,
  triggered_by text,
  acquired_at timestamp not null,
  heartbeat_at timestamp not null
);
