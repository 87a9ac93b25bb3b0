import { describe, expect, test } from 'vitest';
import { authorizeUrl, call, click, consent, signIn } from '../browser.ts';
import { useSandboxes } from '../support.ts';

const sandboxed = useSandboxes();

describe('Facebook alone', () => {
  test('a missing type of response is code, and without scopes the public profile is asked for', async () => {
    const sandbox = await sandboxed();
    const token = await signIn(sandbox, 'facebook', { extra: { response_type: undefined, scope: undefined } });
    expect((await call(sandbox, 'graph.facebook.com/v25.0/me/permissions', { token })).body.data).toEqual([
      { permission: 'public_profile', status: 'granted' },
    ]);
  });

  test.each([{ return_scopes: 'true' }, { response_type: 'code granted_scopes' }])(
    'the redirect tells what was granted: %o',
    async (extra) => {
      const scope = 'instagram_basic,pages_show_list';
      const answer = await consent(await sandboxed(), 'facebook', {
        extra: { ...extra, scope },
        untick: ['pages_show_list'],
      });
      expect(answer.get('granted_scopes')).toBe('instagram_basic,public_profile');
      expect(answer.get('denied_scopes')).toBe('pages_show_list');
      expect(answer.has('code')).toBe(true);
    },
  );
});

describe('Instagram alone', () => {
  test.each([
    ['no type of response', { response_type: undefined }],
    ['no scope', { scope: undefined }],
    ['no basic scope', { scope: 'instagram_business_manage_insights' }],
  ])('%s is an error page', async (_, extra) => {
    expect((await fetch(authorizeUrl(await sandboxed(), 'instagram', extra))).status).toBe(400);
  });

  test('a personal account cannot sign in', async () => {
    const sandbox = await sandboxed({ accountType: 'PERSONAL' });
    const response = await click(authorizeUrl(sandbox, 'instagram'));
    expect([response.status, response.headers.get('location')]).toEqual([400, null]);
    expect(await response.text()).toContain('professional account');
  });

  test('another account can be pickFields, and has a feed of its own', async () => {
    const account = {
      id: '17841400000000009',
      appScopedId: '7000000000000009',
      username: 'other.example',
      name: 'Other',
    };
    const posts = [{ id: '18000000000000009', mediaType: 'IMAGE' }];
    const pages = [{ id: '9', name: 'Other', instagram: { account, accountType: 'MEDIA_CREATOR', posts } }] as const;
    const sandbox = await sandboxed({ pages });
    const token = await signIn(sandbox, 'instagram', { account: account.id });
    const me = await call(sandbox, 'graph.instagram.com/v25.0/me?fields=user_id,username,account_type,media_count', {
      token,
    });
    expect(me.body).toEqual({
      id: account.appScopedId,
      user_id: account.id,
      username: 'other.example',
      account_type: 'MEDIA_CREATOR',
      media_count: 1,
    });
    const media = await call(sandbox, 'graph.instagram.com/v25.0/me/media?fields=id,username', { token });
    expect(media.body.data).toEqual([{ id: '18000000000000009', username: 'other.example' }]);
    expect((await call(sandbox, `graph.instagram.com/v25.0/${sandbox.account.id}/media`, { token })).status).toBe(400);
  });
});
