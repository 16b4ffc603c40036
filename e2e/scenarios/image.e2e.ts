import { describe, expect, it } from '@jest/globals';
import { existsSync, globSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { eventually } from '../bench/eventually.ts';
import { findFreePort } from '../bench/machine/free-port.ts';
import { CommandError } from '../bench/machine/run-command.ts';
import { endPod, installChart, namespace, untilRunning } from '../image/chart-pod.ts';
import type { RunningPod } from '../image/chart-pod.ts';
import { productStages } from '../image/dockerfile.ts';
import { importImage } from '../image/node-images.ts';
import { ageOf, statusOf } from '../image/process-figures.ts';
import { buildProductImage } from '../image/product-image.ts';
import type { ProductImage } from '../image/product-image.ts';
import { useStage } from '../stage.ts';

const image = 'localhost/zfs-provisioner:test';

/** The kubelet, containerd and runc run the image as the chart says; nothing of the product runs besides. */
const stage = useStage({
  kubelets: { 'storage-1': ['storage-1'] },
  classes: [],
  provisioner: false,
});

let built: ProductImage;
let port: number;
let pod: RunningPod;

const filesOf = (root: string): string[] =>
  globSync('**', { cwd: root }).filter((file) => !lstatSync(join(root, file)).isDirectory());

const read = (file: string): string => readFileSync(join(built.product, 'app', file), 'utf8');

const bytesOf = (root: string): number =>
  filesOf(root).reduce((sum, file) => sum + lstatSync(join(root, file)).size, 0);

const isReady = async (): Promise<boolean> => {
  const signal = AbortSignal.timeout(5_000);
  return (await fetch(`http://127.0.0.1:${port}/readyz`, { signal })).ok;
};

const exec = (...command: readonly string[]): Promise<string> =>
  stage().bench.kubectl('exec', '--namespace', namespace, pod.name, '--', ...command);

describe('the image', () => {
  it('is built by the steps of the Dockerfile, from what they copy and nothing else', async () => {
    built = await buildProductImage(join(stage().bench.runDir, 'image'), image);

    expect(filesOf(built.product).sort()).toEqual([
      'app/LICENSE',
      'app/kubectl-zfs.cjs',
      'app/licences.txt',
      'app/main.cache',
      'app/main.cjs',
      'app/main.cjs.map',
      'app/sbom.cdx.json',
      'app/start.cjs',
    ]);
    expect(filesOf(built.runtime).filter((file) => /(^|\/)(ba|da|)sh$/.test(file))).toEqual([]);
  }, 120_000);

  it('tells what is in it, with all licences', () => {
    const { components } = JSON.parse(read('sbom.cdx.json')) as {
      components: readonly { readonly name: string; readonly version: string }[];
    };
    const licences = read('licences.txt');
    const missing = components.filter(
      ({ name, version }) => !licences.includes(`\n${name} ${version} (`),
    );

    expect(components.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['ssh2', 'node-ssh', '@kubernetes/client-node', 'pino']),
    );
    expect(missing).toEqual([]);
    expect(read('LICENSE')).toContain('Apache License');
  });
});

describe('a pod of the chart', () => {
  it('becomes ready', async () => {
    const { bench } = stage();
    await importImage(bench, 'storage-1', built.archive);
    port = await findFreePort('127.0.0.1', 1);
    const { name: hostName, parentDataset } = stage().host;
    const parameters = { shareClients: '10.0.0.0/8' };
    const classes = [{ name: 'nfs', type: 'nfs', hostName, parentDataset, parameters }];
    await installChart(bench, { image, port, classes });

    pod = await untilRunning(bench);
    await eventually('it is ready', isReady, { timeoutMs: 60_000 });

    const args = ['--namespace', namespace, '--timeout=60s', 'rollout', 'status'];
    expect(await bench.kubectl(...args, 'deployment/zfs-provisioner')).toContain(
      'successfully rolled out',
    );
  }, 120_000);

  it('is no root, has no capability, gains none, and writes nowhere', () => {
    const status = statusOf(pod.pid);
    const root = readFileSync(`/proc/${pod.pid}/mountinfo`, 'utf8')
      .split('\n')
      .find((line) => line.split(' ')[4] === '/');

    expect(status.get('Uid')).toBe('65532 65532 65532 65532');
    expect(status.get('Gid')).toBe('65532 65532 65532 65532');
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
      expect([set, Number.parseInt(status.get(set) ?? '', 16)]).toEqual([set, 0]);
    }
    expect(status.get('NoNewPrivs')).toBe('1');
    // 2: containerd's default filter, where its kernel has filters.
    expect(status.get('Seccomp')).toBe(statusOf(process.pid).has('Seccomp') ? '2' : undefined);
    expect(root?.split(' ')[5]).toMatch(/^ro(,|$)/);
  });

  it('reads its key, which others may not', () => {
    const key = join(`/proc/${pod.pid}/root`, '/home/zfs/.ssh/id_ed25519');
    const mounted = lstatSync(join(`/proc/${pod.pid}/root/home/zfs/.ssh`, '..data/id_ed25519'));

    expect(existsSync(key)).toBe(true);
    expect([mounted.mode & 0o777, mounted.uid, mounted.gid]).toEqual([0o440, 0, 65532]);
  });

  it('provisions a volume, and deletes it', async () => {
    const volume = await stage().provision({ name: 'data', className: 'nfs' });
    expect(await stage().datasetNames()).toContain(stage().datasetOf(volume));

    await stage().deleteClaim('data');
    await stage().untilVolumeGone(volume.metadata.name);
    expect(await stage().datasetNames()).toEqual([]);
  });

  it('uses its code cache, which it could not write', async () => {
    const start = productStages().at(-1)?.command ?? [];
    const use = await exec('/nodejs/bin/node', ...start, '--check-code-cache');

    expect(use.trim()).toBe('used');
  });

  it('has the commands of the administrator, and no shell', async () => {
    await expect(exec('/nodejs/bin/node', 'kubectl-zfs.cjs', 'orphans')).resolves.toBeDefined();
    await expect(exec('sh')).rejects.toThrow(CommandError);
  });

  it('starts within seconds', async () => {
    const { bench } = stage();
    await endPod(bench, pod);
    pod = await untilRunning(bench, pod);
    await eventually('it is ready', isReady, { timeoutMs: 60_000, intervalMs: 5 });
    const start = { readyMs: ageOf(pod.pid), memory: statusOf(pod.pid).get('VmRSS') };
    const figures = {
      bytes: { product: bytesOf(built.product), runtime: bytesOf(built.runtime) },
      gzipped: gzipSync(readFileSync(built.archive)).length,
      start,
    };
    writeFileSync(join(bench.runDir, 'logs/image.json'), JSON.stringify(figures, undefined, 2));

    expect(start.readyMs).toBeLessThan(20_000);
    expect(figures.bytes.product).toBeLessThan(15 * 2 ** 20);
  }, 120_000);
});
