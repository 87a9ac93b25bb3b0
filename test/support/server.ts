import pg from 'pg';

/** A server to test against, where there is one; each test makes databases of its own on it, and drops them. */
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

/** Why there is no server to test against; nothing where there is one. */
export const whyUnreachable = (): Promise<string | undefined> =>
  askServer('select 1').then(
    () => undefined,
    (error: Error & { code?: string }) => error.message || error.code || 'no answer',
  );
