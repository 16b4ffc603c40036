import { afterAll, describe, expect, it } from '@jest/globals';

import type { HostFault, Verb } from '../../e2e/reliability/faults.ts';
import { allHostFaults, allVerbs, apiFaultsOf } from '../../e2e/reliability/faults.ts';
import type { Cell } from '../../e2e/reliability/results.ts';
import { MatrixRun } from '../../e2e/reliability/results.ts';
import { FaultScene } from '../../test/support/fault-scene.ts';

const hosts: readonly (HostFault | 'none')[] = ['none', ...allHostFaults];

function cellsOf(verb: Verb, host: HostFault | 'none'): readonly Cell[] {
  return apiFaultsOf(verb).map((api) => ({ verb, host, api }));
}

const run = new MatrixRun(
  'matrix-fakes.json',
  allVerbs.flatMap((verb) => hosts.flatMap((host) => cellsOf(verb, host))),
);

afterAll(() => {
  run.write();
});

describe.each(allVerbs)('%s', (verb) => {
  it.each(hosts)(
    'while a host has the fault: %s, and the API any of its own',
    async (host) => {
      const outcomes = await Promise.all(
        cellsOf(verb, host).map((cell) => run.run(cell, () => new FaultScene().play(cell))),
      );

      const isGone = verb === 'destroy' || verb === 'trash' || verb === 'scan';
      const [first] = outcomes;
      expect(first?.end).toBe(isGone ? 'none' : 'one');
    },
    60_000,
  );
});
