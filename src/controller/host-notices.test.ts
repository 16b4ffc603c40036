import { beforeEach, describe, expect, it } from '@jest/globals';
import { instance } from '../../test/support/builders.ts';
import { FakeKube } from '../../test/support/fake-kube.ts';
import { Inventory } from '../provisioner/inventory/inventory.ts';
import { HostNotices } from './host-notices.ts';

let told: string[];
let lines: string[];
let notices: HostNotices;

beforeEach(() => {
  told = [];
  lines = [];
  const { classes } = new FakeKube();
  const line =
    (level: string) =>
    (_: object, message: string): void => {
      lines.push(`${level} ${message}`);
    };
  const log = {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
  };
  for (const [name, hostname, parentDataset] of [
    ['fast', 'nas-1', 'ssd/k8s'],
    ['slow', 'nas-1', 'tank/k8s'],
    ['other', 'nas-2', 'tank/k8s'],
  ] as const) {
    classes.put({
      metadata: { name, uid: `uid-${name}`, resourceVersion: '1' },
      provisioner: instance,
      parameters: { hostname, parentDataset },
    });
  }
  classes.put({
    metadata: { name: 'foreign', uid: 'uid-foreign', resourceVersion: '1' },
    provisioner: 'example.com/nfs',
    parameters: { hostname: 'nas-1', parentDataset: 'tank/k8s' },
  });
  const events = {
    record: (
      { name }: { readonly name: string },
      event: { readonly type: string; readonly reason: string },
    ) => {
      told.push(`${event.type} ${event.reason} ${name}`);
    },
  };
  notices = new HostNotices({ instance, classes, inventory: new Inventory(), events, log });
});

const sizes = { sizeBytes: 1n, allocatedBytes: 0n, freeBytes: 1n };
const see = (health: string | undefined): boolean =>
  notices.surveyed('nas-1', { pools: [{ host: 'nas-1', pool: 'tank', health, ...sizes }] });

describe('a host that is given up', () => {
  it('is told of on its classes of ours, once until it answers again', () => {
    notices.answersAgain('nas-1');
    notices.givenUp('nas-1', 'no route');
    notices.givenUp('nas-1', 'no route');
    expect(told).toEqual(['Warning HostGivenUp fast', 'Warning HostGivenUp slow']);

    notices.answersAgain('nas-1');
    expect(told.slice(2)).toEqual(['Normal HostAnswers fast', 'Normal HostAnswers slow']);
    notices.givenUp('nas-1', 'no route');
    expect(told).toHaveLength(6);
  });
});

describe('a pool', () => {
  it('is not told of while it is well, or nobody knows', () => {
    expect(see('ONLINE')).toBe(false);
    expect(see(undefined)).toBe(false);

    expect(told).toEqual([]);
  });

  it('that becomes another is told of on the classes that use it, and logged', () => {
    expect(see('DEGRADED')).toBe(true);
    expect(see('DEGRADED')).toBe(false);
    expect(see('SUSPENDED')).toBe(false);
    expect(see('ONLINE')).toBe(true);

    expect(told).toEqual([
      'Warning PoolDegraded slow',
      'Warning PoolSuspended slow',
      'Normal PoolOnline slow',
    ]);
    expect(lines).toEqual([
      'warn pool is not well',
      'warn pool is not well',
      'info pool is well again',
    ]);
  });

  it('that could not be read is told of too', () => {
    notices.surveyed('nas-1', { pools: [], unread: [{ pool: 'ssd', health: 'SUSPENDED' }] });

    expect(told).toEqual(['Warning PoolSuspended fast']);
  });
});
