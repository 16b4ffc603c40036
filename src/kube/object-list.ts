import type { KubeObject } from '../volume/objects.ts';
import type { ApiTransport } from './api-transport.ts';
import type { Kind } from './kinds.ts';
import type { ObjectPage } from './object-page.ts';
import { readPage } from './object-page.ts';

/** As many as client-go asks for at once. */
export const pageSize = 500;

/**
 * All objects of a kind, page by page, as they were when the first page was asked for.
 * @throws KubeExpiredError when it takes longer than the server keeps that version (5 minutes)
 */
export async function* pagesOf<T extends KubeObject>(
  transport: ApiTransport,
  kind: Kind<T>,
  signal?: AbortSignal,
): AsyncGenerator<ObjectPage<T>, void, void> {
  const { resource, path } = kind;
  let next = '';
  do {
    const query = { limit: String(pageSize), ...(next !== '' && { continue: next }) };
    const request = { verb: 'list', resource, path, query, signal } as const;
    const page = await transport.read(request, (body) => readPage(body, (sent) => kind.keep(sent)));
    yield page;
    next = page.metadata.continue ?? '';
  } while (next !== '');
}
