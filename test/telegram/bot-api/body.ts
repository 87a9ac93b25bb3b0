import type { IncomingMessage } from 'node:http';
import { badRequest, Refusal } from './refusal.ts';

export interface Upload {
  readonly name: string;
  readonly bytes: Buffer;
}

export interface Received {
  readonly params: Record<string, unknown>;
  readonly files: ReadonlyMap<string, Upload>;
}

/** Uploads end at 50 MB (core.telegram.org/bots/api#sending-files); what goes around them is small. */
const BODY_LIMIT = 51 * 1024 * 1024;

/** Reads a call in any of the four ways that Telegram takes it (core.telegram.org/bots/api#making-requests). */
export async function receive(request: IncomingMessage, query: URLSearchParams): Promise<Received> {
  const body = await bytesOf(request);
  const type = request.headers['content-type'] ?? '';
  const inQuery = Object.fromEntries(query);
  if (/^application\/json\b/i.test(type)) return { params: { ...inQuery, ...parseJson(body) }, files: new Map() };
  if (/^application\/x-www-form-urlencoded\b/i.test(type))
    return { params: { ...inQuery, ...Object.fromEntries(new URLSearchParams(body.toString())) }, files: new Map() };
  if (/^multipart\/form-data\b/i.test(type)) {
    const { params, files } = parseMultipart(body, boundaryOf(type));
    return { params: { ...inQuery, ...params }, files };
  }
  return { params: inQuery, files: new Map() };
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= BODY_LIMIT) chunks.push(chunk);
  }
  if (length > BODY_LIMIT) throw new Refusal(413, 'Request Entity Too Large');
  return Buffer.concat(chunks);
}

function parseJson(body: Buffer): Record<string, unknown> {
  if (body.length === 0) return {};
  const refuse = () => badRequest("can't parse request JSON object");
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch {
    throw refuse();
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse();
  return value as Record<string, unknown>;
}

function boundaryOf(type: string): string {
  const [, quoted, bare] = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(type) ?? [];
  const boundary = quoted ?? bare;
  if (boundary === undefined) throw badRequest('boundary not found in the multipart request');
  return boundary;
}

function parseMultipart(body: Buffer, boundary: string): Received {
  const params: Record<string, unknown> = {};
  const files = new Map<string, Upload>();
  for (const part of partsOf(body, boundary)) {
    const split = part.indexOf('\r\n\r\n');
    const headers = part.subarray(0, split).toString();
    const name = parameterOf(headers, 'name');
    if (split < 0 || name === undefined) throw badRequest("can't parse a part of the multipart request");
    const content = part.subarray(split + 4);
    const file = parameterOf(headers, 'filename');
    if (file === undefined) params[name] = content.toString();
    else files.set(name, { name: file, bytes: content });
  }
  return { params, files };
}

/** Quoted or bare: there are clients that write `filename=a.jpg`. */
function parameterOf(headers: string, name: string): string | undefined {
  const [, quoted, bare] = new RegExp(`;\\s*${name}=(?:"([^"]*)"|([^;\\r\\n]+))`, 'i').exec(headers) ?? [];
  return quoted ?? bare;
}

/** RFC 2046, 5.1.1: a delimiter is CRLF, two hyphens and the boundary; two more hyphens end the whole. */
function partsOf(body: Buffer, boundary: string): Buffer[] {
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  const whole = Buffer.concat([Buffer.from('\r\n'), body]);
  const parts: Buffer[] = [];
  let at = whole.indexOf(delimiter);
  while (at >= 0) {
    const start = at + delimiter.length;
    if (whole.subarray(start, start + 2).toString() === '--') return parts;
    at = whole.indexOf(delimiter, start);
    if (at >= 0) parts.push(whole.subarray(whole.indexOf('\r\n', start) + 2, at));
  }
  throw badRequest('unexpected end of the multipart request');
}
