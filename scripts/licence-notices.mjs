// The licences of bundled packages require that their texts are passed on with the bundle.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const FILE = /^licen[cs]e(-mit)?(\.(md|txt))?$/i;
const GRANT = /Permission (is hereby granted|to use)/;

/** Of packages that name no author: who the licence file of their repository names. */
const HOLDERS = {
  '@hono/zod-openapi': 'Yusuke Wada and Hono contributors',
  '@hono/zod-validator': 'Yusuke Wada and Hono contributors',
};

/** All licence texts. Fails if there is none for a package. */
export async function licenceNotices(folders) {
  const texts = await Promise.all(
    folders.map(async (folder) => {
      const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
      const { name, version, license } = manifest;
      const text = (await licenceFile(folder)) ?? (await fromReadme(folder)) ?? (await standardText(manifest));
      if (!text) {
        throw new Error(
          `${name} ${version} (${license}) has no licence text: add its copyright holder to ${import.meta.url}`,
        );
      }
      return `${name} ${version} (${license})\n\n${text.trim()}\n`;
    }),
  );
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}

async function licenceFile(folder) {
  const file = (await readdir(folder)).sort().find((name) => FILE.test(name));
  return file && readFile(join(folder, file), 'utf8');
}

async function fromReadme(folder) {
  const file = (await readdir(folder)).find((name) => /^readme(\.md)?$/i.test(name));
  if (!file) return undefined;
  const section = (await readFile(join(folder, file), 'utf8')).split(/^#+ *licen[cs]e.*$/im)[1]?.split(/^#/m)[0];
  return section && GRANT.test(section) ? section : undefined;
}

/** The text of the MIT licence, which is also ours, with the package's author as the copyright holder. */
async function standardText({ name, author, license }) {
  const holder = HOLDERS[name] ?? (typeof author === 'string' ? author : author?.name);
  if (license !== 'MIT' || !holder) return undefined;
  return (await readFile('LICENSE', 'utf8')).replace(/^Copyright .*$/m, () => `Copyright (c) ${holder}`);
}
