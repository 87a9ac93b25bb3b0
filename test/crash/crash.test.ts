import { expect, test } from 'vitest';
import { eachDatabase } from '../support/databases.ts';
import { surviveKills } from './harness.ts';

const KILLS = 7;

eachDatabase(({ kind }) => {
  test('a library is complete in the end, however often its runs are killed; `npm run crash` does this longer', async () => {
    const seed = `${kind} ${Date.now()}`;
    const { kills, libraries } = await surviveKills({ kind, kills: KILLS, seed });
    expect(kills).toBe(KILLS);
    expect(libraries).toBeGreaterThan(0);
  });
});
