// Bundles the program into dist/: what is bundled need not be found and read file by file at every start.
import { chmod, cp, readFile, rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { buildPage } from './build-page.mjs';

const manifest = JSON.parse(await readFile('package.json', 'utf8'));

await rm('dist', { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: { 'storyline-cli': 'src/main.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  external: [...Object.keys(manifest.dependencies), 'pg-native', 'pg-cloudflare'],
  // Bundled CommonJS packages ask for Node's own modules by `require`.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  legalComments: 'none',
  // Read by src/lib/source-stacks.ts when a stack is shown.
  sourcemap: 'external',
  sourcesContent: false,
  // The bot's client tells an AbortSignal by the name of its class.
  keepNames: true,
  metafile: true,
});
await cp('src/db/migrations', 'dist/migrations', { recursive: true, filter: (path) => !path.endsWith('.ts') });
const pageInputs = await buildPage('dist/page');
await writeFile('dist/THIRD-PARTY-NOTICES.txt', await notices([...Object.keys(metafile.inputs), ...pageInputs]));

await chmod('dist/storyline-cli.js', 0o755);

/** The licences of what was bundled ask to be passed on with it. */
async function notices(inputs) {
  const folders = new Set(inputs.flatMap((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []));
  const texts = await Promise.all([...folders].sort().map(notice));
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}

async function notice(folder) {
  const { name, version, license } = JSON.parse(await readFile(`${folder}/package.json`, 'utf8'));
  const names = ['LICENSE', 'LICENSE.md', 'LICENCE', 'license', 'LICENSE.txt', 'License', 'LICENSE-MIT'];
  for (const file of names) {
    try {
      return `${name} ${version} (${license})\n\n${await readFile(`${folder}/${file}`, 'utf8')}`;
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
  }
  return `${name} ${version} (${license})\n`;
}
