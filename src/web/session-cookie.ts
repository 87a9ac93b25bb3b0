import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { cameByHttps } from './connection.ts';
import { SESSION_LIFE } from './web-access.ts';

const NAME = 'storyline_session';

const attributes = (context: Context) =>
  ({
    httpOnly: true,
    sameSite: 'Strict',
    path: '/',
    secure: cameByHttps(context),
  }) as const;

export const readSessionCookie = (context: Context): string | undefined => getCookie(context, NAME);

export const sendSessionCookie = (context: Context, token: string): void =>
  setCookie(context, NAME, token, { ...attributes(context), maxAge: SESSION_LIFE / 1000 });

export const clearSessionCookie = (context: Context): void => {
  deleteCookie(context, NAME, attributes(context));
};
