import { beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Volume } from '../../src/volume/objects.ts';
import type { DatasetState } from '../dataset-state.ts';
import { mountpointOf, stateOf, writeFileInto } from '../dataset-state.ts';
import { useOpenZfs } from '../openzfs.ts';

const { stage, host, run, childrenOf } = useOpenZfs({ classes: [{ name: 'nfs' }] });

/** Encrypted, with a key that is on the host, but that nobody loads when it starts. */
async function createLockedParent(): Promise<void> {
  await run('head -c 32 /dev/urandom >/etc/volumes.key');
  const parentDataset = `${host().pool}/secret`;
  const key = ['keyformat=raw', 'keylocation=file:///etc/volumes.key'];
  const options = ['encryption=aes-256-gcm', ...key].flatMap((each) => ['-o', each]);
  await host().zfs('create', ...options, parentDataset);
  await stage().createClass('secret', { parameters: { parentDataset } });
}

describe('a storage host that was cut from its power', () => {
  let secret: Volume;
  let secretState: DatasetState;
  beforeAll(async () => {
    await createLockedParent();
    secret = await stage().provision({ name: 'secret', className: 'secret' });
    await writeFileInto(host(), stage().datasetOf(secret));
    secretState = await stateOf(host(), stage().datasetOf(secret));
  });

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

  it('neither mounts nor shares what is locked, gives nothing below it, and says so', async () => {
    const path = secret.spec.nfs?.path ?? '';
    const { name } = secret.metadata;
    expect(existsSync(path)).toBe(false);
    expect(
      host()
        .exports()
        .map(({ mountpoint }) => mountpoint),
    ).not.toContain(path);

    await stage().createClaim({ name: 'locked', className: 'secret' });
    const { message } = await stage().untilEvent('locked', 'ProvisioningFailed');

    expect(message).toContain('zfs load-key');
    expect((await stage().claim('locked'))?.status?.phase).toBe('Pending');
    expect(await childrenOf(`${host().pool}/secret`)).toEqual([stage().datasetOf(secret)]);
    const { spec, status } = (await stage().volume(name)) ?? {};
    expect(spec).toEqual(secret.spec);
    expect(status?.phase).toBe('Bound');
  });

  it('has it back, as it was, once the key is loaded', async () => {
    await run('zfs load-key -a && zfs mount -a && zfs share -a');

    const dataset = stage().datasetOf(secret);
    expect(await stateOf(host(), dataset)).toEqual(secretState);
    const file = join(await mountpointOf(host(), dataset), 'precious');
    expect(readFileSync(file, 'utf8')).toBe('x'.repeat(16));
    await stage().nudgeClaim('locked');
    await stage().untilBound('locked', 45_000);
  }, 90_000);
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
    const rights =
      'create,destroy,mount,quota,refquota,refreservation,sharenfs,setuid,devices,userprop';
    await host().zfs('allow', host().user, rights, host().parentDataset);

    const message = await refusedWith(
      'mount-refused',
      'failed to create mountpoint: Permission denied',
    );

    expect(message).toContain('with sudo');
  });
});
