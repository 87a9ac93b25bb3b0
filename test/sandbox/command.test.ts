import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Cli, cli } from '../support/cli.ts';
import { CALLBACK, click } from './browser.ts';

let it: Cli;
beforeEach(async () => {
  it = await cli();
});
afterEach(() => it.close());

test('what the command prints is enough to sign in with', async () => {
  const { child, outcome } = it.start(['sandbox', '--port', '0']);
  let text = '';
  for await (const part of child.stdout ?? []) {
    text += String(part);
    if (text.includes('Try it:')) break;
  }
  const printed = (name: string) => new RegExp(`${name}=(\\S+)`).exec(text)?.[1] ?? '';
  const app = { client_id: printed('INSTAGRAM_APP_ID'), redirect_uri: CALLBACK };
  const asked = new URLSearchParams({ ...app, response_type: 'code', scope: 'instagram_business_basic' });
  const redirect = await click(`${printed('INSTAGRAM_LOGIN_BASE_URL')}/oauth/authorize?${asked}`);
  const code = new URL(redirect.headers.get('location') ?? '').searchParams.get('code') ?? '';
  const secret = { client_secret: printed('INSTAGRAM_APP_SECRET'), grant_type: 'authorization_code' };
  const answer = await fetch(`${printed('INSTAGRAM_API_BASE_URL')}/oauth/access_token`, {
    method: 'POST',
    body: new URLSearchParams({ ...app, ...secret, code }),
  });
  expect(answer.status).toBe(200);
  const dialog = new URLSearchParams({ client_id: printed('FACEBOOK_APP_ID'), redirect_uri: CALLBACK });
  expect((await fetch(`${printed('FACEBOOK_LOGIN_BASE_URL')}/v25.0/dialog/oauth?${dialog}`)).status).toBe(200);
  child.kill('SIGINT');
  expect((await outcome).exitCode).toBe(0);
});
