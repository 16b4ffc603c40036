import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { compare } from '../e2e/benchmark/comparison.ts';
import type { Measured } from '../e2e/benchmark/records.ts';
import type { Results } from '../e2e/benchmark/results.ts';
import { readResults } from '../e2e/benchmark/results.ts';
import { burstRows } from '../e2e/benchmark/results-text.ts';
import { table } from './markdown.ts';

/** Written by hand: what limits the figures, and what was tried. */
const limitsFile = join(import.meta.dirname, '../e2e/benchmark/limits.md');

const names: Readonly<Record<Measured, string>> = {
  product: 'zfs-provisioner',
  peer: 'the classic provisioner',
  bare: 'a person',
};

function figuresTable({ amounts, ...recorded }: Results): string {
  const heads = ['figure', 'target', names.product, '', names.peer, 'ratio'];
  const rows = compare(recorded, amounts);
  return table(
    heads,
    rows.map((row) => [row.label, row.target, row.product, row.verdict, row.peer, row.ratio]),
  );
}

function burstTables({ bursts, amounts }: Results): string {
  const burst = `${amounts.burst} claims at once`;
  return Object.entries(bursts)
    .map(
      ([of, shares]) =>
        `${burst}, ${names[of as Measured]}:\n\n${table(['CPU seconds of', ''], burstRows(shares))}`,
    )
    .join('\n');
}

function requestsTable({ requests }: Results): string {
  const rows = Object.entries(requests).flatMap(([of, counted]) =>
    Object.entries(counted).map(([over, counts]) => [
      names[of as Measured],
      requestsOver[over] ?? over,
      Object.entries(counts)
        .map(([kind, count]) => `${count} ${kind}`)
        .join(', '),
    ]),
  );
  return table(['who', 'while', 'requests'], rows);
}

const requestsOver: Readonly<Record<string, string>> = {
  callsPerCreate: 'the burst came',
  callsPerDelete: 'the burst went',
  idle: 'nobody wanted anything',
  idleCallsMany: 'nobody wanted anything, with the most volumes',
};

function conditions({ amounts, notes, date, machine }: Results): string {
  const { rounds, singles, growths, peerGrowths, peerBursts, starts, idleS } = amounts;
  const rows = [['date', date], ...Object.entries(machine)];
  return `${table(['what', 'which'], rows)}
In each of ${rounds} rounds each of both was started afresh, one after the other: ${singles} claims one by one, ${growths} growths
(${peerGrowths} of the classic provisioner, which looks every 15 s), ${amounts.burst} claims at once (${peerBursts} rounds of the
classic provisioner). Starts with many volumes: ${starts}
each. Idle: over ${idleS} s. ${notes.join(' ')}`;
}

function measuredPart(results: Results | undefined): string {
  if (results === undefined) return 'Nothing was measured yet.\n';
  const limits = existsSync(limitsFile) ? readFileSync(limitsFile, 'utf8') : '';
  return `${figuresTable(results)}
Three numbers are the least, the median and the most; the target is the median's. The ratio tells how many times better
zfs-provisioner is; below 1 it is worse.

## What limits a burst

Everything runs on the cores of one machine: who took them while ${amountOf(results)} came?

${burstTables(results)}
${limits}
## Requests to the API server

${requestsTable(results)}
## The machine

${conditions(results)}
`;
}

function amountOf({ amounts }: Results): string {
  return `${amounts.burst} claims`;
}

/** docs/performance.md: what the last kept run measured. */
export function performancePage(): string {
  return `# Fast and small

What a person waits for, and what an operator pays, beside the classic provisioner (v1.6.1), measured in one run on one
machine: the fast bench, with a real API server, kube-controller-manager, OpenSSH and ZFS. Ratios say more than the
figures themselves: the whole cluster, the storage hosts and the provisioner share the cores of one machine.

\`\`\`sh
make benchmark PEER="path/to/binary"                   # everything: about 25 minutes
make benchmark PEER="path/to/binary" QUICK=1           # little of everything: 4 minutes
make benchmark PARTS=claims,idle                       # some parts, and no peer: claims, ceiling, large, hosts, distance, idle, scale
make benchmark PEER="..." JSON=e2e/benchmark/results.json && node scripts/generate-docs.ts    # this page
\`\`\`

\`PEER\` is any provisioner that takes the classic parameters and \`ZFS_*\` variables. It gets a service account with the
rights of the classic chart, an instance name, a class and a parent dataset of its own. The product runs as its image
runs it, with the chart's account. Nobody else leads when one is started.

${measuredPart(readResults())}
## How it is measured

- Times are those of the API server's audit log: of the request that asks, received, and of the answer that ends it.
  Annotation to volume: from kube-controller-manager's annotation to the volume's creation. Bound: kube-controller-manager's
  last status of the claim. Gone: the deletion of the volume, or the removal of its last finalizer.
- A start is timed from the process to the first claim bound, which was there and annotated before.
- Remote execs are counted in sshd's log, API calls in the audit log: all verbs, events
  included. Lease renewals count when idle; per create and delete they do not.
- The remote part is the mean duration of the create verb by the product's own metrics. Beside it: \`sudo zfs create\` by
  OpenSSH's client over a connection that is open; the start of the client is part of that.
- CPU is the process's user and system time. Memory is its resident set (MB: 10^6 bytes), 5 s after the first claim.
- Claims, bursts and scale are measured with \`ZFS_USAGE_INTERVAL=0\` and \`ZFS_MAX_DESTROYS_PER_MINUTE=0\`: many deletions at
  once are meant. Idle is measured with all settings as they are.
- Many volumes: volumes and claims are copies of what each provisioner made, with names of their own; half of them are
  turned into another driver's (CSI). They are written while kube-controller-manager is stopped, bound already, and have
  no datasets.
- A host that is far away: \`tc netem\` on a line into a network namespace, or, where the kernel has no netem, a relay that
  holds each piece back.
`;
}
