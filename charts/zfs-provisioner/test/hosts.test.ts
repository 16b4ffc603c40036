import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { parseHostsFile } from '../../../src/provisioner/inventory/hosts-file.ts';
import { helm, render, type Manifest } from './helm.ts';

const hosts = [
  {
    name: 'storage-1',
    labels: { tier: 'fast' },
    ssh: { address: '10.0.0.11', port: 2222, user: 'zfs' },
    parents: [{ dataset: 'tank/kubernetes', limits: { overcommit: 1.5, fullness: 90 } }],
  },
];

function find(manifests: readonly Manifest[], kind: string): Manifest | undefined {
  return manifests.find((manifest) => manifest.kind === kind);
}

describe('the hosts of the values', () => {
  it('are the hosts file of the product, which finds it where it is mounted', () => {
    const manifests = render({ hosts });

    const map = find(manifests, 'ConfigMap') as unknown as { data: Record<string, string> };
    expect(parseHostsFile(map.data['hosts.yaml'] ?? '')).toMatchObject(hosts);
    const text = JSON.stringify(find(manifests, 'Deployment'));
    const folder = '/etc/zfs-provisioner/hosts';
    expect(text).toContain(`{"name":"ZFS_HOSTS_FILE","value":"${folder}/hosts.yaml"}`);
    expect(text).toContain(`{"name":"hosts","mountPath":"${folder}","readOnly":true}`);
  });

  it('leave no trace where there are none', () => {
    const manifests = render({});

    expect(find(manifests, 'ConfigMap')).toBeUndefined();
    expect(JSON.stringify(manifests)).not.toContain('hosts.yaml');
  });

  it('are checked by the schema that the product publishes', () => {
    const read = (path: string): { properties: { hosts: { items: unknown } } } =>
      JSON.parse(readFileSync(join(import.meta.dirname, path), 'utf8')) as never;

    expect(read('../values.schema.json').properties.hosts.items).toEqual(
      read('../../../docs/hosts-file.schema.json').properties.hosts.items,
    );
    const wrong = helm('template', { hosts: [{ name: 'storage-1', adress: '10.0.0.11' }] });
    expect(wrong.succeeded).toBe(false);
  });
});

it('A StorageClass needs no host where its parameters select some', () => {
  const parameters = { hostSelector: 'tier=fast', shareClients: '@nodes' };
  const storageClass = { create: true, classes: [{ name: 'many', parameters }] };

  expect(find(render({ hosts, storageClass }), 'StorageClass')).toMatchObject({
    parameters: { type: 'nfs', ...parameters },
  });
});
