import { describe, expect, it } from '@jest/globals';

import type { ApiRequest } from '../audit-log.ts';
import { countByKind, Timeline } from './timeline.ts';

const controllers = 'kube-controller-manager/v1.36.3';
const us = 'system:serviceaccount:zfs-system:zfs-provisioner';

function request(answeredMs: number, fields: Partial<ApiRequest>): ApiRequest {
  return {
    ...{ verb: '', resource: 'persistentvolumeclaims', name: 'claim-1', namespace: '', user: '' },
    ...{ credential: '', userAgent: '', status: 200, receivedMs: answeredMs - 1, answeredMs },
    ...fields,
  };
}

const life = [
  request(10, { verb: 'create', status: 201 }),
  request(15, { verb: 'update', userAgent: controllers, status: 409 }),
  request(20, { verb: 'update', userAgent: controllers }),
  request(60, { verb: 'create', resource: 'persistentvolumes', name: 'pvc-1', user: us }),
  request(70, { verb: 'update', userAgent: controllers }),
  request(80, {
    verb: 'update',
    resource: 'persistentvolumeclaims/status',
    userAgent: controllers,
  }),
  request(100, { verb: 'patch' }),
  request(130, { verb: 'patch', resource: 'persistentvolumeclaims/status', user: us }),
  request(180, { verb: 'patch', resource: 'persistentvolumeclaims/status', user: us }),
  request(200, { verb: 'delete' }),
  request(250, { verb: 'delete', resource: 'persistentvolumes', name: 'pvc-1', user: us }),
  request(255, { verb: 'patch', resource: 'persistentvolumes', name: 'pvc-1', user: us }),
  request(260, { verb: 'get', resource: 'persistentvolumes', name: 'pvc-1' }),
];

describe('a timeline', () => {
  const seen = new Timeline(life);

  it('begins with what was asked for, and ends with what was answered', () => {
    expect(seen.claimCreated('claim-1')).toBe(9);
    expect(seen.claimAnnotated('claim-1')).toBe(20);
    expect(seen.volumeCreated('pvc-1')).toBe(60);
    expect(seen.claimBound('claim-1')).toBe(80);
  });

  it('has a growth end with the last status that the provisioner wrote', () => {
    expect(seen.growthAsked('claim-1')).toBe(99);
    expect(seen.growthTold('claim-1', us)).toBe(180);
  });

  it('has a volume end with the last that was done to it', () => {
    expect(seen.claimDeleted('claim-1')).toBe(199);
    expect(seen.volumeGone('pvc-1')).toBe(255);
  });

  it('does not know what nobody did', () => {
    expect(seen.claimBound('claim-2')).toBeNaN();
  });
});

describe('requests', () => {
  it('are counted by verb and resource', () => {
    expect(countByKind(life)).toMatchObject({
      'create persistentvolumes': 1,
      'update persistentvolumeclaims': 3,
    });
  });
});
