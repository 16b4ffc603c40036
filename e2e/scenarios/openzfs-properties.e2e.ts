import { beforeAll, describe, expect, it } from '@jest/globals';
import { useOpenZfs } from '../openzfs.ts';

/** What only a real OpenZFS knows: none of it is the provisioner's, all of it must survive it. */
const { stage, host, run, childrenOf } = useOpenZfs({ classes: [{ name: 'plain' }] });

/** Makes a parent beside the usual one, and a class for it. */
async function createParent(name: string, ...options: readonly string[]): Promise<string> {
  const parentDataset = `${host().pool}/${name}`;
  await host().zfs('create', ...options.flatMap((each) => ['-o', each]), parentDataset);
  await stage().createClass(name, { parameters: { parentDataset } });
  return parentDataset;
}

/** Values and where they come from, `zstd-7 inherited from tank/tuned`. */
async function propertiesOf(dataset: string, ...names: readonly string[]): Promise<string[]> {
  const columns = ['-H', '-o', 'value,source'];
  const lines = await host().zfs('get', ...columns, names.join(','), dataset);
  return lines
    .trimEnd()
    .split('\n')
    .map((line) => line.replace('\t', ' '));
}

describe('a parent with properties of its own', () => {
  it('passes them on to its volumes, which set none of them', async () => {
    const parent = await createParent(
      'tuned',
      ...['compression=zstd-7', 'recordsize=16K', 'dnodesize=auto', 'xattr=on'],
      ...['acltype=posix', 'atime=off', 'checksum=blake3', 'logbias=throughput'],
    );

    const volume = await stage().provision({ name: 'tuned', className: 'tuned' });

    const names = [
      'compression',
      'recordsize',
      'dnodesize',
      'xattr',
      'acltype',
      'atime',
      'checksum',
    ];
    const source = `inherited from ${parent}`;
    const found = await propertiesOf(stage().datasetOf(volume), ...names, 'logbias');
    const values = ['zstd-7', '16K', 'auto', 'on', 'posix', 'off', 'blake3', 'throughput'];
    expect(found.map((each) => each.replace('posixacl', 'posix'))).toEqual(
      values.map((value) => `${value} ${source}`),
    );
  });
});

describe('an encrypted parent', () => {
  let parent: string;
  beforeAll(async () => {
    await run('head -c 32 /dev/urandom >/etc/volumes.key');
    const key = ['keyformat=raw', 'keylocation=file:///etc/volumes.key'];
    parent = await createParent('secret', 'encryption=aes-256-gcm', ...key);
  });

  it('encrypts its volumes with its own key', async () => {
    const volume = await stage().provision({ name: 'secret', className: 'secret' });

    const names = ['encryption', 'encryptionroot', 'keystatus'];
    expect(await propertiesOf(stage().datasetOf(volume), ...names)).toEqual([
      'aes-256-gcm -',
      `${parent} -`,
      'available -',
    ]);
  });

  it('gives nothing while its key is not loaded, says so, and gives again afterwards', async () => {
    const before = await childrenOf(parent);
    await host().zfs('unmount', before[0] ?? '');
    await host().zfs('unmount', parent);
    await host().zfs('unload-key', parent);

    await stage().createClaim({ name: 'locked', className: 'secret' });
    const { message } = await stage().untilEvent('locked', 'ProvisioningFailed');

    expect(message).toContain('load the key of the parent (zfs load-key)');
    expect((await stage().claim('locked'))?.status?.phase).toBe('Pending');
    expect(await childrenOf(parent)).toEqual(before);

    await host().zfs('load-key', parent);
    await run('zfs mount -a');
    await stage().nudgeClaim('locked');
    await stage().untilBound('locked', 45_000);
  });

  it('lets go of a volume whose key is not loaded', async () => {
    const volume = await stage().untilBound('locked');
    for (const each of await childrenOf(parent)) await host().zfs('unmount', each);
    await host().zfs('unmount', parent);
    await host().zfs('unload-key', parent);

    await stage().deleteClaim('locked');

    await stage().untilVolumeGone(volume.metadata.name);
    expect(await childrenOf(parent)).not.toContain(stage().datasetOf(volume));
  });
});

describe('share properties', () => {
  /** A path that is exported to several has a line for each. */
  const exportOf = async (claim: string): Promise<string> => {
    const { spec } = await stage().untilBound(claim);
    const lines = host()
      .exports()
      .filter(({ mountpoint }) => mountpoint === spec.nfs?.path);
    return lines.map(({ options }) => options).join(' ');
  };

  it.each([
    [
      'flavour',
      'sec=sys,rw=@192.168.77.0/24,no_root_squash',
      ['192.168.77.0/24(', 'sec=sys', 'no_root_squash'],
    ],
    [
      'networks',
      'rw=@192.168.77.0/24:@10.0.2.0/24,insecure',
      ['192.168.77.0/24(', '10.0.2.0/24(', 'insecure'],
    ],
    ['readers', 'ro=@10.0.2.0/24,rw=@192.168.77.0/24', ['10.0.2.0/24(', 'ro', '192.168.77.0/24(']],
    ['squashed', 'rw,all_squash,anonuid=1000,anongid=1000', ['*(', 'all_squash', 'anonuid=1000']],
  ])('of a class are what the kernel exports (%s)', async (name, shareProperties, parts) => {
    await stage().createClass(name, { parameters: { shareProperties } });

    await stage().provision({ name, className: name });

    const options = await exportOf(name);
    for (const part of parts) expect(options).toContain(part);
  });

  it.each([
    ['unknown', 'rw,no_such_option'],
    ['solaris', 'root=@192.168.77.0/24'],
  ])(
    'that ZFS does not take leave nothing behind and are named (%s)',
    async (name, shareProperties) => {
      const before = await stage().datasetNames();
      await stage().createClass(name, { parameters: { shareProperties } });

      await stage().createClaim({ name, className: name });
      const { message } = await stage().untilEvent(name, 'ProvisioningFailed');

      expect(message).toContain("'sharenfs' cannot be set to invalid options");
      expect(message).toContain('correct the StorageClass');
      expect((await stage().claim(name))?.status?.phase).toBe('Pending');
      expect(await stage().datasetNames()).toEqual(before);
    },
  );
});
