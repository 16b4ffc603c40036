import { InvariantError } from '../errors.ts';
import type { ScriptRunner } from '../host/command.ts';
import { datasetProperties } from '../volume/annotations.ts';
import { parentOf } from '../volume/dataset-name.ts';
import { compileCommandWords } from './command-words.ts';
import type {
  CreateDataset,
  Dataset,
  DatasetIdentity,
  DatasetLocation,
  DestroyDataset,
  DestroyOutcome,
  GrowDataset,
  HostUsage,
  Zfs,
} from './dataset.ts';
import { OutputUnreadableError, place } from './dataset-errors.ts';
import { requireNameOf } from './dataset-name.ts';
import { lastFields, linesOf } from './frames.ts';
import type { Frame } from './frames.ts';
import { parseHostUsage, requireScanned, scannedProperties } from './host-usage.ts';
import { propertiesOf, requireMode } from './properties.ts';
import { bytesOf, parsePropertyRows } from './property-rows.ts';
import { remoteScripts } from './remote-scripts.ts';
import type { RemoteVerb } from './remote-scripts.ts';
import { framesOf } from './script-outcome.ts';

export interface RemoteZfsParts {
  readonly runner: ScriptRunner;
  /** ZFS_BIN: words, such as `sudo -H zfs`. */
  readonly zfsCommand: string;
  /** ZFS_CHOWN_BIN: words, such as `sudo -H chmod`. */
  readonly chmodCommand: string;
  /** Limit for one verb, all its commands together. */
  readonly operationTimeoutMs: number;
  /** Limit for a scan; as long as a verb's by default. */
  readonly scanTimeoutMs?: number;
  /** A new random word of letters and digits for each exec. */
  readonly nonce: () => string;
}

/** A dataset that refers to more holds something: an empty one takes 24 KiB to some 200 KiB. */
const emptyBytes = 1024 * 1024;

/** Pauses between attempts while something is busy, seconds as sleep(1) takes them. */
const busyDelaysSeconds = [0.1, 0.3, 1, 2, 3];

const identityKeys = [
  datasetProperties.instance,
  datasetProperties.clusterId,
  datasetProperties.volumeName,
];

/** Read by every verb that acts on one dataset; known to every release since zfs-fuse 0.7. */
const readProperties = [
  'type',
  'mounted',
  'mountpoint',
  'refquota',
  'refreservation',
  'sharenfs',
  'readonly',
  'guid',
];

/** The verbs by one remote script each; `ScriptRunner.run` and script-outcome.ts say what they throw. */
export class RemoteZfs implements Zfs {
  readonly #runner: ScriptRunner;
  readonly #zfsWords: string;
  readonly #chmodWords: string;
  readonly #operationTimeoutMs: number;
  readonly #scanTimeoutMs: number;
  readonly #delays: string;
  readonly #nonce: () => string;

  constructor(parts: RemoteZfsParts) {
    this.#runner = parts.runner;
    this.#zfsWords = compileCommandWords(parts.zfsCommand);
    this.#chmodWords = compileCommandWords(parts.chmodCommand);
    this.#operationTimeoutMs = parts.operationTimeoutMs;
    this.#scanTimeoutMs = parts.scanTimeoutMs ?? parts.operationTimeoutMs;
    this.#delays = delaysWithin(parts.operationTimeoutMs / 3);
    this.#nonce = parts.nonce;
  }

  async create(request: CreateDataset, signal?: AbortSignal): Promise<Dataset> {
    const { host, dataset } = request;
    requireNameOf(request.identity, request);
    const written = propertiesOf(request);
    const userKeys = Object.keys(request.userProperties);
    const parameters = [this.#chmodWords, requireMode(request), ...written];
    const frames = await this.#change(
      'create',
      request,
      { parameters, alsoRead: userKeys },
      signal,
    );
    const state = parsePropertyRows(rowsOfLastRead(frames));
    const mountpoint = state.get(dataset)?.get('mountpoint')?.value;
    const refquotaBytes = bytesOf(state.get(dataset), 'refquota');
    const refreservationBytes = bytesOf(state.get(dataset), 'refreservation');
    const parentGuid = state.get(parentOf(dataset))?.get('guid')?.value;
    if (
      mountpoint === undefined ||
      refquotaBytes === undefined ||
      refreservationBytes === undefined ||
      parentGuid === undefined
    ) {
      throw new OutputUnreadableError(
        request,
        `${place(request)}: zfs did not tell what it had created`,
      );
    }
    const adopted = lastFields(frames, 'result')?.[0] === 'adopted';
    return { host, dataset, mountpoint, refquotaBytes, refreservationBytes, parentGuid, adopted };
  }

  async destroy(request: DestroyDataset, signal?: AbortSignal): Promise<DestroyOutcome> {
    requireNameOf(request.identity, request);
    const parameters = [
      request.parentGuid ?? '',
      yesOrNo(request.destroySnapshots),
      yesOrNo(request.onlyIfEmpty),
      String(emptyBytes),
      request.mountpoint ?? '',
    ];
    const alsoRead = ['referenced', 'usedbysnapshots'];
    const frames = await this.#change('destroy', request, { parameters, alsoRead }, signal);
    const outcome = lastFields(frames, 'result')?.[0];
    if (outcome === 'destroyed' || outcome === 'absent') return outcome;
    throw new OutputUnreadableError(
      request,
      `${place(request)}: the script did not tell whether it is gone`,
    );
  }

  async grow(request: GrowDataset, signal?: AbortSignal): Promise<bigint> {
    requireNameOf(request.identity, request);
    const parameters = [String(request.refquotaBytes), yesOrNo(request.reserveSpace)];
    const frames = await this.#change('grow', request, { parameters, alsoRead: [] }, signal);
    const refquotaBytes = bytesOf(
      parsePropertyRows(rowsOfLastRead(frames)).get(request.dataset),
      'refquota',
    );
    if (refquotaBytes !== undefined) return refquotaBytes;
    throw new OutputUnreadableError(request, `${place(request)}: zfs did not tell its refquota`);
  }

  async scan(host: string, parents: readonly string[], signal?: AbortSignal): Promise<HostUsage> {
    if (parents.length === 0) return { pools: [], datasets: [] };
    const location = { host, dataset: parents.join(', ') };
    const parameters = [scannedProperties.join(','), ...parents];
    const frames = await this.#run('scan', location, parameters, signal);
    requireScanned(location, parents, frames);
    return parseHostUsage(host, parents, frames);
  }

  /** A verb on one dataset of a known identity. */
  #change(
    verb: RemoteVerb,
    request: DatasetLocation & { readonly identity: DatasetIdentity },
    asked: { readonly parameters: readonly string[]; readonly alsoRead: readonly string[] },
    signal: AbortSignal | undefined,
  ): Promise<Frame[]> {
    const { dataset, identity } = request;
    const properties = [...new Set([...readProperties, ...identityKeys, ...asked.alsoRead])].join(
      ',',
    );
    const parameters = [
      dataset,
      parentOf(dataset),
      datasetProperties.instance,
      identity.instance,
      datasetProperties.clusterId,
      identity.clusterId,
      datasetProperties.volumeName,
      identity.volumeName,
      properties,
      this.#delays,
      ...asked.parameters,
    ];
    return this.#run(verb, request, parameters, signal);
  }

  async #run(
    verb: RemoteVerb,
    location: DatasetLocation,
    parameters: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<Frame[]> {
    const nonce = this.#nonce();
    if (!/^[A-Za-z0-9]{8,}$/.test(nonce))
      throw new InvariantError('a nonce must be a word of letters and digits');
    const script = {
      verb,
      script: remoteScripts[verb],
      parameters: [nonce, this.#zfsWords, ...parameters],
      timeoutMs: verb === 'scan' ? this.#scanTimeoutMs : this.#operationTimeoutMs,
    };
    return framesOf(location, await this.#runner.run(location.host, script, signal), nonce);
  }
}

/** A verb may look several times; what it saw last holds. */
function rowsOfLastRead(frames: readonly Frame[]): string[] {
  return linesOf(frames.slice(frames.findLastIndex((frame) => frame.kind === 'read')), 'row');
}

function yesOrNo(value: boolean): string {
  return value ? 'yes' : 'no';
}

/** As many of the pauses as fit into the time. */
function delaysWithin(limitMs: number): string {
  let spentMs = 0;
  return busyDelaysSeconds.filter((seconds) => (spentMs += seconds * 1000) <= limitMs).join(' ');
}
