import type { WaitingWork } from '../controller/waiting-work.ts';
import type { HostCondition } from '../overview/host-views.ts';
import type { Owner } from '../provisioner/owner.ts';

/** What only the replica that leads knows, for as long as it does. Read at any time; nothing here waits. */
export interface Term {
  readonly owner: Owner;
  /** All that classes and the hosts file name. */
  readonly hosts: () => Iterable<string>;
  readonly conditions: () => readonly HostCondition[];
  /** Pools on which commands go on after their deadline. */
  readonly hung: () => readonly {
    readonly host: string;
    readonly pool: string;
    readonly scripts: number;
  }[];
  readonly waiting: () => readonly WaitingWork[];
}
