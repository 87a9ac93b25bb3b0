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
import { createRoutes, json, problem, refusals } from '../routes.ts';

const months = createRoute({
  method: 'get',
  path: '/months',
  summary: 'How many posts there are, month by month',
  request: { query: PostFilter },
  responses: { 200: json(Months, 'The months (UTC) that have posts.'), ...refusals(400) },
});
const list = createRoute({
  method: 'get',
  path: '/posts',
  summary: 'A page of the posts',
  request: { query: PostsQuery },
  responses: { 200: json(Posts, 'The page, and how many posts there are in all.'), ...refusals(400) },
});
const one = createRoute({
  method: 'get',
  path: '/posts/{id}',
  summary: 'A post, with all that is known of it',
  request: { params: PostParams },
  responses: { 200: json(Post, 'The post.'), ...refusals(400, 404) },
});
const neighbours = createRoute({
  method: 'get',
  path: '/posts/{id}/neighbours',
  summary: 'The posts before and after one',
  request: { params: PostParams, query: NeighboursQuery },
  responses: { 200: json(Neighbours, 'Null at either end.'), ...refusals(400, 404) },
});

export function postRoutes({ db }: App, measures: Measures) {
  const unknown = (context: Context, id: string) =>
    problem(context, 404, `No post ${id} is in the library`, 'Look for it in the list of posts.');

  return createRoutes()
    .openapi(months, async (context) => {
      return context.json(await listMonths(db, context.req.valid('query')), 200);
    })
    .openapi(list, async (context) => {
      const { order, month, offset, limit, ...filter } = context.req.valid('query');
      return context.json(await listPosts(db, { filter, order, month, offset, limit, measures }), 200);
    })
    .openapi(one, async (context) => {
      const { id } = context.req.valid('param');
      const post = await findPost(db, id, measures);
      return post ? context.json(post, 200) : unknown(context, id);
    })
    .openapi(neighbours, async (context) => {
      const { id } = context.req.valid('param');
      const { order, ...filter } = context.req.valid('query');
      const neighbours = await findNeighbours(db, id, { filter, order });
      return neighbours ? context.json(neighbours, 200) : unknown(context, id);
    });
}
