import { readdirSync, readlinkSync } from 'node:fs';
import { eventually } from '../bench/eventually.ts';
import type { ProvisionerProcess } from '../bench/provisioner-process.ts';
import type { Inspector } from './inspector.ts';

/** What a process holds at one moment. */
export interface Sample {
  /** Seconds since the start. */
  readonly atS: number;
  /** Lives of claims that were over by then. */
  readonly cycles: number;
  /** After a full collection. */
  readonly heapBytes: number;
  readonly rssBytes: number;
  readonly eventLoopP99Ms: number;
  /** Handles of libuv: nodejs_active_handles_total. */
  readonly handles: number;
  readonly openFiles: number;
  /** Of those, sockets. */
  readonly sockets: number;
}

export class Sampler {
  readonly #process: ProvisionerProcess;
  readonly #inspector: Inspector;

  constructor(process: ProvisionerProcess, inspector: Inspector) {
    this.#process = process;
    this.#inspector = inspector;
  }

  async take(atS: number, cycles: number): Promise<Sample> {
    const heapBytes = await this.#inspector.heapInUse();
    const metrics = await this.#process.metrics();
    const files = openFilesOf(this.#process.pid);
    return {
      ...{ atS, cycles, heapBytes },
      rssBytes: valueOf(metrics, 'process_resident_memory_bytes'),
      eventLoopP99Ms: valueOf(metrics, 'nodejs_eventloop_lag_p99_seconds') * 1000,
      handles: valueOf(metrics, 'nodejs_active_handles_total'),
      openFiles: files.length,
      sockets: files.filter((target) => target.startsWith('socket:')).length,
    };
  }

  async eventsWritten(): Promise<number> {
    return valueOf(await this.#process.metrics(), 'zfs_provisioner_events_sent_total');
  }

  /** Events are written in the background: resolves with how many there are when no more come. */
  async untilEventsAreWritten(): Promise<number> {
    let last = -1;
    const isQuiet = async (): Promise<boolean> => {
      const written = await this.eventsWritten();
      const isSame = written === last;
      last = written;
      return isSame;
    };
    await eventually('all events are written', isQuiet, { timeoutMs: 60_000, intervalMs: 2000 });
    return last;
  }
}

/** Value of a metric without labels. @throws when it is not there */
export function valueOf(metrics: string, name: string): number {
  const line = metrics.split('\n').find((each) => each.startsWith(`${name} `));
  if (line === undefined) throw new Error(`there is no metric ${name}`);
  return Number(line.slice(name.length + 1));
}

function openFilesOf(pid: number): readonly string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).flatMap((name) => {
    try {
      return [readlinkSync(`${folder}/${name}`)];
    } catch {
      return []; // closed meanwhile
    }
  });
}
