import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import type { DatabaseTarget } from './db/open.ts';
import { UsageError } from './errors.ts';
import type { MetaApp, SignInConfig } from './instagram/auth/login.ts';
import { createMediaHosts } from './instagram/media/media-hosts.ts';
import { LOG_LEVELS, type LogLevel } from './lib/log.ts';
import { createNetworks } from './lib/networks.ts';

/** Everything a user can set; each is described in docs/configuration.md. */
export interface Config {
  /** The folder of all that the program keeps. */
  readonly home: string;
  readonly mediaDir: string;
  readonly database: DatabaseTarget;
  /** Fernet keys from the environment, newest first; empty where they lie in {@link Config.keyFile}. */
  readonly encryptionKeys: readonly string[];
  readonly keyFile: string;
  readonly graph: {
    readonly version: string;
    readonly baseUrls: { readonly facebook: string; readonly instagram: string };
  };
  readonly signIn: SignInConfig;
  readonly mediaHosts: readonly string[];
  /** Ranges of private addresses to which names of media hosts may lead: `198.18.0.0/15`. */
  readonly mediaRanges: readonly string[];
  /** Silence of so many milliseconds ends a try. */
  readonly networkTimeout: number;
  readonly adminChatId: number | undefined;
  readonly telegram: {
    /** Of the bot; absent where none is set up. */
    readonly botToken: string | undefined;
    readonly apiRoot: string;
  };
  /** Addresses and networks of proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  readonly logLevel: LogLevel;
  /** Whether a backfill leaves V8's own memory settings as they are. */
  readonly v8Defaults: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The environment, with what `.env` in the working directory adds to it. */
export function readEnvironment(environment: Environment, directory: string): Environment {
  let text: string;
  try {
    text = readFileSync(join(directory, '.env'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return environment;
    throw new UsageError(`The file .env cannot be read: ${(error as Error).message}`);
  }
  return { ...parseEnv(text), ...environment };
}

/**
 * Checks the settings once, so that no inner code doubts them.
 *
 * @throws {UsageError} naming the variable that is wrong.
 */
export function readConfig(environment: Environment): Config {
  const value = (name: string) => environment[name]?.trim() || undefined;
  const home = path(value('STORYLINE_HOME')) ?? join(homedir(), 'storyline');
  return {
    home,
    mediaDir: path(value('MEDIA_DIR')) ?? join(home, 'media'),
    database: readDatabase(value, home),
    encryptionKeys: readKeys(value),
    keyFile: join(home, 'secret.key'),
    graph: {
      version: readVersion(value('META_GRAPH_API_VERSION') ?? 'v25.0'),
      baseUrls: {
        facebook: readBaseUrl('META_GRAPH_BASE_URL', value('META_GRAPH_BASE_URL') ?? 'https://graph.facebook.com'),
        instagram: readBaseUrl(
          'INSTAGRAM_GRAPH_BASE_URL',
          value('INSTAGRAM_GRAPH_BASE_URL') ?? 'https://graph.instagram.com',
        ),
      },
    },
    signIn: readSignIn(value),
    mediaHosts: readMediaHosts(value('MEDIA_DOWNLOAD_HOSTS') ?? 'cdninstagram.com,fbcdn.net'),
    mediaRanges: readRanges(value('MEDIA_DOWNLOAD_ALLOWED_RANGES') ?? ''),
    networkTimeout: readTimeout(value('NETWORK_TIMEOUT_SECONDS') ?? '30'),
    adminChatId: readChatId(value('ADMIN_TELEGRAM_CHAT_ID')),
    telegram: {
      botToken: readBotToken(value('TELEGRAM_BOT_TOKEN')),
      apiRoot: readBaseUrl('TELEGRAM_API_ROOT', value('TELEGRAM_API_ROOT') ?? 'https://api.telegram.org'),
    },
    trustedProxies: readProxies(value('TRUSTED_PROXIES') ?? ''),
    logLevel: readLogLevel(value('LOG_LEVEL') ?? 'info'),
    v8Defaults: value('STORYLINE_V8_DEFAULTS') === '1',
  };
}

type Value = (name: string) => string | undefined;

const path = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : resolve(text.replace(/^~(?=$|\/)/, homedir()));

function wrong(name: string, expected: string): UsageError {
  return new UsageError(`${name} is wrong: expected ${expected}`, { hint: 'Mend it in the environment or in .env.' });
}

function readDatabase(value: Value, home: string): DatabaseTarget {
  const text = value('DATABASE_URL');
  if (text !== undefined) return readDatabaseUrl(text);
  const names = ['DB_HOST', 'DB_PORT', 'DB_NAME', 'DB_USER', 'DB_PASSWORD', 'DB_SSLMODE'];
  if (names.every((name) => value(name) === undefined)) return { kind: 'sqlite', path: join(home, 'storyline.db') };
  const database = value('DB_NAME');
  if (database === undefined) throw wrong('DB_NAME', 'the name of a database, since other DB_ variables are set');
  return {
    kind: 'postgres',
    host: value('DB_HOST') ?? 'localhost',
    port: readPort('DB_PORT', value('DB_PORT')),
    database,
    user: value('DB_USER'),
    password: value('DB_PASSWORD'),
    ssl: readSslMode('DB_SSLMODE', value('DB_SSLMODE')),
  };
}

const DATABASE_URL_FORMS = 'postgres://user:password@host:5432/database or sqlite:/path/to/file.db';

function readDatabaseUrl(text: string): DatabaseTarget {
  const sqlite = /^sqlite:(?:\/\/)?(.+)$/.exec(text)?.[1];
  if (sqlite !== undefined) return { kind: 'sqlite', path: path(sqlite) ?? sqlite };
  if (!/^postgres(ql)?:\/\//.test(text) || !URL.canParse(text)) throw wrong('DATABASE_URL', DATABASE_URL_FORMS);
  const url = new URL(text);
  const database = decode(url.pathname.slice(1));
  const host = url.searchParams.get('host') ?? decode(url.hostname.replace(/^\[|\]$/g, ''));
  if (!database || !host) throw wrong('DATABASE_URL', DATABASE_URL_FORMS);
  return {
    kind: 'postgres',
    host,
    port: readPort('DATABASE_URL', url.port || undefined),
    database,
    user: decode(url.username) || undefined,
    password: decode(url.password) || undefined,
    ssl: readSslMode('DATABASE_URL', url.searchParams.get('sslmode') ?? undefined),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrong('DATABASE_URL', `${DATABASE_URL_FORMS}, with special characters percent-encoded`);
  }
}

function readPort(name: string, text: string | undefined): number {
  const port = Number(text ?? 5432);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw wrong(name, 'a port from 1 to 65535');
  return port;
}

/** As libpq means them: `require` encrypts without asking who the server is, the verifying modes ask. */
function readSslMode(name: string, mode = 'prefer'): false | { rejectUnauthorized: boolean } {
  if (mode === 'disable' || mode === 'allow' || mode === 'prefer') return false;
  if (mode === 'require') return { rejectUnauthorized: false };
  if (mode === 'verify-ca' || mode === 'verify-full') return { rejectUnauthorized: true };
  throw wrong(name, 'an sslmode of disable, allow, prefer, require, verify-ca or verify-full');
}

function readKeys(value: Value): string[] {
  const keys = [...(value('ENCRYPTION_KEYS') ?? '').split(','), value('ENCRYPTION_KEY') ?? ''];
  return [...new Set(keys.map((key) => key.trim()).filter(Boolean))];
}

function readVersion(version: string): string {
  if (!/^v\d{1,3}\.\d{1,2}$/.test(version)) throw wrong('META_GRAPH_API_VERSION', 'a version such as v25.0');
  return version;
}

function readBaseUrl(name: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.search || url.hash || url.username) {
    throw wrong(name, 'an address such as https://graph.facebook.com');
  }
  return url.href.replace(/\/+$/, '');
}

function readSignIn(value: Value): SignInConfig {
  const address = (name: string, usual: string) => readBaseUrl(name, value(name) ?? usual);
  return {
    apps: { facebook: readApp(value, 'FACEBOOK'), instagram: readApp(value, 'INSTAGRAM') },
    pages: {
      facebook: address('FACEBOOK_LOGIN_BASE_URL', 'https://www.facebook.com'),
      instagram: address('INSTAGRAM_LOGIN_BASE_URL', 'https://www.instagram.com'),
    },
    instagramApi: address('INSTAGRAM_API_BASE_URL', 'https://api.instagram.com'),
  };
}

function readApp(value: Value, name: 'FACEBOOK' | 'INSTAGRAM'): MetaApp | undefined {
  const id = value(`${name}_APP_ID`);
  const secret = value(`${name}_APP_SECRET`);
  if (id === undefined && secret === undefined) return undefined;
  if (id === undefined || !/^\d{1,30}$/.test(id))
    throw wrong(`${name}_APP_ID`, "the number of an app, as Meta's App Dashboard shows it");
  if (secret !== undefined && !/^[\w-]{8,200}$/.test(secret)) {
    throw wrong(`${name}_APP_SECRET`, "an app's secret, as Meta's App Dashboard shows it");
  }
  return { id, secret };
}

function readMediaHosts(text: string): string[] {
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean);
  try {
    createMediaHosts(entries);
  } catch {
    throw wrong(
      'MEDIA_DOWNLOAD_HOSTS',
      'hosts with commas between them, such as cdninstagram.com,http://127.0.0.1:8080',
    );
  }
  return entries;
}

function readRanges(text: string): string[] {
  const ranges = text
    .split(',')
    .map((range) => range.trim())
    .filter(Boolean);
  try {
    createMediaHosts([], ranges);
  } catch {
    throw wrong(
      'MEDIA_DOWNLOAD_ALLOWED_RANGES',
      'ranges of addresses with commas between them, such as 198.18.0.0/15,fc00::/18; those of this machine and its link (127.0.0.0/8, 169.254.0.0/16, ::1, fe80::/10) are never allowed',
    );
  }
  return ranges;
}

function readTimeout(text: string): number {
  const seconds = Number(text);
  if (!(seconds >= 0.1 && seconds <= 3600)) throw wrong('NETWORK_TIMEOUT_SECONDS', 'seconds, from 0.1 to 3600');
  return seconds * 1000;
}

function readChatId(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const id = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(id)) throw wrong('ADMIN_TELEGRAM_CHAT_ID', 'a whole number');
  return id;
}

function readBotToken(text: string | undefined): string | undefined {
  if (text === undefined || /^\d{5,20}:[\w-]{30,100}$/.test(text)) return text;
  throw wrong('TELEGRAM_BOT_TOKEN', 'a token of a bot, as @BotFather gives it: a number, a colon, and 35 letters');
}

function readLogLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((one) => one === text.toLowerCase());
  if (!level) throw wrong('LOG_LEVEL', `one of ${LOG_LEVELS.join(', ')}`);
  return level;
}

function readProxies(text: string): string[] {
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean);
  try {
    createNetworks(entries);
  } catch {
    throw wrong('TRUSTED_PROXIES', 'addresses or networks with commas between them, such as 127.0.0.1,10.0.0.0/8');
  }
  return entries;
}
