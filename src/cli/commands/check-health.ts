import type { App } from '../../app.ts';
import type { Config } from '../../config.ts';
import { StorylineError } from '../../errors.ts';
import { createStorage } from '../../storage/create-storage.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { formatBytes, oneLine, renderTable } from '../terminal.ts';
import { libraryConfig, withApp } from '../with-app.ts';

interface Check {
  name: string;
  state: 'ok' | 'warning' | 'broken';
  finding: string;
  remedy: string | undefined;
}

const ok = (name: string, finding: string): Check => ({ name, state: 'ok', finding, remedy: undefined });

/** Less than this, in bytes, is soon full. */
const LITTLE_SPACE = 1024 ** 3;
/** A token that ends sooner, in milliseconds, is worth a warning. */
const SOON = 7 * 24 * 60 * 60 * 1000;

export async function checkHealth(options: { sandbox: boolean; json: boolean }, context: Context): Promise<ExitCode> {
  const { terminal } = context;
  const config = libraryConfig(context, options);
  const checks = [...(await libraryChecks(context, config)), ...(await folderChecks(config))];
  const isBroken = checks.some(({ state }) => state === 'broken');
  if (options.json) {
    terminal.json({ healthy: !isBroken, checks: checks.map((check) => ({ ...check, remedy: check.remedy ?? null })) });
  } else {
    const { green, red, yellow } = terminal.colors;
    const words = { ok: green('ok'), warning: yellow('warning'), broken: red('broken') };
    terminal.print(
      renderTable(
        ['Check', 'State', 'Finding'],
        checks.map(({ name, state, finding }) => [name, words[state], oneLine(finding)]),
      ),
    );
    for (const { name, remedy } of checks) if (remedy) terminal.print(`${name}: ${remedy}`);
  }
  return isBroken ? EXIT.stopped : EXIT.done;
}

async function libraryChecks(context: Context, config: Config): Promise<Check[]> {
  try {
    return await withApp(
      context,
      async (app) => [
        ok(
          'Database',
          config.database.kind === 'sqlite' ? config.database.path : `PostgreSQL, ${config.database.database}`,
        ),
        await keyCheck(app),
        ...(await accountChecks(app)),
      ],
      config,
    );
  } catch (error) {
    return [broken('Database', error)];
  }
}

async function keyCheck({ keyring, config }: App): Promise<Check> {
  const problem = await keyring.problem();
  const place = keyring.isFromEnvironment ? 'from the environment' : config.keyFile;
  return problem
    ? { name: 'Key', state: 'broken', finding: problem, remedy: 'Set ENCRYPTION_KEY to a Fernet key.' }
    : ok('Key', place);
}

async function accountChecks(app: App): Promise<Check[]> {
  const accounts = await app.accounts.list();
  if (accounts.length === 0) {
    const remedy = 'Add one with: storyline-cli add-instagram-account --help';
    return [{ name: 'Accounts', state: 'warning', finding: 'none', remedy }];
  }
  return Promise.all(
    accounts.map(async (account): Promise<Check> => {
      const name = `Account @${account.username ?? account.instagramId}`;
      try {
        await app.tokens.valueFor(account);
      } catch (error) {
        return broken(name, error);
      }
      const expiresAt = (await app.tokens.info(account))?.expiresAt;
      if (!expiresAt) return ok(name, 'its token does not expire');
      const finding = `its token ends on ${expiresAt.toISOString().slice(0, 10)}`;
      const isNear = expiresAt.getTime() - app.outside.now().getTime() < SOON;
      return isNear
        ? { name, state: 'warning', finding, remedy: 'Store a new token before that day.' }
        : ok(name, finding);
    }),
  );
}

async function folderChecks({ mediaDir }: Config): Promise<Check[]> {
  const storage = createStorage({ kind: 'local', root: mediaDir, owner: 'health', heldInMemory: 0 });
  const problem = await storage.problem();
  if (problem) {
    const remedy = 'Set MEDIA_DIR to a folder that can be written, or mend its rights.';
    return [{ name: 'Media folder', state: 'broken', finding: problem, remedy }];
  }
  const free = await storage.freeBytes();
  const folder = ok('Media folder', mediaDir);
  if (free === undefined) return [folder];
  const space = `${formatBytes(free)} free`;
  if (free >= LITTLE_SPACE) return [folder, ok('Disk', space)];
  return [
    folder,
    { name: 'Disk', state: 'warning', finding: space, remedy: 'Free some space before the next backfill.' },
  ];
}

function broken(name: string, error: unknown): Check {
  if (!(error instanceof StorylineError)) throw error;
  return { name, state: 'broken', finding: error.message, remedy: error.hint };
}
