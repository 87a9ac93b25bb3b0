import { once } from 'node:events';
import type { App } from '../../app/open.ts';
import { StorylineError, UsageError } from '../../errors.ts';
import { linkSignals } from '../../lib/link-signals.ts';
import { openBrowser } from '../../lib/open-browser.ts';
import { runBot } from '../../telegram/bot.ts';
import { serveWeb, type WebServer } from '../../web/serve-web.ts';
import type { OptionsOf } from '../command.ts';
import type { serve } from '../commands/serve.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { withApp } from '../with-app.ts';

type Options = OptionsOf<typeof serve>;

/** Runs the gallery and the bot until it is stopped, which is not an error. */
export async function run(options: Options, context: Context): Promise<ExitCode> {
  const token = botToken(options, context);
  await withApp(context, async (app) => {
    const { belonging } = app;
    if ('problem' in belonging) context.log.warn(`${belonging.problem}. ${belonging.hint}`);
    const ended = new AbortController();
    const { signal, dispose } = linkSignals([context.signal, ended.signal]);
    let web: WebServer | undefined;
    try {
      if (options.web) web = await openGallery(app, { options, context, signal });
      if (token !== undefined) await runBotUntilStopped(app, { token, options, context, signal });
      // The gallery keeps running even if the bot has stopped.
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
 * @throws {UsageError} for a token that Telegram rejects. Without the gallery, also whatever else stopped the bot.
 */
async function runBotUntilStopped(
  app: App,
  { token, options, context, signal }: Serving & { token: string },
): Promise<void> {
  const { apiRoot } = context.config.telegram;
  try {
    await runBot(app, { token, apiRoot, isAlone: !options.web }, signal);
  } catch (error) {
    if (!options.web || error instanceof UsageError) throw error;
    const what = error instanceof StorylineError ? error.message : error instanceof Error ? error.stack : error;
    context.log.error(`the bot stopped: ${what}. The gallery keeps running; restart the program to restart the bot.`);
  }
}

/** The token of the bot; undefined if no bot will run. @throws {UsageError} for options that leave nothing to do. */
function botToken({ bot, web, open, sandbox }: Options, { config, terminal, log }: Context): string | undefined {
  if (!bot && !web) throw new UsageError('--no-bot and --no-web together leave nothing to serve');
  if (!web && (open || sandbox)) {
    throw new UsageError('--open and --sandbox need the gallery', { hint: 'Leave out --no-web.' });
  }
  if (!bot) return undefined;
  const token = config.telegram.botToken;
  if (token === undefined) {
    if (web) {
      terminal.note('TELEGRAM_BOT_TOKEN is not set: serving the gallery without a bot.');
      return undefined;
    }
    throw new UsageError('TELEGRAM_BOT_TOKEN is not set: there is no bot to run', {
      hint: 'How to create one, in a minute: docs/telegram.md',
    });
  }
  if (config.adminChatId === undefined) {
    log.warn('ADMIN_TELEGRAM_CHAT_ID is not set: only users promoted with promote-user can use the bot');
  }
  return token;
}

interface Serving {
  readonly options: Options;
  readonly context: Context;
  readonly signal: AbortSignal;
}

async function openGallery(app: App, { options, context, signal }: Serving): Promise<WebServer> {
  const { terminal } = context;
  const web = await serveWeb(app, options, signal);
  const address = options.sandbox ? `${web.address}sandbox/` : web.address;
  terminal.print(`The gallery is at ${address} until Ctrl-C.`);
  if (options.open) {
    openBrowser(address, () => terminal.note('Could not open a browser: open the address yourself.'));
  }
  return web;
}
