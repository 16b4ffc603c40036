import { keyOf } from '../volume/object-key.ts';
import type { KubeObject } from '../volume/objects.ts';
import type { Change, Store } from './store.ts';

/** The writable side of a Store; only the reflector holds it. */
export class MemoryStore<T extends KubeObject> implements Store<T> {
  readonly #objects = new Map<string, T>();
  readonly #listeners: ((change: Change<T>) => void)[] = [];
  readonly #onListenerFailure: (thrown: unknown) => void;
  #synced = false;

  constructor(onListenerFailure: (thrown: unknown) => void) {
    this.#onListenerFailure = onListenerFailure;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  list(): IterableIterator<T> {
    return this.#objects.values();
  }

  get size(): number {
    return this.#objects.size;
  }

  get synced(): boolean {
    return this.#synced;
  }

  onChange(listener: (change: Change<T>) => void): void {
    this.#listeners.push(listener);
  }

  /** Takes over a complete list. Objects that are the same version as before notify nobody. */
  replace(listed: ReadonlyMap<string, T>): void {
    const changes: Change<T>[] = [];
    for (const [key, previous] of this.#objects) {
      if (listed.has(key)) continue;
      this.#objects.delete(key);
      changes.push({ key, previous });
    }
    for (const object of listed.values()) changes.push(...this.#set(object));
    this.#synced = true;
    this.#notify(changes);
  }

  put(object: T): void {
    this.#notify(this.#set(object));
  }

  remove(object: T): void {
    const key = keyOf(object);
    const previous = this.#objects.get(key);
    if (this.#objects.delete(key)) this.#notify([{ key, ...(previous && { previous }) }]);
  }

  #set(current: T): Change<T>[] {
    const key = keyOf(current);
    const previous = this.#objects.get(key);
    const isSameObject = previous?.metadata.uid === current.metadata.uid;
    if (isSameObject && previous.metadata.resourceVersion === current.metadata.resourceVersion) {
      return [];
    }
    this.#objects.set(key, current);
    if (previous === undefined) return [{ key, current }];
    return isSameObject
      ? [{ key, previous, current }]
      : [
          { key, previous },
          { key, current },
        ];
  }

  #notify(changes: readonly Change<T>[]): void {
    for (const change of changes) {
      for (const listener of this.#listeners) this.#call(listener, change);
    }
  }

  #call(listener: (change: Change<T>) => void, change: Change<T>): void {
    try {
      listener(change);
    } catch (thrown) {
      this.#onListenerFailure(thrown);
    }
  }
}
