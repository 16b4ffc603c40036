import { describe, expect, it } from '@jest/globals';
import { eventually } from '../bench/eventually.ts';
import { useOpenZfs } from '../openzfs.ts';

const { stage, run, childrenOf } = useOpenZfs({
  classes: [{ name: 'plain' }],
  // Of a suspended pool nobody gets an answer: how long the provisioner waits for one.
  env: { ZFS_OP_TIMEOUT: '8s', ZFS_USAGE_INTERVAL: '1h' },
});

/** Where the sudoers line of the host lets the product set permissions. */
function mountpointOf(pool: string): string {
  return `${stage().host.mountpoint}/${pool}`;
}

/** Makes a pool on a device that can be pulled out, and a class that uses it. */
async function plugInPool(pool: string, failmode: 'wait' | 'continue' = 'wait'): Promise<string> {
  const parentDataset = `${pool}/kubernetes`;
  await run(
    `set -e; modprobe loop; truncate -s 120M /var/tmp/${pool}.img
     echo "0 245760 linear $(losetup --find --show /var/tmp/${pool}.img) 0" >/run/${pool}.table
     dmsetup create plug-${pool} /run/${pool}.table; dmsetup mknodes
     zpool create -f -o failmode=${failmode} -m ${mountpointOf(pool)} ${pool} /dev/mapper/plug-${pool}
     zfs create ${parentDataset}; zfs create -o compression=off ${pool}/ballast`,
  );
  await stage().createClass(pool, { parameters: { parentDataset, reserveSpace: 'false' } });
  return parentDataset;
}

/** Writes until nothing more goes in. */
async function fill(pool: string): Promise<void> {
  await run(
    `dd if=/dev/zero of=${mountpointOf(pool)}/ballast/x bs=1M 2>/dev/null; zpool sync ${pool}`,
  );
}

/** Every access fails from now on, until the device is back. */
async function pullOut(pool: string): Promise<void> {
  await replaceTable(pool, 'echo "0 245760 error"');
}

async function untilSuspended(pool: string): Promise<void> {
  await eventually('the pool is suspended', async () => {
    return (await run(`cat /proc/spl/kstat/zfs/${pool}/state`)).includes('SUSPENDED');
  });
}

async function putBack(pool: string): Promise<void> {
  await replaceTable(pool, `cat /run/${pool}.table`);
  await run(`timeout 20 zpool clear ${pool}`);
}

async function replaceTable(pool: string, table: string): Promise<void> {
  const device = `plug-${pool}`;
  await run(
    `${table} | dmsetup load ${device} && dmsetup suspend --noflush --nolockfs ${device} && dmsetup resume ${device}`,
  );
}

/** What the owner of a claim is told while it waits for a cure. */
async function untilToldWhy(name: string, text: string): Promise<string> {
  const { message } = await stage().untilEvent(name, 'ProvisioningFailed', text, 30_000);
  expect((await stage().claim(name))?.status?.phase).toBe('Pending');
  return message;
}

async function untilCured(name: string): Promise<void> {
  await stage().nudgeClaim(name);
  await stage().untilBound(name, 100_000); // after the next look at the host, too
}

describe('a pool without room', () => {
  it('gives nothing, says so, and gives once there is room', async () => {
    const parent = await plugInPool('full');
    await fill('full');

    await stage().createClaim({ name: 'full', className: 'full' });
    const message = await untilToldWhy('full', 'out of space');

    expect(message).toContain('free space in the pool');
    expect(await childrenOf(parent)).toEqual([]);
    await run(`rm ${mountpointOf('full')}/ballast/x && zpool sync full`);
    await untilCured('full');
  });

  it('lets go of a volume all the same', async () => {
    const volume = await stage().untilBound('full');
    await run(`cd ${mountpointOf(stage().datasetOf(volume))} && head -c 20M /dev/urandom >bytes`);
    await fill('full');

    await stage().deleteClaim('full');

    await stage().untilVolumeGone(volume.metadata.name, 30_000);
    expect(await childrenOf('full/kubernetes')).toEqual([]);
  });
});

describe('a quota on the parent', () => {
  it('bounds what is reserved in sum; a claim beyond it waits and gets its turn', async () => {
    const parentDataset = `${stage().host.pool}/bounded`;
    await stage().host.zfs('create', '-o', 'quota=100M', parentDataset);
    await stage().createClass('bounded', { parameters: { parentDataset } });
    const first = await stage().provision({ name: 'first', className: 'bounded' });

    await stage().createClaim({ name: 'second', className: 'bounded' });
    await untilToldWhy('second', 'the quota of the parent');
    expect(await childrenOf(parentDataset)).toEqual([stage().datasetOf(first)]);

    await stage().deleteClaim('first');
    await stage().untilVolumeGone(first.metadata.name);
    await untilCured('second');
  });
});

describe('a pool that was imported read-only', () => {
  it('gives nothing, says so, and gives once it can be written to', async () => {
    const parent = await plugInPool('frozen');
    await run('zpool export frozen && zpool import -o readonly=on -d /dev/mapper frozen');

    await stage().createClaim({ name: 'frozen', className: 'frozen' });
    await untilToldWhy('frozen', 'read-only');

    expect(await childrenOf(parent)).toEqual([]);
    await run('zpool export frozen && zpool import -d /dev/mapper frozen');
    await untilCured('frozen');
  });

  it('keeps its volumes, which go once it can be written to', async () => {
    const volume = await stage().untilBound('frozen');
    await run('zpool export frozen && zpool import -o readonly=on -d /dev/mapper frozen');

    await stage().deleteClaim('frozen');
    const { message } = await stage().untilEvent(volume.metadata.name, 'VolumeFailedDelete');

    expect(message).toContain('read-only');
    expect(await stage().volume(volume.metadata.name)).toBeDefined();
    await run('zpool export frozen && zpool import -d /dev/mapper frozen');
    await stage().untilVolumeGone(volume.metadata.name, 45_000);
    expect(await childrenOf('frozen/kubernetes')).toEqual([]);
  });
});

describe.each(['wait', 'continue'] as const)('a pool that is suspended (failmode=%s)', (pool) => {
  it('gives nothing, says so, and gives once the device is back', async () => {
    const parent = await plugInPool(pool, pool);
    await pullOut(pool);
    const folder = mountpointOf(pool);
    const write = `: >${folder}/touched; sync -f ${folder}`;
    await run(`setsid --fork sh -c '${write}' </dev/null >/dev/null 2>&1`);
    await untilSuspended(pool);

    await stage().createClaim({ name: pool, className: pool });
    // By zfs, or by the last look at the host: then nothing is sent.
    await Promise.any([
      untilToldWhy(pool, 'pool I/O is currently suspended'),
      untilToldWhy(pool, `pool ${pool} on storage-1 is SUSPENDED`),
    ]);

    await putBack(pool);
    await untilCured(pool);
    expect(await childrenOf(parent)).toHaveLength(1);
  }, 180_000);
});

describe('a pool that loses its device while a volume is made', () => {
  it('holds nobody up but its own claims, and makes the volume once the device is back', async () => {
    const parent = await plugInPool('pulled');
    await pullOut('pulled');

    await stage().createClaim({ name: 'pulled', className: 'pulled' });
    await untilSuspended('pulled');
    await stage().provision({ name: 'beside', className: 'plain' });
    await untilToldWhy('pulled', 'unknown outcome');

    await putBack('pulled');
    await untilCured('pulled');
    expect(await childrenOf(parent)).toHaveLength(1);
  }, 180_000);
});
