import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readConfig } from '../src/config.ts';

const database = (environment: Record<string, string>) => readConfig(environment).database;

test('without settings everything is in ~/storyline', () => {
  const config = readConfig({});
  expect(config).toMatchObject({
    home: join(homedir(), 'storyline'),
    mediaDir: join(homedir(), 'storyline', 'media'),
    database: { kind: 'sqlite', path: join(homedir(), 'storyline', 'storyline.db') },
    graph: {
      version: 'v25.0',
      baseUrls: { facebook: 'https://graph.facebook.com', instagram: 'https://graph.instagram.com' },
    },
    mediaHosts: ['cdninstagram.com', 'fbcdn.net'],
    networkTimeout: 30_000,
    logLevel: 'info',
  });
});

test('a database server is named by an address', () => {
  expect(database({ DATABASE_URL: 'postgres://ann:p%40ss@db.example:6543/my%20base?sslmode=require' })).toEqual({
    kind: 'postgres',
    host: 'db.example',
    port: 6543,
    database: 'my base',
    user: 'ann',
    password: 'p@ss',
    ssl: { rejectUnauthorized: false },
  });
  expect(database({ DATABASE_URL: 'postgresql:///storyline?host=/var/run/postgresql' })).toMatchObject({
    host: '/var/run/postgresql',
    database: 'storyline',
  });
  expect(database({ DATABASE_URL: 'postgres://h/d?sslmode=verify-full' })).toMatchObject({
    ssl: { rejectUnauthorized: true },
  });
});

test('or by separate variables, over which an address takes precedence', () => {
  expect(database({ DB_HOST: 'h', DB_NAME: 'd', DB_USER: 'u', DB_PASSWORD: 'p' })).toEqual({
    kind: 'postgres',
    host: 'h',
    port: 5432,
    database: 'd',
    user: 'u',
    password: 'p',
    ssl: false,
  });
  expect(database({ DB_NAME: 'd', DATABASE_URL: 'sqlite:/x/y.db' })).toEqual({ kind: 'sqlite', path: '/x/y.db' });
});

test.each([
  ['sqlite:~/y.db', join(homedir(), 'y.db')],
  ['sqlite:///x/y.db', '/x/y.db'],
])('a file is named by %s', (DATABASE_URL, path) => {
  expect(database({ DATABASE_URL })).toEqual({ kind: 'sqlite', path });
});

test('keys are ordered newest first, without duplicates', () => {
  expect(readConfig({ ENCRYPTION_KEYS: 'new, old', ENCRYPTION_KEY: 'old' }).encryptionKeys).toEqual(['new', 'old']);
});

test('blank settings count as unset', () => {
  expect(readConfig({ DATABASE_URL: ' ', LOG_LEVEL: '', MEDIA_DIR: '' }).logLevel).toBe('info');
});

test('no proxy is trusted by default', () => {
  expect(readConfig({}).trustedProxies).toEqual([]);
  expect(readConfig({ TRUSTED_PROXIES: ' 127.0.0.1, ::1 ,10.0.0.0/8,' }).trustedProxies).toEqual([
    '127.0.0.1',
    '::1',
    '10.0.0.0/8',
  ]);
});

test('the bot has a token and an address', () => {
  const token = `1234567890:${'a'.repeat(35)}`;
  expect(readConfig({ TELEGRAM_BOT_TOKEN: token }).telegram).toEqual({
    botToken: token,
    apiRoot: 'https://api.telegram.org',
  });
  expect(readConfig({ TELEGRAM_API_ROOT: 'http://127.0.0.1:8081/' }).telegram).toEqual({
    botToken: undefined,
    apiRoot: 'http://127.0.0.1:8081',
  });
});

test.each([
  ['TELEGRAM_BOT_TOKEN', 'secret-of-a-bot'],
  ['TELEGRAM_BOT_TOKEN', `12345678:${'a'.repeat(20)}`],
  ['TELEGRAM_API_ROOT', 'api.telegram.org'],
  ['TRUSTED_PROXIES', 'proxy.example'],
  ['TRUSTED_PROXIES', '127.0.0.1;10.0.0.0/8'],
  ['TRUSTED_PROXIES', '0.0.0.0/0'],
])('an invalid %s is rejected without repeating it: %s', (name, value) => {
  const read = () => readConfig({ [name]: value });
  expect(read).toThrow(`Invalid ${name}`);
  expect(read).not.toThrow(value);
});
