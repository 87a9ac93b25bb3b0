import { badRequest } from './refusal.ts';

export type Params = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A parameter as text; numbers and booleans come as such in JSON, as text in forms. */
export function textOf(params: Params, name: string): string {
  const value = params[name];
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A whole number, or nothing where there is none; like Telegram's own reader, which does not complain. */
export function integerOf(params: Params, name: string): number | undefined {
  const text = textOf(params, name);
  return /^-?\d+$/.test(text) ? Number(text) : undefined;
}

export const isTrue = (params: Params, name: string): boolean => /^(true|1|yes)$/i.test(textOf(params, name));

/** A structure: an object in JSON, JSON as text in forms. */
export function structureOf(params: Params, name: string, what: string): unknown {
  const value = params[name];
  if (typeof value !== 'string') return value ?? undefined;
  if (value === '') return undefined;
  try {
    return JSON.parse(value);
  } catch {
    throw badRequest(`can't parse ${what} JSON object`);
  }
}
