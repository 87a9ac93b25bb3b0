import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Fault } from '../../src/sandbox/server.ts';
import { eachDatabase } from '../support/databases.ts';
import { idOf, images } from '../support/posts.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

/** Words from outside, and what each would do if they were told as they came. */
const WORDS: Readonly<Record<string, string>> = {
  'clears the screen': '\u001b[2J\u001b[H',
  'sets the title': '\u001b]0;mine\u0007',
  'the same in one byte': '\u009b2J\u009d0;mine\u009c',
  'forges an error': 'x\nError: forged',
  'forges a line of the log': 'x\r\nwarn: forged\rerror: forged',
  'forges lines by other separators': 'x\u2028Error: forged\u2029Error: forged\u0085Error: forged\u000bError: forged',
  'turns the text around': '\u202eforged\u202c \u2066forged\u2069',
  'rings and rubs out': '\u0007\u0008\u0008\u0008\u007f',
  'ends a C string': 'x\0forged',
  'has half a character': 'x\ud83dforged',
};
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/;
/** Lines of our own begin so too, but say something else. */
const FORGED = /^\s*(error|warn|info): forged/im;

const faults = (words: string): readonly (readonly Fault[])[] => [
  [{ kind: 'error', code: 10, status: 403, message: words }],
  [{ kind: 'error', code: 190, status: 400, message: words }],
  [{ kind: 'error', code: 100, status: 400, message: words, match: { endpoint: 'media-edge' } }],
  [{ kind: 'error', code: 2, status: 500, message: words.repeat(2000) }],
  [{ kind: 'error', code: 80002, status: 403, message: words, match: { endpoint: 'account' } }],
  [{ kind: 'wrong-shape', body: { data: [{ id: words, [words]: words }] } }],
  [{ kind: 'wrong-shape', body: { error: { message: words, fbtrace_id: words } } }],
  [{ kind: 'raw-fields', fields: { media_type: words } }],
  [{ kind: 'raw-fields', fields: { media_url: `https://${words}/x` }, match: { ids: [idOf(1)] } }],
  [{ kind: 'raw-fields', fields: { media_url: words }, match: { ids: [idOf(1)] } }],
  [{ kind: 'raw-fields', fields: { caption: words, username: words } }],
];

/** Every text in a value, keys too; a database may give JSON as a text. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return value.startsWith('{') ? textsIn(JSON.parse(value)) : [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => [key, ...textsIn(one)]);
}

eachDatabase(({ create }) => {
  test.each(Object.entries(WORDS))('text from outside that %s does so nowhere', async (_, words) => {
    const target = await create();
    const log: string[] = [];
    const it: TestApp = await testApp({
      posts: images(3),
      database: target,
      environment: { LOG_LEVEL: 'debug' },
      log: (line) => log.push(line),
    });
    try {
      const told: string[] = [];
      const type = async (...args: string[]) => {
        const { stdout, stderr } = await it.type(args);
        told.push(stdout, stderr);
        return stdout;
      };
      for (const some of faults(words)) {
        it.sandbox.setFaults(some);
        await type('backfill-instagram', '--verbose');
        const document = JSON.parse(await type('backfill-instagram', '--json'));
        expect(JSON.stringify([document.error, document.result.error_details]).length).toBeLessThan(6000);
        await type('instagram-status');
        await type('instagram-status', '--json');
      }
      it.sandbox.setFaults([]);
      await type('backfill-instagram');
      for (const command of ['backfill-status', 'list-media', 'list-instagram-accounts']) {
        await type(command);
        await type(command, '--json');
      }
      // The frames of tables have colours on terminals only, and this is none.
      const all = [...told, ...log].join('\n').replaceAll('\n', '␊');
      expect(
        all.match(UNSAFE)?.index,
        all.slice(Math.max(0, all.search(UNSAFE) - 200), all.search(UNSAFE) + 50),
      ).toBeUndefined();
      for (const text of [...told, ...log]) expect(text).not.toMatch(FORGED);
      const columns = [
        sql`select error_message as text from service_runs where error_message is not null`,
        sql`select result_summary as text from service_runs where result_summary is not null`,
      ];
      for (const column of columns) {
        const { rows } = await column.execute(it.app.db.query);
        expect(rows.length).toBeGreaterThan(0);
        for (const text of textsIn(rows)) expect(text).not.toMatch(UNSAFE);
      }
    } finally {
      await it.close();
    }
  });
});
