import { describe, expect, it } from '@jest/globals';

import { aClass, instance } from '../../test/support/builders.ts';
import { FakeKube } from '../../test/support/fake-kube.ts';
import { hostileValues } from '../../test/support/hostile.ts';
import { Inventory } from '../provisioner/inventory/inventory.ts';
import { hostsOf } from './storage-hosts.ts';

function hostsOfClass(parameters: Readonly<Record<string, string | undefined>>) {
  const { classes } = new FakeKube();
  classes.put(aClass({ parameters }));
  const hosts = hostsOf(classes, instance, new Inventory());
  return [...hosts].map(([host, parents]) => [host, [...parents]]);
}

describe('the hosts that classes name', () => {
  it('come with the parents that they name', () => {
    expect(hostsOfClass({})).toEqual([['storage-1', ['tank/k8s']]]);
    expect(hostsOfClass({ hostname: undefined, hosts: 'a, b' })).toEqual([
      ['a', ['tank/k8s']],
      ['b', ['tank/k8s']],
    ]);
  });

  it('count though other parameters are wrong', () => {
    expect(hostsOfClass({ type: 'nonsense' })).toEqual([['storage-1', ['tank/k8s']]]);
  });

  it('are never asked about a parent that is none', () => {
    for (const parentDataset of hostileValues) {
      expect(hostsOfClass({ parentDataset })).toEqual([['storage-1', []]]);
    }
  });

  it('are never anything else than hosts', () => {
    for (const name of hostileValues.filter((value) => !/^a*$/.test(value) || value === '')) {
      expect(hostsOfClass({ hostname: name })).toEqual([]);
      expect(hostsOfClass({ hostname: undefined, hosts: name })).toEqual([]);
    }
  });
});
