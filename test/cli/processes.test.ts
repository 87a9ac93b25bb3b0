import { afterEach, beforeEach, expect, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { type Cli, cli, databaseUrl, settingsFor } from '../support/cli.ts';
import { eachDatabase } from '../support/databases.ts';
import { images } from '../support/posts.ts';

eachDatabase((databases) => {
  let program: Cli;
  beforeEach(async () => {
    program = await cli({ DATABASE_URL: databaseUrl(await databases.createEmpty()) });
  });
  afterEach(() => program.close());

  test('processes that start at the same time on an empty database migrate it once', async () => {
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => program.run(['migrate', '--json'])));
    expect(outcomes.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual(
      Array.from({ length: 4 }, () => [0, '']),
    );
    const applied = outcomes.flatMap(({ stdout }) => JSON.parse(stdout).applied as string[]);
    expect(applied.length).toBe(new Set(applied).size);
    expect(applied).toContain('012_baseline');
    expect((await program.run(['migrate'])).stdout).toContain('up to date, at version 13');
  });

  test('of runs that start at the same time one continues, and the others name it', async () => {
    const sandbox = await startSandbox({ posts: images(3), stories: [], mediaLatencyMs: 3000 });
    try {
      Object.assign(program.environment, settingsFor(sandbox));
      const { account, tokens } = sandbox;
      await program.run(
        ['add-instagram-account', '--display-name', 'S', '--account-id', account.id, '--username', account.username],
        { input: tokens.facebook },
      );
      const outcomes = await Promise.all(
        Array.from({ length: 4 }, () => program.run(['backfill-instagram', '--quiet'])),
      );
      expect(outcomes.map(({ exitCode }) => exitCode).toSorted()).toEqual([0, 1, 1, 1]);
      const refused = outcomes.filter(({ exitCode }) => exitCode === 1);
      for (const { stderr } of refused) expect(stderr).toMatch(/already running: run [0-9a-f-]{36}/);
      const { media } = JSON.parse((await program.run(['list-media', '--json'])).stdout);
      expect(media).toHaveLength(3);
    } finally {
      await sandbox.close();
    }
  });

  test('many processes that read and write at the same time never hit a locked database', async () => {
    const add = (n: number) =>
      program.run(
        [
          'add-instagram-account',
          '--display-name',
          `N${n}`,
          '--account-id',
          `1784140000000000${n}`,
          '--username',
          `name${n}`,
        ],
        {
          input: `EAAtoken${'x'.repeat(30)}${n}`,
          // No server answers there: the owner of the token is not checked.
          environment: { META_GRAPH_BASE_URL: 'http://127.0.0.1:9', LOG_LEVEL: 'silent' },
        },
      );
    const outcomes = await Promise.all([
      ...[1, 2, 3].map(add),
      program.run(['backfill-status']),
      program.run(['list-media']),
      program.run(['list-instagram-accounts']),
    ]);
    expect(outcomes.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(outcomes.map(({ stderr }) => stderr).join('')).not.toContain('locked');
    expect(JSON.parse((await program.run(['list-instagram-accounts', '--json'])).stdout).accounts).toHaveLength(3);
  });
});
