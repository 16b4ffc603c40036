import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { findFreePort } from '../bench/machine/free-port.ts';
import type { ProvisionerProcess } from '../bench/provisioner-process.ts';
import { chartFolder, ChartRelease } from '../chart-release.ts';
import { classicInstance, provisionAsClassic } from '../classic-volume.ts';
import { stateOf } from '../dataset-state.ts';
import { growTo, limitsOf } from '../growth.ts';
import { KubectlZfs } from '../kubectl-zfs.ts';
import { useStage } from '../stage.ts';

/** The steps of docs/migration-from-classic.md, on volumes as the classic provisioner leaves them. */
const namespace = 'zfs-system';
const name = 'zfs';
const stage = useStage({ classes: [], provisioner: false });
const volumes: Record<string, { readonly name: string; readonly dataset: string }> = {};

let release: ChartRelease;
let pod: ProvisionerProcess | undefined;
let kubectlZfs: KubectlZfs;

const volumeOf = (claim: string): { readonly name: string; readonly dataset: string } => {
  const volume = volumes[claim];
  if (volume === undefined) throw new Error(`there is no volume of ${claim}`);
  return volume;
};

beforeAll(async () => {
  const { bench } = stage();
  release = new ChartRelease(bench, { name, namespace });
  kubectlZfs = new KubectlZfs(stage());
  await stage().createClass('nfs', { parameters: { shareProperties: 'rw=@10.0.0.0/8' } });
  await bench.apply(JSON.stringify(classicDeployment));
  await bench.apply(JSON.stringify(heldLease()));
  for (const claim of ['deleted', 'grown', 'retained', 'early']) {
    volumes[claim] = await provisionAsClassic(stage(), {
      claim,
      ...(claim === 'retained' && { policy: 'Retain' }),
      ...(claim === 'early' && { reserveSpace: null, reservedBytes: 0 }),
    });
  }
}, 60_000);

afterAll(async () => {
  await pod?.kill();
  kubectlZfs.remove();
});

const classicLabels = { app: 'classic' };
const classicDeployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name,
    namespace,
    labels: { 'helm.sh/chart': 'kubernetes-zfs-provisioner-2.4.0' },
  },
  spec: {
    replicas: 0,
    selector: { matchLabels: classicLabels },
    template: {
      metadata: { labels: classicLabels },
      spec: { containers: [{ name: 'provisioner', image: 'example.test/classic' }] },
    },
  },
};

/** As a process leaves it that was killed. */
function heldLease(): object {
  const now = new Date().toISOString().replace('Z', '000Z');
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: classicInstance.replace('/', '-'), namespace },
    spec: {
      holderIdentity: 'classic-5d8f_b3f1',
      leaseDurationSeconds: 15,
      acquireTime: now,
      renewTime: now,
      leaseTransitions: 0,
    },
  };
}

interface ClassicValues {
  readonly storageClass: { readonly classes: readonly object[] };
  readonly env: object;
}

/** ci/classic-values.yaml with what differs from place to place: names, addresses, ports, keys. */
async function classicValues(): Promise<object> {
  const { bench, host } = stage();
  const file = readFileSync(join(chartFolder, 'ci/classic-values.yaml'), 'utf8');
  const values = parse(file) as ClassicValues;
  const read = (each: string): string => readFileSync(join(bench.ssh.path, each), 'utf8');
  const [line = ''] = read('known_hosts').split('\n');
  const [, user = ''] = /User (\S+)/.exec(read('config')) ?? [];
  const port = await findFreePort('127.0.0.1', 1);
  const { name: hostName, parentDataset } = host;
  const [first, second] = values.storageClass.classes;
  return {
    ...values,
    storageClass: {
      create: true,
      classes: [
        { ...first, name: 'nfs', hostName, parentDataset },
        { ...second, hostName, parentDataset },
      ],
    },
    ssh: {
      config: `Host ${hostName}\n  User ${user}\n  Port ${host.port}\n`,
      identities: { id_ed25519: read('id_ed25519') },
      knownHosts: [
        { host: line.slice(0, line.indexOf(' ')), pubKey: line.slice(line.indexOf(' ') + 1) },
      ],
    },
    hostAliases: { [host.address]: [hostName] },
    metrics: { port, service: { enabled: true } },
    env: { ZFS_METRICS_PORT: String(port), ZFS_EXPORTS_FILES: host.exportsFile },
  };
}

describe('from the classic release', () => {
  it('over it, the chart is not installed: it says what to do first', async () => {
    await expect(release.install(await classicValues())).rejects.toThrow(
      `helm uninstall ${name} --namespace ${namespace}`,
    );

    expect(await stage().volumes()).toHaveLength(4);
  });

  it('a claim that is made between the two waits, and is provisioned', async () => {
    const { bench } = stage();
    // What helm uninstall removes.
    await bench.kubectl('-n', namespace, 'delete', 'deployment', name);
    await stage().deleteClass('nfs');
    await stage().createClaim({ name: 'between', className: 'nfs' });

    await release.install(await classicValues());
    pod = await release.startPod();
    await pod.untilReady();

    const volume = await stage().untilBound('between', 40_000);
    expect(stage().datasetOf(volume)).toContain(`/${volume.metadata.name}`);
  }, 90_000);

  it('every volume is listed with its claim and its size, and nothing is amiss', async () => {
    const listed = await kubectlZfs.items('list');

    expect(listed.map(({ claim }) => claim)).toEqual(
      ['between', 'deleted', 'early', 'grown', 'retained'].map((each) => ({
        namespace: 'default',
        name: each,
      })),
    );
    expect(listed).toContainEqual(
      expect.objectContaining({
        volume: volumeOf('grown').name,
        dataset: volumeOf('grown').dataset,
        drift: [],
      }),
    );
    expect(await kubectlZfs.items('drift')).toEqual([]);
    expect(await kubectlZfs.items('orphans')).toEqual([]);
  });

  it('volumes grow, thick and thin as they were', async () => {
    await growTo(stage(), 'grown', '96Mi');
    await growTo(stage(), 'early', '96Mi');

    const bytes = String(96 * 1024 * 1024);
    expect(await limitsOf(stage(), volumeOf('grown').dataset)).toEqual({
      refquota: bytes,
      refreservation: bytes,
    });
    expect(await limitsOf(stage(), volumeOf('early').dataset)).toEqual({
      refquota: bytes,
      refreservation: '0',
    });
  });

  it('volumes are deleted or retained, as their class said', async () => {
    const before = await stateOf(stage().host, volumeOf('retained').dataset);

    for (const claim of ['deleted', 'retained']) await stage().deleteClaim(claim);
    await stage().untilVolumeGone(volumeOf('deleted').name);

    const names = await stage().datasetNames();
    expect(names).not.toContain(volumeOf('deleted').dataset);
    expect(await stateOf(stage().host, volumeOf('retained').dataset)).toEqual(before);
    expect(await stage().volume(volumeOf('retained').name)).toBeDefined();
  });
});
