import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inWorkerPod, startWorker } from '../bench/openzfs/worker.ts';
import { mountpointOf } from '../dataset-state.ts';
import { installAclTools, useOpenZfs } from '../openzfs.ts';
import { endPod, runPod } from '../pods.ts';
import { createWaitingClaim, selectNode } from '../waiting-claims.ts';

const owned = { uid: '1000', gid: '2000', mode: '2770', shareClients: '192.168.77.0/24' };
/** Machines without hardware virtualisation share the processors with all else. */
const patienceMs = 60_000;
const volumeBindingMode = 'WaitForFirstConsumer';

const { stage, host, run, childrenOf } = useOpenZfs({
  classes: [{ name: 'unused' }],
  env: { ZFS_EXPORT_TO_EVERYONE: 'false' },
});

jest.setTimeout(180_000);

/** A class whose host is known to SSH and to NFS by its address on the machines' network. */
async function createNfsClass(
  name: string,
  parameters: Readonly<Record<string, string>>,
): Promise<void> {
  const { segmentAddress: hostname } = host();
  const mountOptions = ['nfsvers=4.2'];
  await stage().createClass(name, { parameters: { hostname, ...parameters }, mountOptions });
}

/** What an attempt of ours writes on a dataset first of all. */
async function identityOf(volumeName: string): Promise<Record<string, string>> {
  const namespace = ['get', 'namespace', 'kube-system', '-o', 'jsonpath={.metadata.uid}'];
  return {
    'io.kubernetes.pv.zfs:managed_by': 'pv.kubernetes.io/zfs',
    'zfs-provisioner.io:cluster': await stage().bench.kubectl(...namespace),
    'zfs-provisioner.io:volume': volumeName,
  };
}

async function rightsOf(path: string): Promise<string> {
  return (await run(`stat -c '%u %g %a' ${path}`)).trim();
}

async function untilRefused(name: string, className: string, text: string): Promise<string> {
  const before = await childrenOf(host().parentDataset);
  await stage().createClaim({ name, className });
  const { message } = await stage().untilEvent(name, 'ProvisioningFailed', text, patienceMs);
  expect((await stage().claim(name))?.status?.phase).toBe('Pending');
  expect(await childrenOf(host().parentDataset)).toEqual(before);
  return message;
}

beforeAll(async () => {
  const config = join(stage().bench.ssh.path, 'config');
  const { segmentAddress, address, port, user } = host();
  const block = `Host ${segmentAddress}\n  HostName ${address}\n  Port ${port}\n  User ${user}\n\n`;
  writeFileSync(config, block + readFileSync(config, 'utf8'));
  await installAclTools(host());
  await createNfsClass('owned', owned);
  await createNfsClass('acl', { ...owned, acl: 'u:1001:rwx,d:u:1001:rwx' });
}, 60_000);

describe('the owner of a volume', () => {
  it('and its ACL are what the class says, on the file system and not beneath it', async () => {
    await stage().createClaim({ name: 'acl', className: 'acl' });
    const volume = await stage().untilBound('acl', patienceMs);
    const dataset = stage().datasetOf(volume);
    const path = await mountpointOf(host(), dataset);

    const acl = await run(`getfacl -cnp ${path}`);

    expect(await rightsOf(path)).toBe('1000 2000 2770');
    for (const entry of ['user:1001:rwx', 'default:user:1001:rwx']) expect(acl).toContain(entry);
    await host().zfs('unmount', dataset);
    expect(await rightsOf(path)).toBe('0 0 755');
    await host().zfs('mount', dataset);
  });

  it('is not that of what is mounted over the dataset', async () => {
    await stage().createClass('waiting', { parameters: owned, volumeBindingMode });
    const volumeName = await createWaitingClaim(stage(), { name: 'over', className: 'waiting' });
    const dataset = await host().createByHand(volumeName, await identityOf(volumeName));
    const path = await mountpointOf(host(), dataset);
    await run(`mount -t tmpfs -o mode=0711 tmpfs ${path}`);

    await selectNode(stage(), 'over', 'node-1');
    await stage().untilEvent('over', 'ProvisioningFailed', 'is not its root directory', patienceMs);

    expect(await rightsOf(path)).toBe('0 0 711');
    await run(`umount ${path}`);
    expect(await rightsOf(path)).toBe('0 0 755');
    await stage().nudgeClaim('over');
    await stage().untilBound('over', patienceMs);
    expect(await rightsOf(path)).toBe('1000 2000 2770');
  });
});

describe('a class that encrypts', () => {
  const encrypted = {
    'properties.encryption': 'aes-256-gcm',
    'properties.keyformat': 'raw',
    'properties.keylocation': 'file:///etc/class.key',
  };
  beforeAll(async () => {
    await createNfsClass('encrypted', { ...owned, ...encrypted });
    const parameters = { ...owned, ...encrypted };
    await stage().createClass('encrypted-later', { parameters, volumeBindingMode });
  });

  it('gives nothing while the key is not on the host, and says which', async () => {
    const message = await untilRefused('keyless', 'encrypted', 'key material file');

    expect(message).toContain('the key that keylocation of the class names');
  });

  it('makes every volume its own encryption root, its key on the host alone', async () => {
    await run('head -c 32 /dev/urandom >/etc/class.key');
    await stage().nudgeClaim('keyless');

    const volume = await stage().untilBound('keyless', patienceMs);

    const dataset = stage().datasetOf(volume);
    const names = 'encryption,encryptionroot,keylocation,keystatus,mounted';
    const found = await host().zfs('get', '-H', '-o', 'value', names, dataset);
    expect(found.trim().split('\n')).toEqual([
      'aes-256-gcm',
      dataset,
      'file:///etc/class.key',
      'available',
      'yes',
    ]);
  });

  it('hands out none whose key is not loaded, and does once it is', async () => {
    const claim = { name: 'locked', className: 'encrypted-later' };
    const volumeName = await createWaitingClaim(stage(), claim);
    const dataset = await host().createByHand(volumeName, {
      ...(await identityOf(volumeName)),
      encryption: 'on',
      keyformat: 'raw',
      keylocation: 'file:///etc/class.key',
    });
    await host().zfs('unmount', dataset);
    await host().zfs('unload-key', dataset);

    await selectNode(stage(), 'locked', 'node-1');
    await stage().untilEvent('locked', 'ProvisioningFailed', 'zfs load-key', patienceMs);

    expect((await stage().claim('locked'))?.status?.phase).toBe('Pending');
    await host().zfs('load-key', dataset);
    await stage().nudgeClaim('locked');
    await stage().untilBound('locked', patienceMs);
  });

  it('does not adopt a dataset that is not encrypted', async () => {
    const claim = { name: 'open', className: 'encrypted-later' };
    const volumeName = await createWaitingClaim(stage(), claim);
    const dataset = await host().createByHand(volumeName, await identityOf(volumeName));

    await selectNode(stage(), 'open', 'node-1');

    const differs = 'encryption=off where';
    await stage().untilEvent('open', 'ProvisioningFailed', differs, patienceMs);
    expect(await childrenOf(host().parentDataset)).toContain(dataset);
  });
});

describe('what is exported', () => {
  it('must be to the hosts of the class: a name that does not resolve is told', async () => {
    await createNfsClass('named', { shareClients: 'client.invalid' });

    const message = await untilRefused('named', 'named', 'client.invalid');

    expect(message).toContain('it is not exported to client.invalid');
    await run('echo 192.168.77.101 client.invalid >>/etc/hosts');
    await stage().nudgeClaim('named');
    await stage().untilBound('named', patienceMs);
  });

  it('is never the world for want of brackets', async () => {
    await createNfsClass('bare', { shareProperties: 'rw=@fd00:77::/64' });

    expect(await untilRefused('bare', 'bare', 'brackets')).toContain('everyone');
  });
});

describe('a pod that is not root, on another machine', () => {
  it('writes into its NFS volume, by its user or by its group', async () => {
    const worker = await startWorker(stage().bench);
    const accessModes = ['ReadWriteMany'];
    await stage().createClaim({ name: 'shared', className: 'owned', accessModes });
    await stage().untilBound('shared', patienceMs);
    const script = 'trap "exit 0" TERM; while :; do sleep 3600 & wait; done';
    // Debian's mountd asks the host for the groups of a user (manage-gids=y in /etc/nfs.conf) and does not believe
    // the client's list: of a pod's groups only the first counts there.
    const users = { owner: [1000, 1000], member: [1234, 2000] } as const;
    for (const [pod, [runAsUser, runAsGroup]] of Object.entries(users)) {
      const securityContext = { runAsUser, runAsGroup };
      await runPod(stage(), pod, 'shared', { script, securityContext });
      const write = 'touch /data/$(id -u) 2>&1 && ls -n /data';
      expect(await inWorkerPod(worker, pod, write)).toMatch(
        new RegExp(` ${runAsUser} +2000 .* ${runAsUser}\n`),
      );
    }
    for (const pod of Object.keys(users)) await endPod(stage(), pod);
  }, 240_000);
});
