import type { PageQuery } from '../overview/views.ts';
import { maxPageSize, queryProblems, usualPageSize } from '../overview/page.ts';
import type { TableShape } from '../overview/page.ts';

/** What an address asks for, or what is wrong with it: all of it at once. */
export type Parsed =
  | { readonly query: PageQuery; readonly problems?: undefined }
  | { readonly problems: readonly string[] };

const known = ['sort', 'search', 'namespace', 'page', 'pageSize'] as const;
const maxText = 256;

/**
 * Reads what stands behind `?`. An empty value counts as not given, as forms send it.
 * @param shape of the table that is asked for; undefined: of several, which are neither sorted nor searched
 */
export function parseQuery<T>(
  parameters: URLSearchParams,
  shape: TableShape<T> | undefined,
): Parsed {
  const problems: string[] = [];
  const names = new Set(parameters.keys());
  for (const name of names) {
    if (!known.some((each) => each === name)) {
      problems.push(`there is no parameter ${shown(name)}: expected ${known.join(', ')}`);
    } else if (parameters.getAll(name).length > 1) problems.push(`${name} is given more than once`);
  }
  const textOf = (name: (typeof known)[number]): string | undefined => {
    const text = parameters.get(name) ?? '';
    if (text.length > maxText) problems.push(`${name} is longer than ${maxText} characters`);
    return text === '' ? undefined : text;
  };
  const numberOf = (name: 'page' | 'pageSize', usual: number, most: number): number => {
    const text = textOf(name);
    if (text === undefined) return usual;
    const isNumber = /^[1-9]\d{0,8}$/.test(text) && Number(text) <= most;
    if (!isNumber) problems.push(`${name} is ${shown(text)}: expected a number from 1 to ${most}`);
    return isNumber ? Number(text) : usual;
  };
  const [sort, search, namespace] = [textOf('sort'), textOf('search'), textOf('namespace')];
  const query = {
    ...(sort !== undefined && { sort }),
    ...(search !== undefined && { search }),
    ...(namespace !== undefined && { namespace }),
    page: numberOf('page', 1, 1_000_000),
    pageSize: numberOf('pageSize', usualPageSize, maxPageSize),
  };
  if (shape !== undefined) problems.push(...queryProblems(shape, query));
  return problems.length > 0 ? { problems } : { query };
}

function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
