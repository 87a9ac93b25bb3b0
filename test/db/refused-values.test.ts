import { expect, test } from 'vitest';
import { DatabaseError } from '../../src/errors.ts';
import { mediaItem } from '../contract/database.ts';
import { eachDatabase } from '../support/databases.ts';

eachDatabase(({ kind, openMigrated }) => {
  const secret = 'a caption that nobody is to read in a log';
  const account = { id: crypto.randomUUID(), display_name: 'a', instagram_account_id: '1' };

  test('a value that the database cannot take is an error of ours, which does not tell the value', async () => {
    const { query } = await openMigrated();
    const post = { instagram_media_id: '1', source: 'feed', media_type: 'IMAGE' } as const;
    const refused: (readonly [string, () => Promise<unknown>])[] = [
      [
        'forbid',
        () =>
          query
            .insertInto('instagram_posts')
            .values({ ...post, source: secret as never })
            .execute(),
      ],
      [
        'refers to a missing one',
        () =>
          query
            .insertInto('instagram_items')
            .values({ instagram_media_id: '2', post_id: '9', position: 1, media_type: secret })
            .execute(),
      ],
      [
        'forbid',
        () =>
          query
            .insertInto('media_items')
            .values({ ...mediaItem({}), file_path: null as never, caption: secret })
            .execute(),
      ],
      ...(kind === 'postgres'
        ? ([
            [
              'too large',
              () =>
                query
                  .insertInto('instagram_posts')
                  .values({ ...post, like_count: 2 ** 31, caption: secret })
                  .execute(),
            ],
            [
              'too long',
              () =>
                query
                  .insertInto('instagram_accounts')
                  .values({ ...account, display_name: secret.repeat(9) })
                  .execute(),
            ],
            [
              'too large',
              () =>
                query
                  .insertInto('instagram_posts')
                  .values({ ...post, caption: Array.from({ length: 300_000 }, (_, n) => `${secret}${n}`).join(' ') })
                  .execute(),
            ],
            ['cannot store', () => query.selectFrom('media_items').select('id').where('id', '=', secret).execute()],
          ] as const)
        : []),
    ];
    for (const [words, attempt] of refused) {
      const error = await attempt().catch((thrown: unknown) => thrown);
      expect(error, words).toBeInstanceOf(DatabaseError);
      const { message, hint, stack, cause } = error as DatabaseError;
      expect(message).toContain(words);
      expect(JSON.stringify([message, hint, stack, String(cause)])).not.toContain(secret);
    }
  });

  test('a second row of the same key stays what it is: it is expected', async () => {
    const { query } = await openMigrated();
    await query.insertInto('instagram_accounts').values(account).execute();
    const again = query
      .insertInto('instagram_accounts')
      .values({ ...account, id: crypto.randomUUID() })
      .execute();
    await expect(again).rejects.not.toBeInstanceOf(DatabaseError);
  });
});
