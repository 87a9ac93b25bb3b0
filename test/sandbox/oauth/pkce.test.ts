import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { consent, exchangeCode } from '../browser.ts';
import { useSandboxes } from '../support.ts';

const sandboxed = useSandboxes();
const codeOf = async (...args: Parameters<typeof consent>) => (await consent(...args)).get('code') ?? '';

describe('PKCE', () => {
  const verifier = 'a-verifier-of-43-to-128-letters.digits_and~signs';
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const s256 = { code_challenge: challenge, code_challenge_method: 'S256' };

  test.each([
    ['S256', s256],
    ['plain', { code_challenge: verifier, code_challenge_method: 'plain' }],
    ['plain, as no method says', { code_challenge: verifier }],
  ])('%s: the right verifier opens, with the secret', async (_, extra) => {
    const sandbox = await sandboxed();
    const code = await codeOf(sandbox, 'facebook', { extra });
    const sent = { code_verifier: verifier };
    const without = await exchangeCode(sandbox, 'facebook', code, { ...sent, client_secret: undefined });
    expect(without.body.error.message).toBe('Error validating client secret.');
    expect((await exchangeCode(sandbox, 'facebook', code, sent)).status).toBe(200);
  });

  test.each([
    ['none', undefined],
    ['another', `${verifier}x`],
    ['the challenge', challenge],
    ['one too short', 'short'],
  ])('no other does: %s', async (_, code_verifier) => {
    const sandbox = await sandboxed();
    const code = await codeOf(sandbox, 'facebook', { extra: s256 });
    const { status, body } = await exchangeCode(sandbox, 'facebook', code, { code_verifier });
    expect([status, body.error.message]).toEqual([400, expect.stringMatching(/^Invalid code verifier\./)]);
  });

  test('Instagram does not know it: the challenge is ignored', async () => {
    const sandbox = await sandboxed();
    const code = await codeOf(sandbox, 'instagram', { extra: s256 });
    expect((await exchangeCode(sandbox, 'instagram', code)).status).toBe(200);
  });
});
