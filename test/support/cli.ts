import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { DatabaseTarget } from '../../src/db/open.ts';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { serverUrl } from './server.ts';

export interface Outcome {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Cli {
  /** `STORYLINE_HOME` of every run. */
  readonly home: string;
  readonly environment: Record<string, string>;
  run(args: readonly string[], more?: { input?: string; environment?: Record<string, string> }): Promise<Outcome>;
  /** Starts the program without waiting for it to exit. */
  start(
    args: readonly string[],
    environment?: Record<string, string>,
  ): { child: ChildProcess; outcome: Promise<Outcome> };
  close(): Promise<void>;
}

/** The built program. */
export const PROGRAM = resolve('dist/storyline-cli.js');

/** Runs the built program as a process, in an empty folder, without this machine's settings. */
export async function cli(environment: Record<string, string> = {}): Promise<Cli> {
  const folder = await mkdtemp(join(tmpdir(), 'storyline-cli-'));
  const home = join(folder, 'home');

  const start: Cli['start'] = (args, more = {}) => {
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, STORYLINE_HOME: home, ...environment, ...more },
    });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] += text;
      });
    }
    const outcome = once(child, 'close').then(
      ([exitCode]): Outcome => ({ exitCode: exitCode as number | null, ...output }),
    );
    return { child, outcome };
  };
  return {
    home,
    environment,
    start,
    async run(args, { input, environment: more } = {}) {
      const { child, outcome } = start(args, more);
      child.stdin?.end(input ?? '');
      return outcome;
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Settings that connect the program to a sandbox. */
export const settingsFor = (sandbox: Sandbox) => ({
  META_GRAPH_BASE_URL: sandbox.facebookBaseUrl,
  INSTAGRAM_GRAPH_BASE_URL: sandbox.instagramBaseUrl,
  MEDIA_DOWNLOAD_HOSTS: sandbox.mediaHost,
  FACEBOOK_LOGIN_BASE_URL: sandbox.facebookWebBaseUrl,
  INSTAGRAM_LOGIN_BASE_URL: sandbox.instagramWebBaseUrl,
  INSTAGRAM_API_BASE_URL: sandbox.instagramApiBaseUrl,
});

/** Settings for the sandbox's apps, like those for a user's own apps. */
export const appsFor = ({ apps }: Sandbox) => ({
  FACEBOOK_APP_ID: apps.facebook.id,
  FACEBOOK_APP_SECRET: apps.facebook.secret,
  INSTAGRAM_APP_ID: apps.instagram.id,
  INSTAGRAM_APP_SECRET: apps.instagram.secret,
});

/** The `DATABASE_URL` of a database. */
export const databaseUrl = (target: DatabaseTarget): string =>
  target.kind === 'sqlite'
    ? `sqlite:${target.path}`
    : Object.assign(new URL(serverUrl), { pathname: target.database }).href;
