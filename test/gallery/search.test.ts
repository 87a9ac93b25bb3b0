import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { migrate } from '../../src/db/migrate.ts';
import type { Database } from '../../src/db/open.ts';
import { parseSearch } from '../../src/gallery/search.ts';
import { eachDatabase } from '../support/databases.ts';
import { addAccount, found, note, post } from './support.ts';

describe('what was typed', () => {
  test.each([
    ['Blue hour', { words: ['Blue', 'hour'], hashtags: [], texts: [] }],
    ['#golden_hour sea', { words: ['sea'], hashtags: ['golden_hour'], texts: [] }],
    ['@anna.b', { words: ['anna', 'b'], hashtags: [], texts: [] }],
    ['a_b', { words: ['a', 'b'], hashtags: [], texts: [] }],
    ['"sea" OR -sky NEAR(x*)', { words: ['sea', 'OR', 'sky', 'NEAR', 'x'], hashtags: [], texts: [] }],
    ['夕焼け and', { words: ['and'], hashtags: [], texts: ['夕焼け'] }],
    ['#夕焼け', { words: [], hashtags: ['夕焼け'], texts: [] }],
    ['❤️', { words: [], hashtags: [], texts: ['❤️'] }],
    ['❤️love', { words: ['love'], hashtags: [], texts: [] }],
    [' *** ', { words: [], hashtags: [], texts: ['***'] }],
    ['#___', { words: [], hashtags: [], texts: ['#___'] }],
  ])('%s', (typed, search) => {
    expect(parseSearch(typed)).toEqual(search);
  });
});

eachDatabase((databases) => {
  const CAPTIONS: Record<number, string> = {
    1: 'First frost on the ridge ❄️',
    2: 'Golden light. #golden_hour#sunset 🌅',
    3: 'Sonnenuntergang über dem Müggelsee, schöne Grüße! #Sunset2026',
    4: 'no tag: sunset, golden hour (again)',
    5: '夕焼けがきれいでした #夕焼け',
    6: 'with @anna.berg at www.example.com/sunrise and 100% <b>joy</b> it’s',
    7: '❤️love #GoldenHour',
    8: 'سماء المساء فوق المدينة 🌆 #غروب،',
    9: 'ÜBERALL Caf\u00e9 #caf\u00e9',
    10: 'a_b c-d #under_score',
    11: 'สวัสดีชาวโลก',
    12: 'Ελληνικά και Русский текст',
  };
  const filled = async (): Promise<{ db: Database; account: string }> => {
    const db = await databases.openMigrated();
    const account = await addAccount(db);
    await note(
      db,
      account,
      Object.entries(CAPTIONS).map(([day, caption]) => post(Number(day), { caption })),
    );
    await note(db, account, [post(20)]);
    return { db, account };
  };

  test('all words have to match, by their beginnings and in any case', async () => {
    const { db } = await filled();
    const search = (typed: string) => found(db, { search: typed });
    expect(await search('frost')).toEqual([1]);
    expect(await search('FRO rid')).toEqual([1]);
    expect(await search('rost')).toEqual([]);
    expect(await search('golden')).toEqual([7, 4, 2]);
    expect(await search('golden hour')).toEqual([4, 2]);
    expect(await search('sunset')).toEqual([4, 3, 2]);
    expect(await search('über')).toEqual([9, 3]);
    expect(await search('ÜBERALL')).toEqual([9]);
    expect(await search('müggel')).toEqual([3]);
    expect(await search('grüß')).toEqual([3]);
    expect(await search('@anna')).toEqual([6]);
    expect(await search('anna.berg')).toEqual([6]);
    expect(await search('example sunrise')).toEqual([6]);
    expect(await search('joy')).toEqual([6]);
    expect(await search('love')).toEqual([7]);
    expect(await search('المدينة')).toEqual([8]);
    expect(await search('рус ΕΛΛ')).toEqual([12]);
    expect(await search('under_sc')).toEqual([10]);
  });

  test('# finds hashtags; scripts without spaces and text without letters are found letter by letter', async () => {
    const { db } = await filled();
    const search = (typed: string) => found(db, { search: typed });
    expect(await search('#sunset')).toEqual([3, 2]);
    expect(await search('#golden')).toEqual([7, 2]);
    expect(await search('#golden_hour light')).toEqual([2]);
    expect(await search('きれい')).toEqual([5]);
    expect(await search('夕焼け')).toEqual([5]);
    expect(await search('#夕焼け')).toEqual([5]);
    expect(await search('ชาว')).toEqual([11]);
    expect(await search('🌅')).toEqual([2]);
    expect(await search('❄️')).toEqual([1]);
    expect(await search('%')).toEqual([6]);
    expect(await search('_')).toEqual([10, 2]);
  });

  test('a hashtag matches as a whole, in any case', async () => {
    const { db } = await filled();
    const hashtag = (name: string) => found(db, { hashtag: name });
    expect(await hashtag('golden_hour')).toEqual([2]);
    expect(await hashtag('GOLDEN_HOUR')).toEqual([2]);
    expect(await hashtag('golden')).toEqual([]);
    expect(await hashtag('hour')).toEqual([]);
    expect(await hashtag('sunset')).toEqual([2]);
    expect(await hashtag('goldenhour')).toEqual([7]);
    expect(await hashtag('夕焼け')).toEqual([5]);
    expect(await hashtag('夕焼')).toEqual([]);
    expect(await hashtag('غروب')).toEqual([8]);
    expect(await hashtag('caf\u00c9')).toEqual([9]);
    expect(await hashtag('caf')).toEqual([]);
    expect(await hashtag('___')).toEqual([]);
  });

  test('a changed caption is found by its new words only', async () => {
    const { db, account } = await filled();
    await note(db, account, [
      post(1, { caption: 'Thaw at last #spring' }),
      post(2),
      post(20, { caption: 'late words' }),
    ]);
    expect(await found(db, { search: 'frost' })).toEqual([]);
    expect(await found(db, { search: 'thaw' })).toEqual([1]);
    expect(await found(db, { hashtag: 'spring' })).toEqual([1]);
    // Listed without a caption: what is known of it stays.
    expect(await found(db, { search: 'golden' })).toEqual([7, 4, 2]);
    expect(await found(db, { search: 'late' })).toEqual([20]);
    // Seen again as it is.
    await note(db, account, [post(1, { caption: 'Thaw at last #spring' })]);
    expect(await found(db, { search: 'thaw' })).toEqual([1]);
  });

  test('a removed post is not found, and its place in the index can be reused', async () => {
    const { db, account } = await filled();
    await db.query.deleteFrom('instagram_posts').where('instagram_media_id', '=', post(1).id).execute();
    expect(await found(db, { search: 'frost' })).toEqual([]);
    await note(db, account, [post(1, { caption: 'back again' })]);
    expect(await found(db, { search: 'frost' })).toEqual([]);
    expect(await found(db, { search: 'back' })).toEqual([1]);
  });

  test('captions of an older library are found', async () => {
    const target = await databases.create();
    const before = await databases.open(target);
    await migrate(before);
    const account = await addAccount(before);
    await undoGallery(before);
    await before.query
      .insertInto('instagram_posts')
      .values([
        {
          instagram_media_id: post(1).id,
          account_id: account,
          source: 'feed',
          media_type: 'IMAGE',
          caption: 'old #words_here',
        },
        { instagram_media_id: post(2).id, account_id: account, source: 'feed', media_type: 'IMAGE' },
      ])
      .execute();
    expect((await migrate(before)).applied).toEqual(['005_gallery', '016_runs_of_any_kind']);
    expect(await found(before, { search: 'ol wor' })).toEqual([1]);
    expect(await found(before, { hashtag: 'words_here' })).toEqual([1]);
    await note(before, account, [post(2, { caption: 'new words' })]);
    expect(await found(before, { search: 'words' })).toEqual([2, 1]);
  });

  test('no input causes an error, and each finds the posts with exactly these words', async () => {
    const { db, account } = await filled();
    const letters = 'abcXYZ0189äößÉñçøłğıΑωςЖщبمשקह한글é';
    const word = fc.string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength: 8 });
    const sign = fc.constantFrom(
      ' ',
      ' "',
      '" ',
      ' -',
      '* ',
      ' OR ',
      ' NEAR(',
      ') ',
      ': ',
      " ' ",
      ' \\ ',
      ' 🌅',
      '❤️ ',
      ' #',
      ' & ',
      ' | ',
      ' !',
      '\n',
      ' 夕 ',
      ' caption:',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(word, { minLength: 1, maxLength: 5 }),
        fc.array(sign, { minLength: 5, maxLength: 5 }),
        async (words, signs) => {
          await note(db, account, [post(30, { caption: `Before. ${words.join(', ')}! after` })]);
          const typed = words
            .map((text, at) => `${text} `.concat(signs[at]?.replace(/OR|NEAR|caption|夕|#/g, '') ?? ''))
            .join('');
          expect(await found(db, { search: typed })).toContain(30);
          expect(await found(db, { search: words[0] })).toContain(30);
          await found(db, { search: words.map((text, at) => text + (signs[at] ?? '')).join('') });
        },
      ),
      { numRuns: 60 },
    );
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }), async (typed) => {
        await found(db, { search: typed });
      }),
      { numRuns: 60 },
    );
    await found(db, { search: 'a '.repeat(100) });
  });
});

/** The database as it was before it had an index of words. */
async function undoGallery({ query, dialect }: Database): Promise<void> {
  const drop = [
    ...(dialect.kind === 'sqlite'
      ? ['added', 'changed', 'removed'].map((what) => `drop trigger instagram_posts_text_${what}`)
      : []),
    ...(dialect.kind === 'sqlite' ? ['drop table instagram_texts_index', 'drop table instagram_texts'] : []),
    'drop index idx_instagram_posts_kind',
    'drop index idx_instagram_posts_likes',
    'drop index idx_instagram_posts_account_posted_at',
    'drop index idx_instagram_items_missing',
    'drop index idx_media_items_sizes',
    'alter table instagram_posts drop column kind',
    ...(dialect.kind === 'sqlite' ? [] : ['alter table instagram_posts drop column words']),
    'drop table run_locks',
    'drop index idx_service_runs_whole_walks',
    'create table backfill_locks (account_id uuid primary key, run_id uuid, holder text, triggered_by text, acquired_at timestamp, heartbeat_at timestamp)',
    'drop table media_measures',
    'drop table web_access',
    'drop table web_sessions',
    'drop table web_browsers',
    'drop table web_login_tries',
    "delete from storyline_migrations where name in ('005_gallery', '016_runs_of_any_kind')",
  ];
  await query.transaction().execute(async (transaction) => {
    for (const statement of drop) await dialect.runScript(transaction, statement);
  });
}
