import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { helm, one, render } from './helm.ts';

const aClass = {
  name: 'zfs',
  hostName: 'storage-1',
  parentDataset: 'tank/kubernetes',
  shareProperties: 'rw=@10.0.0.0/8',
};

/** What helm says when it refuses the values. */
function refusalOf(values: object): string {
  const { succeeded, output } = helm('template', values);
  expect(succeeded).toBe(false);
  return output;
}

function classes(...given: object[]): object {
  return { storageClass: { classes: given.map((each) => ({ ...aClass, ...each })) } };
}

interface Schema {
  readonly $ref?: string;
  readonly type?: unknown;
  readonly additionalProperties?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly definitions?: Readonly<Record<string, Schema>>;
}

const schema = JSON.parse(
  readFileSync(join(import.meta.dirname, '../values.schema.json'), 'utf8'),
) as Schema;

/** Paths of objects of ours that allow anything. */
function* openObjects(part: Schema, path: string): Generator<string> {
  const isClosed = part.additionalProperties !== undefined;
  if (part.properties !== undefined && !isClosed) yield path;
  for (const [name, each] of Object.entries(part.properties ?? {})) {
    yield* openObjects(each, `${path}.${name}`);
  }
  for (const [name, each] of Object.entries(part.definitions ?? {})) {
    yield* openObjects(each, `${path}#${name}`);
  }
  if (part.items !== undefined) yield* openObjects(part.items, `${path}[]`);
}

describe('the schema of the values', () => {
  it('closes every object that it describes', () => {
    expect([...openObjects(schema, '')]).toEqual([]);
  });

  it.each(Object.keys(schema.properties ?? {}).filter((name) => name !== 'global'))(
    'refuses what cannot be %s, and a slip in its name',
    (name) => {
      expect(refusalOf({ [name]: [[7]] })).toContain(name);
      expect(refusalOf({ [`${name}x`]: {} })).toContain(`${name}x`);
    },
  );

  it.each(
    Object.entries(schema.properties ?? {})
      .filter(([name, part]) => part.properties !== undefined && name !== 'global')
      .map(([name]) => name),
  )('refuses a slip within %s', (name) => {
    expect(refusalOf({ [name]: { misspelt: true } })).toContain('misspelt');
  });

  it.each<[string, object, string]>([
    ['a setting', { env: { ZFS_SSH_USERNAME: 'a' } }, 'ZFS_SSH_USERNAME'],
    ['a setting in extraEnv', { extraEnv: [{ name: 'ZFS_SSH_USERNAME' }] }, 'ZFS_SSH_USERNAME'],
    ['a parameter', classes({ parameters: { shareClient: '@nodes' } }), 'shareClient'],
    ['a parameter with a field', classes({ parameters: { hostname: 'b' } }), 'hostname'],
    ['a field of a class', classes({ hostname: 'b' }), 'hostname'],
    ['a field of a host', { hosts: [{ name: 'a', adress: 'b' }] }, 'adress'],
    ['a type of volume', classes({ type: 'iscsi' }), 'type'],
    ['a policy', classes({ policy: 'Recycle' }), 'policy'],
    ['a toleration', { tolerations: [{ keys: 'a' }] }, 'keys'],
    ['a resource', { resources: { limit: {} } }, 'limit'],
    ['a security context', { securityContext: { runAsUsr: 1 } }, 'runAsUsr'],
    ['a security context of pods', { podSecurityContext: { fsgroup: 1 } }, 'fsgroup'],
    ['an affinity', { affinity: { podAfinity: {} } }, 'podAfinity'],
    ['a probe', { livenessProbe: { period: 1 } }, 'period'],
    ['a peer', { networkPolicy: { sshTo: [{ cidr: '10.0.0.0/8' }] } }, 'cidr'],
    ['a kind of volume mount', { extraVolumeMounts: [{ name: 'a', path: '/b' }] }, 'path'],
    ['a provisioner in the tree', { provisioner: { instance: 'kubernetes.io/zfs' } }, 'instance'],
    ['a port without a next one', { metrics: { port: 65_535 } }, 'port'],
    ['an interval', { metrics: { podMonitor: { interval: '30 s' } } }, 'interval'],
    ['a digest', { image: { digest: 'latest' } }, 'digest'],
    ['a way to see the console', { console: { auth: 'basic' } }, 'auth'],
  ])('refuses what is wrong in %s', (_what, values, named) => {
    expect(refusalOf(values)).toContain(named);
  });
});

describe('the templates refuse what the schema cannot see:', () => {
  it.each<[string, object, string]>([
    [
      'replicas that would work at once',
      { env: { ZFS_LEADER_ELECTION: 'false' } },
      'set replicaCount: 1, or remove env.ZFS_LEADER_ELECTION',
    ],
    ['a setting that contradicts', { env: { ZFS_METRICS_PORT: 9100 } }, 'set metrics.port instead'],
    [
      'an instance in env',
      { env: { ZFS_PROVISIONER_INSTANCE: 'a/b' } },
      'set provisioner.instance instead',
    ],
    [
      'a passphrase twice',
      { env: { ZFS_SSH_KEY_PASSPHRASE: 'a' }, ssh: { passphraseSecret: { name: 'b' } } },
      'ssh.passphraseSecret says it already',
    ],
    [
      'a variable twice',
      { env: { ZFS_WORKERS: 4 }, extraEnv: [{ name: 'ZFS_WORKERS', value: '5' }] },
      'extraEnv[0].name ZFS_WORKERS: it has a value already',
    ],
    ['a console without token', { console: { enabled: true } }, 'console.existingSecret.name'],
    [
      'a console on a port that is taken',
      { console: { enabled: true, auth: 'none', port: 8081 } },
      'console.port 8081',
    ],
    [
      'two who scrape',
      { metrics: { serviceMonitor: { enabled: true }, podMonitor: { enabled: true } } },
      'set one of them to false',
    ],
    [
      'a ServiceMonitor without Service',
      { metrics: { service: { enabled: false }, serviceMonitor: { enabled: true } } },
      'set metrics.service.enabled: true',
    ],
    ['a class without host', classes({ hostName: undefined }), 'hostName is required'],
    ['a class without parent', classes({ parentDataset: undefined }), 'parentDataset is required'],
    ['a class twice', classes({}, {}), 'another class has that name'],
  ])('%s', (_what, values, named) => {
    expect(refusalOf(values)).toContain(named);
  });

  it('all of it at once', () => {
    const output = refusalOf({
      ...classes({ hostName: undefined }, { name: 'other', parentDataset: undefined }),
      env: { ZFS_LEADER_ELECTION: false, ZFS_METRICS_PORT: 1 },
    });

    expect(output.match(/^- /gm)).toHaveLength(4);
  });

  it('but not what says the same twice', () => {
    const values = { metrics: { port: 9100 }, env: { ZFS_METRICS_PORT: 9100, TZ: 'UTC' } };

    expect(JSON.stringify(one(render(values), 'Deployment'))).toContain(
      '{"name":"ZFS_METRICS_PORT","value":"9100"}',
    );
  });

  it('nor a class whose parents the hosts say', () => {
    const hosts = [{ name: 'storage-1', parents: [{ dataset: 'tank/kubernetes' }] }];

    expect(helm('template', { ...classes({ parentDataset: undefined }), hosts })).toMatchObject({
      succeeded: true,
    });
  });
});

describe('values of the classic chart', () => {
  it.each<[string, object, string]>([
    [
      'its image',
      { image: { registry: 'ghcr.io', repository: 'ccremer/zfs-provisioner', tag: 'v1.6.1' } },
      'remove image.registry, image.repository and image.tag',
    ],
    ['its tag', { image: { tag: 'v1.6.1' } }, 'remove image.tag'],
    [
      'volumes for everyone, which nothing said',
      classes({ shareProperties: '' }),
      'storageClass.classes[0] (zfs): shareProperties "" exports volumes to everyone',
    ],
    [
      'volumes for everyone, which "on" said',
      classes({ shareProperties: 'on', type: 'auto' }),
      'env.ZFS_EXPORT_TO_EVERYONE: "true"',
    ],
    [
      'mount options of a hostpath, which were ignored',
      classes({ type: 'HostPath', mountOptions: ['hard'] }),
      'remove them from a class of type hostpath',
    ],
    ['its update of volumes', { storageClass: { classes: [{ ...aClass, policy: '' }] } }, 'policy'],
  ])('are refused with the line to change: %s', (_what, values, named) => {
    expect(refusalOf(values)).toContain(named);
  });

  it.each<[string, object]>([
    ['volumes for everyone who agreed', { shareProperties: 'on' }],
    ['volumes of hostpath', { shareProperties: '', type: 'hostpath' }],
  ])('are taken: %s', (_what, more) => {
    const env = { ZFS_EXPORT_TO_EVERYONE: 'true' };

    expect(helm('template', { ...classes(more), env })).toMatchObject({ succeeded: true });
  });

  it('run as the user that they name, whose group reads the key', () => {
    const manifests = render({
      podSecurityContext: { fsGroup: 100 },
      securityContext: { runAsUser: 100 },
    });

    const { spec } = one(manifests, 'Deployment') as unknown as {
      spec: { template: { spec: Record<string, unknown> } };
    };
    expect(spec.template.spec).toMatchObject({
      securityContext: { fsGroup: 100, runAsNonRoot: true },
      containers: [{ securityContext: { runAsUser: 100, readOnlyRootFilesystem: true } }],
      volumes: [{ secret: { defaultMode: 0o440 } }],
    });
  });
});
