import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { UsageError } from '../errors.ts';

/** Looks up a setting; undefined if it is unset or empty. */
export type Value = (name: string) => string | undefined;

/** @param expected what the setting accepts, after "use". The wrong value is not shown: it may be a secret. */
export const invalid = (name: string, expected: string): UsageError =>
  new UsageError(`Invalid ${name}: use ${expected}`, { hint: 'Fix it in the environment or in .env.' });

/** An absolute path; `~` is the user's home. */
export const path = (text: string): string => resolve(text.replace(/^~(?=$|\/)/, homedir()));

/** The parts of a list with commas. */
export const list = (text: string): string[] =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean);

/** A list whose entries `check` accepts: it throws for a wrong one. */
export function checkedList(name: string, text: string, check: (entry: string) => unknown, expected: string): string[] {
  const entries = list(text);
  try {
    for (const entry of entries) check(entry);
  } catch {
    throw invalid(name, expected);
  }
  return entries;
}

/** An address without a slash at its end. */
export function baseUrl(name: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.search || url.hash || url.username) {
    throw invalid(name, 'an address such as https://graph.facebook.com');
  }
  return url.href.replace(/\/+$/, '');
}
