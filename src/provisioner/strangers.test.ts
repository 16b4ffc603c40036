import { expect, it } from '@jest/globals';
import { aDatasetUsage, aHostUsage } from '../../test/support/host-usage.ts';
import { findStrangers } from './strangers.ts';

const nobodys = { instance: undefined, clusterId: undefined, volumeName: undefined };

/** Long after all of them were made. */
const laterMs = Date.UTC(2100, 0, 1);

function strangersAmong(
  names: readonly string[],
  { ours = [], asked = ['tank/k8s'] }: { ours?: readonly string[]; asked?: readonly string[] } = {},
): readonly string[] {
  const datasets = names.map((dataset) => aDatasetUsage({ dataset, ...nobodys }));
  const volumes = ours.map((dataset) => aDatasetUsage({ dataset }));
  return findStrangers(aHostUsage({ asked, datasets: [...datasets, ...volumes] }), [], laterMs);
}

it('a dataset without any identity is a stranger, and a tree of them is one', () => {
  const tree = ['tank/k8s/home', 'tank/k8s/home/me', 'tank/k8s/home/me/photos', 'tank/k8s/other'];

  expect(strangersAmong(tree)).toEqual(['tank/k8s/home', 'tank/k8s/other']);
});

it('what holds volumes is none, nor another parent', () => {
  const asked = ['tank/k8s', 'tank/k8s/fast'];
  const ours = ['tank/k8s/team/a/pvc-1'];

  expect(
    strangersAmong(['tank/k8s/team', 'tank/k8s/team/a', 'tank/k8s/fast'], { ours, asked }),
  ).toEqual([]);
  expect(strangersAmong(['tank/k8s/team', 'tank/k8s/team/b'], { ours })).toEqual([
    'tank/k8s/team/b',
  ]);
});

it('what somebody made within a volume is none', () => {
  const ours = ['tank/k8s/pvc-1'];

  expect(strangersAmong(['tank/k8s/pvc-1/inner', 'tank/k8s/pvc-1/inner/most'], { ours })).toEqual(
    [],
  );
});

it('another parent within a stranger begins anew', () => {
  const asked = ['tank', 'tank/home/k8s'];

  expect(strangersAmong(['tank/home', 'tank/home/k8s', 'tank/home/k8s/odd'], { asked })).toEqual([
    ...['tank/home', 'tank/home/k8s/odd'],
  ]);
});

it.each([
  ['of another instance', { ...nobodys, instance: 'other' }],
  ['of another cluster', { ...nobodys, clusterId: 'cluster-2' }],
  ['of which only the volume is told', { ...nobodys, volumeName: 'pvc-1' }],
])('a dataset %s is none', (_case, identity) => {
  const datasets = [aDatasetUsage({ dataset: 'tank/k8s/pvc-1', ...identity })];

  expect(findStrangers(aHostUsage({ asked: ['tank/k8s'], datasets }), [], laterMs)).toEqual([]);
});

it('the dataset of a volume is none, though it lost its properties', () => {
  const datasets = [aDatasetUsage({ dataset: 'tank/k8s/pvc-1', ...nobodys })];

  expect(
    findStrangers(aHostUsage({ asked: ['tank/k8s'], datasets }), ['tank/k8s/pvc-1'], laterMs),
  ).toEqual([]);
});

it('what is so new that it may be in the making is none yet', () => {
  const createdAtMs = Date.UTC(2026, 0, 1);
  const datasets = [aDatasetUsage({ dataset: 'tank/k8s/new', ...nobodys, createdAtMs })];
  const usage = aHostUsage({ asked: ['tank/k8s'], datasets });

  expect(findStrangers(usage, [], createdAtMs + 9_999)).toEqual([]);
  expect(findStrangers(usage, [], createdAtMs + 10_000)).toEqual(['tank/k8s/new']);
});
