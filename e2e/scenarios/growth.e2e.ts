import { describe, expect, it } from '@jest/globals';
import { AuditLog } from '../audit-log.ts';
import { eventually } from '../bench/eventually.ts';
import { askFor, growTo, limitsOf } from '../growth.ts';
import { useStage } from '../stage.ts';

const stage = useStage({
  nodes: ['storage-1'],
  // Looks at the hosts once, at the start: so every later exec is that of a verb.
  env: { ZFS_USAGE_INTERVAL: '1h' },
  classes: [
    { name: 'nfs' },
    { name: 'thin', reserveSpace: false },
    { name: 'hostpath', type: 'hostpath' },
    { name: 'local', type: 'local' },
  ],
});

const account = 'system:serviceaccount:zfs-system:zfs-provisioner';
const mebibyte = 1024 * 1024;
const notRequired = 'volume.kubernetes.io/node-expansion-not-required';

describe('a claim that asks for more', () => {
  it.each([
    ['nfs', 96 * mebibyte],
    ['thin', 0],
    ['hostpath', 96 * mebibyte],
    ['local', 96 * mebibyte],
  ])('of class %s gets it: dataset, volume and claim', async (className, reserved) => {
    const name = `grows-${className}`;
    const volume = await stage().provision({ name, className });

    const claim = await growTo(stage(), name, '96Mi');

    expect(await limitsOf(stage(), stage().datasetOf(volume))).toEqual({
      refquota: String(96 * mebibyte),
      refreservation: String(reserved),
    });
    expect((await stage().volume(volume.metadata.name))?.spec.capacity).toEqual({
      storage: '96Mi',
    });
    expect(claim.status).toMatchObject({ phase: 'Bound', allocatedResources: { storage: '96Mi' } });
    expect(claim.status?.conditions).toBeUndefined();
    expect(claim.status?.allocatedResourceStatuses).toBeUndefined();
    expect(claim.metadata.annotations?.[notRequired]).toBe('true');
    await stage().untilEvent(name, 'Resizing', volume.metadata.name);
    const told = await stage().untilEvent(name, 'VolumeResizeSuccessful');
    expect(told).toMatchObject({ type: 'Normal', message: 'Resize volume succeeded' });
  });

  it('costs one exec, and three writes to the API', async () => {
    const { host } = stage();
    await stage().provision({ name: 'counted', className: 'nfs' });
    await growTo(stage(), 'counted', '80Mi');
    const audit = new AuditLog(stage().bench.controlPlane.auditLog);
    const logMark = host.ssh.log.mark();
    const auditMark = audit.mark();

    const claim = await growTo(stage(), 'counted', '96Mi');
    await eventually('the end is told', async () =>
      (await stage().events('counted')).some(
        ({ reason, count }) => reason === 'VolumeResizeSuccessful' && count === 2,
      ),
    );

    expect(host.ssh.log.execsSince(logMark)).toBe(1);
    const asked = audit.since(auditMark).filter(({ user }) => user === account);
    const writes = asked.filter(({ resource }) => resource.startsWith('persistentvolume'));
    expect(writes.filter(({ verb }) => verb !== 'watch')).toEqual([
      expect.objectContaining({ verb: 'patch', resource: 'persistentvolumeclaims/status' }),
      expect.objectContaining({ verb: 'patch', resource: 'persistentvolumes' }),
      expect.objectContaining({ verb: 'patch', resource: 'persistentvolumeclaims/status' }),
    ]);
    expect(writes.every(({ status }) => status === 200)).toBe(true);
    expect(claim.status?.capacity).toEqual({ storage: '96Mi' });
  });

  it.each([
    ['quota', { quota: String(96 * mebibyte), refquota: '0' }],
    ['both', { quota: String(96 * mebibyte), refquota: String(96 * mebibyte) }],
  ])('whose class says quota: %s has just that raised', async (quota, limits) => {
    const name = `by-${quota}`;
    const parameters = { quota, reserveSpace: 'false' };
    await stage().createClass(name, { parameters, allowVolumeExpansion: true });
    const volume = await stage().provision({ name, className: name });

    await growTo(stage(), name, '96Mi');

    const all = await stage().host.datasets('quota', 'refquota');
    expect(all.get(stage().datasetOf(volume))).toEqual(limits);
  });

  it('is written down on the dataset, and counted', async () => {
    const volume = await stage().provision({ name: 'noted', className: 'nfs' });
    await growTo(stage(), 'noted', '100M');

    const key = 'zfs-provisioner.io:size';
    const found = (await stage().host.datasets(key)).get(stage().datasetOf(volume));
    expect(found).toEqual({ [key]: '100000000' });
    expect(await stage().provisioner.metrics()).toMatch(
      /^zfs_provisioner_volume_growth_total\{class="nfs"\} \d+$/m,
    );
  });

  it('keeps a quota that a person raised further, and says so', async () => {
    const { host } = stage();
    const volume = await stage().provision({ name: 'generous', className: 'thin' });
    await host.zfs('set', 'refquota=256M', stage().datasetOf(volume));

    const claim = await growTo(stage(), 'generous', '96Mi');

    const { refquota } = await limitsOf(stage(), stage().datasetOf(volume));
    expect(refquota).toBe(String(256 * mebibyte));
    expect(claim.status?.capacity).toEqual({ storage: '96Mi' });
    const told = await stage().untilEvent('generous', 'VolumeLargerThanAsked');
    expect(told.message).toBe(
      'The dataset may hold 256Mi, more than the 96Mi asked for; it stays so',
    );
  });
});

describe('a claim of another provisioner', () => {
  it('is left to it in silence', async () => {
    await stage().createClass('foreign', {
      provisioner: 'example.com/other',
      parameters: {},
      allowVolumeExpansion: true,
    });
    const name = 'foreign-volume';
    const annotations = { 'pv.kubernetes.io/provisioned-by': 'example.com/other' };
    await stage().createVolume({
      metadata: { name, annotations } as never,
      spec: {
        capacity: { storage: '64Mi' },
        accessModes: ['ReadWriteOnce'],
        persistentVolumeReclaimPolicy: 'Retain',
        storageClassName: 'foreign',
        nfs: { server: '192.0.2.1', path: `/elsewhere/${name}` },
      },
    });
    await stage().provision({ name: 'foreign', className: 'foreign', spec: { volumeName: name } });
    const audit = new AuditLog(stage().bench.controlPlane.auditLog);
    const mark = audit.mark();

    await askFor(stage(), 'foreign', '96Mi');
    // One of ours has gone all its way meanwhile: there was time to do harm.
    await stage().provision({ name: 'meanwhile', className: 'nfs' });
    await growTo(stage(), 'meanwhile', '96Mi');

    const asked = audit.since(mark).filter(({ user }) => user === account);
    expect(asked.filter((each) => each.name.includes('foreign'))).toEqual([]);
    expect(await stage().events('foreign')).toEqual([]);
    const claim = await stage().claim('foreign');
    expect(claim?.status?.capacity).toEqual({ storage: '64Mi' });
    expect(claim?.status?.conditions).toBeUndefined();
  });
});
