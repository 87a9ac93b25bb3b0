import type { Database } from '../db/open.ts';

/** Wrong passwords from one origin, and the time of the last one. */
export interface Tries {
  readonly wrong: number;
  readonly lastAt: Date;
}

/** Stores wrong passwords, so that they count after a restart too. */
export interface LoginTries {
  /** Origins without wrong passwords are left out. */
  read(origins: readonly string[]): Promise<ReadonlyMap<string, Tries>>;
  write(origins: ReadonlyMap<string, Tries>): Promise<void>;
  forget(origin: string): Promise<void>;
}

/** Milliseconds without a wrong password after which an origin is forgotten. */
export const FORGOTTEN = 60 * 60_000;

export function createLoginTries({ query }: Database): LoginTries {
  return {
    async read(origins) {
      const rows = await query.selectFrom('web_login_tries').selectAll().where('origin', 'in', origins).execute();
      return new Map(rows.map(({ origin, wrong, last_at }) => [origin, { wrong, lastAt: last_at }]));
    },
    async write(origins) {
      const [first] = origins.values();
      if (!first) return;
      const rows = [...origins].map(([origin, { wrong, lastAt }]) => ({ origin, wrong, last_at: lastAt }));
      await query
        .insertInto('web_login_tries')
        // Sorted, so that parallel writers cannot deadlock.
        .values(rows.toSorted((one, other) => (one.origin < other.origin ? -1 : 1)))
        .onConflict((conflict) =>
          conflict.column('origin').doUpdateSet((row) => ({
            wrong: row.ref('excluded.wrong'),
            last_at: row.ref('excluded.last_at'),
          })),
        )
        .execute();
      // Rows from the future were written with a wrong clock.
      const time = first.lastAt.getTime();
      await query
        .deleteFrom('web_login_tries')
        .where((row) =>
          row.or([row('last_at', '<', new Date(time - FORGOTTEN)), row('last_at', '>', new Date(time + FORGOTTEN))]),
        )
        .execute();
    },
    async forget(origin) {
      await query.deleteFrom('web_login_tries').where('origin', '=', origin).execute();
    },
  };
}
