import { describe, expect, it } from '@jest/globals';
import type { ClaimOptions, VolumeOptions } from '../../test/support/builders.ts';
import { aBoundClaim, aVolume, instance } from '../../test/support/builders.ts';
import type { ClaimStatus } from '../volume/objects.ts';
import type { GrowthDecision } from './growth-policy.ts';
import { decideGrowth } from './growth-policy.ts';

const going = { deletionTimestamp: '2026-01-01T00:00:00Z' };

function decide(size: string, claim: ClaimOptions = {}, volume: VolumeOptions = {}): string {
  return wordsOf(
    decideGrowth({
      claim: aBoundClaim(size, claim),
      volume: aVolume({ phase: 'Bound', ...volume }),
      instance,
    }),
  );
}

function wordsOf(decision: GrowthDecision): string {
  switch (decision.kind) {
    case 'skip':
      return `skip: ${decision.reason}`;
    case 'raise-capacity':
      return `raise capacity to ${decision.size}`;
    case 'grow':
      return `grow to ${decision.size}${decision.isUncertain ? ', not knowing where it is' : ''}`;
  }
}

/** A growth that aimed at a size, and how far it came. */
function aimedAt(size: string, stage: 'InProgress' | 'Infeasible', error = false): ClaimStatus {
  return {
    allocatedResources: { storage: size },
    allocatedResourceStatuses: { storage: `ControllerResize${stage}` },
    conditions: [
      { type: 'Resizing', status: 'True' },
      ...(error ? [{ type: 'ControllerResizeError', status: 'True' }] : []),
    ],
  };
}

describe('a bound claim', () => {
  it.each([
    ['that asks for more grows to just that', '1536Mi', 'grow to 1536Mi'],
    ['that asks for a byte more grows', '1073741825', 'grow to 1073741825'],
    ['that has what it asks for is left alone', '1Gi', 'skip: as large as it was asked to be'],
    ['that asks for the same in other words is left alone', '1024Mi', 'skip: as large'],
    ['that asks for less never shrinks', '1Mi', 'skip: as large'],
    ['that tells no size is left alone', 'much', 'skip: without a size'],
  ])('%s', (_title, size, expected) => {
    expect(decide(size)).toContain(expected);
  });

  it.each<[string, ClaimOptions, VolumeOptions]>([
    [
      'whose volume is of another provisioner',
      {},
      { annotations: { 'pv.kubernetes.io/provisioned-by': 'nfs.csi.k8s.io' } },
    ],
    ['that names another volume', { spec: { volumeName: 'pvc-of-another' } }, {}],
    ['whose volume belongs to another claim', { uid: 'another' }, {}],
    [
      'whose volume belongs to a namesake elsewhere',
      {},
      { spec: { claimRef: { namespace: 'other', name: 'data', uid: 'uid-data' } } },
    ],
    ['that is not bound yet', { status: { phase: 'Pending' } }, {}],
    ['that is being deleted', going, {}],
    ['whose volume is being deleted', {}, going],
    ['without capacity', { status: { phase: 'Bound', capacity: {} } }, {}],
  ])('%s is left alone', (_title, claim, volume) => {
    expect(decide('2Gi', claim, volume)).toMatch(/^skip/);
  });

  it('without a volume is left alone', () => {
    const claim = aBoundClaim('2Gi');

    expect(decideGrowth({ claim, volume: undefined, instance }).kind).toBe('skip');
  });

  it('grows although its volume says so already: its own status counts', () => {
    expect(decide('2Gi', {}, { spec: { capacity: { storage: '2Gi' } } })).toBe('grow to 2Gi');
  });

  it('that has more than its volume says has its volume follow', () => {
    const status = { phase: 'Bound', capacity: { storage: '2Gi' } };

    expect(decide('2Gi', { status })).toBe('raise capacity to 2Gi');
  });
});

describe('a request that was lowered while the volume was growing', () => {
  it.each<[string, ClaimStatus, string, string]>([
    ['waits for what may have been done', aimedAt('9Gi', 'InProgress'), '1Gi', '9Gi, not knowing'],
    ['counts at once when that failed', aimedAt('9Gi', 'InProgress', true), '1Gi', '2Gi'],
    ['counts at once when there is no room', aimedAt('9Gi', 'Infeasible', true), '1Gi', '2Gi'],
    [
      'waits when the volume was told of the larger size',
      aimedAt('9Gi', 'InProgress', true),
      '9Gi',
      '9Gi, not knowing',
    ],
  ])('%s', (_title, status, volumeSize, expected) => {
    const volume = { spec: { capacity: { storage: volumeSize } } };

    expect(decide('2Gi', { status }, volume)).toContain(`grow to ${expected}`);
  });

  it('and raised again counts at once', () => {
    expect(decide('9Gi', { status: aimedAt('2Gi', 'InProgress') })).toContain('grow to 9Gi');
  });

  it('is done once more when the claim was not told to the end', () => {
    const status = { capacity: { storage: '2Gi' }, ...aimedAt('2Gi', 'InProgress') };

    expect(decide('2Gi', { status })).toContain('grow to 2Gi');
  });
});
