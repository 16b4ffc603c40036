import type { Clock } from '../clock.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import type { Change, Store } from '../kube/store.ts';
import type { Logger } from '../log.ts';
import { destroyLabel } from '../volume/annotations.ts';
import type { Volume } from '../volume/objects.ts';
import { DestroyWindow } from './destroy-window.ts';
import { eventOf } from './event-reasons.ts';
import type { EventSink } from './observer.ts';
import { effectOf } from './outcome.ts';
import { recordAboutVolume } from './volume-events.ts';
import { isHeld, isToBeDestroyed } from './volume-policy.ts';

export interface GuardObserver {
  /** How many volumes wait for a person. */
  readonly destroysHeld: (volumes: number) => void;
  /** From now on every destroy is held. */
  readonly guardTripped: () => void;
}

interface Parts {
  readonly instance: string;
  /** 0: there is no guard. */
  readonly maxDestroysPerMinute: number;
  readonly volumes: Store<Volume>;
  readonly kube: Pick<KubeApi, 'patchVolume'>;
  readonly events: EventSink;
  readonly observe: GuardObserver;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Against a mass delete by mistake: once more datasets are to be destroyed within a minute than a setting
 * allows, no more are, until a person has said of every volume that waits what is to become of it. The
 * volumes' labels are the state: whoever leads next reads them. The count itself is each process's own.
 */
export class DestroyGuard {
  readonly #parts: Parts;
  readonly #window: DestroyWindow;
  /** Names of volumes whose label says so. */
  readonly #held = new Set<string>();
  /** Names of volumes whose label is being written, or was and is not seen yet. */
  readonly #beingHeld = new Set<string>();

  constructor(parts: Parts) {
    const { maxDestroysPerMinute, clock, volumes } = parts;
    this.#parts = parts;
    this.#window = new DestroyWindow(clock, maxDestroysPerMinute || Infinity);
    for (const volume of volumes.list()) this.#see({ key: volume.metadata.name, current: volume });
    volumes.onChange((change) => {
      this.#see(change);
    });
  }

  /** Whether some volume waits for a person: nothing else is to be destroyed meanwhile. */
  get isTripped(): boolean {
    return this.#parts.maxDestroysPerMinute > 0 && this.#held.size + this.#beingHeld.size > 0;
  }

  /**
   * Destroys, unless that would be too much: then the volume is labelled, and its owner told.
   * @param volume as the API has it now
   * @returns undefined when it was held
   * @throws what `destroy` throws; what KubeApi.patchVolume throws, and then nothing was destroyed
   */
  async pass<T>(
    volume: Volume,
    destroy: () => Promise<T>,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    if (volume.metadata.labels?.[destroyLabel] === 'confirmed') return destroy();
    const counted = this.#isHeldUpBy(volume) ? undefined : this.#window.begin(volume.metadata.uid);
    if (counted === undefined) {
      await this.#hold(volume, signal);
      return undefined;
    }
    try {
      const outcome = await destroy();
      counted.ended();
      return outcome;
    } catch (error) {
      if (effectOf(error) === 'none') counted.undone();
      else counted.ended();
      throw error;
    }
  }

  /** Other volumes wait. One whose label a person took off is not held up by itself. */
  #isHeldUpBy({ metadata: { name } }: Volume): boolean {
    if (!this.isTripped) return false;
    const others = [this.#held, this.#beingHeld].map(
      (names) => names.size - Number(names.has(name)),
    );
    return others.some((count) => count > 0);
  }

  async #hold(volume: Volume, signal: AbortSignal): Promise<void> {
    const { maxDestroysPerMinute, kube, events, observe, log } = this.#parts;
    const { name, uid, resourceVersion } = volume.metadata;
    if (!this.isTripped) {
      observe.guardTripped();
      log.warn(
        { volume: name, maxDestroysPerMinute },
        'too many destroys: from now on they are held',
      );
    }
    // At once, so that nothing passes while the label is on its way.
    this.#beingHeld.add(name);
    const labels = { [destroyLabel]: 'held' };
    await kube.patchVolume(name, { metadata: { uid, resourceVersion, labels } }, signal);
    const message = messageAbout(name, maxDestroysPerMinute);
    recordAboutVolume(events, volume, eventOf('DestroyHeld', message));
    log.warn({ volume: name }, 'destroy held');
  }

  #see({ key, current }: Change<Volume>): void {
    const { instance, observe } = this.#parts;
    const before = this.#held.size;
    if (current !== undefined && isHeld(current, instance)) this.#held.add(key);
    else this.#held.delete(key);
    const isStillUnlabelled =
      current !== undefined &&
      isToBeDestroyed(current, instance) &&
      current.metadata.labels?.[destroyLabel] === undefined;
    if (!isStillUnlabelled) this.#beingHeld.delete(key);
    if (this.#held.size !== before) observe.destroysHeld(this.#held.size);
  }
}

function messageAbout(name: string, maxDestroysPerMinute: number): string {
  return (
    `Nothing was destroyed: more than ${maxDestroysPerMinute} volumes were to be destroyed within a minute (setting ` +
    'ZFS_MAX_DESTROYS_PER_MINUTE), and until all that wait are decided upon, more will wait. To destroy: ' +
    `kubectl label pv ${name} ${destroyLabel}=confirmed --overwrite (all that wait: -l ${destroyLabel}=held ` +
    `instead of the name). To keep: kubectl patch pv ${name} -p ` +
    `'{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'`
  );
}
