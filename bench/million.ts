import type { Database } from '../src/db/open.ts';
import { shownUrl, whyUnreachable } from '../test/support/server.ts';
import { table } from './document.ts';
import { median } from './measure.ts';
import { withMillion } from './million-library.ts';
import { type Question, questionsFor } from './million-questions.ts';

/** Times that each is asked, with another argument each time where it takes one: no more than there are. */
const TIMES = 15;

interface Took {
  /** Milliseconds. */
  readonly median: number;
  readonly worst: number;
}

const KINDS = ['postgres', 'sqlite'] as const;

/** Asks a library of a million media items what the program asks, and tells what it took, in Markdown. */
export async function millionItems(say: (text: string) => void): Promise<string> {
  const reason = await whyUnreachable();
  if (reason) say(`PostgreSQL is not reachable at ${shownUrl()} (${reason}), and left out`);
  const results = new Map<string, Map<string, Took>>();
  for (const kind of reason ? (['sqlite'] as const) : KINDS) {
    say(`a library of a million media items on ${kind}: being made`);
    results.set(kind, await withMillion(kind, (db) => askAll(db, (text) => say(`${kind}, ${text}`))));
  }
  const names = [...new Set([...results.values()].flatMap((took) => [...took.keys()]))];
  const rows = names.map((name) => [name, ...KINDS.map((kind) => shown(results.get(kind)?.get(name)))]);
  return `The functions that the program itself calls, in a process that is warm, ${TIMES} times each with other arguments: median and worst, in ms.${reason ? ' No PostgreSQL server answered.' : ''}

${table(['', 'PostgreSQL', 'SQLite'], rows)}`;
}

/** Asks everything of a library that is there. */
async function askAll(db: Database, say: (text: string) => void): Promise<Map<string, Took>> {
  const took = new Map<string, Took>();
  for (const { name, ask } of await questionsFor(db)) {
    took.set(name, await measured(ask));
    say(`${name}: ${shown(took.get(name))}`);
  }
  return took;
}

const shown = (took: Took | undefined): string =>
  took ? `${took.median.toFixed(1)}, worst ${took.worst.toFixed(1)}` : 'not measured';

async function measured(ask: Question['ask']): Promise<Took> {
  const times: number[] = [];
  for (let round = 0; round < TIMES; round += 1) {
    const began = performance.now();
    await ask(round);
    times.push(performance.now() - began);
  }
  return { median: median(times), worst: Math.max(...times) };
}
