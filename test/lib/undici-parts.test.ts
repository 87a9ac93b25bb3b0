import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** `exchange.ts` imports private files of undici. Before you change this, check that they still exist and do the same. */
const CHECKED = '7.30.2';

test('undici is pinned to the version whose private files were checked', () => {
  const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    devDependencies: Readonly<Record<string, string>>;
  };
  const installed = JSON.parse(readFileSync('node_modules/undici/package.json', 'utf8')) as { version: string };
  expect([devDependencies.undici, installed.version]).toEqual([CHECKED, CHECKED]);
});
