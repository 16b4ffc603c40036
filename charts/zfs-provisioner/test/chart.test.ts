import { describe, expect, it } from '@jest/globals';

import { parseClassParameters } from '../../../src/provisioner/class-parameters.ts';
import { parseSettings } from '../../../src/settings/settings.ts';
import { helm, one, render, type Manifest } from './helm.ts';

interface Container {
  readonly image: string;
  readonly env: readonly { name: string; value?: string; valueFrom?: unknown }[];
  readonly ports: readonly { name: string; containerPort: number }[];
  readonly livenessProbe: unknown;
  readonly readinessProbe: unknown;
  readonly securityContext: unknown;
}

interface PodSpec {
  readonly containers: readonly [Container];
  readonly volumes: readonly unknown[];
  readonly [field: string]: unknown;
}

function podOf(values: object = {}): PodSpec {
  const { spec } = one(render(values), 'Deployment');
  return (spec as { template: { spec: PodSpec } }).template.spec;
}

/** The environment of the container; what comes from elsewhere is undefined. */
function environmentOf(values: object = {}): Record<string, string | undefined> {
  const { env } = podOf(values).containers[0];
  expect(new Set(env.map(({ name }) => name)).size).toBe(env.length);
  return Object.fromEntries(env.map(({ name, value }) => [name, value]));
}

const aClass = {
  name: 'zfs',
  hostName: 'storage-1',
  parentDataset: 'tank/kubernetes',
  shareProperties: 'rw=@10.0.0.0/8',
};

function classOf(values: object): Manifest {
  const storageClass = { create: true, classes: [{ ...aClass, ...values }] };
  return one(render({ storageClass }), 'StorageClass');
}

describe('the chart', () => {
  it('passes helm lint', () => {
    expect(helm('lint')).toMatchObject({ succeeded: true });
  });

  it('renders what belongs to one namespace into the namespace of the release', () => {
    const clusterScoped = ['ClusterRole', 'ClusterRoleBinding', 'StorageClass'];
    const elsewhere = render().filter(
      ({ kind, metadata }) => !clusterScoped.includes(kind) && metadata.namespace !== 'zfs-system',
    );

    expect(elsewhere).toEqual([]);
  });

  it('has a disruption budget only when there is a second replica', () => {
    const kindsOf = (values: object): string[] => render(values).map(({ kind }) => kind);

    expect(kindsOf({ replicaCount: 1 })).not.toContain('PodDisruptionBudget');
    expect(kindsOf({ replicaCount: 2 })).toContain('PodDisruptionBudget');
  });

  it('leaves out what is switched off', () => {
    const kinds = render({
      podDisruptionBudget: { enabled: false },
      rbac: { create: false },
      serviceAccount: { create: false, name: 'mine' },
      metrics: { service: { enabled: false } },
      ssh: { externalSecretName: 'mine' },
    }).map(({ kind }) => kind);

    expect(kinds).toEqual(['Deployment']);
  });
});

describe('the pod', () => {
  it('fulfils the restricted Pod Security Standard, with a read-only root', () => {
    const pod = podOf();

    expect(pod['securityContext']).toEqual({
      fsGroup: 65_532,
      runAsNonRoot: true,
      runAsUser: 65_532,
      runAsGroup: 65_532,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(pod.containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('gets settings that the product accepts without a warning', () => {
    const settings = parseSettings(environmentOf());

    expect(settings).toEqual(parseSettings({}));
  });

  it('knows its namespace', () => {
    const { env } = podOf().containers[0];

    expect(env.find(({ name }) => name === 'POD_NAMESPACE')?.valueFrom).toEqual({
      fieldRef: { fieldPath: 'metadata.namespace' },
    });
  });

  it('listens where the probes and the Service look, on another port too', () => {
    const manifests = render({ metrics: { port: 9100 } });
    const { ports, livenessProbe, readinessProbe } = podOf({ metrics: { port: 9100 } })
      .containers[0];

    expect(environmentOf({ metrics: { port: 9100 } })['ZFS_METRICS_PORT']).toBe('9100');
    expect(ports.map(({ containerPort }) => containerPort)).toEqual([9100, 9101]);
    expect(livenessProbe).toMatchObject({ httpGet: { path: '/livez', port: 'http' } });
    expect(readinessProbe).toMatchObject({ httpGet: { path: '/readyz', port: 'http' } });
    expect(one(manifests, 'Service')['spec']).toMatchObject({
      ports: [{ port: 9100, targetPort: 'http' }],
    });
  });

  it('gets further settings as text, numbers and flags too', () => {
    const env = { ZFS_WORKERS: 4, ZFS_SSH_HOSTKEY_TOFU: true, ZFS_USAGE_MAX_VOLUMES: 1_000_000 };

    expect(environmentOf({ env })).toMatchObject({
      ZFS_WORKERS: '4',
      ZFS_SSH_HOSTKEY_TOFU: 'true',
      ZFS_USAGE_MAX_VOLUMES: '1000000',
    });
  });

  it('takes the passphrase from a Secret', () => {
    const { env } = podOf({ ssh: { passphraseSecret: { name: 'mine' } } }).containers[0];

    expect(env.find(({ name }) => name === 'ZFS_SSH_KEY_PASSPHRASE')?.valueFrom).toEqual({
      secretKeyRef: { name: 'mine', key: 'passphrase' },
    });
  });

  it('is free of the variables that Services would add', () => {
    expect(podOf()['enableServiceLinks']).toBe(false);
  });

  it('mounts the ssh Secret for its group only', () => {
    expect(podOf({ ssh: { externalSecretName: 'mine' } }).volumes).toEqual([
      { name: 'ssh', secret: { secretName: 'mine', defaultMode: 0o440 } },
    ]);
  });

  it.each([
    [{}, 'zfs-provisioner:0.1.0'],
    [{ registry: 'r.example.com/a', tag: 'v1' }, 'r.example.com/a/zfs-provisioner:v1'],
  ])('runs the image of %j', (image, expected) => {
    expect(podOf({ image }).containers[0].image).toBe(expected);
  });

  it('knows the hosts of hostAliases', () => {
    expect(podOf({ hostAliases: { '192.0.2.1': ['a', 'b'] } })['hostAliases']).toEqual([
      { ip: '192.0.2.1', hostnames: ['a', 'b'] },
    ]);
  });
});

describe('the rights', () => {
  it('are exactly those that the product uses', () => {
    expect(one(render(), 'ClusterRole')['rules']).toEqual([
      {
        apiGroups: [''],
        resources: ['persistentvolumes'],
        verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'],
      },
      {
        apiGroups: [''],
        resources: ['persistentvolumeclaims'],
        verbs: ['get', 'list', 'watch', 'patch'],
      },
      { apiGroups: [''], resources: ['persistentvolumeclaims/status'], verbs: ['patch'] },
      {
        apiGroups: ['storage.k8s.io'],
        resources: ['storageclasses'],
        verbs: ['list', 'watch'],
      },
      { apiGroups: [''], resources: ['nodes'], verbs: ['list', 'watch'] },
      { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
      {
        apiGroups: [''],
        resources: ['namespaces'],
        resourceNames: ['kube-system'],
        verbs: ['get'],
      },
    ]);
  });

  it('include those on pods only where the capacity of grown volumes waits for them', () => {
    const rules = one(render({ env: { ZFS_DELAY_CAPACITY: true } }), 'ClusterRole')['rules'];

    expect(rules).toContainEqual({ apiGroups: [''], resources: ['pods'], verbs: ['list'] });
  });

  it('on leases are for the one of the instance, in the namespace of the release', () => {
    const role = one(render(), 'Role');

    expect(role.metadata.namespace).toBe('zfs-system');
    expect(role['rules']).toEqual([
      {
        apiGroups: ['coordination.k8s.io'],
        resources: ['leases'],
        resourceNames: ['pv.kubernetes.io-zfs'],
        verbs: ['get', 'update'],
      },
      { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
    ]);
  });

  it('go to the service account of the pod', () => {
    const values = { serviceAccount: { name: 'mine' } };
    const subjects = [{ kind: 'ServiceAccount', name: 'mine', namespace: 'zfs-system' }];

    const manifests = render(values);

    expect(podOf(values)['serviceAccountName']).toBe('mine');
    expect(one(manifests, 'ServiceAccount').metadata.name).toBe('mine');
    expect(one(manifests, 'RoleBinding')['subjects']).toEqual(subjects);
    expect(one(manifests, 'ClusterRoleBinding')['subjects']).toEqual(subjects);
  });
});

describe('a StorageClass', () => {
  it('has the defaults of the classic chart', () => {
    expect(classOf({})).toMatchObject({
      provisioner: 'pv.kubernetes.io/zfs',
      reclaimPolicy: 'Delete',
      volumeBindingMode: 'Immediate',
      allowVolumeExpansion: true,
      parameters: { hostname: 'storage-1', parentDataset: 'tank/kubernetes', type: 'nfs' },
    });
  });

  it.each([[false], [true]])(
    'has allowVolumeExpansion %s when it is said',
    (allowVolumeExpansion) => {
      expect(classOf({ allowVolumeExpansion })).toMatchObject({ allowVolumeExpansion });
    },
  );

  it('has parameters that the product accepts, every one of them', () => {
    const { parameters } = classOf({
      type: 'hostpath',
      node: 'node-1',
      shareProperties: 'rw=@10.0.0.0/8,no_root_squash',
      reserveSpace: false,
      destroySnapshots: 'False',
    });

    const parsed = parseClassParameters(parameters as Record<string, string>);

    expect(parsed).toMatchObject({ problems: [], unknown: [] });
    expect(parsed.parameters).toMatchObject({
      type: 'hostpath',
      node: 'node-1',
      shareProperties: 'rw=@10.0.0.0/8,no_root_squash',
      reserveSpace: false,
      destroySnapshots: false,
    });
  });

  it('takes further parameters, but none twice', () => {
    const further = { shareClients: '@nodes', squash: 'all', anonuid: 1_000_000 };

    const { parameters } = classOf({ shareProperties: undefined, parameters: further });

    expect(parameters).toMatchObject({ ...further, anonuid: '1000000' });
    expect(parseClassParameters(parameters as Record<string, string>).problems).toEqual([]);
    expect(() => classOf({ parameters: { hostname: 'other' } })).toThrow('hostname');
  });

  it('takes mount options, topologies and annotations', () => {
    const allowedTopologies = [
      { matchLabelExpressions: [{ key: 'kubernetes.io/hostname', values: ['node-1'] }] },
    ];
    const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' };

    expect(
      classOf({ mountOptions: ['nfsvers=4.2'], allowedTopologies, annotations }),
    ).toMatchObject({
      metadata: { annotations },
      mountOptions: ['nfsvers=4.2'],
      allowedTopologies,
    });
  });
});

describe('the ssh Secret', () => {
  const key = '-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----\n';
  const config = 'Host storage-1\n  HostName 192.0.2.1\n';

  it('holds keys, known hosts and config as they were given', () => {
    const knownHosts = [
      { host: 'storage-1', pubKey: 'ssh-ed25519 AAAA' },
      { host: '[storage-2]:2222', pubKey: 'ssh-rsa BBBB' },
    ];

    const secret = one(
      render({ ssh: { identities: { id_ed25519: key }, knownHosts, config } }),
      'Secret',
    );

    expect(secret['stringData']).toEqual({
      known_hosts: 'storage-1 ssh-ed25519 AAAA\n[storage-2]:2222 ssh-rsa BBBB\n',
      config,
      id_ed25519: key,
    });
  });

  it('makes the pod start anew when it changes', () => {
    const checksumOf = (values: object): unknown => {
      const { spec } = one(render({ ssh: values }), 'Deployment');
      return (spec as { template: { metadata: { annotations: object } } }).template.metadata
        .annotations;
    };

    expect(checksumOf({ config })).toEqual(checksumOf({ config }));
    expect(checksumOf({ config })).not.toEqual(checksumOf({ config: `${config}#` }));
  });
});
