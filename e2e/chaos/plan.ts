import type { Fault } from './faults.ts';
import { chooseFault } from './faults.ts';
import { Random } from './random.ts';

/** What one client does with one of its claims. */
export type Operation =
  | { readonly does: 'create'; readonly className: string; readonly sizeMi: number }
  | { readonly does: 'grow'; readonly sizeMi: number }
  /** Of a class whose snapshots go with the volume. */
  | { readonly does: 'snapshot' }
  /** `at once`: whether it is bound or not. */
  | { readonly does: 'delete'; readonly when: 'bound' | 'at once' };

export type Step =
  | ({ readonly kind: 'operation'; readonly client: number; readonly claim: string } & Operation)
  | ({ readonly kind: 'fault' } & Fault);

export interface PlanOptions {
  readonly seed: number;
  readonly faults: number;
  readonly claims: number;
  readonly clients: number;
  readonly hosts: readonly string[];
  readonly classes: readonly PlannedClass[];
}

export interface PlannedClass {
  readonly name: string;
  readonly destroysSnapshots: boolean;
}

interface Dated {
  /** The unit is the time between two creates. */
  readonly at: number;
  readonly step: Step;
}

const share = { grows: 0.45, growsTwice: 0.15, snapshots: 0.4, isDeleted: 0.7, atOnce: 0.25 };
/** How many claims later, at most, a claim is deleted. */
const longestLife = 60;

/** All that clients and faults do, in the order in which it is begun. Follows from the options alone. */
export function makePlan(options: PlanOptions): readonly Step[] {
  const { seed, claims, faults } = options;
  const forClaims = new Random(seed);
  const forFaults = new Random(seed ^ 0x5eed);
  const dated: Dated[] = [];
  for (let index = 0; index < claims; index++) dated.push(...lifeOf(index, options, forClaims));
  for (let index = 0; index < faults; index++) {
    const at = forFaults.between(0, claims);
    dated.push({ at, step: { kind: 'fault', ...chooseFault(forFaults, options.hosts) } });
  }
  return dated.toSorted((a, b) => a.at - b.at).map(({ step }) => step);
}

function lifeOf(index: number, { clients, classes }: PlanOptions, random: Random): Dated[] {
  const ofClass = random.pick(classes);
  const whose = {
    kind: 'operation',
    client: index % clients,
    claim: `claim-${index + 1}`,
  } as const;
  let sizeMi = random.whole(1, 4) * 4;
  const life: Dated[] = [];
  const isDeleted = random.happens(share.isDeleted);
  const endsAt = index + (isDeleted ? random.between(0.5, longestLife) : longestLife);
  const within = (): number => random.between(index, endsAt);
  life.push({ at: index, step: { ...whose, does: 'create', className: ofClass.name, sizeMi } });
  const growths = random.happens(share.grows) ? (random.happens(share.growsTwice) ? 2 : 1) : 0;
  const moments = Array.from({ length: growths }, within).toSorted((a, b) => a - b);
  for (const at of moments) {
    sizeMi += random.whole(1, 4) * 2;
    life.push({ at, step: { ...whose, does: 'grow', sizeMi } });
  }
  if (ofClass.destroysSnapshots && random.happens(share.snapshots)) {
    life.push({ at: within(), step: { ...whose, does: 'snapshot' } });
  }
  if (isDeleted) {
    const when = random.happens(share.atOnce) ? 'at once' : 'bound';
    life.push({ at: endsAt, step: { ...whose, does: 'delete', when } });
  }
  return life;
}

export function describeStep(step: Step): string {
  if (step.kind === 'fault') return `fault: ${describeFault(step)}`;
  return `client ${step.client + 1}: ${step.claim}: ${describeOperation(step)}`;
}

function describeOperation(operation: Operation): string {
  switch (operation.does) {
    case 'create':
      return `create, class ${operation.className}, ${operation.sizeMi}Mi`;
    case 'grow':
      return `grow to ${operation.sizeMi}Mi`;
    case 'snapshot':
      return 'snapshot';
    case 'delete':
      return operation.when === 'bound' ? 'delete' : 'delete, bound or not';
  }
}

function describeFault(fault: Fault): string {
  const { what, ...more } = fault;
  return [what, ...Object.entries(more).map(([key, value]) => `${key}=${String(value)}`)]
    .filter((word) => word !== 'kind=fault')
    .join(' ');
}
