import { describe, expect, it } from '@jest/globals';

import type { HostEntry } from './hosts-file.ts';
import { Inventory } from './inventory.ts';
import type { PlaceQuestion } from './places.ts';
import { describeSkipped, placesOf, strictest } from './places.ts';

const hosts: readonly HostEntry[] = [
  {
    name: 'a',
    labels: { tier: 'fast', room: '1' },
    node: 'node-a',
    nfs: { address: '10.0.0.1' },
    parents: [
      { dataset: 'tank/k8s', limits: { fullness: 80 } },
      { dataset: 'ssd/k8s', classes: ['database'] },
    ],
  },
  { name: 'b', labels: { tier: 'fast' }, parents: [{ dataset: 'pool', classes: ['database'] }] },
  { name: 'c', labels: { tier: 'slow' } },
];
const inventory = new Inventory();
inventory.replace(hosts);

function placesFor(question: Partial<PlaceQuestion>): readonly string[] {
  const { places, skipped } = placesOf({ className: 'web', ...question }, inventory);
  const found = places.map(({ host, parentDataset }) => `${host}:${parentDataset}`);
  return skipped.length === 0 ? found : [...found, `skipped ${describeSkipped(skipped)}`];
}

describe('the places of a class', () => {
  it('are its hostname and parent where no hosts file names the host', () => {
    const question = { hostname: 'x', parentDataset: 'tank/k8s' };

    expect(placesOf({ className: 'web', ...question }, inventory).places).toEqual([
      {
        ...{ host: 'x', parentDataset: 'tank/k8s', node: 'x', labels: {}, nfsServer: 'x' },
        limits: { maxFullnessPercent: undefined, maxOvercommit: undefined },
      },
    ]);
  });

  it('are described by the hosts file', () => {
    expect(placesOf({ className: 'web', hostname: 'a' }, inventory).places).toEqual([
      {
        ...{ host: 'a', parentDataset: 'tank/k8s', node: 'node-a', nfsServer: '10.0.0.1' },
        labels: { tier: 'fast', room: '1' },
        limits: { maxFullnessPercent: 80, maxOvercommit: undefined },
      },
    ]);
  });

  it.each<[string, Partial<PlaceQuestion>, readonly string[]]>([
    [
      'a label',
      { className: 'database', hostSelector: { tier: 'fast' } },
      ['a:tank/k8s', 'a:ssd/k8s', 'b:pool'],
    ],
    ['two labels', { hostSelector: { tier: 'fast', room: '1' } }, ['a:tank/k8s']],
    ['labels that no host has', { hostSelector: { tier: 'none' } }, []],
    [
      'names, in their order',
      { className: 'database', hosts: ['b', 'a'], parentDataset: 'pool/x' },
      ['b:pool/x', 'skipped a (the hosts file does not allow class database in pool/x there)'],
    ],
    [
      'a class that is not allowed',
      { hosts: ['b'] },
      ['skipped b (class web is not allowed there by the hosts file)'],
    ],
    [
      'no parent at all',
      { hosts: ['c', 'x'] },
      [
        'skipped c (neither the class nor the hosts file names a parent dataset for it), x (neither the class nor the hosts file names a parent dataset for it)',
      ],
    ],
    ['a parent of the class', { hosts: ['c'], parentDataset: 'tank/y' }, ['c:tank/y']],
    [
      'a dataset below an allowed one',
      { hostname: 'a', parentDataset: 'tank/k8s/web' },
      ['a:tank/k8s/web'],
    ],
  ])('by %s', (_case, question, expected) => {
    expect(placesFor(question)).toEqual(expected);
  });

  it('tell which hosts are another after a change', () => {
    const changing = new Inventory();
    const told: string[] = [];
    changing.onChange((names) => told.push(names.join()));
    changing.replace(hosts);
    expect(changing.replace([...hosts])).toEqual([]);
    changing.replace([{ name: 'a' }, ...hosts.slice(1, 2)]);

    expect(told).toEqual(['a,b,c', 'a,c']);
    expect(changing.get('c')).toBeUndefined();
  });

  it('have the strictest of two limits', () => {
    expect(
      strictest(
        { maxFullnessPercent: 90, maxOvercommit: undefined },
        { maxFullnessPercent: 80, maxOvercommit: 2 },
      ),
    ).toEqual({ maxFullnessPercent: 80, maxOvercommit: 2 });
  });
});
