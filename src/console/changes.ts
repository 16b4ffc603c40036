import type { TableName } from './reads.ts';

/** Tells whoever listens which tables are other than they were. */
export class Changes {
  readonly #listeners = new Set<(tables: readonly TableName[]) => void>();

  tell(...tables: readonly TableName[]): void {
    for (const listener of this.#listeners) listener(tables);
  }

  /** @returns ends it */
  listen(listener: (tables: readonly TableName[]) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }
}
