import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import type { RequestOptions } from 'node:https';
import { delimiter, dirname, resolve } from 'node:path';

import { KubeConfig } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { z } from 'zod';

import { systemClock } from '../clock.ts';
import type { Clock } from '../clock.ts';
import { ProvisionerError, messageOf } from '../errors.ts';
import { suggestion } from '../volume/nearest.ts';
import { shown } from '../volume/shown.ts';
import type { ApiAccess, ApiServer } from './api-server.ts';

/** There is no usable kubeconfig. */
export class KubeConfigError extends ProvisionerError {
  readonly code = 'KUBE_CONFIG_INVALID';
  readonly retry = 'slow';
}

/** An API server as a kubeconfig (or the pod's service account) describes it. */
export interface ConfiguredServer extends ApiServer {
  /** The namespace of the context; in a pod, the pod's. */
  readonly namespace: string | undefined;
}

/** kube-apiserver closes idle connections after 90 s; we are first, so that none dies under a request. */
const KEEP_ALIVE_MS = 60_000;
/** Below the idle limits of usual load balancers; the same as client-go. */
const TCP_KEEP_ALIVE_MS = 30_000;

/** Certificates are read again after this; before each of a hundred requests in a second would be in vain. */
const ACCESS_MS = 1000;

const TLS_FIELDS = [
  'ca',
  'cert',
  'key',
  'pfx',
  'passphrase',
  'rejectUnauthorized',
  'servername',
] as const;
type TlsMaterial = Pick<RequestOptions, (typeof TLS_FIELDS)[number]>;

/**
 * @param path of a kubeconfig, or several in the manner of $KUBECONFIG; without it: $KUBECONFIG,
 *   ~/.kube/config, the pod's service account
 * @param context to use instead of the kubeconfig's current one
 * @throws KubeConfigError
 */
export function loadApiServer(
  path?: string,
  context?: string,
  clock: Clock = systemClock,
): ConfiguredServer {
  try {
    const config = loadConfig(path);
    if (context !== undefined) useContext(config, context);
    return new KubeConfigServer(config, path, clock);
  } catch (cause) {
    if (cause instanceof KubeConfigError) throw cause;
    const where = path ?? 'found by default';
    throw new KubeConfigError(`cannot read the kubeconfig ${where}: ${messageOf(cause)}`, {
      cause,
    });
  }
}

function loadConfig(path: string | undefined): KubeConfig {
  const config = new KubeConfig();
  if (path === undefined) {
    config.loadFromDefault();
    return config;
  }
  const [first = '', ...others] = path.split(delimiter).filter((part) => part !== '');
  config.loadFromFile(first);
  useTokenFiles(config, first);
  for (const other of others) {
    const added = new KubeConfig();
    added.loadFromFile(other);
    useTokenFiles(added, other);
    config.mergeConfig(added, true);
  }
  return config;
}

function useContext(config: KubeConfig, context: string): void {
  const known = config.contexts.map(({ name }) => name);
  if (known.includes(context)) {
    config.setCurrentContext(context);
    return;
  }
  throw new KubeConfigError(
    `the kubeconfig has no context ${shown(context)}${suggestion(context, known)}: it has ${known.join(', ') || 'none'}`,
  );
}

/**
 * A user's `tokenFile` is read again once a minute, since the kubelet and others renew it. client-node
 * 2.0.1 looks for it under another name (`token-file`) and so sends no token at all.
 */
function useTokenFiles(config: KubeConfig, path: string): void {
  const parsed = kubeConfigFile.parse(parse(readFileSync(path, 'utf8')));
  for (const { name, user } of parsed.users ?? []) {
    if (user?.tokenFile === undefined) continue;
    const tokenFile = resolve(dirname(path), user.tokenFile);
    const at = config.users.findIndex((known) => known.name === name);
    config.users[at] = { name, authProvider: { name: 'tokenFile', config: { tokenFile } } };
  }
}

const kubeConfigFile = z.object({
  users: z
    .array(
      z.object({
        name: z.string(),
        user: z.object({ tokenFile: z.string().optional() }).nullish(),
      }),
    )
    .nullish(),
});

/** Node would tell connections apart by all that they were made with: the certificates, written out for each request. */
class OneServerAgent extends Agent {
  override getName(): string {
    return 'api-server';
  }
}

class KubeConfigServer implements ConfiguredServer {
  readonly url: string;
  readonly namespace: string | undefined;
  readonly #config: KubeConfig;
  readonly #proxyUrl: string | undefined;
  readonly #clock: Clock;
  #tls: TlsMaterial | undefined;
  #agent: Agent | undefined;
  #access: ApiAccess | Promise<ApiAccess> | undefined;
  #accessMs = 0;

  constructor(config: KubeConfig, path: string | undefined, clock: Clock) {
    const cluster = config.getCurrentCluster();
    if (cluster?.server.startsWith('https://') !== true) {
      throw new KubeConfigError(
        `no API server over https in ${path ?? '$KUBECONFIG, ~/.kube/config or the service account'}` +
          ` (current context "${config.getCurrentContext()}"): set ZFS_KUBE_CONFIG_PATH`,
      );
    }
    if (cluster.proxyUrl !== undefined && !/^https?:/.test(cluster.proxyUrl)) {
      throw new KubeConfigError(`proxy-url of cluster ${cluster.name} must be http or https`);
    }
    this.url = cluster.server.replace(/\/$/, '');
    this.namespace = config.getContextObject(config.getCurrentContext())?.namespace;
    this.#config = config;
    this.#clock = clock;
    this.#proxyUrl = cluster.proxyUrl;
  }

  access(): ApiAccess | Promise<ApiAccess> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#access !== undefined && nowMs - this.#accessMs < ACCESS_MS) return this.#access;
    const reading = this.#readAccess();
    [this.#access, this.#accessMs] = [reading, nowMs];
    const keep = (access: ApiAccess | undefined): void => {
      if (this.#access === reading) this.#access = access;
    };
    reading.then(keep, () => {
      keep(undefined);
    });
    return reading;
  }

  /** client-node reads certificate files each time and the token file once a minute. */
  async #readAccess(): Promise<ApiAccess> {
    const options: RequestOptions = {};
    await this.#config.applyToHTTPSOptions(options);
    return { agent: this.#agentFor(options), headers: headersOf(options) };
  }

  close(): Promise<void> {
    this.#agent?.destroy();
    return Promise.resolve();
  }

  #agentFor(options: RequestOptions): Agent {
    const tls = tlsMaterial(options);
    // Requests and watches under way end on the connections that they have; idle ones end by themselves.
    if (this.#agent === undefined || this.#tls === undefined || !isSameTls(this.#tls, tls)) {
      this.#tls = tls;
      this.#agent = this.#createAgent(tls);
    }
    return this.#agent;
  }

  #createAgent(tls: TlsMaterial): Agent {
    return new OneServerAgent({
      ...tls,
      keepAlive: true,
      keepAliveMsecs: TCP_KEEP_ALIVE_MS,
      // Ends idle connections; of one with a request on it, nothing but an event comes of it.
      timeout: KEEP_ALIVE_MS,
      ...(this.#proxyUrl !== undefined && { proxyEnv: { HTTPS_PROXY: this.#proxyUrl } }),
    });
  }
}

function headersOf({ headers, auth }: RequestOptions): Record<string, string> {
  const texts = Object.entries(headers ?? {}).map(([name, value]) => [name, String(value).trim()]);
  const basic =
    typeof auth === 'string'
      ? { Authorization: `Basic ${Buffer.from(auth).toString('base64')}` }
      : {};
  return { ...basic, ...(Object.fromEntries(texts) as Record<string, string>) };
}

function tlsMaterial(options: RequestOptions): TlsMaterial {
  const given = TLS_FIELDS.filter((field) => options[field] !== undefined);
  return Object.fromEntries(given.map((field) => [field, options[field]]));
}

function isSameTls(a: TlsMaterial, b: TlsMaterial): boolean {
  return TLS_FIELDS.every((field) => {
    const [left, right] = [a[field], b[field]];
    return Buffer.isBuffer(left) && Buffer.isBuffer(right) ? left.equals(right) : left === right;
  });
}
