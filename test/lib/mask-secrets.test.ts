import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { maskSecrets } from '../../src/lib/mask-secrets.ts';

const TOKEN = 'EAAGm0PX4ZCpsBAKZCZBQZDZDabcdefgh';
const SECRET = '0123456789abcdef0123456789abcdef';
const SIGNATURE = '00_AfSignatureSignatureSignature';

describe('what is secret is masked', () => {
  test.each([
    ['a token', `the token ${TOKEN}`, TOKEN],
    ['a token within a word', `x=20${TOKEN}`, TOKEN],
    ['a token of Instagram Login', `IGAA${SECRET}`, SECRET],
    ['a client secret at the start', `client_secret=${SECRET}`, SECRET],
    ['a client secret in a query', `GET /x?a=1&client_secret=${SECRET}&b=2`, SECRET],
    ['a client secret in a form', `grant_type=x&client_secret=${SECRET}`, SECRET],
    ['a client secret in JSON', `{"client_secret":"${SECRET}","b":1}`, SECRET],
    ['a client secret in JSON with blanks', `{"client_secret" : "${SECRET}"}`, SECRET],
    ['a client secret in JSON in JSON', `{\\"client_secret\\":\\"${SECRET}\\"}`, SECRET],
    ['a client secret as a header', `client_secret: ${SECRET}`, SECRET],
    ['a client secret in capitals', `CLIENT_SECRET=${SECRET}`, SECRET],
    ['an app secret of the environment', `FACEBOOK_APP_SECRET=${SECRET}`, SECRET],
    ['a client secret, encoded', `next=%2Fx%3Fclient_secret%3D${SECRET}%26a%3D1`, SECRET],
    ['a client secret, encoded, later', `next=%2Fx%3Fa%3D1%26client_secret%3D${SECRET}`, SECRET],
    ['an access token in JSON', `{"access_token":"short-one"}`, 'short-one'],
    ['an access token in quotes', `access_token='short-one'`, 'short-one'],
    ['an access token in a query', `?access_token=short-one&x`, 'short-one'],
    ['an app token', `Invalid token: 123456789012345|${SECRET}`, SECRET],
    ['an app token, encoded', `input_token=1&t=123456789012345%7C${SECRET}`, SECRET],
    ['a token of a bot', `https://api.telegram.org/bot123456789:${SECRET}xyz/getMe`, SECRET],
    ['a token in a header', `authorization: Bearer ${SECRET}`, SECRET],
    ['a token in a header, encoded', `Bearer%20${SECRET}`, SECRET],
    ['a signature', `https://127.0.0.1/x.jpg?oe=1&oh=${SIGNATURE}`, SIGNATURE],
    ['a signature, encoded', `u=https%3A%2F%2Fx%2Fy%3Foh%3D${SIGNATURE}%26oe%3D1`, SIGNATURE],
    ['a signed link', `https://scontent-fra3-1.cdninstagram.com/v/t51/1.jpg?stp=a&_nc_sid=${SECRET} is`, SECRET],
    ['a signed link of Facebook', `(//video.xx.fbcdn.net/v/1.mp4?efg=${SECRET})`, SECRET],
    ['a signed link, encoded', `url=https%3A%2F%2Fscontent.cdninstagram.com%2Fv%2F1.jpg%3Fefg%3D${SECRET}`, SECRET],
    ['a code of a sign-in', `code=${SECRET}#_`, SECRET],
    ['a verifier', `{"code_verifier": "${SECRET}"}`, SECRET],
  ])('%s', (_, text, secret) => {
    const masked = maskSecrets(text);
    assert.ok(!masked.includes(secret), masked);
    assert.match(masked, /\*\*\*/);
  });
});

test.each([
  'Invalid OAuth access token - Cannot parse access token',
  'Instagram refused GET /17841400000000001/media: no (code 190)',
  'code: 190, subcode=463',
  'No response from graph.facebook.com to POST /oauth/access_token: timed out',
  'No response from graph.instagram.com to GET /access_token: UND_ERR_SOMETHING',
  'set FACEBOOK_APP_ID and FACEBOOK_APP_SECRET to have it exchanged',
  '2026-11-20 10:25 UTC | 12345 | 6789',
  'https://scontent.cdninstagram.com/v/1.jpg was refused',
])('%j is told as it is', (text) => {
  assert.equal(maskSecrets(text), text);
});

test('a text made to take long takes its time in proportion', () => {
  for (const piece of [
    'EAA',
    '//x.fbcdn.net',
    'client_secret',
    'client_secret= ',
    '1|',
    '12345:',
    'Bearer ',
    '%3Foh%3D',
    '\\',
  ]) {
    assert.ok(maskSecrets(piece.repeat(Math.ceil(100_000 / piece.length))).length > 0);
  }
});
