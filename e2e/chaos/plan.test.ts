import { describe, expect, it } from '@jest/globals';
import type { PlanOptions, Step } from './plan.ts';
import { describeStep, makePlan } from './plan.ts';

const options: PlanOptions = {
  ...{ seed: 7, faults: 300, claims: 150, clients: 4, hosts: ['storage-1', 'storage-2'] },
  classes: [
    { name: 'thin', destroysSnapshots: false },
    { name: 'with-snapshots', destroysSnapshots: true },
  ],
};

const plan = makePlan(options);
const faults = plan.filter((step) => step.kind === 'fault');
const operations = plan.flatMap((step) => (step.kind === 'operation' ? [step] : []));

function lifeOf(claim: string): Step[] {
  return operations.filter((step) => step.claim === claim);
}

describe('a plan of chaos', () => {
  it('follows from the seed', () => {
    expect(makePlan(options)).toEqual(plan);
    expect(makePlan({ ...options, seed: 8 })).not.toEqual(plan);
  });

  it('keeps what claims do when the number of faults is another', () => {
    const other = makePlan({ ...options, faults: 10 });

    expect(other.filter(({ kind }) => kind === 'operation')).toEqual(operations);
  });

  it('has as many faults and claims as were asked for', () => {
    expect(faults).toHaveLength(300);
    expect(operations.filter(({ does }) => does === 'create')).toHaveLength(150);
  });

  it('begins each life with a create, ends it with a delete if at all, and one client does it all', () => {
    const lives = new Set(operations.map(({ claim }) => claim));
    for (const claim of lives) {
      const life = operations.filter((step) => step.claim === claim);
      expect(life.map(({ does }) => does).indexOf('create')).toBe(0);
      expect([-1, life.length - 1]).toContain(life.findIndex(({ does }) => does === 'delete'));
      expect(new Set(life.map(({ client }) => client)).size).toBe(1);
    }
  });

  it('only ever grows a claim', () => {
    for (const { claim } of operations) {
      const sizes = lifeOf(claim).flatMap((step) => ('sizeMi' in step ? [step.sizeMi] : []));
      expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
      expect(new Set(sizes).size).toBe(sizes.length);
    }
  });

  it('has faults of every kind in the long run', () => {
    const kinds = new Set(
      makePlan({ ...options, faults: 3000 }).flatMap((step) =>
        step.kind === 'fault' ? [step.what] : [],
      ),
    );

    expect(kinds.size).toBe(17);
  });

  it('is told step by step', () => {
    const fault = { what: 'zfs is slow', host: 'storage-1', verb: 'get' } as const;
    const step: Step = { kind: 'fault', ...fault, when: 'after', seconds: 0.5 };
    expect(describeStep(step)).toBe(
      'fault: zfs is slow host=storage-1 verb=get when=after seconds=0.5',
    );
  });
});
