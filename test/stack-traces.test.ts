import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Cli, cli } from './support/cli.ts';

let program: Cli;
beforeEach(async () => {
  program = await cli();
});
afterEach(() => program.close());

/** The source line that the first frame of ours in a stack names. */
function firstOwnLine(stack: string): string | undefined {
  const [, path, line] = /\(?(src\/[\w/-]+\.ts):(\d+):\d+\)?/.exec(stack) ?? [];
  return path && readFileSync(path, 'utf8').split('\n')[Number(line) - 1]?.trim();
}

test('the stack of a bug in the built program names the source file and its line', async () => {
  const breaking = "process.cwd = () => { throw new TypeError('a bug') }";
  const { exitCode, stderr } = await program.run(['list-media'], {
    environment: { NODE_OPTIONS: `--import="data:text/javascript,${encodeURIComponent(breaking)}"` },
  });
  expect(exitCode).toBe(1);
  expect(stderr).toContain('TypeError: a bug');
  expect(firstOwnLine(stderr)).toContain('process.cwd()');
});

test('the stack that --verbose shows names the sources of a part that is loaded on demand', async () => {
  const { exitCode, stderr } = await program.run(['backfill-instagram', '--verbose'], {
    environment: { LOG_LEVEL: 'loud' },
  });
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/^ {4}at .*\(src\/config\.ts:\d+:\d+\)$/m);
  expect(stderr).not.toContain('/dist/');
});
