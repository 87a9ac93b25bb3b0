import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Cli, cli } from './support/cli.ts';

/** Reports every V8 flag that the program sets, then sets it. */
const REPORTING = `
  import v8 from 'node:v8';
  import { syncBuiltinESMExports } from 'node:module';
  const { setFlagsFromString } = v8;
  v8.setFlagsFromString = (flag) => { console.error('V8 flag', flag); setFlagsFromString(flag); };
  syncBuiltinESMExports();`;
const environment = { NODE_OPTIONS: `--import="data:text/javascript,${encodeURIComponent(REPORTING)}"` };

let program: Cli;
beforeEach(async () => {
  program = await cli(environment);
});
afterEach(() => program.close());

const flagsIn = (stderr: string) => [...stderr.matchAll(/^V8 flag (.*)$/gm)].map(([, flag]) => flag);
const BACKFILL = ['backfill-instagram', '--sandbox', '--limit', '1'];

describe('V8 prefers a small heap', () => {
  test('in a backfill', async () => {
    const { exitCode, stderr } = await program.run(BACKFILL);
    expect(exitCode).toBe(0);
    expect(flagsIn(stderr)).toEqual(['--optimize-for-size', '--semi-space-growth-factor=1']);
  });

  test('but not with STORYLINE_V8_DEFAULTS=1', async () => {
    const { exitCode, stderr } = await program.run(BACKFILL, { environment: { STORYLINE_V8_DEFAULTS: '1' } });
    expect(exitCode).toBe(0);
    expect(flagsIn(stderr)).toEqual([]);
  });

  test.each([[['backfill-status']], [['verify-library']], [['--help']]])('and not in %o', async (args) => {
    const { exitCode, stderr } = await program.run(args);
    expect(exitCode).toBe(0);
    expect(flagsIn(stderr)).toEqual([]);
  });

  test('and not in serve, whose thumbnails and searches should be fast', async () => {
    const { child, outcome } = program.start(['serve', '--sandbox', '--no-bot', '--port', '0']);
    child.stdout?.once('data', () => child.kill('SIGINT'));
    const { exitCode, stdout, stderr } = await outcome;
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('http://127.0.0.1')]);
    expect(flagsIn(stderr)).toEqual([]);
  });
});
