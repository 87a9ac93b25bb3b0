import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DatabaseTarget, openDatabase } from '../../src/db/open.ts';
import type { Fault, Sandbox } from '../../src/sandbox/server.ts';
import { databaseUrl, PROGRAM, settingsFor } from '../support/cli.ts';
import { eachDatabase } from '../support/databases.ts';
import { album, idOf, image, images, video } from '../support/posts.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

const posts = [
  ...images(30).slice(0, 25),
  video(5),
  album(4, 4),
  image(3),
  video(2, { withoutMediaUrl: true }),
  image(1),
];
const COMMANDS = ['backfill-status', 'list-media', 'list-instagram-accounts', 'instagram-status', 'check-health'];
const FOREIGN_TOKEN = 'EAAofAnotherAccount12345678';

eachDatabase(({ create }) => {
  let it: TestApp;
  let target: DatabaseTarget;
  let heard: string;
  beforeEach(async () => {
    heard = '';
    target = await create();
    it = await testApp({
      posts,
      stories: [],
      maxPageSize: 10,
      database: target,
      environment: { LOG_LEVEL: 'debug' },
      log: (line) => {
        heard += `${line}\n`;
      },
    });
  });
  afterEach(() => it.close());

  const type = async (...args: string[]): Promise<void> => {
    const { stdout, stderr } = await it.type(args);
    heard += stdout + stderr;
  };

  /** Types a command as users do, and hears what the process list shows meanwhile too. */
  const typeOutside = async (args: readonly string[], input = ''): Promise<void> => {
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      cwd: it.config.home,
      env: { STORYLINE_HOME: it.config.home, ...settingsFor(it.sandbox), DATABASE_URL: databaseUrl(target) },
    });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (heard += text));
    const shown = new Set<string>();
    const watch = setInterval(() => shown.add(commandLineOf(child.pid)), 10);
    child.stdin.end(input);
    await once(child, 'close');
    clearInterval(watch);
    heard += [...shown].join('\n');
  };

  test('no secret is told or written, when all goes wrong at the most talkative level', async () => {
    const { account, tokens } = it.sandbox;
    const add = ['add-instagram-account', '--display-name', 'Studio', '--username', account.username, '--account-id'];
    await typeOutside([...add, account.id], tokens.facebook);
    await typeOutside([...add, '17841499999999999'], FOREIGN_TOKEN);
    for (const faults of worst(it.sandbox)) {
      it.sandbox.setFaults(faults);
      await type('backfill-instagram', '--verbose', '--json', '--account-id', account.id);
      await type('backfill-instagram', '--retry-failed', '--account-id', account.id);
      await type('instagram-status');
      it.sandbox.restoreToken();
    }
    it.sandbox.setFaults([]);
    await typeOutside(['backfill-instagram', '--verbose', '--account-id', account.id]);
    for (const command of COMMANDS) {
      await type(command);
      await type(command, '--json');
    }
    await type('verify-library', '--repair');
    await type('rotate-keys');

    const secrets = secretsOf(it.sandbox, it.config.keyFile);
    expect(secrets.length).toBeGreaterThan(50);
    const written = {
      'what was said': heard,
      'the database': await dump(target),
      'the files': textsIn(it.config.home),
    };
    for (const [where, text] of Object.entries(written)) {
      expect(text.length, where).toBeGreaterThan(1000);
      for (const secret of secrets) expect(text.includes(secret), `${secret.slice(0, 12)}… in ${where}`).toBe(false);
      expect(text, where).not.toMatch(/[?&](oh|access_token)=(?!\*)/);
    }
    expect(heard).toContain('Malformed access token ***');
    expect(heard).toContain('debug: ');
    expect(heard).toContain('add-instagram-account --display-name');
  });
});

/** Faults that bring a secret near what is told: in messages, in redirects, in bodies. */
function worst({ tokens, url }: Sandbox): Fault[][] {
  const token = tokens.facebook;
  const signed = `${url}/cdn/v/x.jpg?oh=00_AfSignatureSignatureSignature&oe=7FFFFFFF&access_token=${token}`;
  return [
    [{ kind: 'expired', match: { endpoint: 'download' } }],
    [
      {
        kind: 'redirect',
        to: `https://example.com/x?access_token=${token}&oh=00_AfSignatureSignatureSignature`,
        match: { endpoint: 'download', share: 0.5 },
      },
    ],
    [{ kind: 'status', status: 503, body: signed, match: { endpoint: 'download', share: 0.5 } }],
    [{ kind: 'reset', afterBytes: 100, match: { endpoint: ['download', 'cover'], share: 0.6 } }],
    [{ kind: 'error', code: 190, status: 400, message: `Malformed access token ${token}`, match: { from: 2 } }],
    [{ kind: 'error', code: 100, status: 400, message: `Unsupported get request to ${signed}`, match: { from: 2 } }],
    [{ kind: 'error', code: 4, status: 400, message: `Too many calls with Bearer ${token}`, match: { from: 2 } }],
    [{ kind: 'not-json', body: `<html>${signed}</html>` }],
    [{ kind: 'wrong-shape', body: { data: [{ id: 7, media_url: signed }], paging: { next: signed } } }],
    [{ kind: 'wrong-shape', body: { data: [{ id: '7', media_type: { [signed]: signed } }] } }],
    [{ kind: 'raw-fields', fields: { id: signed }, match: { ids: [idOf(30), idOf(29)] } }],
    [{ kind: 'raw-fields', fields: { media_url: `ftp://${token}@${signed}` } }],
    [{ kind: 'raw-fields', fields: { timestamp: signed }, match: { ids: [idOf(27)] } }],
    [{ kind: 'redirect', to: signed, match: { endpoint: 'media-edge' } }],
    [{ kind: 'token-revoked', subcode: 460 }],
    [{ kind: 'reset', match: { endpoint: 'media-edge' } }],
  ];
}

/** Tokens, the keys under which they rest, and the signature of every link that was used. */
function secretsOf({ tokens, requests }: Sandbox, keyFile: string): string[] {
  const keys = readFileSync(keyFile, 'utf8')
    .trim()
    .split(/[\s,]+/);
  const signatures = requests.flatMap(({ query }) => query.oh ?? []);
  return [...new Set([tokens.facebook, tokens.instagram, FOREIGN_TOKEN, ...keys, ...signatures])];
}

function commandLineOf(pid: number | undefined): string {
  const path = `/proc/${pid}/cmdline`;
  try {
    return existsSync(path) ? readFileSync(path, 'utf8').replaceAll('\0', ' ') : '';
  } catch {
    return '';
  }
}

/** Every value of every table, as text. */
async function dump(target: DatabaseTarget): Promise<string> {
  const { query, close } = await openDatabase(target);
  try {
    const tables = await query.introspection.getTables();
    const rows = await Promise.all(tables.map(({ name }) => sql`select * from ${sql.table(name)}`.execute(query)));
    return JSON.stringify(rows.map((one) => one.rows));
  } finally {
    await close();
  }
}

/** The text of all files but the key itself; media are read as text too. */
function textsIn(folder: string): string {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name !== 'secret.key')
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');
}
