import { createRoute } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { App } from '../../../app/open.ts';
import {
  Months,
  Neighbours,
  NeighboursQuery,
  Post,
  PostFilter,
  PostParams,
  Posts,
  PostsQuery,
} from '../../../contract/posts.ts';
import type { Measures } from '../../../gallery/measure.ts';
import { findPost } from '../../../gallery/post.ts';
import { findNeighbours, listMonths, listPosts } from '../../../gallery/posts.ts';
import { problem } from '../../http/problem.ts';
import { createRoutes, json, problems } from '../openapi.ts';

const months = createRoute({
  method: 'get',
  path: '/months',
  summary: 'Count posts by month',
  request: { query: PostFilter },
  responses: { 200: json(Months, 'The months (UTC) that have posts.'), ...problems(400) },
});
const list = createRoute({
  method: 'get',
  path: '/posts',
  summary: 'List posts',
  request: { query: PostsQuery },
  responses: { 200: json(Posts, 'A page of posts, and the total.'), ...problems(400) },
});
const one = createRoute({
  method: 'get',
  path: '/posts/{id}',
  summary: 'Get a post',
  request: { params: PostParams },
  responses: { 200: json(Post, 'The post with all its items.'), ...problems(400, 404) },
});
const neighbours = createRoute({
  method: 'get',
  path: '/posts/{id}/neighbours',
  summary: 'Get the posts before and after a post',
  request: { params: PostParams, query: NeighboursQuery },
  responses: { 200: json(Neighbours, 'Null at either end.'), ...problems(400, 404) },
});

export function postRoutes({ db }: App, measures: Measures) {
  const notFound = (context: Context, id: string) => problem(context, 404, `Post ${id} is not in the library`);

  return createRoutes()
    .openapi(months, async (context) => context.json(await listMonths(db, context.req.valid('query')), 200))
    .openapi(list, async (context) => {
      const { order, month, offset, limit, ...filter } = context.req.valid('query');
      return context.json(await listPosts(db, { filter, order, month, offset, limit, measures }), 200);
    })
    .openapi(one, async (context) => {
      const { id } = context.req.valid('param');
      const post = await findPost(db, id, measures);
      return post ? context.json(post, 200) : notFound(context, id);
    })
    .openapi(neighbours, async (context) => {
      const { id } = context.req.valid('param');
      const { order, ...filter } = context.req.valid('query');
      const found = await findNeighbours(db, id, { filter, order });
      return found ? context.json(found, 200) : notFound(context, id);
    });
}
