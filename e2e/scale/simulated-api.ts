// A process of its own, so that what it takes is not counted: the API server and kube-controller-manager's binder, as
// far as the product sees them. `node simulated-api.ts VOLUMES HOSTS CERTIFICATE KEY`; talks to its parent over IPC.
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

import type { Population } from './population.ts';
import { claimObject, classObject, clusterId, volumeObject } from './population.ts';

/** What the parent asks for: so many claims more. */
export interface Order {
  readonly claims: number;
}

export type News =
  | { readonly url: string }
  /** A volume was written, the so-many-th; by the clock of the machine. */
  | { readonly volumesWritten: number; readonly atMs: number };

interface Stored {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: Readonly<Record<string, unknown>> & {
    readonly claimRef?: { readonly uid: string };
  };
}

const [, , volumesText, hostsText, certificate = '', key = ''] = process.argv;
const [volumes, hosts] = [Number(volumesText), Number(hostsText)];
const population: Population = { volumes, hosts };
const claimsPath = '/api/v1/persistentvolumeclaims';
const volumesPath = '/api/v1/persistentvolumes';
const pageSize = 500;

const watches = new Map<string, Set<ServerResponse>>();
const pending = new Map<string, number>();
const written = new Map<string, Stored>();
let version = 1_000_000;
let claimed = volumes + 1;

/** Written once: how quick this process is says nothing. A claim waits from the beginning. */
const lists: Readonly<Record<string, readonly string[]>> = {
  [claimsPath]: inPages(volumes + 1, (number) =>
    number > volumes ? newClaim(number) : claimObject(number, population, true),
  ),
  [volumesPath]: inPages(volumes, (number) => volumeObject(number, population)),
  '/apis/storage.k8s.io/v1/storageclasses': inPages(hosts, classObject),
};
function inPages(count: number, make: (number: number) => object): string[] {
  const pages: string[] = [];
  for (let first = 1; first <= count; first += pageSize) {
    const length = Math.min(pageSize, count - first + 1);
    pages.push(Array.from({ length }, (_, index) => JSON.stringify(make(first + index))).join(','));
  }
  return pages;
}

function newClaim(number: number): object {
  const claim = claimObject(number, population, false) as { metadata: { uid: string } };
  pending.set(claim.metadata.uid, number);
  return claim;
}

function tell(collection: string, type: string, object: object): void {
  version += 1;
  const { metadata } = object as Stored;
  const told = { ...object, metadata: { ...metadata, resourceVersion: String(version) } };
  const line = `${JSON.stringify({ type, object: told })}\n`;
  for (const watch of watches.get(collection) ?? []) watch.write(line);
}

function page(collection: string, query: URLSearchParams): string {
  const pages = lists[collection] ?? [];
  const index = Number(query.get('continue') ?? 0);
  const next = index + 1 < pages.length ? `,"continue":"${index + 1}"` : '';
  return `{"metadata":{"resourceVersion":"${version}"${next}},"items":[${pages[index] ?? ''}]}`;
}

function watch(collection: string, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  const open = watches.get(collection) ?? new Set();
  watches.set(collection, open.add(response));
  response.on('close', () => open.delete(response));
}

/** As the binder does: claim and volume are bound. */
function write(volume: Stored): void {
  written.set(volume.metadata.name, volume);
  process.send?.({ volumesWritten: written.size, atMs: Date.now() } satisfies News);
  const number = pending.get(volume.spec?.claimRef?.uid ?? '');
  tell(volumesPath, 'ADDED', { ...volume, status: { phase: 'Pending' } });
  tell(volumesPath, 'MODIFIED', { ...volume, status: { phase: 'Bound' } });
  if (number !== undefined) tell(claimsPath, 'MODIFIED', claimObject(number, population, true));
}

function answer(request: IncomingMessage, body: string, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'https://simulated');
  const send = (status: number, text: string): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(text);
  };
  if (url.searchParams.get('watch') === 'true') watch(url.pathname, response);
  else if (request.method !== 'GET') {
    const sent = JSON.parse(body) as Stored;
    const uid = `uid-${++version}`;
    const metadata = { uid, ...sent.metadata, resourceVersion: String(version) };
    const stored = { ...sent, metadata };
    send(request.method === 'POST' ? 201 : 200, JSON.stringify(stored));
    if (request.method === 'POST' && url.pathname === volumesPath) write(stored);
  } else if (url.pathname === '/api/v1/namespaces/kube-system') {
    send(200, JSON.stringify({ metadata: { name: 'kube-system', uid: clusterId } }));
  } else if (url.searchParams.has('limit')) send(200, page(url.pathname, url.searchParams));
  else
    send(404, JSON.stringify({ kind: 'Status', code: 404, reason: 'NotFound', message: 'none' }));
}

const identity = { cert: readFileSync(certificate), key: readFileSync(key) };
const server = createServer(identity, (request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (text: string) => (body += text));
  request.on('end', () => {
    answer(request, body, response);
  });
});
server.keepAliveTimeout = 600_000;
setInterval(() => {
  for (const [collection, open] of watches) {
    if (open.size > 0) tell(collection, 'BOOKMARK', { metadata: {} });
  }
}, 20_000).unref();

process.on('message', ({ claims }: Order) => {
  for (let more = 0; more < claims; more++) {
    tell(claimsPath, 'ADDED', newClaim(++claimed));
  }
});
process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({ url: `https://127.0.0.1:${port}` } satisfies News);
});
