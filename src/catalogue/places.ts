import type { Kysely } from 'kysely';
import type { Schema } from '../db/schema.ts';
import { chunks } from '../lib/chunks.ts';
import type { Place } from '../media/place.ts';

/** The place of a media item's file. */
export interface RecordedPlace extends Place {
  readonly mediaItemId: string;
}

/** Rows in one statement: well below the databases' limits on parameters. */
const BATCH = 500;

/** Records where the files of media items are, replacing what was recorded for them. */
export async function recordPlaces(query: Kysely<Schema>, places: readonly RecordedPlace[]): Promise<void> {
  for (const some of chunks(places, BATCH)) {
    await query
      .insertInto('media_places')
      .values(some.map(({ mediaItemId, store, key }) => ({ media_item_id: mediaItemId, store, key })))
      .onConflict((conflict) =>
        conflict
          .column('media_item_id')
          .doUpdateSet((row) => ({ store: row.ref('excluded.store'), key: row.ref('excluded.key') })),
      )
      .execute();
  }
}
