/** What happened, when: told with the violations. */
export class History {
  readonly #startedAt = performance.now();
  readonly #entries: Entry[] = [];

  /** @param about a claim; empty: the world */
  add(about: string, text: string): void {
    this.#entries.push({ atMs: performance.now() - this.#startedAt, about, text });
  }

  /** Lines about a claim, with what happened to the world meanwhile. */
  of(claim: string): readonly string[] {
    const own = this.#entries.filter(({ about }) => about === claim);
    const from = (own[0]?.atMs ?? 0) - 2000;
    const to = (own.at(-1)?.atMs ?? 0) + 10_000;
    return this.#entries
      .filter(({ about, atMs }) => about === claim || (about === '' && atMs >= from && atMs <= to))
      .map(({ about, atMs, text }) => `${seconds(atMs)} ${about === '' ? '    ' : ''}${text}`);
  }

  get elapsedS(): number {
    return (performance.now() - this.#startedAt) / 1000;
  }
}

interface Entry {
  readonly atMs: number;
  readonly about: string;
  readonly text: string;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1).padStart(7)} s`;
}
