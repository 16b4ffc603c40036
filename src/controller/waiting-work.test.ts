import { describe, expect, it } from '@jest/globals';

import { aBoundClaim, aClaim, aClass, aVolume, instance } from '../../test/support/builders.ts';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { MemoryStore } from '../kube/memory-store.ts';
import type { Claim, KubeObject, StorageClass, Volume } from '../volume/objects.ts';
import { OpenKeys } from './open-keys.ts';
import type { Failure } from './outcome.ts';
import { failureOf } from './outcome.ts';
import type { WaitingWork } from './waiting-work.ts';
import { waitingWork } from './waiting-work.ts';

const failure: Failure = {
  ...failureOf(new Error('x')),
  code: 'OUT_OF_SPACE',
  message: 'no space',
};

function storeOf<T extends KubeObject>(objects: readonly T[]): MemoryStore<T> {
  const store = new MemoryStore<T>((thrown) => {
    throw thrown;
  });
  for (const each of objects) store.put(each);
  return store;
}

interface World {
  readonly claims?: readonly Claim[];
  readonly volumes?: readonly Volume[];
  readonly classes?: readonly StorageClass[];
  readonly open?: (loops: Record<'claim' | 'volume' | 'growth', OpenKeys>) => void;
}

const clock = new FakeClock();

function waitingIn({
  claims = [],
  volumes = [],
  classes = [aClass()],
  open,
}: World): WaitingWork[] {
  const loops = {
    ...{ claim: new OpenKeys(clock), volume: new OpenKeys(clock), growth: new OpenKeys(clock) },
  };
  open?.(loops);
  const loop = (keys: OpenKeys) => ({ openKeys: keys.all, laneOf: () => 'storage-1' });
  return [
    ...waitingWork({
      ...{ instance, claims: storeOf(claims), volumes: storeOf(volumes) },
      ...{ classes: storeOf(classes), claimLoop: loop(loops.claim) },
      ...{ volumeLoop: loop(loops.volume), growthLoop: loop(loops.growth) },
    }),
  ];
}

describe('what waits', () => {
  it('is a claim that failed, with why, how often, and when it is tried again', () => {
    const claim = aClaim();
    const metadata = { ...claim.metadata, creationTimestamp: '2025-12-31T23:00:00Z' };

    const waiting = waitingIn({
      claims: [{ ...claim, metadata }],
      open: (loops) => {
        loops.claim.due('default/data');
        loops.claim.failed('default/data', failure, 500);
        loops.claim.failed('default/data', failure, 1000);
      },
    });

    expect(waiting).toEqual([
      {
        ...{ kind: 'claim', namespace: 'default', name: 'data', storageClass: 'fast' },
        ...{ host: 'storage-1', sinceMs: Date.UTC(2025, 11, 31, 23), attempts: 2 },
        ...{ code: 'OUT_OF_SPACE', message: 'no space', nextAttemptAtMs: clock.nowMs() + 1000 },
      },
    ]);
  });

  it('is a claim for which others have to do something first', () => {
    const claim = aClaim();
    const metadata = { ...claim.metadata, annotations: {} };
    const classes = [aClass({ volumeBindingMode: 'WaitForFirstConsumer' })];

    expect(waitingIn({ claims: [{ ...claim, metadata }], classes })).toMatchObject([
      {
        ...{ kind: 'claim', name: 'data', code: undefined, attempts: 0 },
        message: expect.stringContaining('waiting for its first consumer'),
      },
    ]);
  });

  it('is neither a claim that has its volume nor one of others', () => {
    const classes = [aClass({ provisioner: 'example.com/other' })];

    expect(waitingIn({ claims: [aBoundClaim('1Gi')] })).toEqual([]);
    expect(waitingIn({ claims: [aClaim()], classes })).toEqual([]);
  });

  it('is a volume whose end failed, and a claim whose growth did', () => {
    const waiting = waitingIn({
      claims: [aBoundClaim('2Gi')],
      volumes: [aVolume()],
      open: (loops) => {
        loops.volume.failed('pvc-uid-data', failure, 1);
        loops.growth.failed('default/data', failure, 1);
        loops.volume.due('pvc-gone');
        loops.growth.due('default/gone');
      },
    });

    expect(waiting).toMatchObject([
      { kind: 'volume', namespace: 'default', name: 'pvc-uid-data', code: 'OUT_OF_SPACE' },
      { kind: 'growth', namespace: 'default', name: 'data', code: 'OUT_OF_SPACE' },
    ]);
  });

  it('is a volume whose destruction a person has to decide upon', () => {
    const volume = aVolume();
    const labels = { 'zfs-provisioner.io/destroy': 'held' };

    const volumes = [{ ...volume, metadata: { ...volume.metadata, labels } }];

    expect(waitingIn({ volumes })).toMatchObject([
      { kind: 'volume', message: expect.stringContaining('is held') },
    ]);
    const open: World['open'] = (loops) => {
      loops.volume.due('pvc-uid-data');
    };
    expect(waitingIn({ volumes, open })).toHaveLength(1);
  });
});

describe('open keys', () => {
  it('remember since when and why, until they are settled', async () => {
    const keys = new OpenKeys(clock);
    const sinceMs = clock.nowMs();
    keys.due('a');
    await clock.advance(100);
    keys.failed('a', failure, 5_000);
    keys.postponed('a', 50);
    keys.postponed('b', 50);
    expect(keys.all).toMatchObject([
      { key: 'a', sinceMs, attempts: 1, nextAttemptAtMs: sinceMs + 150 },
    ]);

    keys.due('a');
    expect(keys.all).toMatchObject([
      { sinceMs, attempts: 0, nextAttemptAtMs: undefined, failure: { code: 'OUT_OF_SPACE' } },
    ]);

    keys.settled('a');
    expect(keys.all).toEqual([]);
  });
});
