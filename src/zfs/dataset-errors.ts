/** The failures of the verbs. Each message says what, on which host, why, and what to do. */
import { ProvisionerError } from '../errors.ts';
import type { DatasetLocation } from './dataset-identity.ts';

export abstract class DatasetError extends ProvisionerError {
  readonly host: string;
  readonly dataset: string;

  constructor(location: DatasetLocation, message: string, options?: ErrorOptions) {
    super(message, options);
    this.host = location.host;
    this.dataset = location.dataset;
  }
}

/** A dataset of that name is there (or asked for) that cannot be proven to be ours: never touched. */
export class DatasetNotOwnedError extends DatasetError {
  readonly code = 'DATASET_NOT_OWNED';
  readonly retry = 'slow';
}

/** ZFS says that there is no such dataset, where one was expected. */
export class DatasetMissingError extends DatasetError {
  readonly code = 'DATASET_MISSING';
  readonly retry = 'slow';
}

/** It is this volume's, but was made with something that can be chosen once only and was asked for otherwise. */
export class DatasetDiffersError extends DatasetError {
  readonly code = 'DATASET_DIFFERS';
  readonly retry = 'slow';
}

/** The host exports it to others than those that were asked for: it is handed out to nobody. */
export class ExportsWrongError extends DatasetError {
  readonly code = 'EXPORTS_WRONG';
  readonly retry = 'slow';
}

/** Something on the host holds the dataset, one of its snapshots, or its mount. */
export class DatasetBusyError extends DatasetError {
  readonly code = 'DATASET_BUSY';
  readonly retry = 'backoff';
}

/** It has snapshots, and they were not agreed to go with it. */
export class DatasetHasSnapshotsError extends DatasetError {
  readonly code = 'DATASET_HAS_SNAPSHOTS';
  readonly retry = 'slow';
  readonly count: number;
  readonly example: string;

  constructor(location: DatasetLocation, count: number, example: string) {
    super(
      location,
      `${place(location)} has ${count} snapshot(s), such as ${example}, and its volume was made without ` +
        'destroySnapshots: destroy them by hand if they are not needed',
    );
    this.count = count;
    this.example = example;
  }
}

/** It says itself that it is not to be destroyed (`onDelete`), or not yet: it is in the trash. */
export class DatasetKeptError extends DatasetError {
  readonly code = 'DATASET_KEPT';
  readonly retry = 'slow';
  /** What it wants instead; undefined: to be left where it is. */
  readonly instead: 'trash' | 'retain' | undefined;

  constructor(location: DatasetLocation, message: string, instead?: 'trash' | 'retain') {
    super(location, message);
    this.instead = instead;
  }
}

/** A dataset of that name is there where this one was to be called so. */
export class DatasetExistsError extends DatasetError {
  readonly code = 'DATASET_EXISTS';
  readonly retry = 'slow';
}

/** A snapshot is another tool's backup, or what its replication goes on from, and was not agreed to go. */
export class ForeignSnapshotsError extends DatasetError {
  readonly code = 'FOREIGN_SNAPSHOTS';
  readonly retry = 'slow';
}

/** A hold (`zfs hold`) keeps one of its snapshots. */
export class DatasetHeldError extends DatasetError {
  readonly code = 'DATASET_HELD';
  readonly retry = 'slow';
}

/** There are datasets below it, or clones of its snapshots. */
export class DatasetHasChildrenError extends DatasetError {
  readonly code = 'DATASET_HAS_CHILDREN';
  readonly retry = 'slow';
}

/** It was to be destroyed only if empty, and is not. */
export class DatasetNotEmptyError extends DatasetError {
  readonly code = 'DATASET_NOT_EMPTY';
  readonly retry = 'slow';
}

/** The pool, a quota above the dataset, or a limit that the class or a setting names, has no room for it. */
export class OutOfSpaceError extends DatasetError {
  readonly code = 'OUT_OF_SPACE';
  readonly retry = 'slow';
}

/** Nothing usable can be made below the parent: it is missing, locked, read-only or not mounted. */
export class ParentUnusableError extends DatasetError {
  readonly code = 'PARENT_UNUSABLE';
  readonly retry = 'slow';
}

/** The parent is not the one that the volume was made in: another pool or host answers to the name. */
export class ParentChangedError extends DatasetError {
  readonly code = 'PARENT_CHANGED';
  readonly retry = 'slow';
}

/** ZFS does not take a property as it was asked for. */
export class InvalidPropertyError extends DatasetError {
  readonly code = 'PROPERTY_INVALID';
  readonly retry = 'on-change';
}

/** The host's user may not do that: sudoers, `zfs allow` or file modes. */
export class HostPermissionError extends DatasetError {
  readonly code = 'HOST_PERMISSION';
  readonly retry = 'slow';
}

/** Any other failure of a command; its exit code and what it printed say why. */
export class CommandFailedError extends DatasetError {
  readonly code = 'COMMAND_FAILED';
  readonly retry = 'backoff';
  readonly step: string;
  readonly exitCode: number;
  readonly stderr: string;

  constructor(failed: FailedCommand, remedy = '') {
    const said = failed.stderr === '' ? 'it printed nothing' : shorten(failed.stderr);
    super(
      failed,
      `${failed.step} failed for ${place(failed)} with exit code ${failed.exitCode}: ${said}.${failed.aftermath}${remedy}`,
    );
    this.step = failed.step;
    this.exitCode = failed.exitCode;
    this.stderr = failed.stderr;
  }
}

/** What came back is not what the script prints; what it did is not known: look before repeating. */
export class OutputUnreadableError extends DatasetError {
  readonly code = 'OUTPUT_UNREADABLE';
  readonly retry = 'backoff';
}

/** An earlier command for the same pool has not ended on the host: nothing more is sent there until it has. */
export class StillRunningError extends DatasetError {
  readonly code = 'STILL_RUNNING';
  readonly retry = 'backoff';
  /** Come back within that time, whatever the backoff says. */
  readonly retryWithinMs: number | undefined;

  constructor(location: DatasetLocation, message: string, retryWithinMs: number | undefined) {
    super(location, message);
    this.retryWithinMs = retryWithinMs;
  }
}

/** The pool takes no writes, as the last look at its host saw it: nothing was sent. */
export class PoolUnavailableError extends DatasetError {
  readonly code = 'POOL_UNAVAILABLE';
  readonly retry = 'backoff';
}

/** A command that failed on the host. */
export interface FailedCommand extends DatasetLocation {
  /** What it was for: `create`, `read`, `share`. */
  readonly step: string;
  readonly exitCode: number;
  /** What it printed, both streams, trimmed. */
  readonly stderr: string;
  /** What became of the dataset, as sentences with a blank before each; empty where nothing was changed. */
  readonly aftermath: string;
}

/** `dataset tank/k/pvc-1 on nas-1` */
export function place(location: DatasetLocation): string {
  return `dataset ${location.dataset} on ${location.host}`;
}

/** Output for a message: one line, at most 400 characters. */
export function shorten(output: string): string {
  const line = output.replaceAll(/\s*\n\s*/g, '; ');
  return line.length > 400 ? `${line.slice(0, 400)}…` : line;
}
