import { describe, expect, it } from '@jest/globals';

import { aVolume } from '../../test/support/builders.ts';
import { planShare } from './volume-share.ts';

const rules = { exportToEveryone: false, nodeAddresses: () => ['192.0.2.1'] };
const annotations = { 'zfs-provisioner.io/sharing': JSON.stringify({ shareClients: '@nodes' }) };

describe('how a volume is shared anew', () => {
  it('follows from what was written with it', () => {
    expect(planShare(aVolume({ name: 'pvc-1', annotations }), [], rules)).toEqual({
      host: 'storage-1',
      dataset: 'tank/k8s/pvc-1',
      volumeName: 'pvc-1',
      options: {
        linux: 'sec=sys,rw=192.0.2.1,no_root_squash',
        freebsd: '-sec=sys,-maproot=0,192.0.2.1',
      },
    });
  });

  it('is no question for a volume that is not shared with the nodes', () => {
    const local = { nfs: undefined, local: { path: '/tank/k8s/pvc-1' } } as never;

    expect(() => planShare(aVolume(), [], rules)).toThrow('not one that is shared');
    expect(() => planShare(aVolume({ annotations, spec: local }), [], rules)).toThrow(
      'not one that is',
    );
  });

  it('is no question for a volume whose annotations disagree with it', () => {
    const edited = { ...annotations, 'zfs.pv.kubernetes.io/zfs-host': 'storage-2' };

    expect(() => planShare(aVolume({ annotations: edited }), [], rules)).toThrow('stays as it is');
    expect(() => planShare(aVolume({ annotations }), ['data'], rules)).toThrow('allowed parents');
  });
});
