import { beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Volume } from '../../src/volume/objects.ts';
import type { VirtualMachine } from '../bench/openzfs/virtual-machine.ts';
import { inWorkerPod, startWorker } from '../bench/openzfs/worker.ts';
import { mountpointOf } from '../dataset-state.ts';
import { useOpenZfs } from '../openzfs.ts';
import { endPod, runPod } from '../pods.ts';

/** Ways from a pod to a volume that are not the plain one. */
const { stage, host, run } = useOpenZfs({ classes: [{ name: 'unused' }] });
let worker: VirtualMachine;

beforeAll(async () => {
  worker = await startWorker(stage().bench);
}, 120_000);

const slowMs = 60_000;

async function provision(
  name: string,
  parameters: Readonly<Record<string, string>>,
  mountOptions: readonly string[] = [],
): Promise<Volume> {
  await stage().createClass(name, { parameters, mountOptions });
  await stage().createClaim({ name, className: name });
  return stage().untilBound(name, slowMs);
}

describe('an NFS server that pods reach by a tunnel on their node', () => {
  it('is 127.0.0.1 with a port to the pod, and the bytes land in the dataset', async () => {
    const makeKey = 'ssh-keygen -q -t ed25519 -N "" -f /run/tunnel && cat /run/tunnel.pub';
    const key = (await worker.run(makeKey)).trim();
    await run(`mkdir -p ~/.ssh && echo '${key}' >>~/.ssh/authorized_keys`);
    const forward = '-i /run/tunnel -o StrictHostKeyChecking=no -L 12049:127.0.0.1:2049';
    await worker.run(`ssh -f -N ${forward} root@${host().segmentAddress} >/dev/null 2>&1`);
    const volume = await provision(
      'tunnel',
      { nfsServer: '127.0.0.1', shareProperties: 'rw=127.0.0.1,insecure,no_root_squash' },
      ['nfsvers=4.2', 'port=12049'],
    );
    expect(volume.spec.nfs?.server).toBe('127.0.0.1');

    const script = 'trap "exit 0" TERM; while :; do sleep 3600 & wait; done';
    await runPod(stage(), 'tunnel', 'tunnel', { script });
    await inWorkerPod(worker, 'tunnel', 'echo through the tunnel >/data/file');

    const folder = await mountpointOf(host(), stage().datasetOf(volume));
    expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('through the tunnel\n');
    await endPod(stage(), 'tunnel');
  }, 150_000);
});

describe('a volume that is moved to a replica under the same path', () => {
  /** What a client that keeps its mount reads afterwards. The server lets go of a file system when it stops. */
  async function readAfterMove(name: string, parameters: Record<string, string>): Promise<string> {
    const volume = await provision(name, { shareClients: '192.168.77.0/24', ...parameters });
    const dataset = stage().datasetOf(volume);
    const path = volume.spec.nfs?.path ?? '';
    await run(`echo kept >${path}/file; zpool sync`);
    const mounted = `/run/${name}`;
    await worker.run(
      `mkdir -p ${mounted} && mount -t nfs4 -o nfsvers=4.2,hard ${host().segmentAddress}:${path} ${mounted} && cat ${mounted}/file`,
    );
    const replica = `${host().pool}/replica-${name}`;
    await run(
      `set -e; share=$(zfs get -H -o value sharenfs ${dataset})
       zfs snapshot ${dataset}@move; zfs send ${dataset}@move | zfs receive -u ${replica}
       rpc.nfsd 0; zfs set sharenfs=off ${dataset}
       zfs unmount ${dataset}; zfs set canmount=noauto ${dataset}
       zfs set mountpoint=${path} ${replica}; zfs mount ${replica} 2>/dev/null || :
       zfs set "sharenfs=$share" ${replica}; exportfs -v | grep -q ${path}
       rpc.nfsd 8; echo Y >/proc/fs/nfsd/v4_end_grace || :`,
    );
    const read = `echo 3 >/proc/sys/vm/drop_caches; timeout 90 cat ${mounted}/file`;
    return worker.run(read).finally(() => worker.run(`umount -l ${mounted}`));
  }

  it('is stale for clients without a number of its own', async () => {
    await expect(readAfterMove('nameless', {})).rejects.toThrow('Stale file handle');
  }, 150_000);

  it('is the same to clients with `fsid: auto`', async () => {
    await expect(readAfterMove('numbered', { fsid: 'auto' })).resolves.toBe('kept\n');
  }, 150_000);
});
