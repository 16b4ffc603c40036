import { describe, expect, it } from '@jest/globals';
import { eventually } from '../bench/eventually.ts';
import { stateOf, writeFileInto } from '../dataset-state.ts';
import { useStage } from '../stage.ts';

const stage = useStage({
  env: { ZFS_EXPORT_TO_EVERYONE: 'true' },
  classes: [{ name: 'nfs' }],
});

async function propertiesOf(dataset: string): Promise<Record<string, string>> {
  const all = await stage().host.zfs('get', '-Hp', '-o', 'property,value,source', 'all', dataset);
  const rows = all.split('\n').map((line) => line.split('\t'));
  const local = rows.filter(([, , source]) => source === 'local');
  return Object.fromEntries(local.map(([name = '', value = '']) => [name, value]));
}

describe('the properties of a class', () => {
  it('are set on its volumes, those of ZFS and those of its own', async () => {
    const parameters = {
      'properties.compression': 'gzip-9',
      'properties.recordsize': '16K',
      'properties.atime': 'off',
      'properties.com.example:team': '{{claim.namespace}}/{{claim.name}} of {{class.name}}',
    };
    await stage().createClass('tuned', { parameters });

    const volume = await stage().provision({ name: 'tuned', className: 'tuned' });

    expect(await propertiesOf(stage().datasetOf(volume))).toMatchObject({
      ...{
        compression: 'gzip-9',
        recordsize: '16384',
        atime: 'off',
        setuid: 'off',
        devices: 'off',
      },
      'com.example:team': 'default/tuned of tuned',
    });
  });

  it('give way to what a claim says where its class lets it', async () => {
    const parameters = { 'properties.compression': 'gzip', claimOverrides: 'compression,copies' };
    await stage().createClass('lenient', { parameters });
    const annotations = {
      'zfs-provisioner.io/compression': 'off',
      'zfs-provisioner.io/copies': '2',
    };

    const volume = await stage().provision({ name: 'wish', className: 'lenient', annotations });

    expect(await propertiesOf(stage().datasetOf(volume))).toMatchObject({
      compression: 'off',
      copies: '2',
    });
  });
});

describe('what a dataset says of its volume', () => {
  it('is enough to write the volume again', async () => {
    const parameters = { quota: 'both', gid: '1000', type: 'nfs' };
    await stage().createClass('told', { parameters, mountOptions: ['hard', 'nfsvers=4.2'] });
    const volume = await stage().provision({ name: 'told', className: 'told', size: '100Mi' });
    const claim = await stage().claim('told');

    const told = await propertiesOf(stage().datasetOf(volume));

    expect(told).toMatchObject({
      'io.kubernetes.pv.zfs:managed_by': stage().installation.env['ZFS_PROVISIONER_INSTANCE'],
      'io.kubernetes.pv.zfs:reclaim_policy': 'Delete',
      'zfs-provisioner.io:volume': volume.metadata.name,
      'zfs-provisioner.io:claim_namespace': 'default',
      'zfs-provisioner.io:claim_name': 'told',
      'zfs-provisioner.io:claim_uid': claim?.metadata.uid,
      'zfs-provisioner.io:class': 'told',
      'zfs-provisioner.io:type': 'nfs',
      'zfs-provisioner.io:size': String(100 * 1024 * 1024),
      'zfs-provisioner.io:capacity': '100Mi',
      'zfs-provisioner.io:schema': '1',
    });
    expect(JSON.parse(told['zfs-provisioner.io:record'] ?? '')).toMatchObject({
      host: stage().host.name,
      server: volume.spec.nfs?.server,
      accessModes: volume.spec.accessModes,
      mountOptions: ['hard', 'nfsvers=4.2'],
      ...{ reserveSpace: true, destroySnapshots: true, quota: 'both', gid: 1000 },
    });
    expect(volume.metadata.annotations).toMatchObject({
      'pv.beta.kubernetes.io/gid': '1000',
      'zfs-provisioner.io/quota': 'both',
    });
  });
});

describe('a dataset that is named after its claim', () => {
  const datasetName = '{{claim.namespace}}_{{claim.name}}';

  it('is found again by the name that was written down, and destroyed with its volume', async () => {
    await stage().createClass('named', { parameters: { datasetName } });
    const volume = await stage().provision({ name: 'readable', className: 'named' });
    expect(stage().datasetOf(volume)).toBe(`${stage().host.parentDataset}/default_readable`);
    // Made anew, the class says otherwise: that is for new volumes only.
    await stage().deleteClass('named');
    await stage().createClass('named');

    await stage().deleteClaim('readable');
    await stage().untilVolumeGone(volume.metadata.name);

    expect(await stage().datasetNames()).not.toContain(stage().datasetOf(volume));
  });

  it('is never given to a later claim of that name', async () => {
    const { host } = stage();
    await stage().createClass('kept', { parameters: { datasetName }, reclaimPolicy: 'Retain' });
    const volume = await stage().provision({ name: 'twice', className: 'kept' });
    const dataset = stage().datasetOf(volume);
    await writeFileInto(host, dataset);
    const before = await stateOf(host, dataset);
    await stage().deleteClaim('twice');
    await eventually('its claim is gone', async () => (await stage().claim('twice')) === undefined);

    await stage().createClaim({ name: 'twice', className: 'kept' });
    const { message } = await stage().untilEvent('twice', 'ProvisioningFailed', dataset);

    expect(message).toMatch(/not ours|belongs|not that of|left alone|another/i);
    expect(await stateOf(host, dataset)).toEqual(before);
    expect((await stage().claim('twice'))?.status?.phase).toBe('Pending');
  });
});
