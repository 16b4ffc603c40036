import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the product takes with so many volumes on so many hosts. Seconds, MB (10^6 bytes). */
export interface SimulatedPoint {
  readonly volumes: number;
  readonly hosts: number;
  /** Until everything was listed. */
  readonly startS: number;
  readonly startCpuS: number;
  /** From the start of the process until the first volume was written, a claim waiting from the beginning. */
  readonly firstVolumeS: number;
  readonly rssMB: number;
  readonly peakMB: number;
  readonly heapMB: number;
  readonly sockets: number;
  /** Of one look at all hosts: commands, our CPU time with what is concluded, bytes that we read. */
  readonly scanExecs: number;
  readonly scanCpuS: number;
  readonly scanReadMB: number;
  /** The longest command of a look: the host's time as well. */
  readonly scanS: number;
  readonly metricsMs: number;
  readonly metricsMB: number;
  readonly pageMs: number;
  readonly pageMB: number;
  readonly burstClaims: number;
  readonly burstS: number;
  readonly cpuMsPerClaim: number;
}

/** A host with so many datasets, each mounted and shared. */
export interface HostPoint {
  readonly datasets: number;
  /** Of one claim's command, and of a scan's; medians, in milliseconds. */
  readonly createMs: number;
  readonly scanMs: number;
}

/** What a claim costs the control plane: requests by who asked, verb and resource. */
export interface ClaimCost {
  readonly claims: number;
  readonly requests: Readonly<Record<string, number>>;
}

export interface Results {
  readonly volumes?: readonly SimulatedPoint[];
  readonly largest?: readonly SimulatedPoint[];
  readonly hosts?: readonly SimulatedPoint[];
  readonly fuse?: readonly HostPoint[];
  readonly openzfs?: readonly HostPoint[];
  readonly claim?: ClaimCost;
  readonly machine?: string;
  readonly date?: string;
}

const file = join(import.meta.dirname, 'results.json');

export function readResults(): Results {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Results;
  } catch {
    return {};
  }
}

/** Keeps what other parts wrote. */
export function writeResults(part: Results): void {
  const all = { ...readResults(), ...part };
  writeFileSync(file, `${JSON.stringify(all, undefined, 2)}\n`);
}

/** As many digits as are worth telling. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
