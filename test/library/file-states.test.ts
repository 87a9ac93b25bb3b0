import { expect, test } from 'vitest';
import { fileOverview, noteFileCheck, noteFileState, noteFileStates } from '../../src/library/file-states.ts';
import { mediaItem } from '../contract/database.ts';
import { eachDatabase } from '../support/databases.ts';

const first = new Date('2026-01-01T12:00:00Z');
const later = new Date('2026-01-02T12:00:00Z');

eachDatabase((databases) => {
  test('a state is kept only while a file is not as it was stored', async () => {
    const db = await databases.openMigrated();
    const rows = await db.query
      .insertInto('media_items')
      .values([1, 2, 3].map(() => mediaItem()))
      .returning('id')
      .execute();
    const [one = '', two = '', three = ''] = rows.map(({ id }) => id);
    const states = () =>
      db.query.selectFrom('media_file_states').selectAll().orderBy('noted_at').orderBy('state').execute();

    await noteFileStates(
      db,
      new Map([
        [one, 'missing'],
        [two, 'altered'],
        [three, undefined],
      ] as const),
      first,
    );
    expect(await states()).toEqual([
      { media_item_id: two, state: 'altered', noted_at: first },
      { media_item_id: one, state: 'missing', noted_at: first },
    ]);
    expect(await fileOverview(db)).toMatchObject({ missing: 1, altered: 1 });

    await noteFileState(db, one, undefined, later);
    await noteFileState(db, two, 'missing', later);
    // Not in the library: nothing to remember.
    await noteFileState(db, '00000000-0000-4000-8000-000000000000', 'missing', later);
    expect(await states()).toEqual([{ media_item_id: two, state: 'missing', noted_at: later }]);

    await db.query.deleteFrom('media_items').where('id', '=', two).execute();
    expect(await states()).toEqual([]);
  });

  test('a look at files takes the place of the one before it', async () => {
    const db = await databases.openMigrated();
    const check = { scope: 'library', kind: 'verify', checkedAt: first, files: 5, missing: 1, altered: 1 } as const;
    await noteFileCheck(db, check);
    await noteFileCheck(db, { ...check, checkedAt: later, missing: 0 });
    expect((await fileOverview(db)).checks).toEqual([{ ...check, checkedAt: later, missing: 0 }]);
  });
});
