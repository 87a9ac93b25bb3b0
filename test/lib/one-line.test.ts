import assert from 'node:assert/strict';
import { test } from 'vitest';
import { createLog } from '../../src/lib/log.ts';
import { oneLine, shortLine } from '../../src/lib/one-line.ts';

const HOSTILE = [
  '\u001b[2J',
  '\u009b2J',
  '\u001b]0;title\u0007',
  '\r\n',
  '\n',
  '\0',
  '\b',
  '\u007f',
  '\u0085',
  '\u2028',
  '\u2029',
  '\u202a',
  '\u202b',
  '\u202c',
  '\u202d',
  '\u202e',
  '\u2066',
  '\u2067',
  '\u2068',
  '\u2069',
  '\u200f',
  '\ufeff',
  '\ud800',
  '\udfff',
];

test.each(HOSTILE.map((text) => [JSON.stringify(text), text]))('%s is taken out', (_, text) => {
  const line = oneLine(`a${text}b`);
  assert.doesNotMatch(line, /[\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069\u200f\ufeff]/u);
  assert.match(line, /^a .*b$/);
});

test.each(['Ärger', '日本語', 'עברית', '👩‍👩‍👧', 'naïve café', '🏴󠁧󠁢󠁥󠁮󠁧󠁿'])('%s stays as it is', (text) => {
  assert.equal(oneLine(text), text);
});

test('a long text is cut between characters', () => {
  assert.equal(shortLine('👍'.repeat(50), 10), `${'👍'.repeat(9)}…`);
  assert.equal(shortLine('x'.repeat(10), 10), 'x'.repeat(10));
});

test('a line of the log is one line, unless it is a stack trace', () => {
  const lines: string[] = [];
  const log = createLog('debug', (line) => lines.push(line));
  log.warn('it failed\nerror: forged\r\nwarn: forged\u2028info: forged');
  log.error(new Error('a bug\nerror: forged').stack ?? '');
  log.debug('x'.repeat(1_000_000));
  assert.equal(lines[0], 'warn: it failed error: forged warn: forged info: forged');
  assert.doesNotMatch(lines.join('\n'), /^error: forged/m);
  assert.match(lines[1] ?? '', /^error: Error: a bug error: forged\n {4}at /);
  assert.ok((lines[2] ?? '').length < 3000);
});
