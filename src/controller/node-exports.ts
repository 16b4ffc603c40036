import type { Clock } from '../clock.ts';
import { sleep } from '../clock.ts';
import { messageOf, ProvisionerError } from '../errors.ts';
import type { Store } from '../kube/store.ts';
import type { Logger } from '../log.ts';
import type { Provisioner } from '../provisioner/provisioner.ts';
import type { VolumeRequest } from '../provisioner/volume-request.ts';
import { planShare, shareRecordOf } from '../provisioner/volume-share.ts';
import type { SharingRules } from '../provisioner/volume-sharing.ts';
import { isLeaving } from '../volume/leaving.ts';
import type { NodeObject, Volume } from '../volume/objects.ts';
import { Backoff } from './backoff.ts';
import { internalAddressesOf } from './cluster-nodes.ts';
import { isOurs } from './volume-policy.ts';

interface Parts {
  readonly instance: string;
  readonly allowedParents: readonly string[];
  readonly volumes: Store<Volume>;
  readonly nodes: Store<NodeObject>;
  readonly sharing: SharingRules;
  readonly provisioner: Pick<Provisioner, 'reshare'>;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
}

type Share = ReturnType<typeof planShare>;

/** A person mends them on the host, and nothing tells: tried again, where other refusals wait for a change. */
const healsUnseen: ReadonlySet<string> = new Set(['HOST_PERMISSION']);

/** Changes that come within this time after one are done with it. */
const batchMs = 1000;
/** For this long after an exec its host is not asked again. */
const restMs = 1000;
const longestRestMs = 30_000;
/** Of one exec: a host sets one after the other, and looks at all of its exports each time. */
const batchSize = 100;

/**
 * Keeps the volumes that are shared with the cluster's nodes (`shareClients: @nodes`) in step with them:
 * one exec per host a moment after the first of several changes, and none where nothing is another than
 * before. What an earlier process told a host is not known, so each host that has such volumes is looked
 * at once at the start.
 */
export class NodeExports {
  readonly #parts: Parts;
  readonly #backoff: Backoff;
  /** What each volume was shared with last, in the words of Linux. No entry: not known. */
  readonly #shared = new Map<string, string>();
  /** Why a volume cannot be shared anew, as it was logged. */
  readonly #told = new Map<string, string>();
  /** Hosts that are asked now, or rest. */
  readonly #busy = new Set<string>();
  #wake = Promise.withResolvers<undefined>();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#backoff = new Backoff(parts.random);
    parts.nodes.onChange(({ current, previous }) => {
      const [after, before] = [current, previous].map((node) => internalAddressesOf(node).join());
      if (after !== before) this.#look();
    });
    parts.volumes.onChange(({ key, current, previous }) => {
      if (current === undefined) this.#forget(key);
      else if (previous === undefined || shareRecordOf(current) !== shareRecordOf(previous)) {
        if (shareRecordOf(current) !== undefined) this.#look();
      }
    });
  }

  /** Its dataset was created, or adopted, and is shared as the request says. */
  created({ volumeName, sharing, shareRecord }: VolumeRequest): void {
    if (shareRecord === undefined || sharing.kind !== 'on') return;
    this.#shared.set(volumeName, sharing.options.linux);
  }

  /** Works until aborted; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const look = (): void => {
      this.#look();
    };
    signal.addEventListener('abort', look, { once: true });
    look();
    while (!signal.aborted) {
      await this.#wake.promise;
      await this.#pause(batchMs, signal);
      this.#wake = Promise.withResolvers();
      this.#shareOnHosts(signal);
    }
  }

  #look(): void {
    this.#wake.resolve(undefined);
  }

  #forget(volumeName: string): void {
    this.#shared.delete(volumeName);
    this.#told.delete(volumeName);
  }

  #shareOnHosts(signal: AbortSignal): void {
    if (signal.aborted) return;
    for (const [host, shares] of Map.groupBy(this.#due(), (share) => share.host)) {
      if (!this.#busy.has(host)) void this.#shareOn(host, shares.slice(0, batchSize), signal);
    }
  }

  /** What is shared with others than it should be, as far as that is known. */
  #due(): readonly Share[] {
    return [...this.#parts.volumes.list()].flatMap((volume) => {
      const share = this.#shareOf(volume);
      if (share === undefined || this.#shared.get(share.volumeName) === share.options.linux)
        return [];
      return [share];
    });
  }

  #shareOf(volume: Volume): Share | undefined {
    const { instance, allowedParents, sharing, log } = this.#parts;
    const isConcerned = shareRecordOf(volume) !== undefined && isOurs(volume, instance);
    if (!isConcerned || isLeaving(volume)) return undefined;
    const { name } = volume.metadata;
    try {
      return planShare(volume, allowedParents, sharing);
    } catch (error) {
      const message = messageOf(error);
      if (this.#told.get(name) !== message) {
        log.warn({ volume: name, err: error }, 'volume not shared with the nodes');
      }
      this.#told.set(name, message);
      return undefined;
    }
  }

  async #shareOn(host: string, shares: readonly Share[], signal: AbortSignal): Promise<void> {
    const { provisioner, log } = this.#parts;
    this.#busy.add(host);
    let waitMs = restMs;
    try {
      const outcomes = await provisioner.reshare(host, shares, signal);
      const undone = shares.filter((share, index) => !this.#note(share, outcomes[index]));
      log.info({ host, volumes: shares.length, undone: undone.length }, 'shared with the nodes');
      if (undone.length > 0) waitMs = this.#backoff.nextDelayMs(host, 'backoff');
      else this.#backoff.forget(host);
    } catch (error) {
      waitMs = this.#backoff.nextDelayMs(host, 'backoff');
      if (!signal.aborted) log.warn({ host, err: error }, 'volumes not shared with the nodes');
    }
    await this.#pause(Math.min(Math.max(waitMs, restMs), longestRestMs), signal);
    this.#busy.delete(host);
    this.#look();
  }

  /** @returns whether nothing is left to do until the nodes change */
  #note(share: Share, outcome: unknown): boolean {
    const { host, dataset, volumeName } = share;
    if (outcome instanceof ProvisionerError) {
      const fields = { host, dataset, volume: volumeName, err: outcome };
      this.#parts.log.warn(fields, 'volume not shared with the nodes');
      if (outcome.retry === 'backoff' || healsUnseen.has(outcome.code)) return false;
    }
    this.#shared.set(volumeName, share.options.linux);
    return true;
  }

  async #pause(delayMs: number, signal: AbortSignal): Promise<void> {
    await sleep(this.#parts.clock, delayMs, signal).catch(() => undefined);
  }
}
