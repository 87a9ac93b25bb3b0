import type { PostFilter } from '../contract/posts.ts';
import { DAY, HASHTAG, INSTAGRAM_ID, POST_KINDS, type PostOrder, UUID } from '../contract/values.ts';

/** Which posts are shown, and in which order. */
export interface Query extends PostFilter {
  readonly order: PostOrder;
}

export type Place =
  | { readonly page: 'gallery' | 'runs' | 'library' | 'accounts' | 'nowhere' }
  | { readonly page: 'post' | 'run'; readonly id: string };

/** The whole of what the browser's address says: below `/sandbox` lies a library of its own. */
export interface Address {
  readonly base: '' | '/sandbox';
  readonly place: Place;
  readonly query: Query;
}

/** What is wrong in an address is left out: an old or mistyped link still shows something. */
export function parseAddress(pathname: string, search: string): Address {
  const [, sandbox, rest = ''] = /^(\/sandbox(?=\/|$))?\/?(.*?)\/?$/.exec(pathname) ?? [];
  return { base: sandbox ? '/sandbox' : '', place: placeOf(rest), query: parseQuery(search) };
}

function placeOf(path: string): Place {
  const [page = '', id = '', ...more] = path.split('/');
  if (more.length > 0) return { page: 'nowhere' };
  if (path === '') return { page: 'gallery' };
  if (page === 'posts' && INSTAGRAM_ID.test(id)) return { page: 'post', id };
  if (page === 'runs' && UUID.test(id)) return { page: 'run', id };
  if (path === 'runs' || path === 'library' || path === 'accounts') return { page: path };
  return { page: 'nowhere' };
}

export function parseQuery(search: string): Query {
  const given = new URLSearchParams(search);
  const matching = (name: string, pattern: RegExp) => {
    const value = given.get(name)?.trim();
    return value && pattern.test(value) ? { [name]: value } : {};
  };
  const kind = POST_KINDS.filter((each) => given.get('kind')?.split(',').includes(each));
  const state = given.get('state');
  const words = given.get('search')?.trim().slice(0, 200);
  return {
    order: given.get('order') === 'likes' ? 'likes' : 'newest',
    ...(kind.length > 0 ? { kind } : {}),
    ...matching('since', DAY),
    ...matching('until', DAY),
    ...matching('account', UUID),
    ...(words ? { search: words } : {}),
    ...matching('hashtag', HASHTAG),
    ...(state === 'missing' || state === 'poster' ? { state } : {}),
    ...matching('run', UUID),
  };
}

/** The query as the address and the server take it, without `?`; empty for everything, newest first. */
export function formatQuery(query: Query): string {
  const { kind, since, until, account, search, hashtag, state, run, order } = query;
  const params = new URLSearchParams();
  if (kind && kind.length > 0) params.set('kind', kind.join(','));
  for (const [name, value] of Object.entries({ since, until, account, search, hashtag, state, run })) {
    if (value) params.set(name, value);
  }
  if (order !== 'newest') params.set('order', order);
  return params.toString().replaceAll('%2C', ',');
}

export function formatAddress({ base, place, query }: Address): string {
  const text = place.page === 'gallery' || place.page === 'post' ? formatQuery(query) : '';
  return `${base}${pathOf(place)}${text ? `?${text}` : ''}`;
}

function pathOf(place: Place): string {
  if (place.page === 'post') return `/posts/${place.id}`;
  if (place.page === 'run') return `/runs/${place.id}`;
  return place.page === 'gallery' || place.page === 'nowhere' ? '/' : `/${place.page}`;
}

/** Whether anything is left out. The order leaves nothing out. */
export const isFiltered = (query: Query) => formatQuery({ ...query, order: 'newest' }) !== '';

/** The calendar's day before or after, for people who mean the last day to be part of it. */
export function dayAfter(day: string, days = 1): string {
  const moment = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(moment.getTime())) return '';
  moment.setUTCDate(moment.getUTCDate() + days);
  return moment.toISOString().slice(0, 10);
}
