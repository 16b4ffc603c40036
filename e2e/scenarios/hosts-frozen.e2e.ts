import { beforeAll, describe, expect, it } from '@jest/globals';
import type { StorageHost } from '../bench/storage-host/storage-host.ts';
import { createClaims, numbered, standingOf, unboundOf, untilAllBound } from '../many-claims.ts';
import { useStage } from '../stage.ts';

const noticeSeconds = 3;

const stage = useStage({
  hosts: ['storage-1', 'storage-2'],
  classes: [{ name: 'first' }],
  env: { ZFS_WAITING_NOTICE: `${noticeSeconds}s`, ZFS_USAGE_INTERVAL: '1s' },
});

const frozen = (): StorageHost => stage().bench.host('storage-1');
const other = (): StorageHost => stage().bench.host('storage-2');

beforeAll(async () => {
  const { name: hostname, parentDataset } = other();
  await stage().createClass('second', { parameters: { hostname, parentDataset } });
});

describe('a host that stops to answer while more claims than workers want it', () => {
  const onFrozen = numbered('frozen', 12);
  const onOther = numbered('other', 12);

  it('holds nobody else', async () => {
    await stage().provision({ name: 'frozen-0', className: 'first' });
    await stage().provision({ name: 'other-0', className: 'second' });
    await frozen().ssh.freeze();
    await createClaims(stage(), onFrozen, 'first');
    await stage().untilEvent('frozen-12', 'WaitingForHost');

    await createClaims(stage(), onOther, 'second');

    await untilAllBound(stage(), onOther);
    expect(await unboundOf(stage(), onFrozen)).toEqual(onFrozen);
  }, 60_000);

  it('is told of by each claim that waits for it, in time', async () => {
    const { api } = stage().bench.controlPlane;
    for (const name of onFrozen) {
      const event = await stage().untilEvent(name, 'WaitingForHost', 'storage-1');
      expect(event.type).toBe('Warning');
    }
    const path = '/api/v1/namespaces/default/events?limit=500';
    const { items } = await api.call<{
      items: {
        reason: string;
        firstTimestamp: string;
        involvedObject: { name: string };
      }[];
    }>(path);
    for (const { reason, firstTimestamp, involvedObject } of items) {
      if (reason !== 'WaitingForHost') continue;
      const claim = await stage().claim(involvedObject.name);
      const createdMs = Date.parse(claim?.metadata.creationTimestamp ?? '');
      // Both are whole seconds.
      const waitedSeconds = (Date.parse(firstTimestamp) - createdMs) / 1000;
      expect(waitedSeconds).toBeLessThanOrEqual(noticeSeconds + 1);
    }
  }, 40_000);

  it('leaves nobody in doubt that those are worked on which have their turn', async () => {
    const event = await stage().untilEvent('frozen-1', 'Provisioning');

    expect(event.type).toBe('Normal');
  });

  it('is shown in the metrics', async () => {
    const metrics = await stage().provisioner.metrics();

    expect(metrics).toMatch(/^zfs_provisioner_claims_waiting\{host="storage-1"\} 12$/m);
    expect(metrics).not.toMatch(/^zfs_provisioner_claims_waiting\{host="storage-2"\}/m);
    expect(metrics).toMatch(/^zfs_provisioner_ssh_execs_running\{host="storage-1"\} [1-6]$/m);
  });

  it('gets its claims served by itself when it answers again, each once', async () => {
    await frozen().ssh.thaw();

    await untilAllBound(stage(), onFrozen);

    const standing = await standingOf(stage(), ['frozen-0', ...onFrozen], frozen());
    expect(standing.boundVolumes).toEqual(standing.wanted);
    expect(standing.datasets).toEqual(standing.wanted);
  }, 60_000);
});

describe('a host with many claims', () => {
  it("never gets more sessions at once than sshd's MaxSessions allows, on one connection", async () => {
    const mark = other().ssh.log.mark();
    const names = numbered('crowd', 30);

    await createClaims(stage(), names, 'second');
    await untilAllBound(stage(), names);

    const log = other().ssh.log.since(mark);
    // sshd gives each session the lowest number that is free on its connection.
    const started = [...log.matchAll(/^Starting session: command.* id (\d+)$/gm)];
    expect(started.length).toBeGreaterThanOrEqual(30);
    const sessionsAtOnce = 1 + Math.max(...started.map(([, number]) => Number(number)));
    // MaxSessions. A session counts there for some moments after it has ended for us (6 channels).
    expect(sessionsAtOnce).toBeLessThanOrEqual(10);
    expect(sessionsAtOnce).toBeGreaterThan(1);
    expect(log).not.toContain('no more sessions');
    expect(other().ssh.log.loginsSince()).toBe(1);
  }, 60_000);
});
