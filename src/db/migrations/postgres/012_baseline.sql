-- Storyline's tables at schema version 12.

create table schema_version (
  version integer primary key,
  applied_at timestamp default now(),
  description text
);

create table users (
  id uuid primary key default gen_random_uuid(),
  telegram_user_id bigint not null unique,
  telegram_username varchar(100),
  telegram_first_name varchar(255),
  telegram_last_name varchar(255),
  team_name varchar(255),
  role varchar(50) default 'member',
  is_active boolean default true,
  total_posts integer default 0,
  first_seen_at timestamp default now(),
  last_seen_at timestamp default now(),
  created_at timestamp default now(),
  updated_at timestamp default now()
);

create table media_items (
  id uuid primary key default gen_random_uuid(),
  file_path text not null unique,
  file_name text not null,
  file_size bigint not null,
  file_hash text not null,
  mime_type varchar(100),
  requires_interaction boolean default false,
  category text,
  title text,
  link_url text,
  caption text,
  tags text[],
  custom_metadata jsonb,
  cloud_url text,
  cloud_public_id text,
  cloud_uploaded_at timestamp,
  cloud_expires_at timestamp,
  source_type varchar(50) not null default 'local',
  source_identifier text,
  times_posted integer default 0,
  last_posted_at timestamp,
  is_active boolean default true,
  indexed_by_user_id uuid references users (id),
  created_at timestamp default now(),
  updated_at timestamp default now()
);
create index idx_media_items_file_path on media_items (file_path);
create index idx_media_items_file_hash on media_items (file_hash);
create index idx_media_items_is_active on media_items (is_active);
create index idx_media_items_requires_interaction on media_items (requires_interaction);
create index idx_media_items_category on media_items (category);
create index idx_media_items_tags on media_items using gin (tags);
create index idx_media_items_source_type_identifier on media_items (source_type, source_identifier);

create table service_runs (
  id uuid primary key default gen_random_uuid(),
  service_name varchar(100) not null,
  method_name varchar(100) not null,
  user_id uuid references users (id),
  triggered_by varchar(50) default 'system',
  started_at timestamp not null default now(),
  completed_at timestamp,
  duration_ms integer,
  status varchar(50) not null default 'running' check (status in ('running', 'completed', 'failed')),
  success boolean,
  result_summary jsonb,
  error_message text,
  error_type varchar(100),
  stack_trace text,
  input_params jsonb,
  context_metadata jsonb,
  created_at timestamp default now()
);
create index idx_service_runs_service_name on service_runs (service_name);
create index idx_service_runs_started_at on service_runs (started_at);
create index idx_service_runs_status on service_runs (status);

create table instagram_accounts (
  id uuid primary key default gen_random_uuid(),
  display_name varchar(100) not null,
  instagram_account_id varchar(50) not null unique,
  instagram_username varchar(50),
  is_active boolean default true,
  created_at timestamp default now(),
  updated_at timestamp default now()
);

create table api_tokens (
  id uuid primary key default gen_random_uuid(),
  service_name varchar(50) not null,
  token_type varchar(50) not null,
  token_value text not null,
  issued_at timestamp not null,
  expires_at timestamp,
  last_refreshed_at timestamp,
  scopes text[],
  token_metadata jsonb,
  instagram_account_id uuid references instagram_accounts (id),
  created_at timestamp default now(),
  updated_at timestamp default now(),
  unique (service_name, token_type, instagram_account_id)
);

create table chat_settings (
  id uuid primary key default gen_random_uuid(),
  telegram_chat_id bigint not null unique,
  chat_name varchar(255),
  dry_run_mode boolean default true,
  enable_instagram_api boolean default false,
  is_paused boolean default false,
  paused_at timestamp,
  paused_by_user_id uuid references users (id),
  posts_per_day integer default 3 check (posts_per_day between 1 and 50),
  posting_hours_start integer default 14 check (posting_hours_start between 0 and 23),
  posting_hours_end integer default 2 check (posting_hours_end between 0 and 23),
  show_verbose_notifications boolean default true,
  media_sync_enabled boolean default false,
  active_instagram_account_id uuid references instagram_accounts (id),
  created_at timestamp default now(),
  updated_at timestamp default now()
);

create table user_interactions (
  id uuid primary key default gen_random_uuid(),
  user_id uuid references users (id),
  interaction_type varchar(50) not null
    check (interaction_type in ('command', 'callback', 'message', 'bot_response')),
  interaction_name varchar(100) not null,
  context jsonb,
  telegram_chat_id bigint,
  telegram_message_id bigint,
  created_at timestamp default now()
);

create table posting_queue (
  id uuid primary key default gen_random_uuid(),
  media_item_id uuid not null references media_items (id) on delete cascade,
  scheduled_for timestamp not null,
  status varchar(50) not null default 'pending' check (status in ('pending', 'processing', 'retrying')),
  web_hosted_url text,
  web_hosted_public_id text,
  telegram_message_id bigint,
  telegram_chat_id bigint,
  retry_count integer default 0,
  max_retries integer default 3,
  next_retry_at timestamp,
  last_error text,
  created_at timestamp default now()
);

create table posting_history (
  id uuid primary key default gen_random_uuid(),
  media_item_id uuid not null references media_items (id),
  queue_item_id uuid,
  queue_created_at timestamp not null,
  queue_deleted_at timestamp not null,
  scheduled_for timestamp not null,
  media_metadata jsonb,
  posted_at timestamp not null,
  status varchar(50) not null check (status in ('posted', 'failed', 'skipped', 'rejected')),
  success boolean not null,
  instagram_media_id text,
  instagram_permalink text,
  instagram_story_id text,
  posting_method varchar(20) default 'telegram_manual' check (posting_method in ('instagram_api', 'telegram_manual')),
  posted_by_user_id uuid references users (id),
  posted_by_telegram_username text,
  error_message text,
  retry_count integer default 0,
  created_at timestamp default now()
);

create table media_posting_locks (
  id uuid primary key default gen_random_uuid(),
  media_item_id uuid not null references media_items (id) on delete cascade,
  locked_at timestamp not null default now(),
  locked_until timestamp,
  lock_reason varchar(100) default 'recent_post',
  created_by_user_id uuid references users (id),
  created_at timestamp default now(),
  unique (media_item_id, locked_until)
);

create table category_post_case_mix (
  id uuid primary key default gen_random_uuid(),
  category varchar(100) not null,
  ratio numeric(5, 4) not null check (ratio >= 0 and ratio <= 1),
  effective_from timestamp not null default now(),
  effective_to timestamp,
  is_current boolean default true,
  created_at timestamp default now(),
  created_by_user_id uuid references users (id)
);

insert into schema_version (version, description) values (12, 'Baseline: every table at version 12');
