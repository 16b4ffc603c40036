// Scale: `make scale` measures every part and writes e2e/scale/results.json; PART=volumes|hosts|largest|fuse|openzfs only that.
// Needs root, like the bench. Bundle the product first.
import { cpus } from 'node:os';
import { resolve } from 'node:path';

import type { HostKind } from '../bench/storage-host/host-kind.ts';
import type { Population } from './population.ts';
import { measureRealHost } from './real-host.ts';
import type { Results, SimulatedPoint } from './results.ts';
import { writeResults } from './results.ts';
import { measurePoint } from './simulated-point.ts';

const runDir = resolve(import.meta.dirname, '../../.run/scale');

type Part = 'volumes' | 'largest' | 'hosts';

const populations: Readonly<Record<Part, readonly Population[]>> = {
  volumes: [1_000, 5_000, 10_000].map((volumes) => ({ volumes, hosts: 1 })),
  // On one host it would be near the most that is read of a command.
  largest: [{ volumes: 50_000, hosts: 10 }],
  hosts: [10, 100].map((hosts) => ({ volumes: 10_000, hosts })),
};

async function simulate(part: Part): Promise<void> {
  const points: SimulatedPoint[] = [];
  for (const population of populations[part]) {
    const point = await measurePoint(runDir, population);
    console.log(point);
    points.push(point);
    save({ [part]: points });
  }
}

/** At once: a run that is cut short has not been in vain. */
function save(part: Results): void {
  const [first] = cpus();
  const machine = `${cpus().length} x ${first?.model ?? 'CPU'}, Node ${process.version}`;
  writeResults({ ...part, machine, date: new Date().toISOString().slice(0, 10) });
}

async function measureHost(hostKind: HostKind): Promise<void> {
  const { points, claim } = await measureRealHost(runDir, hostKind, amounts[hostKind]);
  save(hostKind === 'shared' ? { fuse: points, claim } : { openzfs: points });
}

const amounts = { shared: [0, 100, 500], openzfs: [0, 100, 300] };

const parts: Readonly<Record<string, () => Promise<void>>> = {
  volumes: () => simulate('volumes'),
  hosts: () => simulate('hosts'),
  largest: () => simulate('largest'),
  fuse: () => measureHost('shared'),
  openzfs: () => measureHost('openzfs'),
};

// Whoever is told to end ends its children first (process.on('exit')).
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const wanted = process.env['PART'] ?? '';
for (const name of wanted === '' ? Object.keys(parts) : wanted.split(',')) {
  const part = parts[name];
  if (part === undefined) throw new Error(`PART is one of ${Object.keys(parts).join(', ')}`);
  await part();
}
