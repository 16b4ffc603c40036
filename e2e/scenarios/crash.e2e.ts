import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { eventually } from '../bench/eventually.ts';
import {
  createClaims,
  deleteClaims,
  numbered,
  standingOf,
  unboundOf,
  untilAllBound,
} from '../many-claims.ts';
import { useStage } from '../stage.ts';

const stage = useStage({ classes: [{ name: 'nfs' }], provisioner: false });

const names = numbered('crash', 30);
/** The next one need not wait until the lease of the killed one is over. */
const alone = { ZFS_LEADER_ELECTION: 'false' };

/** Starts a replica and kills it that long after it has begun to work. */
async function workUntilKilled(workMs: number): Promise<void> {
  const replica = await stage().installation.start({ ...alone, ZFS_SSH_CHANNELS: '3' });
  await replica.waitFor(({ msg }) => msg === 'started', 20_000);
  await eventually('it works', async () => /_leader 1$/m.test(await replica.metrics()), {
    timeoutMs: 20_000,
    intervalMs: 5,
  });
  await delay(workMs);
  await replica.kill();
}

describe('a provisioner that is killed again and again', () => {
  it('ends with one dataset and one bound volume for each of 30 claims after 20 kills', async () => {
    const { host } = stage();
    // Long enough that a kill often meets a create that is done on the host and not told of.
    host.faults.delayNext({ verb: 'create', seconds: 0.4, when: 'after', count: 'always' });
    await createClaims(stage(), names, 'nfs');

    let killsAtWork = 0;
    for (let kill = 0; kill < 20; kill++) {
      await workUntilKilled((kill * 137) % 500); // 137 and 500: another moment each time
      if ((await unboundOf(stage(), names)).length > 0) killsAtWork++;
    }
    host.faults.clear();
    await stage().installation.start(alone);
    await untilAllBound(stage(), names);

    expect(killsAtWork).toBeGreaterThan(10);
    const standing = await standingOf(stage(), names, host);
    expect(standing.wanted).toHaveLength(30);
    expect(standing.boundVolumes).toEqual(standing.wanted);
    expect(standing.datasets).toEqual(standing.wanted);
    expect(standing.exported).toEqual(standing.wanted);
    await stage().installation.end();
  }, 120_000);

  it('ends without dataset and volume when the claims are deleted and it is killed on the way', async () => {
    const { host } = stage();
    host.faults.delayNext({ verb: 'destroy', seconds: 0.3, when: 'after', count: 'always' });
    await deleteClaims(stage(), names);

    let killsAtWork = 0;
    for (let kill = 0; kill < 6; kill++) {
      await workUntilKilled(100 + ((kill * 137) % 400));
      if ((await stage().volumes()).length > 0) killsAtWork++;
    }
    host.faults.clear();
    await stage().installation.start(alone);
    await eventually('all volumes are gone', async () => (await stage().volumes()).length === 0, {
      timeoutMs: 30_000,
    });

    expect(killsAtWork).toBeGreaterThan(3);
    expect(await stage().datasetNames()).toEqual([]);
    expect(host.exports()).toEqual([]);
  }, 60_000);
});
