import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TransportFault } from './faults.ts';

/** An answer ready to go out. */
export interface Content {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly size: number;
  /** What the length header tells in its place. */
  readonly announced?: string;
  chunks(start?: number, end?: number): Iterable<Uint8Array>;
}

/** How the answer is sent; without faults: announced, whole, ended. */
interface Plan {
  readonly framing: 'length' | 'chunked' | 'close';
  readonly send: number;
  readonly ending: 'end' | 'hang' | 'cut' | 'reset';
  readonly extra?: number;
  readonly drip?: { readonly bytes: number; readonly everyMs: number; readonly afterBytes?: number | undefined };
}

export const contentOf = (status: number, contentType: string, body: string | Uint8Array): Content => {
  const bytes = Buffer.from(body);
  return {
    status,
    headers: { 'content-type': contentType },
    size: bytes.length,
    chunks: (start, end) => (bytes.length > 0 ? [bytes.subarray(start, end)] : []),
  };
};

const SUBSTITUTES = {
  html: contentOf(
    200,
    'text/html; charset=utf-8',
    '<!doctype html><title>Sorry</title><p>Please log in to continue.</p>',
  ),
  json: contentOf(200, 'application/json', '{"message":"please wait a few minutes","status":"fail"}'),
  empty: contentOf(200, 'application/octet-stream', ''),
};

/** What goes out in place of the content, where a fault puts something else there. */
export function withFault(content: Content, fault: TransportFault | undefined, self: string): Content {
  switch (fault?.kind) {
    case 'status': {
      const other = contentOf(fault.status, fault.contentType ?? 'text/plain', fault.body ?? `${fault.status}`);
      return fault.retryAfter === undefined
        ? other
        : { ...other, headers: { ...other.headers, 'retry-after': String(fault.retryAfter) } };
    }
    case 'html':
    case 'json':
      return SUBSTITUTES[fault.kind];
    case 'empty':
      return { ...SUBSTITUTES.empty, headers: content.headers };
    case 'redirect':
      return {
        ...(fault.endless ? endless(contentOf(302, 'text/plain', '')) : contentOf(302, 'text/plain', '')),
        status: fault.status ?? 302,
        headers: { location: fault.to ?? self },
      };
    case 'drip': {
      if (fault.status === undefined) return content;
      const other = contentOf(fault.status, 'text/plain', 'x'.repeat(10_000));
      const leadsOn = fault.status >= 300 && fault.status < 400;
      return leadsOn ? { ...other, headers: { ...other.headers, location: self } } : other;
    }
    case 'endless':
      return { ...endless(content), ...(fault.announced === undefined ? {} : { announced: String(fault.announced) }) };
    case 'partial': {
      const size = Math.max(1, Math.floor(content.size * (fault.share ?? 0.5)));
      const headers = { ...content.headers, 'content-range': `bytes 0-${size - 1}/${content.size}` };
      return { ...content, status: 206, headers, size };
    }
    case 'garbled':
      return garbled(content);
    case 'encoding':
      return { ...content, headers: { ...content.headers, 'content-encoding': fault.encoding } };
    case 'huge-header':
      return { ...content, headers: { ...content.headers, 'x-debug': 'x'.repeat(fault.bytes) } };
    case 'content-type':
      return { ...content, headers: { ...content.headers, 'content-type': fault.contentType } };
    default:
      return content;
  }
}

const ZEROS = new Uint8Array(65_536);

/** The content, and zeros after it without end. */
const endless = (content: Content): Content => ({
  ...content,
  size: Number.POSITIVE_INFINITY,
  *chunks() {
    yield* content.chunks(0, content.size);
    for (;;) yield ZEROS;
  },
});

/** Another body of the same beginning each time, without its last byte. */
function garbled(content: Content): Content {
  const bytes = Buffer.concat([...content.chunks(0, content.size - 1)]);
  randomBytes(8).copy(bytes, bytes.length - 40);
  return { ...content, size: bytes.length, chunks: (start, end) => [bytes.subarray(start, end)] };
}

function planOf(size: number, fault: TransportFault | undefined): Plan {
  const part = (share = 0.5) => Math.max(0, Math.min(size - 1, Math.floor(size * share)));
  switch (fault?.kind) {
    case 'stalled':
      return { framing: 'length', send: fault.afterBytes ?? 0, ending: 'hang' };
    case 'reset':
      return { framing: 'length', send: fault.afterBytes ?? 0, ending: 'reset' };
    case 'drip':
      return {
        framing: 'length',
        send: size,
        ending: 'end',
        drip: { bytes: fault.bytes ?? 1, everyMs: fault.everyMs ?? 100, afterBytes: fault.afterBytes },
      };
    case 'endless':
      return {
        framing: fault.announced === undefined ? 'chunked' : 'length',
        send: size,
        ending: 'end',
        ...(fault.drip && { drip: fault.drip }),
      };
    case 'redirect':
      return { framing: fault.endless ? 'chunked' : 'length', send: size, ending: 'end' };
    case 'short-body':
      return { framing: 'length', send: part(fault.share), ending: 'cut' };
    case 'short-body-without-length':
      return { framing: fault.mode ?? 'chunked', send: part(fault.share), ending: 'end' };
    case 'longer-than-announced':
      return { framing: 'length', send: size, ending: 'cut', extra: fault.extra ?? 1024 };
    case 'without-length':
      return { framing: fault.mode ?? 'chunked', send: size, ending: 'end' };
    default:
      return { framing: 'length', send: size, ending: 'end' };
  }
}

const isMute = (fault: TransportFault | undefined) =>
  (fault?.kind === 'stalled' || fault?.kind === 'reset') && fault.afterBytes === undefined;

export interface SendOptions {
  readonly fault?: TransportFault | undefined;
  /** Not so for HEAD. */
  readonly withBody?: boolean;
  /** What the line gives this answer. */
  readonly bytesPerSecond?: number | undefined;
  /** Told when the status line is about to leave; never, where none does. */
  readonly onStatus?: (status: number) => void;
}

/** Sends the content, as far as the fault allows; resolves when nothing more will come. */
export async function send(
  response: ServerResponse,
  content: Content,
  { fault, withBody = true, bytesPerSecond = Number.POSITIVE_INFINITY, onStatus }: SendOptions = {},
): Promise<void> {
  const closed = new Promise<void>((resolve) => response.once('close', resolve));
  const plan = planOf(content.size, fault);
  const end = async () => {
    if (plan.ending === 'end') response.end();
    if (plan.ending === 'cut') response.socket?.end();
    if (plan.ending === 'reset') response.socket?.resetAndDestroy();
    await closed;
  };
  if (isMute(fault)) return end();

  onStatus?.(content.status);
  response.writeHead(content.status, headersOf(response, content, plan));
  if (!withBody) {
    response.end();
    return closed;
  }
  if (plan.send === 0) response.flushHeaders();
  const began = performance.now();
  let sent = 0;
  for (const chunk of paced(content.chunks(0, plan.send), plan)) {
    if (response.destroyed) return;
    sent += chunk.length;
    if (!response.write(chunk)) await Promise.race([closed, new Promise((resolve) => response.once('drain', resolve))]);
    if (plan.drip) await sleep(plan.drip.everyMs);
    const early = (sent / bytesPerSecond) * 1000 - (performance.now() - began);
    if (early > 0) await sleep(early);
  }
  if (plan.extra) response.write(Buffer.alloc(plan.extra, 'x'));
  // What was written must have left before the connection is cut, or more than told would be missing.
  if (plan.ending !== 'end') await Promise.race([closed, sleep(20)]);
  await end();
}

function headersOf(
  response: ServerResponse,
  { headers, size, announced }: Content,
  { framing }: Plan,
): Record<string, string> {
  if (framing === 'length') return { ...headers, 'content-length': announced ?? String(size) };
  if (framing === 'close') {
    response.shouldKeepAlive = false;
    response.removeHeader('transfer-encoding');
    return { ...headers, connection: 'close' };
  }
  return { ...headers };
}

function* paced(chunks: Iterable<Uint8Array>, { drip }: Plan): Generator<Uint8Array> {
  let unpaced = drip?.afterBytes ?? 0;
  for (const chunk of chunks) {
    if (!drip) {
      yield chunk;
      continue;
    }
    const first = chunk.subarray(0, unpaced);
    if (first.length > 0) yield first;
    for (let at = first.length; at < chunk.length; at += drip.bytes) yield chunk.subarray(at, at + drip.bytes);
    unpaced -= first.length;
  }
}
