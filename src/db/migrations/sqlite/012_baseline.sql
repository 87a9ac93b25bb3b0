-- Storyline's tables at schema version 12. UUIDs are lower-case text, moments 'YYYY-MM-DD HH:MM:SS.mmm' in UTC,
-- JSON and arrays are JSON text, booleans 0 and 1; the words beside TEXT and INTEGER say which.

create table schema_version (
  version integer primary key,
  applied_at timestamp text default (strftime('%Y-%m-%d %H:%M:%f', 'now')),
  description text
);

create table users (
  id uuid text primary key not null default (lower(
    hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-' ||
    substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))
  )),
  telegram_user_id bigint not null unique,
  telegram_username varchar(100),
  telegram_first_name varchar(255),
  telegram_last_name varchar(255),
  team_name varchar(255),
  role varchar(50) default 'member',
  is_active boolean integer default true,
  total_posts integer default 0,
  first_seen_at timestamp text default (strftime('%Y-%m-%d %H:%M:%f', 'now')),
  last_seen_at timestamp text default (strftime('%Y-%m-%d %H:%M:%f', 'now')),
  created_at timestamp text default (strftime('%Y-%m-%d %H:%M:%f', 'now')),
  updated_at timestamp text default (strftime('%Y-%m-%d %H:%M:%f', 'now'))
);

create table media_items (
  id uuid text primary key not null default (lower(
    hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-' ||
    substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))
  )),
  file_path text not null unique,
  file_name text not null,
  file_size bigint not null,
  file_hash text not null,
  mime_type varchar(100),
  requires_interaction boolean integer default false,
  category text,
  title text,
  link_url text,
  caption text,
  tags text array,
  custom_metadata json text,
  cloud_url text,
  cloud_public_id text,
  cloud_uploaded_at timestamp text,
  cloud_expires_at timestamp text,
  source_type varchar(50) not null default 'local',
  source_identifier text,
  times_posted integer default 0,
  last_posted_at timestamp text,
  is_active boolean integer default true,
  indexed_by_user_id uuid text references users (id),
  created_at timestamp text default (strftime('%Y-%m-%d %H:%M:%f', 'now')),
  updated_at timestamp text default (strftime('%Y-%m-%d %H:%M:%f', 'now'))
);
create index idx_media_items_file_path on media_items (file_path);
create index idx_media_items_file_hash on media_items (file_hash);
create index idx_media_items_is_active on media_items (is_active);
create index idx_media_items_requires_interaction on media_items (requires_interaction);
create index idx_media_items_category on media_items (category);
create index idx_media_items_source_type_identifier on media_items (source_type, source_identifier);

create table service_runs (
  id uuid text primary key not null default (lower(
    hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-' ||
    substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))
  )),
  service_name varchar(100) not null,
  method_name varchar(100) not null,
  user_id uuid text references users (id),
  triggered_by varchar(50) default 'system',
  started_at timestamp text not null default (strftime('%Y-%m-%d %H:%M:%f', 'now')),
  completed_at timestamp text,
  duration_ms integer,
  status varchar(50) not null default 'running' check (status in ('running', 'completed', 'failed')),
  success boolean integer,
  result_summary json text,
  error_message text,
  error_type varchar(100),
  stack_trace text,
  input_params json text,
  context_metadata json text,
  created_at timestamp text default (strftime('%Y-%m-%d %H:%M:%f', 'now'))
);
create index idx_service_runs_service_name on service_runs (service_name);
create index idx_service_runs_started_at on service_runs (started_at);
create index idx_service_runs_status on service_runs (status);

create table instagram_accounts (
  id uuid text primary key not null default (lower(
    hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-' ||
    substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))
  )),
  display_name varchar(100) not null,
  instagram_account_id varchar(50) not null unique,
  instagram_username varchar(50),
  is_active boolean integer default true,
  created_at timestamp text default (strftime('%Y-%m-%d %H:%M:%f', 'now')),
  updated_at timestamp text default (strftime('%Y-%m-%d %H:%M:%f', 'now'))
);

create table api_tokens (
  id uuid text primary key not null default (lower(
    hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-' ||
    substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))
  )),
  service_name varchar(50) not null,
  token_type varchar(50) not null,
  token_value text not null,
  issued_at timestamp text not null,
  expires_at timestamp text,
  last_refreshed_at timestamp text,
  scopes text array,
  token_metadata json text,
  instagram_account_id uuid text references instagram_accounts (id),
  created_at timestamp text default (strftime('%Y-%m-%d %H:%M:%f', 'now')),
  updated_at timestamp text default (strftime('%Y-%m-%d %H:%M:%f', 'now')),
  unique (service_name, token_type, instagram_account_id)
);

create table chat_settings (
  id uuid text primary key not null default (lower(
    hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-' ||
    substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))
  )),
  telegram_chat_id bigint not null unique,
  chat_name varchar(255),
  dry_run_mode boolean integer default true,
  enable_instagram_api boolean integer default false,
  is_paused boolean integer default false,
  paused_at timestamp text,
  paused_by_user_id uuid text references users (id),
  posts_per_day integer default 3 check (posts_per_day between 1 and 50),
  posting_hours_start integer default 14 check (posting_hours_start between 0 and 23),
  posting_hours_end integer default 2 check (posting_hours_end between 0 and 23),
  show_verbose_notifications boolean integer default true,
  media_sync_enabled boolean integer default false,
  active_instagram_account_id uuid text references instagram_accounts (id),
  created_at timestamp text default (strftime('%Y-%m-%d %H:%M:%f', 'now')),
  updated_at timestamp text default (strftime('%Y-%m-%d %H:%M:%f', 'now'))
);

create table user_interactions (
  id uuid text primary key not null default (lower(
    hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-' ||
    substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))
  )),
  user_id uuid text references users (id),
  interaction_type varchar(50) not null
    check (interaction_type in ('command', 'callback', 'message', 'bot_response')),
  interaction_name varchar(100) not null,
  context json text,
  telegram_chat_id bigint,
  telegram_message_id bigint,
  created_at timestamp text default (strftime('%Y-%m-%d %H:%M:%f', 'now'))
);

create table posting_queue (
  id uuid text primary key not null default (lower(
    hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-' ||
    substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))
  )),
  media_item_id uuid text not null references media_items (id) on delete cascade,
  scheduled_for timestamp text not null,
  status varchar(50) not null default 'pending' check (status in ('pending', 'processing', 'retrying')),
  web_hosted_url text,
  web_hosted_public_id text,
  telegram_message_id bigint,
  telegram_chat_id bigint,
  retry_count integer default 0,
  max_retries integer default 3,
  next_retry_at timestamp text,
  last_error text,
  created_at timestamp text default (strftime('%Y-%m-%d %H:%M:%f', 'now'))
);

create table posting_history (
  id uuid text primary key not null default (lower(
    hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-' ||
    substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))
  )),
  media_item_id uuid text not null references media_items (id),
  queue_item_id uuid text,
  queue_created_at timestamp text not null,
  queue_deleted_at timestamp text not null,
  scheduled_for timestamp text not null,
  media_metadata json text,
  posted_at timestamp text not null,
  status varchar(50) not null check (status in ('posted', 'failed', 'skipped', 'rejected')),
  success boolean integer not null,
  instagram_media_id text,
  instagram_permalink text,
  instagram_story_id text,
  posting_method varchar(20) default 'telegram_manual' check (posting_method in ('instagram_api', 'telegram_manual')),
  posted_by_user_id uuid text references users (id),
  posted_by_telegram_username text,
  error_message text,
  retry_count integer default 0,
  created_at timestamp text default (strftime('%Y-%m-%d %H:%M:%f', 'now'))
);

create table media_posting_locks (
  id uuid text primary key not null default (lower(
    hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-' ||
    substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))
  )),
  media_item_id uuid text not null references media_items (id) on delete cascade,
  locked_at timestamp text not null default (strftime('%Y-%m-%d %H:%M:%f', 'now')),
  locked_until timestamp text,
  lock_reason varchar(100) default 'recent_post',
  created_by_user_id uuid text references users (id),
  created_at timestamp text default (strftime('%Y-%m-%d %H:%M:%f', 'now')),
  unique (media_item_id, locked_until)
);

create table category_post_case_mix (
  id uuid text primary key not null default (lower(
    hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-' ||
    substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))
  )),
  category varchar(100) not null,
  ratio numeric(5, 4) not null check (ratio >= 0 and ratio <= 1),
  effective_from timestamp text not null default (strftime('%Y-%m-%d %H:%M:%f', 'now')),
  effective_to timestamp text,
  is_current boolean integer default true,
  created_at timestamp text default (strftime('%Y-%m-%d %H:%M:%f', 'now')),
  created_by_user_id uuid text references users (id)
);

insert into schema_version (version, description) values (12, 'Baseline: every table at version 12');
