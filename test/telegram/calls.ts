import { afterEach, expect } from 'vitest';
import type { BotApiOptions } from './bot-api/contract.ts';
import { type BotApi, type Chat, type Person, startBotApi } from './bot-api/server.ts';

export const ANN: Person = { id: 5, firstName: 'Ann', username: 'ann_example', languageCode: 'en' };
export const HOME: Chat = { id: 5, type: 'private' };
export const GROUP: Chat = { id: -100, type: 'supergroup', title: 'Studio' };

const started: BotApi[] = [];
afterEach(() => Promise.all(started.splice(0).map((api) => api.close())));

/** A stand-in that knows Ann, her chat and her group; closed after the test. */
export async function start(options: BotApiOptions = {}): Promise<BotApi> {
  const api = await startBotApi({ pollTimeoutCap: 0.2, ...options });
  started.push(api);
  api.meet(HOME, ANN);
  api.meet(GROUP, ANN);
  return api;
}

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at by hand.
type Answer = any;

/** Calls a method in JSON, by plain fetch. */
export async function call(api: BotApi, method: string, params: object = {}): Promise<Answer> {
  const response = await fetch(`${api.url}/bot${api.token}/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(params),
  });
  const body = (await response.json()) as Answer;
  expect(response.status).toBe(body.ok ? 200 : body.error_code);
  return body;
}

/** Calls a method in multipart, with files. */
export async function upload(
  api: BotApi,
  method: string,
  fields: object,
  files: Record<string, Buffer>,
): Promise<Answer> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields))
    form.set(name, typeof value === 'string' ? value : JSON.stringify(value));
  for (const [name, bytes] of Object.entries(files)) form.set(name, new Blob([new Uint8Array(bytes)]), `${name}.jpg`);
  return (await fetch(`${api.url}/bot${api.token}/${method}`, { method: 'POST', body: form })).json();
}

export const send = (api: BotApi, params: object) => call(api, 'sendMessage', { chat_id: 5, ...params });
export const sent = async (api: BotApi, params: object): Promise<number> => (await send(api, params)).result.message_id;
export const inline = (...rows: object[][]) => ({ reply_markup: { inline_keyboard: rows } });
