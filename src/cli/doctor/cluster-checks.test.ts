import { describe, expect, it } from '@jest/globals';
import { aLease, aPatient } from '../../../test/support/patient.ts';
import { instance } from '../../../test/support/builders.ts';
import { Inventory } from '../../provisioner/inventory/inventory.ts';
import type { StorageClass } from '../../volume/objects.ts';
import { judgeClasses } from './class-checks.ts';
import {
  judgeAccount,
  judgeHostsFile,
  judgeLease,
  judgeRights,
  judgeSettings,
} from './cluster-checks.ts';
import { furtherRights, provisionerRights, readingRights } from './rights.ts';

const nowMs = Date.UTC(2026, 0, 1);
const lease = { isUsed: true, name: 'zfs', namespace: undefined };

it('every problem of settings and hosts file is told', () => {
  const settings = { problems: ['A is wrong', 'B is wrong'], warnings: ['C is not a setting'] };
  const hostsFile = { path: '/h', problems: ['x', 'y'], warnings: [], hosts: 0 };
  const patient = aPatient({ settings, hostsFile });

  expect(judgeSettings(patient).map(({ state }) => state)).toEqual(['fail', 'fail', 'warn']);
  expect(judgeHostsFile(patient).map(({ seen }) => seen)).toEqual(['/h: x', '/h: y']);
  expect(judgeHostsFile(aPatient())[0]?.state).toBe('skipped');
});

it('rights that only changes need are a warning', () => {
  expect(judgeRights([], []).state).toBe('ok');
  expect(judgeRights([], furtherRights).state).toBe('warn');
  expect(judgeRights(readingRights.slice(0, 1), []).state).toBe('fail');
});

describe('the lease', () => {
  it.each([
    ['ok', [aLease()], ''],
    ['fail', [], 'there is no lease'],
    ['fail', [aLease({ holderIdentity: '' })], 'nobody'],
    ['fail', [aLease({ renewTime: new Date(nowMs - 21_000).toISOString() })], '21s ago'],
    ['ok', [aLease({ renewTime: new Date(nowMs - 19_000).toISOString() })], '19s ago'],
    ['fail', [aLease(), aLease()], 'several namespaces'],
  ])('is %s with %j', (state, leases, seen) => {
    const found = judgeLease(lease, leases, nowMs);

    expect(found).toMatchObject({ state, seen: expect.stringContaining(seen) });
  });

  it('is not looked for where none is used', () => {
    expect(judgeLease({ ...lease, isUsed: false }, [], nowMs).state).toBe('skipped');
  });
});

it('the account of the provisioner is told what it lacks', () => {
  const account = { namespace: 'zfs-system', name: 'zfs' };
  const rights = provisionerRights(account, { listsPods: false, lease });

  expect(judgeAccount(account, []).state).toBe('ok');
  expect(judgeAccount('nobody knows', []).state).toBe('skipped');
  expect(judgeAccount(account, rights.slice(-1))).toMatchObject({
    state: 'fail',
    seen: expect.stringContaining('update leases zfs in zfs-system'),
  });
});

describe('a class', () => {
  const parameters = {
    ...{ parentDataset: 'tank/k', hostname: 'nas-1', type: 'nfs', shareClients: '10.0.0.0/8' },
  };
  const judged = (
    change: Readonly<Record<string, string>>,
    more: Partial<StorageClass> = {},
  ): ReturnType<typeof judgeClasses>[number] | undefined => {
    const metadata = { name: 'fast', uid: 'u', resourceVersion: '1' };
    const storageClass = {
      ...{ metadata, provisioner: instance },
      parameters: { ...parameters, ...change },
      ...more,
    };
    return judgeClasses([storageClass], aPatient())[0];
  };

  it.each([
    ['ok', {}, 'tank/k on nas-1'],
    ['ok', { datasetName: '{{claim.labels.team}}-{{claim.uid}}' }, 'valid'],
    ['fail', { quota: 'much' }, 'quota'],
    ['fail', { 'properties.mountpoint': '/etc' }, 'mountpoint'],
    ['warn', { reserveSpaces: 'true' }, 'did you mean reserveSpace'],
    ['warn', { shareClients: 'everyone' }, 'to everyone'],
  ])('is %s with %j', (state, change, seen) => {
    expect(judged(change)).toMatchObject({ state, seen: expect.stringContaining(seen) });
  });

  it('is judged by its policy and mount options as well', () => {
    expect(judged({}, { reclaimPolicy: 'Recycle' })?.state).toBe('fail');
    expect(judged({}, { mountOptions: [''] })?.state).toBe('fail');
  });

  it('whose host is not in the hosts file is doubtful', () => {
    const inventory = new Inventory();
    inventory.replace([{ name: 'nas-2' }]);
    const metadata = { name: 'fast', uid: 'u', resourceVersion: '1' };
    const [found] = judgeClasses(
      [{ metadata, provisioner: instance, parameters }],
      aPatient({ inventory }),
    );

    expect(found).toMatchObject({ state: 'warn', seen: expect.stringContaining('nas-1') });
  });

  it('of ours there should be one', () => {
    expect(judgeClasses([], aPatient())[0]?.state).toBe('warn');
  });
});
