import { beforeAll, describe, expect, it } from '@jest/globals';
import { zfsAllowOf } from '../../src/cli/host-setup/zfs-allow.ts';
import { stateOf, writeFileInto } from '../dataset-state.ts';
import { growTo } from '../growth.ts';
import { askHost, commandLine, narrowRights, usualPlanOf } from '../host-rights.ts';
import { installAclTools, useOpenZfs } from '../openzfs.ts';

/** Debian's own zfs, sudo and paths, and the list of host-setup as it is printed by default. */
const { stage, host, run } = useOpenZfs({ provisioner: false, classes: [{ name: 'nfs' }] });

beforeAll(async () => {
  await installAclTools(host());
  await narrowRights(host(), usualPlanOf(host()));
  stage().provisioner = await stage().installation.start({ ZFS_BIN: 'sudo -H zfs' });
  await stage().provisioner.untilReady();
});

describe('with the rights of host-setup alone, on OpenZFS', () => {
  it('a volume is made with an owner and an ACL, grown, and destroyed with its snapshots', async () => {
    await stage().createClass('owned', {
      parameters: {
        ...{ mode: '2770', uid: '1000', gid: '1000', acl: 'u:1001:rwx', destroySnapshots: 'true' },
        ...{ reserveSpace: 'true', 'properties.compression': 'lz4' },
      },
      allowVolumeExpansion: true,
    });
    const volume = await stage().provision({ name: 'owned', className: 'owned' });
    const dataset = stage().datasetOf(volume);
    await writeFileInto(host(), dataset);
    await host().snapshot(dataset, 'monday');
    await growTo(stage(), 'owned', '96Mi');
    expect(await stateOf(host(), dataset)).toMatchObject({ refquota: '100663296' });
    expect(await run(`getfacl -cnp ${volume.spec.nfs?.path ?? ''}`)).toContain('user:1001:rwx');

    await stage().deleteClaim('owned');
    await stage().untilVolumeGone(volume.metadata.name, 60_000);

    expect(await stage().datasetNames()).not.toContain(dataset);
  }, 120_000);

  it('a volume goes to the trash', async () => {
    await stage().createClass('trash', { parameters: { onDelete: 'trash' } });
    const volume = await stage().provision({ name: 'trash', className: 'trash' });
    await stage().deleteClaim('trash');
    await stage().untilVolumeGone(volume.metadata.name, 60_000);

    const trash = `${host().parentDataset}/.trash`;
    const listed = await host().zfs('list', '-H', '-r', '-o', 'name,readonly,sharenfs', trash);
    expect(listed).toContain(`${trash}/${volume.metadata.name}-`);
  }, 90_000);

  it('nobody with the key can do more', async () => {
    const { pool, parentDataset, mountpoint } = host();
    const before = await run('zfs list -H -o name,mountpoint,sharenfs -r');
    const refused = [
      ...[
        ['destroy', pool],
        ['destroy', '-r', parentDataset],
        ['create', `${pool}/other`],
      ],
      ...[
        ['set', 'mountpoint=/etc', `${parentDataset}/x`],
        ['set', 'x:y=z', pool],
      ],
      ...[['create', '-o', 'x:y=z -o mountpoint=/etc', `${parentDataset}/x`]],
      ...[
        ['rename', parentDataset, `${pool}/y`],
        ['send', `${parentDataset}/x@y`],
      ],
    ].map((words) => ['zfs', ...words]);
    const others = [
      ...[
        ['chmod', '0777', '/etc'],
        ['chmod', '0777', `${mountpoint}/kubernetes/../..`],
      ],
      ...[['chown', '0:0', '/etc/passwd'], ['setfacl', '-m', 'u:1:rwx', '/etc'], ['sh']],
    ];

    for (const words of [...refused, ...others]) {
      const { exitCode, output } = await askHost(stage(), commandLine(['sudo', '-n', ...words]));
      expect([words, exitCode]).toEqual([words, 1]);
      expect(output).toMatch(/^sudo: (a password is required|sorry, you are not allowed)/m);
    }
    expect(await run('zfs list -H -o name,mountpoint,sharenfs -r')).toBe(before);
    expect(stage().provisioner.log.filter(({ code }) => code === 'HOST_PERMISSION')).toEqual([]);
  }, 90_000);
});

it('the permissions of zfs allow are those that OpenZFS knows', async () => {
  await run(zfsAllowOf(usualPlanOf(host())).trim());

  const allowed = await run(`zfs allow ${host().parentDataset}`);
  expect(allowed).toContain(`user ${host().user}`);
  expect(allowed).toMatch(/create,.*destroy,.*sharenfs/);
});
