import { beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../bench/eventually.ts';
import { mountpointOf } from '../dataset-state.ts';
import { createRealPod, endPod, eventsOfPod, inPod, nodeOfPod, runPod } from '../pods.ts';
import { useStage } from '../stage.ts';

/** Three real nodes, of which two have the storage host's tree. */
const stage = useStage({
  kubelets: { 'node-1': ['storage-1'], 'node-2': ['storage-1'], 'node-3': [] },
  classes: [],
});

const on = (node: string) => ({ nodeSelector: { 'kubernetes.io/hostname': node } });
const many = ['ReadWriteMany'];

beforeAll(async () => {
  for (const node of ['node-1', 'node-2']) {
    await stage().bench.kubectl('label', 'node', node, 'storage-tree=data');
  }
  const type = 'hostpath';
  await stage().createClass('everywhere', { parameters: { type, nodes: 'all' } });
  await stage().createClass('labelled', { parameters: { type, nodes: 'storage-tree=data' } });
});

describe('a volume on a tree that every node has', () => {
  it('is bound to no node, and shared by pods on two of them', async () => {
    const volume = await stage().provision({
      ...{ name: 'shared', className: 'everywhere', accessModes: many },
    });
    expect(volume.spec.nodeAffinity).toBeUndefined();
    expect(volume.spec.accessModes).toContain('ReadWriteMany');
    expect(volume.spec.hostPath?.type).toBe('Directory');

    expect(await runPod(stage(), 'writer', 'shared', on('node-1'))).toBe('node-1');
    expect(await runPod(stage(), 'reader', 'shared', on('node-2'))).toBe('node-2');
    await inPod(stage(), 'writer', 'echo from node-1 >/data/greeting');

    expect(await inPod(stage(), 'reader', 'cat /data/greeting')).toMatchObject({
      stdout: 'from node-1\n',
    });
    await inPod(stage(), 'reader', 'echo from node-2 >/data/answer');
    const folder = await mountpointOf(stage().host, stage().datasetOf(volume));
    expect(readFileSync(join(folder, 'answer'), 'utf8')).toBe('from node-2\n');
  }, 60_000);

  it('is refused by a node without the tree, which writes nothing anywhere', async () => {
    await createRealPod(stage(), 'stranger', 'shared', on('node-3'));

    const told = await eventually('the kubelet complains', async () => {
      const events = await eventsOfPod(stage(), 'stranger');
      return events.find(({ reason }) => reason === 'FailedMount');
    });

    expect(told.message).toContain('hostPath type check failed');
    expect(await nodeOfPod(stage(), 'stranger')).toBe('node-3');
    for (const pod of ['stranger', 'writer', 'reader']) await endPod(stage(), pod);
  }, 60_000);

  it('goes with its claim', async () => {
    const volume = await stage().untilBound('shared');

    await stage().deleteClaim('shared');
    await stage().untilVolumeGone(volume.metadata.name);

    expect(await stage().datasetNames()).not.toContain(stage().datasetOf(volume));
  });
});

describe('a volume on a tree that labelled nodes have', () => {
  it('keeps pods off the others', async () => {
    const volume = await stage().provision({
      ...{ name: 'labelled', className: 'labelled', accessModes: many },
    });
    const expression = { key: 'storage-tree', operator: 'In', values: ['data'] };
    expect(volume.spec.nodeAffinity?.required?.nodeSelectorTerms).toEqual([
      { matchExpressions: [expression] },
    ]);

    await createRealPod(stage(), 'kept-off', 'labelled', on('node-3'));
    await eventually('the scheduler complains', async () => {
      const events = await eventsOfPod(stage(), 'kept-off');
      return events.some(({ reason }) => reason === 'FailedScheduling');
    });
    expect(await nodeOfPod(stage(), 'kept-off')).toBeUndefined();
    expect(['node-1', 'node-2']).toContain(await runPod(stage(), 'at-home', 'labelled'));
    await endPod(stage(), 'at-home');
  }, 60_000);
});

describe('a tree that the nodes have elsewhere', () => {
  it('is in the volume as the nodes call it, and is found again when the volume goes', async () => {
    const { mountpoint } = stage().host;
    const elsewhere = '/mnt/elsewhere';
    const hostPathPrefix = `${mountpoint}=${elsewhere}`;
    const parameters = { type: 'hostpath', nodes: 'all', hostPathPrefix };
    await stage().createClass('renamed', { parameters });
    const volume = await stage().provision({ name: 'renamed', className: 'renamed' });
    const folder = await mountpointOf(stage().host, stage().datasetOf(volume));
    expect(folder.startsWith(`${mountpoint}/`)).toBe(true);
    expect(volume.spec.hostPath?.path).toBe(folder.replace(mountpoint, elsewhere));

    // Gone by hand: only a path that fits its parent's proves that it is gone and not elsewhere.
    await stage().host.zfs('destroy', stage().datasetOf(volume));
    await stage().deleteClaim('renamed');
    await stage().untilVolumeGone(volume.metadata.name);
  });

  it('is not believed to be elsewhere when the annotation was edited', async () => {
    const volume = await stage().provision({ name: 'edited', className: 'renamed' });
    const annotations = { 'zfs-provisioner.io/host-path-prefix': '/somewhere=/mnt/else' };
    await stage().patchVolume(volume.metadata.name, { metadata: { annotations } });

    await stage().deleteClaim('edited');

    await eventually('it is told', async () => {
      const events = await stage().events(volume.metadata.name);
      return events.some(({ message }) => message.includes('host-path-prefix'));
    });
    expect(await stage().datasetNames()).toContain(stage().datasetOf(volume));
  });

  it('that does not fit is told, and the claim gets no volume', async () => {
    const parameters = { type: 'hostpath', nodes: 'all', hostPathPrefix: '/other=/mnt' };
    await stage().createClass('unfit', { parameters });
    await stage().createClaim({ name: 'unfit', className: 'unfit' });

    await stage().untilEvent('unfit', 'ProvisioningFailed', 'hostPathPrefix "/other=/mnt"');
    expect((await stage().claim('unfit'))?.spec.volumeName).toBeUndefined();
    const name = await stage().volumeNameFor('unfit');
    await stage().deleteClaim('unfit');

    await eventually('nothing is left', async () =>
      (await stage().datasetNames()).every((dataset) => !dataset.endsWith(name)),
    );
  });
});
