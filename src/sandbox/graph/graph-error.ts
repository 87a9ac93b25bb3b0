import { randomBytes } from 'node:crypto';
import type { Flavour } from '../faults.ts';

export interface GraphAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface GraphErrorInput {
  readonly code: number;
  readonly message: string;
  readonly status?: number;
  readonly type?: string;
  readonly subcode?: number | undefined;
  readonly isTransient?: boolean | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** An error as the Graph API writes it; `fbtrace_id` is new each time. */
export function graphError(input: GraphErrorInput): GraphAnswer {
  const { code, message, status = 400, type = 'OAuthException', subcode, isTransient, headers } = input;
  const error = {
    message,
    type,
    code,
    ...(subcode !== undefined && { error_subcode: subcode }),
    ...(isTransient !== undefined && { is_transient: isTransient }),
    fbtrace_id: `A${randomBytes(16).toString('base64url')}`,
  };
  return { status, body: { error }, ...(headers && { headers }) };
}

/** Thrown from inside an answer; becomes the answer. */
export class Refusal extends Error {
  readonly answer: GraphAnswer;
  constructor(input: GraphErrorInput) {
    super(input.message);
    this.answer = graphError(input);
  }
}

/** The work's answer, or what the refusal thrown in it comes to; a SyntaxError is one of the field list. */
export function catchRefusal(work: () => GraphAnswer): GraphAnswer {
  try {
    return work();
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    if (error instanceof SyntaxError) return graphError({ code: 2500, message: error.message });
    throw error;
  }
}

export const missingObject = (id: string): GraphErrorInput => ({
  code: 100,
  subcode: 33,
  type: 'GraphMethodException',
  message: `Unsupported get request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation. Please read the Graph API documentation at https://developers.facebook.com/docs/graph-api`,
});

export const missingField = (name: string, nodeType: string): GraphErrorInput => ({
  code: 100,
  message: `(#100) Tried accessing nonexisting field (${name}) on node type (${nodeType})`,
});

export const unknownPath = (parts: readonly string[]): GraphErrorInput => ({
  code: 2500,
  message: `Unknown path components: /${parts.join('/')}`,
});

/** A method that is not taken; graph.instagram.com refuses in these words also what it will not do for an account. */
export function unsupported(method: string, flavour: Flavour): GraphErrorInput {
  const name = method.toLowerCase();
  return flavour === 'facebook'
    ? { code: 100, type: 'GraphMethodException', message: `Unsupported ${name} request.` }
    : { code: 100, type: 'IGApiException', message: `Unsupported request - method type: ${name}` };
}

const LIMIT_MESSAGES: Readonly<Record<number, string>> = {
  4: '(#4) Application request limit reached',
  17: '(#17) User request limit reached',
  32: '(#32) Page request limit reached',
  613: '(#613) Calls to this api have exceeded the rate limit.',
  80001: '(#80001) There have been too many calls to this Page account. Wait a bit and try again.',
  80002:
    '(#80002) There have been too many calls to this Instagram account. Wait a bit and try again. For more info, please refer to https://developers.facebook.com/docs/graph-api/overview/rate-limiting.',
};

export const rateLimit = (code: number): GraphErrorInput => ({
  code,
  status: code === 4 ? 403 : 400,
  message: LIMIT_MESSAGES[code] ?? `(#${code}) Too many calls`,
  isTransient: code === 4 || code === 17 ? true : undefined,
});
