import { OutcomeUnknownError } from '../../src/host/command.ts';
import type {
  CreateDataset,
  Dataset,
  DestroyDataset,
  DestroyOutcome,
  HostUsage,
  Zfs,
} from '../../src/zfs/dataset.ts';

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
  usage: HostUsage = { pools: [], datasets: [] };
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
      };
    });
  }

  async destroy(request: DestroyDataset, signal?: AbortSignal): Promise<DestroyOutcome> {
    return this.#call('destroy', request, signal, () =>
      this.datasets.delete(`${request.host}:${request.dataset}`) ? 'destroyed' : 'absent',
    );
  }

  grow(): Promise<bigint> {
    return Promise.reject(new Error('not part of this test'));
  }

  async scan(host: string, parents: readonly string[], signal?: AbortSignal): Promise<HostUsage> {
    return this.#call('scan', { host, dataset: parents.join(',') }, signal, () => this.usage);
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

export function outcomeUnknown(): OutcomeUnknownError {
  return new OutcomeUnknownError('storage-1', 'the line to storage-1 was cut');
}
