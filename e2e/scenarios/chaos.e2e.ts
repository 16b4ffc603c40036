import { describe, expect, it } from '@jest/globals';
import type { ChaosOptions, ChaosResult } from '../chaos/chaos.ts';
import { lookAt, planOf, runChaos } from '../chaos/chaos.ts';
import { useStage } from '../stage.ts';

const stage = useStage({
  hosts: ['storage-1', 'storage-2'],
  hostKind: 'shared',
  classes: [],
  provisioner: false,
  apiProxy: true,
});

// `make chaos` is the long one. This seed has a fault of nearly every kind, and no watch that goes silent: that
// takes minutes to be noticed.
const options: ChaosOptions = {
  ...{ seed: 7, faults: 60, claims: 40, settleMs: 120_000 },
  say: () => undefined,
};

/** What the run left, for the tests after it. The replicas are gone: nobody repairs what is done by hand. */
let left: ChaosResult;

describe('a short run of chaos', () => {
  it('has faults of the host, of the line, of the API and of the provisioner itself', () => {
    const kinds = new Set(
      planOf(options).flatMap((step) => (step.kind === 'fault' ? [step.what] : [])),
    );

    for (const kind of ['zfs fails', 'cut while zfs runs', 'sshd restarts', 'host frozen']) {
      expect(kinds).toContain(kind);
    }
    for (const kind of ['leader killed', 'API fails', 'API call cut', 'API server restarts']) {
      expect(kinds).toContain(kind);
    }
    expect(kinds).not.toContain('watches silent');
  });

  it('loses, leaks and doubles nothing, and leaves all of the right size and shared', async () => {
    left = await runChaos(stage().bench, stage().installation, options);

    expect(left.violations).toEqual([]);
    expect(left.faults).toBeGreaterThan(45);
    expect(left.owners.filter(({ isMarked }) => isMarked === true).length).toBeGreaterThan(15);
  }, 330_000);
});

describe('its checker', () => {
  const kindsOf = async (claim: string): Promise<readonly string[]> =>
    (await lookAt(stage().bench, left.owners))
      .filter((violation) => violation.claim === claim)
      .map(({ kind }) => kind);

  it('sees a dataset that somebody put there', async () => {
    await stage().host.createByHand('pvc-of-nobody');

    expect(await kindsOf('')).toEqual(['leaked']);
  });

  it('sees what is taken away, resized or unshared by hand', async () => {
    const bound = left.owners.filter(({ isDeleted, isMarked }) => !isDeleted && isMarked === true);
    const [smaller, unshared, gone] = bound.map(({ name }) => name);
    const change = async (claim = '', ...args: readonly string[]): Promise<void> => {
      const volume = await stage().volume(await stage().volumeNameFor(claim));
      const host = volume?.metadata.annotations?.['zfs.pv.kubernetes.io/zfs-host'] ?? '';
      if (volume !== undefined)
        await stage()
          .bench.host(host)
          .zfs(...args, stage().datasetOf(volume));
    };

    await change(smaller, 'set', 'refquota=1M');
    await change(unshared, 'set', 'sharenfs=off');
    await change(gone, 'destroy', '-r');

    expect(await kindsOf(smaller ?? '')).toEqual(['wrong size']);
    expect(await kindsOf(unshared ?? '')).toEqual(['unshared']);
    expect(await kindsOf(gone ?? '')).toEqual(['lost']);
  });
});
