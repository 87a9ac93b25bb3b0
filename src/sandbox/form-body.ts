import type { IncomingMessage } from 'node:http';

const MOST_BODY_BYTES = 1_048_576;

/** The fields of a request's body, in either of the two ways that browsers and curl write a form. */
export async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= MOST_BODY_BYTES) chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  const type = request.headers['content-type'] ?? '';
  if (!type.startsWith('multipart/form-data')) return new URLSearchParams(body.toString());
  const fields = await new Response(body, { headers: { 'content-type': type } }).formData().catch(() => new FormData());
  return new URLSearchParams([...fields].map(([name, value]): [string, string] => [name, String(value)]));
}
