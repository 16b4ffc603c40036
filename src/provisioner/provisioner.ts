import type {
  Dataset,
  DatasetUsage,
  DestroyOutcome,
  HostUsage,
  PoolUsage,
  ReshareOutcome,
  SharedDataset,
  Zfs,
} from '../zfs/dataset.ts';
import { recordOf } from '../volume/volume-record.ts';
import type { HostAccess } from './host-access.ts';
import type { VolumeDeletion } from './volume-deletion.ts';
import type { VolumeGrowth } from './volume-growth.ts';
import type { VolumeRequest } from './volume-request.ts';

export type { DatasetUsage, HostUsage, PoolUsage };

/** Where a dataset is, and the volume that it was made for. */
type UnclaimedDataset = Pick<VolumeRequest, 'host' | 'dataset' | 'volumeName'>;

interface Parts {
  readonly zfs: Zfs;
  readonly access: HostAccess;
  readonly instance: string;
  readonly clusterId: string;
  /** ZFS_MOD, for the dataset's root directory. */
  readonly defaultMode: string;
  readonly nowMs: () => number;
}

/** The verbs of a volume: each checks that the host may be talked to, then is one remote exec. */
export class Provisioner {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Creates the volume's dataset, or adopts the one that an interrupted attempt left.
   * @throws HostNotAllowedError, and what Zfs.create throws
   */
  async provision(request: VolumeRequest, signal: AbortSignal): Promise<Dataset> {
    const { zfs, access, instance, clusterId, defaultMode, nowMs } = this.#parts;
    access.require(request.host);
    return zfs.create(
      {
        host: request.host,
        dataset: request.dataset,
        identity: { instance, clusterId, volumeName: request.volumeName },
        sizeBytes: request.sizeBytes,
        quota: request.quota,
        refreservationBytes: request.reserveSpace ? request.sizeBytes : undefined,
        spaceLimits: request.spaceLimits,
        sharing: request.sharing,
        nativeProperties: request.nativeProperties,
        userProperties: {
          ...request.userProperties,
          ...recordOf(request, request.sizeBytes, nowMs()),
        },
        ownership: { ...request.ownership, mode: request.ownership.mode ?? defaultMode },
      },
      signal,
    );
  }

  /**
   * Destroys a volume's dataset when it is provably that volume's.
   * @throws HostNotAllowedError, and what Zfs.destroy throws
   */
  async remove(deletion: VolumeDeletion, signal: AbortSignal): Promise<DestroyOutcome> {
    const { access, zfs, instance, clusterId } = this.#parts;
    const { volumeName, ...dataset } = deletion;
    access.require(dataset.host);
    const identity = { instance, clusterId, volumeName };
    return zfs.destroy({ ...dataset, identity, onlyIfEmpty: false }, signal);
  }

  /**
   * Lets a volume's dataset grow when it is provably that volume's; never shrinks it.
   * @returns the size that it is held to now, bytes: more than was asked for if it was larger before
   * @throws HostNotAllowedError, and what Zfs.grow throws
   */
  async grow(growth: VolumeGrowth, signal: AbortSignal): Promise<bigint> {
    const { access, zfs, instance, clusterId } = this.#parts;
    const { volumeName, host, dataset, sizeBytes, quota, reservation, maxOvercommit } = growth;
    access.require(host);
    const identity = { instance, clusterId, volumeName };
    const limits = { sizeBytes, quota, reservation, maxOvercommit };
    return zfs.grow({ host, dataset, identity, ...limits }, signal);
  }

  /**
   * Shares volumes of one host with others than before, those that are provably theirs.
   * @returns what became of each, in their order
   * @throws HostNotAllowedError, and what Zfs.reshare throws
   */
  async reshare(
    host: string,
    shares: readonly SharedDataset[],
    signal: AbortSignal,
  ): Promise<readonly ReshareOutcome[]> {
    const { access, zfs, instance, clusterId } = this.#parts;
    access.require(host);
    return zfs.reshare(host, { instance, clusterId }, shares, signal);
  }

  /**
   * Destroys a dataset that no volume stands for (an orphan, or what an attempt for a claim that is gone
   * left), if it is provably ours and nothing is in it.
   * @throws HostNotAllowedError, and what Zfs.destroy throws
   */
  async removeEmpty(unclaimed: UnclaimedDataset, signal: AbortSignal): Promise<DestroyOutcome> {
    const { host, dataset, volumeName } = unclaimed;
    const { access, zfs, instance, clusterId } = this.#parts;
    access.require(host);
    const identity = { instance, clusterId, volumeName };
    const unwritten = { parentGuid: undefined, mountpoint: undefined };
    const conditions = { destroySnapshots: false, onlyIfEmpty: true, ...unwritten };
    return zfs.destroy({ host, dataset, identity, ...conditions }, signal);
  }

  /**
   * What is below the parents on a host, and how full its pools are.
   * @throws HostNotAllowedError, and what Zfs.scan throws
   */
  async survey(host: string, parents: readonly string[], signal: AbortSignal): Promise<HostUsage> {
    this.#parts.access.require(host);
    return this.#parts.zfs.scan(host, parents, signal);
  }
}
