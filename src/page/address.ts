import type { PostFilter } from '../contract/posts.ts';
import { DAY, HASHTAG, INSTAGRAM_ID, POST_KINDS, type PostOrder, UUID } from '../contract/values.ts';

/** The filters and the order of the gallery. */
export interface Query extends PostFilter {
  readonly order: PostOrder;
}

export type Route =
  | { readonly page: 'gallery' | 'runs' | 'library' | 'accounts' | 'not-found' }
  | { readonly page: 'post' | 'run'; readonly id: string };

/** The parsed address of the page. The sandbox's library is below `/sandbox`. */
export interface Address {
  readonly base: '' | '/sandbox';
  readonly route: Route;
  readonly query: Query;
}

/** Ignores invalid parts, so that an old or mistyped link still shows something. */
export function parseAddress(pathname: string, search: string): Address {
  const [, sandbox, rest = ''] = /^(\/sandbox(?=\/|$))?\/?(.*?)\/?$/.exec(pathname) ?? [];
  return { base: sandbox ? '/sandbox' : '', route: routeOf(rest), query: parseQuery(search) };
}

function routeOf(path: string): Route {
  const [page = '', id = '', ...more] = path.split('/');
  if (more.length > 0) return { page: 'not-found' };
  if (path === '') return { page: 'gallery' };
  if (page === 'posts' && INSTAGRAM_ID.test(id)) return { page: 'post', id };
  if (page === 'runs' && UUID.test(id)) return { page: 'run', id };
  if (path === 'runs' || path === 'library' || path === 'accounts') return { page: path };
  return { page: 'not-found' };
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

/** The query in the format of the address and the API, without `?`; empty for all posts, newest first. */
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

export function formatAddress({ base, route, query }: Address): string {
  const text = route.page === 'gallery' || route.page === 'post' ? formatQuery(query) : '';
  return `${base}${pathOf(route)}${text ? `?${text}` : ''}`;
}

function pathOf(route: Route): string {
  if (route.page === 'post') return `/posts/${route.id}`;
  if (route.page === 'run') return `/runs/${route.id}`;
  return route.page === 'gallery' || route.page === 'not-found' ? '/' : `/${route.page}`;
}

/** Whether any filter is set. The order is not a filter. */
export const isFiltered = (query: Query) => formatQuery({ ...query, order: 'newest' }) !== '';

/** The given day plus `days`; empty if it is not a day. Converts between an inclusive last day and an exclusive end. */
export function dayAfter(day: string, days = 1): string {
  const moment = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(moment.getTime())) return '';
  moment.setUTCDate(moment.getUTCDate() + days);
  return moment.toISOString().slice(0, 10);
}
