import { readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request, type Server } from 'node:https';
import type { Socket } from 'node:net';
import type { Certificates } from './certificates.ts';

/** Which requests something happens to. */
export interface ApiTarget {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Over the path and the query, such as `/persistentvolumes$/`. */
  readonly path: RegExp;
  /** How many requests it happens to; `always` until cleared. Default 1. */
  readonly count?: number | 'always';
}

/** `after`: the API server has done its work, and its answer is lost. Default is `before` it sees the request. */
type When = 'before' | 'after';

export type ApiFault =
  /** metav1.Status in place of the answer. */
  | {
      readonly answer: 'status';
      readonly status: number;
      readonly reason?: string;
      readonly message?: string;
      readonly when?: When;
    }
  /** Nothing ever comes back, on a connection that stays open. */
  | { readonly answer: 'silence'; readonly when?: When }
  /** The connection is cut. */
  | { readonly answer: 'cut'; readonly when?: When }
  /** Someone else is quicker: this runs first, then the request goes on its way. */
  | { readonly answer: 'own'; readonly meanwhile: () => Promise<unknown> };

interface Rule {
  readonly target: ApiTarget;
  readonly fault: ApiFault;
  left: number;
}

/**
 * An HTTPS proxy in front of the API server, for clients that prove who they are by a token: a stage has
 * one with `apiProxy: true`, `stage.installation.apiProxy`, and every provisioner that the installation starts goes
 * through it. Two levers:
 *
 *     proxy.lay({ method: 'POST', path: /persistentvolumes$/ }, { answer: 'status', status: 500, when: 'after' });
 *     proxy.swallowWatches();      // every open watch goes silent and stays open: half-open connections
 *     proxy.swallowWatches(/persistentvolumeclaims/, 'and-new');     // those opened later as well
 *     proxy.stopSwallowing();      // watches that are opened now deliver; what went silent stays silent
 *
 * Other clients (the admin, the controllers) talk to the API server itself and see nothing of it.
 */
export class ApiProxy {
  readonly url: string;
  /** `METHOD path?query` of every request that came, oldest first. */
  readonly requests: string[] = [];
  readonly #upstream: { readonly port: number; readonly ca: Buffer; readonly agent: Agent };
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #watches = new Map<IncomingMessage, string>();
  #rules: Rule[] = [];
  #swallowed: RegExp | undefined;

  private constructor(server: Server, port: number, upstream: ApiProxyOptions) {
    this.#server = server;
    this.url = `https://127.0.0.1:${port}`;
    const ca = readFileSync(upstream.certificates.authority);
    this.#upstream = { port: upstream.apiServerPort, ca, agent: new Agent({ keepAlive: true }) };
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    server.on('request', (incoming: IncomingMessage, outgoing: ServerResponse) => {
      void this.#serve(incoming, outgoing);
    });
  }

  static async start(options: ApiProxyOptions): Promise<ApiProxy> {
    const { certificates, port } = options;
    const server = createServer({
      cert: readFileSync(certificates.server),
      key: readFileSync(certificates.serverKey),
      // A watch may be silent for as long as it likes.
      requestTimeout: 0,
      keepAliveTimeout: 0,
    });
    const proxy = new ApiProxy(server, port, options);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    return proxy;
  }

  /** A copy of a kubeconfig of the bench that leads through the proxy, beside it. */
  kubeconfigFor(kubeconfig: string): string {
    const text = readFileSync(kubeconfig, 'utf8');
    const copy = kubeconfig.replace(/(\.kubeconfig)?$/, '.proxied.kubeconfig');
    const server = /"server": "[^"]*"/g;
    writeFileSync(copy, text.replaceAll(server, `"server": "${this.url}"`), { mode: 0o600 });
    return copy;
  }

  /** From the next such request on; rules happen in the order in which they were laid. */
  lay(target: ApiTarget, fault: ApiFault): void {
    const { count = 1 } = target;
    this.#rules.push({ target, fault, left: count === 'always' ? Infinity : count });
  }

  /** Faults laid for a number of requests that have not all happened. */
  get pending(): number {
    return this.#rules.filter(({ left }) => left !== Infinity).length;
  }

  /** Lays nothing any more; what is silent stays so. */
  clear(): void {
    this.#rules = [];
  }

  /**
   * Watches that are open, and whose path matches, deliver nothing more and are not ended when the API server
   * ends them. `and-new`: nor do those that are opened later, until stopSwallowing.
   * @returns how many went silent
   */
  swallowWatches(path = /^/, which: 'open' | 'and-new' = 'open'): number {
    if (which === 'and-new') this.#swallowed = path;
    const matching = [...this.#watches].filter(([, url]) => path.test(url));
    for (const [answer] of matching) this.#silence(answer);
    return matching.length;
  }

  stopSwallowing(): void {
    this.#swallowed = undefined;
  }

  /** Cuts every connection; new ones are welcome. */
  cutConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.cutConnections();
    this.#upstream.agent.destroy();
    await new Promise((resolve) => setImmediate(resolve));
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = '', url = '' } = incoming;
    this.requests.push(`${method} ${url}`);
    const fault = this.#take(method, url);
    if (fault?.answer === 'own') await fault.meanwhile();
    if (fault === undefined || fault.answer === 'own') {
      this.#forward(incoming, outgoing);
      return;
    }
    if (fault.when === 'after') await this.#deliver(incoming);
    else incoming.resume();
    if (fault.answer === 'status') answerStatus(outgoing, fault);
    if (fault.answer === 'cut') incoming.socket.destroy();
  }

  #take(method: string, url: string): ApiFault | undefined {
    const rule = this.#rules.find(
      ({ target }) => target.method === method && target.path.test(url),
    );
    if (rule === undefined) return undefined;
    rule.left--;
    if (rule.left <= 0) this.#rules = this.#rules.filter((other) => other !== rule);
    return rule.fault;
  }

  /** The API server does it; what it answers goes nowhere. */
  #deliver(incoming: IncomingMessage): Promise<void> {
    return new Promise((resolve) => {
      this.#send(incoming, (answer) => {
        answer.resume().on('close', resolve);
      }).on('error', () => {
        resolve();
      });
    });
  }

  #forward(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const sent = this.#send(incoming, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      outgoing.flushHeaders();
      answer.on('error', () => outgoing.destroy());
      answer.pipe(outgoing);
      const { url = '' } = incoming;
      if (/[?&]watch=(1|true)/.test(url)) this.#keepWatch(answer, outgoing, url);
    });
    // The API server is not there: neither is the proxy, as far as anyone can tell.
    sent.on('error', () => incoming.socket.destroy());
    outgoing.on('close', () => sent.destroy());
  }

  #keepWatch(answer: IncomingMessage, outgoing: ServerResponse, url: string): void {
    this.#watches.set(answer, url);
    outgoing.on('close', () => this.#watches.delete(answer));
    if (this.#swallowed?.test(url) === true) this.#silence(answer);
  }

  #silence(answer: IncomingMessage): void {
    answer.unpipe();
    answer.removeAllListeners('error');
    answer.on('error', () => undefined);
    answer.resume();
  }

  #send(incoming: IncomingMessage, answered: (answer: IncomingMessage) => void) {
    const { method, url, headers } = incoming;
    const { port, ca, agent } = this.#upstream;
    const where = { host: '127.0.0.1', port, path: url, ca, agent };
    const sent = request({ ...where, method, headers }, answered);
    incoming.pipe(sent);
    return sent;
  }
}

export interface ApiProxyOptions {
  /** Where the proxy listens, on 127.0.0.1. */
  readonly port: number;
  readonly apiServerPort: number;
  readonly certificates: Certificates;
}

function answerStatus(
  outgoing: ServerResponse,
  { status, reason, message }: Extract<ApiFault, { answer: 'status' }>,
): void {
  const body = {
    ...{ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' },
    ...{ reason, message: message ?? 'laid by the bench', code: status },
  };
  outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
