/** What the commands are given: everything that reaches out of the process. */
import type { Clock } from '../clock.ts';
import type { AdminApi } from '../kube/admin-api.ts';
import type { Zfs } from '../zfs/dataset.ts';
import type { ConsoleReader } from './console/console-reader.ts';
import type { Patient } from './doctor/patient.ts';

/** Where a person, or a program, reads and answers. */
export interface Terminal {
  /** Results, for standard output. Ends no line by itself. */
  write(text: string): void;
  /** One line for people, on standard error: progress, problems, questions. */
  tell(line: string): void;
  /** Undefined: standard output is no terminal, so widths are free. */
  readonly columns: number | undefined;
  readonly hasColour: boolean;
  /** Undefined: nobody is there to be asked. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
}

/** Which cluster, and as whom. Undefined: as the environment says. */
export interface ConnectionFlags {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly instance: string | undefined;
}

/** Which provisioner's status page. */
export interface ConsoleFlags {
  readonly url: URL;
  readonly tokenFile: string | undefined;
}

/** A host, and a dataset on it that volumes are made below. */
export interface ParentPlace {
  readonly host: string;
  readonly dataset: string;
}

/** One cluster, and the storage hosts of one provisioner in it. */
export interface Cluster {
  /** The provisioner's name. */
  readonly instance: string;
  /** uid of the kube-system namespace. */
  readonly clusterId: string;
  readonly kube: AdminApi;
  readonly zfs: Zfs;
  /** By host, what StorageClasses and the hosts file name, without those that only the provisioner can reach. */
  readonly parents: ReadonlyMap<string, ReadonlySet<string>>;
  /** Hosts that only the provisioner itself can reach: it runs on them. */
  readonly leftOut: readonly string[];
  /** Datasets that volumes may lie below; empty: any. */
  readonly allowedParents: readonly string[];
  /** How old an orphan has to be, milliseconds. */
  readonly orphanGraceMs: number;
  close(): Promise<void>;
}

export interface CliWorld {
  readonly version: string;
  readonly terminal: Terminal;
  readonly clock: Clock;
  /** Aborted when the person interrupts. */
  readonly signal: AbortSignal;
  /** @throws SettingsError, KubeConfigError, and what the API refuses */
  connect(flags: ConnectionFlags): Promise<Cluster>;
  /** For `doctor`: what is wrong is told by what it resolves with. */
  consult(flags: ConnectionFlags & { readonly namespace: string | undefined }): Promise<Patient>;
  /** @throws UsageError */
  openConsole(flags: ConsoleFlags): Promise<ConsoleReader>;
}
