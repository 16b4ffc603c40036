import { beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../bench/eventually.ts';
import type { StorageHost } from '../bench/storage-host/storage-host.ts';
import { createClaims, deleteClaims, numbered, standingOf, untilAllBound } from '../many-claims.ts';
import { useStage } from '../stage.ts';

const stage = useStage({
  hosts: ['storage-1', 'storage-2'],
  classes: [{ name: 'dead' }],
  env: { ZFS_USAGE_INTERVAL: '1h' },
});

const dead = (): StorageHost => stage().bench.host('storage-1');
const crowd = numbered('crowd', 500);
/** Those that are there when the host returns: the pools of the bench are small. */
const [left, gone] = [crowd.slice(0, 100), crowd.slice(100)];

beforeAll(async () => {
  const { name: hostname, parentDataset } = stage().bench.host('storage-2');
  await stage().createClass('healthy', { parameters: { hostname, parentDataset } });
  await stage().provision({ name: 'warm-up', className: 'healthy', size: '4Mi' });
}, 60_000);

describe('five hundred claims for a host that is dead', () => {
  it('do not keep one for another host waiting', async () => {
    await dead().ssh.stop();
    for (let from = 0; from < crowd.length; from += 50) {
      await createClaims(stage(), crowd.slice(from, from + 50), 'dead');
    }
    await stage().untilEvent('crowd-500', 'ProvisioningFailed', 'storage-1', 60_000);
    const servedMs: number[] = [];
    for (const name of numbered('healthy', 5)) {
      const createdAt = performance.now();
      await stage().createClaim({ name, className: 'healthy', size: '4Mi' });
      const line = await stage().provisioner.waitFor(
        ({ msg, claim }) => msg === 'volume provisioned' && claim === `default/${name}`,
      );
      expect(line['host']).toBe('storage-2');
      servedMs.push(Math.round(performance.now() - createdAt));
    }

    console.info(`served while 500 wait for a dead host: ${servedMs.join(', ')} ms`);
    expect(Math.min(...servedMs)).toBeLessThan(1000);
    expect(Math.max(...servedMs)).toBeLessThan(3000);
  }, 120_000);

  it('are told so, and so are the class, the metrics and the detail of readiness', async () => {
    const { message } = await stage().untilEvent('dead', 'HostGivenUp', 'storage-1');
    expect(message).toContain('is tried again by itself');
    const metrics = await stage().provisioner.metrics();
    expect(metrics).toMatch(/^zfs_provisioner_ssh_breaker_state\{host="storage-1"\} [12]$/m);
    const [plain, verbose, live] = await Promise.all(
      ['/readyz', '/readyz?verbose', '/livez'].map((path) => stage().provisioner.get(path)),
    );
    expect([plain?.status, verbose?.status, live?.status]).toEqual([200, 200, 200]);
    expect(await plain?.text()).toBe('ok\n');
    expect(await verbose?.text()).toMatch(
      /^\[i\]host storage-1: given up, tried again .*ECONNREFUSED/m,
    );
  }, 30_000);

  it('do not stampede it when it returns, and are soon served', async () => {
    await deleteClaims(stage(), gone);
    const mark = dead().ssh.log.mark();
    await dead().ssh.start();
    const first = await eventually(
      'the first command comes',
      () => dead().ssh.log.execsSince(mark),
      {
        timeoutMs: 70_000,
        intervalMs: 5,
      },
    );
    const returnedAt = performance.now();
    await eventually('a second passes', () => performance.now() - returnedAt > 1000, {
      intervalMs: 5,
    });
    const inFirstSecond = dead().ssh.log.execsSince(mark) - first + 1;
    await untilAllBound(stage(), left, 150_000);
    const boundMs = Math.round(performance.now() - returnedAt);

    console.info(
      `${inFirstSecond} commands in the first second; 100 claims bound after ${boundMs} ms`,
    );
    expect(dead().ssh.log.loginsSince(mark)).toBe(1);
    expect(inFirstSecond).toBeLessThanOrEqual(60);
    await stage().untilEvent('dead', 'HostAnswers', 'storage-1');
    const standing = await standingOf(stage(), left, dead());
    expect(standing.boundVolumes).toEqual(standing.wanted);
    expect(standing.datasets).toEqual(standing.wanted);
  }, 240_000);
});
