import { describe, expect, it } from '@jest/globals';
import type { Volume } from '../../src/volume/objects.ts';
import { eventually } from '../bench/eventually.ts';
import { useOpenZfs } from '../openzfs.ts';

const { stage, host, run } = useOpenZfs({
  classes: [{ name: 'unused' }],
  env: { ZFS_EXPORT_TO_EVERYONE: 'false' },
});

/** The machine is slow where others run beside it; how long the product takes is no question here. */
const slow = { timeoutMs: 60_000 };

async function claimed(name: string, className: string): Promise<Volume> {
  await stage().createClaim({ name, className });
  return stage().untilBound(name, slow.timeoutMs);
}

/** Creates a class with these parameters, and a volume of it under the same name. */
async function provision(
  name: string,
  parameters: Readonly<Record<string, string>>,
): Promise<Volume> {
  await stage().createClass(name, { parameters });
  return claimed(name, name);
}

const pathOf = ({ spec }: Volume): string => spec.nfs?.path ?? '';

/** What the kernel's server exports at the path: clients and their options. */
async function exportsOf(volume: Volume): Promise<readonly string[]> {
  const text = (await run('exportfs -v')).replaceAll(/\n\s+/g, ' ');
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${pathOf(volume)} `))
    .map((line) => line.slice(pathOf(volume).length).trim())
    .sort();
}

/** As a client of that host's own network, the host itself; resolves with what the command says there. */
function asClient(volume: Volume, command: string): Promise<string> {
  const source = `${host().segmentAddress}:${pathOf(volume)}`;
  const mount = `mount -t nfs4 -o nfsvers=4.2 ${source} /mnt`;
  return run(`${mount} && { cd /mnt; ( ${command} ); code=$?; cd /; umount /mnt; exit $code; }`);
}

async function addNode(name: string, address: string): Promise<void> {
  const { bench } = stage();
  await bench.createNode(name);
  const status = { addresses: [{ type: 'InternalIP', address }] };
  const path = `/api/v1/nodes/${name}/status`;
  await bench.controlPlane.api.call(path, { method: 'PATCH', body: { status } });
}

describe('the parameters of sharing', () => {
  it.each<[string, Readonly<Record<string, string>>, readonly string[], readonly string[]]>([
    [
      'networks',
      { shareClients: '192.168.77.0/24,10.0.0.0/8,fd00:77::/64' },
      ['10.0.0.0/8(', '192.168.77.0/24(', 'fd00:77::/64('],
      ['rw', 'sec=sys', 'no_root_squash'],
    ],
    [
      'addresses',
      { shareClients: '192.0.2.1,fd00::1' },
      ['192.0.2.1(', 'fd00::1('],
      ['rw', 'no_root_squash'],
    ],
    ['ro', { shareClients: '10.0.0.0/8', shareMode: 'ro' }, ['10.0.0.0/8('], ['ro']],
    ['root', { shareClients: '10.0.0.0/8', squash: 'root' }, ['10.0.0.0/8('], [',root_squash']],
    [
      'all',
      { shareClients: '10.0.0.0/8', squash: 'all', anonuid: '1000', anongid: '2000' },
      ['10.0.0.0/8('],
      ['all_squash', 'anonuid=1000', 'anongid=2000'],
    ],
    [
      'sys',
      { shareClients: '10.0.0.0/8', security: 'sys:krb5' },
      ['10.0.0.0/8('],
      ['sec=sys:krb5'],
    ],
    ['everyone', { shareClients: 'everyone' }, ['<world>('], ['rw', 'no_root_squash']],
  ])(
    'are what the kernel exports, to nobody else: %s',
    async (name, parameters, clients, options) => {
      const exported = await exportsOf(await provision(name, parameters));

      expect(exported.map((line) => line.replace(/\(.*/, '('))).toEqual(clients);
      for (const line of exported) for (const option of options) expect(line).toContain(option);
    },
  );

  it('give a volume the number of its uid', async () => {
    const volume = await provision('fsid', { shareClients: '10.0.0.0/8', fsid: 'auto' });

    const [exported] = await exportsOf(volume);

    expect(exported).toContain(`fsid=${volume.metadata.name.replace('pvc-', '')}`);
  });

  it('hold for a client: who writes is whom the server makes of him', async () => {
    const client = { shareClients: host().segmentAddress };
    const anonymous = { squash: 'all', anonuid: '1000', anongid: '2000' };
    const volume = await provision('owner', { ...client, ...anonymous, mode: '0777' });

    const told = await asClient(volume, 'echo x >file && stat -c %u:%g file');

    expect(told).toBe('1000:2000\n');
  });

  it('hold for a client: read-only is read-only', async () => {
    const parameters = { shareClients: host().segmentAddress, shareMode: 'ro' };
    const volume = await provision('reader', parameters);

    await expect(asClient(volume, 'echo x >file')).rejects.toThrow('Read-only file system');
  });
});

describe('a host name that the storage host cannot resolve', () => {
  it('is not handed out', async () => {
    const before = await stage().datasetNames();
    const parameters = { shareClients: 'no-such-host.example.com,10.0.0.0/8' };
    await stage().createClass('nobody', { parameters });
    await stage().createClaim({ name: 'nobody', className: 'nobody' });

    await stage().untilEvent('nobody', 'ProvisioningFailed', 'no-such-host', slow.timeoutMs);

    expect((await stage().claim('nobody'))?.status?.phase).toBe('Pending');
    expect(await stage().datasetNames()).toEqual(before);
    await stage().deleteClaim('nobody');
  });
});

describe('a volume for the nodes of the cluster', () => {
  /** Looks at OpenZFS's file only: asking the kernel's server again and again would slow the machine down. */
  const untilExportedTo = (volume: Volume, clients: readonly string[]): Promise<true> =>
    eventually(
      `${pathOf(volume)} is exported to ${clients.join()}`,
      () => {
        const lines = host()
          .exports()
          .filter(({ mountpoint }) => mountpoint === pathOf(volume))
          .map(({ options }) => options.replace(/\(.*/, ''));
        if (lines.join() !== clients.join()) throw new Error(`it is to ${lines.join()}`);
        return Promise.resolve(true as const);
      },
      { timeoutMs: 120_000 },
    );

  it('can be mounted by a node that was added', async () => {
    await addNode('first', '192.0.2.1');
    const volume = await provision('nodes', { shareClients: '@nodes', fsid: 'auto' });
    const others = [await claimed('nodes-2', 'nodes')];
    await expect(asClient(volume, 'true')).rejects.toThrow('mount.nfs');

    await addNode('second', host().segmentAddress);
    const clients = ['192.0.2.1', host().segmentAddress].sort();
    for (const each of [volume, ...others]) await untilExportedTo(each, clients);

    const told = await eventually('the new node may', () => asClient(volume, 'echo mounted'), slow);
    expect(told).toBe('mounted\n');
    const names = (await exportsOf(volume)).map((line) => line.replace(/\(.*/, ''));
    expect(names).toEqual(clients);
  }, 240_000);

  it('cannot be mounted by a node that was removed', async () => {
    const volume = await stage().untilBound('nodes');
    await stage().bench.controlPlane.api.call('/api/v1/nodes/second', { method: 'DELETE' });
    await untilExportedTo(volume, ['192.0.2.1']);

    const isRefused = async (): Promise<string | undefined> => {
      const told = await asClient(volume, 'echo mounted').catch(String);
      return told.includes('mount.nfs') ? told : undefined;
    };
    expect(await eventually('it is refused', isRefused, slow)).toContain('mount.nfs');
  }, 240_000);
});

describe('a volume that is shared as its parent is', () => {
  it('is exported so, without words of its own', async () => {
    const parent = `${host().pool}/shared`;
    await host().zfs('create', '-o', 'sharenfs=rw=@192.168.77.0/24,no_root_squash', parent);
    const parameters = { parentDataset: parent, share: 'inherit' };

    const volume = await provision('inherited', parameters);

    expect(await exportsOf(volume)).toEqual([expect.stringContaining('192.168.77.0/24(')]);
    const source = await host().zfs(
      'get',
      '-H',
      '-o',
      'source',
      'sharenfs',
      stage().datasetOf(volume),
    );
    expect(source.trim()).toBe(`inherited from ${parent}`);
  });
});
