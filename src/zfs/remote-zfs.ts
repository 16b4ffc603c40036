import { InvariantError } from '../errors.ts';
import type { ScriptResult, ScriptRunner, Turn } from '../host/command.ts';
import { datasetProperties } from '../volume/annotations.ts';
import { parentOf } from '../volume/dataset-name.ts';
import { compileCommandWords } from './command-words.ts';
import { askedOfCreate, createdDataset } from './creation.ts';
import type { AskedOfScript, HostTools } from './creation.ts';
import type { DatasetIdentity, DatasetLocation } from './dataset-identity.ts';
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
} from './dataset.ts';
import type { RepairDataset } from './dataset-repair.ts';
import type {
  RestoreDataset,
  RestoredDataset,
  TrashDataset,
  TrashOutcome,
} from './dataset-trash.ts';
import { requireName } from './dataset-name.ts';
import { askedOfDestroy, destroyOutcome } from './destruction.ts';
import type { Frame } from './frames.ts';
import { askedOfGrow, sizeAfterGrowth } from './growing.ts';
import { parseHostUsage, requireScanned, scannedIfKnown, scannedProperties } from './host-usage.ts';
import { identityKeys } from './properties.ts';
import { askedOfRepair } from './repairing.ts';
import { askedOfReshare, reshared } from './resharing.ts';
import { askedOfRestore, restoredDataset } from './restoring.ts';
import { remoteScripts } from './remote-scripts.ts';
import type { RemoteVerb } from './remote-scripts.ts';
import { framesOf } from './script-outcome.ts';
import type { UnendedVerbs } from './unended-verbs.ts';
import { askedOfRetain, askedOfTrash, retainOutcome, trashOutcome } from './trashing.ts';

/** Commands of a host that has its own: words, as in the parts of RemoteZfs. */
export interface HostCommands {
  readonly zfs: string;
  readonly chmod: string;
  readonly chown: string;
  readonly setfacl: string;
}

export interface RemoteZfsParts {
  readonly runner: ScriptRunner;
  /** ZFS_BIN: words, such as `sudo -H zfs`. */
  readonly zfsCommand: string;
  /** ZFS_CHOWN_BIN: words, such as `sudo -H chmod`. */
  readonly chmodCommand: string;
  /** ZFS_OWNER_BIN: words, such as `sudo -H chown`. */
  readonly chownCommand: string;
  /** ZFS_ACL_BIN: words, such as `sudo -H setfacl`. */
  readonly setfaclCommand: string;
  /** Undefined: the commands above. Asked at each verb. */
  readonly commandsOf?: (host: string) => HostCommands | undefined;
  /** ZFS_EXPORTS_FILES: what is exported is read from the first that can be read. */
  readonly exportsFiles: readonly string[];
  /** Limit for one verb, all its commands together. */
  readonly operationTimeoutMs: number;
  /** Limit for a scan; as long as a verb's by default. */
  readonly scanTimeoutMs?: number;
  /** Asked before each verb on datasets; throws where nothing may be sent. */
  readonly admit?: (location: DatasetLocation) => void;
  /** What was begun and did not end; undefined: nobody keeps account of it. */
  readonly unended?: UnendedVerbs;
  /** A new random word of letters and digits for each exec. */
  readonly nonce: () => string;
}

/** Pauses between attempts while something is busy, seconds as sleep(1) takes them. */
const busyDelaysSeconds = [0.1, 0.3, 1, 2, 3];

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
  readonly #tools: HostTools;
  readonly #commandsOf: (host: string) => HostCommands | undefined;
  readonly #operationTimeoutMs: number;
  readonly #scanTimeoutMs: number;
  readonly #delays: string;
  readonly #nonce: () => string;
  readonly #admit: ((location: DatasetLocation) => void) | undefined;
  readonly #unended: UnendedVerbs | undefined;

  constructor(parts: RemoteZfsParts) {
    this.#runner = parts.runner;
    this.#zfsWords = compileCommandWords(parts.zfsCommand);
    this.#tools = {
      chmod: compileCommandWords(parts.chmodCommand),
      chown: compileCommandWords(parts.chownCommand),
      setfacl: compileCommandWords(parts.setfaclCommand),
      exportsFiles: parts.exportsFiles.join(' '),
    };
    this.#commandsOf = parts.commandsOf ?? (() => undefined);
    this.#operationTimeoutMs = parts.operationTimeoutMs;
    this.#scanTimeoutMs = parts.scanTimeoutMs ?? parts.operationTimeoutMs;
    this.#delays = delaysWithin(parts.operationTimeoutMs / 3);
    this.#nonce = parts.nonce;
    this.#admit = parts.admit;
    this.#unended = parts.unended;
  }

  async create(request: CreateDataset, signal?: AbortSignal): Promise<Dataset> {
    requireName(request);
    const asked = askedOfCreate(request, this.#toolsOf(request.host));
    return createdDataset(request, await this.#change('create', request, asked, signal));
  }

  async destroy(request: DestroyDataset, signal?: AbortSignal): Promise<DestroyOutcome> {
    requireName(request);
    const asked = askedOfDestroy(request);
    return destroyOutcome(request, await this.#change('destroy', request, asked, signal));
  }

  async trash(request: TrashDataset, signal?: AbortSignal): Promise<TrashOutcome> {
    requireName(request);
    const asked = askedOfTrash(request);
    return trashOutcome(request, await this.#change('trash', request, asked, signal));
  }

  async retain(
    request: Omit<TrashDataset, 'expiresAtMs'>,
    signal?: AbortSignal,
  ): Promise<'retained' | 'absent'> {
    requireName(request);
    const asked = askedOfRetain(request);
    return retainOutcome(request, await this.#change('trash', request, asked, signal));
  }

  async restore(request: RestoreDataset, signal?: AbortSignal): Promise<RestoredDataset> {
    requireName(request);
    const asked = askedOfRestore(request);
    return restoredDataset(request, await this.#change('restore', request, asked, signal));
  }

  async grow(request: GrowDataset, signal?: AbortSignal): Promise<bigint> {
    requireName(request);
    const asked = askedOfGrow(request);
    return sizeAfterGrowth(request, await this.#change('grow', request, asked, signal));
  }

  async repair(request: RepairDataset, signal?: AbortSignal): Promise<void> {
    requireName(request);
    if (request.repairs.length === 0) return;
    await this.#change('repair', request, askedOfRepair(request), signal);
  }

  async reshare(
    host: string,
    owner: Omit<DatasetIdentity, 'volumeName'>,
    datasets: readonly SharedDataset[],
    signal?: AbortSignal,
  ): Promise<readonly ReshareOutcome[]> {
    const [first] = datasets;
    if (first === undefined) return [];
    const others = datasets.length > 1 ? ` and ${datasets.length - 1} more` : '';
    const location = { host, dataset: `${first.dataset}${others}` };
    const parameters = askedOfReshare(owner, datasets);
    return reshared(datasets, await this.#run('reshare', location, parameters, signal));
  }

  async scan(host: string, parents: readonly string[], signal?: AbortSignal): Promise<HostUsage> {
    if (parents.length === 0) return { asked: [], parents: [], pools: [], datasets: [], trash: [] };
    const location = { host, dataset: parents.join(', ') };
    const parameters = [scannedProperties.join(','), scannedIfKnown.join(','), ...parents];
    const frames = await this.#run('scan', location, parameters, signal);
    requireScanned(location, parents, frames);
    return parseHostUsage(host, parents, frames);
  }

  #zfsWordsOf(host: string): string {
    const commands = this.#commandsOf(host);
    return commands === undefined ? this.#zfsWords : compileCommandWords(commands.zfs);
  }

  #toolsOf(host: string): HostTools {
    const commands = this.#commandsOf(host);
    if (commands === undefined) return this.#tools;
    return {
      ...this.#tools,
      chmod: compileCommandWords(commands.chmod),
      chown: compileCommandWords(commands.chown),
      setfacl: compileCommandWords(commands.setfacl),
    };
  }

  /** A verb on one dataset of a known identity. */
  #change(
    verb: RemoteVerb,
    request: DatasetLocation & { readonly identity: DatasetIdentity },
    asked: AskedOfScript,
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
    if (verb !== 'scan') this.#admit?.(location);
    const timeoutMs = verb === 'scan' ? this.#scanTimeoutMs : this.#operationTimeoutMs;
    const send = (word: string, turn?: Turn): Promise<ScriptResult> => {
      const words = [word, this.#zfsWordsOf(location.host), ...parameters];
      const text = { verb, script: remoteScripts[verb], parameters: words, timeoutMs };
      const script = turn === undefined ? text : { ...text, turn };
      return this.#runner.run(location.host, script, signal);
    };
    const result = await (this.#unended?.watch({ verb, location, nonce }, send) ?? send(nonce));
    return framesOf(location, result, nonce);
  }
}

/** As many of the pauses as fit into the time. */
function delaysWithin(limitMs: number): string {
  let spentMs = 0;
  return busyDelaysSeconds.filter((seconds) => (spentMs += seconds * 1000) <= limitMs).join(' ');
}
