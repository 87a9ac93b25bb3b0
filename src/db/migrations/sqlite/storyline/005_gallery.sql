-- What people look at: posts by kind, by their words, by how they were liked; runs while they go on; who may look.

alter table instagram_posts add column kind text generated always as (
  case
    when source = 'stories' then 'story'
    when media_type = 'CAROUSEL_ALBUM' then 'album'
    when product_type = 'REELS' then 'reel'
    when media_type = 'VIDEO' then 'video'
    else 'image'
  end
) virtual;

-- In the order of the gallery.
drop index idx_instagram_posts_posted_at;
create index idx_instagram_posts_posted_at on instagram_posts (posted_at desc, instagram_media_id desc);
create index idx_instagram_posts_account_posted_at
  on instagram_posts (account_id, posted_at desc, instagram_media_id desc);
create index idx_instagram_posts_kind on instagram_posts (kind, posted_at desc, instagram_media_id desc);
create index idx_instagram_posts_likes on instagram_posts (like_count desc, instagram_media_id desc);

-- What a run kept, and how much of each post is in the library, is counted from the indexes alone.
drop index idx_instagram_items_run;
create index idx_instagram_items_run on instagram_items (run_id, post_id);
drop index idx_instagram_items_post;
create index idx_instagram_items_post on instagram_items (post_id, media_item_id, is_poster);
drop index idx_instagram_items_media_item;
create index idx_instagram_items_media_item on instagram_items (media_item_id, post_id);
create index idx_media_items_sizes on media_items (id, file_size, is_active);
create index idx_instagram_items_missing on instagram_items (post_id) where media_item_id is null;

-- The index of words has no copy of the captions; a post's number in it lasts, as its row's own would not.
create table instagram_texts (
  id integer primary key not null,
  post_id text not null unique references instagram_posts (instagram_media_id) on delete cascade
);
-- `caption` knows the words, `hashtags` the same with their # and _. What turns a sign before a word into an emoji is no
-- part of the word.
create virtual table instagram_texts_index using fts5(
  caption, hashtags, content = '', contentless_delete = 1,
  tokenize = "unicode61 remove_diacritics 2 categories 'L* N* Mn Mc Co' tokenchars '#_'"
);
insert into instagram_texts (post_id) select instagram_media_id from instagram_posts where caption is not null;
insert into instagram_texts_index (rowid, caption, hashtags)
  select t.id, replace(replace(replace(p.caption, '#', ' '), '_', ' '), char(65039), ' '),
    replace(replace(p.caption, '#', ' #'), char(65039), ' ')
  from instagram_texts t join instagram_posts p on p.instagram_media_id = t.post_id;
create trigger instagram_posts_text_added after insert on instagram_posts when new.caption is not null begin
  insert into instagram_texts (post_id) values (new.instagram_media_id);
  insert into instagram_texts_index (rowid, caption, hashtags)
    select id, replace(replace(replace(new.caption, '#', ' '), '_', ' '), char(65039), ' '),
      replace(replace(new.caption, '#', ' #'), char(65039), ' ')
    from instagram_texts where post_id = new.instagram_media_id;
end;
create trigger instagram_posts_text_changed after update of caption on instagram_posts
when new.caption is not old.caption begin
  delete from instagram_texts_index
    where rowid = (select id from instagram_texts where post_id = new.instagram_media_id);
  -- Not "or ignore": what the outer statement does on a conflict is done here too.
  insert into instagram_texts (post_id) select new.instagram_media_id
    where not exists (select 1 from instagram_texts where post_id = new.instagram_media_id);
  insert into instagram_texts_index (rowid, caption, hashtags)
    select id, replace(replace(replace(new.caption, '#', ' '), '_', ' '), char(65039), ' '),
      replace(replace(new.caption, '#', ' #'), char(65039), ' ')
    from instagram_texts where post_id = new.instagram_media_id and new.caption is not null;
end;
create trigger instagram_posts_text_removed before delete on instagram_posts begin
  delete from instagram_texts_index
    where rowid = (select id from instagram_texts where post_id = old.instagram_media_id);
  delete from instagram_texts where post_id = old.instagram_media_id;
end;

-- What is measured of a media item's file when it is first shown.
create table media_measures (
  media_item_id uuid text primary key not null references media_items (id) on delete cascade,
  file_hash text not null,
  width integer,
  height integer,
  duration_ms integer
);

-- How far a run is, for those who watch it from another process, and who asks it to end.
alter table backfill_locks add column progress json text;
alter table backfill_locks add column cancelled_by text;

create table web_access (
  id integer primary key not null check (id = 1),
  password_hash text not null,
  changed_at timestamp text not null
);
create table web_sessions (
  token_hash text primary key not null,
  created_at timestamp text not null,
  last_seen_at timestamp text not null,
  expires_at timestamp text not null
);
