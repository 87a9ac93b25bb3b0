// Bundles the program into dist/: Node then does not search and read hundreds of files at every start.
import { chmod, cp, readFile, rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { buildPage } from './build-page.mjs';
import { bundledPackages } from './bundled-packages.mjs';
import { licenceNotices } from './licence-notices.mjs';
import { createSbom } from './sbom.mjs';

const manifest = JSON.parse(await readFile('package.json', 'utf8'));

/** Of zod's messages in 50 languages only the English ones are bundled: the others are two thirds of zod. */
const englishOnly = {
  name: 'english-only',
  setup({ onLoad }) {
    onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js'",
    }));
  },
};

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
  // Bundled CommonJS packages `require` Node's own modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  legalComments: 'none',
  // Read by src/lib/source-stacks.ts when a stack is shown.
  sourcemap: 'external',
  sourcesContent: false,
  plugins: [englishOnly],
  metafile: true,
});
await cp('src/db/migrations', 'dist/migrations', { recursive: true, filter: (path) => !path.endsWith('.ts') });
await cp('src/sandbox/media/assets', 'dist/sandbox-assets', { recursive: true });
const packages = bundledPackages([metafile, await buildPage('dist/page')]);
await writeFile('dist/THIRD-PARTY-NOTICES.txt', await licenceNotices(packages));
await writeFile('dist/sbom.cdx.json', createSbom(packages, JSON.parse(await readFile('package-lock.json', 'utf8'))));
await chmod('dist/storyline-cli.js', 0o755);
