import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  readonly scope: string;
  readonly purl: string;
  readonly hashes: readonly { readonly alg: string; readonly content: string }[];
  readonly licenses: readonly object[];
  readonly properties: readonly { readonly name: string; readonly value: string }[];
}

const sbom = JSON.parse(readFileSync('dist/sbom.cdx.json', 'utf8')) as {
  readonly metadata: { readonly component: { readonly 'bom-ref': string } };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
};
const isBundled = ({ properties }: Component) => properties.some(({ value }) => value === 'true');
const named = (name: string) => sbom.components.find((component) => component.name === name);
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  readonly packages: Readonly<Record<string, { readonly version: string }>>;
};
const locked = Object.entries(packages).map(
  ([path, { version }]) => `${path.split('node_modules/').at(-1)} ${version}`,
);
const notices = readFileSync('dist/THIRD-PARTY-NOTICES.txt', 'utf8').split(`${'-'.repeat(80)}\n`);

describe('the bill of materials', () => {
  test('lists what is in the bundle of the program and of the page, and nothing that only builds or tests it', () => {
    for (const name of ['zod', 'kysely', 'grammy', 'undici', 'preact', '@hono/node-server']) {
      expect(named(name), name).toMatchObject({ scope: 'required', properties: [{ value: 'true' }] });
    }
    for (const name of ['esbuild', 'vitest', 'typescript', 'playwright-core'])
      expect(named(name), name).toBeUndefined();
  });

  test('lists what npm installs with the program, for every platform', () => {
    expect(named('sharp')).toMatchObject({ scope: 'required', properties: [{ value: 'false' }] });
    expect(named('libsql')).toMatchObject({ scope: 'required', properties: [{ value: 'false' }] });
    for (const name of ['@img/sharp-win32-x64', '@img/sharp-libvips-linux-arm64', '@libsql/darwin-arm64']) {
      expect(named(name), name).toMatchObject({ scope: 'optional', properties: [{ value: 'false' }] });
    }
  });

  test('identifies every package as a vulnerability scanner needs it', () => {
    for (const { name, version, purl, hashes, licenses } of sbom.components) {
      expect(locked).toContain(`${name} ${version}`);
      expect(purl).toBe(`pkg:npm/${name.replace('@', '%40')}@${version}`);
      expect(hashes).toEqual([{ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) }]);
      expect(licenses).toHaveLength(1);
    }
  });

  test('says which package requires which, and every reference resolves', () => {
    const refs = new Set(sbom.components.map((component) => component['bom-ref']));
    expect(refs.size).toBe(sbom.components.length);
    refs.add(sbom.metadata.component['bom-ref']);
    expect(new Set(sbom.dependencies.map(({ ref }) => ref))).toEqual(refs);
    for (const { dependsOn } of sbom.dependencies) for (const ref of dependsOn) expect(refs).toContain(ref);
    const [, ...rest] = sbom.dependencies;
    expect(rest.some(({ ref, dependsOn }) => /\/sharp@/.test(ref) && dependsOn.length > 10)).toBe(true);
  });
});

describe('the licence notices', () => {
  test('hold the text of the licence of every bundled package', () => {
    const bundled = sbom.components.filter(isBundled);
    expect(notices.map((notice) => notice.trimStart().split(' (')[0]).toSorted()).toEqual(
      bundled.map(({ name, version }) => `${name} ${version}`).toSorted(),
    );
    for (const notice of notices) {
      expect(notice).toMatch(/Copyright/i);
      expect(notice).toMatch(/permission to use|permission is hereby granted|redistribution and use/i);
      expect(notice).toContain('AS IS');
    }
  });

  test.each([
    ['a licence file', { name: 'a', license: 'ISC' }, 'Copyright A. Permission is hereby granted', /Copyright A/],
    ['an author and the MIT licence', { name: 'b', license: 'MIT', author: { name: 'B' } }, undefined, /\(c\) B\n/],
    ['no copyright holder', { name: 'c', license: 'MIT' }, undefined, /Error: c 1.0.0 \(MIT\) has no licence text/],
    ['another licence', { name: 'd', license: 'ISC', author: 'D' }, undefined, /Error: d 1.0.0 \(ISC\) has no licence/],
  ])('of a package with %s', async (_, manifest, licence, result) => {
    const folder = await mkdtemp(join(tmpdir(), 'storyline-licence-'));
    try {
      await writeFile(join(folder, 'package.json'), JSON.stringify({ version: '1.0.0', ...manifest }));
      if (licence) await writeFile(join(folder, 'LICENSE'), licence);
      const script = `import { licenceNotices } from './scripts/licence-notices.mjs';
        console.log(await licenceNotices([${JSON.stringify(folder)}]).catch(String))`;
      expect(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })).toMatch(
        result,
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
