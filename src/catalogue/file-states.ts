import type { Database } from '../db/open.ts';
import { chunks } from '../lib/chunks.ts';

/** How a media item's file differs from what was stored. Moments are of the database's clock, as those of runs are. */
export type FileState = 'missing' | 'altered';

/** The scope of a look at the files of every account. */
export const WHOLE_LIBRARY = 'library';

/** The result of a look at files: how many were looked at, and how many of them are not as they were stored. */
export interface FileCheck {
  /** Our id of an account, or {@link WHOLE_LIBRARY}. */
  readonly scope: string;
  /** `run`: sizes only, of the posts that were listed; `verify`: every byte. */
  readonly kind: 'run' | 'verify';
  readonly checkedAt: Date;
  readonly files: number;
  readonly missing: number;
  readonly altered: number;
}

/** Rows in one statement: well below the databases' limits on parameters. */
const ROWS_PER_STATEMENT = 500;

/** Remembers that a media item's file is not as it was stored; `undefined` forgets it: the file is there again. */
export const noteFileState = (db: Database, mediaItemId: string, state: FileState | undefined): Promise<void> =>
  noteFileStates(db, new Map([[mediaItemId, state]]));

/** The same for many media items, in a few statements. Items that are no longer in the library are skipped. */
export async function noteFileStates(
  { query, dialect }: Database,
  states: ReadonlyMap<string, FileState | undefined>,
): Promise<void> {
  if (states.size === 0) return;
  await query.transaction().execute(async (transaction) => {
    for (const some of chunks([...states], ROWS_PER_STATEMENT)) {
      await transaction
        .deleteFrom('media_file_states')
        .where(
          'media_item_id',
          'in',
          some.map(([id]) => id),
        )
        .execute();
    }
    for (const state of ['missing', 'altered'] as const) {
      const ids = [...states].flatMap(([id, noted]) => (noted === state ? [id] : []));
      for (const some of chunks(ids, ROWS_PER_STATEMENT)) {
        await transaction
          .insertInto('media_file_states')
          .columns(['media_item_id', 'state', 'noted_at'])
          .expression((from) =>
            from
              .selectFrom('media_items')
              .select((row) => ['id', row.val(state).as('state'), dialect.now.as('noted_at')])
              .where('id', 'in', some),
          )
          // Another process may have noted it meanwhile.
          .onConflict((conflict) => conflict.column('media_item_id').doUpdateSet({ state, noted_at: dialect.now }))
          .execute();
      }
    }
  });
}

/** Remembers a look at files that has just ended, in the place of an earlier one of the same scope. */
export async function noteFileCheck({ query, dialect }: Database, check: Omit<FileCheck, 'checkedAt'>): Promise<void> {
  const { scope, kind, files, missing, altered } = check;
  const noted = { kind, files, missing, altered, checked_at: dialect.now };
  await query
    .insertInto('file_checks')
    .values({ scope, ...noted })
    .onConflict((conflict) => conflict.column('scope').doUpdateSet(noted))
    .execute();
}

/** What is remembered of the files: the last look of each scope, and how many are known to differ now. */
export async function fileOverview({ query }: Database) {
  const rows = await query.selectFrom('file_checks').selectAll().orderBy('checked_at', 'desc').execute();
  const checks = rows.map(({ checked_at: checkedAt, ...check }): FileCheck => ({ ...check, checkedAt }));
  const counts = await query
    .selectFrom('media_file_states')
    .select((row) => ['state', row.fn.countAll<number>().as('count')])
    .groupBy('state')
    .execute();
  const of = (state: FileState) => Number(counts.find((count) => count.state === state)?.count ?? 0);
  return { checks, missing: of('missing'), altered: of('altered') };
}
