-- Where the file of a media item is, wherever the media folder is now. A media item without a row here, such as one of the
-- Python program's, is found by its file_path.
create table media_places (
  media_item_id uuid text not null primary key references media_items (id) on delete cascade,
  -- 'media' is the media folder.
  store text not null,
  -- The file's name in the store, with '/' between folders.
  key text not null
);

insert into media_places (media_item_id, store, key)
select item.id, 'media', replace(substr(item.file_path, length(library.media_dir) + 2), '\', '/')
from media_items item cross join library_identity library
where item.source_type = 'instagram_backfill'
  and library.moving_to is null
  and substr(item.file_path, 1, length(library.media_dir) + 1) in (library.media_dir || '/', library.media_dir || '\');
