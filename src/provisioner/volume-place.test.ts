import { describe, expect, it } from '@jest/globals';

import { aClaim, aClass, aNode } from '../../test/support/builders.ts';
import type { ClassOptions } from '../../test/support/builders.ts';
import type { Claim } from '../volume/objects.ts';
import { parseClassParameters } from './class-parameters.ts';
import { Inventory } from './inventory/inventory.ts';
import { chooseAmong, NoHostError, placeOptions } from './volume-place.ts';
import type { PlaceOptions } from './volume-place.ts';

const inventory = new Inventory();
inventory.replace([
  { name: 'a', labels: { tier: 'fast' }, node: 'node-a', parents: [{ dataset: 'tank/k8s' }] },
  { name: 'b', labels: { tier: 'fast' }, node: 'node-b', parents: [{ dataset: 'tank/k8s' }] },
  { name: 'nas', labels: { tier: 'fast' }, parents: [{ dataset: 'tank/k8s', classes: ['other'] }] },
]);
const cluster = [
  aNode('node-a', { zone: '1' }),
  aNode('node-b', { zone: '2' }),
  aNode('worker', { zone: '1' }),
];
const byName = (name: string): (typeof cluster)[number] | undefined =>
  cluster.find(({ metadata }) => metadata.name === name);
const nodes = { byName, byHostname: byName };

function optionsFor(
  parameters: Readonly<Record<string, string>>,
  more: ClassOptions = {},
  claim: Claim = aClaim(),
): PlaceOptions {
  const none = { hostname: undefined, parentDataset: undefined };
  const storageClass = aClass({
    ...more,
    parameters: { ...none, hostSelector: 'tier=fast', ...parameters },
  });
  const parsed = parseClassParameters(storageClass.parameters ?? {});
  if (parsed.parameters === undefined) throw new Error(parsed.problems.join());
  return placeOptions(claim, storageClass, parsed.parameters, { nodes, inventory });
}

const waiting = { volumeBindingMode: 'WaitForFirstConsumer' };
const podOn = (node: string): Claim =>
  aClaim({ annotations: { 'volume.kubernetes.io/selected-node': node } });

function hostsIn(found: PlaceOptions): readonly string[] {
  return found.kind === 'options' ? found.options.map(({ place }) => place.host) : [found.kind];
}

describe('the hosts that a claim may go to', () => {
  it('are all that the class and the hosts file allow, and the others are named', () => {
    const found = optionsFor({ type: 'nfs' });

    expect(hostsIn(found)).toEqual(['a', 'b']);
    expect(found).toMatchObject({
      skipped: [{ host: 'nas', reason: 'class fast is not allowed there by the hosts file' }],
    });
  });

  it.each(['hostpath', 'local'])('are the one whose node the scheduler chose, for %s', (type) => {
    const found = optionsFor({ type }, waiting, podOn('node-b'));

    expect(hostsIn(found)).toEqual(['b']);
    expect(found).toMatchObject({
      options: [{ placement: { nodeLabels: { 'kubernetes.io/hostname': 'node-b' } } }],
    });
  });

  it('are the one that the pod of an auto volume is on, and all for a pod elsewhere', () => {
    expect(hostsIn(optionsFor({ type: 'auto' }, waiting, podOn('node-a')))).toEqual(['a']);
    expect(hostsIn(optionsFor({ type: 'auto' }, waiting, podOn('worker')))).toEqual(['a', 'b']);
  });

  it('are those that allowedTopologies name', () => {
    const allowedTopologies = [{ matchLabelExpressions: [{ key: 'zone', values: ['2'] }] }];

    expect(hostsIn(optionsFor({ type: 'local' }, { allowedTopologies }))).toEqual(['b']);
  });

  it('are those of the node by another label', () => {
    const parameters = { type: 'local', nodeAffinityKey: 'zone' };

    expect(hostsIn(optionsFor(parameters, waiting, podOn('worker')))).toEqual(['a']);
  });

  it('are none where the pod can use none: it is scheduled again', () => {
    expect(optionsFor({ type: 'local' }, waiting, podOn('worker'))).toMatchObject({
      kind: 'reschedule',
      reason: expect.stringContaining('on node node-a') as unknown,
    });
  });

  it('are none where the class leaves none, with every reason', () => {
    expect(optionsFor({ type: 'nfs', hostSelector: 'tier=none' })).toMatchObject({
      kind: 'impossible',
      problem: expect.stringContaining('hostSelector matches no host') as unknown,
    });
    const nowhere = { matchLabelExpressions: [{ key: 'zone', values: ['9'] }] };
    expect(optionsFor({ type: 'local' }, { allowedTopologies: [nowhere] })).toMatchObject({
      kind: 'impossible',
      problem: expect.stringMatching(/node-a.*node-b.*nas \(class fast/) as unknown,
    });
  });
});

describe('a choice among hosts', () => {
  const question = { claim: aClaim(), className: 'fast', rule: 'most-free' as const };
  const sizes = { neededBytes: 1n, sizeBytes: 1n };

  it('that leaves none names each host', () => {
    const found = optionsFor({ type: 'nfs' });
    if (found.kind !== 'options') throw new Error(found.kind);
    const choosePlace = () => ({
      place: undefined,
      skipped: [{ host: 'a', reason: 'full' }],
    });

    const choose = (): unknown => chooseAmong(found, { ...question, ...sizes }, { choosePlace });

    expect(choose).toThrow(NoHostError);
    expect(choose).toThrow(/nas \(class fast.*a \(full\)/);
  });
});

describe('parameters of places', () => {
  const problemsOf = (raw: Readonly<Record<string, string>>): string =>
    parseClassParameters(raw).problems.join('; ');

  it.each<[string, Readonly<Record<string, string>>, RegExp]>([
    ['no host', { type: 'nfs' }, /hostname is required \(or hosts, or hostSelector\)/],
    [
      'two ways to name hosts',
      { type: 'nfs', hostname: 'a', hosts: 'b' },
      /hostname and hosts excl/,
    ],
    ['a node for several hosts', { type: 'local', hosts: 'a,b', node: 'n' }, /node names one node/],
    ['nodes for nfs', { type: 'nfs', hostname: 'a', nodes: 'all' }, /nodes is for type hostpath/],
    [
      'nodes and node',
      { type: 'hostpath', hostname: 'a', node: 'n', nodes: 'all' },
      /nodes and node exclude/,
    ],
    [
      'a prefix for local',
      { type: 'local', hostname: 'a', hostPathPrefix: '/a=/b' },
      /hostPathPrefix is/,
    ],
    ['a wrong selector', { type: 'nfs', hostSelector: 'fast' }, /must be labels/],
    ['a wrong list', { type: 'nfs', hosts: 'a,,b' }, /must be names of hosts/],
    [
      'an unknown rule',
      { type: 'nfs', hosts: 'a', placement: 'random' },
      /must be one of most-free/,
    ],
    ['wrong nodes', { type: 'hostpath', hostname: 'a', nodes: 'some' }, /must be "all" or labels/],
    [
      'a wrong prefix',
      { type: 'hostpath', hostname: 'a', hostPathPrefix: 'x' },
      /two absolute paths/,
    ],
    ['a wrong key', { type: 'local', hostname: 'a', nodeAffinityKey: 'a b' }, /name of a label/],
  ])('are refused: %s', (_case, raw, expected) => {
    expect(problemsOf(raw)).toMatch(expected);
  });

  it('tell all conflicts at once', () => {
    const raw = { type: 'nfs', hostname: 'a', hosts: 'b', nodes: 'all', hostPathPrefix: '/a=/b' };

    expect(parseClassParameters(raw).problems).toHaveLength(3);
  });
});
