import { expect, test } from 'vitest';
import { eachDatabase } from '../support/databases.ts';
import { images } from '../support/posts.ts';
import { until } from '../support/until.ts';
import { ADMIN, converse, ELSEWHERE, GROUP, MEMBER, OFFICE, STRANGER } from './support.ts';

/** What the bot asks of its database, the same on each kind. */
eachDatabase((databases) => {
  test('a conversation, who may take part in it, and what is recorded of it', async () => {
    const { api, it, stop, start } = await converse({ posts: images(4), database: await databases.create() });
    api.say(ADMIN, OFFICE, '/backfill');
    await api.waitForMessage(OFFICE.id, /Done/);
    api.say(STRANGER, ELSEWHERE, '/status');
    await api.waitForMessage(ELSEWHERE.id, /Sorry/);
    api.say(ADMIN, GROUP, '/enable');
    await api.waitForMessage(GROUP.id, /can now command me/);
    api.say(MEMBER, GROUP, '/accounts');
    await api.waitForMessage(GROUP.id, /@studio.example/);
    api.say(ADMIN, OFFICE, '/status');
    await api.waitForMessage(OFFICE.id, /Recently refused/);
    expect((await it.type(['promote-user', '@cleo_example'])).exitCode).toBe(0);
    const users = JSON.parse((await it.type(['list-users', '--json'])).stdout);
    expect(users.users.map((user: { name: string; role: string }) => [user.name, user.role])).toEqual([
      ['@ann_example', 'member'],
      ['@cleo_example', 'admin'],
      ['Ben', 'member'],
    ]);
    expect(users.turned_away).toEqual([expect.objectContaining({ who: '@cleo_example', chat_id: 7 })]);

    // A run whose process died with its message under way.
    await stop();
    const [run] = await it.app.runs.recent(1);
    const [message] = api.messages(OFFICE.id);
    await it.app.runs.noteMessage(run?.id ?? '', { chat_id: OFFICE.id, message_id: message?.id ?? 0 });
    await it.app.db.query.updateTable('service_runs').set({ status: 'running', result_summary: null }).execute();
    await start();
    await api.waitForMessage(OFFICE.id, /Stopped: The process ended/);
    await until('it is noted', async () => (await it.app.runs.withMessages()).length === 0);
  });
});
