import type { ApiTransport } from './api-transport.ts';
import type { Kind } from './kinds.ts';

/** As many as client-go asks for at once. */
export const pageSize = 500;

/** A list of the API, or a page of one. */
export interface ObjectList {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly unknown[] | null;
}

/**
 * All objects of a kind, page by page, as they were when the first page was asked for.
 * @throws KubeExpiredError when it takes longer than the server keeps that version (5 minutes)
 */
export async function* pagesOf(
  transport: ApiTransport,
  { resource, path }: Pick<Kind<never>, 'resource' | 'path'>,
  signal?: AbortSignal,
): AsyncGenerator<ObjectList, void, void> {
  let next = '';
  do {
    const query = { limit: String(pageSize), ...(next !== '' && { continue: next }) };
    const request = { verb: 'list', resource, path, query, signal } as const;
    const page = (await transport.send(request)) as ObjectList;
    yield page;
    next = page.metadata.continue ?? '';
  } while (next !== '');
}
