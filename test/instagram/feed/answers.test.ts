import { describe, expect, test } from 'vitest';
import {
  accountNode,
  debuggedToken,
  grantedToken,
  meAnswer,
  pageListing,
  permissionListing,
  read,
} from '../../../src/instagram/feed/response-schemas.ts';
import { parseJson } from '../../../src/instagram/graph/parse-json.ts';

/** What Meta says of accounts, Pages and tokens: what is needed must be there, and what is not costs itself. */

const odd = [null, true, {}, [], 1.5, -1, 1e300, 'x'.repeat(300)];

describe('an account', () => {
  test.each(['17841400000000001', '1.7841400000000001e16'])(
    'has the id that was written, as a number too: %s',
    (digits) => {
      const answer = parseJson(`{"data":[{"user_id":${digits},"id":${digits},"username":"a"}]}`);
      expect(read(meAnswer, answer, 'GET /me')).toMatchObject({
        user_id: '17841400000000001',
        id: '17841400000000001',
      });
    },
  );

  test.each(odd)('is read although the rest of it is odd: %j', (value) => {
    const answer = { id: '17', username: value, media_count: value, account_type: value };
    expect(read(accountNode, answer, 'GET /17')).toMatchObject({
      id: '17',
      username: undefined,
      media_count: undefined,
    });
  });
});

describe('a Page', () => {
  test('that cannot be read leaves the others alone, and an account needs no name', () => {
    const answer = parseJson(
      '{"data":[7,null,{},{"id":105000000000000001,"name":5,"instagram_business_account":{"id":17841400000000001}},{"id":"2","instagram_business_account":"odd"}],"paging":{"cursors":5}}',
    );
    expect(read(pageListing, answer, 'GET /me/accounts')).toMatchObject({
      data: [
        { id: '105000000000000001', name: undefined, instagram_business_account: { id: '17841400000000001' } },
        { id: '2', instagram_business_account: undefined },
      ],
      paging: { hasNext: false },
    });
  });
});

describe('a token', () => {
  const access_token = 'EAA'.padEnd(40, 'x');
  test.each([
    [5_183_944, 5_183_944],
    ['5183944', 5_183_944],
    [0, undefined],
    [-5, undefined],
    [null, undefined],
    [{}, undefined],
    [1e300, 10 * 365 * 24 * 60 * 60],
  ])('lives for %j seconds', (expires_in, seconds) => {
    expect(read(grantedToken, { access_token, expires_in, permissions: 5 }, 'POST')).toMatchObject({
      expires_in: seconds,
    });
  });

  test('that is absent, or no token, is refused', () => {
    for (const bad of [undefined, null, 5, 'short'])
      expect(() => read(grantedToken, { access_token: bad }, 'POST')).toThrow('documented shape');
  });

  test.each(odd)('is described although much of it is odd: %j', (value) => {
    const data = { is_valid: true, type: value, app_id: value, scopes: value, expires_at: value, issued_at: value };
    const { data: told } = read(debuggedToken, { data }, 'GET /debug_token');
    expect(told.is_valid).toBe(true);
    expect(Array.isArray(told.scopes)).toBe(true);
    for (const moment of [told.expires_at, told.issued_at])
      expect(Number.isNaN(new Date((moment ?? 0) * 1000).getTime())).toBe(false);
    expect(() => read(debuggedToken, { data: { ...data, is_valid: value === true ? 1 : value } }, 'x')).toThrow(
      'is_valid',
    );
  });

  test('grants the permissions that can be read', () => {
    const granted = { permission: 'instagram_basic', status: 'granted' };
    expect(read(permissionListing, { data: [granted, null, { permission: 7 }] }, 'x').data).toEqual([granted]);
  });
});
