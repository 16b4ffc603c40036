import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ApiFault, HostFault, Verb } from './faults.ts';

export interface Cell {
  readonly verb: Verb;
  /** `none`: the host does what it is asked. */
  readonly host: HostFault | 'none';
  readonly api: ApiFault;
}

/** What became of a cell: `one`, or `none`, and what was told before. */
export interface Outcome {
  /** One dataset and one volume of the right size; or neither. */
  readonly end: 'one' | 'none';
  /** Codes of the failures that were told, sorted. */
  readonly told: readonly string[];
}

type Results = Readonly<Record<string, string>>;

/** `create, cut-after, none` */
export function keyOf({ verb, host, api }: Cell): string {
  return `${verb}, ${host}, ${api}`;
}

/** `one, OUTCOME_UNKNOWN` */
export function textOf({ end, told }: Outcome): string {
  return [end, ...told].join(', ');
}

const folder = import.meta.dirname;

/** What a file of results says; empty where no run has written it. */
export function readResults(name: string): Results {
  const file = join(folder, name);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Results) : {};
}

/**
 * What the cells of one test file came to. Only a run of all of them is written, so that no cell is left in
 * the file from another time; a cell that failed is written as `failed`.
 */
export class MatrixRun {
  readonly #name: string;
  readonly #results: Map<string, string | undefined>;

  constructor(name: string, cells: readonly Cell[]) {
    this.#name = name;
    this.#results = new Map(cells.map((cell) => [keyOf(cell), undefined]));
  }

  /** Does the work of a cell, and notes how it went. */
  async run(cell: Cell, work: () => Promise<Outcome>): Promise<Outcome> {
    const key = keyOf(cell);
    if (!this.#results.has(key)) throw new Error(`${key} is no cell of ${this.#name}`);
    this.#results.set(key, 'failed');
    const outcome = await work().catch((cause: unknown) => {
      throw new Error(`${key}: ${cause instanceof Error ? cause.message : String(cause)}`, {
        cause,
      });
    });
    this.#results.set(key, textOf(outcome));
    return outcome;
  }

  /** @throws when cells came out otherwise than the file says, on CI: what is committed must be true */
  write(): void {
    if ([...this.#results.values()].includes(undefined)) return;
    const file = join(folder, this.#name);
    const text = `${JSON.stringify(Object.fromEntries(this.#results), undefined, 2)}\n`;
    if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    if (process.env['CI'] === undefined) return;
    throw new Error(`${file} is out of date; commit it, and run node scripts/generate-docs.ts`);
  }
}
