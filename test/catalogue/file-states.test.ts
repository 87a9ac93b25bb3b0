import { expect, test } from 'vitest';
import { fileOverview, noteFileCheck, noteFileState, noteFileStates } from '../../src/catalogue/file-states.ts';
import { mediaItem } from '../contract/database.ts';
import { eachDatabase } from '../support/databases.ts';

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
      db.query.selectFrom('media_file_states').select(['media_item_id', 'state']).orderBy('state').execute();

    await noteFileStates(
      db,
      new Map([
        [one, 'missing'],
        [two, 'altered'],
        [three, undefined],
      ] as const),
    );
    expect(await states()).toEqual([
      { media_item_id: two, state: 'altered' },
      { media_item_id: one, state: 'missing' },
    ]);
    expect(await fileOverview(db)).toMatchObject({ missing: 1, altered: 1 });

    await noteFileState(db, one, undefined);
    await noteFileState(db, two, 'missing');
    // Not in the library: nothing to remember.
    await noteFileState(db, '00000000-0000-4000-8000-000000000000', 'missing');
    expect(await states()).toEqual([{ media_item_id: two, state: 'missing' }]);

    await db.query.deleteFrom('media_items').where('id', '=', two).execute();
    expect(await states()).toEqual([]);
  });

  test('a look at files takes the place of the one before it', async () => {
    const db = await databases.openMigrated();
    const check = { scope: 'library', kind: 'verify', files: 5, missing: 1, altered: 1 } as const;
    await noteFileCheck(db, check);
    await noteFileCheck(db, { ...check, missing: 0 });
    const { checks } = await fileOverview(db);
    expect(checks).toMatchObject([{ ...check, missing: 0 }]);
    // By the database's clock.
    const { now } = await db.query.selectNoFrom(db.dialect.now.as('now')).executeTakeFirstOrThrow();
    expect(Math.abs((checks[0]?.checkedAt.getTime() ?? 0) - now.getTime())).toBeLessThan(30 * 60_000);
  });
});
