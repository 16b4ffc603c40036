import { beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../bench/eventually.ts';
import { stateOf, writeFileInto } from '../dataset-state.ts';
import { growTo } from '../growth.ts';
import { askHost, commandLine, narrowRights, planOf } from '../host-rights.ts';
import { useStage } from '../stage.ts';

/** As root sets a host up with `kubectl zfs host-setup --os debian`: the lists are those, to the letter. */
const stage = useStage({
  provisioner: false,
  classes: [{ name: 'nfs', destroySnapshots: true }],
});

beforeAll(async () => {
  await narrowRights(stage().host);
  const { zfs } = planOf(stage().host).commands;
  stage().provisioner = await stage().installation.start({ ZFS_BIN: zfs });
  await stage().provisioner.untilReady();
});

describe('with the rights of host-setup alone', () => {
  it('a volume is made, owned, grown and destroyed with its snapshots', async () => {
    const { host } = stage();
    const parameters = { mode: '2770', uid: '1000', gid: '1000', 'properties.compression': 'on' };
    await stage().createClass('owned', {
      parameters: { ...parameters, destroySnapshots: 'true' },
      allowVolumeExpansion: true,
    });

    const volume = await stage().provision({ name: 'owned', className: 'owned' });
    const dataset = stage().datasetOf(volume);
    await writeFileInto(host, dataset);
    await host.snapshot(dataset, 'monday');
    await growTo(stage(), 'owned', '96Mi');
    expect(await stateOf(host, dataset)).toMatchObject({ refquota: '100663296', isExported: true });
    await stage().deleteClaim('owned');
    await stage().untilVolumeGone(volume.metadata.name);

    expect(await stage().datasetNames()).not.toContain(dataset);
  });

  it('a dataset that an attempt before left is adopted', async () => {
    const { host } = stage();
    host.faults.cutNext({ verb: 'create', when: 'after' });
    const volume = await stage().provision({ name: 'adopted', className: 'nfs' });

    expect(host.faults.pending).toBe(0);
    expect(await stateOf(host, stage().datasetOf(volume))).toMatchObject({
      refquota: '67108864',
      isExported: true,
    });
  });

  it('a volume is shared with a node that joins', async () => {
    const { bench, host } = stage();
    const addNode = async (name: string, address: string): Promise<void> => {
      await bench.createNode(name);
      const status = { addresses: [{ type: 'InternalIP', address }] };
      const path = `/api/v1/nodes/${name}/status`;
      await bench.controlPlane.api.call(path, { method: 'PATCH', body: { status } });
    };
    await addNode('node-a', '192.0.2.1');
    await stage().createClass('nodes', { parameters: { shareClients: '@nodes' } });
    const volume = await stage().provision({ name: 'nodes', className: 'nodes' });

    await addNode('node-b', '192.0.2.2');

    await eventually('it is exported to both', () => {
      const found = host.exports().find(({ mountpoint }) => mountpoint === volume.spec.nfs?.path);
      return Promise.resolve(found?.options.includes('192.0.2.2') === true);
    });
  });

  it('a volume goes to the trash', async () => {
    await stage().createClass('trash', { parameters: { onDelete: 'trash' } });
    const volume = await stage().provision({ name: 'trash', className: 'trash' });

    await stage().deleteClaim('trash');
    await stage().untilVolumeGone(volume.metadata.name);

    const trash = `${stage().host.parentDataset}/.trash`;
    expect(await stage().host.zfs('list', '-H', '-r', '-o', 'name', trash)).toContain(
      `${trash}/${volume.metadata.name}-`,
    );
  });

  it('nobody with the key can do more', async () => {
    const { host } = stage();
    const zfs = host.zfsProgram;
    const { parentDataset, pool, mountpoint } = host;
    const before = await host.zfs('list', '-H', '-r', '-o', 'name,mountpoint,sharenfs', pool);
    const refused = [
      ...[
        ['destroy', pool],
        ['destroy', '-r', pool],
        ['destroy', parentDataset],
      ],
      ...[
        ['destroy', '-r', `${parentDataset}/x`],
        ['destroy', `${parentDataset}/x/y`],
      ],
      ...[
        ['create', `${pool}/other`],
        ['create', '-o', 'mountpoint=/etc', `${parentDataset}/x`],
      ],
      ...[['create', '-o', 'x:y=z -o mountpoint=/etc', `${parentDataset}/x`]],
      ...[
        ['set', 'mountpoint=/etc', `${parentDataset}/x`],
        ['set', 'x:y=z', pool],
      ],
      ...[
        ['set', 'sharenfs=on', pool, `${parentDataset}/x`],
        ['rename', parentDataset, `${pool}/y`],
      ],
      ...[
        ['rename', `${parentDataset}/x`, `${pool}/x`],
        ['mount', '-a'],
        ['get', 'all', pool],
      ],
      ...[['send', `${parentDataset}/x@y`], ['allow', 'everyone', 'destroy', pool], []],
    ].map((words) => [zfs, ...words]);
    const others = [
      ...[
        ['chmod', '0777', '/etc'],
        ['chmod', '-R', '0777', `${mountpoint}/kubernetes/x`],
      ],
      ...[
        ['chmod', '0777', `${mountpoint}/kubernetes/../..`],
        ['chown', '0:0', '/etc/passwd'],
      ],
      ...[['setfacl', '-m', 'u:1:rwx', '/etc'], ['sh'], ['cat', '/etc/shadow'], ['zpool', 'list']],
      ...[
        ['-u', 'nobody', 'id'],
        ['-i'],
        ['--', zfs, 'destroy', pool],
        ['LD_PRELOAD=/x', zfs, 'list'],
      ],
    ];

    for (const words of [...refused, ...others]) {
      const answer = await askHost(stage(), commandLine(['sudo', '-n', ...words]));
      expect([words, answer.exitCode]).toEqual([words, 1]);
      expect(answer.output).toMatch(/^sudo: (a password is required|sorry, you are not allowed)/m);
    }
    expect(await host.zfs('list', '-H', '-r', '-o', 'name,mountpoint,sharenfs', pool)).toBe(before);
    const problems = stage().provisioner.log.filter(({ code }) => code === 'HOST_PERMISSION');
    expect(problems).toEqual([]);
  }, 60_000);
});
