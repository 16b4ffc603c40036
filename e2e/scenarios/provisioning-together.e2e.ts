import { describe, expect, it } from '@jest/globals';
import { createClaims, numbered, standingOf, untilAllBound } from '../many-claims.ts';
import { useStage } from '../stage.ts';

const stage = useStage({ classes: [{ name: 'nfs' }] });

const sessions = 5;
const claims: string[] = [];

/** Claims of which all but the first few have to wait, so that they are sent together. */
async function createCrowd(prefix: string, count = 30): Promise<string[]> {
  stage().host.faults.delayNext({ verb: 'create', seconds: 1.5, when: 'before', count: sessions });
  const names = numbered(prefix, count);
  claims.push(...names);
  await createClaims(stage(), names, 'nfs');
  return names;
}

async function expectEachOnce(): Promise<void> {
  expect(stage().host.faults.pending).toBe(0);
  const standing = await standingOf(stage(), claims, stage().host);
  expect(standing.boundVolumes).toEqual(standing.wanted);
  expect(standing.datasets).toEqual(standing.wanted);
  expect(standing.exported).toEqual(standing.wanted);
  const all = await stage().host.datasets('refquota', 'refreservation', 'mounted');
  const size = String(4 * 1024 * 1024);
  for (const name of standing.wanted) {
    const found = all.get(`${stage().host.parentDataset}/${name}`);
    expect(found).toMatchObject({ refquota: size, refreservation: size, mounted: 'yes' });
  }
}

describe('claims that wait for a session of their host', () => {
  it('share commands, and each gets what it asked for', async () => {
    const mark = stage().host.ssh.log.mark();

    await untilAllBound(stage(), await createCrowd('together'));

    // Five alone, and twenty-five by five in each of five sessions; a few more where they came late.
    expect(stage().host.ssh.log.execsSince(mark)).toBeLessThanOrEqual(20);
    await expectEachOnce();
  });

  it('fail by themselves: the others of the command are there', async () => {
    const names = createCrowd('apart');
    stage().host.faults.failNext({ verb: 'create', exitCode: 1, stderr: 'not today', count: 2 });

    await untilAllBound(stage(), await names);

    const refused = await Promise.all(
      (await names).map(async (name) =>
        (await stage().events(name)).filter(({ reason }) => reason === 'ProvisioningFailed'),
      ),
    );
    const told = refused.filter((events) => events.length > 0);
    expect(told).toHaveLength(2);
    expect(told.flat().every(({ message }) => message.includes('not today'))).toBe(true);
    await expectEachOnce();
  });

  it('are looked at one by one where the look at all of them fails', async () => {
    const names = createCrowd('looked');
    stage().host.faults.failNext({ verb: 'get', exitCode: 1, stderr: 'I/O error', match: ' ' });

    await untilAllBound(stage(), await names);

    await expectEachOnce();
  });

  it.each(['before', 'after'] as const)(
    'are found again when their connection is cut %s one of their creates',
    async (when) => {
      const names = createCrowd(`cut-${when}`);
      stage().host.faults.cutNext({ verb: 'create', when });

      await untilAllBound(stage(), await names);

      await expectEachOnce();
    },
  );

  it('are found again when their script is killed', async () => {
    const names = createCrowd('killed');
    stage().host.faults.killNext({ verb: 'create', when: 'after' });

    await untilAllBound(stage(), await names);

    await expectEachOnce();
  });
});
