/**
 * Measures the program as users have it: `npm run figures`. A run over a thousand mixed posts of the sandbox, again over
 * the complete library, once more for new posts only; and `--help` against Node itself. Absolute times are this
 * machine's; ratios within one run are what compares.
 */
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Sandbox } from '../src/sandbox/server.ts';

type Served = Pick<Sandbox, 'account' | 'tokens' | 'facebookBaseUrl' | 'instagramBaseUrl' | 'mediaHost'> & {
  items: number;
  bytes: number;
};

const PROGRAM = resolve('dist/storyline-cli.js');
const folder = await mkdtemp(join(tmpdir(), 'storyline-figures-'));
const server = fork('bench/serve.ts', { execArgv: ['--import', 'tsx'] });
try {
  const [served] = (await once(server, 'message')) as [Served];
  const environment = {
    STORYLINE_HOME: folder,
    META_GRAPH_BASE_URL: served.facebookBaseUrl,
    INSTAGRAM_GRAPH_BASE_URL: served.instagramBaseUrl,
    MEDIA_DOWNLOAD_HOSTS: served.mediaHost,
  };
  const { account, tokens } = served;
  const add = [
    'add-instagram-account',
    '--display-name',
    'S',
    '--account-id',
    account.id,
    '--username',
    account.username,
  ];
  await measure([PROGRAM, ...add], environment, tokens.facebook);

  const backfill = [PROGRAM, 'backfill-instagram', '--quiet', '--json'];
  say(`1,000 posts, a quarter albums: ${served.items} items, ${(served.bytes / 1e6).toFixed(1)} MB`);
  for (const [name, flags] of [
    ['first run', []],
    ['second run', []],
    ['incremental run', ['--incremental']],
  ] as const) {
    const { stdout, seconds, peakMiB } = await measure([...backfill, ...flags], environment);
    const { downloaded, api_calls, failed } = JSON.parse(stdout).result;
    say(
      `${name}: ${seconds.toFixed(2)} s, ${peakMiB.toFixed(0)} MiB at the peak, ${api_calls} API calls, ${downloaded} downloaded, ${failed} failed`,
    );
  }
  const help = await median([PROGRAM, '--help'], environment);
  const status = await median([PROGRAM, 'backfill-status'], environment);
  const node = await median(['-e', '0'], environment);
  say(
    `--help: ${(help / node).toFixed(2)} × node -e 0 (${(help * 1000).toFixed(0)} ms against ${(node * 1000).toFixed(0)} ms)`,
  );
  say(`backfill-status: ${(status / node).toFixed(2)} × node -e 0`);
} finally {
  server.disconnect();
  await rm(folder, { recursive: true, force: true });
}

async function measure(args: readonly string[], environment: Record<string, string>, input = '') {
  const peakFile = join(folder, 'peak');
  const probe = join(folder, 'probe.mjs');
  await writeFile(
    probe,
    `import { writeFileSync } from 'node:fs';\nprocess.on('exit', () => writeFileSync(${JSON.stringify(peakFile)}, String(process.resourceUsage().maxRSS)));\n`,
  );
  const began = performance.now();
  const child = spawn(process.execPath, ['--import', probe, ...args], {
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(input);
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  await once(child, 'close');
  const seconds = (performance.now() - began) / 1000;
  return { stdout, seconds, peakMiB: Number(await readFile(peakFile, 'utf8')) / 1024 };
}

async function median(args: readonly string[], environment: Record<string, string>): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < 15; run += 1) times.push((await measure(args, environment)).seconds);
  return times.toSorted((a, b) => a - b)[7] ?? Number.NaN;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
