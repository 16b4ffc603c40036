import { Agent, createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

import type { ApiServer } from '../../src/kube/api-server.ts';

export interface StoredObject {
  apiVersion?: string;
  kind?: string;
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    [field: string]: unknown;
  };
  [field: string]: unknown;
}

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

/** Answers instead of the server: a status, or `destroy` cuts the connection, `hang` never answers. */
export type Reply =
  | 'destroy'
  | 'hang'
  | {
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    };

export type Interceptor = (request: SeenRequest) => Reply | undefined;

interface OpenWatch {
  readonly collection: string;
  readonly response: ServerResponse;
}

interface Location {
  /** `/api/v1/persistentvolumes`: across namespaces. */
  readonly collection: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

/**
 * The API server as far as the product sees it, over plain HTTP on loopback: paged lists, watches with
 * resume and bookmarks, create, update, patch and delete with their preconditions, and faults.
 */
export class FakeKubeServer {
  readonly requests: SeenRequest[] = [];
  /** TCP connections accepted so far. */
  connections = 0;
  /** Requests that `hang` keeps waiting just now. */
  hanging = 0;
  /** The last word on each request; undefined lets the server answer. */
  intercept: Interceptor = () => undefined;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #objects = new Map<string, StoredObject>();
  readonly #history: { version: number; collection: string; event: object }[] = [];
  readonly #watches = new Set<OpenWatch>();
  #version = 100;
  #oldestVersion = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<FakeKubeServer> {
    const server = createServer();
    const fake = new FakeKubeServer(server);
    server.on('request', (request, response) => {
      fake.#handle(request, response).catch(() => request.socket.destroy());
    });
    server.on('connection', (socket) => {
      socket.setNoDelay(true);
      fake.connections += 1;
      fake.#sockets.add(socket);
      socket.on('close', () => fake.#sockets.delete(socket));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** A client of its own, with its own connections; `close` it. */
  connect(): ApiServer {
    const agent = new Agent({ keepAlive: true });
    return {
      url: this.url,
      access: () => Promise.resolve({ agent, headers: { authorization: 'Bearer secret' } }),
      close: () => {
        agent.destroy();
        return Promise.resolve();
      },
    };
  }

  /** Open watches, of one collection or of all. */
  watches(collection?: string): number {
    return [...this.#watches].filter(
      (watch) => watch.collection === (collection ?? watch.collection),
    ).length;
  }

  async close(): Promise<void> {
    this.cutConnections();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  cutConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Ends every watch politely, as the server does after timeoutSeconds. */
  endWatches(): void {
    for (const { response } of this.#watches) response.end();
  }

  /** Writes raw bytes into every open watch. */
  sendToWatches(bytes: string | Uint8Array): void {
    for (const { response } of this.#watches) response.write(bytes);
  }

  sendBookmarks(): void {
    this.#version += 1;
    const object = { metadata: { resourceVersion: String(this.#version) } };
    this.sendToWatches(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
  }

  /** Forgets all history: watches from older versions are answered with 410. */
  compact(): void {
    this.#oldestVersion = this.#version;
  }

  /** Creates or replaces an object in `collection` (`/api/v1/persistentvolumes`) and tells the watches. */
  put(collection: string, object: StoredObject): StoredObject {
    const key = keyOf(collection, object.metadata.namespace, object.metadata.name);
    const previous = this.#objects.get(key);
    this.#version += 1;
    const metadata = {
      uid: previous?.metadata.uid ?? `uid-${this.#version}`,
      ...object.metadata,
      resourceVersion: String(this.#version),
    };
    const stored = { ...object, metadata };
    this.#objects.set(key, stored);
    this.#publish(collection, previous === undefined ? 'ADDED' : 'MODIFIED', stored);
    return stored;
  }

  get(collection: string, name: string, namespace?: string): StoredObject | undefined {
    return this.#objects.get(keyOf(collection, namespace, name));
  }

  list(collection: string): StoredObject[] {
    return [...this.#objects]
      .filter(([key]) => key.startsWith(`${collection} `))
      .map(([, object]) => object);
  }

  remove(collection: string, name: string, namespace?: string): void {
    const key = keyOf(collection, namespace, name);
    const previous = this.#objects.get(key);
    if (previous === undefined) return;
    this.#objects.delete(key);
    this.#version += 1;
    const metadata = { ...previous.metadata, resourceVersion: String(this.#version) };
    this.#publish(collection, 'DELETED', { ...previous, metadata });
  }

  #publish(collection: string, type: string, object: StoredObject): void {
    const event = { type, object };
    this.#history.push({ version: this.#version, collection, event });
    for (const watch of this.#watches) {
      if (watch.collection === collection) watch.response.write(`${JSON.stringify(event)}\n`);
    }
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://fake');
    const text = await readBody(request);
    const seen: SeenRequest = {
      method: request.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: text === '' ? undefined : (JSON.parse(text) as unknown),
    };
    this.requests.push(seen);
    const reply = this.intercept(seen);
    if (reply === 'hang') {
      this.hanging += 1;
      response.on('close', () => (this.hanging -= 1));
    } else if (reply === 'destroy') request.socket.destroy();
    else if (reply === undefined) this.#answer(seen, response);
    else send(response, reply.status, reply.body ?? {}, reply.headers);
  }

  #answer(request: SeenRequest, response: ServerResponse): void {
    const location = locate(request.path);
    if (request.query.get('watch') === 'true') {
      this.#watch(location.collection, request, response);
      return;
    }
    const answer = this.#act(request, location);
    send(response, answer.status, answer.body);
  }

  #act(request: SeenRequest, location: Location): { status: number; body: unknown } {
    const { collection, namespace, name } = location;
    if (request.method === 'GET' && name === undefined)
      return this.#page(collection, request.query);
    if (request.method === 'POST') {
      const sent = request.body as StoredObject;
      const object = {
        ...sent,
        metadata: { ...(namespace === undefined ? {} : { namespace }), ...sent.metadata },
      };
      if (this.get(collection, object.metadata.name, namespace) !== undefined) {
        return status(409, 'AlreadyExists', `"${object.metadata.name}" already exists`);
      }
      return { status: 201, body: this.put(collection, object) };
    }
    const existing = this.get(collection, name ?? '', namespace);
    if (existing === undefined) return status(404, 'NotFound', `"${name ?? ''}" not found`);
    return this.#actOn(existing, request, location);
  }

  #actOn(
    existing: StoredObject,
    request: SeenRequest,
    { collection, namespace }: Location,
  ): { status: number; body: unknown } {
    if (request.method === 'GET') return { status: 200, body: existing };
    const refusal = refusalOf(existing, request);
    if (refusal !== undefined) return refusal;
    if (request.method === 'DELETE') {
      this.remove(collection, existing.metadata.name, namespace);
      return { status: 200, body: { kind: 'Status', status: 'Success' } };
    }
    return { status: 200, body: this.put(collection, changedBy(request, existing)) };
  }

  #page(collection: string, query: URLSearchParams): { status: number; body: unknown } {
    const all = this.list(collection);
    const start = Number(query.get('continue') ?? 0);
    const end = start + Number(query.get('limit') ?? all.length);
    const metadata = {
      resourceVersion: String(this.#version),
      ...(end < all.length ? { continue: String(end) } : {}),
    };
    return { status: 200, body: { metadata, items: all.slice(start, end) } };
  }

  #watch(collection: string, { query }: SeenRequest, response: ServerResponse): void {
    const since = Number(query.get('resourceVersion'));
    if (since < this.#oldestVersion) {
      const { body } = status(410, 'Expired', 'too old resource version');
      send(response, 200, { type: 'ERROR', object: body });
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    for (const past of this.#history) {
      if (past.collection === collection && past.version > since) {
        response.write(`${JSON.stringify(past.event)}\n`);
      }
    }
    const watch = { collection, response };
    this.#watches.add(watch);
    response.on('close', () => this.#watches.delete(watch));
  }
}

/** Waits, in real time, until `condition` holds. For what needs the network and no timer. */
export async function eventually(condition: () => boolean, withinMs = 3000): Promise<void> {
  const endMs = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error(`never came true: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** The body of a refusal, as the API server writes it. */
export function status(
  code: number,
  reason: string,
  message: string,
): { status: number; body: object } {
  const body = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message };
  return { status: code, body };
}

function keyOf(collection: string, namespace: string | undefined, name: string): string {
  return `${collection} ${namespace ?? ''}/${name}`;
}

/** `/api/v1/namespaces/x/events/y` and `/apis/g/v1/things/y`. */
function locate(path: string): Location {
  const parts = path.split('/').slice(1).map(decodeURIComponent);
  const group = parts.splice(0, parts[0] === 'api' ? 2 : 3);
  const isNamespaced = parts[0] === 'namespaces' && parts.length > 2;
  const namespace = isNamespaced ? parts.splice(0, 2)[1] : undefined;
  const [resource, name] = parts;
  return { collection: `/${[...group, resource].join('/')}`, namespace, name };
}

function matches(
  guard: { uid?: string; resourceVersion?: string } | undefined,
  metadata: StoredObject['metadata'],
): boolean {
  const { uid = metadata.uid, resourceVersion = metadata.resourceVersion } = guard ?? {};
  return uid === metadata.uid && resourceVersion === metadata.resourceVersion;
}

function refusalOf(
  { metadata }: StoredObject,
  request: SeenRequest,
): { status: number; body: object } | undefined {
  const body = request.body as StoredObject & { preconditions?: StoredObject['metadata'] };
  const guard = request.method === 'DELETE' ? body.preconditions : body.metadata;
  if (isStrategic(request) && (guard?.uid ?? metadata.uid) !== metadata.uid) {
    return status(422, 'Invalid', 'metadata.uid: field is immutable');
  }
  if (matches(guard, metadata)) return undefined;
  return status(409, 'Conflict', 'the object has been modified');
}

function changedBy(request: SeenRequest, existing: StoredObject): StoredObject {
  const body = request.body as StoredObject;
  if (request.method !== 'PATCH') return body;
  return isStrategic(request)
    ? mergeFinalizers(existing, body)
    : (mergePatch(existing, body) as StoredObject);
}

function isStrategic({ headers }: SeenRequest): boolean {
  return headers['content-type'] === 'application/strategic-merge-patch+json';
}

/** A strategic merge patch, as far as it is used: of `metadata.finalizers`, whose patchStrategy is merge. */
function mergeFinalizers(existing: StoredObject, { metadata }: StoredObject): StoredObject {
  const before = (existing.metadata['finalizers'] ?? []) as readonly string[];
  const added = (metadata['finalizers'] ?? []) as readonly string[];
  const removed = (metadata['$deleteFromPrimitiveList/finalizers'] ?? []) as readonly string[];
  const finalizers = [...new Set([...before, ...added])].filter((each) => !removed.includes(each));
  return { ...existing, metadata: { ...existing.metadata, finalizers } };
}

/** RFC 7386. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const merged: Record<string, unknown> =
    typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...target } : {};
  for (const [field, value] of Object.entries(patch))
    merged[field] = mergePatch(merged[field], value);
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function send(
  response: ServerResponse,
  code: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(code, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : `${JSON.stringify(body)}\n`);
}
