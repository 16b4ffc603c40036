import { describe, expect, it } from '@jest/globals';

import { aClaim, aVolume, instance } from '../../test/support/builders.ts';
import type { ClaimOptions, VolumeOptions } from '../../test/support/builders.ts';
import type { Claim, Volume } from '../volume/objects.ts';
import { decideVolume, isHeld } from './volume-policy.ts';

const released = { namespace: 'default', name: 'data', uid: 'uid-data' };

/** A claim that names the volume of aVolume. */
function aUser({ spec, ...options }: ClaimOptions = {}, namespace = 'default'): Claim {
  const claim = aClaim({ ...options, spec: { volumeName: 'pvc-uid-data', ...spec } });
  return { ...claim, metadata: { ...claim.metadata, namespace } };
}

function decide(volume: Volume, ...claims: readonly Claim[]): ReturnType<typeof decideVolume> {
  const { namespace = '', name = '' } = volume.spec.claimRef ?? {};
  const claimOfThatName = claims.find(
    ({ metadata }) => metadata.namespace === namespace && metadata.name === name,
  );
  return decideVolume({ volume, claimOfThatName, claims, instance });
}

function labelled(value: string, options: VolumeOptions = {}): Volume {
  const volume = aVolume(options);
  const labels = { 'zfs-provisioner.io/destroy': value };
  return { ...volume, metadata: { ...volume.metadata, labels } };
}

describe('a released volume that a claim has, although its claimRef names another', () => {
  it.each<[string, Claim]>([
    ['of its name, with another uid', aUser({ uid: 'another' })],
    ['of another name, not bound yet', aUser({ name: 'restored' })],
    ['elsewhere, that was bound to it', aUser({ status: { phase: 'Bound' } }, 'other')],
    ['elsewhere, that lost it', aUser({ status: { phase: 'Lost' } }, 'other')],
  ])('one %s: nothing is destroyed', (_case, claim) => {
    const decision = decide(aVolume({ spec: { claimRef: released } }), claim);

    expect(decision.kind).toBe('refuse');
  });

  it('says which claim, and what the claimRef says', () => {
    const user = aUser({ name: 'restored', uid: 'uid-restored' });

    expect(JSON.stringify(decide(aVolume(), user))).toMatch(
      /claim default\/restored \(uid uid-restored\) has this volume.*default\/data \(uid uid-data\)/,
    );
  });

  it('waits without a word while it is only the watch that has not seen the claim go', () => {
    expect(decide(aVolume(), aUser())).toMatchObject({ kind: 'skip' });
  });

  it.each<[string, Claim]>([
    ['that has another volume', aUser({ uid: 'another', spec: { volumeName: 'pvc-another' } })],
    ['that waits for one', aUser({ uid: 'another', spec: { volumeName: '' } })],
    ['elsewhere, that asks for it only', aUser({ name: 'greedy' }, 'other')],
  ])('is not kept by one %s', (_case, claim) => {
    expect(decide(aVolume(), claim)).toEqual({ kind: 'destroy' });
  });
});

describe('a released volume that is held', () => {
  it('waits, and counts as held', () => {
    expect(decide(labelled('held'))).toMatchObject({ kind: 'skip' });
    expect(isHeld(labelled('held'), instance)).toBe(true);
  });

  it.each<[string, Volume]>([
    ['confirmed', labelled('confirmed')],
    ['labelled otherwise', labelled('HELD')],
  ])('is destroyed when it is %s', (_case, volume) => {
    expect(decide(volume)).toEqual({ kind: 'destroy' });
    expect(isHeld(volume, instance)).toBe(false);
  });

  it.each(['trash', 'retain'])('goes its way when it is to be put to %s', (way) => {
    const volume = labelled('held', { annotations: { 'zfs-provisioner.io/on-delete': way } });

    expect(decide(volume)).toEqual({ kind: 'destroy' });
    expect(isHeld(volume, instance)).toBe(false);
  });

  it.each<[string, VolumeOptions]>([
    ['is bound', { phase: 'Bound' }],
    ['is retained', { spec: { persistentVolumeReclaimPolicy: 'Retain' } }],
    ['is another’s', { annotations: { 'pv.kubernetes.io/provisioned-by': 'other' } }],
  ])('holds nobody up where it %s', (_case, options) => {
    expect(isHeld(labelled('held', options), instance)).toBe(false);
  });
});
