import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { type DatabaseTarget, readDatabase } from './config/database.ts';
import { baseUrl, checkedList, invalid, list, path, type Value } from './config/values.ts';
import { UsageError } from './errors.ts';
import { parseHostRule } from './lib/host-rules.ts';
import { LOG_LEVELS, type LogLevel } from './lib/log.ts';
import { createNetworks } from './lib/networks.ts';
import { parseRange } from './lib/private-addresses.ts';

/** Everything that a user can set; docs/configuration.md describes each setting. */
export interface Config {
  /** The folder for everything that the program stores. */
  readonly home: string;
  readonly mediaDir: string;
  readonly database: DatabaseTarget;
  /** Fernet keys from the environment, newest first; empty if {@link Config.keyFile} is used. */
  readonly encryptionKeys: readonly string[];
  readonly keyFile: string;
  readonly graph: {
    readonly version: string;
    readonly baseUrls: { readonly facebook: string; readonly instagram: string };
  };
  readonly signIn: SignInConfig;
  /** Where media may be downloaded from, such as `cdninstagram.com` or `http://127.0.0.1:8080`. */
  readonly mediaHosts: readonly string[];
  /** Private addresses that names of media hosts may resolve to: `198.18.0.0/15`. */
  readonly mediaRanges: readonly string[];
  /** Milliseconds without an answer after which a request has failed. */
  readonly networkTimeout: number;
  readonly adminChatId: number | undefined;
  readonly telegram: {
    /** Undefined if there is no bot. */
    readonly botToken: string | undefined;
    readonly apiRoot: string;
  };
  /** Addresses and networks of the proxies whose `X-Forwarded-For` is trusted. */
  readonly trustedProxies: readonly string[];
  readonly logLevel: LogLevel;
  /** Whether a backfill leaves V8's own memory settings as they are. */
  readonly v8Defaults: boolean;
}

/** An app in Meta's App Dashboard. */
export interface MetaApp {
  readonly id: string;
  readonly secret: string | undefined;
}

/** What signing in needs besides the API. */
interface SignInConfig {
  /** Facebook Login and Instagram Login have different ids and secrets, even in one app. */
  readonly apps: { readonly facebook: MetaApp | undefined; readonly instagram: MetaApp | undefined };
  /** The websites where people consent. */
  readonly pages: { readonly facebook: string; readonly instagram: string };
  /** Where Instagram Login exchanges its codes. */
  readonly instagramApi: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The environment, and what `.env` in the working directory adds to it. */
export function readEnvironment(environment: Environment, directory: string): Environment {
  let text: string;
  try {
    text = readFileSync(join(directory, '.env'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return environment;
    throw new UsageError(`Cannot read the file .env: ${(error as Error).message}`);
  }
  return { ...parseEnv(text), ...environment };
}

/**
 * Validates all settings once, so that other code can trust them.
 *
 * @throws {UsageError} naming the invalid variable.
 */
export function readConfig(environment: Environment): Config {
  const value = (name: string) => environment[name]?.trim() || undefined;
  const address = (name: string, standard: string) => baseUrl(name, value(name) ?? standard);
  const home = path(value('STORYLINE_HOME') ?? join(homedir(), 'storyline'));
  return {
    home,
    mediaDir: path(value('MEDIA_DIR') ?? join(home, 'media')),
    database: readDatabase(value, home),
    encryptionKeys: [...new Set(list(`${value('ENCRYPTION_KEYS') ?? ''},${value('ENCRYPTION_KEY') ?? ''}`))],
    keyFile: join(home, 'secret.key'),
    graph: {
      version: readVersion(value('META_GRAPH_API_VERSION') ?? 'v25.0'),
      baseUrls: {
        facebook: address('META_GRAPH_BASE_URL', 'https://graph.facebook.com'),
        instagram: address('INSTAGRAM_GRAPH_BASE_URL', 'https://graph.instagram.com'),
      },
    },
    signIn: {
      apps: { facebook: readApp(value, 'FACEBOOK'), instagram: readApp(value, 'INSTAGRAM') },
      pages: {
        facebook: address('FACEBOOK_LOGIN_BASE_URL', 'https://www.facebook.com'),
        instagram: address('INSTAGRAM_LOGIN_BASE_URL', 'https://www.instagram.com'),
      },
      instagramApi: address('INSTAGRAM_API_BASE_URL', 'https://api.instagram.com'),
    },
    mediaHosts: checkedList(
      'MEDIA_DOWNLOAD_HOSTS',
      value('MEDIA_DOWNLOAD_HOSTS') ?? 'cdninstagram.com,fbcdn.net',
      parseHostRule,
      'hosts separated by commas, such as cdninstagram.com,http://127.0.0.1:8080',
    ),
    mediaRanges: checkedList(
      'MEDIA_DOWNLOAD_ALLOWED_RANGES',
      value('MEDIA_DOWNLOAD_ALLOWED_RANGES') ?? '',
      parseRange,
      'address ranges separated by commas, such as 198.18.0.0/15,fc00::/18; those of this machine and its link (127.0.0.0/8, 169.254.0.0/16, ::1, fe80::/10) are never allowed',
    ),
    networkTimeout: readTimeout(value('NETWORK_TIMEOUT_SECONDS') ?? '30'),
    adminChatId: readChatId(value('ADMIN_TELEGRAM_CHAT_ID')),
    telegram: {
      botToken: readBotToken(value('TELEGRAM_BOT_TOKEN')),
      apiRoot: address('TELEGRAM_API_ROOT', 'https://api.telegram.org'),
    },
    trustedProxies: checkedList(
      'TRUSTED_PROXIES',
      value('TRUSTED_PROXIES') ?? '',
      (entry) => createNetworks([entry]),
      'addresses or networks separated by commas, such as 127.0.0.1,10.0.0.0/8',
    ),
    logLevel: readLogLevel(value('LOG_LEVEL') ?? 'info'),
    v8Defaults: value('STORYLINE_V8_DEFAULTS') === '1',
  };
}

function readVersion(version: string): string {
  if (!/^v\d{1,3}\.\d{1,2}$/.test(version)) throw invalid('META_GRAPH_API_VERSION', 'a version such as v25.0');
  return version;
}

function readApp(value: Value, name: 'FACEBOOK' | 'INSTAGRAM'): MetaApp | undefined {
  const id = value(`${name}_APP_ID`);
  const secret = value(`${name}_APP_SECRET`);
  if (id === undefined && secret === undefined) return undefined;
  if (id === undefined || !/^\d{1,30}$/.test(id)) {
    throw invalid(`${name}_APP_ID`, "the numeric id of an app from Meta's App Dashboard");
  }
  if (secret !== undefined && !/^[\w-]{8,200}$/.test(secret)) {
    throw invalid(`${name}_APP_SECRET`, "the secret of an app from Meta's App Dashboard");
  }
  return { id, secret };
}

function readTimeout(text: string): number {
  const seconds = Number(text);
  if (!(seconds >= 0.1 && seconds <= 3600)) throw invalid('NETWORK_TIMEOUT_SECONDS', 'seconds from 0.1 to 3600');
  return seconds * 1000;
}

function readChatId(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const id = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(id)) throw invalid('ADMIN_TELEGRAM_CHAT_ID', 'a whole number');
  return id;
}

function readBotToken(text: string | undefined): string | undefined {
  if (text === undefined || /^\d{5,20}:[\w-]{30,100}$/.test(text)) return text;
  throw invalid('TELEGRAM_BOT_TOKEN', 'the token from @BotFather: a number, a colon, and 35 characters');
}

function readLogLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((one) => one === text.toLowerCase());
  if (!level) throw invalid('LOG_LEVEL', LOG_LEVELS.join(', '));
  return level;
}
