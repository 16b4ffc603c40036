import type { Clock } from '../clock.ts';
import type { Claim, KubeObject, NodeObject, StorageClass, Volume } from '../volume/objects.ts';
import type { ApiTransport } from './api-transport.ts';
import { claims, nodes, storageClasses, volumes } from './kinds.ts';
import type { Kind } from './kinds.ts';
import type { ReflectorActivity } from './reflector.ts';
import { Reflector } from './reflector.ts';
import type { Store } from './store.ts';

export interface ClusterWatchParts {
  readonly transport: ApiTransport;
  readonly clock: Clock;
  readonly random: () => number;
  /** As the reflector's. */
  readonly idleTimeoutMs?: number;
  readonly onActivity: (resource: string, activity: ReflectorActivity) => void;
}

interface Running {
  readonly resource: string;
  readonly run: (signal: AbortSignal) => Promise<void>;
  readonly synced: Promise<void>;
  readonly isSynced: () => boolean;
}

/** Everything of the cluster that is watched. */
export class ClusterWatch {
  readonly claims: Store<Claim>;
  readonly volumes: Store<Volume>;
  readonly classes: Store<StorageClass>;
  readonly nodes: Store<NodeObject>;
  readonly #parts: ClusterWatchParts;
  readonly #reflectors: Running[] = [];

  constructor(parts: ClusterWatchParts) {
    this.#parts = parts;
    this.claims = this.#reflect(claims);
    this.volumes = this.#reflect(volumes);
    this.classes = this.#reflect(storageClasses);
    // Any label may be named by a class. Node feature discovery writes hundreds that none ever does.
    this.nodes = this.#reflect(nodes((label) => !label.startsWith('feature.node.kubernetes.io/')));
  }

  /** What has not been listed yet. */
  get missing(): readonly string[] {
    return this.#reflectors.filter(({ isSynced }) => !isSynced()).map(({ resource }) => resource);
  }

  /** Runs until aborted; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#reflectors.map(({ run }) => run(signal)));
  }

  /** Resolves once everything was listed. */
  async synced(): Promise<void> {
    await Promise.all(this.#reflectors.map(({ synced }) => synced));
  }

  #reflect<T extends KubeObject>(kind: Kind<T>): Store<T> {
    const { onActivity, ...parts } = this.#parts;
    const { resource } = kind;
    const reflector = new Reflector({
      ...parts,
      kind,
      onActivity: (activity) => {
        onActivity(resource, activity);
      },
    });
    const { store, synced } = reflector;
    const run = (signal: AbortSignal): Promise<void> => reflector.run(signal);
    this.#reflectors.push({ resource, run, synced, isSynced: () => store.synced });
    return store;
  }
}
