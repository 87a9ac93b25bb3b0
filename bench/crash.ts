/**
 * Kills the program as users have it, with SIGKILL, at random moments, and checks that each library is whole in the end:
 * `npm run crash -- --kills 100 --database both --seed 1`. Ends with 1, and the seed, where one is not.
 */
import { parseArgs } from 'node:util';
import type { DatabaseTarget } from '../src/db/open.ts';
import { surviveKills } from '../test/crash/harness.ts';
import { shownUrl, whyUnreachable } from '../test/support/server.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    database: { type: 'string', default: 'both' },
    seed: { type: 'string', default: String(Date.now()) },
    help: { type: 'boolean', default: false },
  },
});
const kills = Number(values.kills);
const kinds: Record<string, DatabaseTarget['kind'][]> = {
  sqlite: ['sqlite'],
  postgres: ['postgres'],
  both: ['sqlite', 'postgres'],
};
const asked = kinds[values.database];
const usage = 'npm run crash -- --kills <n> --database sqlite|postgres|both --seed <text>\n';
if (values.help) {
  process.stdout.write(usage);
  process.exit(0);
}
if (!asked || !Number.isSafeInteger(kills) || kills < 1) {
  process.stderr.write(usage);
  process.exit(2);
}

const say = (text: string) => process.stdout.write(`${text}\n`);
const summary: string[] = [];
say(`seed ${values.seed}`);
for (const kind of asked) {
  const reason = kind === 'postgres' ? await whyUnreachable() : undefined;
  if (reason) {
    say(`PostgreSQL is not reachable at ${shownUrl()} (${reason})`);
    process.exitCode = 1;
    continue;
  }
  try {
    const report = await surviveKills({
      kind,
      kills,
      seed: `${values.seed} ${kind}`,
      onKill: (now) => {
        if (now.kills % 10 === 0) say(`${kind}: ${now.kills} kills, ${now.libraries} libraries whole`);
      },
    });
    const moments = Object.entries(report.moments).map(([name, count]) => `${name} ${count}`);
    summary.push(
      `${kind}: ${report.kills} kills survived, ${report.libraries} libraries whole (${moments.join(', ')})`,
    );
  } catch (error) {
    process.stderr.write(`${kind}: not survived, seed ${values.seed}\n`);
    process.stderr.write(`${error instanceof Error ? `${error.stack}\n${error.cause}` : error}\n`);
    process.exitCode = 1;
  }
}
for (const line of summary) say(line);
