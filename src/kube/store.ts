/** What a watch knows of one kind: read it at any time, never write it. */
export interface Store<T> {
  /** `key` is `namespace/name`, or `name` for cluster-scoped kinds. */
  get(key: string): T | undefined;
  list(): IterableIterator<T>;
  readonly size: number;
  /** True once the first complete list is in. Never becomes false again. */
  readonly synced: boolean;
  /**
   * Calls `listener` after each change, with the store already holding the new state. A listener that
   * throws is reported and disturbs neither the others nor the watch.
   */
  onChange(listener: (change: Change<T>) => void): void;
}

/**
 * Without `current` the object is gone; without `previous` it is new. An object that was deleted and made
 * again under its name comes as a removal followed by an addition, even if both were seen at once.
 */
export interface Change<T> {
  readonly key: string;
  readonly current?: T;
  readonly previous?: T;
}
