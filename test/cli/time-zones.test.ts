import { afterEach, beforeEach, expect, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { type Cli, cli, databaseUrl, settingsFor } from '../support/cli.ts';
import { eachDatabase } from '../support/databases.ts';
import { images } from '../support/posts.ts';

/** All times are the same in every time zone of the machine. */
eachDatabase((databases) => {
  let program: Cli;
  beforeEach(async () => {
    program = await cli();
  });
  afterEach(() => program.close());

  test.each(['America/New_York', 'Asia/Kolkata', 'Pacific/Auckland'])('in %s as in UTC', async (TZ) => {
    const DATABASE_URL = databaseUrl(await databases.create());
    const sandbox = await startSandbox({ posts: images(4) });
    Object.assign(program.environment, settingsFor(sandbox), { DATABASE_URL });
    const { account, tokens } = sandbox;
    await program.run(
      ['add-instagram-account', '--display-name', 'S', '--account-id', account.id, '--username', account.username],
      { input: tokens.facebook },
    );

    const before = Date.now();
    const run = await program.run(['backfill-instagram', '--since', '2026-01-02', '--json'], { environment: { TZ } });
    expect(JSON.parse(run.stdout)).toMatchObject({ since: '2026-01-02T00:00:00.000Z', result: { downloaded: 3 } });

    for (const zone of [TZ, 'UTC']) {
      const { media } = JSON.parse((await program.run(['list-media', '--json'], { environment: { TZ: zone } })).stdout);
      expect(media.map(({ posted_at }: { posted_at: string }) => posted_at)).toEqual(
        [4, 3, 2].map((day) => `2026-01-0${day}T12:00:00.000Z`),
      );
      expect(media[0].file_name).toMatch(/^20260104_120000_/);
      const status = JSON.parse(
        (await program.run(['backfill-status', '--json'], { environment: { TZ: zone } })).stdout,
      );
      expect(status.last_run.status).toBe('completed');
      expect(Math.abs(Date.parse(status.last_run.started_at) - before)).toBeLessThan(60_000);
    }
    const again = await program.run(['backfill-instagram', '--incremental', '--json'], {
      environment: { TZ: 'Asia/Kolkata' },
    });
    expect(JSON.parse(again.stdout).result).toMatchObject({ downloaded: 1 });
    await sandbox.close();
  });
});
