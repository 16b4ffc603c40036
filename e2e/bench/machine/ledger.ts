import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  identifyProcess,
  isOfThisBoot,
  isRunning,
  type ProcessIdentity,
} from './process-identity.ts';

/** Where benches keep what must be found again by others: records, state of storage hosts, the lock. */
export const machineFolder = '/var/lib/zfs-provisioner-bench';
export const machineLockFile = join(machineFolder, 'lock');

/** Something that a bench made on this machine and that has to go again. */
export type Resource =
  | { readonly kind: 'process'; readonly name: string; readonly identity: ProcessIdentity }
  | { readonly kind: 'pool'; readonly name: string; readonly mountpoint: string }
  | { readonly kind: 'user'; readonly name: string }
  /** The files of another machine. */
  | { readonly kind: 'mount'; readonly path: string }
  | { readonly kind: 'node'; readonly name: string; readonly cgroup: string }
  | { readonly kind: 'file'; readonly path: string };

/** All that is needed to remove a bench, by whoever finds it. */
export interface BenchRecord {
  readonly id: string;
  /** The process that the bench lives and dies with. */
  readonly owner: ProcessIdentity;
  /** It stays when the owner ends (`main.ts up`). */
  readonly keep: boolean;
  readonly runDir: string;
  readonly resources: readonly Resource[];
}

/** The record of one bench; written before each resource is made, so that nothing is ever forgotten. */
export class Ledger {
  readonly id: string;
  /** State of this bench outside its run directory, readable for all users. */
  readonly stateDir: string;
  #record: BenchRecord;

  private constructor(record: BenchRecord) {
    this.id = record.id;
    this.stateDir = join(machineFolder, record.id);
    this.#record = record;
  }

  static open(runDir: string, keep: boolean): Ledger {
    const owner = identifyProcess(process.pid);
    if (owner === undefined) throw new Error('/proc does not show this process');
    const id = randomBytes(3).toString('hex');
    const ledger = new Ledger({ id, owner, keep, runDir, resources: [] });
    mkdirSync(ledger.stateDir, { recursive: true, mode: 0o755 });
    ledger.#write();
    return ledger;
  }

  get record(): BenchRecord {
    return this.#record;
  }

  get recordFile(): string {
    return recordFile(this.id);
  }

  add(resource: Resource): void {
    this.#record = { ...this.#record, resources: [...this.#record.resources, resource] };
    this.#write();
  }

  #write(): void {
    const temporary = `${this.recordFile}.new`;
    writeFileSync(temporary, JSON.stringify(this.#record, undefined, 2));
    renameSync(temporary, this.recordFile);
  }
}

export function readRecords(): BenchRecord[] {
  if (!existsSync(machineFolder)) return [];
  return readdirSync(machineFolder)
    .map((id) => readRecord(id))
    .filter((record) => record !== undefined);
}

export function readRecord(id: string): BenchRecord | undefined {
  if (!existsSync(recordFile(id))) return undefined;
  return JSON.parse(readFileSync(recordFile(id), 'utf8')) as BenchRecord;
}

export function forgetRecord(id: string): void {
  rmSync(join(machineFolder, id), { recursive: true, force: true });
}

/** Its owner is gone and nobody asked to keep it, or the machine was started anew since. */
export function isLeftover(record: BenchRecord): boolean {
  return !isOfThisBoot(record.owner) || (!record.keep && !isRunning(record.owner));
}

function recordFile(id: string): string {
  return join(machineFolder, id, 'record.json');
}
