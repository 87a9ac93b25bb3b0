-- What is asked of a library of a million items is found by an index, in the order in which it is shown.
create index idx_media_items_listed on media_items (last_posted_at desc nulls last, id desc) where is_active;
create index idx_media_items_listed_kind on media_items (substr(mime_type, 1, 6), last_posted_at desc nulls last, id desc)
  where is_active;
create index idx_media_items_listed_category on media_items (category, last_posted_at desc nulls last, id desc)
  where is_active;
create index idx_instagram_items_poster on instagram_items (post_id) where is_poster;
create index idx_service_runs_service_started on service_runs (service_name, started_at desc);
create index idx_service_runs_running on service_runs (service_name) where status = 'running';

-- How deep in the feed a post lies is counted from the index alone.
drop index idx_instagram_posts_account;
create index idx_instagram_posts_account on instagram_posts (account_id, source, posted_at);

-- In an order of its own: PostgreSQL cannot know how few of the posts these are, and would read all of them.
drop index idx_instagram_posts_sidecar;
create index idx_instagram_posts_sidecar on instagram_posts (account_id, instagram_media_id)
  where sidecar_revision < revision;

-- Part of a caption is found by its groups of three letters. The extension comes with PostgreSQL, but not with every
-- installation of it, and not every user may add it: without it a search reads captions until a page is full.
do $$
declare
  home text;
begin
  begin
    create extension if not exists pg_trgm;
  exception when others then
    raise notice 'captions are searched without an index: %', sqlerrm;
  end;
  select n.nspname into home from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_trgm';
  if home is not null then
    execute format(
      'create index idx_media_items_caption on media_items using gin (caption %I.gin_trgm_ops) where is_active', home
    );
  end if;
end
$$;
