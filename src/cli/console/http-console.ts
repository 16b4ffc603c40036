import { readFile } from 'node:fs/promises';

import type { Clock } from '../../clock.ts';
import { ProvisionerError, messageOf } from '../../errors.ts';
import type { Page, SummaryView, Tables, VolumeDetails } from '../../overview/views.ts';
import type { ConsoleFlags } from '../cli-world.ts';
import { UsageError } from '../usage-error.ts';
import type { ConsoleFilter, ConsoleReader } from './console-reader.ts';

/** The provisioner's status page does not answer, or refuses. */
export class ConsoleError extends ProvisionerError {
  readonly code = 'CONSOLE_FAILED';
  readonly retry = 'on-change';
}

export interface HttpConsoleParts {
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** For what is legal and looks like a mistake. */
  readonly warn: (warning: string) => void;
}

const timeoutMs = 30_000;
/** The largest that it gives. */
const pageSize = 500;
const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** @throws UsageError the token cannot be read */
export async function openHttpConsole(
  { url, tokenFile }: ConsoleFlags,
  parts: HttpConsoleParts,
): Promise<ConsoleReader> {
  const token = tokenFile === undefined ? parts.env['ZFS_CONSOLE_TOKEN'] : await read(tokenFile);
  const isOpen = url.protocol === 'http:' && !loopback.test(url.hostname);
  if (isOpen && token !== undefined) {
    parts.warn(`the token goes to ${url.host} unencrypted: better https, or kubectl port-forward`);
  }
  return new HttpConsole(url, token?.trim(), parts);
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    throw new UsageError([`--console-token-file ${file} cannot be read: ${messageOf(thrown)}`]);
  }
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

class HttpConsole implements ConsoleReader {
  readonly #base: string;
  readonly #token: string | undefined;
  readonly #parts: HttpConsoleParts;

  constructor(url: URL, token: string | undefined, parts: HttpConsoleParts) {
    const path = url.pathname.replace(/\/+$/, '').replace(/\/console$/, '');
    this.#base = `${url.origin}${path}/console/api`;
    this.#token = token;
    this.#parts = parts;
  }

  async summary(signal: AbortSignal): Promise<SummaryView> {
    return (await this.#get('summary', {}, signal)).body as SummaryView;
  }

  async rows<N extends keyof Tables>(
    table: N,
    filter: ConsoleFilter,
    signal: AbortSignal,
  ): Promise<readonly Tables[N][]> {
    const found: Tables[N][] = [];
    for (let page = 1; ; page++) {
      const query = { ...filter, page: String(page), pageSize: String(pageSize) };
      const { body } = await this.#get(table, query, signal);
      const { items, total } = body as Page<Tables[N]>;
      found.push(...items);
      if (found.length >= total || items.length === 0) return found;
    }
  }

  async volume(name: string, signal: AbortSignal): Promise<VolumeDetails | undefined> {
    const { status, body } = await this.#get(`volumes/${encodeURIComponent(name)}`, {}, signal);
    return status === 404 ? undefined : (body as VolumeDetails);
  }

  async #get(
    path: string,
    query: Readonly<Record<string, string | undefined>>,
    signal: AbortSignal,
  ): Promise<Answer> {
    const given = Object.entries(query).filter((pair): pair is [string, string] => {
      return pair[1] !== undefined;
    });
    const words = new URLSearchParams(given).toString();
    const address = `${this.#base}/${path}${words === '' ? '' : `?${words}`}`;
    const late = new AbortController();
    const deadline = this.#parts.clock.schedule(timeoutMs, () => {
      late.abort(new Error(`no answer within ${timeoutMs / 1000} s`));
    });
    try {
      return await this.#ask(address, AbortSignal.any([signal, late.signal]));
    } catch (thrown) {
      if (thrown instanceof ConsoleError) throw thrown;
      throw new ConsoleError(`${address} does not answer: ${reasonOf(thrown)}`, { cause: thrown });
    } finally {
      deadline.cancel();
    }
  }

  async #ask(address: string, signal: AbortSignal): Promise<Answer> {
    const headers = {
      accept: 'application/json',
      ...(this.#token !== undefined && { authorization: `Bearer ${this.#token}` }),
    };
    const response = await this.#parts.fetch(address, { headers, signal, redirect: 'error' });
    const { status } = response;
    const body = jsonOf(await response.text());
    const isOfVolume = address.startsWith(`${this.#base}/volumes/`);
    const isExpected = status === 200 || (status === 404 && isOfVolume);
    if (isExpected && isObject(body)) return { status, body };
    throw new ConsoleError(`${address} ${this.#refusal(status, body)}`);
  }

  #refusal(status: number, body: unknown): string {
    if (status === 200 || status === 404) {
      return `is no status page of the provisioner: HTTP ${status}`;
    }
    if (status !== 401 && status !== 403) return `answers HTTP ${status}: ${refusalOf(body)}`;
    const why = this.#token === undefined ? 'it wants a token' : 'it does not know the token';
    return `refuses: ${why}; set ZFS_CONSOLE_TOKEN or say --console-token-file`;
  }
}

/** fetch says only that it failed; the cause says why. */
function reasonOf(thrown: unknown): string {
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  return messageOf(cause instanceof Error && cause.message !== '' ? cause : thrown);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(body: unknown): body is Readonly<Record<string, unknown>> {
  return typeof body === 'object' && body !== null;
}

function refusalOf(body: unknown): string {
  if (!isObject(body)) return 'it does not say why';
  const { error, problems, leader } = body;
  const told: readonly unknown[] = Array.isArray(problems) ? problems : [];
  const words = [error, ...told].filter((word): word is string => {
    return typeof word === 'string' && word !== '';
  });
  const led = typeof leader === 'string' ? [`ask the replica that leads, ${leader}`] : [];
  return [...words, ...led].join('; ') || 'it does not say why';
}
