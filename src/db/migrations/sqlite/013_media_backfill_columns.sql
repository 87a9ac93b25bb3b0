-- Which Instagram post a media item came from, and when it was brought back.

alter table media_items add column instagram_media_id text;
alter table media_items add column backfilled_at timestamp text;

create unique index idx_media_items_instagram_media_id on media_items (instagram_media_id)
  where instagram_media_id is not null;

insert into schema_version (version, description)
values (13, 'Add Instagram backfill tracking columns (instagram_media_id, backfilled_at)');
