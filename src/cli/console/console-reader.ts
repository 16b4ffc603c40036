import type {
  EventView,
  FindingView,
  HostView,
  PoolView,
  SummaryView,
  TrashView,
  VolumeView,
  WaitingView,
} from '../../overview/views.ts';

/** The rows of each table of the console, by its name in addresses. */
export interface ConsoleTables {
  readonly hosts: HostView;
  readonly pools: PoolView;
  readonly volumes: VolumeView;
  readonly waiting: WaitingView;
  readonly trash: TrashView;
  readonly findings: FindingView;
}

export interface ConsoleFilter {
  readonly namespace?: string | undefined;
  /** Only rows in which a text has this in it. */
  readonly search?: string | undefined;
}

/** A volume and all that the console knows of it. */
export interface ConsoleVolume extends VolumeView {
  readonly events: readonly EventView[];
  readonly findings: readonly FindingView[];
}

/** The JSON of the provisioner's status page. Every call throws ConsoleError. */
export interface ConsoleReader {
  summary(signal: AbortSignal): Promise<SummaryView>;
  /** All of them, whatever the pages. */
  rows<N extends keyof ConsoleTables>(
    table: N,
    filter: ConsoleFilter,
    signal: AbortSignal,
  ): Promise<readonly ConsoleTables[N][]>;
  /** Undefined: it knows no such volume. */
  volume(name: string, signal: AbortSignal): Promise<ConsoleVolume | undefined>;
}
