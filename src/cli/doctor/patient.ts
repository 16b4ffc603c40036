/** What `kubectl zfs doctor` is given to look at. Nothing of it throws where something is wrong: that is told. */
import type { HostScript, ScriptResult } from '../../host/command.ts';
import type { HostConnection } from '../../host/ssh-connection.ts';
import type { CheckupApi } from '../../kube/checkup-api.ts';
import type { HostInventory } from '../../provisioner/inventory/inventory.ts';
import type { StorageClass } from '../../volume/objects.ts';
import type { HostCommands } from '../../zfs/remote-zfs.ts';

/** What may be wrong with something that was read. */
export interface Reading {
  /** Empty: nothing. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** What classes are judged by: some of the settings. */
export interface ClassRules {
  readonly exportToEveryone: boolean;
  readonly allowedParents: readonly string[];
  readonly allowedProperties: readonly string[];
}

export interface Doors {
  /** As the provisioner logs in. */
  dial(host: string, signal?: AbortSignal): Promise<HostConnection>;
  /** Only connects, and hangs up. */
  knock(host: string, signal?: AbortSignal): Promise<void>;
}

export interface PatientHosts {
  readonly doors: Doors;
  /** For hosts that are this machine; undefined: there are none. */
  readonly here:
    ((host: string, script: HostScript, signal?: AbortSignal) => Promise<ScriptResult>) | undefined;
  /** It is the machine that the provisioner runs on, whichever that is. */
  readonly isLocal: (host: string) => boolean;
  readonly commandsOf: (host: string) => HostCommands;
  readonly exportsFiles: readonly string[];
  /** ZFS_SSH_CHANNELS. */
  readonly channels: number;
}

export interface LeaseExpected {
  readonly isUsed: boolean;
  readonly name: string;
  /** Undefined: wherever it is. */
  readonly namespace: string | undefined;
}

export interface Patient {
  /** The provisioner's name. */
  readonly instance: string;
  readonly settings: Reading;
  /** Undefined: there is no hosts file. */
  readonly hostsFile: (Reading & { readonly path: string; readonly hosts: number }) | undefined;
  /** Or why there is no way to it. */
  readonly api: CheckupApi | Error;
  readonly lease: LeaseExpected;
  readonly classRules: ClassRules;
  /** ZFS_DELAY_CAPACITY: pods are listed then. */
  readonly listsPods: boolean;
  readonly inventory: HostInventory;
  /** By host, the parents that classes of the provisioner and the hosts file name. */
  readonly placesOf: (classes: readonly StorageClass[]) => ReadonlyMap<string, ReadonlySet<string>>;
  readonly hosts: PatientHosts;
  /** A new word of letters and digits that nobody can guess. */
  readonly nonce: () => string;
  close(): Promise<void>;
}
