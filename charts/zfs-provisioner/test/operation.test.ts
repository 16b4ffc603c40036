import { describe, expect, it } from '@jest/globals';

import { helm, one, render, type Manifest } from './helm.ts';

function kindsOf(values: object): string[] {
  return render(values).map(({ kind }) => kind);
}

function specOf(manifests: readonly Manifest[], kind: string): Record<string, unknown> {
  return one(manifests, kind)['spec'] as Record<string, unknown>;
}

function podOf(values: object): Record<string, unknown> {
  const { template } = specOf(render(values), 'Deployment');
  return (template as { spec: Record<string, unknown> }).spec;
}

describe('replicas', () => {
  it('are two, of which one may be away and which prefer different nodes', () => {
    const manifests = render();

    expect(specOf(manifests, 'Deployment')).toMatchObject({
      replicas: 2,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0 } },
    });
    expect(specOf(manifests, 'PodDisruptionBudget')).toMatchObject({ minAvailable: 1 });
    expect(podOf({})['topologySpreadConstraints']).toEqual([
      {
        maxSkew: 1,
        topologyKey: 'kubernetes.io/hostname',
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: {
          matchLabels: {
            'app.kubernetes.io/name': 'zfs-provisioner',
            'app.kubernetes.io/instance': 'release',
          },
        },
      },
    ]);
  });

  it('spread as the values say, with their own selector where they have one', () => {
    const mine = { maxSkew: 2, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' };
    const labelSelector = { matchLabels: { a: 'b' } };
    const topologySpreadConstraints = [mine, { ...mine, labelSelector }];

    expect(podOf({ topologySpreadConstraints })['topologySpreadConstraints']).toMatchObject([
      { ...mine, labelSelector: { matchLabels: { 'app.kubernetes.io/instance': 'release' } } },
      { ...mine, labelSelector },
    ]);
  });

  it('may be one without a lease: it ends before the next one starts, and has no right to leases', () => {
    const values = { replicaCount: 1, env: { ZFS_LEADER_ELECTION: 'false' } };

    expect(specOf(render(values), 'Deployment')['strategy']).toEqual({ type: 'Recreate' });
    expect(kindsOf(values)).not.toContain('Role');
    expect(kindsOf(values)).not.toContain('PodDisruptionBudget');
    expect(kindsOf(values)).toContain('ClusterRole');
    expect(helm('install', values).output).toContain('It works without a lease');
  });

  it('share the lease that the product will ask for', () => {
    const leaseOf = (values: object): unknown => {
      const [rule] = one(render(values), 'Role')['rules'] as [{ resourceNames: unknown }];
      return rule.resourceNames;
    };

    expect(leaseOf({ provisioner: { instance: 'zfs.example.com/a' } })).toEqual([
      'zfs.example.com-a',
    ]);
    expect(leaseOf({ env: { ZFS_LEASE_NAME: 'mine' } })).toEqual(['mine']);
  });
});

describe('metrics', () => {
  it('are scraped by the Service or by the pods, from all replicas', () => {
    const serviceMonitor = { enabled: true, labels: { release: 'prometheus' }, interval: '30s' };
    const manifests = render({ metrics: { serviceMonitor } });

    expect(one(manifests, 'ServiceMonitor').metadata.labels).toMatchObject(serviceMonitor.labels);
    expect(specOf(manifests, 'ServiceMonitor')).toMatchObject({
      endpoints: [{ port: 'http', path: '/metrics', interval: '30s' }],
    });
    expect(specOf(render({ metrics: { podMonitor: serviceMonitor } }), 'PodMonitor')).toMatchObject(
      { podMetricsEndpoints: [{ port: 'http', path: '/metrics' }] },
    );
  });

  it('are not scraped unless it is said: a cluster without the operator would refuse it', () => {
    expect(kindsOf({}).filter((kind) => kind.endsWith('Monitor'))).toEqual([]);
  });
});

describe('the status page', () => {
  const console = { enabled: true, existingSecret: { name: 'mine' }, hiddenNamespaces: ['a', 'b'] };

  it('is off unless it is said', () => {
    expect(JSON.stringify(render())).not.toContain('CONSOLE');
  });

  it('has a port of its own, and its token from a Secret', () => {
    const [container] = podOf({ console })['containers'] as [Record<string, unknown[]>];

    expect(container['ports']).toContainEqual({ name: 'console', containerPort: 8090 });
    expect(container['env']).toEqual(
      expect.arrayContaining([
        { name: 'ZFS_CONSOLE_PORT', value: '8090' },
        { name: 'ZFS_CONSOLE_AUTH', value: 'token' },
        { name: 'ZFS_CONSOLE_HIDDEN_NAMESPACES', value: 'a,b' },
        {
          name: 'ZFS_CONSOLE_TOKEN',
          valueFrom: { secretKeyRef: { name: 'mine', key: 'token' } },
        },
      ]),
    );
    const services = render({ console }).filter(({ kind }) => kind === 'Service');
    expect(services.map(({ metadata }) => metadata.name)).toEqual([
      'release-zfs-provisioner',
      'release-zfs-provisioner-console',
    ]);
  });

  it('asks for no token where everybody may see it', () => {
    const text = JSON.stringify(render({ console: { enabled: true, auth: 'none' } }));

    expect(text).not.toContain('ZFS_CONSOLE_TOKEN');
  });

  it('is told of in the notes, with the pod that leads', () => {
    const { output } = helm('install', { console });

    expect(output).toContain('port-forward pod/$(kubectl --namespace zfs-system get lease');
  });
});

describe('the NetworkPolicy', () => {
  interface Rule {
    readonly ports: readonly { readonly port: unknown }[];
    readonly from?: unknown;
    readonly to?: unknown;
  }

  function rulesOf(values: object): { ingress: readonly Rule[]; egress: readonly Rule[] } {
    return specOf(render(values), 'NetworkPolicy') as never;
  }

  it('is there only when it is wanted', () => {
    expect(kindsOf({})).not.toContain('NetworkPolicy');
  });

  it('lets in who scrapes, and out to the API server, SSH and DNS', () => {
    const { ingress, egress } = rulesOf({ networkPolicy: { enabled: true } });

    expect(ingress).toEqual([{ ports: [{ port: 'http' }] }]);
    expect(egress.map(({ ports }) => ports.map(({ port }) => port))).toEqual([
      [443, 6443],
      [22],
      [53, 53],
    ]);
  });

  it('knows every port of sshd that the values say', () => {
    const { egress } = rulesOf({
      networkPolicy: { enabled: true, sshPorts: [2224] },
      env: { ZFS_SSH_PORT: '2222' },
      hosts: [
        { name: 'a', ssh: { port: 2223 } },
        { name: 'b', ssh: { port: 2222 } },
        { name: 'c' },
      ],
    });

    expect(egress[1]?.ports.map(({ port }) => port)).toEqual([22, 2222, 2223, 2224]);
  });

  it('lets in those who are named', () => {
    const peer = { podSelector: { matchLabels: { app: 'a' } } };
    const { ingress, egress } = rulesOf({
      console: { enabled: true, auth: 'none' },
      networkPolicy: { enabled: true, metricsFrom: [peer], consoleFrom: [peer], sshTo: [peer] },
    });

    expect(ingress).toEqual([
      { ports: [{ port: 'http' }], from: [peer] },
      { ports: [{ port: 'console' }], from: [peer] },
    ]);
    expect(egress[1]?.to).toEqual([peer]);
  });
});

describe('the environment', () => {
  it('may come from elsewhere too', () => {
    const variable = {
      name: 'ZFS_SSH_USER',
      valueFrom: { secretKeyRef: { name: 'a', key: 'b' } },
    };
    const from = { configMapRef: { name: 'c' } };
    const [container] = podOf({ extraEnv: [variable], envFrom: [from] })['containers'] as [
      Record<string, unknown[]>,
    ];

    expect(container['env']).toContainEqual(variable);
    expect(container['envFrom']).toEqual([from]);
  });
});

describe('the notes', () => {
  it.each<[string, object, string]>([
    ['no key', {}, 'there is no private key'],
    ['no host is known', { ssh: { identities: { id_ed25519: 'a' } } }, 'no key of a host is known'],
    ['hosts are believed', { env: { ZFS_SSH_HOSTKEY_TOFU: true } }, 'believes the key'],
    ['volumes for everyone', { env: { ZFS_EXPORT_TO_EVERYONE: true } }, 'ZFS_EXPORT_TO_EVERYONE'],
  ])('warn where %s', (_what, values, warning) => {
    expect(helm('install', values).output).toContain(warning);
  });

  it('warn of nothing where all is well', () => {
    expect(helm('install', { ssh: { externalSecretName: 'mine' } }).output).not.toContain('NOTE:');
  });
});
