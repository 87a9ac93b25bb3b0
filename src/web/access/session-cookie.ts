import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { BROWSER_LIFE, SESSION_LIFE } from '../../app/web-access.ts';
import { isHttps } from '../http/connection.ts';

const NAME = 'storyline_session';
/** Grants nothing: it marks a browser in which somebody logged in before. */
const BROWSER = 'storyline_browser';

const attributes = (context: Context) =>
  ({
    httpOnly: true,
    sameSite: 'Strict',
    path: '/',
    secure: isHttps(context),
  }) as const;

export const readSessionCookie = (context: Context): string | undefined => getCookie(context, NAME);

export const sendSessionCookie = (context: Context, token: string): void =>
  setCookie(context, NAME, token, { ...attributes(context), maxAge: SESSION_LIFE / 1000 });

export const clearSessionCookie = (context: Context): void => {
  deleteCookie(context, NAME, attributes(context));
};

export const readBrowserCookie = (context: Context): string | undefined => getCookie(context, BROWSER);

export const sendBrowserCookie = (context: Context, token: string): void =>
  setCookie(context, BROWSER, token, { ...attributes(context), maxAge: BROWSER_LIFE / 1000 });
