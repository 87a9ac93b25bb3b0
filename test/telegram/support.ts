import { setTimeout as delay } from 'node:timers/promises';
import { afterEach } from 'vitest';
import { runBot } from '../../src/telegram/bot.ts';
import type { Paces } from '../../src/telegram/polling.ts';
import { type TestApp, testApp } from '../support/test-app.ts';
import { until } from '../support/until.ts';
import type { BotApiOptions } from './bot-api/contract.ts';
import { type BotApi, type Chat, type Person, startBotApi } from './bot-api/server.ts';

export const ADMIN: Person = { id: 5, firstName: 'Ann', username: 'ann_example' };
export const OFFICE: Chat = { id: 5, type: 'private' };
export const MEMBER: Person = { id: 6, firstName: 'Ben' };
export const GROUP: Chat = { id: -100, type: 'supergroup', title: 'Studio' };
export const STRANGER: Person = { id: 7, firstName: 'Cleo', lastName: '<b>_*[x](y)`', username: 'cleo_example' };
export const ELSEWHERE: Chat = { id: 7, type: 'private' };

/** Waiting takes little time, and is waiting all the same: what is paced comes one after the other. */
/** How long the bot waits for runs to end, in milliseconds. */
const FAREWELL = 10_000;
const LONGEST_SLEEP = 15;

/** Waits as long as is asked: what is told to come back in an hour does not come back in the test. */
export const patiently = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  delay(milliseconds, undefined, { signal });

/** A clock that can be moved on. */
export function movableClock() {
  let ahead = 0;
  return {
    now: () => new Date(Date.now() + ahead),
    pass(milliseconds: number) {
      ahead += milliseconds;
    },
  };
}

export const HOUR = 60 * 60 * 1000;

export interface Conversation {
  readonly it: TestApp;
  readonly api: BotApi;
  /** What the program logged. */
  readonly said: readonly string[];
  /** Runs the bot (again). */
  start(): Promise<void>;
  /** Stops it, as Ctrl-C does, and waits for its end. */
  stop(): Promise<void>;
  /** What ended the bot by itself. */
  readonly ended: () => Promise<unknown>;
}

const open: Conversation[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) {
    await one.stop();
    await one.api.close();
    await one.it.close();
  }
});

/** The real bot between the sandbox and a stand-in for Telegram; everything is closed after the test. */
export async function converse({
  botApi = {},
  isStarted = true,
  isAlone = true,
  paces = {},
  ...options
}: Parameters<typeof testApp>[0] & {
  botApi?: BotApiOptions;
  isStarted?: boolean;
  isAlone?: boolean;
  paces?: Partial<Paces>;
} = {}): Promise<Conversation> {
  const said: string[] = [];
  const api = await startBotApi({ pollTimeoutCap: 0.1, ...botApi });
  api.meet(OFFICE, ADMIN);
  api.meet(GROUP, ADMIN, MEMBER);
  api.meet(ELSEWHERE, STRANGER);
  const it = await testApp({
    // Runs that are ended have their time to say so, as they have it outside of tests.
    sleep: (milliseconds, signal) =>
      milliseconds === FAREWELL ? delay(FAREWELL, undefined, { signal }) : delay(Math.min(milliseconds, LONGEST_SLEEP)),
    log: (line) => said.push(line),
    ...options,
    environment: { ADMIN_TELEGRAM_CHAT_ID: String(OFFICE.id), ...options.environment },
  });
  let running: { stop: AbortController; end: Promise<unknown> } | undefined;
  const conversation: Conversation = {
    it,
    api,
    said,
    async start() {
      const stop = new AbortController();
      const bot = runBot(it.app, { token: api.token, apiRoot: api.url, isAlone, paces }, stop.signal);
      running = {
        stop,
        end: bot.then(
          () => undefined,
          (error: unknown) => error,
        ),
      };
      await Promise.race([until('the bot listens', async () => api.isPolled()), running.end]);
    },
    async stop() {
      running?.stop.abort();
      const error = await running?.end;
      running = undefined;
      if (error) throw error;
    },
    ended: async () => {
      const error = await running?.end;
      running = undefined;
      return error;
    },
  };
  open.push(conversation);
  if (isStarted) await conversation.start();
  return conversation;
}
