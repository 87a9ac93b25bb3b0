import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Calls, FeedOptions, Served } from './feed-server.ts';
import { type Measured, measure } from './measure.ts';

/** The program as users have it. */
const PROGRAM = resolve('dist/storyline-cli.js');

/** A server that plays Instagram for one measurement. */
export interface FeedServer {
  readonly served: Served;
  /** Requests since the last `reset`. */
  calls(): Promise<Calls>;
  reset(): void;
}

/** Starts a server, lends it, and ends it. */
export async function withFeed<T>(options: FeedOptions, use: (feed: FeedServer) => Promise<T>): Promise<T> {
  const child = fork('bench/feed-server.ts', [JSON.stringify(options)], { execArgv: ['--import', 'tsx'] });
  const ended = once(child, 'exit').then(() => {
    throw new Error('The server that plays Instagram ended by itself');
  });
  ended.catch(() => undefined);
  const answer = async <Answer>(): Promise<Answer> =>
    ((await Promise.race([once(child, 'message'), ended])) as [Answer])[0];
  try {
    return await use({
      served: await answer<Served>(),
      calls: () => {
        const answered = answer<Calls>();
        child.send('calls');
        return answered;
      },
      reset: () => void child.send('reset'),
    });
  } finally {
    if (child.connected) child.disconnect();
  }
}

/** Lends an empty folder. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'storyline-bench-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What a run says of itself with `--json`. */
export interface RunResult {
  readonly downloaded: number;
  readonly failed: number;
  readonly skipped_duplicate: number;
  readonly bytes: number;
  readonly api_calls: number;
  readonly seconds: number;
  /** Of a dry run. */
  readonly forecast?: {
    readonly api_calls: number;
    readonly files: number;
    readonly bytes: number;
    readonly bytes_least: number;
    readonly bytes_most: number;
    readonly seconds: number;
  };
}

export interface Home {
  /** Runs the program with this home. */
  run(...args: readonly string[]): Promise<Measured>;
  backfill(...flags: readonly string[]): Promise<Measured & { readonly result: RunResult }>;
}

/** A home below `folder`, with the served account in it. */
export async function openHome(
  folder: string,
  served: Served,
  settings: Readonly<Record<string, string>> = {},
): Promise<Home> {
  await mkdir(folder, { recursive: true });
  const environment = {
    STORYLINE_HOME: folder,
    META_GRAPH_BASE_URL: served.facebookBaseUrl,
    INSTAGRAM_GRAPH_BASE_URL: served.instagramBaseUrl,
    MEDIA_DOWNLOAD_HOSTS: served.mediaHost,
    ...settings,
  };
  const run = (args: readonly string[], input = '') =>
    measure({ program: process.execPath, args: [PROGRAM, ...args], environment, input, folder });
  const { id, username } = served.account;
  await run(
    ['add-instagram-account', '--display-name', 'Studio', '--account-id', id, '--username', username],
    served.tokens.facebook,
  );
  return {
    run: (...args) => run(args),
    async backfill(...flags) {
      const measured = await run(['backfill-instagram', '--quiet', '--json', ...flags]);
      const { result } = JSON.parse(measured.stdout) as { result: RunResult };
      return { ...measured, result };
    },
  };
}
