const remembered = 21;

/** How long the last commands took on each host. */
export class Latencies {
  readonly #durationsMs = new Map<string, readonly number[]>();

  add(host: string, durationMs: number): void {
    const before = this.#durationsMs.get(host) ?? [];
    this.#durationsMs.set(host, [...before.slice(1 - remembered), durationMs]);
  }

  /** Undefined: none ended there yet. */
  medianMs(host: string): number | undefined {
    const sorted = (this.#durationsMs.get(host) ?? []).toSorted((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)];
  }
}
