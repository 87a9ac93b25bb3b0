import { expect, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { cli, settingsFor } from '../support/cli.ts';
import { images } from '../support/posts.ts';
import { startBotApi } from './bot-api/server.ts';
import { ADMIN, OFFICE } from './support.ts';

test('the built program answers, and on SIGTERM closes its run, says so, and ends well', async () => {
  const token = `123456:${'A'.repeat(35)}`;
  const api = await startBotApi({ token, pollTimeoutCap: 1 });
  api.meet(OFFICE, ADMIN);
  const sandbox = await startSandbox({ posts: images(60), mediaLatencyMs: 2000 });
  const it = await cli({
    ...settingsFor(sandbox),
    TELEGRAM_BOT_TOKEN: token,
    TELEGRAM_API_ROOT: api.url,
    ADMIN_TELEGRAM_CHAT_ID: String(OFFICE.id),
    LOG_LEVEL: 'debug',
  });
  try {
    await it.run(['instagram-auth', '--manual'], { input: sandbox.tokens.facebook });
    const { child, outcome } = it.start(['serve', '--port', '0']);
    await api.waitFor('the bot', () => api.isPolled());
    api.say(ADMIN, OFFICE, '/backfill');
    await api.waitForMessage(OFFICE.id, /Instagram backfill/);
    child.kill('SIGTERM');
    const { exitCode, stdout, stderr } = await outcome;
    expect(exitCode).toBe(0);
    expect(api.conversation(OFFICE.id)).toContain('Stopped: Interrupted');
    expect(stdout + stderr).not.toContain('A'.repeat(35));
    const status = await it.run(['backfill-status', '--json']);
    expect(JSON.parse(status.stdout).last_run).toMatchObject({ status: 'interrupted', triggered_by: 'telegram' });
  } finally {
    await it.close();
    await sandbox.close();
    await api.close();
  }
});
