import type { Comparison } from '../provisioner/comparison.ts';
import type { HostUsage } from '../zfs/dataset.ts';

/** What was seen when the hosts were looked at last, by host; a host that was not has no entry. */
export interface Seen {
  readonly usages: ReadonlyMap<string, HostUsage>;
  /** How that fits with the volumes. */
  readonly comparisons: ReadonlyMap<string, Comparison>;
}
