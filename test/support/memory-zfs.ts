import { OutcomeUnknownError } from '../../src/host/command.ts';
import type {
  CreateDataset,
  Dataset,
  DestroyDataset,
  DestroyOutcome,
  GrowDataset,
  HostUsage,
  ReshareOutcome,
  SharedDataset,
  Zfs,
} from '../../src/zfs/dataset.ts';
import type { RepairDataset } from '../../src/zfs/dataset-repair.ts';
import type {
  RestoreDataset,
  RestoredDataset,
  TrashDataset,
  TrashOutcome,
} from '../../src/zfs/dataset-trash.ts';
import { DatasetMissingError } from '../../src/zfs/dataset-errors.ts';
import { leafOf, parentOf } from '../../src/volume/dataset-name.ts';
import { aHostUsage } from './host-usage.ts';

export interface ZfsFault {
  /** `before`: nothing was done; `after`: it was done and nobody was told. */
  readonly when: 'before' | 'after';
  readonly error: Error;
}

/** Storage hosts in memory, with the semantics that the verbs promise. */
export class MemoryZfs implements Zfs {
  /** `host:dataset` -> how it was asked for. */
  readonly datasets = new Map<string, CreateDataset>();
  readonly calls: string[] = [];
  /** Of hosts that differ from the others. */
  readonly usages = new Map<string, HostUsage>();
  usage: HostUsage = aHostUsage();
  /** What is said of every new dataset. */
  exports: Dataset['exports'] = 'not-asked';
  readonly #faults = new Map<keyof Zfs, ZfsFault[]>();
  readonly #frozen = new Set<string>();

  fail(verb: keyof Zfs, fault: ZfsFault): void {
    this.#faults.set(verb, [...(this.#faults.get(verb) ?? []), fault]);
  }

  /** The host answers nothing any more. */
  freeze(host: string): void {
    this.#frozen.add(host);
  }

  async create(request: CreateDataset, signal?: AbortSignal): Promise<Dataset> {
    return this.#call('create', request, signal, () => {
      const key = `${request.host}:${request.dataset}`;
      const adopted = this.datasets.has(key);
      this.datasets.set(key, request);
      return {
        host: request.host,
        dataset: request.dataset,
        mountpoint: `/${request.dataset}`,
        refquotaBytes: request.sizeBytes,
        refreservationBytes: request.refreservationBytes ?? 0n,
        parentGuid: '42',
        adopted,
        exports: this.exports,
      };
    });
  }

  async destroy(request: DestroyDataset, signal?: AbortSignal): Promise<DestroyOutcome> {
    return this.#call('destroy', request, signal, () =>
      this.datasets.delete(`${request.host}:${request.dataset}`) ? 'destroyed' : 'absent',
    );
  }

  /** `host:name before` -> name in the trash. */
  readonly trashed = new Map<string, string>();
  readonly retained = new Set<string>();
  readonly repairs: RepairDataset[] = [];

  async trash(request: TrashDataset, signal?: AbortSignal): Promise<TrashOutcome> {
    return this.#call('trash', request, signal, () => {
      const { host, dataset, trashedAtMs, expiresAtMs } = request;
      const before = this.trashed.get(`${host}:${dataset}`);
      if (before !== undefined) return { kind: 'trashed', dataset: before, expiresAtMs };
      if (!this.datasets.delete(`${host}:${dataset}`)) return { kind: 'absent' };
      const leaf = `${leafOf(dataset)}-${Math.floor(trashedAtMs / 1000)}`;
      const name = `${parentOf(dataset)}/.trash/${leaf}`;
      this.trashed.set(`${host}:${dataset}`, name);
      return { kind: 'trashed', dataset: name, expiresAtMs };
    });
  }

  async retain(
    request: Omit<TrashDataset, 'expiresAtMs'>,
    signal?: AbortSignal,
  ): Promise<'retained' | 'absent'> {
    return this.#call('retain', request, signal, () => {
      const key = `${request.host}:${request.dataset}`;
      if (!this.datasets.has(key)) return 'absent';
      this.retained.add(key);
      return 'retained';
    });
  }

  async restore(request: RestoreDataset, signal?: AbortSignal): Promise<RestoredDataset> {
    return this.#call('restore', request, signal, () => {
      const { host, restoredAs } = request;
      this.trashed.delete(`${host}:${restoredAs}`);
      return {
        host,
        dataset: restoredAs,
        mountpoint: `/${restoredAs}`,
        refquotaBytes: 1n << 30n,
        parentGuid: '42',
      };
    });
  }

  async repair(request: RepairDataset, signal?: AbortSignal): Promise<void> {
    await this.#call('repair', request, signal, () => this.repairs.push(request));
  }

  async grow(request: GrowDataset, signal?: AbortSignal): Promise<bigint> {
    return this.#call('grow', request, signal, () => {
      const key = `${request.host}:${request.dataset}`;
      const dataset = this.datasets.get(key);
      if (dataset === undefined) throw new DatasetMissingError(request, 'there is none');
      const sizeBytes = max(dataset.sizeBytes, request.sizeBytes);
      const { refreservationBytes: before } = dataset;
      const isThick =
        request.reservation === 'thick' ||
        (before !== undefined && request.reservation === 'as-it-is');
      const refreservationBytes = isThick ? max(before ?? 0n, request.sizeBytes) : before;
      this.datasets.set(key, { ...dataset, sizeBytes, refreservationBytes });
      return sizeBytes;
    });
  }

  async reshare(
    host: string,
    _owner: unknown,
    shares: readonly SharedDataset[],
    signal?: AbortSignal,
  ): Promise<readonly ReshareOutcome[]> {
    const names = shares.map(({ dataset }) => dataset).join(',');
    return this.#call('reshare', { host, dataset: names }, signal, () =>
      shares.map(({ dataset, options }) => {
        const known = this.datasets.get(`${host}:${dataset}`);
        if (known === undefined) return 'absent';
        this.datasets.set(`${host}:${dataset}`, {
          ...known,
          sharing: { kind: 'on', options, clients: undefined },
        });
        return 'shared';
      }),
    );
  }

  async scan(host: string, parents: readonly string[], signal?: AbortSignal): Promise<HostUsage> {
    return this.#call(
      'scan',
      { host, dataset: parents.join(',') },
      signal,
      () => this.usages.get(host) ?? this.usage,
    );
  }

  async #call<T>(
    verb: keyof Zfs,
    { host, dataset }: { readonly host: string; readonly dataset: string },
    signal: AbortSignal | undefined,
    act: () => T,
  ): Promise<T> {
    this.calls.push(`${verb} ${host}:${dataset}`);
    signal?.throwIfAborted();
    // What was started cannot be called back.
    if (this.#frozen.has(host)) await new Promise(() => undefined);
    await Promise.resolve();
    const fault = this.#faults.get(verb)?.shift();
    if (fault?.when === 'before') throw fault.error;
    const result = act();
    if (fault !== undefined) throw fault.error;
    return result;
  }
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

export function outcomeUnknown(): OutcomeUnknownError {
  return new OutcomeUnknownError('storage-1', 'the line to storage-1 was cut');
}
