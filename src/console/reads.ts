import type { Page, PageQuery, SummaryView, Tables, VolumeDetails } from '../overview/views.ts';

export type TableName = keyof Tables;

export const tableNames: readonly TableName[] = [
  ...(['hosts', 'pools', 'volumes', 'waiting', 'events', 'trash', 'findings'] as const),
];

/**
 * What the console shows. Names of hidden namespaces and of what is in them are in none of it. Nothing here asks a
 * host or the API: it is what is known already.
 */
export interface ConsoleReads {
  summary(): SummaryView;
  /**
   * @throws QueryError the query has a field that the table has not, or a page that cannot be
   * @throws NotLeadingError only the replica that leads knows the table
   */
  table<N extends TableName>(name: N, query: PageQuery): Page<Tables[N]>;
  /** Undefined: there is no such volume of ours. */
  volume(name: string): VolumeDetails | undefined;
}
