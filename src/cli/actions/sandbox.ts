import { once } from 'node:events';
import { UsageError } from '../../errors.ts';
import { startSandbox } from '../../sandbox/server.ts';
import type { OptionsOf } from '../command.ts';
import type { sandbox } from '../commands/sandbox.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';

export async function run({ port }: OptionsOf<typeof sandbox>, { terminal, signal }: Context): Promise<ExitCode> {
  const running = await startSandbox({ port }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') throw error;
    throw new UsageError(`Port ${port} cannot be used: ${error.code}`, {
      hint: 'Choose another one with --port, or 0 for any free one.',
    });
  });
  terminal.print(describe(running));
  if (!signal.aborted) await once(signal, 'abort');
  await running.close();
  return EXIT.done;
}

function describe(running: Awaited<ReturnType<typeof startSandbox>>): string {
  const { account, tokens, apps } = running;
  return [
    `The sandbox simulates @${account.username}, id ${account.id}. Stop it with Ctrl-C.`,
    '',
    'To connect a program to it, set:',
    `  META_GRAPH_BASE_URL=${running.facebookBaseUrl}`,
    `  INSTAGRAM_GRAPH_BASE_URL=${running.instagramBaseUrl}`,
    `  MEDIA_DOWNLOAD_HOSTS=${running.mediaHost}`,
    '',
    'To sign in to it with storyline-cli instagram-auth, also set:',
    `  FACEBOOK_LOGIN_BASE_URL=${running.facebookWebBaseUrl}`,
    `  INSTAGRAM_LOGIN_BASE_URL=${running.instagramWebBaseUrl}`,
    `  INSTAGRAM_API_BASE_URL=${running.instagramApiBaseUrl}`,
    `  FACEBOOK_APP_ID=${apps.facebook.id}`,
    `  FACEBOOK_APP_SECRET=${apps.facebook.secret}`,
    `  INSTAGRAM_APP_ID=${apps.instagram.id}`,
    `  INSTAGRAM_APP_SECRET=${apps.instagram.secret}`,
    '',
    `Token, Facebook Login:   ${tokens.facebook}`,
    `Token, Instagram Login:  ${tokens.instagram}`,
    '',
    `Try it: curl -H 'Authorization: Bearer ${tokens.facebook}' '${running.facebookBaseUrl}/v25.0/${account.id}/media?fields=id,media_type,caption&limit=3'`,
  ].join('\n');
}
