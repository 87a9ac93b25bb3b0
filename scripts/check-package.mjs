// Packs the program, installs the package elsewhere with install scripts switched off, and runs it there.
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { publint } from 'publint';

const run = promisify(execFile);
const folder = await mkdtemp(join(tmpdir(), 'storyline-package-'));
try {
  const { messages } = await publint({ strict: true });
  if (messages.length > 0) throw new Error(`the package is not in order: ${JSON.stringify(messages)}`);
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
  process.stdout.write(
    `${archive} installs without scripts and downloads ${result.downloaded} items from its sandbox\n`,
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
