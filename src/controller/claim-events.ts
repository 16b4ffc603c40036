import type { Claim } from '../volume/objects.ts';
import type { EventSink } from './observer.ts';

interface Told {
  readonly uid: string;
  readonly messages: Set<string>;
}

/** The Events that a claim's owner reads: reasons and texts of the sig-storage library where it has them. */
export class ClaimEvents {
  readonly #sink: EventSink;
  /** What claims were told once, by key; forgotten when they are provisioned or gone. */
  readonly #told = new Map<string, Told>();

  constructor(sink: EventSink) {
    this.#sink = sink;
  }

  provisioning(claim: Claim): void {
    const { namespace, name } = claim.metadata;
    const message = `External provisioner is provisioning volume for claim "${namespace}/${name}"`;
    this.#once(claim, 'Normal', 'Provisioning', message);
  }

  provisioned(claim: Claim, volumeName: string): void {
    this.forget(keyOf(claim));
    this.#record(
      claim,
      'Normal',
      'ProvisioningSucceeded',
      `Successfully provisioned volume ${volumeName}`,
    );
  }

  failed(claim: Claim, message: string): void {
    this.#record(claim, 'Warning', 'ProvisioningFailed', message);
  }

  rescheduled(claim: Claim, reason: string): void {
    this.#record(claim, 'Warning', 'ProvisioningFailed', `The pod is scheduled again: ${reason}`);
  }

  /** A parameter that is not obeyed must not be silent. */
  ignored(claim: Claim, warnings: readonly string[]): void {
    for (const warning of warnings) this.#once(claim, 'Warning', 'UnknownParameter', warning);
  }

  left(claim: Claim, reason: string): void {
    this.#once(claim, 'Normal', 'ExternalPopulator', `Not provisioned: ${reason}`);
  }

  stillWaiting(claim: Claim, host: string): void {
    const message = `Still waiting for storage host ${host}: it is busy or does not answer; the claim goes on by itself`;
    this.#record(claim, 'Warning', 'WaitingForHost', message);
  }

  /** The claim of that key is gone. */
  forget(key: string): void {
    this.#told.delete(key);
  }

  #once(claim: Claim, type: 'Normal' | 'Warning', reason: string, message: string): void {
    const { uid } = claim.metadata;
    const before = this.#told.get(keyOf(claim));
    const told = before?.uid === uid ? before : { uid, messages: new Set<string>() };
    if (told.messages.has(message)) return;
    told.messages.add(message);
    this.#told.set(keyOf(claim), told);
    this.#record(claim, type, reason, message);
  }

  #record(claim: Claim, type: 'Normal' | 'Warning', reason: string, message: string): void {
    const { namespace, name, uid, resourceVersion } = claim.metadata;
    const target = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      namespace,
      name,
      uid,
      resourceVersion,
    };
    this.#sink.record(target, { type, reason, message });
  }
}

function keyOf({ metadata }: Claim): string {
  return `${metadata.namespace}/${metadata.name}`;
}
