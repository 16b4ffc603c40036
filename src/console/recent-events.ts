import type { EventView } from '../overview/views.ts';
import type { HiddenNamespaces } from './hidden-namespaces.ts';

/** An Event as it is written: kube/event-correlator.ts. */
export interface RecordedEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly target: {
    readonly kind: string;
    readonly namespace?: string | undefined;
    readonly name: string;
  };
  /** The same for an event that is counted up. */
  readonly name: string;
  readonly count: number;
  readonly lastMs: number;
}

interface Parts {
  readonly capacity: number;
  readonly hidden: HiddenNamespaces;
  /** Of the claim that a volume is, or was, for; undefined: nobody knows the volume. */
  readonly namespaceOfVolume: (name: string) => string | undefined;
}

/**
 * The last Events. Those of hidden namespaces are never kept: nor are those about a volume of which it is not known
 * whose it is, where anything is hidden.
 */
export class RecentEvents {
  readonly #parts: Parts;
  readonly #events = new Map<string, EventView>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The latest last. */
  get all(): readonly EventView[] {
    return [...this.#events.values()];
  }

  /** @returns whether it may be seen */
  add(event: RecordedEvent): boolean {
    const { hidden, capacity } = this.#parts;
    if (!hidden.isNone && this.#isHidden(event)) return false;
    const { type, reason, message, count, lastMs, name, target } = event;
    const { kind, namespace } = target;
    this.#events.delete(name);
    this.#events.set(name, {
      ...{ atMs: lastMs, type, reason, message: hidden.scrubbed(message), kind, count },
      ...(namespace !== undefined && { namespace }),
      name: target.name,
    });
    const [oldest] = this.#events.keys();
    if (this.#events.size > capacity && oldest !== undefined) this.#events.delete(oldest);
    return true;
  }

  #isHidden({ target: { kind, namespace, name } }: RecordedEvent): boolean {
    const { hidden, namespaceOfVolume } = this.#parts;
    if (kind !== 'PersistentVolume') return hidden.has(namespace);
    const ofClaim = namespaceOfVolume(name);
    return ofClaim === undefined || hidden.has(ofClaim);
  }
}
