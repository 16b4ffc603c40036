import { describe, expect, it } from '@jest/globals';

import { instance } from '../../test/support/builders.ts';
import { aTrashedDataset } from '../../test/support/trashed.ts';
import type { TrashedDataset } from '../zfs/dataset-trash.ts';
import { findExpired } from './expired-datasets.ts';

const afterwards = Date.UTC(2026, 0, 8);
const rules = { instance, clusterId: 'cluster-1', nowMs: afterwards };

function isFound(change: Partial<TrashedDataset>, nowMs = afterwards): boolean {
  return findExpired([aTrashedDataset(change)], { ...rules, nowMs }).length > 0;
}

describe('what has expired in the trash', () => {
  it('goes from the moment on that it says itself, not a millisecond before', () => {
    expect(isFound({})).toBe(true);
    expect(isFound({}, afterwards - 1)).toBe(false);
  });

  it.each([
    ['of another instance', { instance: 'other' }],
    ['of nobody', { instance: undefined }],
    ['of another cluster', { clusterId: 'cluster-2' }],
    ['of no cluster', { clusterId: undefined }],
    ['of no volume', { volumeName: undefined }],
    ['that does not say when it expires', { expiresAtMs: undefined }],
    ['that does not say when it was put there', { trashedAtMs: undefined }],
    ['that does not say what it was called', { trashedFrom: undefined }],
  ])('is never one %s', (_title, change) => {
    expect(isFound(change, Date.UTC(2100, 0, 1))).toBe(false);
  });

  it('is told in the order in which it expired', () => {
    const early = aTrashedDataset({ volumeName: 'pvc-early', expiresAtMs: 1000 });
    const late = aTrashedDataset({ volumeName: 'pvc-late' });

    const names = findExpired([late, early], rules).map(({ volumeName }) => volumeName);

    expect(names).toEqual(['pvc-early', 'pvc-late']);
  });

  it.each([
    ['agreed', '{"destroySnapshots":true}', true],
    ['not agreed', '{"destroySnapshots":false}', false],
    ['not said', '{}', false],
    ['said otherwise', '{"destroySnapshots":"true"}', false],
    ['no record', undefined, false],
    ['no JSON', '{destroySnapshots:true', false],
    ['null', 'null', false],
  ])('takes its snapshots along only as its volume was made: %s', (_title, record, expected) => {
    expect(findExpired([aTrashedDataset({ record })], rules)[0]?.destroySnapshots).toBe(expected);
  });

  it.each([
    ['{"destroySnapshots":true}', 'keep'],
    ['{"foreignSnapshots":"destroy"}', 'destroy'],
    ['{"foreignSnapshots":true}', 'keep'],
    ['[1]', 'keep'],
  ])('the same for those of other tools: %s', (record, expected) => {
    expect(findExpired([aTrashedDataset({ record })], rules)[0]?.foreignSnapshots).toBe(expected);
  });
});
