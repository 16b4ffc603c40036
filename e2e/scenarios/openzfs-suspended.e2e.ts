import { beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../bench/eventually.ts';
import { createClaims, numbered, unboundOf, untilAllBound } from '../many-claims.ts';
import { useOpenZfs } from '../openzfs.ts';

// A machine that is busy takes its time for a create.
const opSeconds = 15;
const { stage, run, childrenOf } = useOpenZfs({
  classes: [{ name: 'beside' }],
  env: { ZFS_OP_TIMEOUT: `${opSeconds}s`, ZFS_USAGE_INTERVAL: '2s' },
});

const channels = 6;
const sectors = 245_760;

/** Processes of zfs on the host that have not ended. */
async function zfsProcesses(): Promise<number> {
  const lines = await run('ps -A -o comm= -o stat= | awk \'$1 == "zfs" && $2 !~ /^Z/\' || :');
  return lines.split('\n').filter((line) => line !== '').length;
}

/** Every access to the device fails from now on, or none. */
async function replaceTable(table: string): Promise<void> {
  await run(
    `${table} | dmsetup load plug && dmsetup suspend --noflush --nolockfs plug && dmsetup resume plug`,
  );
}

async function poolState(): Promise<string> {
  return (await run('cat /proc/spl/kstat/zfs/pulled/state')).trim();
}

async function provision(name: string, className: string): Promise<void> {
  await stage().createClaim({ name, className, size: '4Mi' });
  await stage().untilBound(name, 60_000);
}

beforeAll(async () => {
  await run(
    `set -e; modprobe loop; truncate -s 120M /var/tmp/pulled.img
     echo "0 ${sectors} linear $(losetup --find --show /var/tmp/pulled.img) 0" >/run/plug.table
     dmsetup create plug /run/plug.table; dmsetup mknodes
     zpool create -f -o failmode=wait -m ${stage().host.mountpoint}/pulled pulled /dev/mapper/plug
     zfs create pulled/kubernetes`,
  );
  const parameters = { parentDataset: 'pulled/kubernetes', reserveSpace: 'false' };
  await stage().createClass('pulled', { parameters });
  await provision('before', 'pulled');
  await provision('beside-0', 'beside');
}, 150_000);

describe('a pool that is suspended while volumes are made on it', () => {
  const crowd = numbered('crowd', 20);
  const late = numbered('late', 5);

  it('keeps at most as many commands as its host has channels, and gets no more', async () => {
    await replaceTable(`echo "0 ${sectors} error"`);
    await createClaims(stage(), crowd, 'pulled');
    await eventually('the pool is suspended', async () => (await poolState()) === 'SUSPENDED', {
      timeoutMs: 30_000,
    });
    const told = await eventually(
      'some claim is told',
      async () => {
        const all = await Promise.all(crowd.map((name) => stage().events(name)));
        const waits = /has not ended there \(process \d+\)|is SUSPENDED,/;
        return all.flat().find(({ message }) => waits.test(message))?.message;
      },
      { timeoutMs: 60_000, intervalMs: 500 },
    );
    console.info(`told: ${told}`);
    expect(await zfsProcesses()).toBeLessThanOrEqual(channels);
  }, 120_000);

  it('is told of by metrics, log and the class; claims that come then are not sent at all', async () => {
    await stage().untilEvent('pulled', 'PoolSuspended', 'pulled', 30_000);
    expect(await stage().provisioner.metrics()).toMatch(
      /^zfs_provisioner_pool_health\{host="storage-1",pool="pulled",health="SUSPENDED"\} 1$/m,
    );
    const before = await zfsProcesses();
    await createClaims(stage(), late, 'pulled');

    for (const name of late) {
      await stage().untilEvent(name, 'ProvisioningFailed', 'nothing', 30_000);
    }
    expect(await zfsProcesses()).toBeLessThanOrEqual(before);
    expect(await unboundOf(stage(), [...crowd, ...late])).toHaveLength(crowd.length + late.length);
  }, 60_000);

  it('leaves the other pool of its host at work, and the provisioner ready', async () => {
    const startedAt = performance.now();
    await provision('beside-1', 'beside');

    console.info(
      `other pool of the same host: bound after ${Math.round(performance.now() - startedAt)} ms`,
    );
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    expect((await stage().provisioner.get('/readyz')).status).toBe(200);
    expect(await stage().provisioner.metrics()).toMatch(
      /^zfs_provisioner_ssh_breaker_state\{host="storage-1"\} 0$/m,
    );
  }, 90_000);

  it('serves all who waited once its device is back, each once', async () => {
    await replaceTable('cat /run/plug.table');
    await run('timeout 20 zpool clear pulled');
    const clearedAt = performance.now();
    await untilAllBound(stage(), [...crowd, ...late], 300_000); // the machine is slow, and has all at once

    console.info(`all 25 bound ${Math.round(performance.now() - clearedAt)} ms after zpool clear`);
    expect(await childrenOf('pulled/kubernetes')).toHaveLength(1 + crowd.length + late.length);
    await stage().untilEvent('pulled', 'PoolOnline', 'pulled', 30_000);
    expect(await zfsProcesses()).toBe(0);
  }, 340_000);
});

describe('a pool that is degraded', () => {
  it('is told of, and still takes volumes', async () => {
    await run(
      `set -e; truncate -s 80M /var/tmp/left.img /var/tmp/right.img
       zpool create -f -m ${stage().host.mountpoint}/twins twins mirror /var/tmp/left.img /var/tmp/right.img
       zfs create twins/kubernetes; zpool offline twins /var/tmp/right.img`,
    );
    const parameters = { parentDataset: 'twins/kubernetes', reserveSpace: 'false' };
    await stage().createClass('twins', { parameters });

    await provision('on-degraded', 'twins');

    await stage().untilEvent(
      'twins',
      'PoolDegraded',
      'volumes are made there all the same',
      30_000,
    );
    expect(await stage().provisioner.metrics()).toMatch(
      /^zfs_provisioner_pool_health\{host="storage-1",pool="twins",health="DEGRADED"\} 1$/m,
    );
    await provision('on-degraded-2', 'twins');
    await stage().untilEvent('on-degraded-2', 'PoolDegraded', 'twins');
  }, 150_000);
});
