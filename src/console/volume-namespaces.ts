import type { Store } from '../kube/store.ts';
import type { Volume } from '../volume/objects.ts';

const remembered = 2000;

/** Of which namespace the claims of volumes are, also of the last ones that are gone. */
export class VolumeNamespaces {
  readonly #volumes: Store<Volume>;
  readonly #gone = new Map<string, string>();

  constructor(volumes: Store<Volume>) {
    this.#volumes = volumes;
    volumes.onChange(({ key, current, previous }) => {
      const namespace = previous?.spec.claimRef?.namespace;
      if (current === undefined && namespace !== undefined) this.#remember(key, namespace);
    });
  }

  /** Undefined: nobody knows. Empty: it is for no claim. */
  readonly of = (name: string): string | undefined => {
    const volume = this.#volumes.get(name);
    return volume === undefined ? this.#gone.get(name) : (volume.spec.claimRef?.namespace ?? '');
  };

  #remember(name: string, namespace: string): void {
    this.#gone.delete(name);
    this.#gone.set(name, namespace);
    const [oldest] = this.#gone.keys();
    if (this.#gone.size > remembered && oldest !== undefined) this.#gone.delete(oldest);
  }
}
