import { describe, expect, it } from '@jest/globals';

import { placements } from '../parameters/place.ts';
import type { ChoiceQuestion, ParentFacts, PlaceFacts } from './host-choice.ts';
import { choosePlace } from './host-choice.ts';
import type { Place } from './places.ts';

const GiB = 1n << 30n;

const placeOn = (host: string, more: Partial<Place> = {}): Place => ({
  ...{ host, parentDataset: 'tank/k8s', node: host, labels: {}, nfsServer: host },
  limits: { maxFullnessPercent: undefined, maxOvercommit: undefined },
  ...more,
});

const parent = (more: Partial<ParentFacts> = {}): ParentFacts => ({
  ...{ exists: true, readOnly: false, freeBytes: 10n * GiB, volumes: 3 },
  pool: { health: 'ONLINE', fullnessPercent: 50 },
  ...more,
});

const known = (more: Partial<ParentFacts> = {}): PlaceFacts => ({
  ...{ isDown: undefined, isDoubtful: undefined },
  parent: parent(more),
});
const unknown: PlaceFacts = { isDown: undefined, isDoubtful: undefined, parent: undefined };
const down: PlaceFacts = { ...unknown, isDown: 'it does not answer' };

const [a, b, c] = [placeOn('a'), placeOn('b'), placeOn('c')];

function choose(
  facts: Readonly<Record<string, PlaceFacts>>,
  more: Partial<ChoiceQuestion> = {},
): ReturnType<typeof choosePlace> {
  return choosePlace({
    rule: 'most-free',
    places: [a, b, c].filter(({ host }) => facts[host] !== undefined),
    neededBytes: GiB,
    factsOf: ({ host }) => facts[host] ?? unknown,
    lastGivenOf: () => 0,
    ...more,
  });
}

describe('the choice of a place', () => {
  it('by most-free is the one with most space', () => {
    const facts = {
      a: known({ freeBytes: 5n * GiB }),
      b: known({ freeBytes: 7n * GiB }),
      c: known(),
    };

    expect(choose(facts)).toEqual({ place: c, skipped: [] });
  });

  it('by least-volumes is the one with the fewest', () => {
    const facts = { a: known(), b: known({ volumes: 2, freeBytes: 2n * GiB }), c: known() };

    expect(choose(facts, { rule: 'least-volumes' }).place).toBe(b);
  });

  it('by round-robin is the one whose turn was longest ago', () => {
    const turns: Readonly<Record<string, number>> = { a: 3, b: 1, c: 2 };
    const lastGivenOf = ({ host }: Place): number => turns[host] ?? 0;

    const facts = { a: known(), b: known(), c: known() };
    expect(choose(facts, { rule: 'round-robin', lastGivenOf }).place).toBe(b);
  });

  it('by first-healthy is the first that can', () => {
    const facts = { a: down, b: known({ freeBytes: 2n * GiB }), c: known() };

    expect(choose(facts, { rule: 'first-healthy' })).toEqual({
      place: b,
      skipped: [{ host: 'a', reason: 'it does not answer' }],
    });
  });

  it.each(placements)('by %s is the first of equals', (rule) => {
    expect(choose({ a: known(), b: known(), c: known() }, { rule }).place).toBe(a);
  });

  it.each<[string, PlaceFacts, RegExp]>([
    ['does not answer', down, /^it does not answer$/],
    ['is a replica', known({ readOnly: true }), /read-only, as a replica is/],
    ['has lost its parent', known({ exists: false }), /tank\/k8s is not there/],
    ['is full', known({ freeBytes: GiB - 1n }), /is full: 1\.00 GiB left, 1\.00 GiB asked for/],
    ['has nothing left', known({ freeBytes: -GiB }), /is full: nothing left/],
    ...['SUSPENDED', 'FAULTED', 'UNAVAIL'].map((health): [string, PlaceFacts, RegExp] => [
      `has a pool that is ${health}`,
      known({ pool: { health, fullnessPercent: 1 } }),
      new RegExp(`the pool of tank/k8s is ${health}`),
    ]),
  ])('skips a host that %s, and tells why', (_case, facts, reason) => {
    expect(choose({ a: facts, b: known({ freeBytes: 2n * GiB }) })).toEqual({
      place: b,
      skipped: [{ host: 'a', reason: expect.stringMatching(reason) as unknown }],
    });
  });

  it('skips a place above its limit', () => {
    const limited = placeOn('a', { limits: { maxFullnessPercent: 90, maxOvercommit: undefined } });
    const full = known({ pool: { health: undefined, fullnessPercent: 90 } });

    expect(choosePlace({ ...question, places: [limited, b], factsOf: () => full })).toEqual({
      place: b,
      skipped: [{ host: 'a', reason: 'the pool of tank/k8s is 90 % full, the limit is 90 %' }],
    });
  });

  it('takes a pool that is degraded, and a thin volume where little is left', () => {
    const facts = {
      a: known({ freeBytes: 1n, pool: { health: 'DEGRADED', fullnessPercent: 99 } }),
    };

    expect(choose(facts, { neededBytes: 0n }).place).toBe(a);
  });

  it('takes a host of which nothing is known, or that did not answer, only after all others', () => {
    const doubtful = { ...known(), isDoubtful: 'it did not answer' };
    const little = known({ freeBytes: GiB });

    expect(choose({ a: unknown, b: doubtful, c: little })).toEqual({
      place: c,
      skipped: [{ host: 'b', reason: 'it did not answer' }],
    });
    expect(choose({ a: unknown, b: down })).toMatchObject({ place: a });
    expect(choose({ a: doubtful })).toEqual({ place: a, skipped: [] });
  });

  it('is none where none can, with the reason of each', () => {
    expect(choose({ a: down, b: known({ readOnly: true }) })).toEqual({
      place: undefined,
      skipped: [
        { host: 'a', reason: 'it does not answer' },
        { host: 'b', reason: 'tank/k8s is read-only, as a replica is' },
      ],
    });
  });
});

const question: ChoiceQuestion = {
  ...{ rule: 'most-free', places: [], neededBytes: 0n },
  ...{ factsOf: () => unknown, lastGivenOf: () => 0 },
};
