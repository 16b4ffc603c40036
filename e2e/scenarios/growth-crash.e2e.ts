import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { eventually } from '../bench/eventually.ts';
import { askFor, limitsOf, untilCapacity } from '../growth.ts';
import { createClaims, numbered, untilAllBound } from '../many-claims.ts';
import { useStage } from '../stage.ts';

const stage = useStage({
  classes: [{ name: 'nfs' }, { name: 'forgotten' }],
  provisioner: false,
});

const names = numbered('grown', 10);
/** The next one need not wait until the lease of the killed one is over. */
const alone = { ZFS_LEADER_ELECTION: 'false', ZFS_USAGE_INTERVAL: '0' };
const wanted = String(96 * 1024 * 1024);

/** Claims whose status does not say yet that they have grown. */
async function smallOnes(): Promise<readonly string[]> {
  const claims = await Promise.all(names.map((name) => stage().claim(name)));
  return claims
    .filter((claim) => claim?.status?.capacity?.['storage'] !== '96Mi')
    .map((claim) => claim?.metadata.name ?? '');
}

describe('a provisioner that is killed while volumes grow', () => {
  it('ends with every dataset, volume and claim as large as asked, after 8 kills', async () => {
    const first = await stage().installation.start(alone);
    await createClaims(stage(), names, 'nfs');
    await untilAllBound(stage(), names);
    await first.kill();
    for (const name of names) await askFor(stage(), name, '96Mi');
    const { faults } = stage().host;
    faults.delayNext({ verb: 'set', seconds: 0.2, when: 'after', count: 'always' });

    let killsAtWork = 0;
    for (let kill = 0; kill < 8; kill++) {
      const replica = await stage().installation.start({ ...alone, ZFS_SSH_CHANNELS: '2' });
      await eventually('it works', async () => /_leader 1$/m.test(await replica.metrics()), {
        timeoutMs: 20_000,
        intervalMs: 5,
      });
      await delay(100 + ((kill * 137) % 500)); // another moment each time
      await replica.kill();
      if ((await smallOnes()).length > 0) killsAtWork++;
    }
    faults.clear();
    await stage().installation.start(alone);

    for (const name of names) {
      const claim = await untilCapacity(stage(), name, '96Mi');
      expect(claim.status?.conditions).toBeUndefined();
      expect(claim.status?.allocatedResourceStatuses).toBeUndefined();
      const volume = await stage().volume(claim.spec.volumeName ?? '');
      expect(volume?.spec.capacity).toEqual({ storage: '96Mi' });
      if (volume === undefined) continue;
      expect(await limitsOf(stage(), stage().datasetOf(volume))).toEqual({
        refquota: wanted,
        refreservation: wanted,
      });
    }
    expect(killsAtWork).toBeGreaterThan(3);
    await stage().installation.end();
  }, 120_000);

  it('grows what was asked for while nobody worked, although the class is gone', async () => {
    const replica = await stage().installation.start(alone);
    await stage().provision({ name: 'orphaned', className: 'forgotten' });
    await replica.kill();
    await askFor(stage(), 'orphaned', '96Mi');
    await stage().deleteClass('forgotten');

    await stage().installation.start(alone);

    const { status } = await untilCapacity(stage(), 'orphaned', '96Mi');
    expect(status?.conditions).toBeUndefined();
  }, 60_000);
});
