/** Writes the reference pages that follow from the program itself; with --check it says which are out of date. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { createProgram } from '../src/cli/program.ts';
import { migrate } from '../src/db/migrate.ts';
import { openDatabase } from '../src/db/open.ts';

const pages = { 'docs/cli.md': cliPage(), 'docs/schema.md': await schemaPage() };

const stale: string[] = [];
for (const [path, text] of Object.entries(pages)) {
  const written = await readFile(path, 'utf8').catch(() => '');
  if (written === text) continue;
  stale.push(path);
  if (!process.argv.includes('--check')) await writeFile(path, text);
}
if (process.argv.includes('--check') && stale.length > 0) {
  process.stderr.write(`Out of date: ${stale.join(', ')}. Write them anew with: npm run docs\n`);
  process.exitCode = 1;
}

function cliPage(): string {
  const program = createProgram('', async () => undefined);
  const commands = program.commands.map((command) => {
    let text = '';
    command.configureOutput({
      getOutHelpWidth: () => 100,
      writeOut: (part) => {
        text += part;
      },
    });
    command.outputHelp();
    return `## ${command.name()}\n\n\`\`\`text\n${text.trimEnd()}\n\`\`\`\n`;
  });
  return `# Commands\n\nWritten from the program by \`npm run docs\`.\n\n${commands.join('\n')}`;
}

async function schemaPage(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'storyline-docs-'));
  const db = await openDatabase({ kind: 'sqlite', path: join(folder, 'storyline.db') });
  try {
    await migrate(db);
    const { rows } = await sql<{
      table: string;
      name: string;
      type: string;
      notnull: number;
      dflt: string | null;
      pk: number;
    }>`
      select m.name as "table", c.name as name, c.type as type, c."notnull" as "notnull", c.dflt_value as dflt, c.pk as pk
      from sqlite_master m, pragma_table_xinfo(m.name) c where m.type = 'table'
        and m.name not like 'instagram\\_texts\\_index%' escape '\\' order by m.name, c.cid`.execute(db.query);
    const tables = [...new Set(rows.map(({ table }) => table))].map((table) => {
      const lines = rows
        .filter((row) => row.table === table)
        .map(({ name, type, notnull, dflt, pk }) => {
          const standard = dflt === null ? '' : dflt.length > 40 ? 'made by the database' : `\`${dflt}\``;
          return `| ${name} | ${type} | ${pk ? 'key' : notnull ? 'yes' : ''} | ${standard} |`;
        });
      return `## ${table}\n\n| column | type | required | default |\n|---|---|---|---|\n${lines.join('\n')}\n`;
    });
    return `# Tables\n\nWritten from a new SQLite database by \`npm run docs\`; PostgreSQL has the same tables and columns in its own types.\nEvery moment is UTC without a zone. On SQLite a moment is \`YYYY-MM-DD HH:MM:SS.mmm\`, a UUID is lower-case text, JSON and\narrays are JSON text, a boolean is 0 or 1.\n\n${tables.join('\n')}`;
  } finally {
    await db.close();
    await rm(folder, { recursive: true, force: true });
  }
}
