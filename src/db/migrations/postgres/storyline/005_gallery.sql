-- What people look at: posts by kind, by their words, by how they were liked; runs while they go on; who may look.

-- `words` are those of the caption; what PostgreSQL would take for a host, a file, a tag or a number with a sign is
-- words to people. Kept, since to take a caption apart anew for each question costs more than all else of it.
alter table instagram_posts
  add column kind text generated always as (
    case
      when source = 'stories' then 'story'
      when media_type = 'CAROUSEL_ALBUM' then 'album'
      when product_type = 'REELS' then 'reel'
      when media_type = 'VIDEO' then 'video'
      else 'image'
    end
  ) stored,
  add column words tsvector generated always as (
    to_tsvector('simple'::regconfig, translate(caption, '#./\:@&=+~?-_<>', '               '))
  ) stored;
create index idx_instagram_posts_words on instagram_posts using gin (words);

-- In the order of the gallery.
drop index idx_instagram_posts_posted_at;
create index idx_instagram_posts_posted_at on instagram_posts (posted_at desc nulls last, instagram_media_id desc);
create index idx_instagram_posts_account_posted_at
  on instagram_posts (account_id, posted_at desc nulls last, instagram_media_id desc);
create index idx_instagram_posts_kind on instagram_posts (kind, posted_at desc nulls last, instagram_media_id desc);
create index idx_instagram_posts_likes on instagram_posts (like_count desc nulls last, instagram_media_id desc);

-- What a run kept, and how much of each post is in the library, is counted from the indexes alone.
drop index idx_instagram_items_run;
create index idx_instagram_items_run on instagram_items (run_id, post_id);
drop index idx_instagram_items_post;
create index idx_instagram_items_post on instagram_items (post_id, media_item_id, is_poster);
drop index idx_instagram_items_media_item;
create index idx_instagram_items_media_item on instagram_items (media_item_id, post_id);
create index idx_media_items_sizes on media_items (id, file_size, is_active);
create index idx_instagram_items_missing on instagram_items (post_id) where media_item_id is null;

-- What is measured of a media item's file when it is first shown.
create table media_measures (
  media_item_id uuid primary key references media_items (id) on delete cascade,
  file_hash text not null,
  width integer,
  height integer,
  duration_ms integer
);

-- How far a run is, for those who watch it from another process, and who asks it to end.
alter table backfill_locks add column progress jsonb;
alter table backfill_locks add column cancelled_by text;

create table web_access (
  id integer primary key check (id = 1),
  password_hash text not null,
  changed_at timestamp not null
);
create table web_sessions (
  token_hash text primary key,
  created_at timestamp not null,
  last_seen_at timestamp not null,
  expires_at timestamp not null
);
