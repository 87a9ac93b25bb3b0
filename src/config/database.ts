import { join } from 'node:path';
import { invalid, path, type Value } from './values.ts';

/** Where the database is. */
export type DatabaseTarget =
  | { kind: 'sqlite'; path: string }
  | {
      kind: 'postgres';
      host?: string | undefined;
      port?: number | undefined;
      database: string;
      user?: string | undefined;
      password?: string | undefined;
      ssl: false | { rejectUnauthorized: boolean };
    };

/** `DATABASE_URL`, else the `DB_` variables, else an SQLite file in `home`. */
export function readDatabase(value: Value, home: string): DatabaseTarget {
  const text = value('DATABASE_URL');
  if (text !== undefined) return readUrl(text);
  const names = ['DB_HOST', 'DB_PORT', 'DB_NAME', 'DB_USER', 'DB_PASSWORD', 'DB_SSLMODE'];
  if (names.every((name) => value(name) === undefined)) return { kind: 'sqlite', path: join(home, 'storyline.db') };
  const database = value('DB_NAME');
  if (database === undefined) throw invalid('DB_NAME', 'the name of a database: other DB_ variables are set');
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

const FORMS = 'postgres://user:password@host:5432/database or sqlite:/path/to/file.db';

function readUrl(text: string): DatabaseTarget {
  const sqlite = /^sqlite:(?:\/\/)?(.+)$/.exec(text)?.[1];
  if (sqlite !== undefined) return { kind: 'sqlite', path: path(sqlite) };
  if (!/^postgres(ql)?:\/\//.test(text) || !URL.canParse(text)) throw invalid('DATABASE_URL', FORMS);
  const url = new URL(text);
  const database = decode(url.pathname.slice(1));
  const host = url.searchParams.get('host') ?? decode(url.hostname.replace(/^\[|\]$/g, ''));
  if (!database || !host) throw invalid('DATABASE_URL', FORMS);
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
    throw invalid('DATABASE_URL', `${FORMS}, with special characters percent-encoded`);
  }
}

function readPort(name: string, text = '5432'): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw invalid(name, 'a port from 1 to 65535');
  return port;
}

/** As in libpq: `require` encrypts without checking the server's certificate, the `verify-` modes check it. */
function readSslMode(name: string, mode = 'prefer'): false | { rejectUnauthorized: boolean } {
  if (mode === 'disable' || mode === 'allow' || mode === 'prefer') return false;
  if (mode === 'require') return { rejectUnauthorized: false };
  if (mode === 'verify-ca' || mode === 'verify-full') return { rejectUnauthorized: true };
  throw invalid(name, 'an sslmode of disable, allow, prefer, require, verify-ca or verify-full');
}
