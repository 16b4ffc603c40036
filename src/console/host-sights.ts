import type { Seen } from '../overview/seen.ts';
import type { Comparison } from '../provisioner/comparison.ts';
import type { HostUsage } from '../provisioner/provisioner.ts';

/** What was seen of the hosts last. What is kept here others keep too: it costs no memory but for the comparisons. */
export class HostSights implements Seen {
  readonly usages = new Map<string, HostUsage>();
  readonly comparisons = new Map<string, Comparison>();
  /** By host; wall clock. */
  readonly lookedAtMs = new Map<string, number>();
  /** Those that did not answer when they were looked at last: what was seen before stays. */
  readonly unseen = new Set<string>();

  surveyed(host: string, usage: HostUsage, nowMs: number): void {
    this.usages.set(host, usage);
    this.lookedAtMs.set(host, nowMs);
    this.unseen.delete(host);
  }

  compared(host: string, comparison: Comparison): void {
    this.comparisons.set(host, comparison);
  }

  clear(): void {
    for (const each of [this.usages, this.comparisons, this.lookedAtMs, this.unseen]) each.clear();
  }
}
