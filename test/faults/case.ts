import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { EXIT, type ExitCode } from '../../src/cli/exit-codes.ts';
import type { Fault, SandboxOptions, SandboxPost } from '../../src/sandbox/server.ts';
import { album, idOf, image, video } from '../support/posts.ts';
import { checkSound } from '../support/sound.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

/** Something that goes wrong, and what it must lead to. */
export interface FaultCase {
  readonly name: string;
  readonly faults?: readonly Fault[];
  /** What the account has, and how the stand-in behaves; {@link FEED} unless told. */
  readonly sandbox?: Omit<SandboxOptions, 'now' | 'faults'>;
  /** Flags of `backfill-instagram`, beside `--json`. */
  readonly args?: readonly string[];
  readonly environment?: Record<string, string>;
  readonly exit: ExitCode;
  /** Items kept by the run. */
  readonly kept: number;
  /** Items that failed. Default: none. */
  readonly failed?: number;
  /** More of the run's result, as `--json` gives it. */
  readonly result?: Record<string, unknown>;
  /** What the user reads: of what stopped the run, of the items that failed, and on standard error. */
  readonly says?: readonly RegExp[];
  /** Calls of the API that the run may make, at most. */
  readonly calls?: number;
  /** Items that no later run can bring either. */
  readonly never?: readonly string[];
  /** False where what follows is no run in good weather, as when nothing is to be kept. */
  readonly heals?: false;
}

/** One of each: 7 items in 5 posts, a page. */
export const FEED: readonly SandboxPost[] = [image(5), video(4), album(3, 3), image(2), image(1)];
export const ALL = 7;
/** The item that the faults of downloads are aimed at. */
export const VICTIM = idOf(2);

/** An hour of the stand-in's and the program's common clock, which only waiting moves. */
const START = new Date('2026-11-20T10:00:00Z');

/** Tests by what goes wrong; each says what it must lead to. */
export function matrix(cases: Readonly<Record<string, readonly FaultCase[]>>): void {
  describe.each(Object.entries(cases))('%s', (_title, some) => {
    test.each(some.map((one) => [one.name, one] as const))('%s', (_name, one) => meet(one));
  });
}

/** Lets the fault happen, and checks what came of it; then what a run in good weather makes of it, and another one. */
async function meet(fault: FaultCase): Promise<void> {
  const { faults = [], sandbox = {}, environment } = fault;
  const listed = sandbox.posts ?? FEED;
  const posts = [...listed, ...faults.flatMap((one) => (one.kind === 'feed-changes' ? (one.publish ?? []) : []))];
  let now = START;
  const it = await testApp({
    posts: listed,
    stories: [],
    ...sandbox,
    faults,
    ...(environment ? { environment } : {}),
    now: () => now,
    sleep: async (milliseconds) => {
      now = new Date(now.getTime() + milliseconds);
    },
  });
  try {
    await inBadWeather(it, fault, posts);
    if (fault.heals === false) return;
    it.sandbox.setFaults([]);
    it.sandbox.restoreToken();
    // Links and limits of the first run are over.
    now = new Date(now.getTime() + 30 * 24 * 60 * 60_000);
    await inGoodWeather(it, fault, posts);
  } finally {
    await it.close();
  }
}

async function inBadWeather(it: TestApp, fault: FaultCase, posts: readonly SandboxPost[]): Promise<void> {
  const { exitCode, stdout, stderr } = await it.type(['backfill-instagram', '--json', ...(fault.args ?? [])]);
  assert.doesNotMatch(stdout + stderr, SECRET, 'a secret is told');
  assert.ok(stdout, `nothing on standard output, but: ${stderr}`);
  const { result, error } = JSON.parse(stdout);
  const read = [error?.message, error?.hint, ...(result.error_details ?? []), stderr].join('\n');
  assert.equal(exitCode, fault.exit, `exit status ${exitCode}: ${read}`);
  assert.deepEqual(
    { downloaded: result.downloaded, failed: result.failed },
    { downloaded: fault.kept, failed: fault.failed ?? 0 },
    read,
  );
  assert.deepEqual(result, { ...result, ...fault.result });
  for (const words of fault.says ?? []) assert.match(read, words);
  if (fault.calls !== undefined) assert.ok(it.sandbox.graphCalls() <= fault.calls, `${it.sandbox.graphCalls()} calls`);
  if (fault.args?.includes('--dry-run')) return;

  const { kept, failed } = await checkSound(it, posts);
  // The same bytes under two ids are kept once, and known twice.
  assert.equal(Object.keys(kept).length, fault.kept + result.skipped_duplicate, 'what is kept and what is told differ');
  const told = Object.keys(failed).filter((id) => /^\d+$/.test(id)).length;
  assert.ok(told <= result.failed, 'more failures are remembered than were told');
}

async function inGoodWeather(it: TestApp, { never = [] }: FaultCase, posts: readonly SandboxPost[]): Promise<void> {
  const before = await checkSound(it, posts);
  const wanted = it.sandbox.expectedItems().filter(({ id }) => !never.includes(id));
  const missing = wanted.filter(({ id }) => !before.kept[id]).map(({ id }) => id);
  it.sandbox.resetRequests();
  const healed = await it.type(['backfill-instagram', '--quiet']);
  const expected = never.length > 0 ? EXIT.someFailed : EXIT.done;
  assert.equal(healed.exitCode, expected, `the run in good weather: ${healed.stdout}${healed.stderr}`);
  const fetched = it.sandbox.requests
    .filter(({ kind, cover, status }) => kind === 'media' && !cover && status === 200)
    .map((one) => one.mediaId);
  assert.deepEqual(fetched.toSorted(), missing.toSorted(), 'what was missing is fetched, and nothing else');

  const { kept, failed } = await checkSound(it, posts);
  for (const { id, sha256 } of wanted) assert.equal(kept[id], sha256, `${id} is not in the library`);
  assert.deepEqual(
    Object.keys(failed).toSorted(),
    [...never].toSorted(),
    'what failed is remembered, no more and no less',
  );

  it.sandbox.resetRequests();
  await it.type(['backfill-instagram', '--quiet']);
  assert.equal(it.sandbox.mediaCalls(), 0, 'nothing is fetched twice');
}

/** Tokens of the stand-in, signatures of its links, and headers with either. */
const SECRET = /EAA\w{8,}|IGAA\w{8,}|[?&]oh=(?!\*)|Bearer (?!\*)/;
