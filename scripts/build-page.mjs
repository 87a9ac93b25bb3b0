// Bundles the gallery's page: hashed files that a browser may cache forever, each with its compressed versions.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build } from 'esbuild';

const COPIED = ['icon.svg', 'manifest.webmanifest'];
const LISTED = /\.(html|css|js|svg|webmanifest)$/;

/** Builds the page into `folder`; returns esbuild's metafile. */
export async function buildPage(folder) {
  const { metafile } = await build({
    entryPoints: {
      page: 'src/page/main.tsx',
      theme: 'src/page/theme-before-paint.ts',
      style: 'src/page/style/main.css',
    },
    outdir: `${folder}/assets`,
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    target: ['chrome111', 'firefox114', 'safari16.4'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    minify: true,
    legalComments: 'none',
    metafile: true,
  });
  await mkdir(folder, { recursive: true });
  for (const name of COPIED) await writeFile(join(folder, name), await readFile(`src/page/${name}`));
  await writeFile(join(folder, 'index.html'), await html(metafile.outputs));

  const files = await readdir(folder, { recursive: true });
  await Promise.all(files.filter((name) => LISTED.test(name)).map((name) => compress(join(folder, name))));
  return metafile;
}

async function html(outputs) {
  const address = (path) => `/assets/${basename(path)}`;
  const outputOf = (entry) => {
    const [path] = Object.entries(outputs).find(([, output]) => output.entryPoint === entry) ?? [];
    if (!path) throw new Error(`no output for ${entry}`);
    return path;
  };
  const page = outputOf('src/page/main.tsx');
  // The browser fetches the page's static imports with it, not after it.
  const preloads = startImports(page, outputs).map((path) => `<link rel="modulepreload" href="${address(path)}">`);
  const filled = {
    preloads: preloads.join('\n    '),
    style: address(outputOf('src/page/style/main.css')),
    theme: address(outputOf('src/page/theme-before-paint.ts')),
    page: address(page),
  };
  const template = await readFile('src/page/index.html', 'utf8');
  return template.replace(/%(\w+)%/g, (_, name) => filled[name]);
}

function startImports(path, outputs, found = new Set()) {
  for (const { path: next, kind } of outputs[path].imports) {
    if (kind !== 'import-statement' || found.has(next)) continue;
    found.add(next);
    startImports(next, outputs, found);
  }
  return [...found];
}

async function compress(path) {
  const bytes = await readFile(path);
  const smallest = {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  };
  await writeFile(`${path}.br`, await promisify(brotliCompress)(bytes, smallest));
  await writeFile(`${path}.gz`, await promisify(gzip)(bytes, { level: 9 }));
}
