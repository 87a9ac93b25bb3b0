/**
 * Words that this project does not use, each with what to say instead; a space matches any gap, also between two lines
 * of a comment or two parts of a name. "At once" is forbidden in both its senses, since a reader has to guess which.
 */
const FORBIDDEN: readonly (readonly [words: string, instead: string])[] = [
  ['anew|had anew', 'again, or: renew, retry, redownload'],
  ['foretold|foretells?|foretelling', 'estimate (in the code: forecast)'],
  ['(to )?be had', 'available'],
  ['nothing where', 'undefined if'],
  ['absent (where|for|if|when)', 'undefined if'],
  ['of no (further |more )?use', 'useless, expired, not allowed, or: no longer needed'],
  ['whoever|whomever', 'name the actor, such as: the caller, the user'],
  ['who waits', 'the waiting caller'],
  ['mend(s|ed|ing)?', 'fix, repair'],
  ['taken for', 'mistaken for, treated as'],
  ['lets? (the account |it )?in again', 'the limit resets'],
  ['(hold|holds|held) against', 'compare with, check against'],
  ['came by', 'from'],
  ['at once', 'immediately, or: in parallel, at the same time'],
  ['beside', 'next to, or: besides'],
  ['what came', 'the result, or: what was downloaded'],
  ['(is|are|was|were) told(?! apart)', 'name who says it, and what is shown or reported'],
  ['any more', 'no longer'],
  ['it is so', 'this is the case'],
  ['under way', 'running, in progress'],
  ['(go|goes|went|going) on where', 'continue, resume'],
  ['for good', 'permanently'],
  ['(pass|passes|passed|passing) over', 'skip'],
  ['turned away', 'refused'],
  ['lately', 'recently'],
  ['(interface|type) (Asked|Told|Held|Given|Drawn|Placed|Wanted|Shown|Found|Moved|Opened|Prepared)\\s?[={<]', 'a noun'],
  ['(const|let) it|it: Test App', 'a name, such as: app'],
];

const GAP = String.raw`[\s*/>|#-]+`;
const RULES = FORBIDDEN.map(([words, instead]) => ({
  pattern: new RegExp(String.raw`\b(?:${words.replaceAll(' ', GAP)})(?!\w)`, 'gi'),
  instead,
}));

/** Every use of a forbidden word in a text, as `name:line: the line` and what to say instead. */
export function forbiddenWords(name: string, text: string): string[] {
  const lines = text.split('\n');
  // A name such as `mendFiles` or `at_once` is read as its words.
  const words = text.replace(/(?<=[a-z0-9])(?=[A-Z])/g, ' ').replaceAll('_', ' ');
  return RULES.flatMap(({ pattern, instead }) =>
    [...words.matchAll(pattern)].map(({ 0: found, index }) => {
      const line = words.slice(0, index).split('\n').length;
      return `${name}:${line}: ${lines[line - 1]?.trim()}\n    "${found}": say: ${instead}`;
    }),
  );
}
