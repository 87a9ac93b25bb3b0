import { once } from 'node:events';
import { UsageError } from '../../errors.ts';
import { startSandbox } from '../../sandbox/server.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';

export async function sandbox({ port }: { port: number }, { terminal, signal }: Context): Promise<ExitCode> {
  const running = await startSandbox({ port }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') throw error;
    throw new UsageError(`Port ${port} cannot be used: ${error.code}`, {
      hint: 'Name another one, or 0 for any free one.',
    });
  });
  const { account, tokens, apps } = running;
  terminal.print(
    [
      `The sandbox plays @${account.username}, id ${account.id}. Stop it with Ctrl-C.`,
      '',
      'Set these for a program that is to talk to it:',
      `  META_GRAPH_BASE_URL=${running.facebookBaseUrl}`,
      `  INSTAGRAM_GRAPH_BASE_URL=${running.instagramBaseUrl}`,
      `  MEDIA_DOWNLOAD_HOSTS=${running.mediaHost}`,
      '',
      'And these to sign in at it, with storyline-cli instagram-auth:',
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
    ].join('\n'),
  );
  if (!signal.aborted) await once(signal, 'abort');
  await running.close();
  return EXIT.done;
}
