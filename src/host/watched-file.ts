import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

import type { Clock } from '../clock.ts';
import { sleep } from '../clock.ts';

export interface WatchedFileParts {
  readonly path: string;
  readonly clock: Clock;
  /** Called with the first text, and with every other one. */
  readonly onText: (text: string) => void;
  /** It cannot be read; called once for each kind of failure. */
  readonly onFailure: (error: unknown) => void;
}

/** Several events come with one change: it is read when they have ceased. */
const settleMs = 50;

/** A file system that tells of no changes (some network mounts) is asked. */
const pollMs = 10_000;

/**
 * A file whose changes are noticed. Its folder is watched, not the file: a ConfigMap is changed by swapping
 * a symbolic link beside it (`..data`), and most editors write another file and rename it.
 */
export class WatchedFile {
  readonly #parts: WatchedFileParts;
  #text: string | undefined;
  #failure = '';
  #watcher: FSWatcher | undefined;
  #wake = new AbortController();

  constructor(parts: WatchedFileParts) {
    this.#parts = parts;
  }

  /** Reads it once. Never rejects. */
  async read(): Promise<void> {
    const { path, onText, onFailure } = this.#parts;
    try {
      const text = await readFile(path, 'utf8');
      this.#failure = '';
      if (text === this.#text) return;
      this.#text = text;
      onText(text);
    } catch (error) {
      const failure = String(error);
      if (failure === this.#failure) return;
      this.#failure = failure;
      this.#text = undefined;
      onFailure(error);
    }
  }

  /** Reads it after each change until aborted. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    while (!signal.aborted) {
      this.#watchFolder();
      const woken = AbortSignal.any([signal, this.#wake.signal]);
      await sleep(clock, pollMs, woken).catch(() => undefined);
      if (this.#wake.signal.aborted) {
        await sleep(clock, settleMs, signal).catch(() => undefined);
        this.#wake = new AbortController();
      }
      await this.read();
    }
    this.#watcher?.close();
  }

  #watchFolder(): void {
    if (this.#watcher !== undefined) return;
    const file = basename(this.#parts.path);
    try {
      this.#watcher = watch(dirname(this.#parts.path), (_event, name) => {
        if (name === null || name === file || name.startsWith('..')) this.#wake.abort();
      });
      this.#watcher.on('error', () => {
        this.#watcher?.close();
        this.#watcher = undefined;
      });
    } catch {
      this.#watcher = undefined; // the folder is not there: it is looked for again
    }
  }
}
