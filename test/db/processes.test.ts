import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { sql } from 'kysely';
import { afterEach, expect, it } from 'vitest';
import { migrate, schemaStatus } from '../../src/db/migrate.ts';
import type { DatabaseTarget } from '../../src/db/open.ts';
import { mediaItem } from '../contract/database.ts';
import { eachDatabase } from '../support/databases.ts';

const children: ReturnType<typeof spawn>[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** Lets this process do other things for a while. */
async function turns(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) await new Promise((resolve) => setTimeout(resolve, 1));
}

function startProcess(task: string, target: DatabaseTarget, environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'test/db/child.ts', task, JSON.stringify(target)], {
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    /** The next thing that it says. */
    async hear(): Promise<unknown> {
      const { value, done } = await lines.next();
      if (done) throw new Error(`the process ended while it should ${task}`);
      return JSON.parse(value);
    },
    goOn: () => child.stdin.write('go\n'),
    /** Its last word, once it is gone. */
    async last(): Promise<unknown> {
      const [said] = await Promise.all([this.hear(), once(child, 'exit')]);
      return said;
    },
  };
}

eachDatabase(({ createEmpty, open }) => {
  it.each(['America/New_York', 'Asia/Kolkata'])('moments are UTC for a process in %s', async (TZ) => {
    const target = await createEmpty();
    const database = await open(target);
    await migrate(database);

    const heard = await startProcess('write-moment', target, { TZ }).hear();
    const { rows } = await sql<{ text: string }>`select cast(backfilled_at as text) || ' as stored' as text
      from media_items`.execute(database.query);

    expect(heard).toMatchObject({ backfilled_at: '2025-03-09T07:30:00.123Z' });
    expect((heard as { offset: number }).offset).not.toBe(0);
    expect(rows).toEqual([{ text: '2025-03-09 07:30:00.123 as stored' }]);
    const { created_at: created } = heard as { created_at: string };
    expect(Math.abs(Date.now() - Date.parse(created))).toBeLessThan(30 * 60_000);
  });

  it('several processes that start on an empty database migrate it once between them', async () => {
    const target = await createEmpty();
    const processes = Array.from({ length: 4 }, () => startProcess('migrate', target));
    for (const process of processes) expect(await process.hear()).toBe('ready');
    for (const process of processes) process.goOn();

    const reports = (await Promise.all(processes.map((process) => process.hear()))) as { applied: string[] }[];

    const applied = reports.flatMap((report) => report.applied);
    expect(new Set(applied).size).toBe(applied.length);
    expect(applied).toContain('012_baseline');
    expect(await schemaStatus(await open(target))).toEqual({ version: 13, pending: [] });
  });

  it('others read what was there before while a process is writing, and what it wrote once it is done', async () => {
    const target = await createEmpty();
    const database = await open(target);
    await migrate(database);
    const paths = async () =>
      (await database.query.selectFrom('media_items').select('file_path').execute()).map((row) => row.file_path);

    const writer = startProcess('hold', target);
    expect(await writer.hear()).toBe('holding');
    expect(await paths()).toEqual([]);
    writer.goOn();
    expect(await writer.hear()).toBe('done');
    expect(await paths()).toEqual(['/held']);
  });

  it('a second writer waits its turn, and this process goes on with other work meanwhile', async () => {
    const target = await createEmpty();
    const database = await open(target);
    await migrate(database);
    const writer = startProcess('hold', target);
    expect(await writer.hear()).toBe('holding');

    // The same path: PostgreSQL too has to wait for the outcome of the first.
    const second = database.query
      .insertInto('media_items')
      .values(mediaItem({ file_path: '/held' }))
      .onConflict((conflict) => conflict.column('file_path').doUpdateSet({ caption: 'second' }))
      .execute();
    const first = await Promise.race([second.then(() => 'second'), turns(20).then(() => 'other work')]);
    writer.goOn();
    await second;

    expect(first).toBe('other work');
    expect(await database.query.selectFrom('media_items').select('caption').execute()).toEqual([{ caption: 'second' }]);
  });

  it('what was written while others were writing is there afterwards', async () => {
    const target = await createEmpty();
    const database = await open(target);
    await migrate(database);
    const writers = Array.from({ length: 5 }, () => startProcess('write-many', target));
    for (const writer of writers) expect(await writer.hear()).toBe('ready');
    for (const writer of writers) writer.goOn();
    for (const writer of writers) expect(await writer.hear()).toBe('done');

    expect(await database.query.selectFrom('media_items').select('file_path').execute()).toHaveLength(200);
  });

  it('a file that one process opens twice stays its own when another one looks in and leaves', async () => {
    const target = await createEmpty();
    const database = await open(target);
    await migrate(database);
    const insert = (path: string) =>
      database.query
        .insertInto('media_items')
        .values(mediaItem({ file_path: path }))
        .execute();
    await insert('/1');
    const second = await open(target);
    await second.close();

    expect(await startProcess('look', target).last()).toEqual(['/1']);
    await insert('/2');

    expect(await startProcess('look', target).last()).toEqual(['/1', '/2']);
  });

  it('a process that is killed in the middle of a transaction leaves nothing of it', async () => {
    const target = await createEmpty();
    const database = await open(target);
    await migrate(database);
    const writer = startProcess('hold', target);
    expect(await writer.hear()).toBe('holding');
    for (const child of children.splice(0)) child.kill('SIGKILL');

    await database.query
      .insertInto('media_items')
      .values(mediaItem({ file_path: '/held' }))
      .execute();

    expect(await database.query.selectFrom('media_items').selectAll().execute()).toHaveLength(1);
  });
});
