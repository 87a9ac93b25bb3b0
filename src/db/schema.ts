import type { ColumnType, Generated, GeneratedAlways, Insertable } from 'kysely';

/**
 * The tables, in the same types on PostgreSQL and SQLite: moments are `Date`, BIGINT and NUMERIC are `number`,
 * UUIDs are lower-case text, TEXT[] is `string[]`. Columns keep the database's own names.
 */
export interface Schema {
  users: UsersTable;
  media_items: MediaItemsTable;
  service_runs: ServiceRunsTable;
  instagram_accounts: InstagramAccountsTable;
  api_tokens: ApiTokensTable;
  chat_settings: ChatSettingsTable;
  user_interactions: UserInteractionsTable;
  posting_queue: PostingQueueTable;
  posting_history: PostingHistoryTable;
  media_posting_locks: MediaPostingLocksTable;
  category_post_case_mix: CategoryPostCaseMixTable;
  schema_version: SchemaVersionTable;
  instagram_posts: InstagramPostsTable;
  instagram_items: InstagramItemsTable;
  backfill_intervals: BackfillIntervalsTable;
  run_locks: RunLocksTable;
  feed_counts: FeedCountsTable;
  storyline_migrations: StorylineMigrationsTable;
  media_measures: MediaMeasuresTable;
  media_file_states: MediaFileStatesTable;
  media_places: MediaPlacesTable;
  file_checks: FileChecksTable;
  web_browsers: WebBrowsersTable;
  web_login_tries: WebLoginTriesTable;
  token_refusals: TokenRefusalsTable;
  instagram_covers: InstagramCoversTable;
  library_identity: LibraryIdentityTable;
  token_keys: TokenKeysTable;
  web_access: WebAccessTable;
  web_sessions: WebSessionsTable;
  default_account: DefaultAccountTable;
  bot_strangers: BotStrangersTable;
  bot_trouble: BotTroubleTable;
}

export type TableName = keyof Schema;
export type NewRow<T extends TableName> = Insertable<Schema[T]>;

/** A column with a default that an existing database allows to be null all the same. */
type Defaulted<T> = ColumnType<T | null, T | null | undefined, T | null>;

/** What is written is an object, since drivers take a top-level array for TEXT[]; what is read may be anything. */
type Json = ColumnType<unknown, JsonObject | null | undefined, JsonObject | null>;
export type JsonObject = { readonly [key: string]: unknown };

interface UsersTable {
  id: Generated<string>;
  telegram_user_id: number;
  telegram_username: string | null;
  telegram_first_name: string | null;
  telegram_last_name: string | null;
  team_name: string | null;
  role: Defaulted<string>;
  is_active: Defaulted<boolean>;
  total_posts: Defaulted<number>;
  first_seen_at: Defaulted<Date>;
  last_seen_at: Defaulted<Date>;
  created_at: Defaulted<Date>;
  updated_at: Defaulted<Date>;
}

interface MediaItemsTable {
  id: Generated<string>;
  file_path: string;
  file_name: string;
  file_size: number;
  /** SHA-256, lower-case hex; not unique. */
  file_hash: string;
  mime_type: string | null;
  requires_interaction: Defaulted<boolean>;
  category: string | null;
  title: string | null;
  link_url: string | null;
  caption: string | null;
  tags: string[] | null;
  custom_metadata: Json;
  cloud_url: string | null;
  cloud_public_id: string | null;
  cloud_uploaded_at: Date | null;
  cloud_expires_at: Date | null;
  source_type: Generated<string>;
  source_identifier: string | null;
  times_posted: Defaulted<number>;
  last_posted_at: Date | null;
  is_active: Defaulted<boolean>;
  indexed_by_user_id: string | null;
  created_at: Defaulted<Date>;
  updated_at: Defaulted<Date>;
  instagram_media_id: string | null;
  backfilled_at: Date | null;
}

export type RunStatus = 'running' | 'completed' | 'failed';

interface ServiceRunsTable {
  id: Generated<string>;
  service_name: string;
  method_name: string;
  user_id: string | null;
  triggered_by: Defaulted<string>;
  started_at: Generated<Date>;
  completed_at: Date | null;
  duration_ms: number | null;
  status: Generated<RunStatus>;
  success: boolean | null;
  result_summary: Json;
  error_message: string | null;
  error_type: string | null;
  stack_trace: string | null;
  input_params: Json;
  context_metadata: Json;
  created_at: Defaulted<Date>;
}

interface InstagramAccountsTable {
  id: Generated<string>;
  display_name: string;
  /** Meta's numeric id. */
  instagram_account_id: string;
  instagram_username: string | null;
  is_active: Defaulted<boolean>;
  created_at: Defaulted<Date>;
  updated_at: Defaulted<Date>;
}

interface ApiTokensTable {
  id: Generated<string>;
  service_name: string;
  token_type: string;
  /** Fernet ciphertext. */
  token_value: string;
  issued_at: Date;
  /** Null: never. */
  expires_at: Date | null;
  last_refreshed_at: Date | null;
  scopes: string[] | null;
  token_metadata: Json;
  instagram_account_id: string | null;
  created_at: Defaulted<Date>;
  updated_at: Defaulted<Date>;
}

interface ChatSettingsTable {
  id: Generated<string>;
  telegram_chat_id: number;
  chat_name: string | null;
  dry_run_mode: Defaulted<boolean>;
  enable_instagram_api: Defaulted<boolean>;
  is_paused: Defaulted<boolean>;
  paused_at: Date | null;
  paused_by_user_id: string | null;
  posts_per_day: Defaulted<number>;
  posting_hours_start: Defaulted<number>;
  posting_hours_end: Defaulted<number>;
  show_verbose_notifications: Defaulted<boolean>;
  media_sync_enabled: Defaulted<boolean>;
  active_instagram_account_id: string | null;
  created_at: Defaulted<Date>;
  updated_at: Defaulted<Date>;
}

interface UserInteractionsTable {
  id: Generated<string>;
  user_id: string | null;
  interaction_type: 'command' | 'callback' | 'message' | 'bot_response';
  interaction_name: string;
  context: Json;
  telegram_chat_id: number | null;
  telegram_message_id: number | null;
  created_at: Defaulted<Date>;
}

interface PostingQueueTable {
  id: Generated<string>;
  media_item_id: string;
  scheduled_for: Date;
  status: Generated<'pending' | 'processing' | 'retrying'>;
  web_hosted_url: string | null;
  web_hosted_public_id: string | null;
  telegram_message_id: number | null;
  telegram_chat_id: number | null;
  retry_count: Defaulted<number>;
  max_retries: Defaulted<number>;
  next_retry_at: Date | null;
  last_error: string | null;
  created_at: Defaulted<Date>;
}

interface PostingHistoryTable {
  id: Generated<string>;
  media_item_id: string;
  queue_item_id: string | null;
  queue_created_at: Date;
  queue_deleted_at: Date;
  scheduled_for: Date;
  media_metadata: Json;
  posted_at: Date;
  status: 'posted' | 'failed' | 'skipped' | 'rejected';
  success: boolean;
  instagram_media_id: string | null;
  instagram_permalink: string | null;
  instagram_story_id: string | null;
  posting_method: Defaulted<'instagram_api' | 'telegram_manual'>;
  posted_by_user_id: string | null;
  posted_by_telegram_username: string | null;
  error_message: string | null;
  retry_count: Defaulted<number>;
  created_at: Defaulted<Date>;
}

interface MediaPostingLocksTable {
  id: Generated<string>;
  media_item_id: string;
  locked_at: Generated<Date>;
  /** Null: for ever. */
  locked_until: Date | null;
  lock_reason: Defaulted<string>;
  created_by_user_id: string | null;
  created_at: Defaulted<Date>;
}

interface CategoryPostCaseMixTable {
  id: Generated<string>;
  category: string;
  /** 0 to 1, four decimals. */
  ratio: number;
  effective_from: Generated<Date>;
  effective_to: Date | null;
  is_current: Defaulted<boolean>;
  created_at: Defaulted<Date>;
  created_by_user_id: string | null;
}

interface SchemaVersionTable {
  version: number;
  applied_at: Defaulted<Date>;
  description: string | null;
}

interface InstagramPostsTable {
  instagram_media_id: string;
  account_id: string | null;
  source: 'feed' | 'stories' | 'collaborations';
  media_type: string;
  product_type: string | null;
  caption: string | null;
  permalink: string | null;
  shortcode: string | null;
  username: string | null;
  posted_at: Date | null;
  like_count: number | null;
  comments_count: number | null;
  is_shared_to_feed: boolean | null;
  item_count: Generated<number>;
  /** Grows with what its sidecar tells of it. */
  revision: Generated<number>;
  /** The revision that its sidecar was written at; 0: never. */
  sidecar_revision: Generated<number>;
  first_seen_at: Generated<Date>;
  last_seen_at: Generated<Date>;
  /** What people call it: made by the database of the columns above. */
  kind: GeneratedAlways<'image' | 'video' | 'reel' | 'album' | 'story'>;
}

interface InstagramItemsTable {
  instagram_media_id: string;
  post_id: string;
  /** From 1, within its post. */
  position: number;
  media_type: string;
  alt_text: string | null;
  posted_at: Date | null;
  media_item_id: string | null;
  /** True where a video's still stands in for it. */
  is_poster: Generated<boolean>;
  run_id: string | null;
  failure: string | null;
  failure_type: string | null;
  failure_count: Generated<number>;
  failed_at: Date | null;
}

interface BackfillIntervalsTable {
  id: Generated<string>;
  account_id: string;
  /** Null: down to the account's first post. */
  oldest_at: Date | null;
  newest_at: Date;
}

interface FeedCountsTable {
  account_id: string;
  /** As Instagram counts them. */
  reported: number;
  listed: number;
  counted_at: Date;
}

interface RunLocksTable {
  /** Such as `backfill`. */
  kind: string;
  /** What the run works on: of a backfill the account's id. */
  subject: string;
  run_id: string | null;
  holder: string;
  triggered_by: string | null;
  acquired_at: Date;
  heartbeat_at: Date;
  /** How far the run is, since a moment ago; null before its first sign of life. */
  progress: Json;
  /** Who asks the run to end; null where nobody does. */
  cancelled_by: string | null;
}

interface StorylineMigrationsTable {
  id: number;
  name: string;
  checksum: string;
  applied_at: Generated<Date>;
}

/** What is measured of a file; invalid for a media item with another hash. */
interface MediaMeasuresTable {
  media_item_id: string;
  file_hash: string;
  /** Pixels, as shown: a picture that lies on its side is turned upright first. */
  width: number | null;
  height: number | null;
  duration_ms: number | null;
}

/** A row only while a media item's file is not as it was stored. */
interface MediaFileStatesTable {
  media_item_id: string;
  state: 'missing' | 'altered';
  noted_at: Date;
}

/** The last look at the files of an account, or of the whole library. */
interface FileChecksTable {
  /** Our id of the account, or `library`. */
  scope: string;
  /** `run`: sizes only, of the posts that were walked; `verify`: every byte. */
  kind: 'run' | 'verify';
  checked_at: Date;
  files: number;
  missing: number;
  altered: number;
}

interface DefaultAccountTable {
  id: number;
  account_id: string;
  chosen_at: Date;
}

interface BotStrangersTable {
  telegram_user_id: number;
  username: string | null;
  first_name: string | null;
  last_name: string | null;
  chat_id: number;
  asked: string;
  first_at: Date;
  last_at: Date;
}

interface BotTroubleTable {
  id: number;
  problem: string;
  remedy: string;
  since: Date;
  noted_at: Date;
}

/** A row only while Meta refuses an account's token, as far as is known. */
interface TokenRefusalsTable {
  account_id: string;
  refused_at: Date;
  kind: 'token' | 'permission' | 'app';
  code: number | null;
  subcode: number | null;
  message: string;
  hint: string | null;
}

/** Where the file of a media item is, wherever the media folder is. */
interface MediaPlacesTable {
  media_item_id: string;
  store: string;
  key: string;
}

/** A stored cover of a video. */
interface InstagramCoversTable {
  instagram_media_id: string;
  /** Below the folder of covers. */
  file_name: string;
  file_size: number;
  /** SHA-256, lower-case hex; null until a cover of an earlier version is read for the first time. */
  file_hash: string | null;
}

/** One row. The media folder has a file with the same library_id. */
interface LibraryIdentityTable {
  id: number;
  library_id: string;
  created_at: Date;
  /** The absolute folder below which the rows' file_path lie. */
  media_dir: string;
  /** The machine that used it last. */
  host: string;
  /** While rows are being moved: where to, and the last media item that was looked at. */
  moving_to: string | null;
  moved_through: string | null;
}

/** Which key a stored token was encrypted with. */
interface TokenKeysTable {
  api_token_id: string;
  /** SHA-256 of the stored token: what is said here is of no other one. */
  token_hash: string;
  fingerprint: string;
  host: string | null;
}

interface WebAccessTable {
  id: number;
  password_hash: string;
  changed_at: Date;
  /** Another one for each password that is set. */
  version: Generated<string>;
}

interface WebSessionsTable {
  /** SHA-256 of what the browser holds. */
  token_hash: string;
  created_at: Date;
  last_seen_at: Date;
  expires_at: Date;
  /** Of the password that opened it. */
  version: Generated<string>;
}

/** A browser in which somebody logged in before. */
interface WebBrowsersTable {
  /** SHA-256 of what the browser holds. */
  token_hash: string;
  /** Of the password that was given. */
  version: string;
  created_at: Date;
  last_seen_at: Date;
}

/** Wrong passwords, by where they came from. */
interface WebLoginTriesTable {
  /** An address, a network, a browser, or `all`. */
  origin: string;
  wrong: number;
  last_at: Date;
}
