import { beforeAll, describe, expect, it } from '@jest/globals';
import type { StorageClass } from '../../src/volume/objects.ts';
import type { ClaimSpec } from '../stage.ts';
import { useStage } from '../stage.ts';

const stage = useStage({
  nodes: ['storage-1'],
  classes: [
    { name: 'nfs' },
    { name: 'thin', reserveSpace: false },
    { name: 'hostpath', type: 'hostpath' },
    { name: 'local', type: 'local' },
    {
      name: 'elsewhere',
      type: 'hostpath',
      allowedTopologies: [
        { matchLabelExpressions: [{ key: 'kubernetes.io/hostname', values: ['node-2'] }] },
      ],
    },
  ],
});

// The chart would refuse them.
beforeAll(async () => {
  for (const type of ['hostpath', 'local']) {
    await stage().createClass(`${type}-options`, { parameters: { type }, mountOptions: ['ro'] });
  }
});

/** The message of the one event that the claim gets; nothing else happens for it. */
async function rejectionOf(claim: ClaimSpec): Promise<string> {
  const { name } = claim;
  await stage().createClaim(claim);
  const { message } = await stage().untilEvent(name, 'ProvisioningFailed');
  // All that was to be done before is done once another claim is.
  await stage().provision({ name: `after-${name}`, className: 'nfs', size: '1Mi' });
  await stage().untilEvent(`after-${name}`, 'ProvisioningSucceeded');
  expect(await stage().events(name)).toEqual([
    expect.objectContaining({ type: 'Warning', reason: 'ProvisioningFailed', count: 1 }),
  ]);
  const volumeName = await stage().volumeNameFor(name);
  expect(await stage().volume(volumeName)).toBeUndefined();
  expect((await stage().datasetNames()).join()).not.toContain(volumeName);
  return message;
}

function nameFor(text: string): string {
  return text.toLowerCase().replaceAll(/\W+/g, '-');
}

describe('a claim that nothing can be made for is rejected with one event:', () => {
  it.each<[string, Omit<ClaimSpec, 'name'>, string]>([
    [
      'a selector',
      { className: 'nfs', spec: { selector: { matchLabels: { tier: 'gold' } } } },
      'spec.selector is not supported',
    ],
    [
      'a snapshot to restore',
      {
        className: 'nfs',
        spec: {
          dataSource: {
            apiGroup: 'snapshot.storage.k8s.io',
            kind: 'VolumeSnapshot',
            name: 'monday',
          },
        },
      },
      'spec.dataSource VolumeSnapshot monday cannot be restored',
    ],
    [
      'a claim to clone',
      {
        className: 'nfs',
        spec: { dataSourceRef: { kind: 'PersistentVolumeClaim', name: 'original' } },
      },
      'spec.dataSource PersistentVolumeClaim original cannot be restored or cloned',
    ],
    [
      'a block device',
      { className: 'nfs', spec: { volumeMode: 'Block' } },
      'volumeMode Block is not supported',
    ],
    [
      'a VolumeAttributesClass',
      { className: 'nfs', spec: { volumeAttributesClassName: 'gold' } },
      'spec.volumeAttributesClassName is not supported',
    ],
    [
      'many writers on a hostpath',
      { className: 'hostpath', accessModes: ['ReadWriteMany'] },
      'access mode ReadWriteMany cannot be given by a hostpath volume',
    ],
    [
      'many readers on a local volume',
      { className: 'local', accessModes: ['ReadWriteOnce', 'ReadOnlyMany'] },
      'access mode ReadOnlyMany cannot be given by a local volume',
    ],
    ['a byte less than 1Mi', { className: 'nfs', size: '1048575' }, 'below the minimum of 1Mi'],
    ['a fraction of a byte', { className: 'nfs', size: '1m' }, 'below the minimum of 1Mi'],
    [
      'mount options of a hostpath',
      { className: 'hostpath-options' },
      'mountOptions cannot be applied to hostpath volumes',
    ],
    [
      'mount options of a local volume',
      { className: 'local-options' },
      'mountOptions cannot be applied to local volumes',
    ],
    [
      'topologies that exclude the storage node',
      { className: 'elsewhere' },
      'allowedTopologies of the class exclude node storage-1',
    ],
  ])('%s', async (case_, claim, why) => {
    expect(await rejectionOf({ ...claim, name: nameFor(case_) })).toContain(why);
  });

  it('all problems in it, of claim and class alike', async () => {
    const parameters = {
      type: 'nsf',
      parentDataset: '/tank/../kubernetes',
      hostname: '-storage',
      reserveSpace: 'perhaps',
      shareProperties: 'on\n/etc *(rw)',
    };
    await stage().createClass('wrong', { parameters });
    const spec = { volumeMode: 'Block', selector: { matchLabels: { tier: 'gold' } } };

    const message = await rejectionOf({ name: 'all-wrong', className: 'wrong', size: '1Ki', spec });

    expect(message.split('; ')).toHaveLength(8);
    for (const word of [...Object.keys(parameters), 'Block', 'selector', '1Ki']) {
      expect(message).toContain(word);
    }
  });
});

describe('what only the API could let through', () => {
  it.each(['0', '-1Gi'])(
    'a claim for %s bytes is refused by the API server already',
    async (size) => {
      await expect(
        stage().createClaim({ name: 'nothing', className: 'nfs', size }),
      ).rejects.toThrow('422');
    },
  );

  it('a class with the policy Recycle is refused by the API server already', async () => {
    const recycling: Partial<StorageClass> = { reclaimPolicy: 'Recycle' };

    await expect(stage().createClass('recycling', recycling)).rejects.toThrow('422');
  });

  it('a claim above 2^63 bytes is cut to 2^63-1 by the API server, and no pool has room for that', async () => {
    await stage().createClaim({ name: 'vast', className: 'nfs', size: '100Ei' });

    const { message } = await stage().untilEvent('vast', 'ProvisioningFailed');

    expect(message).toContain('out of space');
  });
});

describe('what is no reason to reject', () => {
  it.each<[string, Omit<ClaimSpec, 'name'>]>([
    ['an empty selector', { className: 'nfs', spec: { selector: {} } }],
    ['exactly 1Mi', { className: 'nfs', size: '1Mi' }],
  ])('%s', async (case_, claim) => {
    const volume = await stage().provision({ ...claim, name: nameFor(case_) });

    expect(await stage().datasetNames()).toContain(stage().datasetOf(volume));
  });
});
