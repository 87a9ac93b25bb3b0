import { sql } from 'kysely';
import { migrate } from '../src/db/migrate.ts';
import { type Database, openDatabase } from '../src/db/open.ts';
import { makeDatabase } from '../test/support/make-database.ts';

/**
 * Posts of the library, whose items make a million rows with what else is in it: a quarter of them albums of 2 to 10,
 * one item in five a video, three accounts of 70, 20 and 10 %.
 */
const POSTS = 427_700;
/** Rows of the Python program that come from a folder; every other one was never posted. */
const LOCAL = 40_000;
/** Rows that the Python program backfilled and whose Instagram id it lost. */
const WITHOUT_ID = 10_000;
/** Runs of the Python program's other services, and of backfills. */
const OTHER_RUNS = 200_000;
const BACKFILLS = 5000;

export const ACCOUNTS = [1, 2, 3].map((n) => `00000000-0000-4000-8000-00000000000${n}`);

/** Words of captions; one caption in 100,000 has a word of its own. */
const WORDS =
  'morning light over the harbour with a blue hour walk along quiet streets and warm coffee before rain falls';

/** What the two databases say differently; all else is the same statement for both. */
interface Words {
  numbers(count: number): string;
  /** The moment of a post: one every 20 minutes, going back; every tenth shares the moment of the one before. */
  moment(minutes: string): string;
  hash: string;
  literal(boolean: boolean): string;
  padded(text: string, length: number): string;
  /** The nth word of the list, from 1. */
  word(index: string): string;
  uuid: string;
}

const list = WORDS.split(' ');

const WORDS_OF: Record<'sqlite' | 'postgres', Words> = {
  postgres: {
    numbers: (count) => `select n from generate_series(1, ${count}) as n`,
    moment: (minutes) => `timestamp '2026-01-01 12:00:00' - interval '1 minute' * (${minutes})`,
    hash: `encode(sha256(random()::text::bytea), 'hex')`,
    literal: (boolean) => String(boolean),
    padded: (text, length) => `lpad((${text})::text, ${length}, '0')`,
    word: (index) => `(array['${list.join("','")}'])[(${index})::int]`,
    uuid: 'gen_random_uuid()',
  },
  sqlite: {
    numbers: (count) =>
      `select n from (with recursive up(n) as (select 1 union all select n + 1 from up where n < ${count}) select n from up)`,
    moment: (minutes) => `strftime('%Y-%m-%d %H:%M:%f', '2026-01-01 12:00:00', '-' || (${minutes}) || ' minutes')`,
    hash: 'lower(hex(randomblob(32)))',
    literal: (boolean) => (boolean ? '1' : '0'),
    padded: (text, length) => `substr('${'0'.repeat(20)}' || (${text}), -${length})`,
    word: (index) => `case ${index} ${list.map((word, at) => `when ${at + 1} then '${word}'`).join(' ')} end`,
    uuid: `lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))`,
  },
};

/** Ids as scattered as real ones: their order says nothing of the posts' order. */
const scattered = (number: string, { padded }: Words, prefix: string): string =>
  `'${prefix}' || ${padded(`((${number}) * 6364136223) % 99999999999973`, 14)}`;

const postId = (n: string, words: Words) => scattered(n, words, '180');
const itemId = (n: string, position: string, words: Words) =>
  `case when ${n} % 4 = 0 then ${scattered(`${n} * 16 + ${position}`, words, '179')} else ${postId(n, words)} end`;
const itemCount = (n: string) => `case when ${n} % 4 = 0 then 2 + (${n} / 4) % 9 else 1 end`;
const account = (n: string) =>
  `case when ${n} % 10 < 7 then '${ACCOUNTS[0]}' when ${n} % 10 < 9 then '${ACCOUNTS[1]}' else '${ACCOUNTS[2]}' end`;
const isVideo = (n: string, position: string) => `(${n} * 7 + ${position} * 3) % 5 = 0`;

function caption(n: string, words: Words): string {
  const some = Array.from({ length: 16 }, (_, at) =>
    words.word(`1 + (${n} * ${2 * at + 3} + ${at} + ${n} / 17) % ${list.length}`),
  );
  const rare = `case when ${n} % 100000 = 50 then ' lighthouse' else '' end`;
  return `case when ${n} % 5 = 0 then null else ${some.join(" || ' ' || ")} || ' #' || (${n} % 5000) || ${rare} end`;
}

/** When a walk that has just ended saw the posts: all but one in 5,000. */
const LATER = { postgres: `timestamp '2200-01-01'`, sqlite: `'2200-01-01 00:00:00.000'` };

/** Statements that fill a migrated database. */
function statements(kind: 'sqlite' | 'postgres'): string[] {
  const words = WORDS_OF[kind];
  const { numbers, moment, hash, literal } = words;
  const posted = (n: string) => moment(`20 * (${n} - ${n} % 10 / 9)`);
  const uuid = (text: string) => (kind === 'postgres' ? `(${text})::uuid` : text);
  // An item that failed, and a video of which the still is there.
  const isFailed = 'i.n % 200 = 150';
  return [
    ...ACCOUNTS.map(
      (id, at) =>
        `insert into instagram_accounts (id, display_name, instagram_account_id, instagram_username) values ('${id}', 'Studio ${at}', '1784140000000000${at}', 'studio_${at}')`,
    ),
    `insert into instagram_posts (instagram_media_id, account_id, source, media_type, product_type, caption, permalink, shortcode, username, posted_at, like_count, comments_count, item_count, first_seen_at, last_seen_at, revision, sidecar_revision)
      select ${postId('n', words)}, ${uuid(account('n'))}, case when n % 100 = 41 then 'stories' else 'feed' end,
        case when n % 4 = 0 then 'CAROUSEL_ALBUM' when ${isVideo('n', '1')} then 'VIDEO' else 'IMAGE' end, 'FEED', ${caption('n', words)},
        'https://www.instagram.com/p/C' || n, 'C' || n, 'studio', ${posted('n')}, n % 1000, n % 50, ${itemCount('n')},
        ${moment('0')}, case when n % 5000 = 11 then ${moment('0')} else ${LATER[kind]} end, 2, case when n % 200 = 150 then 1 else 2 end
      from (${numbers(POSTS)}) as p`,
    `create temporary table items as
      select n, position, ${itemId('n', 'position', words)} as item_id, ${words.uuid} as media_id
      from (${numbers(POSTS)}) as p cross join (select n as position from (${numbers(10)}) as q) as c
      where position <= ${itemCount('n')}`,
    `insert into media_items (id, file_path, file_name, file_size, file_hash, mime_type, category, source_type, source_identifier, instagram_media_id, caption, last_posted_at, backfilled_at, created_at, updated_at)
      select media_id, '/library/instagram_backfill/' || item_id || '.jpg', item_id || '.jpg', 100000 + n % 400000, ${hash},
        case when ${isVideo('n', 'position')} then 'video/mp4' else 'image/jpeg' end, 'instagram_backfill', 'instagram_backfill',
        item_id, case when i.n % ${Math.floor(POSTS / WITHOUT_ID)} = 7 then null else item_id end, ${caption('n', words)},
        ${posted('n')}, ${moment('0')}, ${moment('0')}, ${moment('0')}
      from items as i where not (${isFailed})`,
    `insert into media_items (file_path, file_name, file_size, file_hash, mime_type, category, source_type, source_identifier, caption, last_posted_at, is_active)
      select '/media/' || n || '.png', n || '.png', 50000 + n, ${hash}, 'image/png', case when n % 3 = 0 then 'memes' else 'merch' end, 'local',
        '/media/' || n || '.png', ${caption('n + 7', words)}, case when n % 2 = 0 then null else ${moment('n * 210 + 7')} end, ${kind === 'postgres' ? 'n % 50 <> 0' : 'case when n % 50 <> 0 then 1 else 0 end'}
      from (${numbers(LOCAL)}) as l`,
    `insert into instagram_items (instagram_media_id, post_id, position, media_type, posted_at, media_item_id, is_poster, failure, failure_type, failure_count, failed_at)
      select item_id, ${postId('n', words)}, position, case when ${isVideo('n', 'position')} then 'VIDEO' else 'IMAGE' end, ${posted('n')},
        case when ${isFailed} then null else media_id end,
        case when n % 2000 = 90 then ${literal(true)} else ${literal(false)} end,
        case when ${isFailed} then 'gone' end, case when ${isFailed} then 'BackfillMediaNotFoundError' end,
        case when ${isFailed} then 1 else 0 end, case when ${isFailed} then ${moment('n % 1000')} end
      from items as i`,
    'drop table items',
    `insert into service_runs (service_name, method_name, started_at, completed_at, status, success)
      select 'PostingService', 'process_pending', ${moment('n')}, ${moment('n')}, 'completed', ${literal(true)} from (${numbers(OTHER_RUNS)}) as r`,
    `insert into service_runs (service_name, method_name, started_at, completed_at, status, success)
      select 'InstagramBackfillService', 'backfill', ${moment('250000 + n')}, ${moment('250000 + n')}, 'completed', ${literal(true)} from (${numbers(BACKFILLS)}) as r`,
    `insert into backfill_intervals (account_id, oldest_at, newest_at) select id, null, ${moment('0')} from instagram_accounts`,
    // A server does so by itself within minutes; SQLite's planner goes without.
    ...(kind === 'postgres' ? ['vacuum analyze'] : []),
  ];
}

/** Lends a database with a library of a million media items. */
export async function withMillion<T>(kind: 'sqlite' | 'postgres', use: (db: Database) => Promise<T>): Promise<T> {
  const made = await makeDatabase(kind);
  const db = await openDatabase(made.target);
  try {
    await migrate(db);
    for (const statement of statements(kind)) await sql.raw(statement).execute(db.query);
    return await use(db);
  } finally {
    await db.close();
    await made.remove();
  }
}
