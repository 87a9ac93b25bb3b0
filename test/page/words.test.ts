import { expect, test } from 'vitest';
import { de } from '../../src/page/words/de.ts';
import { en } from '../../src/page/words/en.ts';
import { createFormats } from '../../src/page/words/formats.ts';
import { pickLanguage } from '../../src/page/words/pick-language.ts';

/** Every text of a language by its path; functions get sample values. */
function textsOf(words: object, path = ''): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [name, value] of Object.entries(words)) {
    const here = `${path}${name}`;
    if (typeof value === 'string') texts.set(here, value);
    else if (typeof value === 'function')
      texts.set(here, String(value('<one>', value.length > 1 ? '<two>' : undefined)));
    else for (const entry of textsOf(value, `${here}.`)) texts.set(...entry);
  }
  return texts;
}

test('German has every text of English, with the same values', () => {
  const english = textsOf(en);
  const german = textsOf(de);
  expect([...german.keys()]).toEqual([...english.keys()]);
  for (const [name, text] of german) {
    expect(text.trim(), name).not.toBe('');
    expect(text.includes('<one>'), name).toBe(english.get(name)?.includes('<one>'));
  }
});

test('one is singular', () => {
  expect([en.gallery.found('1', 1), en.gallery.found('2', 2)]).toEqual(['1 post', '2 posts']);
  expect([de.gallery.found('1', 1), de.gallery.found('2', 2)]).toEqual(['1 Beitrag', '2 Beiträge']);
  expect([de.post.failed('1', 1), de.post.failed('3', 3)]).toEqual(['Einmal fehlgeschlagen', '3-mal fehlgeschlagen']);
});

test('German addresses people as du', () => {
  for (const [name, text] of textsOf(de))
    expect(text, name).not.toMatch(/\b(Ihnen|Ihre[mnrs]?)\b|(?<!^)(?<![.:!?] )\bSie\b/);
});

test.each([
  [['de-AT', 'en'], 'de', 'de-AT'],
  [['fr', 'en-GB', 'de'], 'en', 'en-GB'],
  [['fr'], 'en', 'en'],
  [[], 'en', 'en'],
])('from %j the page picks %s', (wanted, language, locale) =>
  expect(pickLanguage(wanted, ['en', 'de'])).toEqual({ language, locale }),
);

test('numbers and times are formatted for the language', () => {
  const english = createFormats('en');
  const german = createFormats('de');
  expect([english.number(50_000), german.number(50_000)]).toEqual(['50,000', '50.000']);
  expect([english.month('2019-05'), german.month('2019-05')]).toEqual(['May 2019', 'Mai 2019']);
  expect([english.bytes(0), english.bytes(999), english.bytes(1_500_000), german.bytes(1_500_000)]).toEqual([
    '0 byte',
    '999 byte',
    '1.5 MB',
    '1,5 MB',
  ]);
  expect(english.utc('2019-05-04T10:11:12Z')).toContain('10:11:12');
});

test.each([
  [0, '0:00'],
  [9.4, '0:09'],
  [75, '1:15'],
  [3723, '1:02:03'],
])('%f seconds are shown as the length %s', (seconds, text) => expect(createFormats('en').length(seconds)).toBe(text));

test.each([
  [0, '0 sec'],
  [59, '59 sec'],
  [60, '1 min'],
  [734, '12 min 14 sec'],
  [7322, '2 hr 2 min'],
  [90_000, '1 day 1 hr'],
])('%i seconds are shown as %s', (seconds, text) => expect(createFormats('en').span(seconds)).toBe(text));
