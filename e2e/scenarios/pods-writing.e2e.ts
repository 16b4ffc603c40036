import { describe, expect, it } from '@jest/globals';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../bench/eventually.ts';
import { mountpointOf } from '../dataset-state.ts';
import { growTo } from '../growth.ts';
import {
  createRealPod,
  endPod,
  eventsOfPod,
  inPod,
  nodeOfPod,
  runPod,
  writeMebibytes,
} from '../pods.ts';
import { useStage } from '../stage.ts';

const allowedTopologies = [
  { matchLabelExpressions: [{ key: 'kubernetes.io/hostname', values: ['storage-1'] }] },
];
const volumeBindingMode = 'WaitForFirstConsumer';

/** Two real nodes; the pool is mounted on one of them only. */
const stage = useStage({
  kubelets: { 'storage-1': ['storage-1'], 'node-2': [] },
  classes: [
    { name: 'hostpath', type: 'hostpath' },
    { name: 'local', type: 'local' },
    { name: 'hostpath-waiting', type: 'hostpath', volumeBindingMode, allowedTopologies },
    { name: 'local-waiting', type: 'local', volumeBindingMode, allowedTopologies },
    // Names a node that is not the storage host.
    { name: 'misled', type: 'hostpath', node: 'node-2' },
  ],
});

describe.each(['hostpath', 'hostpath-waiting', 'local', 'local-waiting'])(
  'a pod with a claim of class %s',
  (className) => {
    const name = className;

    it('runs on the storage node, and what it writes is in the dataset', async () => {
      await stage().createClaim({ name, className, size: '16Mi' });

      expect(await runPod(stage(), name, name)).toBe('storage-1');

      const volume = await stage().untilBound(name);
      await inPod(stage(), name, 'echo written by a pod >/data/greeting');
      const folder = await mountpointOf(stage().host, stage().datasetOf(volume));
      expect(readFileSync(join(folder, 'greeting'), 'utf8')).toBe('written by a pod\n');
    });

    it('is stopped by the quota, and goes on when it has deleted something', async () => {
      const tooMuch = await writeMebibytes(stage(), name, 24);
      expect(tooMuch.exitCode).toBe(1);
      expect(tooMuch.stderr).toContain('Disk quota exceeded');

      await inPod(stage(), name, 'rm /data/bytes');
      await eventually('there is room again', async () => {
        return (await writeMebibytes(stage(), name, 8)).exitCode === 0;
      });
    });

    it('goes on without a restart when the claim grows', async () => {
      await growTo(stage(), name, '32Mi');

      expect(await writeMebibytes(stage(), name, 24)).toMatchObject({ exitCode: 0 });
      await endPod(stage(), name);
    });
  },
);

describe('a pod that is not root', () => {
  const securityContext = { runAsUser: 1000, runAsGroup: 1000, fsGroup: 2000 };
  const write = 'umask 002; echo x >/data/file && stat -c %g /data/file';

  it('writes by its fsGroup into a local volume', async () => {
    await stage().provision({ name: 'group-local', className: 'local' });
    await runPod(stage(), 'group-local', 'group-local', { securityContext });

    expect(await inPod(stage(), 'group-local', write)).toMatchObject({ stdout: '2000\n' });
  });

  it('is refused by a hostPath volume, where fsGroup does nothing', async () => {
    const volume = await stage().provision({ name: 'group-hostpath', className: 'hostpath' });
    await runPod(stage(), 'group-hostpath', 'group-hostpath', { securityContext });

    const { stderr } = await inPod(stage(), 'group-hostpath', write);

    expect(stderr).toContain('Permission denied');
    const folder = await mountpointOf(stage().host, stage().datasetOf(volume));
    expect(statSync(folder)).toMatchObject({ uid: 0, gid: 0 });
  });

  it.each(['hostpath', 'local'])(
    'writes by the gid of its class into a %s volume',
    async (type) => {
      const name = `gid-${type}`;
      const parameters = { type, node: 'storage-1', gid: '3000', mode: '2770' };
      await stage().createClass(name, { parameters });
      await stage().provision({ name, className: name });

      await runPod(stage(), name, name, {
        securityContext: { runAsUser: 1000, runAsGroup: 1000 },
      });

      expect((await inPod(stage(), name, 'id -G')).stdout.split(/\s/)).toContain('3000');
      expect(await inPod(stage(), name, write)).toMatchObject({ stdout: '3000\n' });
    },
  );
});

describe('a hostPath volume on a node without the pool', () => {
  it('keeps its pod waiting, and the kubelet tells why', async () => {
    const volume = await stage().provision({ name: 'misled', className: 'misled' });
    await createRealPod(stage(), 'misled', 'misled');

    const told = await eventually('the kubelet complains', async () => {
      const events = await eventsOfPod(stage(), 'misled');
      return events.find(({ reason }) => reason === 'FailedMount');
    });

    expect(told.type).toBe('Warning');
    expect(told.message).toContain('hostPath type check failed');
    expect(told.message).toContain(volume.spec.hostPath?.path);
    expect(await nodeOfPod(stage(), 'misled')).toBe('node-2');
  });
});
