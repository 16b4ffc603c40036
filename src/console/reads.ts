import type {
  EventView,
  FindingView,
  HostView,
  Page,
  PageQuery,
  PoolView,
  SummaryView,
  TrashView,
  VolumeView,
  WaitingView,
} from '../overview/views.ts';

/** The rows of each table, by its name in addresses. */
export interface Tables {
  readonly hosts: HostView;
  readonly pools: PoolView;
  readonly volumes: VolumeView;
  readonly waiting: WaitingView;
  readonly events: EventView;
  readonly trash: TrashView;
  readonly findings: FindingView;
}

export type TableName = keyof Tables;

export const tableNames: readonly TableName[] = [
  ...(['hosts', 'pools', 'volumes', 'waiting', 'events', 'trash', 'findings'] as const),
];

/** A volume and all that is known of it. */
export interface VolumeDetails extends VolumeView {
  /** The last ones of it and of its claim, the latest first. */
  readonly events: readonly EventView[];
  readonly findings: readonly FindingView[];
}

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
