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
import type { Repair } from '../zfs/dataset-repair.ts';
import type { TrashDataset, TrashOutcome } from '../zfs/dataset-trash.ts';
import type { ExpiredDataset } from './expired-datasets.ts';
import type { HostAccess } from './host-access.ts';
import type { VolumeDataset } from './volume-dataset.ts';
import type { VolumeDeletion } from './volume-deletion.ts';
import type { VolumeGrowth } from './volume-growth.ts';
import type { VolumeRequest } from './volume-request.ts';

export type { DatasetUsage, HostUsage, PoolUsage };

/** Where a dataset is, and the volume that it was made for. */
type UnclaimedDataset = Pick<VolumeRequest, 'host' | 'dataset' | 'volumeName'>;

type LeavingDataset = Omit<TrashDataset, 'trashedAtMs' | 'expiresAtMs'>;

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
    const { access, zfs } = this.#parts;
    access.require(deletion.host);
    const { destroySnapshots, foreignSnapshots } = deletion;
    const snapshots = { destroySnapshots, foreignSnapshots };
    return zfs.destroy({ ...this.#leaving(deletion), ...snapshots, onlyIfEmpty: false }, signal);
  }

  /**
   * Puts a volume's dataset into the trash when it is provably that volume's.
   * @throws HostNotAllowedError, and what Zfs.trash throws
   */
  async trash(deletion: VolumeDeletion, signal: AbortSignal): Promise<TrashOutcome> {
    const { access, zfs, nowMs } = this.#parts;
    access.require(deletion.host);
    const trashedAtMs = nowMs();
    const expiresAtMs = trashedAtMs + deletion.retentionMs;
    return zfs.trash({ ...this.#leaving(deletion), trashedAtMs, expiresAtMs }, signal);
  }

  /**
   * Leaves a volume's dataset as it is, and notes on it that this was meant.
   * @throws HostNotAllowedError, and what Zfs.retain throws
   */
  async retain(deletion: VolumeDeletion, signal: AbortSignal): Promise<'retained' | 'absent'> {
    const { access, zfs, nowMs } = this.#parts;
    access.require(deletion.host);
    return zfs.retain({ ...this.#leaving(deletion), trashedAtMs: nowMs() }, signal);
  }

  /**
   * Destroys a dataset in the trash whose time has come, if it is provably ours.
   * @throws HostNotAllowedError, and what Zfs.destroy throws
   */
  async sweep(expired: ExpiredDataset, signal: AbortSignal): Promise<DestroyOutcome> {
    const { access, zfs, instance, clusterId, nowMs } = this.#parts;
    const { host, dataset, volumeName, destroySnapshots, foreignSnapshots } = expired;
    access.require(host);
    const identity = { instance, clusterId, volumeName };
    const unwritten = { parentGuid: undefined, mountpoint: undefined };
    const snapshots = { destroySnapshots, foreignSnapshots };
    const conditions = { ...snapshots, onlyIfEmpty: false, expiredByMs: nowMs() };
    return zfs.destroy({ host, dataset, identity, ...unwritten, ...conditions }, signal);
  }

  #leaving({ host, dataset, volumeName, parentGuid, mountpoint }: VolumeDeletion): LeavingDataset {
    const { instance, clusterId } = this.#parts;
    const identity = { instance, clusterId, volumeName };
    return { host, dataset, identity, parentGuid, mountpoint };
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
   * Makes a volume's dataset as its volume says again, when it is provably that volume's; never makes it smaller.
   * @throws HostNotAllowedError, and what Zfs.repair throws
   */
  async repair(
    { host, dataset, volumeName }: VolumeDataset,
    repairs: readonly Repair[],
    signal: AbortSignal,
  ): Promise<void> {
    const { access, zfs, instance, clusterId } = this.#parts;
    access.require(host);
    const identity = { instance, clusterId, volumeName };
    await zfs.repair({ host, dataset, identity, repairs }, signal);
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
