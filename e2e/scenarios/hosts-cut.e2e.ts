import { describe, expect, it } from '@jest/globals';
import { eventually } from '../bench/eventually.ts';
import { createClaims, numbered, standingOf, untilAllBound } from '../many-claims.ts';
import { useStage } from '../stage.ts';

const stage = useStage({ classes: [{ name: 'nfs' }] });

const claims: string[] = [];

async function provision(name: string): Promise<void> {
  claims.push(name);
  await stage().provision({ name, className: 'nfs' });
}

async function expectEachOnce(): Promise<void> {
  const standing = await standingOf(stage(), claims, stage().host);
  expect(standing.boundVolumes).toEqual(standing.wanted);
  expect(standing.datasets).toEqual(standing.wanted);
  expect(standing.exported).toEqual(standing.wanted);
}

function adoptedOf(claimName: string): unknown {
  const { log } = stage().provisioner;
  return log.find(
    ({ msg, claim }) => msg === 'volume provisioned' && claim === `default/${claimName}`,
  )?.['adopted'];
}

describe('a connection that is cut in the middle of a command', () => {
  it('leaves the outcome of a create open, which the next attempt looks up and adopts', async () => {
    stage().host.faults.cutNext({ verb: 'create', when: 'after' });

    await provision('cut-after');

    const event = await stage().untilEvent('cut-after', 'ProvisioningFailed', 'unknown outcome');
    expect(event.message).toContain('storage-1');
    await eventually('the log tells it', () => adoptedOf('cut-after'), {
      until: (adopted) => adopted === true,
    });
    await expectEachOnce();
  });

  it('does no harm before the create either', async () => {
    stage().host.faults.cutNext({ verb: 'create', when: 'before' });

    await provision('cut-before');

    await stage().untilEvent('cut-before', 'ProvisioningFailed', 'unknown outcome');
    await expectEachOnce();
  });

  it('does no harm between the create and what follows it', async () => {
    stage().host.faults.cutNext({ verb: 'get', when: 'before' });

    await provision('cut-between');

    await stage().untilEvent('cut-between', 'ProvisioningFailed', 'unknown outcome');
    await expectEachOnce();
  });

  it.each(['before', 'after'] as const)(
    'lets a deletion end well when it is cut %s the destroy',
    async (when) => {
      const name = `delete-cut-${when}`;
      await provision(name);
      const volumeName = await stage().volumeNameFor(name);
      stage().host.faults.cutNext({ verb: 'destroy', when });

      await stage().deleteClaim(name);

      await stage().untilEvent(volumeName, 'VolumeFailedDelete', 'unknown outcome');
      await stage().untilVolumeGone(volumeName);
      claims.splice(claims.indexOf(name), 1);
      await expectEachOnce();
    },
  );

  it('is opened anew, and everything that ran on it ends with one dataset each', async () => {
    const names = numbered('killed', 12);
    claims.push(...names);
    const mark = stage().host.ssh.log.mark();
    await createClaims(stage(), names, 'nfs');
    await eventually('some run', () => stage().host.ssh.log.execsSince(mark) > 3, {
      intervalMs: 5,
    });

    await stage().host.ssh.killConnections();

    await untilAllBound(stage(), names);
    await expectEachOnce();
  });
});

describe('an sshd that is stopped', () => {
  it('is reported by the claims, and they go on by themselves once it is started again', async () => {
    await stage().host.ssh.stop();
    await stage().createClaim({ name: 'stopped', className: 'nfs' });
    claims.push('stopped');
    await stage().untilEvent('stopped', 'ProvisioningFailed', 'storage-1');
    await eventually('it says that the host is given up for now', async () =>
      /^zfs_provisioner_ssh_breaker_state\{host="storage-1"\} 2$/m.test(
        await stage().provisioner.metrics(),
      ),
    );
    expect(await stage().provisioner.metrics()).toMatch(
      /^zfs_provisioner_ssh_connected\{host="storage-1"\} 0$/m,
    );

    await stage().host.ssh.start();

    await stage().untilBound('stopped', 30_000);
    await expectEachOnce();
    const told = stage().provisioner.log.filter(({ host }) => host === 'storage-1');
    expect(told.map(({ msg }) => msg)).toContain('host given up for now');
    expect(told.at(-1)?.msg).not.toBe('host given up for now');
  }, 60_000);
});
