import type { HostEntry } from './hosts-file.ts';

/** What the administrator said of the storage hosts, apart from StorageClasses. */
export interface HostInventory {
  readonly hosts: readonly HostEntry[];
  get(name: string): HostEntry | undefined;
}

/** The hosts of the hosts file as it is now; empty where there is none. */
export class Inventory implements HostInventory {
  #hosts: readonly HostEntry[] = [];
  #byName = new Map<string, HostEntry>();
  readonly #listeners: ((changed: readonly string[]) => void)[] = [];

  get hosts(): readonly HostEntry[] {
    return this.#hosts;
  }

  get(name: string): HostEntry | undefined {
    return this.#byName.get(name);
  }

  /** Called with the names of the hosts that are new, gone or described otherwise. */
  onChange(listener: (changed: readonly string[]) => void): void {
    this.#listeners.push(listener);
  }

  /** @returns the names of the hosts that are new, gone or described otherwise */
  replace(hosts: readonly HostEntry[]): readonly string[] {
    const before = this.#byName;
    this.#hosts = hosts;
    this.#byName = new Map(hosts.map((host) => [host.name, host]));
    const names = new Set([...before.keys(), ...this.#byName.keys()]);
    const changed = [...names].filter(
      (name) => JSON.stringify(before.get(name)) !== JSON.stringify(this.#byName.get(name)),
    );
    if (changed.length > 0) for (const listener of this.#listeners) listener(changed);
    return changed;
  }
}
