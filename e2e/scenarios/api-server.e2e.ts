import { describe, expect, it } from '@jest/globals';
import { eventually } from '../bench/eventually.ts';
import { createClaims, numbered, standingOf, untilAllBound } from '../many-claims.ts';
import { useStage } from '../stage.ts';

const stage = useStage({ classes: [{ name: 'nfs' }] });

describe('an API server that is restarted while claims come', () => {
  const before = numbered('before', 12);
  const after = numbered('after', 6);

  it('loses no claim, and each gets one dataset and one volume', async () => {
    const { controlPlane } = stage().bench;
    const mark = stage().host.ssh.log.mark();
    await createClaims(stage(), before, 'nfs');
    await eventually('work has begun', () => stage().host.ssh.log.execsSince(mark) > 2, {
      intervalMs: 5,
    });

    await controlPlane.restartApiServer();
    await createClaims(stage(), after, 'nfs');

    await untilAllBound(stage(), [...before, ...after], 60_000);
    const standing = await standingOf(stage(), [...before, ...after], stage().host);
    expect(standing.boundVolumes).toEqual(standing.wanted);
    expect(standing.datasets).toEqual(standing.wanted);
    expect(stage().provisioner.hasExited).toBe(false);
  }, 90_000);

  it('loses no deletion either', async () => {
    await Promise.all(before.map((name) => stage().deleteClaim(name)));

    await stage().bench.controlPlane.restartApiServer();

    await eventually(
      'the volumes are gone',
      async () => (await stage().volumes()).length === after.length,
      { timeoutMs: 60_000 },
    );
    const standing = await standingOf(stage(), after, stage().host);
    expect(standing.boundVolumes).toEqual(standing.wanted);
    expect(standing.datasets).toEqual(standing.wanted);
  }, 90_000);

  it('leaves the provisioner ready and its watches alive', async () => {
    expect((await stage().provisioner.get('/readyz')).status).toBe(200);

    await stage().provision({ name: 'later', className: 'nfs' });

    const failures = stage().provisioner.log.filter(({ msg }) => msg === 'watch failed');
    expect(failures.length).toBeGreaterThan(0);
    // One line for each try, and tries become rare: an outage of seconds is no flood.
    expect(failures.length).toBeLessThan(60);
  });
});
