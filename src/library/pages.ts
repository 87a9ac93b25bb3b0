/** Rows in one statement or one transaction: well below the databases' limits on parameters. */
export const PAGE = 500;

/** All rows by their ids, in pages. @param next returns the rows after the given id, at most {@link PAGE}, by id. */
export async function* rowPages<Row extends { readonly id: string }>(
  next: (after: string | undefined) => Promise<Row[]>,
): AsyncGenerator<Row[]> {
  for (let last: string | undefined; ; ) {
    const rows = await next(last);
    if (rows.length > 0) yield rows;
    last = rows.at(-1)?.id;
    if (rows.length < PAGE) return;
  }
}

/** What a listing yields, in pages. */
export async function* pagesOf<T>(items: AsyncIterable<T>): AsyncGenerator<T[]> {
  let page: T[] = [];
  for await (const item of items) {
    page.push(item);
    if (page.length < PAGE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}
