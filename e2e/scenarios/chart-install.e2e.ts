import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { AuditLog } from '../audit-log.ts';
import { moduleFilePaths } from '../bench/binaries/module-files.ts';
import { eventually } from '../bench/eventually.ts';
import { findFreePort } from '../bench/machine/free-port.ts';
import { runCommand } from '../bench/machine/run-command.ts';
import type { ProvisionerProcess } from '../bench/provisioner-process.ts';
import { chartFolder, ChartRelease } from '../chart-release.ts';
import { growTo } from '../growth.ts';
import { useStage } from '../stage.ts';

const namespace = 'storage';
const stage = useStage({ classes: [], provisioner: false });

let release: ChartRelease;
let pod: ProvisionerProcess;
let consolePort: number;

const samples = readdirSync(join(chartFolder, 'ci'));

beforeAll(async () => {
  const { bench } = stage();
  const crds = moduleFilePaths('prometheus-operator').flatMap((file) => ['-f', file]);
  await bench.kubectl('apply', '--server-side', ...crds);
  await bench.kubectl('wait', '--for=condition=Established', 'crd', '--all');
  await bench.ensureNamespace(namespace);
  // What would break the strictest standard is refused, not only warned of.
  const levels = ['enforce', 'warn'].map((each) => `pod-security.kubernetes.io/${each}=restricted`);
  await bench.kubectl('label', 'namespace', namespace, ...levels);
  consolePort = await findFreePort();
  release = new ChartRelease(bench, { name: 'zfs', namespace });
}, 60_000);

afterAll(async () => {
  await pod.kill();
});

/** The values of someone who installs it: one host, described and known; a class; the status page. */
async function installedValues(): Promise<object> {
  const { bench, host } = stage();
  const read = (file: string): string => readFileSync(join(bench.ssh.path, file), 'utf8');
  const [names = '', ...key] = read('known_hosts').split('\n')[0]?.split(' ') ?? [];
  const [, user] = /User (\S+)/.exec(read('config')) ?? [];
  const { name, address, port, parentDataset } = host;
  return {
    ssh: {
      identities: { id_ed25519: read('id_ed25519') },
      knownHosts: [{ host: names, pubKey: key.join(' ') }],
    },
    hosts: [{ name, ssh: { address, port, user }, parents: [{ dataset: parentDataset }] }],
    storageClass: {
      create: true,
      classes: [{ name: 'nfs', hostName: name, parameters: { shareClients: '10.0.0.0/8' } }],
    },
    env: { ZFS_EXPORTS_FILES: host.exportsFile, ZFS_USAGE_INTERVAL: '2s' },
    metrics: { port: await findFreePort('127.0.0.1', 1), serviceMonitor: { enabled: true } },
    console: { enabled: true, auth: 'none', port: consolePort },
    alerts: { enabled: true },
    dashboard: { enabled: true },
    networkPolicy: { enabled: true },
  };
}

describe('the API server accepts every object that the chart renders', () => {
  it.each(samples)('with the values %s', async (file) => {
    const { bench } = stage();
    const values = join(chartFolder, 'ci', file);
    const name = basename(file, '-values.yaml');
    const args = ['template', name, chartFolder, '--namespace', namespace, '--values', values];
    const manifests = await runCommand(bench.binaries.helm, args);
    const strictly = ['--dry-run=server', '--validate=strict', '--warnings-as-errors'];

    const answer = await runCommand(
      bench.binaries.kubectl,
      ['--kubeconfig', bench.kubeconfig, 'create', ...strictly, '-f', '-'],
      { stdin: manifests },
    );

    const objects = manifests.match(/^kind: /gm) ?? [];
    expect(objects.length).toBeGreaterThan(5);
    expect(answer.match(/ created \(server dry run\)$/gm)).toHaveLength(objects.length);
  });

  it('but not with a field that there is not, nor with a pod that may do more', async () => {
    const { bench } = stage();
    const dryRun = (manifests: string): Promise<string> =>
      runCommand(
        bench.binaries.kubectl,
        [
          ...['--kubeconfig', bench.kubeconfig, 'create', '--dry-run=server'],
          ...['--validate=strict', '--warnings-as-errors', '-f', '-'],
        ],
        { stdin: manifests },
      );
    const args = ['template', 'wrong', chartFolder, '--namespace', namespace];
    const manifests = await runCommand(bench.binaries.helm, args);

    await expect(dryRun(manifests.replace('replicas: 2', 'replicass: 2'))).rejects.toThrow(
      'replicass',
    );
    await expect(
      dryRun(manifests.replace('runAsNonRoot: true', 'runAsNonRoot: false')),
    ).rejects.toThrow('restricted');
  });
});

describe('the chart, installed by helm', () => {
  it('has its pods admitted by the strictest Pod Security Standard', async () => {
    const { bench } = stage();

    const said = await release.install(await installedValues());

    expect(said).toContain('What to check next');
    const pods = await eventually('both pods were made', async () => {
      const names = await bench.kubectl('-n', namespace, 'get', 'pods', '-o', 'name');
      return names.trim().split('\n').length === 2 ? names : undefined;
    });
    expect(pods).toMatch(/^pod\/zfs-\w+-\w+\npod\/zfs-/);
  }, 30_000);

  it('provisions, grows and deletes with its service account, environment and files', async () => {
    pod = await release.startPod();
    await pod.untilReady();

    const volume = await stage().provision({ name: 'first', className: 'nfs' });
    await growTo(stage(), 'first', '96Mi');
    await eventually('the host was looked at', async () =>
      (await pod.metrics()).includes('zfs_provisioner_pool_size_bytes{'),
    );
    await stage().deleteClaim('first');
    await stage().untilVolumeGone(volume.metadata.name);

    expect(await stage().datasetNames()).toEqual([]);
    expect(pod.otherOutput).toEqual([]);
  }, 60_000);

  it('serves its status page', async () => {
    const answer = await fetch(`http://127.0.0.1:${consolePort}/console/api/summary`);

    expect(answer.status).toBe(200);
  });

  it('is refused nothing', () => {
    const requests = new AuditLog(stage().bench.controlPlane.auditLog)
      .since()
      .filter(({ user }) => user === release.user);

    expect(requests.length).toBeGreaterThan(10);
    expect(requests.filter(({ status }) => status === 401 || status === 403)).toEqual([]);
  });

  it('has no right that it does not need', async () => {
    const { bench } = stage();
    const may = (verb: string, resource: string): Promise<string> =>
      bench
        .kubectl('auth', 'can-i', verb, resource, '--as', release.user, '--all-namespaces')
        .catch(() => 'no');

    expect((await may('list', 'persistentvolumeclaims')).trim()).toBe('yes');
    expect(await may('get', 'secrets')).toBe('no');
    expect(await may('update', 'persistentvolumeclaims')).toBe('no');
    expect(await may('update', 'leases')).toBe('no');
    expect(await may('list', 'pods')).toBe('no');
  });

  it('goes down to one replica without a lease, and leaves volumes when it is uninstalled', async () => {
    const values = await installedValues();
    const kept = await stage().provision({ name: 'kept', className: 'nfs' });
    await pod.stop();

    await release.install({
      ...values,
      replicaCount: 1,
      env: { ZFS_LEADER_ELECTION: 'false' },
    });
    await release.uninstall();

    expect((await stage().volume(kept.metadata.name))?.status?.phase).toBe('Bound');
    expect(await stage().datasetNames()).toHaveLength(1);
    expect(await stage().storageClass('nfs')).toBeUndefined();
  }, 60_000);
});
