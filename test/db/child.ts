import { once } from 'node:events';
import { migrate } from '../../src/db/migrate.ts';
import { openDatabase } from '../../src/db/open.ts';
import { mediaItem } from '../contract/database.ts';

/** A process next to the tests: `node --import tsx child.ts <task> <target as JSON>`. Each line it prints is JSON. */
const [task, target = ''] = process.argv.slice(2);
const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);
const told = () => once(process.stdin, 'data');

const moment = new Date('2025-03-09T07:30:00.123Z');

switch (task) {
  case 'migrate': {
    say('ready');
    await told();
    const database = await openDatabase(JSON.parse(target));
    say(await migrate(database));
    await database.close();
    break;
  }
  case 'write-moment': {
    const { query, close } = await openDatabase(JSON.parse(target));
    await query
      .insertInto('media_items')
      .values(mediaItem({ backfilled_at: moment }))
      .execute();
    const found = await query
      .selectFrom('media_items')
      .select(['backfilled_at', 'created_at'])
      .where('backfilled_at', '=', moment)
      .executeTakeFirstOrThrow();
    say({ offset: moment.getTimezoneOffset(), ...found });
    await close();
    break;
  }
  case 'look': {
    const { query, close } = await openDatabase(JSON.parse(target));
    const rows = await query.selectFrom('media_items').select('file_path').orderBy('file_path').execute();
    await close();
    say(rows.map((row) => row.file_path));
    break;
  }
  case 'write-many': {
    const { query, close } = await openDatabase(JSON.parse(target));
    say('ready');
    await told();
    for (let n = 0; n < 40; n += 1) {
      const insert = query.insertInto('media_items').values(mediaItem({ file_path: `/${process.pid}/${n}` }));
      // Autocommit, a row asked for and none: each is a road of its own through the driver.
      if (n % 2) await insert.returning('id').executeTakeFirstOrThrow();
      else await insert.execute();
    }
    await close();
    say('done');
    break;
  }
  case 'hold': {
    const { query, close } = await openDatabase(JSON.parse(target));
    await query.transaction().execute(async (transaction) => {
      await transaction
        .insertInto('media_items')
        .values(mediaItem({ file_path: '/held' }))
        .execute();
      say('holding');
      await told();
    });
    say('done');
    await close();
    break;
  }
}
process.stdin.destroy();
