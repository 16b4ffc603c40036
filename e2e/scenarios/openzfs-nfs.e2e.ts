import { beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../bench/eventually.ts';
import type { VirtualMachine } from '../bench/openzfs/virtual-machine.ts';
import { inWorkerPod, startWorker } from '../bench/openzfs/worker.ts';
import { mountpointOf } from '../dataset-state.ts';
import { useOpenZfs } from '../openzfs.ts';
import { createRealPod, deletePod, endPod, eventsOfPod, runPod } from '../pods.ts';

const { stage, host } = useOpenZfs({ classes: [{ name: 'unused' }] });
let worker: VirtualMachine;

const script = 'trap "exit 0" TERM; while :; do sleep 3600 & wait; done';
const ours = '192.168.77.0/24';
const accessModes = ['ReadWriteMany'];

const inPod = (pod: string, command: string): Promise<string> => inWorkerPod(worker, pod, command);

/** A class whose host is known to SSH and to NFS by its address on the machines' network. */
async function createNfsClass(name: string, shareProperties: string): Promise<void> {
  const { segmentAddress: hostname } = host();
  const mountOptions = ['nfsvers=4.2', 'hard', 'noatime'];
  await stage().createClass(name, { parameters: { hostname, shareProperties }, mountOptions });
}

beforeAll(async () => {
  const config = join(stage().bench.ssh.path, 'config');
  const { segmentAddress, address, port, user } = host();
  const block = `Host ${segmentAddress}\n  HostName ${address}\n  Port ${port}\n  User ${user}\n\n`;
  writeFileSync(config, block + readFileSync(config, 'utf8'));
  await createNfsClass('nfs', `rw=@${ours},no_root_squash`);
  await createNfsClass('squashed', `rw=@${ours}`);
  await createNfsClass('others', 'rw=@10.9.9.0/24,no_root_squash');
  worker = await startWorker(stage().bench);
}, 120_000);

describe('a pod on another machine', () => {
  it('mounts its claim over NFS with the options of the class, and writes into the dataset', async () => {
    await stage().createClaim({ name: 'data', className: 'nfs', size: '16Mi', accessModes });

    expect(await runPod(stage(), 'writer', 'data', { script })).toBe('worker');

    const told = await inPod(
      'writer',
      'echo written over NFS >/data/greeting; grep " /data " /proc/mounts',
    );
    expect(told).toMatch(/ nfs4 .*noatime.*vers=4\.2.*hard/);
    const volume = await stage().untilBound('data');
    const folder = await mountpointOf(host(), stage().datasetOf(volume));
    expect(readFileSync(join(folder, 'greeting'), 'utf8')).toBe('written over NFS\n');
  });

  it('shares it with another pod', async () => {
    await runPod(stage(), 'sharer', 'data', { script });

    await inPod('sharer', 'echo and shared >>/data/greeting');
    const told = await inPod('writer', 'cat /data/greeting');

    expect(told).toBe('written over NFS\nand shared\n');
  });

  it('is stopped by the quota, at the latest when the file is closed, and goes on when there is room', async () => {
    const write = (mebibytes: number): Promise<string> => {
      const count = mebibytes * 16;
      return inPod('writer', `dd if=/dev/urandom of=/data/bytes bs=64k count=${count}`);
    };

    await expect(write(24)).rejects.toThrow('Disk quota exceeded');
    // What the client still had to write can fail once more, with what is done to the file next.
    await eventually('it is removed', () => inPod('writer', 'rm /data/bytes').then(() => true));

    await eventually('there is room again', () => write(8).then(() => true), { timeoutMs: 20_000 });
  });

  it('finds everything there after it has moved', async () => {
    await Promise.all([endPod(stage(), 'writer'), endPod(stage(), 'sharer')]);
    await runPod(stage(), 'successor', 'data', { script });

    const told = await inPod('successor', 'cat /data/greeting; wc -c </data/bytes');

    expect(told).toBe('written over NFS\nand shared\n8388608\n');
    await endPod(stage(), 'successor');
  });
});

describe('a volume that pods on another machine have used', () => {
  it('goes within 30 seconds after them, and nothing else is unshared', async () => {
    const other = await stage().provision({ name: 'other', className: 'nfs' });
    const volume = await stage().untilBound('data');
    const before = host().exports();

    await stage().deleteClaim('data');
    await stage().untilVolumeGone(volume.metadata.name, 30_000);

    const left = before.filter(({ mountpoint }) => mountpoint !== volume.spec.nfs?.path);
    expect(host().exports()).toEqual(left);
    expect(left.map(({ mountpoint }) => mountpoint)).toContain(other.spec.nfs?.path);
    expect(await stage().datasetNames()).not.toContain(stage().datasetOf(volume));
  });
});

describe('the share options of a class', () => {
  it('squash root unless they say no_root_squash', async () => {
    await stage().createClaim({ name: 'squashed', className: 'squashed' });
    await runPod(stage(), 'squashed', 'squashed', { script });

    await expect(inPod('squashed', 'echo x >/data/file')).rejects.toThrow('Permission denied');
  });

  it('keep out clients that they do not name, and the pod is told', async () => {
    await stage().provision({ name: 'others', className: 'others' });
    await createRealPod(stage(), 'outsider', 'others', { script });

    const refused = await eventually(
      'the kubelet says that it cannot mount',
      async () => {
        const events = await eventsOfPod(stage(), 'outsider');
        return events.find(({ reason }) => reason === 'FailedMount')?.message;
      },
      { timeoutMs: 40_000 },
    );

    expect(refused).toContain('mount.nfs');
    expect(await worker.run('grep -c /pvc- /proc/mounts || :')).not.toBe('0\n');
    await deletePod(stage(), 'outsider');
  });
});
