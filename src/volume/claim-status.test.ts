import { describe, expect, it } from '@jest/globals';
import { aBoundClaim } from '../../test/support/builders.ts';
import { growthBegins, growthDone, growthFailed } from './claim-status.ts';
import type { Claim, ClaimStatus } from './objects.ts';

const nowMs = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const now = '2026-01-02T03:04:05Z';
const foreign = { type: 'ModifyingVolume', status: 'True', reason: 'r', lastProbeTime: null };
const notRequired = 'volume.kubernetes.io/node-expansion-not-required';

function aClaimWith(status: ClaimStatus = {}, annotations: Record<string, string> = {}): Claim {
  return aBoundClaim('2Gi', { status, annotations });
}

function versionOf({ metadata: { uid, resourceVersion } }: Claim): object {
  return { uid, resourceVersion };
}

describe('the status of a growing claim', () => {
  it('says what it aims at when it begins', () => {
    const claim = aClaimWith();

    expect(growthBegins(claim, '2Gi', nowMs)).toEqual({
      metadata: versionOf(claim),
      status: {
        conditions: [{ type: 'Resizing', status: 'True', lastTransitionTime: now }],
        allocatedResources: { storage: '2Gi' },
        allocatedResourceStatuses: { storage: 'ControllerResizeInProgress' },
      },
    });
  });

  it('forgets the last error when it begins again, but not since when', () => {
    const before = { type: 'Resizing', status: 'True', lastTransitionTime: 'earlier' };
    const error = { type: 'ControllerResizeError', status: 'True', message: 'no room' };
    const claim = aClaimWith({ conditions: [error, before, foreign] });

    expect(growthBegins(claim, '2Gi', nowMs)).toMatchObject({
      status: { conditions: [foreign, before] },
    });
  });

  it('loses the mark that the node has nothing to do, until it is so again', () => {
    const claim = aClaimWith({}, { [notRequired]: 'true' });

    expect(growthBegins(claim, '2Gi', nowMs)).toMatchObject({
      metadata: { annotations: { [notRequired]: null } },
    });
  });

  it('has no trace but the size when it is done', () => {
    const conditions = ['Resizing', 'FileSystemResizePending', 'NodeResizeError'];
    const claim = aClaimWith({
      allocatedResources: { storage: '2Gi' },
      allocatedResourceStatuses: { storage: 'ControllerResizeInProgress' },
      conditions: conditions.map((type) => ({ type, status: 'True' })),
    });

    expect(growthDone(claim, '2Gi')).toEqual({
      metadata: { ...versionOf(claim), annotations: { [notRequired]: 'true' } },
      status: { capacity: { storage: '2Gi' }, conditions: null, allocatedResourceStatuses: null },
    });
  });

  it('keeps what others wrote when it is done', () => {
    const claim = aClaimWith({
      conditions: [{ type: 'Resizing', status: 'True' }, foreign],
      allocatedResourceStatuses: { storage: 'ControllerResizeInProgress', 'x.io/y': 'z' },
    });

    expect(growthDone(claim, '2Gi')).toMatchObject({
      status: { conditions: [foreign], allocatedResourceStatuses: { storage: null } },
    });
  });

  it.each([
    ['failed', {}],
    ['infeasible', { allocatedResourceStatuses: { storage: 'ControllerResizeInfeasible' } }],
  ] as const)('tells why when it %s', (stage, written) => {
    const resizing = { type: 'Resizing', status: 'True', lastTransitionTime: 'earlier' };
    const claim = aClaimWith({ conditions: [foreign, resizing] });
    const error = { type: 'ControllerResizeError', status: 'True', lastTransitionTime: now };

    expect(growthFailed(claim, { stage, message: 'no room', nowMs })).toEqual({
      metadata: versionOf(claim),
      status: { conditions: [foreign, resizing, { ...error, message: 'no room' }], ...written },
    });
  });
});
