import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inject } from 'vitest';
import type { StartRequest } from '../../src/app/backfill/request.ts';
import { startBackfill } from '../../src/app/backfill/start.ts';
import { type App, type Outside, openApp } from '../../src/app/open.ts';
import { addSandboxAccount, connectedTo } from '../../src/app/sandbox.ts';
import type { BackfillEvent, Ended } from '../../src/backfill/ended.ts';
import type { Ask } from '../../src/cli/ask.ts';
import { runCli } from '../../src/cli/run-cli.ts';
import { type Config, readConfig } from '../../src/config.ts';
import type { DatabaseTarget } from '../../src/db/open.ts';
import { createLog } from '../../src/lib/log.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/server.ts';
import { appsFor, databaseUrl, type Outcome, settingsFor } from './cli.ts';
import { copySqlite } from './templates.ts';

type TestOptions = SandboxOptions & {
  database?: DatabaseTarget;
  environment?: Record<string, string>;
  log?: (line: string) => void;
  sleep?: Outside['sleep'];
  /** How often runs do what they do besides their work; quickly unless a test says otherwise. */
  paces?: Outside['paces'];
  /** The program's clock, if it differs from the sandbox's. */
  clock?: () => Date;
  /** Whether no Meta app is configured. */
  withoutApps?: boolean;
};

/** The result of a run, and all its events. */
export interface RunOutcome extends Ended {
  readonly events: readonly BackfillEvent[];
}

export interface TestApp {
  readonly sandbox: Sandbox;
  readonly app: App;
  readonly config: Config;
  /** Runs a backfill to its end. */
  run(request?: Partial<StartRequest>, signal?: AbortSignal): Promise<RunOutcome>;
  /** Runs a command in this process, without real waiting times. */
  type(
    args: readonly string[],
    signal?: AbortSignal,
    more?: {
      environment?: Record<string, string>;
      input?: () => Promise<string>;
      ask?: Ask;
      heard?: (text: string) => void;
    },
  ): Promise<Outcome>;
  /** The names of the library's files, sorted, including hidden and partial ones. */
  files(folder?: string): Promise<string[]>;
  close(): Promise<void>;
}

export const ASK: StartRequest = {
  mediaType: 'feed',
  collaborations: false,
  dryRun: false,
  incremental: false,
  retryFailed: false,
  wait: false,
  triggeredBy: 'system',
};

/** The real program with a real sandbox and a library of its own. Only waiting times are skipped. */
export async function testApp({
  database,
  environment,
  log,
  sleep,
  paces,
  clock: ownClock,
  withoutApps,
  ...options
}: TestOptions = {}): Promise<TestApp> {
  const home = await mkdtemp(join(tmpdir(), 'storyline-test-'));
  const sandbox = await startSandbox(options);
  const settings = readConfig({ STORYLINE_HOME: home, ...appsFor(sandbox), ...environment });
  const connected = connectedTo({ ...settings, database: database ?? settings.database }, sandbox);
  const { path } = { path: undefined, ...connected.database };
  if (!database && path) {
    await mkdir(dirname(path), { recursive: true });
    await copySqlite(inject('templates'), path);
  }
  const noApps = { facebook: undefined, instagram: undefined };
  const config = withoutApps ? { ...connected, signIn: { ...connected.signIn, apps: noApps } } : connected;
  const clock = { now: ownClock ?? options.now ?? (() => new Date()), sleep: sleep ?? (async () => undefined) };
  const app = await openApp(config, {
    ...clock,
    paces: { progress: 50, retry: 50, ...paces },
    log: createLog('debug', log ?? (() => undefined)),
  });
  await addSandboxAccount(app, sandbox);

  return {
    sandbox,
    app,
    config,
    async run(request = {}, signal = new AbortController().signal) {
      const { events } = await startBackfill(app, { ...ASK, ...request }, signal);
      const heard: BackfillEvent[] = [];
      for await (const event of events) heard.push(event);
      const last = heard.at(-1);
      if (last?.type !== 'ended') throw new Error('the run has no last event');
      return { ...last, events: heard };
    },
    async type(
      args,
      signal = new AbortController().signal,
      { environment: more = {}, input = async () => '', ask, heard } = {},
    ) {
      const said = { stdout: '', stderr: '' };
      const into = (name: 'stdout' | 'stderr') => ({
        write: (text: string) => {
          said[name] += text;
          heard?.(text);
        },
      });
      const exitCode = await runCli({
        version: 'test',
        args,
        environment: {
          STORYLINE_HOME: home,
          ...settingsFor(sandbox),
          ...(withoutApps ? {} : appsFor(sandbox)),
          ...(database ? { DATABASE_URL: databaseUrl(database) } : {}),
          ...environment,
          ...more,
        },
        directory: home,
        stdout: into('stdout'),
        stderr: into('stderr'),
        clock,
        interruption: () => signal,
        ask: ask ? () => ask : undefined,
        readInput: input,
      });
      return { exitCode, ...said };
    },
    async files(folder = 'instagram_backfill') {
      const path = join(config.mediaDir, folder);
      const names = await readdir(path).catch(() => []);
      const kinds = await Promise.all(
        // A file may be renamed meanwhile.
        names.map((name) =>
          stat(join(path, name)).then(
            (found) => found.isFile(),
            () => false,
          ),
        ),
      );
      return names.filter((_, index) => kinds[index]).toSorted();
    },
    async close() {
      await app.close();
      await sandbox.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}
