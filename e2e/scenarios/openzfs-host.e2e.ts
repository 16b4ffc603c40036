import { beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mountpointOf, stateOf, writeFileInto } from '../dataset-state.ts';
import { useOpenZfs } from '../openzfs.ts';

const { stage, host, run } = useOpenZfs({ classes: [{ name: 'nfs' }] });

describe('a storage host that was cut from its power', () => {
  it('comes back with its volumes mounted and shared as before', async () => {
    const volume = await stage().provision({ name: 'before', className: 'nfs' });
    const dataset = stage().datasetOf(volume);
    await writeFileInto(host(), dataset);
    await run('zpool sync');
    const before = await stateOf(host(), dataset);

    await host().reboot();

    expect(await stateOf(host(), dataset)).toEqual(before);
    const file = join(await mountpointOf(host(), dataset), 'precious');
    expect(readFileSync(file, 'utf8')).toBe('x'.repeat(16));
  }, 150_000);

  it('is found again by the provisioner, which makes and deletes volumes as before', async () => {
    await stage().createClaim({ name: 'after', className: 'nfs' });
    await stage().untilBound('after', 45_000);
    const volume = await stage().untilBound('before');

    await stage().deleteClaim('before');

    await stage().untilVolumeGone(volume.metadata.name);
    expect(stage().provisioner.hasExited).toBe(false);
  });
});

/** Users may not mount on Linux: this is why the README asks for sudo there. */
describe('zfs allow instead of sudo', () => {
  beforeAll(async () => {
    await stage().provisioner.stop();
    stage().provisioner = await stage().installation.start({
      ZFS_BIN: 'zfs',
      ZFS_CHOWN_BIN: 'chmod',
    });
    await stage().provisioner.untilReady();
  });

  const refusedWith = async (claim: string, text: string): Promise<string> => {
    const before = await stage().datasetNames();
    await stage().createClaim({ name: claim, className: 'nfs' });
    const { message } = await stage().untilEvent(claim, 'ProvisioningFailed', text);
    expect((await stage().claim(claim))?.status?.phase).toBe('Pending');
    expect(await stage().datasetNames()).toEqual(before);
    return message;
  };

  it('is told from nothing being allowed', async () => {
    const message = await refusedWith('nothing-allowed', 'permission denied');

    expect(message).toContain('zfs allow');
  });

  it('does not suffice, says so, and leaves nothing behind', async () => {
    const rights = 'create,destroy,mount,refquota,refreservation,sharenfs,userprop';
    await host().zfs('allow', host().user, rights, host().parentDataset);

    const message = await refusedWith(
      'mount-refused',
      'failed to create mountpoint: Permission denied',
    );

    expect(message).toContain('with sudo');
  });
});
