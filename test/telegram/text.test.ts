import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describe as describeArguments, parseBackfillArguments } from '../../src/telegram/backfill-arguments.ts';
import { bold, clip, fitted, join, LONGEST, lines, say } from '../../src/telegram/text.ts';

describe('a text', () => {
  test('keeps what is bold at its place, counted as Telegram counts', () => {
    const text = say`🏖️ ${bold('a')} and ${lines('x', bold('🏖️'), 3)}`;
    expect(text.text).toBe('🏖️ a and x\n🏖️\n3');
    expect(text.entities.map(({ offset, length }) => text.text.slice(offset, offset + length))).toEqual(['a', '🏖️']);
    expect(bold('').entities).toEqual([]);
  });

  test('of any parts has its entities within itself, and on their parts', async () => {
    await fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.boolean())), (parts) => {
        const text = join(
          parts.map(([part, isBold]) => (isBold ? bold(part) : part)),
          ' ',
        );
        const bolds = parts.filter(([part, isBold]) => isBold && part !== '').map(([part]) => part);
        expect(text.entities.map(({ offset, length }) => text.text.slice(offset, offset + length))).toEqual(bolds);
      }),
    );
  });

  test('that is too long is cut, with what is bold in it', () => {
    const short = say`${bold('x'.repeat(LONGEST))}`;
    expect(fitted(short)).toEqual(short);
    const { text, entities } = fitted(say`a${bold(`${'x'.repeat(LONGEST - 3)}🏖️tail`)}${bold('beyond')}`);
    expect(text.length).toBeLessThanOrEqual(LONGEST);
    expect(text).toMatch(/x…$/);
    expect(entities).toEqual([{ type: 'bold', offset: 1, length: text.length - 2 }]);
  });

  test('from outside is one line of so many characters, and no half of one', async () => {
    expect(clip('a\nb\u202ec', 80)).toBe('a b c');
    expect(clip('ab🏖cd', 4)).toBe('ab…');
    expect(clip('x'.repeat(200), 80)).toHaveLength(80);
    await fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 100 }), (text, most) => {
        expect(clip(text, most).length).toBeLessThanOrEqual(most);
      }),
    );
  });
});

test('arguments in any order say the same', async () => {
  const expected = { limit: 50, mediaType: 'both', since: new Date('2025-01-01T00:00:00Z'), dryRun: true };
  const parts = ['50', 'both', 'since 2025-01-01', 'dry'];
  await fc.assert(
    fc.property(fc.shuffledSubarray(parts, { minLength: 4 }), (shuffled) => {
      expect(parseBackfillArguments(shuffled.join('  '))).toEqual(expected);
    }),
  );
  expect(describeArguments(expected as never)).toBe('DRY RUN · both · at most 50 · since 2025-01-01');
});
