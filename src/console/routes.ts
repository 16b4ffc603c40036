import { overviewPage, problemPage, tablePage, volumePage } from './page/pages.ts';
import type { NotHere } from './page/parts.ts';
import { assets } from './page/assets.ts';
import type { Page, PageQuery, Tables } from '../overview/views.ts';
import type { TableShape } from '../overview/page.ts';
import type { Answer } from './answer.ts';
import { json, page } from './answer.ts';
import { NotLeadingError, QueryError } from './console-errors.ts';
import { parseQuery } from './query.ts';
import type { ConsoleReads, TableName } from './reads.ts';
import { tableNames } from './reads.ts';
import { shapes } from './shapes.ts';

/** A request, as far as it matters. */
export interface Asked {
  /** Before `?`. */
  readonly path: string;
  readonly parameters: URLSearchParams;
  /** What the client has of it already. */
  readonly etag: string | undefined;
}

const apiPrefix = '/console/api/';
const pagePrefix = '/console/';
/** Of the tables that the first page shows in part. */
const overviewRows = { hosts: 50, pools: 50, waiting: 10, findings: 10, events: 10 } as const;

export function isOfApi(path: string): boolean {
  return path.startsWith(apiPrefix);
}

/** Answers everything but the stream. Throws what `reads` throws. */
export function answerTo(asked: Asked, reads: ConsoleReads): Answer {
  const { path } = asked;
  if (path === '/' || path === pagePrefix) return redirect('/console');
  const asset = assets.find((each) => each.path === path);
  if (asset !== undefined) return assetAnswer(asset, asked);
  const answer = isOfApi(path) ? apiAnswer(asked, reads) : pageAnswer(asked, reads);
  return answer ?? problemAnswer(asked, 404, { error: 'there is nothing at this address' }, reads);
}

/** What went wrong, in the words of whoever asked: JSON or a page. */
export function problemAnswer(
  { path }: Pick<Asked, 'path'>,
  status: number,
  problem: { readonly error: string; readonly problems?: readonly string[] },
  reads?: ConsoleReads,
): Answer {
  if (isOfApi(path)) return json(status, problem);
  return page(status, problemPage(reads?.summary(), { status, ...problem }));
}

/** Undefined: it is our own mistake. */
export function failureAnswer(
  asked: Asked,
  thrown: unknown,
  reads: ConsoleReads,
): Answer | undefined {
  if (thrown instanceof QueryError) {
    const { problems } = thrown;
    return problemAnswer(
      asked,
      400,
      { error: 'the address asks for what cannot be', problems },
      reads,
    );
  }
  if (!(thrown instanceof NotLeadingError)) return undefined;
  const { message: error, leader } = thrown;
  return json(503, { error, ...(leader !== undefined && { leader }) });
}

function apiAnswer({ path, parameters }: Asked, reads: ConsoleReads): Answer | undefined {
  const rest = path.slice(apiPrefix.length);
  if (rest === 'summary') {
    requireNothing(parameters);
    return json(200, reads.summary());
  }
  const table = tableNamed(rest);
  if (table !== undefined) return json(200, reads.table(table, queryOf(parameters, table)));
  const name = volumeNamed(rest);
  if (name === undefined) return undefined;
  requireNothing(parameters);
  const volume = reads.volume(name);
  return volume === undefined
    ? json(404, { error: 'there is no such volume of this provisioner' })
    : json(200, volume);
}

function pageAnswer({ path, parameters }: Asked, reads: ConsoleReads): Answer | undefined {
  if (path === '/console') return overviewAnswer(parameters, reads);
  if (!path.startsWith(pagePrefix)) return undefined;
  const rest = path.slice(pagePrefix.length);
  const table = tableNamed(rest);
  if (table !== undefined) {
    const query = queryOf(parameters, table);
    const rows = orNotHere(() => reads.table(table, query));
    return page(200, tablePage({ summary: reads.summary(), query }, table, rows));
  }
  const name = volumeNamed(rest);
  const volume = name === undefined ? undefined : reads.volume(name);
  if (volume === undefined) return undefined;
  const query = queryOf(parameters);
  return page(200, volumePage({ summary: reads.summary(), query }, volume));
}

function overviewAnswer(parameters: URLSearchParams, reads: ConsoleReads): Answer {
  const query = queryOf(parameters);
  const part = <N extends keyof typeof overviewRows>(name: N): Page<Tables[N]> | NotHere =>
    orNotHere(() => reads.table(name, { page: 1, pageSize: overviewRows[name] }));
  const overview = {
    ...{ hosts: part('hosts'), pools: part('pools'), waiting: part('waiting') },
    ...{ findings: part('findings'), events: part('events') },
  };
  return page(200, overviewPage({ summary: reads.summary(), query }, overview));
}

function orNotHere<T>(read: () => Page<T>): Page<T> | NotHere {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof NotLeadingError) return { leader: thrown.leader };
    throw thrown;
  }
}

function tableNamed(name: string): TableName | undefined {
  return tableNames.find((each) => each === name);
}

/** `volumes/NAME`. Undefined: it is none, or no name that a volume can have. */
function volumeNamed(rest: string): string | undefined {
  const [, name] = /^volumes\/([a-z0-9][a-z0-9.-]{0,252})$/.exec(rest) ?? [];
  return name;
}

/** @throws QueryError with every problem */
function queryOf(parameters: URLSearchParams, table?: TableName): PageQuery {
  // The shapes of the rows do not matter here, and TypeScript cannot tell which it is.
  const shape: TableShape<object> | undefined = table && (shapes[table] as TableShape<object>);
  const parsed = parseQuery(parameters, shape);
  if (parsed.problems !== undefined) throw new QueryError(parsed.problems);
  return parsed.query;
}

function requireNothing(parameters: URLSearchParams): void {
  const problems = [...new Set(parameters.keys())].map(
    (name) => `there is no parameter ${JSON.stringify(name.slice(0, 60))}: none is expected here`,
  );
  if (problems.length > 0) throw new QueryError(problems);
}

function redirect(location: string): Answer {
  return {
    status: 302,
    contentType: 'text/plain',
    body: `see ${location}\n`,
    headers: { location },
  };
}

function assetAnswer(
  { contentType, body, etag, address }: (typeof assets)[number],
  asked: Asked,
): Answer {
  const isOfThisVersion = address === `${asked.path}?${asked.parameters.toString()}`;
  const cache = isOfThisVersion ? 'private, max-age=31536000, immutable' : 'private, no-cache';
  const isKnown = asked.etag === etag;
  const headers = { etag, 'cache-control': cache };
  return { status: isKnown ? 304 : 200, contentType, body, headers };
}
