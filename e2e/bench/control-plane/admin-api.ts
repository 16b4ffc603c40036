import { readFileSync } from 'node:fs';
import { Agent, request, type RequestOptions } from 'node:https';
import type { Certificates } from './certificates.ts';

/** The API server answered with an error status. */
export class ApiStatusError extends Error {
  readonly status: number;

  constructor(method: string, path: string, status: number, body: string) {
    super(`${method} ${path}: ${status} ${body.slice(0, 500)}`);
    this.name = 'ApiStatusError';
    this.status = status;
  }
}

export interface ApiCall {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly body?: unknown;
  /** Of a patch; default is a merge patch. */
  readonly contentType?: string;
  readonly timeoutMs?: number;
}

/** The API as cluster-admin: a few milliseconds a call, where kubectl takes a hundred. */
export class AdminApi {
  readonly #port: number;
  readonly #tls: RequestOptions;

  constructor(port: number, certificates: Certificates) {
    this.#port = port;
    this.#tls = {
      ca: readFileSync(certificates.authority),
      cert: readFileSync(certificates.admin),
      key: readFileSync(certificates.adminKey),
      agent: new Agent({ keepAlive: true }),
    };
  }

  /** @throws ApiStatusError for any answer but 2xx */
  async call<T>(path: string, call: ApiCall = {}): Promise<T> {
    return JSON.parse(await this.text(path, call)) as T;
  }

  text(
    path: string,
    { method = 'GET', body, contentType, timeoutMs = 10_000 }: ApiCall = {},
  ): Promise<string> {
    const type = contentType ?? defaultContentType(method);
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          ...this.#tls,
          host: '127.0.0.1',
          port: this.#port,
          path,
          method,
          headers: { 'Content-Type': type, Accept: 'application/json' },
          timeout: timeoutMs,
        },
        (answer) => {
          let text = '';
          answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
          answer.on('error', reject);
          answer.on('end', () => {
            const status = answer.statusCode ?? 0;
            if (status >= 200 && status < 300) resolve(text);
            else reject(new ApiStatusError(method, path, status, text));
          });
        },
      );
      outgoing.on('timeout', () => outgoing.destroy(new Error(`${method} ${path}: no answer`)));
      outgoing.on('error', reject);
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}

function defaultContentType(method: string): string {
  return method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
}
