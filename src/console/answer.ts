import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  /** Besides those that every answer has. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Nothing is loaded from elsewhere, nothing runs that is not a file of ours, and nobody may frame a page. */
const policy = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** Of every answer; data is not kept anywhere. */
export const commonHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': policy,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'cache-control': 'no-store',
};

export function json(status: number, value: object, headers: Answer['headers'] = {}): Answer {
  const contentType = 'application/json; charset=utf-8';
  return { status, contentType, body: JSON.stringify(value), headers };
}

export function page(status: number, body: string, headers: Answer['headers'] = {}): Answer {
  return { status, contentType: 'text/html; charset=utf-8', body, headers };
}

const compress = promisify(gzip);
/** What is smaller fits one packet anyway. */
const worthCompressingBytes = 1400;

/** Sends it, compressed where that is understood and worth it. */
export async function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, contentType, body, headers = {} }: Answer,
): Promise<void> {
  const plain = Buffer.from(body);
  const isCompressed =
    plain.length >= worthCompressingBytes &&
    takesGzip(request.headers['accept-encoding']?.toString() ?? '');
  const bytes = isCompressed ? await compress(plain, { level: 3 }) : plain;
  response.writeHead(status, {
    ...commonHeaders,
    ...(status !== 304 && { 'content-type': contentType, 'content-length': bytes.length }),
    ...(isCompressed && { 'content-encoding': 'gzip' }),
    vary: 'accept-encoding, authorization',
    ...headers,
  });
  response.end(request.method === 'HEAD' || status === 304 ? undefined : bytes);
}

function takesGzip(accepted: string): boolean {
  return /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(accepted);
}
