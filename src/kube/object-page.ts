import { parseAnswer } from './json-answer.ts';

/** What is told of a list besides its objects. */
export interface ListMetadata {
  readonly resourceVersion: string;
  readonly continue?: string;
}

/** A list of the API, or a page of one. */
export interface ObjectPage<T> {
  readonly metadata: ListMetadata;
  readonly items: readonly T[];
}

interface SentList {
  readonly metadata: ListMetadata;
  readonly items: readonly unknown[] | null;
}

const opening = '"items":[';
/** How the second and every later object begins. Within a string its quotes would have backslashes. */
const boundary = ',{"metadata":{';
const managedFields = ',"managedFields":[';
/** Where they end; no list but theirs is within them, and they are the last of the metadata. */
const afterManagedFields = ']},"spec":{';

/**
 * Decodes a list while it comes, object by object, and holds no more of it than what `keep` keeps: the text of a page
 * and all that it says are megabytes, which the garbage collector would have to carry along.
 * @throws when it is no JSON
 */
export async function readPage<T>(
  chunks: AsyncIterable<Uint8Array>,
  keep: (sent: unknown) => T,
): Promise<ObjectPage<T>> {
  const decoder = new TextDecoder();
  const items: T[] = [];
  let head: SentList | undefined;
  let rest = '';
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    if (head === undefined) {
      const at = rest.indexOf(opening);
      if (at === -1) continue;
      head = parsed(`${rest.slice(0, at)}"items":[]}`) as SentList | undefined;
      if (head === undefined) continue;
      rest = rest.slice(at + opening.length);
    }
    rest = takeObjects(rest, (sent) => items.push(keep(sent)));
  }
  rest += decoder.decode();
  const last = parseAnswer(head === undefined ? rest : `{${opening}${rest}`) as SentList;
  for (const sent of last.items ?? []) items.push(keep(sent));
  return { metadata: { ...head?.metadata, ...last.metadata }, items };
}

/** @returns what is left: the last object, complete or not */
function takeObjects(text: string, take: (sent: unknown) => void): string {
  let start = 0;
  for (let end = text.indexOf(boundary); end !== -1; end = text.indexOf(boundary, end + 1)) {
    // What is an object up to there is the object; otherwise this was no boundary, and the object goes on.
    const sent = parsed(withoutManagedFields(text.slice(start, end)));
    if (sent === undefined) continue;
    take(sent);
    start = end + 1;
  }
  return text.slice(start);
}

/** They are up to a half of an object, and nobody wants them. */
function withoutManagedFields(text: string): string {
  const from = text.indexOf(managedFields);
  const to = from === -1 ? -1 : text.indexOf(afterManagedFields, from);
  return to === -1 ? text : text.slice(0, from) + text.slice(to + 1);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
