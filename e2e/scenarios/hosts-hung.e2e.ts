import { beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../bench/eventually.ts';
import type { StorageHost } from '../bench/storage-host/storage-host.ts';
import { createClaims, numbered, standingOf, untilAllBound } from '../many-claims.ts';
import { useStage } from '../stage.ts';

const stage = useStage({
  hosts: ['storage-1', 'storage-2'],
  classes: [{ name: 'hung' }],
  env: { ZFS_OP_TIMEOUT: '5s', ZFS_USAGE_INTERVAL: '1h' },
});

const channels = 6;
const hungSeconds = 15;
const claims = numbered('hung', 12);

const host = (): StorageHost => stage().bench.host('storage-1');

beforeAll(async () => {
  const { name: hostname, parentDataset } = stage().bench.host('storage-2');
  await stage().createClass('other', { parameters: { hostname, parentDataset } });
});

/** Creates that reached zfs on the host, by dataset. */
function createsByDataset(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of host().journal()) {
    const dataset = /(?:^|\s)create\s.*\s(\S+)$/.exec(line)?.[1];
    if (dataset !== undefined) counts.set(dataset, (counts.get(dataset) ?? 0) + 1);
  }
  return counts;
}

describe('a pool on which every create hangs', () => {
  let hungAt = 0;

  it('gets no more of them than the host has channels, however many claims want it', async () => {
    host().faults.delayNext({
      verb: 'create',
      seconds: hungSeconds,
      when: 'before',
      count: 'always',
    });
    hungAt = performance.now();
    await createClaims(stage(), claims, 'hung');
    await stage().untilEvent('hung-1', 'ProvisioningFailed', 'unknown outcome');
    await eventually('a claim is told what it waits for', async () => {
      const all = await Promise.all(claims.map((name) => stage().events(name)));
      return all.flat().some(({ message }) => /has not ended there \(process \d+\)/.test(message));
    });
    const isHung = (line: string): boolean => line.includes('create');
    const metrics = await stage().provisioner.metrics();
    const told = new RegExp(
      `^zfs_provisioner_commands_hung\\{host="storage-1",pool="${host().pool}"\\} (\\d+)$`,
      'm',
    ).exec(metrics)?.[1];
    expect(Number(told)).toBeGreaterThan(0);
    expect(Number(told)).toBeLessThanOrEqual(channels);
    expect(host().journal().filter(isHung).length).toBeLessThanOrEqual(channels);
  }, 60_000);

  it('holds up no other host, and neither readiness nor the breaker of its own', async () => {
    const startedAt = performance.now();
    await stage().provision({ name: 'other', className: 'other', size: '4Mi' });

    expect(performance.now() - startedAt).toBeLessThan(5000);
    const ready = await stage().provisioner.get('/readyz?verbose');
    expect(ready.status).toBe(200);
    expect(await ready.text()).toMatch(
      /^\[i\]host storage-1: \d command\(s\) hang on pool tank1-/m,
    );
    expect(await stage().provisioner.metrics()).toMatch(
      /^zfs_provisioner_ssh_breaker_state\{host="storage-1"\} 0$/m,
    );
  }, 30_000);

  it('is looked at until they have ended; what they did is found, and done once', async () => {
    host().faults.clear();
    await untilAllBound(stage(), claims, 60_000);
    const boundMs = Math.round(performance.now() - hungAt);

    const standing = await standingOf(stage(), claims, host());
    expect(standing.boundVolumes).toEqual(standing.wanted);
    expect(standing.datasets).toEqual(standing.wanted);
    const adopted = stage().provisioner.log.filter(
      (line) => line.msg === 'volume provisioned' && line['adopted'] === true,
    );
    expect(adopted.length).toBeGreaterThan(0);
    // One that hung, and one that found it.
    expect(Math.max(...createsByDataset().values())).toBeLessThanOrEqual(2);
    console.info(
      `creates that hung for ${hungSeconds} s; all ${claims.length} bound after ${boundMs} ms`,
    );
    expect(boundMs).toBeLessThan(hungSeconds * 1000 + 45_000);
    const free = await stage().provisioner.metrics();
    expect(free).not.toMatch(/^zfs_provisioner_commands_hung\{/m);
  }, 90_000);
});
