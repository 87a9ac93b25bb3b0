import { once } from 'node:events';
import type { App } from '../../app/open.ts';
import { StorylineError, UsageError } from '../../errors.ts';
import { linkSignals } from '../../lib/link-signals.ts';
import { openBrowser } from '../../lib/open-browser.ts';
import { runBot } from '../../telegram/bot.ts';
import { serveWeb, type WebServer } from '../../web/serve-web.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { withApp } from '../with-app.ts';

interface Options {
  readonly bot: boolean;
  readonly web: boolean;
  readonly port: number;
  readonly host: string;
  readonly open: boolean;
  readonly sandbox: boolean;
}

/** Serves the gallery and answers on Telegram until it is stopped; that is how it ends, and no error. */
export async function serve(options: Options, context: Context): Promise<ExitCode> {
  const token = botToken(options, context);
  await withApp(context, async (app) => {
    const { belonging } = app;
    if ('problem' in belonging) context.log.warn(`${belonging.problem}. ${belonging.hint}`);
    const ended = new AbortController();
    const { signal, dispose } = linkSignals([context.signal, ended.signal]);
    let web: WebServer | undefined;
    try {
      if (options.web) web = await openGallery(app, { options, context, signal });
      if (token !== undefined) await answer(app, { token, options, context, signal });
      // Whatever ended the bot, the gallery goes on.
      if (!signal.aborted) await once(signal, 'abort');
    } finally {
      ended.abort();
      await web?.done;
      dispose();
    }
  });
  return EXIT.done;
}

/**
 * Answers on Telegram until the signal is aborted.
 *
 * @throws {UsageError} for a token that Telegram refuses, and where the bot is all that is served, whatever ended it.
 */
async function answer(app: App, { token, options, context, signal }: Asked & { token: string }): Promise<void> {
  const { apiRoot } = context.config.telegram;
  try {
    await runBot(app, { token, apiRoot, isAlone: !options.web }, signal);
  } catch (error) {
    if (!options.web || error instanceof UsageError) throw error;
    const what = error instanceof StorylineError ? error.message : error instanceof Error ? error.stack : error;
    context.log.error(`the bot ended: ${what}. The gallery goes on; start the program again for the bot.`);
  }
}

/** The token of the bot that is to run, if one is. @throws {UsageError} for options that leave nothing to do. */
function botToken({ bot, web, open, sandbox }: Options, { config, terminal, log }: Context): string | undefined {
  if (!bot && !web) throw new UsageError('With --no-bot and --no-web nothing is left to serve');
  if (!web && (open || sandbox)) {
    throw new UsageError('--open and --sandbox are about the gallery', { hint: 'Leave out --no-web.' });
  }
  if (!bot) return undefined;
  const token = config.telegram.botToken;
  if (token === undefined) {
    if (web) {
      terminal.note('TELEGRAM_BOT_TOKEN is not set: the gallery is served, without a bot.');
      return undefined;
    }
    throw new UsageError('TELEGRAM_BOT_TOKEN is not set: there is no bot to run', {
      hint: 'How to make one, in a minute: docs/telegram.md',
    });
  }
  if (config.adminChatId === undefined) {
    log.warn('ADMIN_TELEGRAM_CHAT_ID is not set: only users that are promoted with promote-user may command the bot');
  }
  return token;
}

interface Asked {
  readonly options: Options;
  readonly context: Context;
  readonly signal: AbortSignal;
}

async function openGallery(app: App, { options, context, signal }: Asked): Promise<WebServer> {
  const { terminal } = context;
  const web = await serveWeb(app, options, signal);
  const address = options.sandbox ? `${web.address}sandbox/` : web.address;
  terminal.print(`The gallery is at ${address} until Ctrl-C.`);
  if (options.open) {
    openBrowser(address, () => terminal.note('No browser could be opened here: open the address yourself.'));
  }
  return web;
}
