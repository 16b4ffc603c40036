import type { Clock, Timer } from '../clock.ts';
import { describeSkipped } from '../provisioner/inventory/places.ts';
import type { Skipped } from '../provisioner/inventory/places.ts';
import type { VolumeRequest } from '../provisioner/volume-request.ts';
import { poolOf } from '../volume/dataset-name.ts';
import { keyOf } from '../volume/object-key.ts';
import type { Claim } from '../volume/objects.ts';
import { formatBytes } from '../volume/quantity.ts';
import type { EventReason } from './event-reasons.ts';
import { eventOf } from './event-reasons.ts';
import type { EventSink } from './observer.ts';

interface Told {
  readonly uid: string;
  readonly messages: Set<string>;
}

/** Most claims are provisioned sooner: that somebody works on them would be told when nobody does any more. */
const provisioningNoticeMs = 5000;

/** The Events that a claim's owner reads: reasons and texts of the sig-storage library, and of
 * external-resizer, where they have them. */
export class ClaimEvents {
  readonly #sink: EventSink;
  /** What claims were told once, by key; forgotten when they are provisioned or gone. */
  readonly #told = new Map<string, Told>();
  /** Claims that are being provisioned, by key, until that is told. */
  readonly #notices = new Map<string, Timer>();
  readonly #clock: Clock;

  constructor(sink: EventSink, clock: Clock) {
    this.#sink = sink;
    this.#clock = clock;
  }

  /** Told only of a claim that is neither provisioned nor refused within five seconds. */
  provisioning(claim: Claim): void {
    const { namespace, name } = claim.metadata;
    const message = `External provisioner is provisioning volume for claim "${namespace}/${name}"`;
    const key = keyOf(claim);
    this.#cancelNotice(key);
    const notice = this.#clock.schedule(provisioningNoticeMs, () => {
      this.#notices.delete(key);
      this.#once(claim, 'Provisioning', message);
    });
    this.#notices.set(key, notice);
  }

  provisioned(claim: Claim, volumeName: string): void {
    this.forget(keyOf(claim));
    this.#record(claim, 'ProvisioningSucceeded', `Successfully provisioned volume ${volumeName}`);
  }

  failed(claim: Claim, message: string): void {
    this.#cancelNotice(keyOf(claim));
    this.#record(claim, 'ProvisioningFailed', message);
  }

  /** It is shared, and whether with those who were asked for, nobody can tell. */
  unchecked(claim: Claim, { host, dataset }: Pick<VolumeRequest, 'host' | 'dataset'>): void {
    const message =
      `Dataset ${dataset} on ${host} is shared, but no file that tells with whom can be read there: see that the ` +
      "exports are what the StorageClass asks for, and let the provisioner's user read the host's file of exports (setting ZFS_EXPORTS_FILES)";
    this.#record(claim, 'ExportsUnchecked', message);
  }

  /** The volume is made all the same; its owner should know what it stands on. */
  degraded(claim: Claim, { host, dataset }: Pick<VolumeRequest, 'host' | 'dataset'>): void {
    const pool = poolOf(dataset);
    const message = `Pool ${pool} on ${host} is DEGRADED: the volume is made, but a device of the pool is missing`;
    this.#once(claim, 'PoolDegraded', message);
  }

  rescheduled(claim: Claim, reason: string): void {
    this.#record(claim, 'ProvisioningFailed', `The pod is scheduled again: ${reason}`);
  }

  /** A parameter that is not obeyed must not be silent. */
  ignored(claim: Claim, warnings: readonly string[]): void {
    for (const warning of warnings) this.#once(claim, 'UnknownParameter', warning);
  }

  left(claim: Claim, reason: string): void {
    this.#once(claim, 'ExternalPopulator', `Not provisioned: ${reason}`);
  }

  growing(claim: Claim, volumeName: string): void {
    const message = `External resizer is resizing volume ${volumeName}`;
    this.#once(claim, 'Resizing', message);
  }

  grown(claim: Claim): void {
    this.forget(keyOf(claim));
    this.#record(claim, 'VolumeResizeSuccessful', 'Resize volume succeeded');
  }

  growthFailed(claim: Claim, message: string): void {
    this.#record(claim, 'VolumeResizeFailed', message);
  }

  /** Nothing is ever shrunk, whoever made it larger. */
  largerThanAsked(
    claim: Claim,
    { limitBytes, sizeBytes }: { readonly limitBytes: bigint; readonly sizeBytes: bigint },
  ): void {
    const message =
      `The dataset may hold ${formatBytes(limitBytes)}, more than the ${formatBytes(sizeBytes)} ` +
      'asked for; it stays so';
    this.#record(claim, 'VolumeLargerThanAsked', message);
  }

  /** Nobody should have to guess why a volume is where it is. */
  skipped(claim: Claim, host: string, skipped: readonly Skipped[]): void {
    if (skipped.length === 0) return;
    const message = `The volume goes to ${host}; skipped: ${describeSkipped(skipped)}`;
    this.#once(claim, 'HostsSkipped', message);
  }

  stillWaiting(claim: Claim, host: string): void {
    const message = `Still waiting for storage host ${host}: it is busy or does not answer; the claim goes on by itself`;
    this.#record(claim, 'WaitingForHost', message);
  }

  /** The claim of that key is gone. */
  forget(key: string): void {
    this.#cancelNotice(key);
    this.#told.delete(key);
  }

  #cancelNotice(key: string): void {
    this.#notices.get(key)?.cancel();
    this.#notices.delete(key);
  }

  #once(claim: Claim, reason: EventReason, message: string): void {
    const { uid } = claim.metadata;
    const before = this.#told.get(keyOf(claim));
    const told = before?.uid === uid ? before : { uid, messages: new Set<string>() };
    if (told.messages.has(message)) return;
    told.messages.add(message);
    this.#told.set(keyOf(claim), told);
    this.#record(claim, reason, message);
  }

  #record(claim: Claim, reason: EventReason, message: string): void {
    const { namespace, name, uid, resourceVersion } = claim.metadata;
    const target = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      namespace,
      name,
      uid,
      resourceVersion,
    };
    this.#sink.record(target, eventOf(reason, message));
  }
}
