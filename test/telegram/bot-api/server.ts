import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Received, receive } from './body.ts';
import type { BotApi, BotApiOptions, Call, SentMessage } from './contract.ts';
import { conversation } from './conversation.ts';
import { createMenus } from './menus.ts';
import { methodsOf } from './methods.ts';
import { createPeople } from './people.ts';
import { Refusal } from './refusal.ts';
import { until } from './until.ts';
import { createUpdates } from './updates.ts';
import { createPace, createWeather, type Trouble } from './weather.ts';
import { sentMessage } from './wire.ts';
import { createWorld } from './world.ts';

export type { BotApi, Chat, Person } from './contract.ts';

/**
 * Starts a stand-in for Telegram's Bot API on a loopback port: what it is sent it checks as Telegram does, and answers
 * in its words; what is said in a chat stays in memory. Webhooks, inline messages and files other than photos and
 * videos are not played: such methods are not found.
 */
export async function startBotApi(options: BotApiOptions = {}): Promise<BotApi> {
  const { token = '110201543:stand-in', botUsername = 'storyline_bot' } = options;
  const world = createWorld({ id: Number.parseInt(token, 10), username: botUsername });
  const updates = createUpdates(options.pollTimeoutCap ?? 50);
  const menus = createMenus();
  const methods = methodsOf(menus, updates);
  const weather = createWeather();
  const pace = options.strictFlood ? createPace() : () => undefined;
  const calls: Call[] = [];

  async function answer(method: string, received: Received, signal: AbortSignal): Promise<unknown> {
    if (method === 'getupdates') return updates.poll(received.params, signal);
    const answering = methods.get(method);
    if (!answering) throw new Refusal(404, 'Not Found');
    pace(method, Number(received.params.chat_id));
    return answering({ world, ...received });
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = '', query] = (request.url ?? '').split('?');
    const [, given, method = ''] = /^\/bot([^/]+)\/([^/]+)$/.exec(path) ?? [];
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const at = new Date();
    let params: Record<string, unknown> = {};
    const note = (error?: string) =>
      calls.push({ at, method, params, ok: error === undefined, ...(error === undefined ? {} : { error }) });
    try {
      const received = await receive(request, new URLSearchParams(query));
      params = { ...received.params, ...uploadsOf(received) };
      if (given === undefined) throw new Refusal(404, 'Not Found');
      if (given.replace(/%3a/gi, ':') !== token) throw new Refusal(401, 'Unauthorized');
      const trouble = weather.check(method.toLowerCase(), Number(received.params.chat_id));
      if (trouble?.kind === 'late') {
        const result = await answer(method.toLowerCase(), received, gone.signal);
        note();
        await weather.cleared();
        reply(response, 200, { ok: true, result });
        return;
      }
      if (trouble) {
        note(trouble.kind);
        await misbehave(response, trouble);
        return;
      }
      const result = await answer(method.toLowerCase(), received, gone.signal);
      note();
      reply(response, 200, { ok: true, result });
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal(500, `Internal Server Error: ${String(error)}`);
      note(refusal.message);
      reply(response, refusal.code, refusalJson(refusal));
    }
  }

  let server = createServer(serve);
  await once(server.listen(options.port ?? 0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const goDown = async () => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  const messages = (chat: number): SentMessage[] =>
    world.messages.filter((message) => message.chat.id === chat && !message.from).map(sentMessage);
  const waitFor: BotApi['waitFor'] = (what, look, milliseconds = 30_000) =>
    until(look, milliseconds, () => `Not within ${milliseconds} ms: ${what}. So far:\n${conversation(world)}`);

  return {
    url: `http://127.0.0.1:${port}`,
    token,
    bot: world.bot,
    ...createPeople(world, updates),
    calls,
    messages,
    conversation: (chat) => conversation(world, chat),
    answer: (queryId) => world.queries.get(queryId)?.answer,
    commands: () => Object.fromEntries(menus.all),
    waitFor,
    waitForMessage: (chat, text, milliseconds) =>
      waitFor(
        `a message like ${text} in the chat ${chat}`,
        () => messages(chat).find((message) => !message.isDeleted && isLike(message.text, text)),
        milliseconds,
      ),
    flood: weather.flood,
    failNext: weather.failNext,
    refuse: weather.refuse,
    hang: weather.hang,
    page: weather.page,
    clearUp: weather.clear,
    isPolled: updates.isPolled,
    deliverTwice: updates.deliverTwice,
    goDown,
    async comeBack() {
      server = createServer(serve);
      await once(server.listen(port, '127.0.0.1'), 'listening');
    },
    close: goDown,
  };
}

const isLike = (text: string, like: string | RegExp) =>
  typeof like === 'string' ? text.includes(like) : new RegExp(like.source, like.flags.replace(/[gy]/g, '')).test(text);

const uploadsOf = ({ files }: Received) =>
  Object.fromEntries([...files].map(([part, { name, bytes }]) => [part, { file: name, bytes: bytes.length }]));

const refusalJson = ({ code, message, retryAfter }: Refusal) => ({
  ok: false,
  error_code: code,
  description: message,
  ...(retryAfter === undefined ? {} : { parameters: { retry_after: retryAfter } }),
});

function reply(response: ServerResponse, status: number, body: unknown): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** What is no answer: nothing, one byte now and then, or the page of a proxy. */
async function misbehave(response: ServerResponse, trouble: Exclude<Trouble, Refusal>): Promise<void> {
  if (trouble.kind === 'page') {
    response.writeHead(trouble.status, { 'content-type': 'text/html' }).end('<html><h1>Bad Gateway</h1></html>');
    return;
  }
  if (trouble.kind === 'drip') {
    response.writeHead(200, { 'content-type': 'application/json' });
    const timer = setInterval(() => response.write(' '), 50);
    response.once('close', () => clearInterval(timer));
  }
  await once(response, 'close');
}
