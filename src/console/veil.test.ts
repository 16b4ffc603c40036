import { describe, expect, it } from '@jest/globals';

import {
  aFindingView,
  aTrashView,
  aVolumeView,
  aWaitingView,
} from '../../test/support/console-views.ts';
import { HiddenNamespaces } from './hidden-namespaces.ts';
import { veiledFinding, veiledTrash, veiledVolume, veiledWaiting } from './veil.ts';

const hidden = new HiddenNamespaces(['secret', 'team-*-canary']);
const ofCanary = { namespace: 'team-x-canary', claim: 'canary-claim' };
const dataset = 'tank/kubernetes/team-x-canary-canary-claim';
const volume = 'pvc-1';

describe('hidden namespaces', () => {
  it('are those that are named, or fit a name with stars', () => {
    expect(['secret', 'team-x-canary', 'team--canary'].every((each) => hidden.has(each))).toBe(
      true,
    );
    expect(
      ['secrets', 'a-secret', 'team-canary', '', undefined].some((each) => hidden.has(each)),
    ).toBe(false);
    expect(new HiddenNamespaces([]).has('')).toBe(false);
  });

  it('are cut out of sentences', () => {
    const sentence = 'claim secret/db-0 has it, not shop/db; tank/secret/pvc stays';

    expect(hidden.scrubbed(sentence)).toBe(
      'claim (hidden) has it, not shop/db; tank/(hidden) stays',
    );
  });
});

describe('rows of hidden namespaces', () => {
  const views = [
    veiledVolume(aVolumeView({ ...ofCanary, volume, dataset }), hidden),
    veiledTrash(aTrashView({ ...ofCanary, volume, dataset: `${dataset}-2026` }), hidden),
    veiledFinding(
      aFindingView({
        ...{ ...ofCanary, volume, dataset, expected: `mountpoint=/${dataset}` },
        ...{ actual: `mountpoint=/x/${dataset}`, remedy: `zfs set mountpoint=/${dataset} x` },
      }),
      hidden,
    ),
    veiledFinding(
      aFindingView({
        ...{ ...ofCanary, volume, dataset: `tank/${volume}`, kind: 'missing' },
        actual: `no dataset; its own is ${dataset}`,
      }),
      hidden,
    ),
    veiledWaiting(
      aWaitingView({
        namespace: ofCanary.namespace,
        name: 'canary-claim',
        message: 'canary-claim',
      }),
      hidden,
    ),
  ];

  it.each(views)('say nothing of namespace and claim: %j', (view) => {
    expect(JSON.stringify(view)).not.toContain('canary');
    expect(view).not.toHaveProperty('namespace');
  });

  it('have a dataset whose name says only which volume it was', () => {
    const called = (leaf: string): string =>
      veiledTrash(aTrashView({ ...ofCanary, volume, dataset: `tank/.trash/${leaf}` }), hidden)
        .dataset;

    expect(called(`${volume}-20260101T000000Z`)).toBe(`tank/.trash/${volume}-20260101T000000Z`);
    expect(called(`${volume}_x-20260101T000000Z`)).toBe('tank/.trash/(hidden)');
    expect(called(`${volume}-x`)).toBe('tank/.trash/(hidden)');
  });

  it('keep what says nothing of the claim', () => {
    expect(views[0]).toMatchObject({
      volume,
      dataset: 'tank/kubernetes/(hidden)',
      usedBytes: 3 * 2 ** 30,
    });
    const drift = aFindingView({ ...ofCanary, volume, dataset: `tank/${volume}` });
    expect(veiledFinding(drift, hidden)).toMatchObject({
      ...{ dataset: `tank/${volume}`, expected: drift.expected, remedy: drift.remedy },
    });
    expect(views[4]).toMatchObject({ name: '(hidden)', code: 'HOST_UNREACHABLE' });
  });

  it('are left as they are where nothing of them is hidden', () => {
    expect(veiledVolume(aVolumeView(), hidden)).toEqual(aVolumeView());
    expect(veiledTrash(aTrashView(), hidden)).toEqual(aTrashView());
    expect(veiledFinding(aFindingView(), hidden)).toEqual(aFindingView());
    expect(veiledWaiting(aWaitingView(), hidden)).toEqual(aWaitingView());
  });
});
