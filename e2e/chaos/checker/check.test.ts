import { describe, expect, it } from '@jest/globals';
import type { Books, ClaimEntry, DatasetEntry, VolumeEntry } from './books.ts';
import { checkBooks } from './check.ts';
import { bytesOf } from './collect.ts';

const mi = 1024n * 1024n;

const claim: ClaimEntry = {
  ...{ name: 'claim-1', uid: 'u1', className: 'thick', phase: 'Bound', volumeName: 'pvc-u1' },
  ...{ requested: 8n * mi, capacity: 8n * mi, isBeingDeleted: false },
};
const volume: VolumeEntry = {
  ...{ name: 'pvc-u1', claimUid: 'u1', claimName: 'claim-1', capacity: 8n * mi, phase: 'Bound' },
  ...{ host: 'storage-1', dataset: 'tank/k8s/pvc-u1', path: '/tank/k8s/pvc-u1' },
  isBeingDeleted: false,
};
const dataset: DatasetEntry = {
  ...{ host: 'storage-1', name: 'tank/k8s/pvc-u1', volumeName: 'pvc-u1', mark: 'claim-1' },
  ...{ refquota: 8n * mi, refreservation: 8n * mi, sharenfs: 'rw', isMounted: true },
  ...{ mountpoint: '/tank/k8s/pvc-u1', isExported: true, isInTrash: false },
};
const trashed: DatasetEntry = {
  ...dataset,
  ...{ name: 'tank/k8s/.trash/pvc-u1-20260101T000000Z', isInTrash: true, isExported: false },
  ...{ refreservation: 0n, sharenfs: 'off' },
};
const owner = {
  ...{
    name: 'claim-1',
    className: 'thick',
    isDeleted: false,
    volumeName: 'pvc-u1',
    isMarked: true,
  },
};
const classes = [
  { name: 'thick', type: 'nfs', isThick: true, goesToTrash: false },
  { name: 'kept', type: 'nfs', isThick: true, goesToTrash: true },
];
const good: Books = {
  ...{ owners: [owner], claims: [claim], volumes: [volume], datasets: [dataset], classes },
};
const nothing: Books = { owners: [], claims: [], volumes: [], datasets: [], classes };
const deleted = { ...owner, className: 'kept', isDeleted: true };

function kindsIn(books: Partial<Books>): string[] {
  return checkBooks({ ...good, ...books }).map(({ kind }) => kind);
}

describe('the checker', () => {
  it('finds nothing where each claim has its volume and each volume its dataset', () => {
    expect(checkBooks(good)).toEqual([]);
    expect(checkBooks(nothing)).toEqual([]);
  });

  it.each<[string, Partial<Books>, string[]]>([
    ['a claim that nobody deleted', { claims: [], volumes: [], datasets: [] }, ['lost']],
    ['a volume', { volumes: [] }, ['lost', 'leaked']],
    ['a dataset', { datasets: [] }, ['lost']],
    ['what was written', { datasets: [{ ...dataset, mark: undefined }] }, ['lost']],
  ])('sees that %s is lost', (_what, books, kinds) => {
    expect(kindsIn(books)).toEqual(kinds);
  });

  it.each<[string, Partial<Books>, string[]]>([
    ['a claim that is pending', { claims: [{ ...claim, phase: 'Pending' }] }, ['unfinished']],
    [
      'a claim that was deleted and is there',
      { owners: [{ ...owner, isDeleted: true }] },
      ['unfinished'],
    ],
    [
      'a volume that is released',
      {
        ...{ owners: [{ ...owner, isDeleted: true }], claims: [] },
        volumes: [{ ...volume, phase: 'Released' }],
      },
      ['unfinished'],
    ],
    [
      'a volume that is being deleted',
      { volumes: [{ ...volume, isBeingDeleted: true }] },
      ['unfinished'],
    ],
  ])('sees %s', (_what, books, kinds) => {
    expect(kindsIn(books)).toEqual(kinds);
  });

  it('sees a dataset that no volume has', () => {
    const stray = { ...dataset, name: 'tank/k8s/pvc-u2', volumeName: 'pvc-u2' };
    const told = checkBooks({ ...good, datasets: [dataset, { ...stray, mark: undefined }] });

    expect(told).toEqual([
      {
        ...{ kind: 'leaked', claim: '' },
        text: 'no volume has tank/k8s/pvc-u2 on storage-1 (of pvc-u2)',
      },
    ]);
  });

  it('sees what is there twice', () => {
    const twin = { ...dataset, host: 'storage-2' };
    expect(kindsIn({ datasets: [dataset, twin] })).toEqual(['doubled', 'leaked', 'doubled']);
    const other = { ...volume, name: 'pvc-u2' };
    expect(kindsIn({ volumes: [volume, other] })).toEqual(['doubled', 'doubled']);
  });

  it.each<[string, Partial<Books>]>([
    ['a claim', { claims: [{ ...claim, capacity: 4n * mi }] }],
    ['a volume', { volumes: [{ ...volume, capacity: 4n * mi }] }],
    ['a refquota', { datasets: [{ ...dataset, refquota: 0n }] }],
    ['a refreservation', { datasets: [{ ...dataset, refreservation: 0n }] }],
    ['a claim of a class that is gone', { classes: [] }],
  ])('sees the wrong size of %s', (_what, books) => {
    expect(kindsIn(books)).toEqual(['wrong size']);
  });

  it.each<[string, Partial<DatasetEntry>]>([
    ['sharenfs is off', { sharenfs: 'off' }],
    ['it is not exported', { isExported: false }],
    ['it is not mounted', { isMounted: false }],
  ])('sees that a dataset is of no use to pods: %s', (_what, change) => {
    expect(kindsIn({ datasets: [{ ...dataset, ...change }] })).toEqual(['unshared']);
  });

  it.each<[string, Partial<Books>]>([
    ['a volume whose path is another', { volumes: [{ ...volume, path: '/tank/k8s/pvc-u2' }] }],
    ['a claim that was bound to another', { owners: [{ ...owner, volumeName: 'pvc-u2' }] }],
  ])('sees %s', (_what, books) => {
    expect(kindsIn(books)).toEqual(['mixed up']);
  });

  it('finds in the trash what a deleted claim had written, and says so where it does not', () => {
    const rest = { owners: [deleted], claims: [], volumes: [] };
    expect(kindsIn({ ...rest, datasets: [trashed] })).toEqual([]);
    expect(kindsIn({ ...rest, datasets: [] })).toEqual(['lost']);
    expect(kindsIn({ ...rest, datasets: [{ ...trashed, mark: undefined }] })).toEqual(['lost']);
    const inUse = { ...trashed, isExported: true, refreservation: mi };
    expect(kindsIn({ ...rest, datasets: [inUse] })).toEqual(['mixed up', 'mixed up']);
  });
});

describe('a quantity', () => {
  it.each([
    ['8Mi', 8n * mi],
    ['1Gi', 1024n * mi],
    ['4096', 4096n],
    ['64Ki', 65536n],
    ['1.5Gi', -1n],
    ['', -1n],
  ])('%j is %d bytes', (text, bytes) => {
    expect(bytesOf(text)).toBe(bytes);
  });
});
