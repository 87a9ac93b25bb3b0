// Packs the program, installs the package elsewhere with install scripts switched off, and runs it there.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { publint } from 'publint';

const run = promisify(execFile);
const folder = await mkdtemp(join(tmpdir(), 'storyline-package-'));
try {
  const { messages } = await publint({ strict: true });
  if (messages.length > 0) throw new Error(`publint found problems: ${JSON.stringify(messages)}`);
  await run('npm', ['pack', '--pack-destination', folder]);
  const [archive] = await readdir(folder);
  await writeFile(join(folder, 'package.json'), '{"private":true}');
  await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', join(folder, archive)], { cwd: folder });
  const program = join(folder, 'node_modules/.bin/storyline-cli');
  const env = { ...process.env, STORYLINE_HOME: join(folder, 'home') };
  const { stdout } = await run(program, ['backfill-instagram', '--sandbox', '--limit', '5', '--json'], {
    cwd: '/',
    env,
  });
  const { result } = JSON.parse(stdout);
  if (result.downloaded !== 5 || result.failed !== 0) throw new Error(`the installed package did not work: ${stdout}`);
  const thumbnailBytes = await servedThumbnail(program, env);
  process.stdout.write(
    `${archive} serves its page and a thumbnail of ${thumbnailBytes} bytes\n${archive} installs without scripts and downloads ${result.downloaded} items from its sandbox\n`,
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Opens the installed gallery's page and the thumbnail of its newest post; returns the size of the thumbnail in bytes. */
async function servedThumbnail(program, env) {
  const server = spawn(program, ['serve', '--sandbox', '--no-bot', '--port', '0'], { cwd: '/', env });
  try {
    const [output] = await once(server.stdout, 'data');
    const [base] = /http:[^ ]+sandbox/.exec(String(output)) ?? [];
    const page = await fetch(`${base}/`);
    if (!page.ok || !(await page.text()).includes('/assets/'))
      throw new Error(`the page is not served: ${page.status}`);
    const { posts } = await (await fetch(`${base}/api/posts`)).json();
    const cover = posts.find((post) => post.cover).cover;
    const thumbnail = await fetch(`${base}/api/media/${cover.id}/thumbnail`);
    if (thumbnail.headers.get('content-type') !== 'image/webp') throw new Error(`no thumbnail: ${thumbnail.status}`);
    return (await thumbnail.arrayBuffer()).byteLength;
  } finally {
    server.kill('SIGINT');
    await once(server, 'exit');
  }
}
