import { beforeEach, describe, expect, it } from '@jest/globals';

import { aClaim } from '../../test/support/builders.ts';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { keyOf } from '../volume/object-key.ts';
import { ClaimEvents } from './claim-events.ts';

describe('that a claim is being provisioned', () => {
  const claim = aClaim();
  let clock: FakeClock;
  let told: string[];
  let events: ClaimEvents;

  beforeEach(() => {
    clock = new FakeClock();
    told = [];
    const record = (target: { name: string }, { reason }: { reason: string }): void => {
      told.push(`${reason} ${target.name}`);
    };
    events = new ClaimEvents({ record }, clock);
  });

  it('is told when it takes longer than five seconds', async () => {
    events.provisioning(claim);
    await clock.advance(4999);
    expect(told).toEqual([]);

    await clock.advance(1);
    events.failed(claim, 'no space');

    expect(told).toEqual(['Provisioning data', 'ProvisioningFailed data']);
  });

  it('is told once, however often it is tried', async () => {
    for (let attempt = 0; attempt < 3; attempt++) {
      events.provisioning(claim);
      await clock.advance(6000);
    }

    expect(told).toEqual(['Provisioning data']);
  });

  it.each<[string, () => void, string[]]>([
    [
      'provisioned',
      () => {
        events.provisioned(claim, 'pvc-1');
      },
      ['ProvisioningSucceeded data'],
    ],
    [
      'refused',
      () => {
        events.failed(claim, 'no space');
      },
      ['ProvisioningFailed data'],
    ],
    [
      'deleted',
      () => {
        events.forget(keyOf(claim));
      },
      [],
    ],
  ])('is not told of one that is %s sooner', async (_name, end, expected) => {
    events.provisioning(claim);
    await clock.advance(4900);

    end();
    await clock.advance(10_000);

    expect(told).toEqual(expected);
    expect(clock.pending).toBe(0);
  });

  it('is counted anew with each attempt', async () => {
    events.provisioning(claim);
    await clock.advance(4900);
    events.provisioning(claim);
    await clock.advance(4900);
    expect(told).toEqual([]);

    await clock.advance(100);

    expect(told).toEqual(['Provisioning data']);
  });

  it('is told of each claim by itself', async () => {
    events.provisioning(claim);
    events.provisioning(aClaim({ name: 'other' }));
    events.provisioned(claim, 'pvc-1');

    await clock.advance(5000);

    expect(told).toEqual(['ProvisioningSucceeded data', 'Provisioning other']);
  });
});
