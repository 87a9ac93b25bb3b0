import { afterEach, expect, test } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import { describeRefusal, explainRefusal, refusalIn } from '../../src/accounts/refusals.ts';
import { startBackfill } from '../../src/app/backfill/start.ts';
import { InstagramApiError, RateLimitError, TokenExpiredError } from '../../src/errors.ts';
import type { Fault } from '../../src/sandbox/faults.ts';
import { healthText } from '../../src/telegram/answers.ts';
import { store, threeAccounts } from '../support/accounts.ts';
import { eachDatabase } from '../support/databases.ts';
import { ASK, type TestApp } from '../support/test-app.ts';
import { testGallery } from '../web/support.ts';

const api = (code: number, message = 'no', more: object = {}) => new InstagramApiError(message, { code, ...more });

test.each([
  [new TokenExpiredError('Session invalid', { code: 190, subcode: 460 }), 'token'],
  [new TokenExpiredError('no session', { code: 102 }), 'token'],
  [api(2500, 'An active access token must be used'), 'token'],
  [api(10, 'Application does not have permission for this action'), 'permission'],
  [api(200), 'permission'],
  [api(299), 'permission'],
  [api(100, 'does not exist', { subcode: 33 }), 'permission'],
  [api(200, 'API access blocked.'), 'app'],
  [new TokenExpiredError('Error validating application. Application has been deleted.', { code: 190 }), 'app'],
  [new TokenExpiredError('The token for @x expired on 2026-01-01'), undefined],
  [new RateLimitError('later', { code: 4, until: new Date() }), undefined],
  [api(190, 'a moment', { isTransient: true }), undefined],
  [api(1), undefined],
  [api(100), undefined],
  [api(101, 'Error validating client secret.'), undefined],
  [api(368, 'blocked for a while'), undefined],
  [new InstagramApiError('no answer', { isTransient: true }), undefined],
  [new Error('a bug'), undefined],
] as const)('%s refuses: %s', (error, kind) => {
  expect(refusalIn(error)?.kind).toBe(kind);
});

test('a refusal is told in one sentence, with its codes and a command', () => {
  const refused = refusalIn(
    new TokenExpiredError('Instagram rejected the token: Session is over.', { code: 190, subcode: 463 }),
  );
  if (!refused) return expect.fail();
  const refusal = { ...refused, at: new Date('2026-11-25T04:50:00Z') };
  expect(describeRefusal(refusal)).toBe('Instagram refused its token on 2026-11-25 04:50 UTC (code 190, subcode 463)');
  expect(explainRefusal(refusal)).toBe(`Session is over. ${refused.hint}`);
  expect(refused.hint).toContain('storyline-cli instagram-auth');
});

eachDatabase((databases) => {
  let open: Awaited<ReturnType<typeof testGallery>>;
  let it: TestApp;
  afterEach(() => open.close());
  const begin = async (options: Parameters<typeof testGallery>[0] = threeAccounts) => {
    open = await testGallery({ ...options, database: await databases.create() });
    it = open.library;
    await store(it);
    return it.app.accounts.find('studio.example');
  };
  const own: Fault[] = [{ kind: 'error', code: 190, subcode: 460, match: { endpoint: 'media-edge', from: 1 } }];
  const json = async (...args: string[]) => JSON.parse((await it.type([...args, '--json'])).stdout);
  const check = async (account: string, ...more: string[]) => {
    const { checks, healthy } = await json('check-health', ...more);
    return { healthy, ...checks.find(({ name }: { name: string }) => name === `Account ${account}`) };
  };
  const page = async (path: string) => (await (await open.ask(`/api${path}`)).json()) as Record<string, never[]>;
  const refuse = async (account: Account, faults = own) => {
    it.sandbox.setFaults(faults);
    const { stoppedBy } = await it.run({ account: account.id });
    it.sandbox.setFaults([]);
    return stoppedBy;
  };
  const ok = { healthy: true, state: 'ok' };
  const broken = {
    healthy: false,
    state: 'broken',
    finding: expect.stringContaining('Instagram refused its token on'),
  };

  test('a token that ended a run is told as refused everywhere, of this account alone, until another is stored', async () => {
    const account = await begin();
    expect(await refuse(account)).toBeInstanceOf(TokenExpiredError);
    expect(await check('@studio.example', '--offline')).toMatchObject(broken);
    expect((await it.type(['check-health', '--offline'])).exitCode).toBe(1);
    expect(await check('@second.example', '--offline')).toMatchObject({ state: 'ok' });

    const found = {
      name: 'Account @studio.example',
      state: 'broken',
      remedy: expect.stringContaining('instagram-auth'),
    };
    expect((await page('/health')).checks).toContainEqual(expect.objectContaining(found));
    const shown = (await page('/accounts')).accounts as { name: string; check: object }[];
    expect(shown.map(({ check }) => check)).toEqual([
      expect.objectContaining(found),
      expect.objectContaining({ state: 'ok' }),
    ]);
    expect((await healthText(it.app, [])).text).toContain('Instagram refused its token');
    expect((await json('list-instagram-accounts')).accounts[0].token.refused).toMatchObject({
      code: 190,
      subcode: 460,
    });
    expect((await it.type(['list-instagram-accounts'])).stdout).toMatch(/refused/);
    expect((await it.type(['backfill-status'])).stdout).toContain('@studio.example: Instagram refused its token');
    expect((await json('backfill-status')).refused_tokens).toEqual([
      expect.objectContaining({ account: '@studio.example', kind: 'token' }),
    ]);

    await it.app.tokens.store(account, { value: it.sandbox.tokens.facebook, expiresAt: undefined });
    expect(await check('@studio.example', '--offline')).toMatchObject(ok);
    expect((await page('/health')).checks).not.toContainEqual(expect.objectContaining({ state: 'broken' }));
  });

  test('it is forgotten once Instagram accepts the token again: by a run, by instagram-status, by check-health', async () => {
    const account = await begin();
    const again = [
      () => it.run({ account: account.id }),
      () => it.type(['instagram-status']),
      () => check('@studio.example'),
    ];
    for (const accept of again) {
      await refuse(account);
      expect(await check('@studio.example', '--offline')).toMatchObject(broken);
      await accept();
      expect(await check('@studio.example', '--offline')).toMatchObject(ok);
    }
  });

  test.each([['check-health'], ['instagram-status']])('%s asks, tells and remembers', async (command) => {
    const account = await begin();
    it.sandbox.setFaults([{ kind: 'error', code: 190, subcode: 463, match: { endpoint: 'account' } }]);
    expect((await it.type([command])).exitCode).toBe(1);
    it.sandbox.setFaults([]);
    expect(await it.app.refusals.of(account)).toMatchObject({ kind: 'token', code: 190, subcode: 463 });
  });

  test('a permission that is gone is remembered, and a call that does not need it proves nothing', async () => {
    const account = await begin();
    const gone: Fault[] = [
      { kind: 'error', code: 10, status: 403, message: 'no permission', match: { endpoint: 'media-edge' } },
    ];
    await refuse(account, gone);
    expect(await it.app.refusals.of(account)).toMatchObject({ kind: 'permission', code: 10 });
    it.sandbox.setFaults(gone);
    expect(await check('@studio.example')).toMatchObject({ state: 'broken' });
    expect((await it.type(['instagram-status'])).exitCode).toBe(1);
    it.sandbox.setFaults([]);
    expect(await check('@studio.example')).toMatchObject(ok);
  });

  test.each([
    ['a rate limit', { kind: 'rate-limit', code: 4 }],
    ['an outage', { kind: 'status', status: 503 }],
    ['an error that passes', { kind: 'error', code: 2, isTransient: true }],
  ] as const)('%s marks no token', async (_, fault) => {
    const account = await begin();
    expect(await refuse(account, [fault])).toBeDefined();
    expect(await it.app.refusals.of(account)).toBeUndefined();
    it.sandbox.setFaults([fault]);
    expect(await check('@studio.example')).toMatchObject({ state: 'warning' });
    expect(await it.app.refusals.of(account)).toBeUndefined();
  });

  test('a token that was replaced while its run went on is not marked', async () => {
    const account = await begin({ ...threeAccounts, maxPageSize: 1 });
    it.sandbox.setFaults([{ kind: 'error', code: 190, match: { endpoint: 'media-edge', from: 2 } }]);
    const run = await startBackfill(it.app, { ...ASK, account: account.id }, new AbortController().signal);
    for await (const { type } of run.events) {
      if (type === 'read')
        await it.app.tokens.store(account, { value: it.sandbox.tokens.instagram, expiresAt: undefined });
    }
    expect(await it.app.refusals.of(account)).toBeUndefined();
  });
});
