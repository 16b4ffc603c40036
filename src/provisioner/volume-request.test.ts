import { describe, expect, it } from '@jest/globals';

import { sharedWith } from '../../test/support/creation.ts';
import type { ClaimOptions, ClassOptions } from '../../test/support/builders.ts';
import { aClaim, aClass, aNode, instance } from '../../test/support/builders.ts';
import { InvalidRequestError } from '../errors.ts';
import { Inventory } from './inventory/inventory.ts';
import type { Planned, RequestRules } from './volume-request.ts';
import { planVolume } from './volume-request.ts';

const node = aNode('storage-1');
const rules: RequestRules = {
  instance,
  allowedParents: [],
  allowedProperties: [],
  spaceLimits: { maxFullnessPercent: undefined, maxOvercommit: undefined },
  sharing: { exportToEveryone: true, nodeAddresses: () => [] },
  inventory: new Inventory(),
  choosePlace: () => {
    throw new Error('there is nothing to choose');
  },
  nodes: {
    byName: (name) => (name === 'storage-1' ? node : undefined),
    byHostname: (name) => (name === 'storage-1' ? node : undefined),
  },
};

function plan(claim: ClaimOptions = {}, storageClass: ClassOptions = {}): Planned {
  return planVolume(aClaim(claim), aClass(storageClass), rules);
}

function problemsOf(claim: ClaimOptions, storageClass: ClassOptions = {}): readonly string[] {
  try {
    plan(claim, storageClass);
  } catch (error) {
    if (error instanceof InvalidRequestError) return error.problems;
    throw error;
  }
  return [];
}

describe('a volume request', () => {
  it('says everything that the dataset and the volume need', () => {
    expect(plan({ size: '1.5Gi' }, { mountOptions: ['nfsvers=4.2'] })).toMatchObject({
      kind: 'request',
      request: {
        volumeName: 'pvc-uid-data',
        claim: { namespace: 'default', name: 'data', uid: 'uid-data' },
        className: 'fast',
        type: 'nfs',
        host: 'storage-1',
        dataset: 'tank/k8s/pvc-uid-data',
        capacity: '1.5Gi',
        sizeBytes: 1610612736n,
        accessModes: ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany'],
        reclaimPolicy: 'Delete',
        mountOptions: ['nfsvers=4.2'],
        reserveSpace: true,
        destroySnapshots: true,
        sharing: sharedWith('on'),
      },
      warnings: [],
    });
  });

  it('takes what the class says', () => {
    const parameters = {
      shareProperties: 'rw=@10.0.0.0/8,no_root_squash',
      reserveSpace: 'False',
      destroySnapshots: 'false',
    };

    expect(plan({}, { parameters, reclaimPolicy: 'Retain' })).toMatchObject({
      request: {
        reclaimPolicy: 'Retain',
        reserveSpace: false,
        destroySnapshots: false,
        sharing: sharedWith('rw=@10.0.0.0/8,no_root_squash'),
      },
    });
  });

  it.each(['hostpath', 'local'])('of type %s is not shared', (type) => {
    expect(plan({}, { parameters: { type } })).toMatchObject({
      request: {
        type,
        sharing: { kind: 'off' },
        nodeLabels: { 'kubernetes.io/hostname': 'storage-1' },
        accessModes: ['ReadWriteOnce'],
      },
    });
  });

  it('drops mount options where an auto volume becomes a hostpath one', () => {
    expect(plan({}, { parameters: { type: 'auto' }, mountOptions: ['hard'] })).toMatchObject({
      request: { type: 'hostpath', mountOptions: [] },
    });
  });

  it('warns of parameters that nobody knows', () => {
    expect(plan({}, { parameters: { parentDatset: 'x' } })).toMatchObject({
      warnings: [
        'parameter parentDatset of StorageClass fast is not known and ignored (did you mean parentDataset?)',
      ],
    });
  });

  it('says what the class says of space, ownership, properties and name', () => {
    const parameters = {
      ...{ quota: 'both', mode: '2770', uid: '1000', gid: '2000', acl: 'u:5:rwx,d:u:5:rwx' },
      ...{ 'properties.compression': 'zstd', 'properties.com.example:team': '{{claim.namespace}}' },
      datasetName: '{{claim.namespace}}_{{claim.name}}',
    };

    expect(plan({}, { parameters })).toMatchObject({
      request: {
        dataset: 'tank/k8s/default_data',
        quota: 'both',
        ownership: { mode: '2770', uid: 1000, gid: 2000, acl: ['u:5:rwx', 'd:u:5:rwx'] },
        nativeProperties: { setuid: 'off', devices: 'off', acltype: 'posix', compression: 'zstd' },
        userProperties: { 'com.example:team': 'default' },
      },
      warnings: [],
    });
  });

  it('keeps devices and setuid out of what is shared, unless the class wants them', () => {
    const native = (parameters: Readonly<Record<string, string>>): unknown => {
      const planned = plan({}, { parameters });
      return planned.kind === 'request' ? planned.request.nativeProperties : undefined;
    };

    expect(native({})).toEqual({ setuid: 'off', devices: 'off' });
    expect(native({ 'properties.setuid': 'on' })).toEqual({ setuid: 'on', devices: 'off' });
    expect(native({ type: 'local' })).toEqual({});
  });

  it('follows the claim where its class lets it', () => {
    const annotations = {
      'zfs-provisioner.io/compression': 'zstd',
      'zfs-provisioner.io/gid': '7',
      'zfs-provisioner.io/hostname': 'evil',
    };
    const parameters = { claimOverrides: 'compression,gid', gid: '5' };

    expect(plan({ annotations }, { parameters })).toMatchObject({
      request: {
        host: 'storage-1',
        nativeProperties: { compression: 'zstd' },
        ownership: { gid: 7 },
      },
      warnings: [expect.stringContaining('annotation zfs-provisioner.io/hostname is ignored')],
    });
  });

  it('asks for another node only of pods that are scheduled first', () => {
    const annotations = { 'volume.kubernetes.io/selected-node': 'node-2' };
    const parameters = { type: 'local' };

    expect(
      plan({ annotations }, { parameters, volumeBindingMode: 'WaitForFirstConsumer' }),
    ).toMatchObject({ kind: 'reschedule' });
    expect(plan({ annotations }, { parameters })).toMatchObject({ kind: 'request' });
  });

  it('accepts an empty selector, which some tools add', () => {
    expect(problemsOf({ spec: { selector: {} } })).toEqual([]);
  });

  it('accepts the smallest and the largest size', () => {
    expect(problemsOf({ size: '1Mi' })).toEqual([]);
    expect(problemsOf({ size: '9223372036854775807' })).toEqual([]);
  });
});

describe('a refused request', () => {
  const snapshot = { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 'monday' };

  it.each<[string, ClaimOptions, ClassOptions, string]>([
    ['a selector', { spec: { selector: { matchLabels: { a: 'b' } } } }, {}, 'selector'],
    ['a snapshot as source', { spec: { dataSource: snapshot } }, {}, 'VolumeSnapshot monday'],
    [
      'a claim as source',
      { spec: { dataSourceRef: { kind: 'PersistentVolumeClaim', name: 'other' } } },
      {},
      'PersistentVolumeClaim other',
    ],
    ['block mode', { spec: { volumeMode: 'Block' } }, {}, 'Block'],
    [
      'an attributes class',
      { spec: { volumeAttributesClassName: 'gold' } },
      {},
      'volumeAttributesClassName',
    ],
    ['the policy Recycle', {}, { reclaimPolicy: 'Recycle' }, 'Recycle'],
    ['size 0', { size: '0' }, {}, 'below the minimum'],
    ['a negative size', { size: '-1Gi' }, {}, 'below the minimum'],
    ['a size below the minimum', { size: '1048575' }, {}, 'below the minimum'],
    ['a size above the maximum', { size: '9223372036854775808' }, {}, 'above the maximum'],
    ['a size that is none', { size: 'much' }, {}, 'not a quantity'],
    ['no size', { spec: { resources: {} } }, {}, 'not a quantity'],
    [
      'many nodes on a hostpath volume',
      { spec: { accessModes: ['ReadWriteMany'] } },
      { parameters: { type: 'hostpath' } },
      'ReadWriteMany',
    ],
    [
      'mount options for a local volume',
      {},
      { parameters: { type: 'local' }, mountOptions: ['ro'] },
      'mountOptions',
    ],
    [
      'a parent that leaves no room for the name',
      {},
      { parameters: { parentDataset: `tank/${'a'.repeat(240)}` } },
      'longer than 255',
    ],
    ['no parent', {}, { parameters: { parentDataset: undefined } }, 'a parent dataset'],
    ['a mount option that is two', {}, { mountOptions: ['hard\nro'] }, 'mount option "hard\\nro"'],
    ['an empty mount option', {}, { mountOptions: [''] }, 'mount option ""'],
    ['too many mount options', {}, { mountOptions: ['a'.repeat(5000)] }, 'longer than 4096'],
    [
      'topologies that exclude the storage node',
      {},
      {
        parameters: { type: 'local' },
        allowedTopologies: [{ matchLabelExpressions: [{ key: 'zone', values: ['z'] }] }],
      },
      'allowedTopologies',
    ],
  ])('names %s', (_case, claim, storageClass, problem) => {
    expect(problemsOf(claim, storageClass)).toEqual([expect.stringContaining(problem)]);
  });

  it.each([
    ['parentDataset', 'tank/../etc', '".."'],
    ['parentDataset', '/tank', 'start or end'],
    ['parentDataset', "tank/'; reboot; '", 'may only contain'],
    ['hostname', undefined, 'is required'],
    ['hostname', '-oProxyCommand=id', 'host name'],
    ['hostname', 'a b', 'host name'],
    ['type', undefined, 'is required'],
    ['type', 'iscsi', 'must be one of'],
    ['type', 'constructor', 'must be one of'],
    ['node', 'a/b', 'label value'],
    ['shareProperties', '', 'empty'],
    ['shareProperties', 'off', 'off'],
    ['shareProperties', 'rw\n/etc *(rw)', 'control characters'],
    ['reserveSpace', '', 'true'],
    ['reserveSpace', 'yes', 'true'],
    ['destroySnapshots', '1', 'true'],
  ])('names the parameter %s=%j', (name, value, problem) => {
    const problems = problemsOf({}, { parameters: { [name]: value } });

    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`parameter ${name}`);
    expect(problems[0]).toContain(problem);
  });

  it('does not repeat a hostile value at length', () => {
    const [problem = ''] = problemsOf({}, { parameters: { hostname: `!${'a'.repeat(10_000)}` } });

    expect(problem.length).toBeLessThan(300);
  });

  it('names the annotation where the claim is wrong', () => {
    const annotations = {
      'zfs-provisioner.io/mode': 'rwx',
      'zfs-provisioner.io/compression': '{{claim.name}}',
    };
    const parameters = { claimOverrides: 'compression,mode' };

    expect(problemsOf({ annotations }, { parameters })).toEqual([
      expect.stringContaining('annotation zfs-provisioner.io/mode "rwx" must be a mode'),
      expect.stringContaining('annotation zfs-provisioner.io/compression "{{claim.name}}" must be'),
    ]);
  });

  it('names what does not go together', () => {
    const parameters = { acl: 'u:5:rwx', 'properties.acltype': 'nfsv4' };

    expect(problemsOf({}, { parameters })).toEqual([
      expect.stringContaining('parameter acl has entries of posix'),
    ]);
  });

  it('names all problems at once', () => {
    const problems = problemsOf(
      { size: '0', spec: { volumeMode: 'Block', resources: { requests: { storage: '0' } } } },
      { parameters: { type: 'x', hostname: undefined }, reclaimPolicy: 'Recycle' },
    );

    expect(problems).toHaveLength(5);
  });

  it('names a parent outside the allowed ones', () => {
    const restricted = { ...rules, allowedParents: ['tank/k8s-other', 'data'] };

    expect(() => planVolume(aClaim(), aClass(), restricted)).toThrow('outside the allowed parents');
    expect(planVolume(aClaim(), aClass(), { ...rules, allowedParents: ['tank'] })).toMatchObject({
      kind: 'request',
    });
  });

  it.each(['nfs', 'Nfs', 'NFS', 'hostpath', 'hostPath', 'HostPath', 'Hostpath', 'HOSTPATH'])(
    'is not one with type %s',
    (type) => {
      expect(problemsOf({}, { parameters: { type } })).toEqual([]);
    },
  );

  it('is not one with an empty destroySnapshots', () => {
    expect(plan({}, { parameters: { destroySnapshots: '' } })).toMatchObject({
      request: { destroySnapshots: true },
    });
  });
});
