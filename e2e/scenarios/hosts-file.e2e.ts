import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../bench/eventually.ts';
import type { StorageHost } from '../bench/storage-host/storage-host.ts';
import { describeHost, MountedHostsFile } from '../hosts-file.ts';
import { createClaims, numbered, untilAllBound } from '../many-claims.ts';
import { useStage } from '../stage.ts';

const file = new MountedHostsFile();
const env = {
  ZFS_HOSTS_FILE: file.path,
  ZFS_LEADER_ELECTION: 'false',
  // The hosts are looked at when they are new, and then no more.
  ZFS_USAGE_INTERVAL: '1h',
};
const stage = useStage({
  hosts: ['storage-1', 'storage-2', 'storage-3'],
  classes: [],
  provisioner: false,
});

/** Names of the hosts file, by those of the bench: no ssh_config and no known_hosts tells of them. */
const names = { 'storage-1': 'alpha', 'storage-2': 'beta', 'storage-3': 'gamma' } as const;
type BenchName = keyof typeof names;

const hostCalled = (name: string): StorageHost => {
  const found = Object.entries(names).find(([, called]) => called === name);
  return stage().bench.host(found?.[0] ?? '');
};

function described(...which: readonly BenchName[]): object[] {
  return which.map((name) =>
    describeHost(stage().bench.host(name), names[name], { labels: { tier: 'data' } }),
  );
}

const all = ['storage-1', 'storage-2', 'storage-3'] as const;

async function createClass(
  name: string,
  parameters: Readonly<Record<string, string>>,
): Promise<void> {
  const shareProperties = 'rw=@127.0.0.0/8';
  const manifest = {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name },
    provisioner: stage().installation.env['ZFS_PROVISIONER_INSTANCE'],
    parameters: { type: 'nfs', shareProperties, ...parameters },
  };
  await stage().bench.apply(JSON.stringify(manifest));
}

/** How many of the claims' volumes each host has. */
async function spreadOf(claims: readonly string[]): Promise<Readonly<Record<string, number>>> {
  const wanted = new Set(await Promise.all(claims.map((name) => stage().volumeNameFor(name))));
  const counts: Record<string, number> = {};
  for (const { metadata } of await stage().volumes()) {
    if (!wanted.has(metadata.name)) continue;
    const host = metadata.annotations?.['zfs.pv.kubernetes.io/zfs-host'] ?? '';
    counts[host] = (counts[host] ?? 0) + 1;
  }
  return counts;
}

async function datasetsOnAllHosts(): Promise<readonly string[]> {
  const { hosts } = stage().bench;
  const found = await Promise.all(hosts.map((host) => stage().datasetNames(host)));
  return found.flat().map((name) => name.slice(name.lastIndexOf('/') + 1));
}

async function start(): Promise<void> {
  stage().provisioner = await stage().installation.start(env);
  await stage().provisioner.untilReady();
}

async function untilTaken(hosts: number): Promise<void> {
  await stage().provisioner.waitFor(
    (line) => line.msg === 'hosts file taken' && line['hosts'] === hosts,
  );
}

beforeAll(async () => {
  file.write(described('storage-1', 'storage-2'));
  // Ten volumes of 4 MiB less fit there.
  const filled = await stage().bench.host('storage-3').createByHand('filled');
  await stage().bench.host('storage-3').zfs('set', 'refreservation=40M', filled);
  await createClass('spread', { hostSelector: 'tier=data' });
  await createClass('named', { hosts: 'alpha,gamma', placement: 'round-robin' });
  await start();
}, 60_000);

afterAll(() => {
  file.remove();
});

describe('a host that is added to the hosts file', () => {
  it('takes a claim that has been waiting for it, at once', async () => {
    await createClass('new', { hostSelector: 'tier=new' });
    await stage().createClaim({ name: 'early', className: 'new', size: '4Mi' });
    await stage().untilEvent('early', 'ProvisioningFailed', 'hostSelector matches no host');

    const gamma = stage().bench.host('storage-3');
    const addedAt = performance.now();
    file.write([
      ...described('storage-1', 'storage-2'),
      describeHost(gamma, 'gamma', { labels: { tier: 'new' }, nfs: { address: '10.9.8.7' } }),
    ]);

    const volume = await stage().untilBound('early');
    expect(performance.now() - addedAt).toBeLessThan(5000);
    expect(volume.spec.nfs?.server).toBe('10.9.8.7');
    expect(await stage().datasetNames(gamma)).toContain(stage().datasetOf(volume));
    await stage().deleteClaim('early');
    await stage().untilVolumeGone(volume.metadata.name);
  });
});

describe('a hundred claims at once', () => {
  const claims = numbered('hundred', 100);

  it('spread over three hosts by the space that each has', async () => {
    file.write(described(...all));
    await untilTaken(3);
    await eventually('all hosts are known', async () => {
      const metrics = await stage().provisioner.metrics();
      return metrics.includes('pool_size_bytes{host="gamma"');
    });

    await createClaims(stage(), claims, 'spread');
    await untilAllBound(stage(), claims, 60_000);

    const { alpha = 0, beta = 0, gamma = 0 } = await spreadOf(claims);
    expect(alpha + beta + gamma).toBe(100);
    // 37, 37, 26 by the numbers; what ZFS keeps for itself differs a little from pool to pool.
    expect(Math.abs(alpha - beta)).toBeLessThanOrEqual(3);
    expect(gamma).toBeGreaterThanOrEqual(21);
    expect(gamma).toBeLessThanOrEqual(31);
  }, 90_000);

  it('say on the claim where they went, so that a restart knows', async () => {
    const claim = await stage().claim('hundred-1');
    const volume = await stage().untilBound('hundred-1');
    const host = volume.metadata.annotations?.['zfs.pv.kubernetes.io/zfs-host'] ?? '';

    expect(claim?.metadata.annotations?.['zfs-provisioner.io/host']).toBe(
      `${host}/${hostCalled(host).parentDataset}`,
    );
  });
});

describe('a hosts file that is broken', () => {
  it('changes nothing, and log and metrics say what is wrong', async () => {
    file.writeText('hosts:\n  - name: alpha\n    prot: 22\n  - name: "a b"\n');

    const line = await stage().provisioner.waitFor(({ msg }) => msg === 'hosts file not taken');
    expect(JSON.stringify(line)).toMatch(/hosts\[0\].*prot.*hosts\[1\]\.name/);
    expect(line['kept']).toEqual(['alpha', 'beta', 'gamma']);
    expect(await stage().provisioner.metrics()).toMatch(/^zfs_provisioner_hosts_file_taken 0$/m);
    await stage().provision({ name: 'meanwhile', className: 'spread', size: '4Mi' });

    file.write(described(...all));
    await eventually('it is taken again', async () =>
      /^zfs_provisioner_hosts_file_taken 1$/m.test(await stage().provisioner.metrics()),
    );
  });
});

describe('a class that names hosts', () => {
  it('gives them volumes in turn', async () => {
    const claims = numbered('turn', 6);
    await createClaims(stage(), claims, 'named');
    await untilAllBound(stage(), claims);

    expect(await spreadOf(claims)).toEqual({ alpha: 3, gamma: 3 });
  });
});

describe('a host that cannot take volumes', () => {
  it('is skipped as a replica, and the event names it', async () => {
    const beta = hostCalled('beta');
    const replica = `${beta.pool}/replica`;
    // Not mounted: zfs-fuse tells of a mounted one that it is writable.
    await beta.zfs('create', '-o', 'readonly=on', '-o', 'canmount=off', replica);
    const [alpha = {}, , gamma = {}] = described(...all);
    const more = { labels: { tier: 'data' }, parents: [{ dataset: replica }] };
    file.write([alpha, describeHost(beta, 'beta', more), gamma]);
    await stage().provisioner.waitFor(
      (line) => line.msg === 'hosts file taken' && String(line['changed']) === 'beta',
    );

    const claims = numbered('replica', 6);
    await createClaims(stage(), claims, 'spread');
    await untilAllBound(stage(), claims);

    expect(await spreadOf(claims)).not.toHaveProperty('beta');
    await stage().untilEvent('replica-1', 'HostsSkipped', `beta (${replica} is read-only`);
    expect((await beta.zfs('list', '-H', '-o', 'name', '-r', replica)).trim()).toBe(replica);
  }, 60_000);

  it('leaves the claims of the others at full speed when it is down', async () => {
    file.write(described(...all));
    const before = numbered('before', 20);
    const startedAt = performance.now();
    await createClaims(stage(), before, 'spread');
    await untilAllBound(stage(), before);
    const healthyMs = performance.now() - startedAt;

    await hostCalled('beta').ssh.stop();
    const warmUp = numbered('warm-up', 6);
    await createClaims(stage(), warmUp, 'spread');
    await untilAllBound(stage(), warmUp, 40_000);
    const after = numbered('after', 20);
    const downAt = performance.now();
    await createClaims(stage(), after, 'spread');
    await untilAllBound(stage(), after);
    const downMs = performance.now() - downAt;

    expect(await spreadOf([...warmUp, ...after])).not.toHaveProperty('beta');
    expect(downMs).toBeLessThan(2 * healthyMs + 500);
    await stage().untilEvent('after-1', 'HostsSkipped', 'beta (it d');
    console.info(
      `20 claims: ${Math.round(healthyMs)} ms, with a host down ${Math.round(downMs)} ms`,
    );
    await hostCalled('beta').ssh.start();
  }, 90_000);
});

describe('a provisioner that is killed', () => {
  it('meets its own choice again: one dataset for each claim, wherever it is', async () => {
    for (const host of stage().bench.hosts) {
      host.faults.delayNext({ verb: 'create', seconds: 0.3, when: 'after', count: 'always' });
    }
    const before = new Set(await datasetsOnAllHosts());
    const claims = numbered('killed', 18);
    await createClaims(stage(), claims, 'spread');
    for (const patience of [0, 120, 240]) {
      await eventually('it has begun', async () => {
        const now = await datasetsOnAllHosts();
        return now.filter((name) => !before.has(name)).length > patience / 60;
      });
      await stage().provisioner.kill();
      await start();
    }
    for (const host of stage().bench.hosts) host.faults.clear();
    await untilAllBound(stage(), claims, 60_000);

    const wanted = await Promise.all(claims.map((name) => stage().volumeNameFor(name)));
    const made = (await datasetsOnAllHosts()).filter((name) => !before.has(name));
    expect(made.toSorted()).toEqual(wanted.toSorted());
  }, 120_000);
});
