import { expect, it } from '@jest/globals';

import { aBoundClaim, aClaim, aClass, instance } from '../../test/support/builders.ts';
import { FakeClock } from '../../test/support/fake-clock.ts';
import type { Claim, StorageClass } from '../volume/objects.ts';
import { PendingClaims } from './pending-claims.ts';

const start = Date.UTC(2026, 0, 1);

function createdBefore(seconds: number, claim: Claim): Claim {
  const creationTimestamp = new Date(start - seconds * 1000).toISOString();
  return { ...claim, metadata: { ...claim.metadata, creationTimestamp } };
}

function pendingAmong(
  claims: Claim[],
  classes: readonly StorageClass[],
): { pending: PendingClaims; clock: FakeClock } {
  const clock = new FakeClock(start);
  const byName = new Map(classes.map((each) => [each.metadata.name, each]));
  const pending = new PendingClaims({
    claims: { list: () => claims.values() },
    classes: { get: (name) => byName.get(name) },
    ...{ instance, clock },
  });
  return { pending, clock };
}

it('are counted by class, with the age of the oldest', async () => {
  const claims = [
    createdBefore(10, aClaim({ name: 'young' })),
    createdBefore(300, aClaim({ name: 'old' })),
    createdBefore(20, aClaim({ name: 'lost', className: 'gone' })),
    createdBefore(900, aBoundClaim('1Gi', { name: 'bound' })),
    createdBefore(900, aClaim({ name: 'going', deletionTimestamp: '2026-01-01T00:00:00Z' })),
  ];
  const { pending, clock } = pendingAmong(claims, [aClass()]);

  expect(pending.read()).toEqual([
    { class: 'fast', claims: 2, oldestMs: 300_000 },
    { class: 'gone', claims: 1, oldestMs: 20_000 },
  ]);
  await clock.advance(5000);
  expect(pending.read()[0]).toMatchObject({ oldestMs: 305_000 });
});

it('that waited for a pod have waited for us only since their node was chosen', async () => {
  const annotations = { 'volume.kubernetes.io/selected-node': 'node-1' };
  const claims = [createdBefore(86_400, aClaim({ name: 'late' }))];
  const late = aClass({ volumeBindingMode: 'WaitForFirstConsumer' });
  const { pending, clock } = pendingAmong(claims, [late]);

  expect(pending.read()).toEqual([]);
  claims[0] = createdBefore(86_400, aClaim({ name: 'late', annotations }));
  expect(pending.read()).toEqual([{ class: 'fast', claims: 1, oldestMs: 0 }]);
  await clock.advance(60_000);
  expect(pending.read()).toEqual([{ class: 'fast', claims: 1, oldestMs: 60_000 }]);

  claims[0] = aBoundClaim('1Gi', { name: 'late' });
  expect(pending.read()).toEqual([]);
  claims[0] = aClaim({ name: 'late', annotations });
  expect(pending.read()).toEqual([{ class: 'fast', claims: 1, oldestMs: 0 }]);
});
