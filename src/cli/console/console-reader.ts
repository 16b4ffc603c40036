import type { SummaryView, Tables, VolumeDetails } from '../../overview/views.ts';

export interface ConsoleFilter {
  readonly namespace?: string | undefined;
  /** Only rows in which a text has this in it. */
  readonly search?: string | undefined;
}

/** The JSON of the provisioner's status page. Every call throws ConsoleError. */
export interface ConsoleReader {
  summary(signal: AbortSignal): Promise<SummaryView>;
  /** All of them, whatever the pages. */
  rows<N extends keyof Tables>(
    table: N,
    filter: ConsoleFilter,
    signal: AbortSignal,
  ): Promise<readonly Tables[N][]>;
  /** Undefined: it knows no such volume. */
  volume(name: string, signal: AbortSignal): Promise<VolumeDetails | undefined>;
}
