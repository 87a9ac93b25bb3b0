import pg from 'pg';

/** The PostgreSQL server for tests. Each test creates its own databases on it, and drops them. */
export const serverUrl = process.env.STORYLINE_TEST_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';

export async function askServer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl, connectionTimeoutMillis: 3000 });
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

export function shownUrl(): string {
  const { host, pathname } = new URL(serverUrl);
  return host + pathname;
}

/** Why the server is unreachable; undefined if it is reachable. */
export const whyUnreachable = (): Promise<string | undefined> =>
  askServer('select 1').then(
    () => undefined,
    (error: Error & { code?: string }) => error.message || error.code || 'no answer',
  );
